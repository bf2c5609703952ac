"""Badges from elsewhere, as rows and as files."""

from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm

from lti_tool import multibase
from lti_tool.database import opaque_id
from lti_tool.holdings.models import CameBy, HeldBadge, HeldState
from lti_tool.verification import kept_reports
from lti_tool.verification.facts import Facts
from lti_tool.verification.report import Report, Standing
from tests.builders import NOON

RIVER = "https://river.example.org"


def a_held_badge(whose: int, **told: Any) -> HeldBadge:
    """A badge of the river office that one person keeps."""
    number = opaque_id()
    report = Report(form="Open Badges 3.0 as a JWT", facts=Facts(name="Tides"), is_intact=True)
    report.standing = Standing.KNOWN
    report.passed("Signature", "it fits.")
    known: dict[str, Any] = {
        "person_id": whose,
        "identity": number,
        "title": "Tides",
        "issuer_name": "River Office",
        "issuer_id": RIVER,
        "address": f"{RIVER}/badges/{number}",
        "form": report.form,
        "issued": "2026-05-04T12:00:00Z",
        "expires": "",
        "content": b"{}",
        "size": 2,
        "came_by": CameBy.FILE,
        "came_from": "",
        "made_out_to": "",
        "held_at": NOON,
        "state": HeldState.VALID,
        "is_vouched_for": True,
        "report": kept_reports.to_json(report),
        "checked_at": NOON,
        "check_at": NOON + timedelta(days=1),
    }
    return HeldBadge(**(known | told))


def self_signed(
    title: str,
    issuer_name: str,
    issued: str,
    *,
    to: str | None,
    key: ec.EllipticCurvePrivateKey,
    issuer: str = "",
    address: str = "urn:uuid:6e0c1a5e-6b1c-4f60-9a8a-bb1c4c9b6f0a",
) -> bytes:
    """A badge whose earner made it, signed by a key of theirs: a did:key's, or sent along."""
    public = key.public_key()
    point = public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    name = multibase.encode(multibase.P256_PREFIX + point)
    headers: dict[str, Any] = {"typ": "vc+jwt"}
    if issuer:
        headers["jwk"] = ECAlgorithm.to_jwk(public, as_dict=True)
    else:
        issuer = f"did:key:{name}"
        headers["kid"] = f"{issuer}#{name}"
    achievement = {
        "id": "urn:uuid:6e0c1a5e-6b1c-4f60-9a8a-bb1c4c9b6f0b",
        "type": ["Achievement"],
        "name": title,
        "description": "x",
        "criteria": {"narrative": "x"},
    }
    document = {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        ],
        "id": address,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": title,
        "issuer": {"id": issuer, "type": ["Profile"], "name": issuer_name},
        "validFrom": issued,
        "credentialSubject": {
            "id": f"mailto:{to}",
            "type": ["AchievementSubject"],
            "achievement": achievement,
        },
        "iss": issuer,
        "jti": address,
        "sub": f"mailto:{to}",
        "nbf": int(datetime.fromisoformat(issued).timestamp()),
    }
    return jwt.encode(document, key, "ES256", headers=headers).encode()
