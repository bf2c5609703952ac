"""A record of somebody's badges, signed by a key that nobody vouches for."""

import json
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from lti_tool.sealing import contexts


def bundled(badge: bytes) -> str:
    """A record (CLR 2.0) that holds a badge, as a JWT that brings its own key."""
    key = ec.generate_private_key(ec.SECP256R1())
    inner: dict[str, Any] = json.loads(badge)
    document = {
        "@context": [contexts.CREDENTIALS_V2, contexts.CLR_2, contexts.OPEN_BADGES_3],
        "id": "https://records.example.org/1",
        "type": ["VerifiableCredential", "ClrCredential"],
        "name": "Everything there is",
        "issuer": {"id": "https://records.example.org", "type": ["Profile"], "name": "Nobody"},
        "validFrom": "2026-11-20T12:00:00Z",
        "credentialSubject": {
            "type": ["ClrSubject"],
            "verifiableCredential": [inner],
            "association": [
                {
                    "type": ["Association"],
                    "associationType": "isRelatedTo",
                    "sourceId": inner["id"],
                    "targetId": inner["credentialSubject"]["achievement"]["id"],
                }
            ],
        },
    }
    jwk = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return jwt.encode(document, key, algorithm="ES256", headers={"jwk": jwk})
