"""Pages of shared badges that were made a moment ago, for strangers who ask for them again.

Making one takes a verification and the whole rubric. So a page stays in this process's memory as
long as the award's row says what it said when the page was made, and at the longest for `MINUTE`:
whether sharing was withdrawn or the badge taken back is seen at once, a new name of its issuer
within that time. Who came from an LMS, or brings a cookie, has a page of their own.
"""

from collections import OrderedDict
from datetime import datetime
from threading import Lock
from typing import Any

from lti_tool.badges.models import Badge
from lti_tool.database import table_of

MINUTE = 60
"""Seconds of the clock that a page may live through; it is made anew when they are over."""
MOST = 256
"""Pages kept, about 60 kB each; the one nobody asked for longest makes room."""

_COLUMNS = tuple(column.key for column in table_of(Badge).columns)

Stamp = tuple[Any, ...]


class FreshPages:
    """Pages by the award's public id, each with everything that would make it another."""

    def __init__(self, most: int = MOST) -> None:
        """Begin without a page."""
        self._most = most
        self._pages: OrderedDict[str, tuple[Stamp, str]] = OrderedDict()
        self._minute = 0
        self._lock = Lock()

    def __len__(self) -> int:
        """How many pages are in memory."""
        return len(self._pages)

    def find(self, award: Badge, now: datetime) -> str | None:
        """The page of an award, if it was made a moment ago and nothing changed since."""
        with self._lock:
            self._forget(now)
            stamp, page = self._pages.get(award.public_id, ((), ""))
            if stamp != _stamp(award, now):
                return None
            self._pages.move_to_end(award.public_id)
            return page

    def keep(self, award: Badge, page: str, now: datetime) -> None:
        """Remember a page that was just made of this row."""
        with self._lock:
            self._forget(now)
            self._pages[award.public_id] = _stamp(award, now), page
            self._pages.move_to_end(award.public_id)
            while len(self._pages) > self._most:
                self._pages.popitem(last=False)

    def _forget(self, now: datetime) -> None:
        """Let go of what was made in another minute; people who were erased are in it too."""
        minute = _minute(now)
        if minute != self._minute:
            self._pages.clear()
            self._minute = minute


def _stamp(award: Badge, now: datetime) -> Stamp:
    return _minute(now), *(getattr(award, name, None) for name in _COLUMNS)


def _minute(now: datetime) -> int:
    return int(now.timestamp()) // MINUTE
