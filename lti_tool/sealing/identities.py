"""How a recipient is named without being told: Open Badges 2.0 and 3.0 hash alike."""

import hashlib


def hashed(identity: str, salt: str) -> str:
    """`sha256$` and the hex digest of identity and salt, in this order (IdentityObject)."""
    return "sha256$" + hashlib.sha256((identity + salt).encode("utf-8")).hexdigest()
