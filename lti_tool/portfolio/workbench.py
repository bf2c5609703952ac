"""A task's page in finished values: what is asked, what is there, what may be added."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.database import opaque_id
from lti_tool.errors import NotFound
from lti_tool.people.models import Person
from lti_tool.portfolio import gates, particulars
from lti_tool.portfolio.artifacts import Details
from lti_tool.portfolio.demands import Demand, demand_of, verb_of
from lti_tool.portfolio.gaps import Gap, has_enough_to_choose, place_for
from lti_tool.portfolio.models import Artifact, Enrolment, Feedback, Submission, SubmissionState
from lti_tool.portfolio.part_progress import PartProgress
from lti_tool.portfolio.particulars import Particulars
from lti_tool.portfolio.progress import Progress, progress
from lti_tool.portfolio.self_assessments import by_slugs
from lti_tool.programs.models import (
    ArtifactKind,
    ArtifactRequirement,
    Level,
    Part,
    Phase,
    Task,
)
from lti_tool.programs.recommendations import Recommendation, recommended


@dataclass(frozen=True)
class Slip:
    """A form that could not be saved: what was entered, and why not."""

    public_id: str
    requirement_id: int
    kind: ArtifactKind
    words: str
    details: Details
    seen: datetime | None = None
    theirs: Artifact | None = None
    """The artifact as somebody else saved it meanwhile."""


@dataclass(frozen=True)
class Beside:
    """A form beside an artifact, for an entry or a consent, that could not be saved."""

    key: str
    """Public id of the entry, or of the artifact for a consent."""
    words: str
    values: Mapping[str, str]
    theirs: str = ""
    """The entry's words as another window saved them meanwhile."""


@dataclass(frozen=True)
class ArtifactForm:
    """One form on the page: for an artifact that is there, or for a new one."""

    public_id: str
    requirement: ArtifactRequirement
    kind: ArtifactKind
    details: Details
    seen: datetime | None
    artifact: Artifact | None = None
    slip: Slip | None = None
    new_entry_id: str = field(default_factory=opaque_id)
    """For an entry that is added to it."""

    @property
    def demand(self) -> Demand:
        """What the package asks it to say of itself."""
        return demand_of(self.requirement)

    @property
    def seen_word(self) -> str:
        """What the hidden field carries: which state the form began from."""
        return self.seen.isoformat() if self.seen else ""


@dataclass(frozen=True)
class Slot:
    """One artifact requirement with everything given for it and the forms to give more."""

    requirement: ArtifactRequirement
    given: tuple[ArtifactForm, ...]
    removed: tuple[Artifact, ...]
    offers: tuple[ArtifactForm, ...]
    gaps: tuple[Gap, ...]

    @property
    def asked(self) -> Demand:
        """What the package asks of it beside form and criteria."""
        return demand_of(self.requirement)

    @property
    def reminders(self) -> list[str]:
        """What to take care of, for the sake of the people in it (S1-23, S1-24)."""
        told = []
        if self.asked.names_people:
            told.append(
                "This is likely to hold names. Name adults by their role; write initials or "
                "numbers for students and families."
            )
        if least := self.asked.small_groups_under:
            told.append(
                f"In a group of fewer than {least} students, each can be recognised. Put small "
                "groups together, or leave their figures out."
            )
        return told

    @property
    def demand(self) -> str:
        """How much is asked, in words: `one text, file or link`."""
        least, most = self.requirement.minimum, self.requirement.maximum
        kinds = self.requirement.kinds
        named = kinds[0] if len(kinds) == 1 else f"{', '.join(kinds[:-1])} or {kinds[-1]}"
        if least == most == 1:
            return f"one {named}"
        if least == 0:
            return f"up to {most}, each a {named}" if most > 1 else f"one {named}"
        amount = str(least) if least == most else f"{least} to {most}"
        return f"{amount}, each a {named}"


