"""The LMS's own dates for what a link opens, as custom parameters bring them (T-084).

LTI has no claim for dates: a link asks for them by substitution (LTI Core 1.3, App. B). They are
shown to the learner as the LMS's word and decide nothing here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

OPENS = "opens"
CLOSES = "closes"
BEGINS = "begins"
DUE = "due"

WORDS = {
    OPENS: "Open from",
    BEGINS: "Hand in from",
    DUE: "Due",
    CLOSES: "Open until",
}
"""How each is called on a page, in the order of time."""

VARIABLES = {
    "available_from": "$ResourceLink.available.startDateTime",
    "available_until": "$ResourceLink.available.endDateTime",
    "submission_from": "$ResourceLink.submission.startDateTime",
    "submission_until": "$ResourceLink.submission.endDateTime",
}
"""The custom parameters to ask for, with the variables the LMS fills in."""

_SAYS = {
    "available_from": OPENS,
    "available_until": CLOSES,
    "submission_from": BEGINS,
    "submission_until": DUE,
    "due": DUE,
    # Canvas's own variables, for links that were set up with them.
    "canvas_unlock_at": OPENS,
    "canvas_lock_at": CLOSES,
    "canvas_due_at": DUE,
}


@dataclass(frozen=True)
class LmsDate:
    """One date as a page shows it."""

    words: str
    at: datetime


def read(custom: Mapping[str, str]) -> dict[str, str]:
    """The dates among a launch's custom parameters, ISO 8601 in UTC by our name for each.

    An empty text means that there is no such date; what is no moment in time is left out.
    """
    found: dict[str, str] = {}
    for name, ours in _SAYS.items():
        moment = _moment(custom.get(name, ""))
        if moment is not None:
            found.setdefault(ours, moment.isoformat())
    return found


def shown(kept: Mapping[str, str]) -> list[LmsDate]:
    """What a visit kept, for a page: in the order of time."""
    dates = ((words, _moment(kept.get(name, ""))) for name, words in WORDS.items())
    return [LmsDate(words, at) for words, at in dates if at is not None]


def _moment(value: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
        # Without a zone it could be a day off: better no date than a wrong one.
        return moment.astimezone(UTC) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
