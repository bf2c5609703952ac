"""What the LMS has received from the tool, for tests and for the curious."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any


@dataclass
class Received:
    """One request, and how it was answered."""

    at: datetime
    group: str
    """Which service it was for: `token`, `scores`, `results`, `lineitems`, `memberships`, `jwks`,
    `launch`, `deep-linking` or `registration`."""
    method: str
    path: str
    query: str
    media: str
    body: str
    status: int | None = None
    """None while it is being answered."""
    fault: str | None = None
    """The fault that met it, if one did."""

    def shown(self) -> dict[str, Any]:
        """As JSON."""
        return {**asdict(self), "at": self.at.isoformat()}


class Journal:
    """The last few thousand requests."""

    MOST = 4_000
    BODY_MOST = 100_000

    def __init__(self) -> None:
        self._received: deque[Received] = deque(maxlen=self.MOST)
        self._lock = threading.Lock()

    def add(self, received: Received) -> Received:
        """Keep one request."""
        with self._lock:
            self._received.append(received)
            return received

    def all(self, group: str | None = None) -> list[Received]:
        """The requests kept, oldest first, of one service if asked for."""
        with self._lock:
            return [one for one in self._received if group in (None, one.group)]

    def clear(self) -> None:
        """Forget them."""
        with self._lock:
            self._received.clear()
