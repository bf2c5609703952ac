"""The seats a person holds or held, given out and ended (T-135)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from lti_tool.people.models import Person
from lti_tool.people.personal_data import Holding, Plan, count, when
from lti_tool.programs.models import Appointment


def export_of(session: Session, person: Person) -> Mapping[str, Any]:
    """Every seat, those that ended too."""
    return {
        "appointments": [
            {
                "program": seat.program.slug,
                "seat": seat.seat.value,
                "from": when(seat.appointed_at),
                "until": when(seat.until),
                "ended": when(seat.ended_at),
            }
            for seat in session.scalars(
                select(Appointment)
                .where(Appointment.person_id == person.id)
                .options(joinedload(Appointment.program))
                .order_by(Appointment.id)
            )
        ]
    }


def holdings(session: Session, person: Person, _plan: Plan) -> list[Holding]:
    """What `erase` takes and what it leaves."""
    return [
        Holding(
            "appointments",
            count(session, Appointment.id, Appointment.person_id == person.id),
            "Those that hold now end at once. That a seat was held stays, under a number: the"
            " decisions of others' work rest on it.",
        )
    ]


def erase(session: Session, person: Person, plan: Plan) -> None:
    """End what holds now."""
    holding = select(Appointment).where(
        Appointment.person_id == person.id,
        Appointment.ended_at.is_(None),
        or_(Appointment.until.is_(None), Appointment.until > plan.now),
    )
    for seat in session.scalars(holding):
        seat.ended_at = plan.now
