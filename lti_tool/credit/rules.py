"""What an award counts as, from a package's data alone (S1-16 … S2-04, S3-35, S4-12, S7).

Pure: values in, values out. A field a package leaves out is no rule. Rules are asked about one
moment, so what was dated holds or does not; nothing here looks at today.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel.dates import format_date

from lti_tool.credit.calendar import Calendar, Year
from lti_tool.credit.duties import Duty, Line, Said, State, duties, owed, reckon

Document = dict[str, Any]

DEVELOPMENT = frozenset({"professional-development", "cpdu"})
"""Kinds that count the hours of the work itself, and so might count them twice (S7-13)."""

STATE_WIDE = frozenset({"administrator-academy", "professional-development", "cpdu"})
"""Kinds that a register keeps for a person whatever program brought them: limits hold across
programs. Any other kind is a program's own."""

PERIODS = {
    "term": "term",
    "school-year": "school year",
    "credit-year": "credit year",
    "calendar-year": "calendar year",
}


@dataclass(frozen=True)
class Option:
    """One kind of credit a program offers."""

    slug: str
    title: str
    kind: str
    amount: Decimal
    unit: str
    awards: str = "any"
    at_most: tuple[int, str] | None = None
    """How often in which period."""
    make_up: bool = False
    """Whether it can be had past that, to make up for a year that was missed (S7-03)."""
    roles: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    first: date | None = None
    last: date | None = None
    on_licence: bool = False
    condition: str = ""
    text: str = ""

    @property
    def brings(self) -> str:
        """`1 credit`, `30 hours`, with its title."""
        return f"{self.title}: {amount_words(self.amount, self.unit)}"


@dataclass(frozen=True)
class Posted:
    """Credit somebody has already."""

    program: str
    option: str
    kind: str
    amount: Decimal = Decimal(1)


@dataclass(frozen=True)
class Earned:
    """Another award that holds: where, when, and what it brought."""

    program: str
    completed_at: datetime
    posted: tuple[Posted, ...] = ()


@dataclass(frozen=True)
class Case:
    """One award at one moment, and all that decides what it may bring."""

    completed_at: datetime
    others: tuple[Earned, ...] = ()
    roles: frozenset[str] = frozenset()
    region: str = ""
    said: tuple[tuple[str, Said], ...] = ()
    """What they say of the years, for each kind of credit a licence asks of them year by year."""


