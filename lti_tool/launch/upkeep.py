"""Rows that launches keep up to date: made once, written only where something changed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.database import Base
from lti_tool.launch.models import PlatformUser, ResourceLink
from lti_tool.people.models import Membership

Row = TypeVar("Row", bound=Base)

SEEN_TO_WITHIN = timedelta(minutes=5)
"""How exactly it is known when somebody came last."""


def made(session: Session, query: Select[Row], make: Callable[[], Row]) -> Row:
    """The row that was missing; where another process makes it at the same time, theirs."""
    try:
        with session.begin_nested():
            row = make()
            session.add(row)
        return row
    except IntegrityError:
        return session.scalars(query).one()


def note_seen(row: PlatformUser | Membership | ResourceLink, now: datetime) -> None:
    """Write down when somebody came last, to within a few minutes.

    A lecture hall comes by one link at one time: were the link's row written by each launch, they
    would wait for each other.
    """
    if now - row.seen_at >= SEEN_TO_WITHIN:
        row.seen_at = now


def keep(row: Base, **values: object) -> None:
    """Keep what the LMS says now. A row that already says so is not touched, and not written."""
    for name, value in values.items():
        if getattr(row, name) != value:
            setattr(row, name, value)
