"""A school elsewhere that issues Open Badges 2.0: its documents, its key, what its host answers."""

import json
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.api_jws import PyJWS

from lti_tool.verification.report import Report
from tests.badges.workshop import Shelf, verify

HOST = "https://badges.school.example"
CONTEXT = "https://w3id.org/openbadges/v2"
KEY, LIST, IMAGE = f"{HOST}/keys/1", f"{HOST}/revoked", f"{HOST}/look.png"
ISSUER: dict[str, Any] = {
    "@context": CONTEXT,
    "type": "Issuer",
    "id": f"{HOST}/issuer",
    "name": "School of Looking",
    "url": HOST,
    "email": "office@school.example",
    "publicKey": [KEY],
    "revocationList": LIST,
}
BADGE: dict[str, Any] = {
    "@context": CONTEXT,
    "type": "BadgeClass",
    "id": f"{HOST}/looking",
    "name": "Looks closely",
    "description": "Sees what is there.",
    "image": IMAGE,
    "criteria": {"narrative": "Look."},
    "issuer": ISSUER["id"],
}
RECIPIENT = {"type": "email", "hashed": False, "identity": "ada@example.org"}
ASSERTION: dict[str, Any] = {
    "@context": CONTEXT,
    "type": "Assertion",
    "id": f"{HOST}/assertions/1",
    "recipient": RECIPIENT,
    "badge": BADGE["id"],
    "issuedOn": "2026-11-20T12:00:00Z",
    "verification": {"type": "HostedBadge"},
}
SIGNED: dict[str, Any] = ASSERTION | {
    "id": "urn:uuid:7d0e7a2e-58a4-4b06-9c0d-2f6b1c1f4a51",
    "verification": {"type": "SignedBadge", "creator": KEY},
}
ENDORSEMENT: dict[str, Any] = {
    "@context": CONTEXT,
    "type": "Endorsement",
    "id": f"{HOST}/endorsements/1",
    "claim": {"id": BADGE["id"], "endorsementComment": "They do look closely."},
    "issuer": ISSUER["id"],
    "issuedOn": "2026-11-20T12:00:00Z",
    "verification": {"type": "HostedBadge"},
}


@cache
def key() -> rsa.RSAPrivateKey:
    """The school's key; all tests of a process share it."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(private: Any) -> str:
    """The public part of a key as a key's document holds it."""
    public = private.public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()  # type: ignore[no-any-return]


@dataclass
class School:
    """What the school's host answers; a test changes one of its documents."""

    assertion: dict[str, Any] = field(default_factory=lambda: deepcopy(ASSERTION))
    badge: dict[str, Any] = field(default_factory=lambda: deepcopy(BADGE))
    issuer: dict[str, Any] = field(default_factory=lambda: deepcopy(ISSUER))
    key: dict[str, Any] = field(
        default_factory=lambda: {
            "@context": CONTEXT,
            "type": "CryptographicKey",
            "id": KEY,
            "owner": ISSUER["id"],
            "publicKeyPem": pem(key()),
        }
    )
    revoked: dict[str, Any] = field(
        default_factory=lambda: {"type": "RevocationList", "id": LIST, "revokedAssertions": []}
    )
    endorsement: dict[str, Any] = field(default_factory=lambda: deepcopy(ENDORSEMENT))

    @property
    def shelf(self) -> Shelf:
        """Every document at the address it was made for, whatever it says by now."""
        return (
            Shelf()
            .put(ASSERTION["id"], self.assertion)
            .put(BADGE["id"], self.badge)
            .put(ISSUER["id"], self.issuer)
            .put(KEY, self.key)
            .put(LIST, self.revoked)
            .put(ENDORSEMENT["id"], self.endorsement)
            .put(IMAGE, b"\x89PNG")
        )

    def change(self, path: str, value: Any) -> "School":
        """Change a member, `badge/name`; `...` takes it away."""
        name, *way, last = path.split("/")
        place = getattr(self, name)
        for step in way:
            place = place[step]
        if value is ...:
            del place[last]
        else:
            place[last] = value
        return self

    def hosted(self, **options: Any) -> Report:
        """What verification finds about the hosted assertion."""
        named = {"type": "Assertion", "id": ASSERTION["id"]}
        return verify(named, self.shelf, **{"asks_around": True, **options})

    def signed(self, **options: Any) -> Report:
        """What verification finds about the signed assertion."""
        return verify(sign(SIGNED), self.shelf, **options)


def sign(assertion: dict[str, Any], private: Any = None, algorithm: str = "RS256") -> bytes:
    """A compact JWS of an assertion, by the school's key unless told."""
    payload = json.dumps(assertion).encode()
    return PyJWS().encode(payload, private or key(), algorithm=algorithm).encode()