@dataclass(frozen=True)
class Hint:
    """An unmet criterion of the attempt before: what was said, and what the next level is."""

    feedback: Feedback
    next_level: Level | None
    task: Task | None
    """Where the next attempt mends it."""


@dataclass(frozen=True)
class Workbench:
    """Everything a task's page shows."""

    task: Task
    progress: Progress
    part: PartProgress
    slots: tuple[Slot, ...]
    hints: tuple[Hint, ...]
    """What was not met in the attempt before and is mended here."""
    hints_elsewhere: tuple[Hint, ...]
    """What was not met either, and is mended on another task's page."""
    is_open: bool
    """Whether anything may be added or changed now."""
    opens_after: str
    """What has to come first, in words; empty where nothing has."""
    verb: str
    """What one does above all in it, such as *communicate* (S3-07)."""
    position: int
    count: int
    before: Task | None
    after: Task | None
    """The next one in this part or in one that can be worked on; `None` where nothing is."""
    resources: tuple[Recommendation, ...]
    """Help for this phase, what answers a low rating first (S3-23)."""


def enrolment_for_task(session: Session, task_id: int, person: Person) -> Enrolment:
    """The person's enrolment in the very version a task belongs to.

    Raises:
        NotFound: no such task, or not one of a credential this person has begun.
    """
    return _own_enrolment(session, person, Part.phases.any(Phase.tasks.any(Task.id == task_id)))


def enrolment_for_part(session: Session, part_id: int, person: Person) -> Enrolment:
    """The person's enrolment in the very version a part belongs to.

    Raises:
        NotFound: no such part, or not one of a credential this person has begun.
    """
    return _own_enrolment(session, person, Part.id == part_id)


def _own_enrolment(session: Session, person: Person, condition: object) -> Enrolment:
    enrolment = session.scalars(
        select(Enrolment)
        .join(Part, Part.credential_version_id == Enrolment.credential_version_id)
        .where(Enrolment.person_id == person.id, condition)  # type: ignore[arg-type]
    ).first()
    if enrolment is None:
        raise NotFound("This is not part of anything you have begun.")
    return enrolment


def workbench(session: Session, task_id: int, person: Person, slip: Slip | None) -> Workbench:
    """Gather one task's page.

    Raises:
        NotFound: not a task of this person's.
    """
    found = progress(session, enrolment_for_task(session, task_id, person))
    tasks = [row.task for part in found.parts for row in part.tasks]
    task = next(task for task in tasks if task.id == task_id)
    part = found.part_of(task)
    at = tasks.index(task)
    is_open = part.state is SubmissionState.DRAFT and not found.is_baseline_open
    opens_after = _opens_after(part, task) if part.state is SubmissionState.DRAFT else ""
    unmet = hints(part) if part.before is not None else []
    here = tuple(
        hint for hint in unmet if hint.task is task or _is_evidence_for(hint, task, part.submission)
    )
    return Workbench(
        task=task,
        progress=found,
        part=part,
        slots=tuple(
            _slot(requirement, part, may_add=is_open and not opens_after, slip=slip)
            for requirement in task.requirements
        ),
        hints=here,
        hints_elsewhere=tuple(hint for hint in unmet if hint not in here and hint.task),
        is_open=is_open,
        opens_after=opens_after,
        verb=verb_of(task),
        position=at + 1,
        count=len(tasks),
        before=tasks[at - 1] if at else None,
        after=next((one for one in tasks[at + 1 :] if _leads_on(found, part, one)), None),
        resources=tuple(
            entry
            for entry in recommended(found.version, by_slugs(found.version, found.ratings.baseline))
            if entry.resource.phase_slug in (None, task.phase.slug)
        ),
    )


def _leads_on(found: Progress, here: PartProgress, task: Task) -> bool:
    """Whether *Next* may lead to a task: within its own part, or where work can begin by now."""
    there = found.part_of(task)
    return there is here or (
        there.state is SubmissionState.DRAFT
        and there.opens_after is None
        and has_enough_to_choose(there.part, found.around)
    )


