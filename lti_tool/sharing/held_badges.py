"""Badges from elsewhere as files, and as My badges lists them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from lti_tool.holdings import keeping
from lti_tool.holdings.models import HeldBadge, HeldState
from lti_tool.people.models import Person
from lti_tool.stacks import elsewhere
from lti_tool.stacks.elsewhere import Use

STATES = {
    HeldState.VALID: ("good", "Genuine, and its issuer answers for it"),
    HeldState.UNCHECKED: ("attention", "Not everything could be checked"),
    HeldState.EXPIRED: ("", "Its time is over"),
    HeldState.OVER: ("stop", "Not valid any more"),
}
"""Tone and word of each state."""

ITS_OWN_WORD = ("attention", "Intact, but nobody answers for its issuer")
"""Of one that is valid and brings its own key: anybody can make such a badge in any name."""

LONGEST_NAME = 60

_KINDS = (
    (b"\x89PNG\r\n\x1a\n", "png", "image/png"),
    (b"<", "svg", "image/svg+xml"),
    (b"{", "json", "application/json"),
)


@dataclass(frozen=True)
class Listed:
    """One badge from elsewhere on the page of its earner."""

    badge: HeldBadge
    tone: str
    words: str
    uses: Sequence[Use]
    """Stacks it was handed in for."""


def listed(session: Session, person: Person) -> list[Listed]:
    """What somebody keeps, newest first; two queries."""
    found = keeping.held_by(session, person)
    uses = elsewhere.uses_of(session, found) if found else {}
    return [Listed(one, *standing(one), uses.get(one.id, ())) for one in found]


def standing(held: HeldBadge) -> tuple[str, str]:
    """Tone and word of what the last look found, the two levels of trust told apart."""
    if held.state is HeldState.VALID and not held.is_vouched_for:
        return ITS_OWN_WORD
    return STATES[held.state]


def ending(content: bytes) -> str:
    """The ending of a badge's file, by what is in it."""
    return _kind(content)[0]


def media_type(content: bytes) -> str:
    """The media type of a badge's file, by what is in it."""
    return _kind(content)[1]


def _kind(content: bytes) -> tuple[str, str]:
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")
    for beginning, end, kind in _KINDS:
        if start.startswith(beginning) or content.startswith(beginning):
            return end, kind
    return "jwt", "text/plain"


def file_name(held: HeldBadge) -> str:
    """What its file is called when it is saved."""
    return f"{plain_name(held.title)}.{ending(held.content)}"


def plain_name(title: str) -> str:
    """A title as a file's name on any machine."""
    words = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:LONGEST_NAME].strip("-")
    return words or "badge"
