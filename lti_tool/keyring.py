"""Signing keys: private parts as files, everything else as rows (see `keys/README.md`).

One key has one purpose. Keys that are missing are made on first start; two processes that start
at once agree on the same ones, because the file that is linked into place first wins.
"""

import base64
import enum
import hashlib
import json
import logging
import os
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self, cast

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from jwt import PyJWK
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.database import Base, read_session, sessions, word
from lti_tool.multibase import ed25519_multikey
from lti_tool.settings import Settings

log = logging.getLogger(__name__)

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey


class Purpose(enum.StrEnum):
    """What a key is for, and nothing else."""

    LTI = "lti"
    """RS256: client assertions and deep-linking answers to platforms."""
    BADGE_PROOF = "badge-proof"
    """Ed25519: Data Integrity proofs of Open Badges 3.0."""
    BADGE_JWT = "badge-jwt"
    """ES256 (P-256): Open Badges 3.0 as VC-JWT."""
    BADGE_JWS = "badge-jws"
    """RS256: signed Open Badges 2.0."""


ALGORITHMS = {
    Purpose.LTI: "RS256",
    Purpose.BADGE_PROOF: "Ed25519",
    Purpose.BADGE_JWT: "ES256",
    Purpose.BADGE_JWS: "RS256",
}


class KeyState(enum.StrEnum):
    """Where a key is in its life."""

    ACTIVE = "active"
    """Signs new things."""
    RETIRED = "retired"
    """Signs nothing new; stays published, because what it signed is still true."""
    REVOKED = "revoked"
    """Compromised: no longer published, and what it signed is no longer believed."""


class SigningKey(Base):
    """The public facts of one key. The private part is the file `<purpose>-<number>.pem`."""

    __tablename__ = "signing_key"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    kid: Mapped[str] = mapped_column(unique=True)
    """RFC 7638 thumbprint; for Ed25519 the multibase key itself (`z6Mk…`)."""
    purpose: Mapped[Purpose] = mapped_column(word(Purpose), index=True)
    algorithm: Mapped[str]
    public_jwk: Mapped[dict[str, Any]] = mapped_column(repr=False)
    made_at: Mapped[datetime]
    state: Mapped[KeyState] = mapped_column(word(KeyState), default=KeyState.ACTIVE)
    retired_at: Mapped[datetime | None] = mapped_column(default=None)


@dataclass(frozen=True, eq=False)
class Key:
    """One private key, loaded once."""

    purpose: Purpose
    kid: str
    algorithm: str
    private: PrivateKey
    public_jwk: dict[str, Any]

    def pem(self) -> str:
        """The private key as PKCS #8 PEM, for libraries that insist on text."""
        return _pem(self.private).decode("ascii")


@dataclass(frozen=True)
class PublishedKey:
    """The public part of a key that is published: active or retired."""

    purpose: Purpose
    kid: str
    algorithm: str
    state: KeyState
    made_at: datetime
    retired_at: datetime | None
    public_jwk: dict[str, Any]


class Keyring:
    """The keys of this installation, each loaded once as a key object."""

    def __init__(self, engine: Engine, keys: dict[Purpose, Key]) -> None:
        """Hold `keys`, one for every purpose; `engine` is asked for what is published."""
        self._engine = engine
        self._keys = keys

    @classmethod
    def open(cls, settings: Settings, engine: Engine, now: datetime) -> Self:
        """Load every key, making those that are missing; the tables must exist.

        Raises `OSError` when the keys folder cannot be read or written, and `ValueError`
        naming the file when one of them is not the key its name says.
        """
        folder = settings.keys_dir
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        keys = {purpose: _newest(folder, purpose) for purpose in Purpose}
        _enter(engine, keys, now)
        return cls(engine, keys)

    def key(self, purpose: Purpose) -> Key:
        """The key that signs for this purpose now."""
        return self._keys[purpose]

    def lti_key(self) -> Key:
        """The RS256 key platforms know us by."""
        return self._keys[Purpose.LTI]

    def all(self) -> list[PublishedKey]:
        """Every key there is a row for, oldest first, revoked ones included."""
        with read_session(self._engine) as session:
            return [
                PublishedKey(
                    row.purpose,
                    row.kid,
                    row.algorithm,
                    row.state,
                    row.made_at,
                    row.retired_at,
                    row.public_jwk,
                )
                for row in session.scalars(select(SigningKey).order_by(SigningKey.id))
            ]

    def published(self, purpose: Purpose) -> list[PublishedKey]:
        """The keys of a purpose that others may rely on: the active and the retired ones."""
        return [
            key for key in self.all() if key.purpose is purpose and key.state != KeyState.REVOKED
        ]

    def public_jwks(self) -> dict[str, Any]:
        """The JWK Set of `/lti/jwks`: public parts only, each with `kid`, `use` and `alg`."""
        return {
            "keys": [
                {**key.public_jwk, "kid": key.kid, "use": "sig", "alg": key.algorithm}
                for key in self.published(Purpose.LTI)
            ]
        }


