"""What a licence asks for in each credit year, what was missed, what makes it up (S7-01, S7-03).

Pure: values in, values out. Credit counts for the year in which it was completed. What is left over
makes up for years before that were missed, where the rules have that; it is never kept for later.
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lti_tool.credit.calendar import DAY, Calendar, Year

Document = dict[str, Any]

NONE = Decimal(0)
MOST = 12
"""Years that are looked back at, this one included."""


@dataclass(frozen=True)
class Rule:
    """What is asked for in the years whose last day lies between two days."""

    amount: Decimal
    makes_up: bool
    """Whether a missed year adds a make-up one; otherwise it is lost."""
    first: date | None = None
    last: date | None = None
    text: str = ""

    def holds(self, year: Year) -> bool:
        """Whether a year is asked for by it."""
        starts = self.first is None or self.first <= year.last
        return starts and (self.last is None or year.last <= self.last)


@dataclass(frozen=True)
class Duty:
    """One kind of credit that a licence asks for year by year."""

    title: str
    kind: str
    unit: str
    roles: frozenset[str]
    """Slugs of the roles it is asked of; everybody's where empty."""
    rules: tuple[Rule, ...]

    def rule_of(self, year: Year) -> Rule | None:
        """What holds for a year; `None` where nothing is asked."""
        return next((rule for rule in self.rules if rule.holds(year)), None)

    def is_asked_of(self, roles: Iterable[str]) -> bool:
        """Whether it is asked of somebody with these roles."""
        return not self.roles or bool(self.roles & set(roles))


@dataclass(frozen=True)
class Said:
    """What somebody says of the years, because a tool sees its own awards only."""

    since: int
    """The first credit year in which it was asked of them."""
    elsewhere: frozenset[int] = frozenset()
    """Years in which they had it, or its make-up, from somewhere else."""
    excused: frozenset[int] = frozenset()
    """Years in which it was not asked of them."""


class State(enum.StrEnum):
    """What became of one year."""

    MET = "met"
    ELSEWHERE = "elsewhere"
    EXCUSED = "excused"
    OPEN = "open"
    """The present one, and something is missing."""
    OWED = "owed"
    MADE_UP = "made-up"
    LOST = "lost"
    """Missed, and the rules know no make-up."""


@dataclass(frozen=True)
class Line:
    """One year of one duty."""

    year: Year
    state: State
    missing: Decimal = NONE
    made_up_in: str = ""
    """Label of the year whose credit made up for this one."""
    left_over: Decimal = NONE
    """Credit beyond all that was asked for; it is not carried over."""


Credit = tuple[datetime, Decimal]
"""When an award was complete, and how much of the kind it brought."""


def duties(document: Document) -> tuple[Duty, ...]:
    """The duties a package states, one for each kind of credit; dated rules of a kind are one."""
    found: dict[str, Duty] = {}
    for entry in document.get("licence", {}).get("yearly", []):
        rule = Rule(
            Decimal(str(entry["amount"])),
            entry.get("missed", "lost") == "make-up",
            _date(entry.get("from")),
            _date(entry.get("until")),
            entry.get("text", ""),
        )
        duty = found.setdefault(
            entry["kind"],
            Duty(
                entry["title"],
                entry["kind"],
                entry["unit"],
                frozenset(entry.get("roles", ())),
                (),
            ),
        )
        found[entry["kind"]] = replace(duty, rules=(*duty.rules, rule))
    return tuple(found.values())


def reckon(
    duty: Duty, calendar: Calendar, earned: Iterable[Credit], said: Said, *, now: datetime
) -> tuple[Line, ...]:
    """What became of each year from the first one that was asked up to that of `now`."""
    had: dict[int, Decimal] = {}
    for moment, amount in earned:
        number = calendar.year_of(moment).number
        had[number] = had.get(number, NONE) + amount
    this = calendar.year_of(now)
    lines: list[Line] = []
    for year in _years(calendar, this, said.since):
        rule = duty.rule_of(year)
        asked = rule.amount if rule and year.number not in said.excused else NONE
        have = had.get(year.number, NONE)
        if year.number in said.elsewhere:
            have += asked
        left = max(have - asked, NONE)
        for at, line in enumerate(lines):
            if line.state is State.OWED and left:
                paid = min(left, line.missing)
                left -= paid
                rest = line.missing - paid
                state = State.OWED if rest else State.MADE_UP
                lines[at] = replace(line, state=state, missing=rest, made_up_in=year.label)
        if rule is not None:
            missing = max(asked - have, NONE)
            state = _state(rule, year, this, said, missing, is_ours=bool(had.get(year.number)))
            lines.append(Line(year, state, missing, left_over=left))
    return tuple(lines)


def owed(lines: Iterable[Line]) -> tuple[Line, ...]:
    """The years that are still to be made up, oldest first."""
    return tuple(line for line in lines if line.state is State.OWED)


def _state(
    rule: Rule, year: Year, this: Year, said: Said, missing: Decimal, *, is_ours: bool
) -> State:
    if year.number in said.excused:
        return State.EXCUSED
    if not missing:
        return State.MET if is_ours or year.number not in said.elsewhere else State.ELSEWHERE
    if year == this:
        return State.OPEN
    return State.OWED if rule.makes_up else State.LOST


def _years(calendar: Calendar, this: Year, since: int) -> list[Year]:
    """The years from one number up to this one, oldest first; this one in any case."""
    found = [this]
    while len(found) < MOST and found[0].number > since:
        found.insert(0, calendar.year_on(found[0].first - DAY))
    return found


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
