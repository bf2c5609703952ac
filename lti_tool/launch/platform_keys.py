"""The public keys of platforms: kept in the registration's row, fetched no oftener than needed."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from sqlalchemy import CursorResult, Engine, or_, update
from sqlalchemy.orm import Session

from lti_tool import outward
from lti_tool.launch.models import Registration
from lti_tool.launch.problems import KEYS_UNREACHABLE, SIGNATURE, refuse
from lti_tool.settings import Settings

log = structlog.get_logger(__name__)

FRESH = timedelta(hours=1)
"""How long a key set is used without asking again; an unknown key id asks sooner."""

FORCED_EVERY = timedelta(seconds=30)
"""How often an unknown key id may force a fetch (T-028), or a stale set be retried (T-037)."""

SMALLEST = 2048
"""Bits of an RSA key; anything shorter signs nothing we believe."""


class PlatformKeys:
    """Finds the key that a platform signed with.

    Fetching happens between transactions, never inside one: a slow platform must not hold the
    database of everybody else. What was fetched is committed at once, whatever becomes of the
    launch that asked for it.
    """

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self.engine = engine
        self.settings = settings

    def find(self, registration: Registration, kid: str, *, now: datetime) -> RSAPublicKey:
        """The key with this id. `registration` is only read.

        Raises `LaunchProblem`: `signature` where the platform has no such key,
        `keys-unreachable` where it cannot be asked and was never asked before.
        """
        keys: Mapping[str, Any] | None = registration.keys
        fetched_at = registration.keys_fetched_at
        asked = False
        is_stale = fetched_at is None or now - fetched_at > FRESH
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
        try:
            answer = outward.get(
                registration.jwks_url,
                allow=self.settings.lti_http_allow,
                headers={"Accept": "application/json"},
                time_out=self.settings.http_timeout,
            )
            keys = _key_set(answer)
        except (outward.Unreachable, ValueError) as error:
            log.warning("launch.keys-unreachable", url=registration.jwks_url, reason=str(error))
            if fallback is not None:
                return fallback
            raise refuse(
                KEYS_UNREACHABLE, ("key set", registration.jwks_url), ("reason", error)
            ) from error
        with Session(self.engine) as session:
            session.execute(
                update(Registration)
                .where(Registration.id == registration.id)
                .values(keys=keys, keys_fetched_at=now)
            )
            session.commit()
        return keys


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