def thumbprint(jwk: dict[str, Any]) -> str:
    """The SHA-256 thumbprint of a public JWK (RFC 7638), base64url without padding."""
    members = {
        "RSA": ("e", "kty", "n"),
        "EC": ("crv", "kty", "x", "y"),
        "OKP": ("crv", "kty", "x"),
    }[jwk["kty"]]
    text = json.dumps({name: jwk[name] for name in members}, separators=(",", ":"))
    digest = hashlib.sha256(text.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def public_key(jwk: dict[str, Any]) -> PublicKey:
    """The key object of a public JWK. Raises `jwt.exceptions.PyJWTError` when it is none."""
    return cast(PublicKey, PyJWK.from_dict(jwk).key)


def _make(purpose: Purpose) -> PrivateKey:
    match ALGORITHMS[purpose]:
        case "Ed25519":
            return ed25519.Ed25519PrivateKey.generate()
        case "ES256":
            return ec.generate_private_key(ec.SECP256R1())
        case _:
            return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _pem(private: PrivateKey) -> bytes:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _newest(folder: Path, purpose: Purpose) -> Key:
    """Load the newest file of a purpose, making number 1 where there is none."""
    pattern = re.compile(rf"{purpose.value}-(\d+)\.pem")
    numbered = [
        (int(found.group(1)), path)
        for path in folder.iterdir()
        if (found := pattern.fullmatch(path.name))
    ]
    if numbered:
        path = max(numbered)[1]
    else:
        path = folder / f"{purpose.value}-1.pem"
        _place(path, _pem(_make(purpose)))
    return _load(path, purpose)


def _place(path: Path, content: bytes) -> None:
    """Put a private file in place whole, or leave the one another process put there first."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            # A hard link never replaces: of two processes that start at once, one wins.
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()


def _load(path: Path, purpose: Purpose) -> Key:
    algorithm = ALGORITHMS[purpose]
    private = load_pem_private_key(path.read_bytes(), password=None)
    kind = {
        "Ed25519": ed25519.Ed25519PrivateKey,
        "ES256": ec.EllipticCurvePrivateKey,
        "RS256": rsa.RSAPrivateKey,
    }[algorithm]
    if not isinstance(private, kind):
        raise ValueError(f"{path.name} does not hold a key for {algorithm}")
    key = cast(PrivateKey, private)
    jwk = _public_jwk(key)
    if isinstance(key, ed25519.Ed25519PrivateKey):
        raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        kid = ed25519_multikey(raw)
    else:
        kid = thumbprint(jwk)
    return Key(purpose, kid, algorithm, key, jwk)


def _public_jwk(private: PrivateKey) -> dict[str, Any]:
    if isinstance(private, ed25519.Ed25519PrivateKey):
        raw = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        x = base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
        return {"kty": "OKP", "crv": "Ed25519", "x": x}
    if isinstance(private, ec.EllipticCurvePrivateKey):
        jwk = ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    else:
        jwk = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    return {name: jwk[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in jwk}


def _enter(engine: Engine, keys: dict[Purpose, Key], now: datetime) -> None:
    """Write the rows of keys that have none, and retire what has lost its file or its turn."""
    with read_session(engine) as session:
        states = {row.kid: row.state for row in session.scalars(select(SigningKey))}
    for key in keys.values():
        if key.kid in states:
            continue
        try:
            with sessions(engine).begin() as session:
                session.add(
                    SigningKey(
                        kid=key.kid,
                        purpose=key.purpose,
                        algorithm=key.algorithm,
                        public_jwk=key.public_jwk,
                        made_at=now,
                    )
                )
        except IntegrityError:
            continue  # another process that started with us wrote the same row
    active = {kid for kid, state in states.items() if state == KeyState.ACTIVE}
    if stale := active - {key.kid for key in keys.values()}:
        with sessions(engine).begin() as session:
            for row in session.scalars(select(SigningKey).where(SigningKey.kid.in_(stale))):
                log.warning("key %s (%s) is retired: its file is gone", row.kid, row.purpose)
                row.state = KeyState.RETIRED
                row.retired_at = now
