"""Handing a badge to a wallet: a pass that works for minutes, and what the wallet is given.

Wallets fetch what they store, without the visit of whoever holds them. So an earner's page carries
a pass that names the badge and its own end, and is proved by the installation's secret; nothing is
kept for it.
"""

import hashlib
import hmac
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from lti_tool.errors import NotFound

WORKS_FOR = timedelta(minutes=30)

_PASS = re.compile(r"(?P<badge>\w{22})-(?P<end>\d{1,12})-(?P<proof>[0-9a-f]{64})", re.ASCII)


def give_pass(public_id: str, secret: str, *, now: datetime) -> str:
    """A pass for one badge."""
    end = int((now + WORKS_FOR).timestamp())
    return f"{public_id}-{end}-{_proof(public_id, end, secret)}"


def badge_of(given: str, secret: str, *, now: datetime) -> str:
    """The public id of the badge a pass is for. Raises `NotFound`, whatever is wrong with it."""
    found = _PASS.fullmatch(given)
    if found is not None:
        public_id, end = found["badge"], int(found["end"])
        is_ours = hmac.compare_digest(found["proof"], _proof(public_id, end, secret))
        if is_ours and now < datetime.fromtimestamp(end, UTC):
            return public_id
    raise NotFound("This address worked for half an hour. Open it anew from the badge's page.")


def presentation(credential: bytes) -> dict[str, Any]:
    """The answer of a VC-API exchange that asks nothing and hands over one credential."""
    return {
        "verifiablePresentation": {
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "type": ["VerifiablePresentation"],
            "verifiableCredential": [json.loads(credential)],
        }
    }


def _proof(public_id: str, end: int, secret: str) -> str:
    words = f"wallet:{public_id}:{end}".encode()
    return hmac.new(secret.encode(), words, hashlib.sha256).hexdigest()
