"""The folder of private files: making, sealing, placing and reading them."""

import base64
import hashlib
import json
import os
import re
import secrets
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, cast

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from jwt import PyJWK
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from lti_tool.keyring.models import ALGORITHMS, Purpose
from lti_tool.multibase import ed25519_multikey
from lti_tool.settings import Settings

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey

KINDS: dict[str, type] = {
    "Ed25519": ed25519.Ed25519PrivateKey,
    "ES256": ec.EllipticCurvePrivateKey,
    "RS256": rsa.RSAPrivateKey,
}

BEGIN = b"-----BEGIN CAIRN SEALED KEY-----"
END = b"-----END CAIRN SEALED KEY-----"


class Unsealable(ValueError):
    """A private file is sealed with a secret that is not the present one."""


@dataclass(frozen=True, eq=False)
class Key:
    """One private key, loaded once."""

    purpose: Purpose
    kid: str
    algorithm: str
    private: PrivateKey
    public_jwk: dict[str, Any]

    def pem(self) -> str:
        """The private key as PKCS #8 PEM, for libraries that insist on text."""
        return _pem(self.private).decode("ascii")

    @classmethod
    def of(cls, purpose: Purpose, private: PrivateKey) -> Self:
        """A key with its name and its public part."""
        jwk = _public_jwk(private)
        if isinstance(private, ed25519.Ed25519PrivateKey):
            raw = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
            kid = ed25519_multikey(raw)
        else:
            kid = thumbprint(jwk)
        return cls(purpose, kid, ALGORITHMS[purpose], private, jwk)

    @classmethod
    def new(cls, purpose: Purpose) -> Self:
        """A fresh key. An RSA key takes some hundred milliseconds."""
        match ALGORITHMS[purpose]:
            case "Ed25519":
                return cls.of(purpose, ed25519.Ed25519PrivateKey.generate())
            case "ES256":
                return cls.of(purpose, ec.generate_private_key(ec.SECP256R1()))
            case _:
                return cls.of(purpose, rsa.generate_private_key(65537, 2048))


