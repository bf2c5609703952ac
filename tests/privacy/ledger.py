"""Every row of every table as it lies there, and which of them are somebody's."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Column, Enum, String, Table, select, text, update
from sqlalchemy.orm import Session

from lti_tool.database import ADDED_ONLY
from tools.migration import rows

Row = dict[str, Any]
Key = tuple[Any, ...]
Ledger = dict[str, dict[Key, Row]]

OF_OTHERS = {
    ("submission", "decided_by_id"),
    ("assessment", "assessor_id"),
    ("decision", "approver_id"),
    ("brought_badge", "decided_by_id"),
    ("stack_proposal", "decided_by_id"),
    ("stack_recognition", "recorded_by_id"),
    ("privacy_request", "person_id"),
    ("hours_entry", "recorded_by_id"),
    ("hours_approval", "approver_id"),
    ("hours_withdrawal", "withdrawn_by_id"),
    ("deployment", "guest_id"),
    ("coaching_entry", "coach_id"),
    ("rule_exception", "granted_by_id"),
}
"""References that do not make a row the person's: what they did for others, or others ask."""


def tables() -> list[Table]:
    """Every table of the house."""
    return rows().sorted_tables


def key_of(table: Table, row: Row) -> Key:
    """A row's primary key."""
    return tuple(row[column.name] for column in table.primary_key)


def read(session: Session) -> Ledger:
    """Everything, past the session's own memory."""
    return {
        table.name: {
            key_of(table, dict(row)): dict(row)
            for row in session.connection().execute(select(table)).mappings()
        }
        for table in tables()
    }


def of_person(ledger: Ledger, person_id: int) -> dict[str, set[Key]]:
    """The rows that hang on a person, however many tables lie between."""
    theirs: dict[str, set[Key]] = {table.name: set() for table in tables()}
    theirs["person"].add((person_id,))
    for table in tables():
        for column in table.columns:
            for reference in column.foreign_keys:
                if (table.name, column.name) in OF_OTHERS:
                    continue
                owned = {key[0] for key in theirs[reference.column.table.name]}
                theirs[table.name] |= {
                    key for key, row in ledger[table.name].items() if row[column.name] in owned
                }
    return theirs


def references_to_people() -> list[Column[Any]]:
    """Every column that names a person: by our number, or by what a platform calls them."""
    return [
        column
        for table in tables()
        for column in table.columns
        if column.name == "sub"
        or any(reference.column.table.name == "person" for reference in column.foreign_keys)
    ]


def mark(session: Session, theirs: dict[str, set[Key]], spare: Callable[[str, str], bool]) -> None:
    """Write a word of its own into every column of text of somebody's rows."""
    ledger = read(session)
    promises = [_let_change(session, table) for table in tables() if table.info == ADDED_ONLY]
    for table in tables():
        for key in theirs[table.name]:
            row = ledger[table.name][key]
            told = {
                column.name: marked
                for column in table.columns
                if not spare(table.name, column.name)
                and (marked := _marked(column, row[column.name], key)) is not None
            }
            if told:
                these = [
                    column == value for column, value in zip(table.primary_key, key, strict=True)
                ]
                session.execute(update(table).where(*these).values(**told))
    session.flush()
    session.expire_all()
    for promise in promises:
        session.execute(text(promise))


def _let_change(session: Session, table: Table) -> str:
    """Take the promise back that rows stay as they are; what gives it again."""
    name = f"{table.name}_stays"
    if session.get_bind().dialect.name == "postgresql":
        found = "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = :name"
        on = f" ON {table.name}"
    else:
        found, on = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = :name", ""
    promise = session.execute(text(found), {"name": name}).scalar_one()
    session.execute(text(f"DROP TRIGGER {name}{on}"))
    return str(promise)


def _marked(column: Column[Any], value: Any, key: Key) -> Any:
    if column.foreign_keys or column.primary_key or isinstance(column.type, Enum):
        return None
    word = f"trace-{column.table.name}.{column.name}-{key[0]}"
    if isinstance(value, dict | list):
        return {"trace": word} if isinstance(value, dict) else [word]
    if isinstance(value, bytes):
        return word.encode()
    return word if isinstance(column.type, String) else None
