"""Progress: where a learner stands in a credential, and the one thing to do next."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from lti_tool.credit import hours
from lti_tool.portfolio import attempts, gates
from lti_tool.portfolio.demands import courses_of
from lti_tool.portfolio.enrolments import address_of, is_focus_open
from lti_tool.portfolio.gaps import Around, coverage_of, gaps_in_task, gaps_of
from lti_tool.portfolio.models import (
    Artifact,
    Enrolment,
    Feedback,
    ModuleDone,
    Occasion,
    SelfAssessment,
    Submission,
    SubmissionState,
)
from lti_tool.portfolio.next_steps import NextStep, next_step
from lti_tool.portfolio.part_progress import PartProgress, TaskProgress
from lti_tool.portfolio.self_assessments import (
    OwnRatings,
    evidence_of,
    is_baseline_open,
    is_final_open,
)
from lti_tool.programs import catalogue
from lti_tool.programs.models import CredentialVersion, Criterion, Task


class Place(enum.StrEnum):
    """Where one step lies on the way."""

    DONE = "done"
    HERE = "here"
    AHEAD = "ahead"


@dataclass(frozen=True)
class Step:
    """One step of the path a learner sees."""

    title: str
    place: Place
    words: str = ""
    """What is to be said about it, such as "2 of 3 tasks"."""
    endpoint: str | None = None
    values: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Progress:
    """Everything the pages of one learner and one credential are made of."""

    enrolment: Enrolment
    around: Around
    """What the gaps of each part depend on beside the part."""
    parts: tuple[PartProgress, ...]
    next_step: NextStep

    @property
    def ratings(self) -> OwnRatings:
        """The learner's own ratings of this enrolment."""
        return self.around.ratings

    @property
    def version(self) -> CredentialVersion:
        """The version that was begun."""
        return self.enrolment.credential_version

    @property
    def is_baseline_open(self) -> bool:
        """Whether focus or baseline come before anything else."""
        return is_focus_open(self.enrolment) or is_baseline_open(
            self.version, self.ratings.baseline
        )

    @property
    def is_earned(self) -> bool:
        """Whether every part is approved."""
        return all(part.state is SubmissionState.APPROVED for part in self.parts)

    def part_of(self, task: Task) -> PartProgress:
        """The part a task belongs to."""
        return next(part for part in self.parts if part.part.id == task.phase.part_id)

    @property
    def steps(self) -> list[Step]:
        """The path: baseline, every phase, judgement; exactly one step is *here* until earned."""
        return _steps(self)

    def narrowed(self, part_slug: str) -> "Progress":
        """The same as a link to one part shows it: that part's next step, and its path (T-097).

        Where the part is approved, what is next lies elsewhere. Unchanged where there is no such
        part, or only one.
        """
        own = [part for part in self.parts if part.part.slug == part_slug]
        if not own or len(self.parts) == 1 or self.is_earned:
            return self
        if own[0].state is SubmissionState.APPROVED:
            words = f"“{own[0].part.title}” is approved. {self.next_step.words}"
            return replace(self, next_step=replace(self.next_step, words=words))
        step = next_step(self.enrolment, own, self.around, several=True)
        return replace(self, parts=tuple(own), next_step=step)


def progress(session: Session, enrolment: Enrolment) -> Progress:
    """Where one enrolment stands."""
    return progress_of_all(session, [enrolment])[0]


def progress_of_all(session: Session, enrolments: Sequence[Enrolment]) -> list[Progress]:
    """Where several enrolments stand, in their order, with one fixed number of queries."""
    ids = [enrolment.id for enrolment in enrolments]
    # Held by name: a session forgets rows that nobody holds, and would load them one by one.
    versions = {
        version.id: version
        for version in _load_versions(session, {row.credential_version_id for row in enrolments})
    }
    submissions = session.scalars(
        select(Submission)
        .where(Submission.enrolment_id.in_(ids))
        .options(
            joinedload(Submission.decided_by),
            selectinload(Submission.takes_up),
            selectinload(Submission.artifacts).options(
                selectinload(Artifact.criteria),
                selectinload(Artifact.entries),
                selectinload(Artifact.consents),
                selectinload(Artifact.pointers),
            ),
        )
        .order_by(Submission.attempt)
    ).all()
    feedback = session.scalars(
        select(Feedback)
        .join(Feedback.submission)
        .join(Feedback.criterion)
        .where(Submission.enrolment_id.in_(ids))
        .options(joinedload(Feedback.level))
        .order_by(Criterion.position)
    ).all()
    assessments = session.scalars(
        select(SelfAssessment)
        .where(SelfAssessment.enrolment_id.in_(ids))
        .options(selectinload(SelfAssessment.ratings))
    ).all()
    rated = {(row.enrolment_id, row.occasion): row for row in assessments}
    finals = [row for row in assessments if row.occasion is Occasion.FINAL]
    resting = {row.self_assessment_id for row in evidence_of(session, finals)} if finals else set()
    with_courses = [
        enrolment.id
        for enrolment in enrolments
        if courses_of(versions[enrolment.credential_version_id])
    ]
    modules = (
        session.scalars(select(ModuleDone).where(ModuleDone.enrolment_id.in_(with_courses))).all()
        if with_courses
        else ()
    )
    newest = {(row.enrolment_id, row.part_id): row for row in submissions}
    drafts = [row for row in newest.values() if row.state is SubmissionState.DRAFT]
    without_meeting = attempts.without_meeting(session, drafts)
    open_ones = {
        row.enrolment_id for row in newest.values() if row.state is not SubmissionState.APPROVED
    }
    approved = [row for row in enrolments if row.id not in open_ones]
    missing = hours.missing_of_all(
        session, [(row.person_id, versions[row.credential_version_id]) for row in approved]
    )

    def around(enrolment: Enrolment) -> Around:
        final = rated.get((enrolment.id, Occasion.FINAL))
        return Around(
            ratings=OwnRatings(
                baseline=rated.get((enrolment.id, Occasion.BASELINE)),
                final=final,
                rests_on=final is not None and final.id in resting,
            ),
            newest={part: row for (owner, part), row in newest.items() if owner == enrolment.id},
            done={
                (row.course, row.module): row.done_at
                for row in modules
                if row.enrolment_id == enrolment.id
            },
            without_meeting=without_meeting,
            hours=missing.get((enrolment.person_id, enrolment.credential_version_id), ()),
        )

    return [
        _of_one(
            enrolment,
            versions[enrolment.credential_version_id],
            [row for row in submissions if row.enrolment_id == enrolment.id],
            feedback,
            around(enrolment),
        )
        for enrolment in enrolments
    ]


