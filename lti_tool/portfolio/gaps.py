"""Gaps: what is still missing before work can be submitted, each with the place to mend it."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.credit.hours import Shortfall
from lti_tool.portfolio import attempts, coursework, gates, outset, particulars
from lti_tool.portfolio.coursework import Done
from lti_tool.portfolio.demands import (
    courses_of,
    demand_of,
    evidence_required,
    part_demand,
)
from lti_tool.portfolio.enrolments import is_focus_open
from lti_tool.portfolio.models import Enrolment, Submission, SubmissionState
from lti_tool.portfolio.self_assessments import (
    OwnRatings,
    is_baseline_open,
    is_final_open,
    own_ratings,
)
from lti_tool.programs.models import (
    ArtifactRequirement,
    CredentialVersion,
    Criterion,
    Part,
    Task,
)


class GapKind(enum.StrEnum):
    """What sort of thing is missing."""

    FOCUS = "focus"
    BASELINE = "baseline"
    ARTIFACT = "artifact"
    DATE = "date"
    COVERAGE = "coverage"
    FINAL = "final"
    OUTSET = "outset"
    PART = "part"
    """The part is not open yet: an earlier one comes first."""
    SAID = "said"
    """Something an artifact must say of itself."""
    CONSENT = "consent"
    SIGN = "sign"
    """A sign of completeness that was not found yet."""
    EVIDENCE = "evidence"
    """A kind of evidence that must be there (S4-05)."""
    TAKES_UP = "takes-up"
    MODULE = "module"
    MEETING = "meeting"


@dataclass(frozen=True)
class Around:
    """What the gaps of a part depend on beside the part itself."""

    ratings: OwnRatings
    newest: Mapping[int, Submission]
    """By part id: the newest attempt at every part of the enrolment."""
    done: Done = field(default_factory=dict)
    """Modules that were marked as done."""
    without_meeting: frozenset[int] = frozenset()
    """Ids of the drafts that wait for a meeting with a coach."""
    hours: tuple[Shortfall, ...] = ()
    """Hours the award waits for, once everything is approved."""


def around(session: Session, enrolment: Enrolment) -> Around:
    """What the gaps of one enrolment depend on."""
    rows = session.scalars(
        select(Submission)
        .where(Submission.enrolment_id == enrolment.id)
        .order_by(Submission.attempt)
    ).all()
    newest = {row.part_id: row for row in rows}
    return Around(
        ratings=own_ratings(session, enrolment),
        newest=newest,
        done=coursework.done_by(session, enrolment),
        without_meeting=attempts.without_meeting(
            session, [row for row in newest.values() if row.state is SubmissionState.DRAFT]
        ),
    )


@dataclass(frozen=True)
class Gap:
    """One thing that is missing, in words, and where it is mended."""

    kind: GapKind
    words: str
    task: Task | None = None
    """The task whose page mends it; `None` for focus and baseline."""
    requirement: ArtifactRequirement | None = None
    criterion: Criterion | None = None
    part: Part | None = None
    """The part whose page mends it, where no task does."""


@dataclass(frozen=True)
class Coverage:
    """Which criteria of a part have evidence (S3-25)."""

    covered: tuple[Criterion, ...]
    uncovered: tuple[Criterion, ...]

    @property
    def words(self) -> str:
        """The sentence learners see everywhere."""
        total = len(self.covered) + len(self.uncovered)
        noun = "criterion has" if total == 1 else "criteria have"
        return f"{len(self.covered)} of {total} {noun} evidence"


def coverage_of(submission: Submission) -> Coverage:
    """Which criteria the draft's artifacts are tagged to."""
    tagged = {
        criterion.id
        for artifact in submission.artifacts
        if artifact.counts
        for criterion in artifact.criteria
    }
    criteria = submission.part.criteria
    return Coverage(
        covered=tuple(criterion for criterion in criteria if criterion.id in tagged),
        uncovered=tuple(criterion for criterion in criteria if criterion.id not in tagged),
    )


def gaps_in_task(submission: Submission, task: Task) -> list[Gap]:
    """What one task still asks for: artifacts, and what each must say of itself (S3-26)."""
    return [
        gap
        for requirement in task.requirements
        for gap in _gaps_in_requirement(submission, task, requirement)
    ]


def _gaps_in_requirement(
    submission: Submission, task: Task, requirement: ArtifactRequirement
) -> list[Gap]:
    gaps: list[Gap] = []

    def gap(kind: GapKind, words: str) -> None:
        gaps.append(Gap(kind, words, task=task, requirement=requirement))

    given = submission.given_for(requirement)
    lacking = requirement.minimum - len(given)
    if lacking > 0:
        gap(
            GapKind.ARTIFACT,
            f"“{requirement.title}” is missing."
            if requirement.minimum == 1
            else f"“{requirement.title}” needs {lacking} more ({len(given)} of "
            f"{requirement.minimum}).",
        )
    demand = demand_of(requirement)
    for artifact in given:
        if requirement.needs_date and artifact.done_on is None:
            gap(GapKind.DATE, f"“{artifact.title}” does not say on which day it was done.")
        for words in particulars.owed(artifact, demand):
            gap(GapKind.SAID, f"“{artifact.title}” does not say {words}.")
        if demand.asks_consent and artifact.shows_people and not artifact.consents:
            gap(GapKind.CONSENT, f"“{artifact.title}” shows people, and no permission is noted.")
        signs = [sign for sign in demand.checklist if sign not in artifact.ticked]
        if signs:
            count = f"{len(signs)} of {len(demand.checklist)}"
            gap(GapKind.SIGN, f"“{artifact.title}”: {count} signs are not ticked yet.")
    return gaps


