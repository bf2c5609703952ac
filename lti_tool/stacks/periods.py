"""Terms and years as a program's calendar has them: the stretches of time a plan is made of.

A program that says nothing of its year is read in calendar years. Days are those of the program's
own place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, order=True)
class Period:
    """One term or year."""

    begins: date
    ends: date
    """Its last day."""
    title: str

    @property
    def days(self) -> int:
        """How long it is."""
        return (self.ends - self.begins).days + 1

    def holds(self, day: date) -> bool:
        """Whether a day lies in it."""
        return self.begins <= day <= self.ends


def today_in(calendar: Mapping[str, Any], now: datetime) -> date:
    """The day it is where the program is; in UTC where it names no place."""
    return now.astimezone(ZoneInfo(calendar.get("timezone", "UTC"))).date()


def day_in(calendar: Mapping[str, Any], moment: datetime) -> date:
    """The day a moment falls on where the program is."""
    return today_in(calendar, moment)


def period_of(calendar: Mapping[str, Any], per: str, day: date) -> Period:
    """The term, school year, credit year or calendar year a day lies in.

    Terms that a calendar does not list are read as its years.
    """
    terms = calendar.get("terms", ())
    if per == "term" and terms:
        return _term(terms, day)
    year_begins = calendar.get("year_begins")
    if per == "calendar-year" or year_begins is None:
        return Period(date(day.year, 1, 1), date(day.year, 12, 31), str(day.year))
    begins = _last(year_begins, day)
    following = _on(year_begins, begins.year + 1)
    last = following - ONE_DAY
    title = str(begins.year) if begins.year == last.year else f"{begins.year}-{last:%y}"
    return Period(begins, last, title)


def periods_from(calendar: Mapping[str, Any], per: str, day: date, count: int) -> list[Period]:
    """So many periods in a row, from the one a day lies in."""
    found = [period_of(calendar, per, day)]
    while len(found) < count:
        found.append(period_of(calendar, per, found[-1].ends + ONE_DAY))
    return found


def windows_in(calendar: Mapping[str, Any], per: str, within: Period) -> int:
    """How many stretches of a kind begin within a period; at least one."""
    found, day = 0, within.begins
    while day <= within.ends:
        day = period_of(calendar, per, day).ends + ONE_DAY
        found += 1
    return max(found, 1)


def _term(terms: Any, day: date) -> Period:
    begun = max(terms, key=lambda term: _last(term["begins"], day))
    begins = _last(begun["begins"], day)
    following = min(_next(term["begins"], day) for term in terms)
    return Period(begins, following - ONE_DAY, f"{begun['title']} {begins.year}")


def _on(month_day: str, year: int) -> date:
    """A day of every year, in this year; 29 February is the 28th where there is none."""
    month, day = map(int, month_day.split("-"))
    try:
        return date(year, month, day)
    except ValueError:
        return date(year, month, day - 1)


def _last(month_day: str, day: date) -> date:
    """The last time before or on a day."""
    this = _on(month_day, day.year)
    return this if this <= day else _on(month_day, day.year - 1)


def _next(month_day: str, day: date) -> date:
    """The first time after a day."""
    this = _on(month_day, day.year)
    return this if this > day else _on(month_day, day.year + 1)