def load_version(session: Session, enrolment: Enrolment) -> CredentialVersion:
    """The version somebody began with everything below it, in a fixed number of queries."""
    (version,) = _load_versions(session, {enrolment.credential_version_id})
    assert enrolment.credential_version is version  # and from here on the enrolment holds it
    return version


def _load_versions(session: Session, ids: set[int]) -> list[CredentialVersion]:
    return list(
        session.scalars(
            select(CredentialVersion)
            .where(CredentialVersion.id.in_(ids))
            .options(*catalogue.whole())
        )
    )


def _of_one(
    enrolment: Enrolment,
    version: CredentialVersion,
    submissions: Sequence[Submission],
    feedback: Sequence[Feedback],
    around: Around,
) -> Progress:
    parts = []
    for part in version.parts:
        attempts = [row for row in submissions if row.part_id == part.id]
        newest = attempts[-1]
        before = attempts[-2] if len(attempts) > 1 else None
        draft = newest.state is SubmissionState.DRAFT
        told_of = before if draft and before is not None else newest
        parts.append(
            PartProgress(
                part=part,
                submission=newest,
                before=before,
                feedback=tuple(row for row in feedback if row.submission_id == told_of.id),
                coverage=coverage_of(newest),
                gaps=tuple(gaps_of(newest, around)) if draft else (),
                tasks=tuple(
                    TaskProgress(task, tuple(gaps_in_task(newest, task)) if draft else ())
                    for task in part.tasks
                ),
                opens_after=gates.part_before(part, around.newest) if draft else None,
            )
        )
    return Progress(
        enrolment=enrolment,
        around=around,
        parts=tuple(parts),
        next_step=next_step(enrolment, parts, around, several=len(parts) > 1),
    )


def _steps(progress: Progress) -> list[Step]:
    version = progress.version
    steps: list[Step] = []
    here_taken = False

    def add(title: str, done: bool, words: str, endpoint: str, values: Mapping[str, Any]) -> None:
        nonlocal here_taken
        place = Place.DONE if done else Place.AHEAD if here_taken else Place.HERE
        here_taken = here_taken or place is Place.HERE
        steps.append(Step(title, place, words, endpoint, values))

    if version.items and version.baseline_required:
        add(
            "Baseline",
            not progress.is_baseline_open,
            "",
            "portfolio.baseline",
            address_of(version),
        )
    for part in progress.parts:
        handed_in = part.state is not SubmissionState.DRAFT
        open_tasks = {row.task.id for row in part.tasks if not row.is_done}
        for phase in part.part.phases:
            left = sum(task.id in open_tasks for task in phase.tasks)
            total = len(phase.tasks)
            first = next(
                (task for task in phase.tasks if task.id in open_tasks),
                phase.tasks[0] if phase.tasks else None,
            )
            if first is None:
                continue
            add(
                phase.title,
                handed_in or (left == 0 and not progress.is_baseline_open),
                f"{total - left} of {total} tasks" if total > 1 else "",
                "portfolio.task",
                {"task_id": first.id},
            )
        if part is progress.parts[-1] and version.details.get("final_required") and version.items:
            done = not is_final_open(version, progress.ratings.final)
            add("Look back", done, "", "portfolio.closing", address_of(version))
        several = f" {part.part.title}" if len(progress.parts) > 1 else ""
        add(
            f"Submit{several}",
            handed_in,
            "",
            "portfolio.submit",
            {"part_id": part.part.id},
        )
        add(
            f"Assessment{several}",
            part.state is SubmissionState.APPROVED,
            f"attempt {part.submission.attempt}" if part.submission.attempt > 1 else "",
            "portfolio.submitted",
            {"public_id": part.submission.public_id},
        )
    return steps
