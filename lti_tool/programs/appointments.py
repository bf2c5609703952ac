"""Who may judge, coach or administer in a program, and until when (S3-28)."""

from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, selectinload

from lti_tool.errors import Refused
from lti_tool.people.audit import note
from lti_tool.people.models import Person
from lti_tool.people.roles import Seat
from lti_tool.programs.models import Appointment, Program


class AlreadyOver(Refused):
    """The end of the appointment lies before its beginning."""


def appoint(
    session: Session,
    person: Person,
    program: Program,
    seat: Seat,
    *,
    until: datetime | None,
    actor: Person | None,
    now: datetime,
) -> Appointment:
    """Appoint a person to a seat until a moment, or open-ended.

    Somebody who already holds the seat keeps one appointment: it gets the new end.

    Raises:
        AlreadyOver: `until` is not after `now`.
    """
    if until is not None and until <= now:
        raise AlreadyOver("Choose a last day in the future: this appointment would be over.")
    held = session.scalars(
        _holding(now).where(
            Appointment.person == person,
            Appointment.program == program,
            Appointment.seat == seat,
        )
    ).first()
    if held is None:
        held = Appointment(person=person, program=program, seat=seat, appointed_at=now, until=until)
        session.add(held)
    else:
        held.until = until
    session.flush()  # the audit trail names people by id
    _note(session, "programs.appoint", held, actor, now)
    return held


def end(session: Session, appointment: Appointment, *, actor: Person | None, now: datetime) -> None:
    """End an appointment at once; one that is over stays as it is."""
    if appointment.ended_at is not None:
        return
    appointment.ended_at = now
    _note(session, "programs.end-appointment", appointment, actor, now)


def holds(session: Session, person: Person, program: Program, seat: Seat, *, now: datetime) -> bool:
    """Whether a person holds a seat in a program at this moment; false at and after its end."""
    query = _holding(now).where(
        Appointment.person_id == person.id,
        Appointment.program_id == program.id,
        Appointment.seat == seat,
    )
    return session.scalars(query.limit(1)).first() is not None


def seats_of(session: Session, person: Person, *, now: datetime) -> list[Appointment]:
    """The appointments a person holds at this moment, with their programs loaded."""
    return list(
        session.scalars(
            _holding(now)
            .where(Appointment.person_id == person.id)
            .options(selectinload(Appointment.program))
            .order_by(Appointment.program_id, Appointment.seat, Appointment.id)
        )
    )


def all_in(session: Session, program: Program, *, now: datetime) -> list[Appointment]:
    """Everybody who holds a seat in a program at this moment, with the people loaded."""
    return list(
        session.scalars(
            _holding(now)
            .where(Appointment.program_id == program.id)
            .options(selectinload(Appointment.person))
            .order_by(Appointment.seat, Appointment.id)
        )
    )


def _holding(now: datetime) -> Select[Appointment]:
    return select(Appointment).where(
        Appointment.ended_at.is_(None),
        or_(Appointment.until.is_(None), Appointment.until > now),
    )


def _note(
    session: Session, action: str, appointment: Appointment, actor: Person | None, now: datetime
) -> None:
    note(
        session,
        action,
        f"person {appointment.person_id}",
        actor=actor,
        now=now,
        program=appointment.program.slug,
        seat=appointment.seat.value,
        until=appointment.until.isoformat() if appointment.until else None,
    )
