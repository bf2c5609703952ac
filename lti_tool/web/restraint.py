"""What strangers may make us do: so much a minute from one address, and never with all threads.

A page that anybody may open, and that asks an address which they name, can be made to wait for as
long as `outward` allows. What leaves something behind is counted by the hour as well. Each process
counts for itself and in memory: it is a restraint on the greedy, not an exact quota.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from threading import BoundedSemaphore, Lock
from typing import cast

from flask import Flask, current_app, request

from lti_tool.errors import Refused
from lti_tool.web.session import clock

MOST_A_MINUTE = 30
"""Such pages for one address; a class behind one address looks at its badges together."""

MOST_AT_ONCE = 2
"""Threads of a process that wait for strangers' addresses; launches have the others."""

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

TURN = 0.5
"""Seconds to wait for a thread."""


class TooMuch(Refused):
    """This address has asked for too much, or everybody together has."""

    status = 429

    def __init__(self, words: str, *, wait: timedelta = MINUTE) -> None:
        """`wait` is after how long to try again."""
        super().__init__(words)
        self.wait = wait


@dataclass
class Restraint:
    """What one process remembers of this minute and of this hour."""

    asked: dict[timedelta, tuple[int, Counter[str]]] = field(default_factory=dict)
    """By length: which minute or hour it is, and who asked how often in it."""
    lock: Lock = field(default_factory=Lock)
    turns: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(MOST_AT_ONCE))

    def count(self, address: str, *, now: datetime, span: timedelta = MINUTE) -> int:
        """How often an address has asked in this minute or hour, this time included."""
        present = int(now.timestamp() // span.total_seconds())
        with self.lock:
            number, asked = self.asked.get(span, (present, Counter()))
            if number != present:
                asked = Counter()
            asked[address] += 1
            self.asked[span] = present, asked
            return asked[address]


@contextmanager
def restrained() -> Iterator[None]:
    """Do what a stranger's address may draw out. Raises `TooMuch`."""
    restraint = cast(Restraint, current_app.extensions["cairn.restraint"])
    if restraint.count(visitor_address(), now=clock()) > MOST_A_MINUTE:
        raise TooMuch("That was a lot from one address within a minute. Try again in a minute.")
    with one_turn():
        yield


@contextmanager
def one_turn() -> Iterator[None]:
    """Wait for others with one of the few threads that may. Raises `TooMuch`."""
    restraint = cast(Restraint, current_app.extensions["cairn.restraint"])
    if not restraint.turns.acquire(timeout=TURN):
        raise TooMuch("Others are asking for the same just now. Try again in half a minute.")
    try:
        yield
    finally:
        restraint.turns.release()


def restrain_tries(what: str, *, most: int, span: timedelta = MINUTE) -> None:
    """Count one try at something that could be guessed, or that leaves something behind.

    Raises `TooMuch` after `most` a minute, or an hour.
    """
    restraint = cast(Restraint, current_app.extensions["cairn.restraint"])
    if restraint.count(f"{what} {visitor_address()}", now=clock(), span=span) > most:
        length = "an hour" if span == HOUR else "a minute"
        raise TooMuch(
            f"That was a lot from one address within {length}. Try again in {length}.", wait=span
        )


def visitor_address() -> str:
    """From where a request comes; for IPv6 the network, of which one household has a whole one.

    A proxy is known by its private address, and only what it added itself counts: the last entry
    of `X-Forwarded-For`. Whoever comes straight from the internet cannot choose theirs.
    """
    peer = request.remote_addr or ""
    try:
        address = ip_address(peer)
        if address.is_private:
            last = ",".join(request.headers.getlist("X-Forwarded-For")).rpartition(",")[2]
            address = ip_address(last.strip() or peer)
    except ValueError:
        return peer
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or ip_network((address, 64), strict=False))
    return str(address)


def begin(app: Flask) -> None:
    """Remember this process's minute and hour with the application."""
    app.extensions["cairn.restraint"] = Restraint()
