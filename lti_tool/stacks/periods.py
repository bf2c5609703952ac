"""The stretches of time a plan is made of: terms and years as the program's calendar has them.

A program that does not say when its terms begin is planned in its years, and one that names no
year in calendar years: a plan needs something to lie in.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from lti_tool.cohorts import periods
from lti_tool.cohorts.periods import Period

__all__ = ["Period", "day_in", "last_day", "length", "period_of", "periods_from", "windows_in"]


def day_in(calendar: Mapping[str, Any], moment: datetime) -> date:
    """The day a moment falls on where the program is at home."""
    return periods.local_day({"calendar": calendar}, moment)


def period_of(calendar: Mapping[str, Any], per: str, day: date) -> Period:
    """The term, school year, credit year or calendar year a day lies in."""
    document = {"calendar": calendar}
    for kind in (per, "school-year"):
        if (found := periods.period_of(document, kind, day)) is not None:
            return found
    return Period(date(day.year, 1, 1), date(day.year + 1, 1, 1), str(day.year))


def periods_from(calendar: Mapping[str, Any], per: str, day: date, count: int) -> list[Period]:
    """So many periods in a row, from the one a day lies in."""
    found = [period_of(calendar, per, day)]
    while len(found) < count:
        found.append(period_of(calendar, per, found[-1].ends))
    return found


def length(period: Period) -> timedelta:
    """How long a period is."""
    return period.ends - period.begins


def last_day(period: Period) -> date:
    """The last day that lies in it."""
    return period.ends - timedelta(days=1)


def windows_in(calendar: Mapping[str, Any], per: str, within: Period) -> int:
    """How many stretches of a kind a longer period touches; at least one."""
    found, day = 0, within.begins
    while day < within.ends:
        day = period_of(calendar, per, day).ends
        found += 1
    return max(found, 1)
