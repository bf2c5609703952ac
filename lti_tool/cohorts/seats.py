"""Who may do what here: everything hangs on an appointment, and without one there is nothing."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lti_tool.cohorts.models import Cohort, CohortStaff, CohortState, StaffSeat
from lti_tool.errors import NotAllowed
from lti_tool.people.models import Person
from lti_tool.people.roles import Seat
from lti_tool.programs import appointments
from lti_tool.programs.models import Program

NEEDS = {StaffSeat.FACILITATOR: Seat.FACILITATOR, StaffSeat.COACH: Seat.COACH}
"""The appointment in the program that a place in a cohort rests on; an instructor needs none."""


class NotYours(NotAllowed):
    """The person holds no seat that lets them do this."""


def administers(session: Session, person: Person, program: Program, *, now: datetime) -> bool:
    """Whether the person administers the program."""
    return appointments.holds(session, person, program, Seat.ADMIN, now=now)


def require_admin(session: Session, person: Person, program: Program, *, now: datetime) -> None:
    """Refuse anybody who does not administer the program.

    Raises:
        NotYours: no current appointment.
    """
    if not administers(session, person, program, now=now):
        raise NotYours("Only the program's administrators do this. Your seat does not include it.")


def staff_of(session: Session, cohort: Cohort) -> list[CohortStaff]:
    """Everybody placed in a cohort and not taken out again, by seat."""
    return list(
        session.scalars(
            select(CohortStaff)
            .where(CohortStaff.cohort_id == cohort.id, CohortStaff.ended_at.is_(None))
            .options(joinedload(CohortStaff.person))
            .order_by(CohortStaff.seat, CohortStaff.id)
        )
    )


def effective_staff(session: Session, cohort: Cohort, *, now: datetime) -> list[CohortStaff]:
    """The staff whose place still rests on an appointment that holds; two queries."""
    held = {
        (one.person_id, one.seat) for one in appointments.all_in(session, cohort.program, now=now)
    }
    return [
        place
        for place in staff_of(session, cohort)
        if place.seat not in NEEDS or (place.person_id, NEEDS[place.seat]) in held
    ]


def serves(session: Session, person: Person, cohort: Cohort, *, now: datetime) -> bool:
    """Whether the person is staff of the cohort now."""
    return any(place.person_id == person.id for place in effective_staff(session, cohort, now=now))


def may_see(session: Session, person: Person, cohort: Cohort, *, now: datetime) -> bool:
    """Whether somebody runs the cohort or serves in it."""
    return administers(session, person, cohort.program, now=now) or serves(
        session, person, cohort, now=now
    )


def may_coach(session: Session, coach: Person, cohort: Cohort, *, now: datetime) -> bool:
    """Whether somebody may write in the cohort's coaching log: its staff, while it runs."""
    return cohort.state is not CohortState.CLOSED and serves(session, coach, cohort, now=now)


def cohorts_served(session: Session, person: Person, *, now: datetime) -> list[Cohort]:
    """The cohorts somebody is staff of now, with their programs, the newest first."""
    held = {(one.program_id, one.seat) for one in appointments.seats_of(session, person, now=now)}
    rows = session.scalars(
        select(CohortStaff)
        .join(CohortStaff.cohort)
        .where(CohortStaff.person_id == person.id, CohortStaff.ended_at.is_(None))
        .options(joinedload(CohortStaff.cohort).joinedload(Cohort.program))
        .order_by(CohortStaff.cohort_id.desc(), CohortStaff.id)
    )
    found = {
        row.cohort_id: row.cohort
        for row in rows
        if row.seat not in NEEDS or (row.cohort.program_id, NEEDS[row.seat]) in held
    }
    return list(found.values())
