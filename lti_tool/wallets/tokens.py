"""Random secrets, and what is kept of them."""

import hashlib
import hmac
import secrets

BYTES = 32


def fresh() -> str:
    """A secret of 256 bits that is safe in any address and header."""
    return secrets.token_urlsafe(BYTES)


def digest(secret: str) -> str:
    """What is kept of a secret: its SHA-256, in hex. Enough, since ours are random."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def is_same(secret: str, kept: str) -> bool:
    """Whether a secret is the one that was kept, in constant time."""
    return hmac.compare_digest(digest(secret), kept)
