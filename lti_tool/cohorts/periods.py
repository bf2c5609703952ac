"""Stretches of time as a program counts them: terms, years, in its own time zone (S3-32, S1-07)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Period:
    """From the first day on, up to and without the first day after."""

    begins: date
    ends: date
    """The first day after it."""
    title: str

    def holds(self, day: date) -> bool:
        """Whether a day lies in it."""
        return self.begins <= day < self.ends


def local_day(document: Document, moment: datetime) -> date:
    """Which day it is where the program is at home; in UTC where it does not say."""
    zone = document.get("calendar", {}).get("timezone", "UTC")
    return moment.astimezone(ZoneInfo(zone)).date()


def period_of(document: Document, kind: str, day: date) -> Period | None:
    """The term or year a day lies in; `None` where the program does not say when they begin.

    Args:
        document: the program's package.
        kind: `term`, `school-year`, `credit-year` or `calendar-year`.
        day: a day where the program is at home.
    """
    calendar = document.get("calendar", {})
    if kind == "calendar-year":
        return Period(date(day.year, 1, 1), date(day.year + 1, 1, 1), str(day.year))
    if kind == "term":
        return _around(day, ((term["begins"], term["title"]) for term in calendar.get("terms", ())))
    begins = calendar.get("year_begins")
    return _around(day, [(begins, "")]) if begins else None


def terms_from(document: Document, day: date, count: int) -> list[Period]:
    """The term a day lies in and those after it; empty where the program has no terms."""
    found: list[Period] = []
    period = period_of(document, "term", day)
    while period is not None and len(found) < count:
        found.append(period)
        period = period_of(document, "term", period.ends)
    return found


def _around(day: date, starts: Iterable[tuple[str, str]]) -> Period | None:
    listed = list(starts)
    marks = sorted(
        (_on(year, start), title)
        for year in (day.year - 1, day.year, day.year + 1)
        for start, title in listed
    )
    before = [mark for mark in marks if mark[0] <= day]
    after = [mark for mark in marks if mark[0] > day]
    if not before or not after:
        return None
    begins, title = before[-1]
    ends = after[0][0]
    last = ends - timedelta(days=1)
    years = f"{begins.year}" if begins.year == last.year else f"{begins.year}-{last.year}"
    return Period(begins, ends, f"{title} {years}".strip())


def _on(year: int, start: str) -> date:
    month, day = (int(number) for number in start.split("-"))
    # 29 February begins on 1 March where there is none.
    try:
        return date(year, month, day)
    except ValueError:
        return date(year, month, 28) + timedelta(days=1)
