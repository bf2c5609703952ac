"""What strangers may make us wait for: so much a minute from one address, never with all threads.

A page that anybody may open, and that asks an address which they name, can be made to wait for as
long as `outward` allows. Each process counts for itself and in memory: it is a restraint on the
greedy, not an exact quota.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
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

TURN = 0.5
"""Seconds to wait for a thread."""


class TooMuch(Refused):
    """This address has asked for too much, or everybody together has."""

    status = 429


@dataclass
class Restraint:
    """What one process remembers of this minute."""

    minute: int = 0
    asked: Counter[str] = field(default_factory=Counter)
    lock: Lock = field(default_factory=Lock)
    turns: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(MOST_AT_ONCE))

    def count(self, address: str, *, now: datetime) -> int:
        """How often an address has asked in this minute, this time included."""
        minute = int(now.timestamp() // 60)
        with self.lock:
            if minute != self.minute:
                self.minute, self.asked = minute, Counter()
            self.asked[address] += 1
            return self.asked[address]


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


def restrain_tries(what: str, *, most: int) -> None:
    """Count one try at something that could be guessed. Raises `TooMuch` after `most` a minute."""
    restraint = cast(Restraint, current_app.extensions["cairn.restraint"])
    if restraint.count(f"{what} {visitor_address()}", now=clock()) > most:
        raise TooMuch("That was a lot from one address within a minute. Try again in a minute.")


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
    """Remember this process's minute with the application."""
    app.extensions["cairn.restraint"] = Restraint()
