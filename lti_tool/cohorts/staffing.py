"""The staff of a cohort: put in place by the program's administrators, partner by partner."""

from datetime import datetime

from sqlalchemy.orm import Session

from lti_tool.cohorts.forming import CohortRefused, members_of
from lti_tool.cohorts.models import Cohort, CohortStaff, StaffSeat
from lti_tool.cohorts.seats import NEEDS, require_admin, staff_of
from lti_tool.people.audit import note
from lti_tool.people.models import Person
from lti_tool.programs import appointments


def place(
    session: Session,
    cohort: Cohort,
    person: Person,
    seat: StaffSeat,
    *,
    partner: str = "",
    actor: Person,
    now: datetime,
) -> CohortStaff:
    """Put a facilitator, coach or instructor in place, sent by a partner.

    Who is not appointed to the seat in the program is appointed with it, open-ended: the same
    administrator answers for both, and the audit trail says so twice.

    Raises:
        NotYours: whoever asks does not administer the program.
        CohortRefused: they are in the cohort as a participant.
    """
    require_admin(session, actor, cohort.program, now=now)
    if any(member.person_id == person.id for member in members_of(session, cohort)):
        raise CohortRefused(f"{person.name} takes part in this cohort and cannot be its staff.")
    if wanted := NEEDS.get(seat):
        held = appointments.holds(session, person, cohort.program, wanted, now=now)
        if not held:
            appointments.appoint(
                session, person, cohort.program, wanted, until=None, actor=actor, now=now
            )
    for standing in staff_of(session, cohort):
        if (standing.person_id, standing.seat) == (person.id, seat):
            standing.partner = partner
            return standing
    made = CohortStaff(cohort=cohort, person=person, seat=seat, partner=partner, placed_at=now)
    session.add(made)
    session.flush()
    note(
        session,
        "cohorts.place",
        f"person {person.id}",
        actor=actor,
        now=now,
        cohort=cohort.public_id,
        seat=seat.value,
        partner=partner,
    )
    return made


def take_out(session: Session, placed: CohortStaff, *, actor: Person, now: datetime) -> None:
    """End somebody's place in a cohort; their appointment in the program stays."""
    require_admin(session, actor, placed.cohort.program, now=now)
    if placed.ended_at is None:
        placed.ended_at = now
        note(
            session,
            "cohorts.take-out",
            f"person {placed.person_id}",
            actor=actor,
            now=now,
            cohort=placed.cohort.public_id,
            seat=placed.seat.value,
        )
