"""The signs of stalled work: each one SELECT with the same columns, so that all are one list."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    Text,
    cast,
    exists,
    false,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

from lti_tool.cohorts.models import Coaching, CoachingEntry
from lti_tool.oversight.scope import Scope, versions_in
from lti_tool.portfolio.models import (
    Artifact,
    CoachMeeting,
    Enrolment,
    SelfAssessment,
    Submission,
    SubmissionState,
)
from lti_tool.programs.models import (
    ArtifactRequirement,
    CredentialVersion,
    Part,
    Phase,
    ProgramVersion,
    Task,
)

WORD = Text()

Sign = Select[*tuple[Any, ...]]


def attempts(
    scope: Scope,
    people: Select[int],
    kind: str,
    since: ColumnElement[Any] | InstrumentedAttribute[Any],
) -> Sign:
    """One line for each attempt of these people in the program."""
    return (
        select(
            literal(kind, WORD).label("kind"),
            since.label("since"),
            Enrolment.person_id.label("person_id"),
            Enrolment.credential_version_id.label("version_id"),
            Submission.id.label("submission_id"),
            Submission.attempt.label("attempt"),
            cast(null(), WORD).label("phase"),
        )
        .join(Enrolment, Enrolment.id == Submission.enrolment_id)
        .where(
            Enrolment.credential_version_id.in_(versions_in(scope)),
            Enrolment.person_id.in_(people),
        )
    )


def at_rest(scope: Scope, people: Select[int], kind: str, *, before: datetime, again: bool) -> Sign:
    """Drafts to which nothing has happened since a moment; of first or of later attempts."""
    came_back = Submission.incomplete_at
    begun = func.coalesce(came_back, Submission.begun_at)
    touched = select(func.max(Artifact.changed_at)).where(Artifact.submission_id == Submission.id)
    last = touched.correlate(Submission).scalar_subquery()
    moved = exists().where(
        Artifact.submission_id == Submission.id,
        or_(Artifact.changed_at > before, Artifact.removed_at > before),
    )
    rated = exists().where(
        SelfAssessment.enrolment_id == Enrolment.id,
        or_(SelfAssessment.begun_at > before, SelfAssessment.completed_at > before),
    )
    returned = or_(Submission.attempt > 1, came_back.is_not(None))
    # Of several parts those ahead are drafts too, from the first day: only one that was touched, or
    # the first, can be at rest.
    first = select(func.min(Part.position)).where(
        Part.credential_version_id == Enrolment.credential_version_id
    )
    reached = or_(
        exists().where(Artifact.submission_id == Submission.id),
        exists().where(
            Part.id == Submission.part_id,
            Part.position == first.correlate(Enrolment).scalar_subquery(),
        ),
    )
    since = last if not again else begun
    latest = func.coalesce(since, begun)
    return attempts(scope, people, kind, latest).where(
        Submission.state == SubmissionState.DRAFT,
        returned if again else ~returned,
        begun <= before,
        or_(Submission.withdrawn_at.is_(None), Submission.withdrawn_at <= before),
        ~moved,
        ~rated,
        reached,
    )


def late(scope: Scope, people: Select[int], kind: str, *, before: datetime) -> Sign:
    """Work handed in before a moment on which nobody has decided (S6-09)."""
    waiting = (SubmissionState.SUBMITTED, SubmissionState.ASSESSED)
    return attempts(scope, people, kind, Submission.submitted_at).where(
        Submission.state.in_(waiting), Submission.submitted_at <= before
    )


def without_meeting(
    scope: Scope, people: Select[int], kind: str, limits: Mapping[int, int]
) -> Sign:
    """Drafts beyond the limit of their version whose meeting is still owed (S6-12)."""
    previous = aliased(Submission)
    beyond = [
        (ProgramVersion.id == version_id) & (Submission.attempt > maximum)
        for version_id, maximum in limits.items()
    ]
    noted = exists().where(
        CoachMeeting.enrolment_id == Enrolment.id, CoachMeeting.logged_at > previous.decided_at
    )
    coached = exists().where(
        CoachingEntry.learner_id == Enrolment.person_id,
        CoachingEntry.credential_id == CredentialVersion.credential_id,
        CoachingEntry.written_at > previous.decided_at,
    )
    return (
        attempts(scope, people, kind, previous.decided_at)
        .join(CredentialVersion, CredentialVersion.id == Enrolment.credential_version_id)
        .join(ProgramVersion, ProgramVersion.id == CredentialVersion.program_version_id)
        .join(
            previous,
            (previous.enrolment_id == Submission.enrolment_id)
            & (previous.part_id == Submission.part_id)
            & (previous.attempt == Submission.attempt - 1),
        )
        .where(
            Submission.state == SubmissionState.DRAFT,
            or_(false(), *beyond),
            previous.decided_at.is_not(None),
            ~noted,
            ~coached,
        )
    )


def silent(scope: Scope, people: Select[int], kind: str, *, before: datetime) -> Sign:
    """Phases that somebody works in or has handed in, and met nobody alone about (S3-21)."""
    works = _open_works(scope, people)
    places = _phases()
    begun = func.min(Artifact.added_at)
    phases = (
        select(
            works.c.enrolment_id,
            works.c.person_id,
            works.c.version_id,
            works.c.credential_id,
            func.max(works.c.id).label("submission_id"),
            func.max(works.c.attempt).label("attempt"),
            places.c.slug,
            func.max(cast(places.c.title, WORD)).label("phase"),
            begun.label("since"),
        )
        .select_from(works)
        .join(Artifact, Artifact.submission_id == works.c.id)
        .join(places, places.c.requirement_id == Artifact.requirement_id)
        .where(Artifact.removed_at.is_(None))
        .group_by(
            works.c.enrolment_id,
            works.c.person_id,
            works.c.version_id,
            works.c.credential_id,
            places.c.slug,
        )
        .having(begun <= before)
        .subquery("phases")
    )
    met = exists().where(
        CoachingEntry.learner_id == phases.c.person_id,
        CoachingEntry.credential_id == phases.c.credential_id,
        CoachingEntry.phase == phases.c.slug,
        CoachingEntry.kind == Coaching.ONE_TO_ONE,
    )
    return (
        select(
            literal(kind, WORD).label("kind"),
            func.min(phases.c.since).label("since"),
            phases.c.person_id,
            phases.c.version_id,
            func.max(phases.c.submission_id).label("submission_id"),
            func.max(phases.c.attempt).label("attempt"),
            cast(func.aggregate_strings(phases.c.phase, ", "), WORD).label("phase"),
        )
        .where(~met)
        .group_by(phases.c.enrolment_id, phases.c.person_id, phases.c.version_id)
    )


def _open_works(scope: Scope, people: Select[int]) -> CTE:
    """Attempts of these people that are not decided.

    Worked out by itself: joined to their artifacts in one statement of ten tables, PostgreSQL no
    longer looks for the best order and reads every artifact there is, even for a single cohort.
    """
    return (
        select(
            Submission.id,
            Submission.attempt,
            Submission.enrolment_id,
            Enrolment.person_id,
            Enrolment.credential_version_id.label("version_id"),
            CredentialVersion.credential_id,
        )
        .join(Enrolment, Enrolment.id == Submission.enrolment_id)
        .join(CredentialVersion, CredentialVersion.id == Enrolment.credential_version_id)
        .where(
            Enrolment.credential_version_id.in_(versions_in(scope)),
            Enrolment.person_id.in_(people),
            Submission.state.in_(
                (SubmissionState.DRAFT, SubmissionState.SUBMITTED, SubmissionState.ASSESSED)
            ),
        )
        .cte("open_works")
        .prefix_with("MATERIALIZED")
    )


def _phases() -> CTE:
    """The phase each required artifact stands in."""
    return (
        select(ArtifactRequirement.id.label("requirement_id"), Phase.slug, Phase.title)
        .join(Task, Task.id == ArtifactRequirement.task_id)
        .join(Phase, Phase.id == Task.phase_id)
        .cte("places")
        .prefix_with("MATERIALIZED")
    )
