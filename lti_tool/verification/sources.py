"""Where verification looks things up: our own documents in the database, others over the web."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from lti_tool import outward
from lti_tool.sealing import strict_json

MOST_LOOK_UPS = 8
"""Addresses one verification may ask; a hostile badge shall not send us round the web."""

LONGEST = 20.0
"""Seconds after which no further address is asked: somebody is waiting for the page."""


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


@dataclass
class World:
    """Our own documents first, then the guarded web."""

    own: OwnDocuments
    allow: tuple[str, ...] = ()
    """Hosts that may be plain http or private (`CAIRN_LTI_HTTP_ALLOW`)."""
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

    def _ask(self, url: str, accept: str) -> Fetched:
        self.asked += 1
        if self.asked > MOST_LOOK_UPS:
            raise Unavailable("the badge leads to too many addresses")
        if time.monotonic() - self.began > LONGEST:
            raise Unavailable("the addresses asked before took too long to answer")
        try:
            answer = outward.get(url, headers={"Accept": accept}, allow=self.allow)
        except outward.Unreachable as error:
            raise Unavailable(str(error).rstrip(".")) from error
        return Fetched(answer.status, answer.body)


def get_object(source: Source, url: str) -> Mapping[str, Any]:
    """The JSON object at an address. Raises `Unavailable`, also for any status but 200."""
    found = source.get(url, accept="application/ld+json, application/json")
    if found.status != 200:
        raise Unavailable(f"{url} answered {found.status}")
    return found.as_object()