@dataclass(frozen=True)
class Wish:
    """What was elected: an option's slug, `""` for no credit, `None` where nothing was chosen."""

    option: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What an award brings. `is_open` where its earner still has to choose."""

    options: tuple[Option, ...] = ()
    is_open: bool = False


@dataclass(frozen=True)
class Terms:
    """The credit rules of one version of a program."""

    program: str
    calendar: Calendar
    options: tuple[Option, ...] = ()
    is_choice: bool = True
    """One of the options, never two; otherwise each that applies."""
    none_allowed: bool = True
    double_count: bool = False
    role_titles: tuple[tuple[str, str], ...] = ()
    duties: tuple[Duty, ...] = ()
    """What the licence asks for year by year."""
    register: str = ""
    """The licence register it is asked by."""

    @classmethod
    def of(cls, document: Document) -> "Terms":
        """The rules a package states."""
        entry = document.get("credit", {})
        return cls(
            program=document["slug"],
            calendar=Calendar.of(document),
            options=tuple(_option(one) for one in entry.get("options", [])),
            is_choice=entry.get("choose", "one") == "one",
            none_allowed=bool(entry.get("none_allowed", not entry)),
            double_count=bool(entry.get("double_count", False)),
            role_titles=tuple(_roles(document)),
            duties=duties(document),
            register=document.get("licence", {}).get("register", ""),
        )

    def option(self, slug: str) -> Option | None:
        """The option of a slug."""
        return next((one for one in self.options if one.slug == slug), None)

    def year_of(self, moment: datetime) -> Year:
        """The credit year a moment falls in."""
        return self.calendar.year_of(moment)

    def refusal(self, option: Option, case: Case) -> str:
        """Why an option cannot be had in this case, in words for the person; empty if it can."""
        return (
            self._not_for_them(option, case)
            or self._not_on_that_day(option, case)
            or self._not_in_that_year(option, case)
        )

    def applicable(self, case: Case) -> tuple[Option, ...]:
        """The options that can be had in this case."""
        return tuple(one for one in self.options if not self.refusal(one, case))

    def reckoned(self, kind: str, case: Case) -> tuple[Line, ...]:
        """Year by year, what the licence asks of them of one kind; empty where it asks nothing."""
        duty = next((one for one in self.duties if one.kind == kind), None)
        said = dict(case.said).get(kind)
        if duty is None or said is None:
            return ()
        earned = [
            (other.completed_at, posted.amount)
            for other in case.others
            for posted in other.posted
            if posted.kind == kind
        ]
        return reckon(duty, self.calendar, earned, said, now=case.completed_at)

    def outcome(self, wish: Wish, case: Case) -> Outcome:
        """What an award brings, given what was elected.

        Where a program lets people choose one, an award without a valid choice brings the only
        thing left to choose (S1-18), or waits for a choice. Two kinds of credit for one award
        come only from `choose: all` or `double_count: true`.
        """
        can = self.applicable(case)
        if wish.option == "" and self.none_allowed:
            return Outcome()
        if not self.is_choice:
            return Outcome(self._counted_once(can))
        chosen = next((one for one in can if one.slug == wish.option), None)
        if chosen is None and len(can) == 1 and not self.none_allowed:
            chosen = can[0]
        if chosen is None:
            return Outcome(is_open=bool(can))
        return Outcome(self._with_development(chosen, can))

    def _with_development(self, chosen: Option, can: Iterable[Option]) -> tuple[Option, ...]:
        if not self.double_count or chosen.kind in DEVELOPMENT:
            return (chosen,)
        return (chosen, *(one for one in can if one.kind in DEVELOPMENT))

    def _counted_once(self, can: tuple[Option, ...]) -> tuple[Option, ...]:
        other = tuple(one for one in can if one.kind not in DEVELOPMENT)
        return can if self.double_count or not other else other

    def _not_for_them(self, option: Option, case: Case) -> str:
        titles = dict(self.role_titles)
        if option.roles and not option.roles & case.roles:
            who = _listed(titles.get(role, role) for role in sorted(option.roles))
            if case.roles:
                return f"It is for these roles: {who}."
            return f"It is for these roles: {who}. Say first which of them is yours."
        if option.regions and case.region not in option.regions:
            where = _listed(sorted(option.regions))
            if case.region:
                return f"It can be had in {where} only."
            return f"It can be had in {where} only. Say first where you work."
        return ""

    def _not_on_that_day(self, option: Option, case: Case) -> str:
        day = self.calendar.day_of(case.completed_at)
        if option.first and day < option.first:
            return f"It can be had from {day_words(option.first)}."
        if option.last and day > option.last:
            return f"It could be had until {day_words(option.last)}."
        return ""

    def _not_in_that_year(self, option: Option, case: Case) -> str:
        year = self.year_of(case.completed_at)
        if option.make_up and self._makes_up(option, case):
            return ""
        before = any(
            other.program == self.program
            and other.completed_at < case.completed_at
            and self.year_of(other.completed_at) == year
            for other in case.others
        )
        if option.awards == "first-in-year" and before:
            return f"Only the first award of a year brings it, and you have one in {year.label}."
        if option.awards == "later-in-year" and not before:
            return (
                "It is for later awards of a credit year; this would be your first of"
                f" {year.label}."
            )
        if option.at_most:
            count, period = option.at_most
            if self._had(option, case, period) >= count:
                when = year.label if period == "credit-year" else f"that {PERIODS[period]}"
                often = "once" if count == 1 else f"{count} times"
                return (
                    f"You have it already in {when}, and it can be had {often} in a"
                    f" {PERIODS[period]}."
                )
        return ""

    def _makes_up(self, option: Option, case: Case) -> bool:
        """Whether it would make up for a missed year, because this one has its own already."""
        lines = self.reckoned(option.kind, case)
        return bool(owed(lines)) and lines[-1].state is not State.OPEN

    def _had(self, option: Option, case: Case, period: str) -> int:
        here = self.calendar.period_of(case.completed_at, period)
        return sum(
            _is_same(option, posted, self.program)
            for other in case.others
            if self.calendar.period_of(other.completed_at, period) == here
            for posted in other.posted
        )


def _is_same(option: Option, posted: Posted, program: str) -> bool:
    if option.kind in STATE_WIDE:
        return posted.kind == option.kind
    return posted.program == program and posted.option == option.slug


def amount_words(amount: Decimal, unit: str) -> str:
    """`1 credit`, `30 hours`, `0.5 credits`."""
    shown = f"{amount.normalize():f}"
    return f"{shown} {unit}" if abs(amount) == 1 else f"{shown} {unit}s"


def day_words(day: date) -> str:
    """`30 June 2027`."""
    return format_date(day, "d MMMM y", locale="en_US")


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)


def _option(entry: Document) -> Option:
    limit = entry.get("at_most")
    return Option(
        slug=entry["slug"],
        title=entry["title"],
        kind=entry["kind"],
        amount=Decimal(str(entry["amount"])),
        unit=entry["unit"],
        awards=entry.get("awards", "any"),
        at_most=(limit["count"], limit["per"]) if limit else None,
        make_up=bool(entry.get("make_up", False)),
        roles=frozenset(entry.get("roles", ())),
        regions=frozenset(entry.get("regions", ())),
        first=_date(entry.get("from")),
        last=_date(entry.get("until")),
        on_licence=bool(entry.get("on_licence", False)),
        condition=entry.get("condition", ""),
        text=entry.get("text", ""),
    )


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _roles(document: Document) -> Iterable[tuple[str, str]]:
    """Every role a package addresses, once."""
    audiences = [document.get("audience", {})]
    audiences += [one.get("audience", {}) for one in document.get("credentials", [])]
    found = {
        role["slug"]: role["title"] for audience in audiences for role in audience.get("roles", [])
    }
    return found.items()
