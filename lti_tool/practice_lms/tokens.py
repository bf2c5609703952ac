"""Keys and tokens: the LMS's own keys, the tool's, client assertions, access tokens."""

from __future__ import annotations

import hmac
import json
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import jwt
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from jwt.utils import base64url_encode

Claims = dict[str, Any]

FETCH_SECONDS = 5
"""How long the LMS waits for the tool's key set."""

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class TokenRefused(Exception):
    """What the tool signed is not accepted; `error` is the OAuth code, the text the reason."""

    def __init__(self, error: str, reason: str) -> None:
        super().__init__(reason)
        self.error = error
        self.reason = reason


@lru_cache(maxsize=8)
def _read(pem: str) -> tuple[str, rsa.RSAPrivateKey]:
    """A key as `SigningKeys.pem` gives it. Raises `TypeError` where it is not RSA."""
    kid, _, body = pem.partition("\n")
    key = serialization.load_pem_private_key(body.encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("The state file holds a key that is not RSA.")
    return kid, key


class SigningKeys:
    """The LMS's own RSA keys: the newest signs, the ones before stay published for a while."""

    PUBLISHED = 3

    def __init__(self, name_key: Callable[[], str], pem: str | None = None) -> None:
        """`name_key` makes a `kid` in the product's manner; `pem` is an earlier private key."""
        self._name_key = name_key
        self._lock = threading.Lock()
        self._keys: list[tuple[str, rsa.RSAPrivateKey]] = []
        if pem is None:
            self.rotate()
        else:
            self._keys.append(_read(pem))

    def rotate(self) -> str:
        """Sign with a new key from now on; returns its `kid`."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        with self._lock:
            self._keys.append((self._name_key(), key))
            del self._keys[: -self.PUBLISHED]
            return self._keys[-1][0]

    @property
    def current(self) -> tuple[str, rsa.RSAPrivateKey]:
        """The `kid` and key that sign now."""
        with self._lock:
            return self._keys[-1]

    def pem(self) -> str:
        """The current key for the state file: a line with its `kid`, then PKCS 8."""
        kid, key = self.current
        body = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return f"{kid}\n{body.decode()}"

    def jwks(self) -> dict[str, Any]:
        """The public key set."""
        with self._lock:
            return {"keys": [_public(kid, key) for kid, key in self._keys]}

    def sign(self, claims: Mapping[str, Any], headers: Mapping[str, Any] | None = None) -> str:
        """A compact JWS over the claims, RS256 with the current key."""
        kid, key = self.current
        return jwt.encode(
            dict(claims), key, algorithm="RS256", headers={"kid": kid, **(headers or {})}
        )


def _public(kid: str, key: rsa.RSAPrivateKey) -> dict[str, Any]:
    jwk: dict[str, Any] = json.loads(RSAAlgorithm.to_jwk(key.public_key()))
    jwk.pop("key_ops", None)
    return {**jwk, "kid": kid, "alg": "RS256", "use": "sig"}


def forged(claims: Mapping[str, Any], headers: Mapping[str, Any], key: Any, algorithm: str) -> str:
    """A compact JWS for launch tests: honest, or wrong in whatever way is asked for.

    A header that is None is left out. HMAC takes any bytes as its secret, a PEM public key too:
    PyJWT would refuse to, a forger does not.
    """
    kept = {"typ": "JWT", "alg": algorithm, **headers}
    kept = {name: value for name, value in kept.items() if value is not None}
    payload = json.dumps(dict(claims)).encode()
    if algorithm.startswith("HS"):
        signed = b".".join((base64url_encode(json.dumps(kept).encode()), base64url_encode(payload)))
        digest = hmac.new(key, signed, f"sha{algorithm[2:]}").digest()
        return b".".join((signed, base64url_encode(digest))).decode()
    own_headers = {name: value for name, value in kept.items() if name != "alg"}
    signing: Any = None if algorithm == "none" else key
    return jwt.api_jws.encode(payload, signing, algorithm=algorithm, headers=own_headers)


class ToolKeys:
    """The tool's public keys, read from its key-set address and read again when one is missing."""

    def __init__(self, address: Callable[[], str]) -> None:
        self._address = address
        self._known: dict[str, jwt.PyJWK] = {}
        self._lock = threading.Lock()

    def verify(self, token: str) -> Claims:
        """The claims of a token signed by the tool; only RS256 with a `kid` it publishes.

        Raises `TokenRefused`. A failure with remembered keys is tried once more with fresh ones,
        so that the tool can rotate (as Moodle's).
        """
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError as failure:
            raise TokenRefused("invalid_client", f"This is not a JWT: {failure}") from failure
        if header.get("alg") != "RS256":
            raise TokenRefused("invalid_client", f"alg is {header.get('alg')!r}, not RS256.")
        kid = header.get("kid")
        if not isinstance(kid, str) or not kid:
            raise TokenRefused("invalid_client", "The header has no kid.")
        with self._lock:
            remembered = self._known.get(kid)
        if remembered is not None:
            try:
                return _open(token, remembered)
            except jwt.PyJWTError:
                pass  # perhaps the key behind this kid was replaced: look again below
        fresh = self._fetch().get(kid)
        if fresh is None:
            raise TokenRefused("invalid_client", f"The tool's key set has no kid {kid!r}.")
        try:
            return _open(token, fresh)
        except jwt.PyJWTError as failure:
            raise TokenRefused("invalid_client", f"The signature does not fit: {failure}") from None

    def _fetch(self) -> dict[str, jwt.PyJWK]:
        try:
            answer = requests.get(
                self._address(),
                timeout=FETCH_SECONDS,
                headers={"Accept": "application/json"},
                allow_redirects=False,
            )
            answer.raise_for_status()
            key_set = jwt.PyJWKSet.from_dict(answer.json())
        except (requests.RequestException, ValueError, jwt.PyJWTError) as failure:
            reason = f"The tool's key set at {self._address()} cannot be read: {failure}"
            raise TokenRefused("invalid_client", reason) from failure
        with self._lock:
            self._known = {key.key_id: key for key in key_set.keys if key.key_id}
            return self._known


def _open(token: str, key: jwt.PyJWK) -> Claims:
    """Verify the signature alone: moments are compared with this LMS's own clock by the caller."""
    claims: Claims = jwt.decode(
        token,
        key,
        algorithms=["RS256"],
        options={
            "verify_exp": False,
            "verify_iat": False,
            "verify_nbf": False,
            "verify_aud": False,
            "verify_iss": False,
            "verify_sub": False,
            "verify_jti": False,
        },
    )
    return claims


class SeenOnce:
    """Identifiers that may be used one time each (jti, nonce)."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def use(self, identifier: str, *, until: datetime, now: datetime) -> bool:
        """True the first time; False when it was used before."""
        with self._lock:
            if len(self._until) > 10_000:
                self._until = {name: end for name, end in self._until.items() if end > now}
            if identifier in self._until:
                return False
            self._until[identifier] = until
            return True


@dataclass(frozen=True)
class AssertionRules:
    """How strictly a product reads the moments in a client assertion."""

    oldest: timedelta | None
    """`iat` may lie this far back; None for any."""
    ahead: timedelta
    """`iat` may lie this far in the future."""


def moment(claims: Mapping[str, Any], name: str) -> float:
    """A NumericDate claim; raises `TokenRefused` unless it is a JSON number."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenRefused("invalid_client", f"{name} is missing or not a number.")
    return float(value)


def check_moments(claims: Mapping[str, Any], rules: AssertionRules, now: datetime) -> None:
    """Refuse what is expired, too old, or from the future. Raises `TokenRefused`."""
    present = now.timestamp()
    expires, issued = moment(claims, "exp"), moment(claims, "iat")
    if expires <= present:
        raise TokenRefused("invalid_client", f"exp is {present - expires:.0f} s past.")
    if issued > present + rules.ahead.total_seconds():
        raise TokenRefused("invalid_client", f"iat is {issued - present:.1f} s in the future.")
    if rules.oldest is not None and issued < present - rules.oldest.total_seconds():
        raise TokenRefused("invalid_client", f"iat is {present - issued:.0f} s old.")


def check_assertion(
    claims: Mapping[str, Any],
    *,
    client_id: str,
    audience: str,
    rules: AssertionRules,
    seen: SeenOnce,
    now: datetime,
) -> None:
    """The claims of a client assertion (SEC 4.1); the signature was checked before.

    Raises `TokenRefused` naming the first thing that is wrong.
    """
    for name in ("iss", "sub"):
        if claims.get(name) != client_id:
            raise TokenRefused("invalid_client", f"{name} is not the client id.")
    stated = claims.get("aud")
    if audience not in (stated if isinstance(stated, list) else [stated]):
        raise TokenRefused("invalid_client", f"aud is {stated!r}, not {audience!r}.")
    check_moments(claims, rules, now)
    jti = claims.get("jti")
    if not isinstance(jti, str) or not jti:
        raise TokenRefused("invalid_client", "jti is missing.")
    if not seen.use(jti, until=now + timedelta(hours=1), now=now):
        raise TokenRefused("invalid_client", "jti was used before.")


@dataclass(frozen=True)
class AccessToken:
    """What a tool may do until when."""

    value: str
    scopes: tuple[str, ...]
    expires_at: datetime


class AccessTokens:
    """The access tokens given out and not yet expired or revoked."""

    SECONDS = 3600

    def __init__(self) -> None:
        self._tokens: dict[str, AccessToken] = {}
        self._lock = threading.Lock()

    def issue(self, scopes: list[str], now: datetime) -> AccessToken:
        """A new token for these scopes."""
        token = AccessToken(
            secrets.token_urlsafe(32), tuple(scopes), now + timedelta(seconds=self.SECONDS)
        )
        with self._lock:
            self._tokens = {
                value: kept for value, kept in self._tokens.items() if kept.expires_at > now
            }
            self._tokens[token.value] = token
        return token

    def find(self, header: str | None, now: datetime) -> AccessToken | None:
        """The token of an `Authorization` header, or None when it is absent, unknown or expired."""
        kind, _, value = (header or "").partition(" ")
        with self._lock:
            token = self._tokens.get(value.strip())
        if kind.lower() != "bearer" or token is None or token.expires_at <= now:
            return None
        return token

    def revoke_all(self) -> None:
        """Every token given out so far is worthless from now on."""
        with self._lock:
            self._tokens.clear()
