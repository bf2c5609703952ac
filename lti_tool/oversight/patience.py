"""How long is too long: what a program says of itself, and what is assumed where it says nothing.

The numbers are data: `stalled` in a package, and `deciders.turnaround_days` for the judges (S6-09).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lti_tool.cohorts.coaching import kinds_of
from lti_tool.cohorts.models import Coaching
from lti_tool.cohorts.periods import local_day

SATURDAY = 5


@dataclass(frozen=True)
class Patience:
    """After how many days each kind of work counts as stalled."""

    draft_days: int = 21
    """Days in which nothing happened to a draft."""
    returned_days: int = 14
    """Days in which nothing happened to work that came back."""
    judging_days: int = 10
    """Business days within which a decision is aimed at."""
    silent_days: int = 14
    """Days of work in a phase without one-to-one contact."""
    asks_alone: bool = False
    """The program offers one-to-one coaching, so its absence means something (S3-21)."""

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Patience":
        """What a package says, and our own figures where it says nothing."""
        said = document.get("stalled", {})
        turnaround = document.get("deciders", {}).get("turnaround_days", cls.judging_days)
        offers = bool(document.get("coaching")) and Coaching.ONE_TO_ONE in kinds_of(document)
        return cls(
            draft_days=said.get("draft_days", cls.draft_days),
            returned_days=said.get("returned_days", cls.returned_days),
            judging_days=turnaround,
            silent_days=said.get("silent_days", cls.silent_days),
            asks_alone=offers,
        )


def business_days_before(document: Mapping[str, Any], now: datetime, days: int) -> datetime:
    """The moment so many business days ago; Saturdays and Sundays in the program's zone are free.

    Holidays are not known: around one, work counts as late a day too soon.
    """
    before = now
    while days:
        before -= timedelta(days=1)
        if local_day(document, before).weekday() < SATURDAY:
            days -= 1
    return before
