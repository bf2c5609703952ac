"""Faults that can be switched on: what a real LMS does on a bad day.

A fault belongs to one service or to all of them, meets the next `count` requests (or every one
until it is switched off), and with a `probability` below 1 only some of them, by a seed.
"""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field
from typing import Any

GROUPS = (
    "token",
    "scores",
    "results",
    "lineitems",
    "memberships",
    "jwks",
    "launch",
    "deep-linking",
    "registration",
    "notices",
)
"""The services a fault can be for. `all` means the ones a tool calls by itself (the first six)."""

SERVICES = GROUPS[:6]

KINDS = {
    "down": "the connection is closed without an answer",
    "slow": "the answer comes some seconds late",
    "throttled": "too many requests, in the product's own words",
    "500": "an internal error",
    "503": "out of order",
    "400": "refused as a request that makes no sense",
    "403": "refused: not allowed",
    "404": "refused: not there (any more)",
    "409": "refused: the gradebook holds something newer",
    "412": "refused: a condition does not hold",
    "422": "refused: understood, and wrong",
    "429": "too many requests, as HTTP says it",
    "502": "the proxy in front of it has no answer",
    "504": "the proxy in front of it has waited long enough",
    "expired-tokens": "every access token given out so far stops working",
    "answered-but-lost": "the work is done, then the connection is cut before the answer",
    "login-required": "the person is not signed in to the LMS any more (launch only)",
}


class UnknownFault(ValueError):
    """There is no such fault or no such service."""


@dataclass
class Fault:
    """One fault that is switched on."""

    group: str
    kind: str
    seconds: float = 0
    """For `slow`: how late."""
    count: int | None = None
    """How many requests it still meets; None for every one."""
    probability: float = 1
    seed: int = 0
    met: int = 0
    """How many requests it has met."""
    chance: random.Random = field(default_factory=random.Random, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.group not in (*GROUPS, "all"):
            raise UnknownFault(f"There is no service {self.group!r}; known: all, {GROUPS}.")
        if self.kind not in KINDS:
            raise UnknownFault(f"There is no fault {self.kind!r}; known: {', '.join(KINDS)}.")
        if self.count is not None and self.count < 1:
            raise UnknownFault("The number of requests must be at least 1.")
        if not 0 < self.probability <= 1 or self.seconds < 0:
            raise UnknownFault("The probability lies in (0, 1], the delay is not negative.")
        self.chance = random.Random(self.seed)

    def shown(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "group": self.group,
            "kind": self.kind,
            "seconds": self.seconds,
            "count": self.count,
            "probability": self.probability,
            "seed": self.seed,
            "met": self.met,
        }


def fault_from(text: str) -> tuple[str, float]:
    """Kind and delay from the short form `slow:2.5`; raises `UnknownFault`."""
    kind, colon, seconds = text.partition(":")
    try:
        return kind, float(seconds) if colon else (1.0 if kind == "slow" else 0.0)
    except ValueError:
        raise UnknownFault(f"{text!r} does not end in a number of seconds.") from None


class Faults:
    """The faults that are on."""

    def __init__(self) -> None:
        self._on: list[Fault] = []
        self._lock = threading.Lock()

    def switch_on(
        self,
        group: str,
        kind: str,
        *,
        count: int | None = None,
        probability: float = 1,
        seed: int = 0,
    ) -> Fault:
        """Switch a fault on, e.g. `("scores", "slow:3", count=2)`; raises `UnknownFault`."""
        name, seconds = fault_from(kind)
        fault = Fault(group, name, seconds, count, probability, seed)
        with self._lock:
            self._on.append(fault)
        return fault

    def switch_off(self, group: str | None = None) -> None:
        """Switch off every fault, or those of one service."""
        with self._lock:
            self._on = [fault for fault in self._on if group not in (None, fault.group)]

    def on(self) -> list[Fault]:
        """The faults that are on now."""
        with self._lock:
            return list(self._on)

    def meet(self, group: str) -> Fault | None:
        """The fault that this request meets, if any; used up ones go out."""
        with self._lock:
            for fault in self._on:
                if fault.group != group and not (fault.group == "all" and group in SERVICES):
                    continue
                if fault.chance.random() >= fault.probability:
                    continue
                fault.met += 1
                if fault.count is not None:
                    fault.count -= 1
                    if fault.count == 0:
                        self._on.remove(fault)
                return fault
            return None
