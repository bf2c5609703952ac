"""How far each LMS's clock is from ours, told before launches fail for it (O-10, T-040).

What is known is `iat` of a launch less our time when it came, so the browser's way is in it: a slow
way makes a clock look late, never early. The middle of several launches is therefore what counts.
"""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from lti_tool.launch.models import LaunchRecord
from lti_tool.launch.verification import LEEWAY

WARN_BEYOND = LEEWAY / 2
"""How far a clock may be off before somebody is told; launches fail beyond the whole leeway."""

LATELY = timedelta(days=7)
NEWEST = 20
"""Launches that tell where a clock is now."""

FEWEST_LATE = 3
"""Launches it takes to call a clock late: a single one may have had a slow way."""

SHOWN = 30
"""Days on the page of one clock."""


@dataclass(frozen=True)
class Clock:
    """Where one LMS's clock is now."""

    seconds: float
    """The middle of the newest launches; positive where it is ahead of ours."""
    launches: int

    @property
    def is_off(self) -> bool:
        """Whether somebody should set a clock before launches fail."""
        limit = WARN_BEYOND.total_seconds()
        return self.seconds > limit or (self.seconds < -limit and self.launches >= FEWEST_LATE)

    @property
    def words(self) -> str:
        """As a person says it."""
        return as_words(self.seconds)


@dataclass(frozen=True)
class Day:
    """One day of one clock."""

    day: date
    launches: int
    middle: float
    furthest: float
    """The launch that was furthest off, with its sign."""

    @property
    def is_off(self) -> bool:
        """Whether the middle of the day lay beyond what is warned of."""
        return abs(self.middle) > WARN_BEYOND.total_seconds()


def as_words(seconds: float) -> str:
    """Seconds of difference as words; what a way of its own takes is none."""
    whole = round(seconds)
    if abs(whole) < 5:
        return "right"
    return f"{abs(whole)} s {'ahead' if whole > 0 else 'behind'}"


def present(session: Session, now: datetime) -> dict[int, Clock]:
    """Where the clock of every LMS is that sent a launch lately, in one query."""
    rank = func.row_number().over(
        partition_by=LaunchRecord.registration_id, order_by=LaunchRecord.at.desc()
    )
    ranked = (
        select(LaunchRecord.registration_id, LaunchRecord.skew, rank.label("rank"))
        .where(
            LaunchRecord.at > now - LATELY,
            LaunchRecord.skew.is_not(None),
            LaunchRecord.registration_id.is_not(None),
        )
        .subquery()
    )
    rows = session.execute(
        select(ranked.c.registration_id, ranked.c.skew).where(ranked.c.rank <= NEWEST)
    )
    skews: dict[int, list[float]] = {}
    for registration_id, skew in rows:
        skews.setdefault(registration_id, []).append(skew)
    return {
        registration_id: Clock(statistics.median(values), len(values))
        for registration_id, values in skews.items()
    }


def figures(session: Session, now: datetime) -> Mapping[str, float]:
    """Seconds by which each platform's clock is ahead, by its number, for `/metrics`."""
    return {str(number): clock.seconds for number, clock in present(session, now).items()}


def days(session: Session, registration_id: int, now: datetime) -> Sequence[Day]:
    """The last thirty days of one clock, the newest first; days without a launch are left out."""
    day = _day(session)
    ranked = (
        select(
            day.label("day"),
            LaunchRecord.skew,
            func.row_number().over(partition_by=day, order_by=LaunchRecord.skew).label("rank"),
            func.count().over(partition_by=day).label("count"),
        )
        .where(
            LaunchRecord.registration_id == registration_id,
            LaunchRecord.at > now - timedelta(days=SHOWN),
            LaunchRecord.skew.is_not(None),
        )
        .subquery()
    )
    rank, count, skew = ranked.c.rank, ranked.c.count, ranked.c.skew
    # Of an even number the two in the middle, which are averaged; of an odd one the same twice.
    is_middle = (2 * rank >= count) & (2 * rank <= count + 2)
    rows = session.execute(
        select(
            ranked.c.day,
            func.max(count),
            func.avg(skew).filter(is_middle),
            func.min(skew),
            func.max(skew),
        )
        .group_by(ranked.c.day)
        .order_by(ranked.c.day.desc())
    )
    return [
        Day(date.fromisoformat(name), number, middle, max(lowest, highest, key=abs))
        for name, number, middle, lowest, highest in rows
    ]


def _day(session: Session) -> ColumnElement[str]:
    """The day of a launch in UTC, as text; the two databases say it each in their way."""
    if session.get_bind().dialect.name == "sqlite":
        return func.date(LaunchRecord.at)
    return func.to_char(func.timezone("UTC", LaunchRecord.at), "YYYY-MM-DD")


# -- the picture -----------------------------------------------------------------------------

TOP = 90.0
"""Seconds at the picture's upper and lower edge; what lies beyond is drawn there."""

WIDE, HIGH = 600, 180
STEP = WIDE / SHOWN


@dataclass(frozen=True)
class Bar:
    """One day in the picture, in its units."""

    x: float
    y: float
    width: float
    height: float
    far_y: float
    """Where the furthest launch lies."""
    is_off: bool


def bars(found: Sequence[Day], today: date) -> list[Bar]:
    """The days as bars from the line in the middle; today is at the right edge."""
    return [
        Bar(
            x=round(WIDE - STEP * ((today - one.day).days + 1) + STEP * 0.15, 1),
            y=min(height_of(one.middle), HIGH / 2),
            width=round(STEP * 0.7, 1),
            height=round(max(abs(height_of(one.middle) - HIGH / 2), 1.5), 1),
            far_y=height_of(one.furthest),
            is_off=one.is_off,
        )
        for one in found
        if 0 <= (today - one.day).days < SHOWN
    ]


def height_of(seconds: float) -> float:
    """Where so many seconds lie in the picture, from its upper edge."""
    held = max(-TOP, min(TOP, seconds))
    return round(HIGH / 2 * (1 - held / TOP), 1)
