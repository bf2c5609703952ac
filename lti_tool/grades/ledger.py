"""What became of every score of a course, in words for its instructors."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from lti_tool.grades import conflicts
from lti_tool.grades.models import (
    OF_THE_GRADE,
    Courier,
    DeliveryState,
    LineItem,
    ScoreDelivery,
    ScoreEvent,
    Trouble,
)
from lti_tool.launch.connector import SCORES
from lti_tool.launch.models import ResourceLink
from lti_tool.launch.products import habits_of
from lti_tool.people.models import Course, Person

WHY = {
    Trouble.NONE: "it has not been its turn yet",
    Trouble.UNREACHABLE: "your LMS does not answer as it should",
    Trouble.THROTTLED: "your LMS asked for a pause",
    Trouble.UNAUTHORISED: "your LMS no longer knows this tool",
    Trouble.NO_PERMISSION: "your LMS does not let this tool write grades in this course",
    Trouble.COLUMN_GONE: "its column is not in the gradebook, or the course is over",
    Trouble.SEVERAL_COLUMNS: "several columns of your gradebook could be the right one",
    Trouble.STALE: "the gradebook holds something newer",
    Trouble.REFUSED: "your LMS refused this score",
}

STEPS = {
    Trouble.UNREACHABLE: "Try again once the LMS is back. If that does not help, show this line"
    " to your LMS administrator.",
    Trouble.THROTTLED: "Try again in an hour.",
    Trouble.UNAUTHORISED: "Your LMS administrator has to see whether this tool is still switched"
    " on there, and whether the address of its public keys is right.",
    Trouble.NO_PERMISSION: "Your LMS administrator has to allow it to write scores and columns."
    " Then open the link in your course once, and try again here.",
    Trouble.COLUMN_GONE: "If the column was deleted, open the link in your course once and try"
    " again here: the column is found, or made anew.",
    Trouble.SEVERAL_COLUMNS: "Choose the column once; everything that waits for it goes there.",
    Trouble.STALE: "Look at the grade there. If it is not the one shown here, try again.",
    Trouble.REFUSED: "Usually this person is no longer a student in the course, or has no attempts"
    " left. Mend that in the LMS, then try again here.",
}

URGENCY = (
    DeliveryState.NEEDS_PERSON,
    DeliveryState.UNKNOWN,
    DeliveryState.SENDING,
    DeliveryState.WAITING,
    DeliveryState.OVERRIDDEN,
    DeliveryState.DELIVERED,
)


@dataclass(frozen=True)
class Line:
    """One person in one column."""

    delivery_id: int
    person: str
    column: str
    points: Decimal | None
    possible: Decimal
    state: DeliveryState
    since: datetime | None
    """When it was delivered, or found overridden."""
    until: datetime | None
    """When it is looked at again; `None` where that is now, or never."""
    why: str
    said: str
    """The LMS's own words."""
    step: str
    """What the reader can do, where something has to be done."""
    comment_confirmed: bool
    confirmed_at: datetime | None = None
    """When the LMS was last read and showed this very score."""
    seen: Decimal | None = None
    """What the LMS shows instead, in the same points; `None` for an empty cell."""
    is_withdrawal: bool = False
    column_id: int | None = None
    """The column to be chosen, where that is what the score waits for."""
    may_replace: bool = False
    """Whether this LMS lets our score replace the grade that was set by hand."""

    @property
    def may_retry(self) -> bool:
        """Whether trying again at once would do anything."""
        if self.column_id is not None:
            return False
        return self.state is DeliveryState.NEEDS_PERSON or self.until is not None


@dataclass(frozen=True)
class Page:
    """A course's deliveries, what needs somebody first."""

    lines: Sequence[Line]
    needing: int
    waiting: int
    without_gradebook: Sequence[str]
    """Titles of links that no score can reach, because the LMS offered no gradebook (T-111)."""
    without_permission: Sequence[str]
    """Titles of links whose LMS shows a gradebook and forbids us to write (T-110)."""
    chosen: Sequence[LineItem] = ()
    """Columns an instructor chose among several: the choice can be changed."""

    @property
    def all_is_well(self) -> bool:
        """Whether everything that was decided stands in the gradebook."""
        return not (
            self.needing or self.waiting or self.without_gradebook or self.without_permission
        )