def gaps_of(submission: Submission, around: Around) -> list[Gap]:
    """Everything that keeps a draft from being submitted, in the order it is best mended."""
    enrolment = submission.enrolment
    version = enrolment.credential_version
    gaps: list[Gap] = []
    if first := gates.part_before(submission.part, around.newest):
        gaps.append(Gap(GapKind.PART, gates.opens_after(first), part=first))
    if is_focus_open(enrolment):
        gaps.append(Gap(GapKind.FOCUS, "You have not chosen a focus yet."))
    gaps.extend(
        Gap(GapKind.OUTSET, f"“{one.label}” is not filled in yet.")
        for one in outset.owed(enrolment)
        if one.name != "focus"
    )
    if is_baseline_open(version, around.ratings.baseline):
        gaps.append(Gap(GapKind.BASELINE, "Your baseline is not finished yet."))
    gaps.extend(_gaps_of_modules(submission.part, around))
    for task in submission.part.tasks:
        gaps.extend(gaps_in_task(submission, task))
    gaps.extend(_gaps_of_taking_up(submission, around))
    gaps.extend(_gaps_of_evidence(submission, around))
    if version.coverage_required:
        gaps.extend(
            Gap(
                GapKind.COVERAGE,
                f"Nothing is tagged as evidence for “{criterion.title}” yet.",
                task=place_for(criterion, submission.part.tasks),
                criterion=criterion,
            )
            for criterion in coverage_of(submission).uncovered
        )
    is_last = submission.part_id == version.parts[-1].id
    if is_last and is_final_open(version, around.ratings.final):
        gaps.append(Gap(GapKind.FINAL, "You have not looked back on your practice yet."))
    elif is_last and _rests_on_nothing(version, around):
        gaps.append(
            Gap(GapKind.FINAL, "Your look back does not name any work yet that shows a change.")
        )
    if submission.id in around.without_meeting:
        gaps.append(
            Gap(
                GapKind.MEETING,
                f"This is attempt {submission.attempt}. Before you submit it, your program asks "
                "for a meeting with a coach, who notes it here.",
            )
        )
    return gaps


def may_be_taken_up(part: Part, around: Around) -> list[Submission]:
    """The learner's own work that this part may build on: earlier parts that are met (S5-15)."""
    slugs = part_demand(part).builds_on
    return [
        around.newest[earlier.id]
        for earlier in part.credential_version.parts
        if earlier.slug in slugs and around.newest[earlier.id].state is SubmissionState.APPROVED
    ]


def has_enough_to_choose(part: Part, around: Around) -> bool:
    """Whether the earlier works that a part takes up can be chosen by now."""
    return len(may_be_taken_up(part, around)) >= part_demand(part).choose


def _gaps_of_taking_up(submission: Submission, around: Around) -> list[Gap]:
    demand = part_demand(submission.part)
    if not demand.choose:
        return []
    possible = {work.id for work in may_be_taken_up(submission.part, around)}
    chosen = sum(work.id in possible for work in submission.takes_up)
    if chosen == demand.choose:
        return []
    count = "exactly one" if demand.choose == 1 else f"exactly {demand.choose}"
    words = f"Choose {count} of your own earlier works that this one takes up."
    if len(possible) < demand.choose:
        words += " They can be chosen once they are met."
    return [Gap(GapKind.TAKES_UP, words, part=submission.part)]


def _gaps_of_modules(part: Part, around: Around) -> list[Gap]:
    titles = {
        (course.slug, slug): f"{course.title}, {title}"
        for course in courses_of(part.credential_version)
        for slug, title in course.modules
    }
    return [
        Gap(GapKind.MODULE, f"“{titles.get(one, one[1])}” is not marked as done yet.")
        for one in part_demand(part).modules
        if one not in around.done
    ]


def _gaps_of_evidence(submission: Submission, around: Around) -> list[Gap]:
    """Kinds of evidence that nothing shows, where no later part could show them (S4-05)."""
    gaps = []
    kinds = evidence_required(submission.enrolment.credential_version)
    for kind in kinds:
        places = _asking_for(submission.part, kind)
        if not places or any(
            _shows(work, kind) or _will_show(work, submission, kind)
            for work in around.newest.values()
        ):
            continue
        gaps.append(
            Gap(
                GapKind.EVIDENCE,
                "Nothing here shows your own practice yet."
                if kind == "practice"
                else "Nothing here shows yet what your students learned.",
                task=places[0].task,
                requirement=places[0],
            )
        )
    return gaps


def _asking_for(part: Part, kind: str) -> list[ArtifactRequirement]:
    return [one for one in part.requirements if demand_of(one).evidence == kind]


def _shows(work: Submission, kind: str) -> bool:
    return any(work.given_for(requirement) for requirement in _asking_for(work.part, kind))


def _will_show(work: Submission, submission: Submission, kind: str) -> bool:
    is_later = work.part_id != submission.part_id and work.state is SubmissionState.DRAFT
    return is_later and bool(_asking_for(work.part, kind))


def _rests_on_nothing(version: CredentialVersion, around: Around) -> bool:
    """Whether the closing self-assessment names no work: what it named was taken away."""
    return bool(version.details.get("final_required", False) and version.items) and not (
        around.ratings.rests_on
    )


def place_for(criterion: Criterion, tasks: Sequence[Task]) -> Task | None:
    """The task whose artifacts are meant for a criterion; the last one where none says so."""
    for task in tasks:
        if any(criterion.slug in requirement.criteria for requirement in task.requirements):
            return task
    return tasks[-1] if tasks else None
