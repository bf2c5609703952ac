"""What a score looks like on its way to an LMS: facts in, the members of an AGS score out."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

LONGEST_COMMENT = 2_000
"""Characters of a comment; a gradebook shows few, and what is longer ends with a link (T-117)."""

ScoreMessage = dict[str, Any]


@dataclass(frozen=True)
class ScoreFacts:
    """One score for one person in one column, before any product's habits."""

    user_id: str
    stamp: datetime
    """When it is sent: later than any earlier one for the same cell (AGS 2.0, 3.4.9)."""
    is_decision: bool
    """False where work was only handed in."""
    points: Decimal | None
    possible: Decimal
    comment: str
    """Empty where it must not be sent, or there is none."""
    review_url: str
    started_at: datetime | None
    submitted_at: datetime | None
    is_withdrawal: bool = False
    """The grade that stands there is to be taken away (T-114)."""
    insists: bool = False
    """It shall replace a grade that somebody set by hand (T-122)."""


def moment(value: datetime) -> str:
    """A UTC moment with milliseconds, as `2026-11-20T12:00:00.000Z`."""
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def figure(value: Decimal) -> int | float:
    """A finite number of at most two decimals, as JSON writes it: 80, 66.67 (T-116).

    Raises `ValueError` for anything that is not a number.
    """
    if not value.is_finite():
        raise ValueError(f"{value} is not a score")
    rounded = value.quantize(Decimal("0.01"))
    return int(rounded) if rounded == rounded.to_integral_value() else float(rounded)


def plain(comment: str, review_url: str) -> str:
    """A comment short enough for a gradebook; what is cut off is behind the link (T-117)."""
    text = comment.strip()
    if len(text) <= LONGEST_COMMENT:
        return text
    ending = f"… The whole feedback: {review_url}"
    return text[: LONGEST_COMMENT - len(ending)].rsplit(maxsplit=1)[0] + ending


def dates(facts: ScoreFacts) -> dict[str, str]:
    """When work was begun and handed in (AGS 2.0, 3.4.10)."""
    known = {"startedAt": facts.started_at, "submittedAt": facts.submitted_at}
    return {name: moment(value) for name, value in known.items() if value is not None}


def graded(facts: ScoreFacts) -> ScoreMessage:
    """A final score, in the form every product understands."""
    assert facts.points is not None
    message: ScoreMessage = {
        "userId": facts.user_id,
        "timestamp": moment(facts.stamp),
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "scoreGiven": figure(facts.points),
        "scoreMaximum": figure(facts.possible),
    }
    comment = plain(facts.comment, facts.review_url)
    if comment:
        message["comment"] = comment
    if dates(facts):
        message["submission"] = dates(facts)
    return message


def withdrawn(facts: ScoreFacts) -> ScoreMessage:
    """No score any more (AGS 2.0, 3.4.4 and 3.4.8): the products we know empty the cell."""
    return {
        "userId": facts.user_id,
        "timestamp": moment(facts.stamp),
        "activityProgress": "Initialized",
        "gradingProgress": "NotReady",
    }
