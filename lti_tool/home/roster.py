"""Where everybody of a course stands: an instructor's view, in a fixed number of queries."""

import enum
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from lti_tool.launch.models import ResourceLink
from lti_tool.people.models import Course, Membership, Person
from lti_tool.people.roles import Role
from lti_tool.portfolio.models import Artifact, Enrolment, Submission, SubmissionState
from lti_tool.programs.models import Credential, CredentialVersion
from lti_tool.roster.listing import Listing


class Stage(enum.StrEnum):
    """How far somebody has come in one credential, in words a page may show."""

    NOT_BEGUN = "Not begun"
    UNDER_WAY = "Under way"
    WAITING = "Waiting for judges"
    RETURNED = "Returned"
    EARNED = "Earned"


class Tone(enum.StrEnum):
    """How a state is marked on the page."""

    QUIET = ""
    NOW = "now"
    GOOD = "good"
    ATTENTION = "attention"


@dataclass(frozen=True)
class Line:
    """One person in one credential, or a person who has not begun anything."""

    person: str
    credential: str
    words: str
    tone: Tone
    since: datetime | None
    stage: Stage
    work_of: tuple[int, str] | None = None
    """Person and the credential's public id, once something was handed in (T-134)."""


def roster(session: Session, course: Course, listing: Listing | None = None) -> list[Line]:
    """Every learner of a course by name, with where they stand in what the course offers.

    Who is away now is left out, their work is kept (T-127); who never came stands at the end. Test
    users are left out (T-078). Seven queries at most, however many people there are.
    """
    people = session.scalars(
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.course_id == course.id,
            Membership.role == Role.LEARNER,
            Person.is_test.is_(False),
        )
        .order_by(Person.name, Person.id)
    ).all()
    listing = listing or Listing()
    people = [person for person in people if person.id not in listing.away]
    begun = begun_by(session, course, people)
    lines: list[Line] = []
    for person in people:
        if not begun[person.id]:
            lines.append(Line(person.name, "", "Not begun", Tone.QUIET, None, Stage.NOT_BEGUN))
        lines.extend(_line(person, *one) for one in begun[person.id])
    lines.extend(
        Line(name, "", "Not here yet", Tone.QUIET, None, Stage.NOT_BEGUN)
        for name in listing.not_here_yet
    )
    return lines


def begun_by(
    session: Session, course: Course, people: Sequence[Person]
) -> dict[int, list[tuple[Enrolment, list[Submission], int]]]:
    """By person, what they began of what a course offers; five queries at most.

    Each enrolment comes with the newest attempt at every part, and how many artifacts there are.
    """
    offered = _offered(session, course)
    enrolments = session.scalars(
        select(Enrolment)
        .join(Enrolment.credential_version)
        .where(
            Enrolment.person_id.in_([person.id for person in people]),
            CredentialVersion.credential_id.in_(offered),
        )
        .options(joinedload(Enrolment.credential_version).joinedload(CredentialVersion.credential))
        .order_by(Enrolment.id)
    ).all()
    ids = [enrolment.id for enrolment in enrolments]
    newest: dict[int, dict[int, Submission]] = defaultdict(dict)
    for submission in session.scalars(
        select(Submission).where(Submission.enrolment_id.in_(ids)).order_by(Submission.attempt)
    ):
        newest[submission.enrolment_id][submission.part_id] = submission
    counts = (
        select(Submission.enrolment_id, func.count(Artifact.id))
        .join(Artifact, Artifact.submission_id == Submission.id)
        .where(Submission.enrolment_id.in_(ids), Artifact.removed_at.is_(None))
        .group_by(Submission.enrolment_id)
    )
    given = dict(session.execute(counts).all())
    begun: dict[int, list[tuple[Enrolment, list[Submission], int]]] = defaultdict(list)
    for enrolment in enrolments:
        parts = list(newest[enrolment.id].values())
        begun[enrolment.person_id].append((enrolment, parts, given.get(enrolment.id, 0)))
    return begun


def _offered(session: Session, course: Course) -> set[int]:
    """Ids of the credentials the course's links open."""
    links = session.scalars(select(ResourceLink).where(ResourceLink.course_id == course.id)).all()
    offered = {link.credential_id for link in links if link.credential_id is not None}
    programs = {
        link.program_id
        for link in links
        if link.credential_id is None and link.program_id is not None
    }
    if programs:
        offered.update(
            session.scalars(select(Credential.id).where(Credential.program_id.in_(programs)))
        )
    return offered


def _line(
    person: Person, enrolment: Enrolment, submissions: Sequence[Submission], given: int
) -> Line:
    words, tone, since, stage = standing(enrolment, submissions, given)
    version = enrolment.credential_version
    handed_in = any(
        row.attempt > 1 or row.state is not SubmissionState.DRAFT for row in submissions
    )
    work_of = (person.id, version.credential.public_id) if handed_in else None
    return Line(person.name, version.title, words, tone, since, stage, work_of)


def standing(
    enrolment: Enrolment, submissions: Sequence[Submission], given: int
) -> tuple[str, Tone, datetime | None, Stage]:
    """The most telling part decides: what waits for a judge, then what came back."""
    approved = [row for row in submissions if row.state is SubmissionState.APPROVED]
    if submissions and len(approved) == len(submissions):
        since = max(row.decided_at or row.begun_at for row in approved)
        return "Earned", Tone.GOOD, since, Stage.EARNED
    parts = f", {len(approved)} of {len(submissions)} parts approved" if approved else ""
    for state, words in (
        (SubmissionState.ASSESSED, "Waits for the approver"),
        (SubmissionState.SUBMITTED, "Waits for an assessor"),
    ):
        for row in submissions:
            if row.state is state:
                said = f"{words}{_attempt(row)}{parts}"
                return said, Tone.NOW, row.submitted_at, Stage.WAITING
    for row in submissions:
        if row.attempt > 1 and row.state is SubmissionState.DRAFT:
            said = f"Returned, revising{_attempt(row)}{parts}"
            return said, Tone.ATTENTION, row.begun_at, Stage.RETURNED
    if not given:
        return "Begun, nothing added yet", Tone.QUIET, enrolment.begun_at, Stage.UNDER_WAY
    count = "one artifact" if given == 1 else f"{given} artifacts"
    return f"Working, {count}{parts}", Tone.QUIET, enrolment.begun_at, Stage.UNDER_WAY


def _attempt(row: Submission) -> str:
    return f" (attempt {row.attempt})" if row.attempt > 1 else ""
