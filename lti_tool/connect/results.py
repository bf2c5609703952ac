"""What a look at one thing gives: well, in need of somebody, or not tried."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """How one line of a health check ended."""

    OK = "ok"
    ATTENTION = "attention"
    NOT_TRIED = "not-tried"


class Mender(StrEnum):
    """Who can put it right."""

    LMS = "Your LMS administrator"
    US = "Whoever runs Cairn"
    SOMEBODY = "Anybody with a course"


@dataclass(frozen=True)
class Line:
    """One thing that was looked at."""

    name: str
    outcome: Outcome
    seen: str
    who: str = ""
    how: str = ""

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "Line":
        """A line as a report keeps it."""
        return cls(**{**kept, "outcome": Outcome(kept["outcome"])})


def ok(name: str, seen: str) -> Line:
    """All is well."""
    return Line(name, Outcome.OK, seen)


def attention(name: str, seen: str, who: Mender, how: str) -> Line:
    """Somebody is needed."""
    return Line(name, Outcome.ATTENTION, seen, who.value, how)


def not_tried(name: str, why: str, who: Mender | None = None, how: str = "") -> Line:
    """It could not be looked at yet, which is no fault."""
    return Line(name, Outcome.NOT_TRIED, why, who.value if who else "", how)
