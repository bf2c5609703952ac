"""Scores on their way to an LMS, given out and erased (T-135)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from lti_tool.grades.models import ScoreDelivery
from lti_tool.people.models import Person
from lti_tool.people.personal_data import Holding, Plan, count, when


def export_of(session: Session, person: Person) -> Mapping[str, Any]:
    """Every score that was sent to a gradebook or waits to be sent."""
    rows = session.scalars(
        select(ScoreDelivery)
        .where(ScoreDelivery.person_id == person.id)
        .options(joinedload(ScoreDelivery.line_item), joinedload(ScoreDelivery.registration))
        .order_by(ScoreDelivery.id)
    )
    return {
        "scores for the gradebook": [
            {
                "column": row.line_item.label,
                "LMS": row.registration.name,
                "id there": row.sub,
                "about": row.event.value,
                "attempt": row.attempt,
                "points": str(row.points) if row.points is not None else None,
                "of": str(row.points_possible),
                "comment": row.comment,
                "state": row.state.value,
                "queued": when(row.created_at),
                "settled": when(row.settled_at),
                "the LMS said": row.last_error,
            }
            for row in rows
        ]
    }


def holdings(session: Session, person: Person, _plan: Plan) -> list[Holding]:
    """What `erase` takes."""
    mine = ScoreDelivery.person_id == person.id
    return [Holding("scores sent or waiting", count(session, ScoreDelivery.id, mine))]


def erase(session: Session, person: Person, _plan: Plan) -> None:
    """Take every delivery. What is in a gradebook stays there: it is the LMS's own.

    A worker that is sending one just now finds its claim gone and writes nothing.
    """
    session.execute(delete(ScoreDelivery).where(ScoreDelivery.person_id == person.id))
