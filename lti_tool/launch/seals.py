"""Secrets of platforms in the database: sealed, so that a copy of it gives nobody their use."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from lti_tool.settings import Settings


def seal(settings: Settings, secret: str) -> str:
    """The secret, readable only with this installation's `CAIRN_SECRET_KEY`."""
    return _fernet(settings).encrypt(secret.encode()).decode()


def unseal(settings: Settings, sealed: str) -> str | None:
    """What was sealed; `None` where the secret key was changed since, or nothing was sealed."""
    try:
        return _fernet(settings).decrypt(sealed.encode()).decode() if sealed else None
    except InvalidToken:
        return None


def _fernet(settings: Settings) -> Fernet:
    secret = settings.secret_key.get_secret_value().encode()
    derived = HKDF(SHA256(), 32, salt=None, info=b"cairn platform secrets").derive(secret)
    return Fernet(base64.urlsafe_b64encode(derived))
