"""Several columns fit: they are kept for an instructor, who chooses one (T-120, T-121)."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool import jobs
from lti_tool.errors import Refused
from lti_tool.grades.corrections import send_again
from lti_tool.grades.gradebook import Column, Declined, Gradebook
from lti_tool.grades.models import DeliveryState, LineItem, ScoreDelivery, Trouble
from lti_tool.grades.outbox import DRAIN
from lti_tool.launch import connector
from lti_tool.launch.connector import ScopeMissing, TokenRefused, Unreachable
from lti_tool.launch.models import ResourceLink
from lti_tool.people.audit import note
from lti_tool.people.models import Course, Person
from lti_tool.programs.rubrics import shown

COUNTED = 8
"""Candidates whose results are counted: one call each."""

NEW = "new"
"""Chosen instead of an address: none of them, make another."""


class NotOffered(Refused):
    """What was chosen is not among the columns that were shown."""

    status = 422


@dataclass(frozen=True)
class Candidate:
    """One of the columns that fit, as the instructor sees it."""

    url: str
    label: str
    maximum: str
    tag: str
    resource_id: str
    results: int | None
    """How many people have a grade there; `None` where nobody counted."""


def look_over(
    gradebook: Gradebook, columns: Sequence[Column], *, scopes: Container[str]
) -> list[Candidate]:
    """The columns with what helps to tell them apart. Never raises for anything an LMS does."""
    return [
        Candidate(
            url=column.url,
            label=column.label,
            maximum=shown(column.maximum),
            tag=column.tag,
            resource_id=column.resource_id,
            results=_count(gradebook, column.url)
            if place < COUNTED and connector.RESULTS_READ in scopes
            else None,
        )
        for place, column in enumerate(columns)
    ]


def _count(gradebook: Gradebook, url: str) -> int | None:
    try:
        results = gradebook.results(url)
    except (Declined, ScopeMissing, TokenRefused, Unreachable, ValueError, TypeError):
        return None
    return sum(result.share is not None for result in results.values())


def written(candidates: Iterable[Candidate]) -> list[Any]:
    """As the row keeps them."""
    return [asdict(candidate) for candidate in candidates]


def candidates_of(column: LineItem) -> list[Candidate]:
    """The columns an instructor may choose from."""
    return [Candidate(**entry) for entry in column.candidates]


def of_course(session: Session, course: Course) -> Sequence[LineItem]:
    """Columns of a course about which there was a choice, open ones first."""
    columns = session.scalars(
        select(LineItem)
        .join(LineItem.resource_link)
        .where(ResourceLink.course_id == course.id)
        .order_by(LineItem.label, LineItem.id)
    ).all()
    return sorted((one for one in columns if one.candidates), key=lambda one: bool(one.chosen_at))


def choose(session: Session, column: LineItem, url: str, *, by: Person, now: datetime) -> None:
    """Bind the chosen column, and let the scores go on that waited for the choice.

    Scores that were delivered to another of the candidates before are sent again to this one.
    `NEW` makes a column of its own. Raises `NotOffered`.
    """
    if url != NEW and url not in {candidate.url for candidate in candidates_of(column)}:
        raise NotOffered("Choose one of the columns of the list.")
    column.url = None if url == NEW else url
    column.wants_new = url == NEW
    column.chosen_at = now
    note(session, "grades.choose-column", column.label, actor=by, now=now, url=url)
    _go_on(session, column, now=now)
    send_again(session, column, now=now)


def undo(session: Session, column: LineItem, *, by: Person, now: datetime) -> None:
    """Take the choice back: what is sent from now on waits for another one."""
    column.url, column.chosen_at, column.wants_new = None, None, False
    note(session, "grades.undo-column", column.label, actor=by, now=now)


def look_again(session: Session, column: LineItem, *, now: datetime) -> None:
    """Forget the list: the next score looks at what the gradebook holds now."""
    column.candidates, column.url, column.chosen_at, column.wants_new = [], None, None, False
    _go_on(session, column, now=now)


def _go_on(session: Session, column: LineItem, *, now: datetime) -> None:
    """Let the scores go on that only waited for this."""
    rows = session.scalars(
        select(ScoreDelivery)
        .where(
            ScoreDelivery.line_item_id == column.id,
            ScoreDelivery.state == DeliveryState.NEEDS_PERSON,
            ScoreDelivery.trouble == Trouble.SEVERAL_COLUMNS,
        )
        .order_by(ScoreDelivery.id)
    ).all()
    for row in rows:
        row.state, row.trouble, row.tries = DeliveryState.WAITING, Trouble.NONE, 0
        row.next_at, row.last_error = now, ""
    if rows:
        registration_id = rows[0].registration_id
        key = f"{registration_id}:column:{column.id}:{now.timestamp():.3f}"
        jobs.enqueue(session, DRAIN, registration_id, key=key)