def _opens_after(part: PartProgress, task: Task) -> str:
    if part.opens_after is not None:
        return gates.opens_after(part.opens_after)
    earlier = gates.phase_before(part.submission, task.phase)
    return gates.phase_opens_after(earlier) if earlier else ""


def hints(part: PartProgress) -> list[Hint]:
    """What is not met yet, in the order of the rubric, with the next level to reach."""
    found = []
    for row in part.unmet:
        criterion = row.criterion
        higher = [level for level in criterion.levels if level.number > row.level.number]
        task = place_for(criterion, part.part.tasks)
        found.append(Hint(row, higher[0] if higher else None, task))
    return found


def _is_evidence_for(hint: Hint, task: Task, submission: Submission) -> bool:
    requirements = {requirement.id for requirement in task.requirements}
    return any(
        artifact.requirement_id in requirements and hint.feedback.criterion in artifact.criteria
        for artifact in submission.kept
    )


def _slot(
    requirement: ArtifactRequirement, part: PartProgress, *, may_add: bool, slip: Slip | None
) -> Slot:
    of_this = [
        artifact
        for artifact in part.submission.artifacts
        if artifact.requirement_id == requirement.id
    ]
    kept = [artifact for artifact in of_this if artifact.removed_at is None]
    offers: list[ArtifactForm] = []
    if may_add and len(kept) < requirement.maximum:
        offers = [
            _new_form(requirement, ArtifactKind(kind), part, slip) for kind in requirement.kinds
        ]
    return Slot(
        requirement=requirement,
        given=tuple(_form_of(artifact, slip) for artifact in kept),
        removed=tuple(artifact for artifact in of_this if artifact.removed_at is not None),
        offers=tuple(offers),
        gaps=tuple(
            gap
            for row in part.tasks
            for gap in row.gaps
            if gap.requirement is not None and gap.requirement.id == requirement.id
        ),
    )


def _new_form(
    requirement: ArtifactRequirement,
    kind: ArtifactKind,
    part: PartProgress,
    slip: Slip | None,
) -> ArtifactForm:
    if slip and slip.requirement_id == requirement.id and slip.kind is kind and not slip.theirs:
        return ArtifactForm(slip.public_id, requirement, kind, slip.details, slip.seen, slip=slip)
    tagged = frozenset(
        criterion.id for criterion in part.part.criteria if criterion.slug in requirement.criteria
    )
    scopes = demand_of(requirement).scopes
    begun = Particulars(
        scope=scopes[0] if len(scopes) == 1 else "",
        goal=part.submission.enrolment.goal[: particulars.GOAL_LONGEST],
    )
    details = Details(criteria=tagged, particulars=begun)
    return ArtifactForm(opaque_id(), requirement, kind, details, None)


def _form_of(artifact: Artifact, slip: Slip | None) -> ArtifactForm:
    if slip is not None and slip.public_id == artifact.public_id:
        # After a conflict the next save begins from the newer state, which the page shows.
        seen = artifact.changed_at if slip.theirs else slip.seen
        return ArtifactForm(
            artifact.public_id,
            artifact.requirement,
            artifact.kind,
            slip.details,
            seen,
            artifact,
            slip,
        )
    details = Details(
        title=artifact.title,
        text=artifact.text,
        url=artifact.url or "",
        done_on=artifact.done_on,
        criteria=frozenset(criterion.id for criterion in artifact.criteria),
        particulars=particulars.of(artifact, demand_of(artifact.requirement)),
        pointers={pointer.criterion_id: pointer.words for pointer in artifact.pointers},
    )
    return ArtifactForm(
        artifact.public_id,
        artifact.requirement,
        artifact.kind,
        details,
        artifact.changed_at,
        artifact,
    )
