"""Secrets in the database: sealed, so that a copy of it gives nobody their use."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from lti_tool.settings import Settings

PLATFORMS = "cairn platform secrets"
"""What secrets of platforms are sealed for: what is sealed for one purpose opens for no other."""


def seal(settings: Settings, secret: str, purpose: str = PLATFORMS) -> str:
    """The secret, readable only with this installation's `CAIRN_SECRET_KEY`."""
    return _fernet(settings, purpose).encrypt(secret.encode()).decode()


def unseal(settings: Settings, sealed: str, purpose: str = PLATFORMS) -> str | None:
    """What was sealed; `None` where the secret key was changed since, or nothing was sealed."""
    try:
        return _fernet(settings, purpose).decrypt(sealed.encode()).decode() if sealed else None
    except InvalidToken:
        return None


def sealed_anew(settings: Settings, sealed: str, former: str, purpose: str) -> str | None:
    """A sealed text, sealed with the present key; `None` where neither key opens it.

    What the present key opens is answered as it is, so that sealing anew twice changes nothing.
    """
    if not sealed or unseal(settings, sealed, purpose) is not None:
        return sealed
    try:
        plain = _of(former, purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None
    return seal(settings, plain, purpose)


def _fernet(settings: Settings, purpose: str) -> Fernet:
    return _of(settings.secret_key.get_secret_value(), purpose)


def _of(secret: str, purpose: str) -> Fernet:
    derived = HKDF(SHA256(), 32, salt=None, info=purpose.encode()).derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