class KeyFolder:
    """The private files of one installation. All hosts see the same folder."""

    def __init__(self, path: Path, secret: str = "") -> None:
        """`secret` seals the files; without one they lie there as plain PKCS #8."""
        self.path = path
        self._seal = _fernet(secret) if secret else None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The folder that the settings name.

        Files are sealed where the secret comes from outside. One that lies in the data folder
        would be copied together with what it seals, and protect nobody.
        """
        secret = settings.secret_key.get_secret_value() if settings.secret_is_given else ""
        return cls(settings.keys_dir, secret)

    @property
    def seals(self) -> bool:
        """Whether files that are written now are sealed."""
        return self._seal is not None

    def prepare(self) -> None:
        """Make the folder where there is none."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)

    def names(self, purpose: Purpose, holder: str = "") -> dict[int, str]:
        """The files of a purpose by their number, the newest first."""
        pattern = re.compile(rf"{re.escape(stem(purpose, holder))}-(\d+)\.pem")
        found = {
            int(match.group(1)): path.name
            for path in self.path.iterdir()
            if (match := pattern.fullmatch(path.name))
        }
        return dict(sorted(found.items(), reverse=True))

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        return bool(name) and (self.path / name).is_file()

    def place(self, key: Key, name: str) -> bool:
        """Put a private file in place whole; false where another process put one there first."""
        draft = self._draft(name, self._closed(_pem(key.private)))
        try:
            # A hard link never replaces: of two processes that start at once, one wins.
            os.link(draft, self.path / name)
        except FileExistsError:
            return False
        finally:
            draft.unlink()
        return True

    def load(self, name: str, purpose: Purpose) -> Key:
        """Read a private file; a plain one is sealed on this occasion where there is a secret.

        Raises:
            OSError: the file cannot be read.
            Unsealable: it is sealed with another secret.
            ValueError: it is not a key for this purpose.
        """
        content = (self.path / name).read_bytes()
        is_sealed = content.startswith(BEGIN)
        plain = self._opened(content, name) if is_sealed else content
        # What the seal vouches for need not be examined again, which would take most of the time.
        private = load_pem_private_key(
            plain, password=None, unsafe_skip_rsa_key_validation=is_sealed
        )
        if not isinstance(private, KINDS[ALGORITHMS[purpose]]):
            raise ValueError(f"{name} does not hold a key for {ALGORITHMS[purpose]}")
        if self.seals and not is_sealed:
            self._draft(name, self._closed(plain)).replace(self.path / name)
        return Key.of(purpose, cast(PrivateKey, private))

    def reseal(self, former: str) -> int:
        """Seal every file anew that a former secret sealed; answers how many there were.

        Files that are plain, or that the present secret opens, stay as they are. Raises
        `Unsealable` where neither secret fits, before anything is changed.
        """
        before = KeyFolder(self.path, former)
        opened: dict[str, bytes] = {}
        for path in sorted(self.path.glob("*.pem")):
            content = path.read_bytes()
            if not content.startswith(BEGIN):
                continue
            try:
                self._opened(content, path.name)
            except Unsealable:
                opened[path.name] = before._opened(content, path.name)
        for name, plain in opened.items():
            self._draft(name, self._closed(plain)).replace(self.path / name)
        return len(opened)

    def remove(self, name: str) -> None:
        """Delete a private file, if it is still there."""
        if name:
            (self.path / name).unlink(missing_ok=True)

    def _draft(self, name: str, content: bytes) -> Path:
        draft = self.path / f".{name}.{secrets.token_hex(8)}"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        return draft

    def _closed(self, plain: bytes) -> bytes:
        if self._seal is None:
            return plain
        lines = textwrap.wrap(self._seal.encrypt(plain).decode("ascii"), 64)
        return b"\n".join([BEGIN, *(line.encode("ascii") for line in lines), END, b""])

    def _opened(self, content: bytes, name: str) -> bytes:
        body = content.removeprefix(BEGIN).partition(END)[0]
        if self._seal is not None:
            try:
                return self._seal.decrypt(b"".join(body.split()))
            except InvalidToken:
                pass
        raise Unsealable(
            f"{name} is sealed with another CAIRN_SECRET_KEY than the present one. Start with the"
            " former secret, or run `cairn keys reseal`, which asks for it."
        )


def stem(purpose: Purpose, holder: str) -> str:
    """How names of files begin; no slug has a dot, so no holder's names look like another's."""
    return f"{purpose.value}.{holder}" if holder else purpose.value


def _fernet(secret: str) -> Fernet:
    derived = HKDF(SHA256(), 32, salt=None, info=b"cairn private keys").derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))


def thumbprint(jwk: dict[str, Any]) -> str:
    """The SHA-256 thumbprint of a public JWK (RFC 7638), base64url without padding."""
    members = {
        "RSA": ("e", "kty", "n"),
        "EC": ("crv", "kty", "x", "y"),
        "OKP": ("crv", "kty", "x"),
    }[jwk["kty"]]
    text = json.dumps({name: jwk[name] for name in members}, separators=(",", ":"))
    digest = hashlib.sha256(text.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def public_key(jwk: dict[str, Any]) -> PublicKey:
    """The key object of a public JWK. Raises `jwt.exceptions.PyJWTError` when it is none."""
    return cast(PublicKey, PyJWK.from_dict(jwk).key)


def _pem(private: PrivateKey) -> bytes:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _public_jwk(private: PrivateKey) -> dict[str, Any]:
    if isinstance(private, ed25519.Ed25519PrivateKey):
        raw = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        x = base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
        return {"kty": "OKP", "crv": "Ed25519", "x": x}
    if isinstance(private, ec.EllipticCurvePrivateKey):
        jwk = ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    else:
        jwk = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    return {name: jwk[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in jwk}
