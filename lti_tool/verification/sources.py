"""Where verification looks things up: our own documents in the database, others over the web."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urljoin, urlsplit

from lti_tool import outward
from lti_tool.sealing import strict_json

MOST_LOOK_UPS = 16
"""Addresses one verification may ask; a hostile badge shall not send us round the web."""

LONGEST = 20.0
"""Seconds that all addresses together may take: somebody is waiting for the page."""

LEAST = 0.5
"""Seconds below which asking is not worth while."""

MOST_REDIRECTS = 3


class Unavailable(Exception):
    """An address gave no usable answer; the message says why."""


@dataclass(frozen=True)
class Fetched:
    """What an address answered."""

    status: int
    body: bytes

    def as_object(self) -> dict[str, Any]:
        """The body as a JSON object. Raises `Unavailable`."""
        try:
            value = strict_json.read(self.body)
        except ValueError as error:
            raise Unavailable("the answer is not JSON") from error
        if not isinstance(value, dict):
            raise Unavailable("the answer is not a JSON object")
        return value


class Source(Protocol):
    """Answers addresses."""

    def get(self, url: str, *, accept: str = "application/json") -> Fetched:
        """The answer of an address, whatever its status. Raises `Unavailable`."""


class OwnDocuments(Protocol):
    """Answers the addresses of this installation without asking it over the network."""

    def answer(self, url: str) -> tuple[int, bytes] | None:
        """Status and body of one of our own addresses; `None` for anybody else's."""

    def parts_taken_back(self, url: str) -> list[str]:
        """Titles of what one of our own badges rested on and lacks since; else nothing."""


@dataclass
class World:
    """Our own documents first, then the guarded web."""

    own: OwnDocuments
    allow: tuple[str, ...] = ()
    """Hosts that may be plain http or private (`CAIRN_LTI_HTTP_ALLOW`)."""
    most: int = MOST_LOOK_UPS
    """Addresses it may ask; more where many badges are looked at together."""
    asked: int = 0
    began: float = field(default_factory=time.monotonic)
    answers: dict[str, Fetched] = field(default_factory=dict)

    def get(self, url: str, *, accept: str = "application/json") -> Fetched:
        """The answer of an address, each asked once. Raises `Unavailable`."""
        if url in self.answers:
            return self.answers[url]
        own = self.own.answer(url)
        found = self._ask(url, accept) if own is None else Fetched(*own)
        self.answers[url] = found
        return found

    def parts_taken_back(self, url: str) -> list[str]:
        """Titles of what a badge of ours rested on and lacks since; none of anybody else's."""
        return self.own.parts_taken_back(url)

    def _ask(self, url: str, accept: str) -> Fetched:
        """Ask an address; where it leads within its own host, each step counts as one more."""
        for _ in range(MOST_REDIRECTS + 1):
            answer = self._once(url, accept)
            target = answer.headers.get("Location", "")
            if answer.status not in (301, 302, 303, 307, 308) or not target:
                return Fetched(answer.status, answer.body)
            url = _within(url, target)
        raise Unavailable("the address leads from one to another without end")

    def _once(self, url: str, accept: str) -> outward.Answer:
        self.asked += 1
        if self.asked > self.most:
            raise Unavailable("the badge leads to too many addresses")
        left = self.began + LONGEST - time.monotonic()
        if left < LEAST:
            raise Unavailable("the addresses asked before took too long to answer")
        try:
            return outward.get(
                url,
                headers={"Accept": accept},
                allow=self.allow,
                # An answer is whole after so many time-outs, or is given up.
                time_out=min(outward.TIME_OUT, left / outward.DEADLINE),
                follow=False,
            )
        except outward.Unreachable as error:
            raise Unavailable(str(error).rstrip(".")) from error


def _within(url: str, target: str) -> str:
    """Where a redirect leads, which must be the same host. Raises `Unavailable`."""
    try:
        there = urljoin(url, target)
        if urlsplit(url)[:2] == urlsplit(there)[:2]:
            return there
    except ValueError:
        pass
    raise Unavailable("the address leads to another host, which is not followed")


def get_object(source: Source, url: str) -> Mapping[str, Any]:
    """The JSON object at an address. Raises `Unavailable`, also for any status but 200."""
    found = source.get(url, accept="application/ld+json, application/json")
    if found.status != 200:
        raise Unavailable(f"{url} answered {found.status}")
    return found.as_object()
