"""Launches that the LMS has begun and not finished: the record behind each `lti_message_hint`.

The record carries who launches, so that no cookie has to survive the way through the other site:
a frame that comes back from the tool by a cross-site redirect brings no `SameSite=Lax` cookie.
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from lti_tool.practice_lms.school import Course, Link, Person

Message = Literal[
    "resource_link", "deep_linking", "review", "retrieve", "privacy", "eula", "report", "settings"
]
"""`review` is Moodle's LtiSubmissionReviewRequest; `retrieve` is Canvas opening an address in
SpeedGrader, which is a plain LtiResourceLinkRequest with an odd resource link; `privacy` is a
DataPrivacyLaunchRequest, and the last three belong to document processing."""
Target = Literal["iframe", "window"]


@dataclass(frozen=True)
class Launch:
    """One launch under way."""

    person: Person
    course: Course
    link: Link | None
    target_link_uri: str
    started_at: datetime
    message: Message = "resource_link"
    target: Target = "iframe"
    for_user: str | None = None
    """Whose work is looked at, by `sub`."""
    session: str | None = None
    """The browser session it was started in; None when a script named the person."""
    custom: dict[str, str] = field(default_factory=dict)
    """More custom parameters than the link's own."""
    placement: str = ""
    """Where a picker was opened, as Canvas calls the place."""
    replaces: Link | None = None
    """The activity that exists already, when a picker was opened to change what it opens."""
    id: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def lives_until(self) -> datetime:
        """A launch that is not finished by then is forgotten."""
        return self.started_at + timedelta(minutes=10)


class Launches:
    """The launches under way."""

    MOST = 5_000

    def __init__(self) -> None:
        self._launches: dict[str, Launch] = {}
        self._lock = threading.Lock()

    def begin(self, launch: Launch) -> Launch:
        """Remember one; the oldest are forgotten when there are too many."""
        with self._lock:
            self._launches[launch.id] = launch
            while len(self._launches) > self.MOST:
                del self._launches[next(iter(self._launches))]
            return launch

    def find(self, launch_id: str | None, now: datetime) -> Launch | None:
        """The launch, left where it is; None when it is unknown or too old."""
        with self._lock:
            launch = self._launches.get(launch_id or "")
        return launch if launch is not None and launch.lives_until > now else None

    def take(self, launch_id: str | None, now: datetime) -> Launch | None:
        """The launch, which can then not be had again (as on Canvas)."""
        with self._lock:
            launch = self._launches.pop(launch_id or "", None)
        return launch if launch is not None and launch.lives_until > now else None
