"""Who may judge a piece of work: appointed, not yet expired, not the learner nor too close."""

from datetime import datetime

from sqlalchemy.orm import Session

from lti_tool.cohorts import conflicts
from lti_tool.cohorts.conflicts import Conflict
from lti_tool.errors import NotAllowed
from lti_tool.people.models import Person
from lti_tool.people.roles import Seat
from lti_tool.portfolio.models import Submission
from lti_tool.programs import appointments
from lti_tool.programs.models import Program


class NotAppointed(NotAllowed):
    """The person holds no current appointment to this seat in the program (S3-28)."""


class OwnWork(NotAllowed):
    """Nobody judges what they submitted themselves (S4-31)."""


class ConflictOfInterest(NotAllowed):
    """Judge and learner are too close: one team, one organisation, or one of them said so."""


def program_of(work: Submission) -> Program:
    """The program the work was submitted in."""
    return work.enrolment.credential_version.program_version.program


def may_judge(
    session: Session, person: Person, work: Submission, seat: Seat, *, now: datetime
) -> bool:
    """Whether the person may take this seat for this work."""
    return (
        work.enrolment.person_id != person.id
        and appointments.holds(session, person, program_of(work), seat, now=now)
        and conflict_with(session, person, work) is None
    )


def conflict_with(session: Session, person: Person, work: Submission) -> Conflict | None:
    """Why the person is too close to the learner to judge this work, or `None`."""
    learner_id = work.enrolment.person_id
    return conflicts.between(session, person.id, learner_id, program_of(work).id)


def require_judge(
    session: Session, person: Person, work: Submission, seat: Seat, *, now: datetime
) -> None:
    """Refuse anybody who may not take this seat for this work.

    Raises:
        OwnWork: it is the person's own.
        NotAppointed: there is no appointment, or it has ended.
        ConflictOfInterest: judge and learner are too close (S4-31).
    """
    if work.enrolment.person_id == person.id:
        raise OwnWork("This is your own work: somebody else has to judge it.")
    if not appointments.holds(session, person, program_of(work), seat, now=now):
        raise NotAppointed(
            f"You are not appointed as {seat.value} of this program, or your appointment has"
            " ended. The program's office can appoint you."
        )
    if found := conflict_with(session, person, work):
        raise ConflictOfInterest(found.words)
