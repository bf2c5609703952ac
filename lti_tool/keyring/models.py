"""Rows: the public facts of each key, and where it is in its life."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.database import Base, word


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

    STAGED = "staged"
    """Published and not signing yet: platforms keep copies of our key set for a while."""
    ACTIVE = "active"
    """Signs new things."""
    RETIRED = "retired"
    """Signs nothing new; stays published, because what it signed is still true."""
    WITHDRAWN = "withdrawn"
    """No longer published: nothing that it signed can still be on its way."""
    REVOKED = "revoked"
    """Compromised: no longer published, and what it signed is no longer believed."""


PUBLISHED = frozenset({KeyState.STAGED, KeyState.ACTIVE, KeyState.RETIRED})
"""The states in which others find a key's public part."""


class SigningKey(Base):
    """The public facts of one key. The private part is the file that `file` names."""

    __tablename__ = "signing_key"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    kid: Mapped[str] = mapped_column(unique=True)
    """RFC 7638 thumbprint; for Ed25519 the multibase key itself (`z6Mk…`)."""
    purpose: Mapped[Purpose] = mapped_column(word(Purpose), index=True)
    algorithm: Mapped[str]
    public_jwk: Mapped[dict[str, Any]] = mapped_column(repr=False)
    made_at: Mapped[datetime]
    state: Mapped[KeyState] = mapped_column(word(KeyState), default=KeyState.ACTIVE)
    file: Mapped[str] = mapped_column(default="")
    """Name of the private file, `<purpose>-<number>.pem`; empty where there is none any more, and
    for keys from before names were kept, until the next start."""
    holder: Mapped[str] = mapped_column(default="")
    """The issuer whose badges it signs, by its slug; empty for keys of the installation itself."""
    signs_from: Mapped[datetime | None] = mapped_column(default=None)
    """When a staged key may begin to sign; for others when they began, if that was kept."""
    retired_at: Mapped[datetime | None] = mapped_column(default=None)
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)
