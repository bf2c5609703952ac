"""What a plan may not breach: a program's pace, and how much credit a year has room for.

Both are read from the package alone. A plan we propose keeps to advice as if it were a rule; who
plans for themselves may go beyond advice, and not beyond a rule or beyond the credit of a year.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from lti_tool.programs.wording import PERIODS, listed, plural
from lti_tool.stacks.periods import Period, length, period_of, windows_in
from lti_tool.stacks.reading import Rules


@dataclass(frozen=True)
class Placed:
    """One credential on the time line."""

    slug: str
    begins_on: date
    earns_on: date
    is_fact: bool = False
    """It was begun or earned, and nothing can be planned about that any more."""


@dataclass(frozen=True)
class Breach:
    """A limit that a plan would go beyond."""

    words: str
    binds: bool
    """False for advice."""


def breaches(
    rules: Rules, period: Period, slug: str, others: Iterable[Placed], stack: Sequence[str]
) -> list[Breach]:
    """What would be breached if a credential were taken up in a period, beside the others.

    `stack` are the slugs of the members it shares a stack with, for pace that counts in one stack.
    """
    there = [one for one in others if one.slug != slug]
    found = [
        breach for entry in rules.pace if (breach := _pace(rules, entry, period, there, stack))
    ]
    if (lack := _credit(rules, period, there)) is not None:
        found.append(lack)
    return found


def _pace(
    rules: Rules,
    entry: dict[str, Any],
    period: Period,
    others: Sequence[Placed],
    stack: Sequence[str],
) -> Breach | None:
    window = period_of(rules.calendar, entry["per"], period.begins)
    limit = entry["count"]
    if length(window) < length(period):
        # The plan's stretches are longer than the rule's: as often as these fit in.
        limit *= windows_in(rules.calendar, entry["per"], period)
        window = period
    if entry["of"] == "credentials-of-one-stack":
        others = [one for one in others if one.slug in stack]
    earned = entry.get("when") == "earned"
    days = [one.earns_on if earned else one.begins_on for one in others]
    if sum(window.holds(day) for day in days) < limit:
        return None
    things = plural(entry["count"], "micro-credential")
    if entry["of"] == "credentials-of-one-stack":
        things += " of one set"
    words = f"{window.title} is full: at most {things} per {PERIODS[entry['per']]}."
    if entry["enforcement"] == "rule":
        return Breach(words, binds=True)
    return Breach(f"{words} This is advice: you may take more.", binds=False)


def room(rules: Rules) -> tuple[int | None, str]:
    """How many credentials bring credit in one year, and the year's kind; `None`: no limit.

    A program that gives each of several options once a year has room for as many as it has
    options; one option without a limit, or the choice to take none, makes room for all.
    """
    options = rules.credit.get("options", [])
    year = "credit-year"
    if not options or rules.credit.get("none_allowed"):
        return None, year
    total = 0
    for option in options:
        limit = option.get("at_most")
        if limit is not None:
            total += limit["count"]
            year = limit["per"]
        elif option.get("awards") == "first-in-year":
            total += 1
        else:
            return None, year
    return total, year


def _credit(rules: Rules, period: Period, others: Sequence[Placed]) -> Breach | None:
    limit, per = room(rules)
    if limit is None:
        return None
    year = period_of(rules.calendar, per, period.begins)
    if sum(year.holds(one.earns_on) for one in others) < limit:
        return None
    things = plural(limit, "micro-credential")
    return Breach(
        f"{year.title} has credit for {things} only, so another one would bring none.", binds=True
    )


def credit_of(rules: Rules, count: int) -> str:
    """What so many credentials of one credit year can bring, in words; empty without options.

    What is given once a year comes first: nobody plans to give it away.
    """
    options = rules.credit.get("options", [])
    if not options or not count or rules.credit.get("choose") != "one":
        return ""
    limited = [option for option in options if _yearly(option) is not None]
    free = [option for option in options if _yearly(option) is None]
    told, left = [], count
    for option in limited:
        times = min(_yearly(option) or 0, left)
        if times:
            told.append(f"{option['title']} {_times(times)}")
            left -= times
    if left and free:
        told.append(f"{listed((option['title'] for option in free), 'or')} {_times(left)}")
    return listed(told)


def _yearly(option: dict[str, Any]) -> int | None:
    if "at_most" in option:
        return int(option["at_most"]["count"])
    return 1 if option.get("awards") == "first-in-year" else None


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