def of_course(session: Session, course: Course, *, now: datetime) -> Page:
    """Every score of a course and where it is; four queries, however many people there are."""
    rows = session.scalars(
        select(ScoreDelivery)
        .join(ScoreDelivery.line_item)
        .join(LineItem.resource_link)
        .where(
            ResourceLink.course_id == course.id,
            ScoreDelivery.state != DeliveryState.SUPERSEDED,
        )
        .order_by(ScoreDelivery.id)
        .options(
            joinedload(ScoreDelivery.line_item),
            joinedload(ScoreDelivery.person),
            joinedload(ScoreDelivery.registration),
        )
    ).all()
    couriers = {
        courier.registration_id: courier
        for courier in session.scalars(
            select(Courier).where(
                Courier.registration_id.in_({row.registration_id for row in rows})
            )
        )
    }
    cells: dict[tuple[int, int], list[ScoreDelivery]] = defaultdict(list)
    for row in rows:
        cells[row.line_item_id, row.person_id].append(row)
    lines = [_line(cell, couriers.get(cell[0].registration_id), now) for cell in cells.values()]
    lines.sort(key=lambda line: (URGENCY.index(line.state), line.person, line.column))
    links = session.scalars(
        select(ResourceLink).where(
            ResourceLink.course_id == course.id,
            or_(ResourceLink.program_id.is_not(None), ResourceLink.credential_id.is_not(None)),
        )
    ).all()
    offered = [link for link in links if link.line_items_url or link.line_item_url]
    return Page(
        lines=lines,
        needing=sum(line.state is DeliveryState.NEEDS_PERSON for line in lines),
        waiting=sum(
            line.state in (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.UNKNOWN)
            for line in lines
        ),
        without_gradebook=[link.title for link in links if link not in offered],
        without_permission=[link.title for link in offered if SCORES not in link.scopes],
        chosen=[column for column in conflicts.of_course(session, course) if column.chosen_at],
    )


@dataclass(frozen=True)
class Own:
    """One of a person's own scores, and where it is."""

    line: Line
    course: str


def of_person(session: Session, person: Person, *, now: datetime) -> Sequence[Own]:
    """A person's own scores in every course, newest first (T-122)."""
    rows = session.scalars(
        select(ScoreDelivery)
        .where(
            ScoreDelivery.person_id == person.id,
            ScoreDelivery.event.in_(OF_THE_GRADE),
            ScoreDelivery.state != DeliveryState.SUPERSEDED,
        )
        .order_by(ScoreDelivery.id)
        .options(
            joinedload(ScoreDelivery.line_item)
            .joinedload(LineItem.resource_link)
            .joinedload(ResourceLink.course),
            joinedload(ScoreDelivery.person),
            joinedload(ScoreDelivery.registration),
        )
    ).all()
    cells: dict[int, list[ScoreDelivery]] = defaultdict(list)
    for row in rows:
        cells[row.line_item_id].append(row)
    return [
        Own(_line(cell, None, now), cell[-1].line_item.resource_link.course.title)
        for cell in sorted(cells.values(), key=lambda cell: -cell[-1].id)
    ]


def line_of(row: ScoreDelivery, *, now: datetime) -> Line:
    """One delivery by itself, in words."""
    return _line([row], None, now)


def _line(cell: Sequence[ScoreDelivery], courier: Courier | None, now: datetime) -> Line:
    """A cell in one line: the most urgent row's state, the newest decision's score."""
    newest_first = cell[::-1]
    shown = min(newest_first, key=lambda row: _rank(row, newest_first[0]))
    decided = next((row for row in newest_first if row.event in OF_THE_GRADE), newest_first[0])
    trouble, until = shown.trouble, shown.next_at
    if courier is not None and courier.paused_until and courier.paused_until > now:
        until = max(until, courier.paused_until) if until else None
        trouble = trouble or courier.trouble
    if until is not None and until <= now:
        until = None
    needs_person = shown.state is DeliveryState.NEEDS_PERSON
    return Line(
        delivery_id=shown.id,
        person=shown.person.name,
        column=shown.line_item.label,
        points=decided.points,
        possible=decided.points_possible,
        state=shown.state,
        since=shown.settled_at,
        until=until,
        why=WHY[trouble],
        said=shown.last_error,
        step=STEPS.get(trouble, "") if needs_person else "",
        comment_confirmed=shown.comment_confirmed,
        confirmed_at=shown.confirmed_at,
        seen=None if shown.seen_share is None else shown.seen_share * shown.points_possible,
        is_withdrawal=decided.event is ScoreEvent.WITHDRAWN,
        column_id=shown.line_item_id
        if needs_person and trouble is Trouble.SEVERAL_COLUMNS
        else None,
        may_replace=shown.state is DeliveryState.OVERRIDDEN
        and habits_of(shown.registration).replaces_hand_set_grades,
    )


def _rank(row: ScoreDelivery, newest: ScoreDelivery) -> tuple[int, int]:
    """Rows that are under way or stuck before settled ones; of the settled, the newest."""
    is_settled = row.state in (DeliveryState.DELIVERED, DeliveryState.OVERRIDDEN)
    if is_settled:
        return (len(URGENCY), newest.id - row.id)
    return (URGENCY.index(row.state), row.id)
