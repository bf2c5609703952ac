"""The journal of joinings: what each did to which rows, kept as long as it can be undone."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from sqlalchemy import Table, TypeDecorator, delete, select
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from lti_tool.accounts.models import Fate, Moved
from lti_tool.accounts.moving import Change
from lti_tool.database import Base


def write(
    session: Session, changes: Iterable[Change], *, joining: str, person_id: int, now: datetime
) -> None:
    """Keep what was done; whole rows without the column that names the person."""
    for change in changes:
        table, column = change.name.split(".")
        is_whole = change.fate is Fate.GONE
        session.add(
            Moved(
                joining=joining,
                person_id=person_id,
                what=change.fate,
                table=table,
                column=column,
                was_kept=change.was_kept,
                rows=[_told(row, column) if is_whole else row for row in change.rows],
                at=now,
            )
        )
    session.flush()


def read(session: Session, joining: str) -> list[Moved]:
    """All that one joining did, in the order in which it did it."""
    return list(session.scalars(select(Moved).where(Moved.joining == joining).order_by(Moved.id)))


def forget(session: Session, joining: str) -> None:
    """It was undone."""
    session.execute(delete(Moved).where(Moved.joining == joining))


def forget_old(session: Session, *, before: datetime) -> None:
    """Nobody can undo what was joined before this moment."""
    session.execute(delete(Moved).where(Moved.at <= before))


def row_of(
    table: str, told: Mapping[str, Any], column: str, person_id: int | None
) -> dict[str, Any]:
    """A row that is gone as it can be inserted again, naming this person or nobody."""
    kinds = Base.metadata.tables[table].c
    values = {name: _value(_kind(kinds[name].type), value) for name, value in told.items()}
    return {**values, column: person_id}


def _told(row: Mapping[str, Any], column: str) -> dict[str, Any]:
    return {name: _plain(value) for name, value in row.items() if name != column}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, Decimal) else value


def _kind(stored: TypeEngine[Any]) -> type[Any]:
    plain = stored.impl_instance if isinstance(stored, TypeDecorator) else stored
    return plain.python_type


def _value(kind: type[Any], value: Any) -> Any:
    if value is None or isinstance(value, kind):
        return value
    if issubclass(kind, datetime | date):
        return kind.fromisoformat(value)
    return kind(value)


def whole(session: Session, table: Table, ids: Iterable[int]) -> list[dict[str, Any]]:
    """Rows as they are now, in the order of their numbers."""
    query = select(table).where(table.c.id.in_(list(ids))).order_by(table.c.id)
    return [dict(row) for row in session.execute(query).mappings()]
