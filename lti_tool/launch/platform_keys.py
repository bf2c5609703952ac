"""The public keys of platforms: kept in the registration's row, fetched no oftener than needed."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import lru_cache
from threading import BoundedSemaphore, Lock
from time import monotonic
from typing import Any

import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from sqlalchemy import CursorResult, Engine, or_, select, update
from sqlalchemy.orm import Session

from lti_tool import outward
from lti_tool.database import read_session
from lti_tool.launch.models import Registration
from lti_tool.launch.problems import KEYS_UNREACHABLE, SIGNATURE, refuse
from lti_tool.settings import Settings

log = structlog.get_logger(__name__)

FRESH = timedelta(hours=1)
"""How long a key set is used without asking again; an unknown key id asks sooner."""

FORCED_EVERY = timedelta(seconds=30)
"""How often an unknown key id may force a fetch (T-028), or a stale set be retried (T-037)."""

TURN = 1.0
"""Seconds a launch waits for its turn to ask a platform for its keys."""

LEFT_ALONE = 10.0
"""Seconds for which a platform that let us wait for nothing is not asked again."""

_ASKING = BoundedSemaphore(3)
"""One thread of a process always has time for launches whose keys are known."""

_ASKED: dict[str, Lock] = {}
"""One lock for each key server: the second who wants its keys waits for what the first one gets."""

_SILENT: dict[str, float] = {}
"""Until when, on this process's clock, each key server that let us wait is left alone."""

SMALLEST = 2048
"""Bits of an RSA key; anything shorter signs nothing we believe."""


class PlatformKeys:
    """Finds the key that a platform signed with.

    Fetching happens between transactions, never inside one: a slow platform must not hold the
    database of everybody else. What was fetched is committed at once, whatever becomes of the
    launch that asked for it. One thread of a process asks one platform, a few ask at a time, and
    nobody asks one that has just not answered: the launches of all others go on (T-037).
    """

    def __init__(
        self, engine: Engine, settings: Settings, *, reading: Session | None = None
    ) -> None:
        """`reading` is the session of the launch; its connection is given back for the while."""
        self.engine = engine
        self.settings = settings
        self.reading = reading

    def find(self, registration: Registration, kid: str, *, now: datetime) -> RSAPublicKey:
        """The key with this id. `registration` is only read.

        Raises `LaunchProblem`: `signature` where the platform has no such key,
        `keys-unreachable` where it cannot be asked and was never asked before.
        """
        keys: Mapping[str, Any] | None = registration.keys
        fetched_at = registration.keys_fetched_at
        asked = False
        is_stale = fetched_at is None or now - fetched_at > FRESH
        if self.reading is not None and (keys is None or is_stale or _pick(keys, kid) is None):
            self.reading.commit()  # nothing is held that others wait for
        if keys is None or (is_stale and self._may_force(registration, now=now)):
            keys, asked = self._fetch(registration, fallback=keys, now=now), True
        found = _pick(keys, kid)
        if found is None and not asked and self._may_force(registration, now=now):
            found = _pick(self._fetch(registration, fallback=None, now=now), kid)
        if found is None:
            raise refuse(
                SIGNATURE,
                ("kid", kid, "a key of the key set"),
                ("key set", registration.jwks_url),
            )
        return found

    def _may_force(self, registration: Registration, *, now: datetime) -> bool:
        """Take the one permission of these thirty seconds, against all other processes."""
        with Session(self.engine) as session:
            taken = session.execute(
                update(Registration)
                .where(
                    Registration.id == registration.id,
                    or_(
                        Registration.keys_forced_at.is_(None),
                        Registration.keys_forced_at < now - FORCED_EVERY,
                    ),
                )
                .values(keys_forced_at=now)
            )
            session.commit()
        return isinstance(taken, CursorResult) and taken.rowcount == 1

    def _fetch(
        self, registration: Registration, *, fallback: Mapping[str, Any] | None, now: datetime
    ) -> Mapping[str, Any]:
        url = registration.jwks_url
        try:
            keys = self._ask(registration, now=now)
        except (outward.Unreachable, ValueError) as error:
            log.warning("launch.keys-unreachable", url=url, reason=str(error))
            if fallback is not None:
                return fallback
            raise refuse(KEYS_UNREACHABLE, ("key set", url), ("reason", error)) from error
        return keys

    def _ask(self, registration: Registration, *, now: datetime) -> Mapping[str, Any]:
        """The key set from its address, or as another thread has just fetched it.

        Raises `outward.Unreachable` or `ValueError`.
        """
        url = registration.jwks_url
        if monotonic() < _SILENT.get(url, 0):
            raise outward.Unreachable("it did not answer a few seconds ago")
        with _turn(url):
            keys = self._fetched_since(registration)
            if keys is not None:
                return keys
            began = monotonic()
            try:
                keys = _key_set(
                    outward.get(
                        url,
                        allow=self.settings.lti_http_allow,
                        headers={"Accept": "application/json"},
                        time_out=self.settings.http_timeout,
                    )
                )
            except outward.Unreachable:
                if monotonic() - began > TURN:
                    _SILENT[url] = monotonic() + LEFT_ALONE
                raise
            with Session(self.engine) as session:
                session.execute(
                    update(Registration)
                    .where(Registration.id == registration.id)
                    .values(keys=keys, keys_fetched_at=now)
                )
                session.commit()
            return keys

    def _fetched_since(self, registration: Registration) -> dict[str, Any] | None:
        """What another thread wrote down while this one waited for its turn."""
        with read_session(self.engine) as session:
            keys, fetched_at = session.execute(
                select(Registration.keys, Registration.keys_fetched_at).where(
                    Registration.id == registration.id
                )
            ).one()
        return keys if fetched_at != registration.keys_fetched_at else None


@contextmanager
def _turn(url: str) -> Iterator[None]:
    """Ask this key server, alone and not for all threads at once.

    Raises `outward.Unreachable` where the turn does not come soon.
    """
    asked = _ASKED.setdefault(url, Lock())
    if not asked.acquire(timeout=TURN):
        raise outward.Unreachable("it is being asked just now, and lets us wait")
    try:
        if not _ASKING.acquire(timeout=TURN):
            raise outward.Unreachable("too many platforms are being asked for their keys just now")
        try:
            yield
        finally:
            _ASKING.release()
    finally:
        asked.release()


def _key_set(answer: outward.Answer) -> dict[str, Any]:
    """The RSA signature keys of an answer. Raises `ValueError` where it is no key set."""
    if not answer.ok:
        raise ValueError(f"it answered with status {answer.status}")
    try:
        keys = answer.json()["keys"]
        return {"keys": [dict(key) for key in keys if key.get("kty") == "RSA"]}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError("its answer is not a JSON Web Key Set") from error


def _pick(keys: Mapping[str, Any], kid: str) -> RSAPublicKey | None:
    for key in keys["keys"]:
        # Some platforms leave `alg` out (T-033); one that names another algorithm means it.
        if (
            key.get("kid") == kid
            and key.get("alg", "RS256") == "RS256"
            and key.get("use", "sig") == "sig"
        ):
            return _loaded(json.dumps({name: key.get(name) for name in ("kty", "n", "e")}))
    return None


@lru_cache(maxsize=512)
def _loaded(jwk: str) -> RSAPublicKey | None:
    try:
        key = jwt.PyJWK.from_json(jwk, algorithm="RS256").key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    return key if isinstance(key, RSAPublicKey) and key.key_size >= SMALLEST else None
