"""Signing keys: private parts as files, everything else as rows (see `keys/README.md`).

One key has one purpose. Keys that are missing are made on first start; two processes that start
at once agree on the same ones, because the file that is linked into place first wins. How a key
follows another without anybody noticing: `rotation`.
"""

from lti_tool.keyring.folder import (
    Key,
    KeyFolder,
    PrivateKey,
    PublicKey,
    Unsealable,
    public_key,
    thumbprint,
)
from lti_tool.keyring.models import ALGORITHMS, PUBLISHED, KeyState, Purpose, SigningKey
from lti_tool.keyring.ring import Keyring, PublishedKey

__all__ = [
    "ALGORITHMS",
    "PUBLISHED",
    "Key",
    "KeyFolder",
    "KeyState",
    "Keyring",
    "PrivateKey",
    "PublicKey",
    "PublishedKey",
    "Purpose",
    "SigningKey",
    "Unsealable",
    "public_key",
    "thumbprint",
]
