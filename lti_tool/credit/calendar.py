"""Credit years: when one begins, to the second, in the program's own time zone (S7-02)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Document = dict[str, Any]

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Year:
    """One credit year."""

    number: int
    """As the program names it: 2024 for 1 July 2023 to 30 June 2024 where the last day names it."""
    first: date
    last: date
    zone: ZoneInfo

    @property
    def label(self) -> str:
        """`FY24` where the year lies in two calendar years, else `2024`."""
        if self.first.year == self.last.year:
            return str(self.number)
        return f"FY{self.number % 100:02}"

    @property
    def begins_at(self) -> datetime:
        """Its first moment."""
        return datetime.combine(self.first, time(), self.zone)

    @property
    def ends_at(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.last + DAY, time(), self.zone)


@dataclass(frozen=True)
class Calendar:
    """How a program counts years and terms."""

    zone: ZoneInfo
    begins: tuple[int, int] = (1, 1)
    """Month and day of the first day of a credit year."""
    by_last_day: bool = False
    terms: tuple[tuple[int, int], ...] = ()
    """Month and day of the first day of each term."""

    @classmethod
    def of(cls, document: Document) -> "Calendar":
        """The calendar of a package; calendar years in UTC where it states none."""
        entry = document.get("calendar")
        if not entry:
            return cls(ZoneInfo("UTC"))
        return cls(
            ZoneInfo(entry["timezone"]),
            _month_day(entry["year_begins"]),
            entry.get("year_named_by") == "last-day",
            tuple(_month_day(term["begins"]) for term in entry.get("terms", [])),
        )

    def day_of(self, moment: datetime) -> date:
        """The day a moment falls on where the program is."""
        return moment.astimezone(self.zone).date()

    def year_of(self, moment: datetime) -> Year:
        """The credit year a moment falls in."""
        return self.year_on(self.day_of(moment))

    def year_on(self, day: date) -> Year:
        """The credit year of a day."""
        first = _on(day.year, self.begins)
        if day < first:
            first = _on(day.year - 1, self.begins)
        last = _on(first.year + 1, self.begins) - DAY
        return Year(last.year if self.by_last_day else first.year, first, last, self.zone)

    def period_of(self, moment: datetime, period: str) -> date:
        """The first day of the period a moment falls in: two moments of one period answer alike.

        `period` is one of the package's words: `term`, `school-year`, `credit-year`,
        `calendar-year`. A program without terms has one a year.
        """
        day = self.day_of(moment)
        if period == "calendar-year":
            return date(day.year, 1, 1)
        if period == "term" and self.terms:
            starts = [_on(year, term) for year in (day.year - 1, day.year) for term in self.terms]
            return max(start for start in starts if start <= day)
        return self.year_on(day).first


def _month_day(text: str) -> tuple[int, int]:
    month, day = text.split("-")
    return int(month), int(day)


def _on(year: int, month_day: tuple[int, int]) -> date:
    """The day of a year; 29 February stands for 1 March in the years that lack it."""
    try:
        return date(year, *month_day)
    except ValueError:
        return date(year, 3, 1)
