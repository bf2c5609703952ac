"""Who may judge, and until when."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.people.models import AuditEvent
from lti_tool.people.roles import Seat
from lti_tool.programs.appointments import (
    AlreadyOver,
    all_in,
    appoint,
    end,
    holds,
    seats_of,
)
from lti_tool.programs.models import Appointment
from tests.builders import a_program, an_appointment
from tests.cast import ben, cleo, dora, ivan


@pytest.mark.row("S3-28")
def test_an_appointment_holds_until_its_end_and_not_at_it(session: Session, noon: datetime) -> None:
    assessor, program = ben(), a_program()
    session.add_all([assessor, program])
    evening = noon + timedelta(hours=6)

    appoint(session, assessor, program, Seat.ASSESSOR, until=evening, actor=None, now=noon)

    just_before = evening - timedelta(microseconds=1)
    assert holds(session, assessor, program, Seat.ASSESSOR, now=just_before)
    assert not holds(session, assessor, program, Seat.ASSESSOR, now=evening)
    assert not holds(session, assessor, program, Seat.ASSESSOR, now=evening + timedelta(days=1))


def test_an_appointment_is_for_one_seat_of_one_program(session: Session, noon: datetime) -> None:
    assessor, ponds, forests, stranger = ben(), a_program(), a_program(), ivan()
    session.add_all([assessor, ponds, forests, stranger])

    appoint(session, assessor, ponds, Seat.ASSESSOR, until=None, actor=None, now=noon)

    assert holds(session, assessor, ponds, Seat.ASSESSOR, now=noon)
    assert not holds(session, assessor, ponds, Seat.APPROVER, now=noon)
    assert not holds(session, assessor, forests, Seat.ASSESSOR, now=noon)
    assert not holds(session, stranger, ponds, Seat.ASSESSOR, now=noon)


def test_appointing_again_moves_the_end(session: Session, noon: datetime) -> None:
    assessor, program = ben(), a_program()
    session.add_all([assessor, program])
    tomorrow, later = noon + timedelta(days=1), noon + timedelta(days=30)
    appoint(session, assessor, program, Seat.ASSESSOR, until=tomorrow, actor=None, now=noon)

    appoint(session, assessor, program, Seat.ASSESSOR, until=later, actor=None, now=noon)

    assert session.scalar(select(func.count(Appointment.id))) == 1
    assert holds(session, assessor, program, Seat.ASSESSOR, now=later - timedelta(seconds=1))


def test_one_that_has_run_out_is_followed_by_a_new_one(session: Session, noon: datetime) -> None:
    assessor, program = ben(), a_program()
    session.add(an_appointment(assessor, program, until=noon))

    appoint(session, assessor, program, Seat.ASSESSOR, until=None, actor=None, now=noon)

    assert session.scalar(select(func.count(Appointment.id))) == 2
    assert holds(session, assessor, program, Seat.ASSESSOR, now=noon)


def test_an_end_in_the_past_is_refused(session: Session, noon: datetime) -> None:
    assessor, program = ben(), a_program()
    session.add_all([assessor, program])

    with pytest.raises(AlreadyOver):
        appoint(session, assessor, program, Seat.ASSESSOR, until=noon, actor=None, now=noon)


def test_an_appointment_that_was_ended_is_over_and_both_acts_are_noted(
    session: Session, noon: datetime
) -> None:
    assessor, program, administrator = ben(), a_program("ponds"), dora()
    session.add_all([assessor, program, administrator])
    session.flush()
    held = appoint(
        session, assessor, program, Seat.ASSESSOR, until=None, actor=administrator, now=noon
    )

    end(session, held, actor=administrator, now=noon)
    end(session, held, actor=administrator, now=noon + timedelta(days=1))

    assert not holds(session, assessor, program, Seat.ASSESSOR, now=noon)
    assert held.ended_at == noon
    events = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [event.action for event in events] == ["programs.appoint", "programs.end-appointment"]
    assert {event.actor_id for event in events} == {administrator.id}
    assert events[0].detail == {"program": "ponds", "seat": "assessor", "until": None}


def test_seats_are_listed_by_person_and_by_program(session: Session, noon: datetime) -> None:
    assessor, approver, program = ben(), cleo(), a_program()
    session.add(an_appointment(assessor, program, Seat.ASSESSOR))
    session.add(an_appointment(approver, program, Seat.APPROVER))
    session.add(an_appointment(assessor, program, Seat.COACH, until=noon))
    session.flush()

    mine = seats_of(session, assessor, now=noon)
    everybody = all_in(session, program, now=noon)

    assert [(held.seat, held.program) for held in mine] == [(Seat.ASSESSOR, program)]
    assert {(held.person.name, held.seat) for held in everybody} == {
        ("Ben Okoro", Seat.ASSESSOR),
        ("Cleo Marsh", Seat.APPROVER),
    }
