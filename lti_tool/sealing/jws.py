"""Open Badges 2.0 as a compact JWS (Open Badges 2.0, section 5; RFC 7515): RS256 and nothing else.

The payload is the assertion itself. The key is named in the assertion (`verification.creator`), so
the header says the algorithm only.
"""

import json
from collections.abc import Mapping
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.api_jws import PyJWS

from lti_tool.keyring import Key, PublishedKey, public_key
from lti_tool.sealing.members_2 import require_sound

ALGORITHM = "RS256"
"""All that validators of Open Badges 2.0 know (B2-048)."""


def encode(assertion: Mapping[str, Any], key: Key) -> str:
    """An assertion, signed. The same assertion and key always give the same text.

    Raises `members.CannotBeSigned` where it holds what our assertions never hold.
    """
    require_sound(assertion)
    payload = json.dumps(assertion, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    return PyJWS().encode(payload, key.private, algorithm=ALGORITHM, headers={"typ": None})


def pem(key: PublishedKey) -> str:
    """The public part of an RSA key as `publicKeyPem` holds it."""
    public = cast(rsa.RSAPublicKey, public_key(key.public_jwk))
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")
