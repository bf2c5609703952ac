"""What changes a grade that was sent before: taken back, put over another, sent elsewhere."""

from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from lti_tool.errors import Refused
from lti_tool.grades.models import (
    OF_THE_GRADE,
    DeliveryState,
    LineItem,
    ScoreDelivery,
    ScoreEvent,
)
from lti_tool.grades.outbox import OPEN, SETTLED, ask_for, newest_of, supersede
from lti_tool.launch.products import habits_of
from lti_tool.people.audit import note
from lti_tool.people.models import Person
from lti_tool.programs.models import Credential

WITHDRAW = "grades.withdraw"
"""The job that takes a grade back; rooms ask for it with person, credential and moment (ISO)."""


def _again(
    row: ScoreDelivery, *, now: datetime, event: ScoreEvent | None = None, insists: bool = False
) -> ScoreDelivery:
    """A new row for the same cell, from the newest one before."""
    is_withdrawal = (event or row.event) is ScoreEvent.WITHDRAWN
    return ScoreDelivery(
        registration=row.registration,
        line_item=row.line_item,
        person=row.person,
        sub=row.sub,
        event=event or row.event,
        points=None if is_withdrawal else row.points,
        points_possible=row.points_possible,
        comment="" if is_withdrawal else row.comment,
        review_id=row.review_id,
        attempt=row.attempt,
        started_at=row.started_at,
        submitted_at=row.submitted_at,
        created_at=now,
        next_at=now,
        insists=insists,
    )


def withdraw(
    session: Session,
    person: Person,
    credential: Credential,
    *,
    decided_by: datetime | None = None,
    now: datetime,
) -> list[ScoreDelivery]:
    """Take back what was decided about a person, out of every gradebook it stands in (T-114).

    What was never sent is not sent any more; what may be there gets a newer row that empties the
    cell. Withdrawing twice does nothing the second time. What was decided later than `decided_by`
    is another decision, and stays.
    """
    graded = select(ScoreDelivery.line_item_id).where(ScoreDelivery.person_id == person.id)
    columns = session.scalars(
        select(LineItem)
        .where(LineItem.credential_id == credential.id, LineItem.id.in_(graded))
        .order_by(LineItem.id)
    ).all()
    rows = []
    for column in columns:
        last = newest_of(session, column, person)
        if last is None or last.event is ScoreEvent.WITHDRAWN:
            continue
        if decided_by is not None and last.created_at > decided_by:
            continue
        may_be_there = session.scalar(
            select(
                exists().where(
                    ScoreDelivery.line_item_id == column.id,
                    ScoreDelivery.person_id == person.id,
                    ScoreDelivery.event == ScoreEvent.DECIDED,
                    or_(ScoreDelivery.stamped_at.is_not(None), ScoreDelivery.state.in_(OPEN[1:])),
                )
            )
        )
        # Nothing of it can be there: then nothing has to be emptied, and nothing may follow.
        before = None if may_be_there else last.id + 1
        supersede(session, column, person, now=now, before=before)
        if may_be_there:
            rows.append(_again(last, now=now, event=ScoreEvent.WITHDRAWN))
    session.add_all(rows)
    ask_for(session, rows)
    return rows


class NotOverridden(Refused):
    """There is no other grade in the cell, or this LMS lets nobody but its teacher change it."""


def replace_hand_set(
    session: Session, row: ScoreDelivery, *, by: Person, now: datetime
) -> ScoreDelivery:
    """Send the newest score of an overridden cell again, so that it replaces what was set there.

    Only when an instructor asks for it (T-122). Raises `NotOverridden`.
    """
    newest = newest_of(session, row.line_item, row.person)
    if newest is None or newest.id != row.id or row.state is not DeliveryState.OVERRIDDEN:
        raise NotOverridden("There is no other grade to replace any more.")
    if not habits_of(row.registration).replaces_hand_set_grades:
        raise NotOverridden("Your LMS keeps a grade that was set by hand. Lift it there.")
    again = _again(row, now=now, insists=True)
    session.add(again)
    note(session, "grades.replace-hand-set", row.review_id, actor=by, now=now, person=row.person_id)
    ask_for(session, [again])
    return again


def send_again(session: Session, column: LineItem, *, now: datetime) -> list[ScoreDelivery]:
    """Send what was delivered to the place a column had before to the place it has now."""
    people: dict[int, ScoreDelivery] = {}
    for row in session.scalars(
        select(ScoreDelivery)
        .where(
            ScoreDelivery.line_item_id == column.id,
            ScoreDelivery.event.in_(OF_THE_GRADE),
            ScoreDelivery.state != DeliveryState.SUPERSEDED,
        )
        .order_by(ScoreDelivery.id)
    ):
        people[row.person_id] = row
    rows = [_again(row, now=now) for row in people.values() if row.state in SETTLED]
    session.add_all(rows)
    ask_for(session, rows)
    return rows
