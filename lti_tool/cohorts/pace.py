"""Pace: how much at a time, as each program says it. Advice stays advice (S1-07, S3-32, S3-33)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lti_tool.cohorts.periods import Period, local_day, period_of

Document = Mapping[str, Any]

STRETCH = {
    "term": "this term",
    "school-year": "this school year",
    "credit-year": "this credit year",
    "calendar-year": "this calendar year",
}


@dataclass(frozen=True)
class Taken:
    """One credential of the program that somebody has begun, and perhaps earned."""

    credential: str
    """Its slug."""
    begun_at: datetime
    earned_at: datetime | None = None


@dataclass(frozen=True)
class Advice:
    """One thing a program recommends otherwise. The participant may go on."""

    rule: str
    """Slug of the rule in the package, or the matter it is about."""
    words: str
    count: int = 0
    """How many it would be with this one."""
    binds: bool = False
    """True: it is no advice, and beginning is refused."""


def look(
    document: Document, credential: str, taken: Iterable[Taken], *, now: datetime
) -> Sequence[Advice]:
    """What the program says to somebody who is about to begin one more credential.

    Args:
        document: the package of the version they are about to begin.
        credential: its slug.
        taken: what they took in this program, this one left out.
        now: the moment of beginning.
    """
    before = [one for one in taken if one.credential != credential]
    found = []
    today = local_day(document, now)
    for rule in document.get("pace", ()):
        period = period_of(document, rule["per"], today)
        if period is None:
            continue
        siblings = _siblings(document, credential) if rule["of"] != "credentials" else None
        count = 1 + sum(_counts(one, rule, period, siblings, document) for one in before)
        if count > rule["count"]:
            found.append(_advice(rule, count, period))
    return tuple(found)


def _siblings(document: Document, credential: str) -> frozenset[str]:
    """The credentials that share a stack with this one."""
    return frozenset(
        member
        for stack in document.get("stacks", ())
        if credential in stack.get("members", ())
        for member in stack["members"]
    )


def _counts(
    one: Taken,
    rule: Mapping[str, Any],
    period: Period,
    siblings: frozenset[str] | None,
    document: Document,
) -> bool:
    if siblings is not None and one.credential not in siblings:
        return False
    moment = one.earned_at if rule.get("when") == "earned" else one.begun_at
    return moment is not None and period.holds(local_day(document, moment))


def _advice(rule: Mapping[str, Any], count: int, period: Period) -> Advice:
    things = "micro-credential" if rule["count"] == 1 else "micro-credentials"
    same = " of one set" if rule["of"] == "credentials-of-one-stack" else ""
    stretch = STRETCH[rule["per"]]
    binds = rule.get("enforcement") == "rule"
    most = f"no more than {rule['count']} {things}{same} in {stretch.removeprefix('this ')}"
    begins = f"This would be number {count} {stretch} ({period.title}). "
    words = (
        f"{begins}The program allows {most.replace(' in ', ' in a ', 1)}."
        if binds
        else f"{begins}The program recommends {most.replace(' in ', ' in a ', 1)}. You may go on."
    )
    return Advice(rule["slug"], words, count, binds)
