"""Who may judge a piece of work: appointed, not yet expired, and not the learner."""

from datetime import datetime

from sqlalchemy.orm import Session

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


def program_of(work: Submission) -> Program:
    """The program the work was submitted in."""
    return work.enrolment.credential_version.program_version.program


def may_judge(
    session: Session, person: Person, work: Submission, seat: Seat, *, now: datetime
) -> bool:
    """Whether the person may take this seat for this work."""
    return work.enrolment.person_id != person.id and appointments.holds(
        session, person, program_of(work), seat, now=now
    )


def require_judge(
    session: Session, person: Person, work: Submission, seat: Seat, *, now: datetime
) -> None:
    """Refuse anybody who may not take this seat for this work.

    Raises:
        OwnWork: it is the person's own.
        NotAppointed: there is no appointment, or it has ended.
    """
    if work.enrolment.person_id == person.id:
        raise OwnWork("This is your own work: somebody else has to judge it.")
    if not appointments.holds(session, person, program_of(work), seat, now=now):
        raise NotAppointed(
            f"You are not appointed as {seat.value} of this program, or your appointment has"
            " ended. The program's office can appoint you."
        )
