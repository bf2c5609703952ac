"""What a program states for a time: what hours are worth, and what a licence's renewal asks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

Document = dict[str, Any]


@dataclass(frozen=True)
class Worth:
    """So many hours for one of something (S3-41, S7-05)."""

    title: str
    hours: float
    per: str
    text: str


@dataclass(frozen=True)
class Cycle:
    """What renewal asks: hours in so many years (S7-04)."""

    hours: float
    years: int
    roles: tuple[str, ...]
    """Titles of the roles it is for; everybody's where empty."""
    text: str
    slugs: frozenset[str] = frozenset()
    """The same roles by their slugs."""


def worths(document: Document, day: date) -> tuple[Worth, ...]:
    """The equivalences a program states for a day."""
    entries = document.get("credit", {}).get("equivalences", [])
    return tuple(
        Worth(one["title"], one["hours"], one["per"], one.get("text", ""))
        for one in _holding(entries, day)
    )


def cycles(document: Document, day: date, titles: dict[str, str]) -> tuple[Cycle, ...]:
    """The renewal cycles a program states for a day; `titles` names its roles."""
    entries = document.get("licence", {}).get("cycles", [])
    return tuple(
        Cycle(
            one["hours"],
            one["years"],
            tuple(titles.get(role, role) for role in one.get("roles", [])),
            one.get("text", ""),
            frozenset(one.get("roles", ())),
        )
        for one in _holding(entries, day)
    )


def _holding(entries: Iterable[Document], day: date) -> Iterable[Document]:
    """The entries that hold on a day: both ends count, and an open end holds for ever."""
    shown = day.isoformat()
    for one in entries:
        if one.get("from", shown) <= shown <= one.get("until", shown):
            yield one
