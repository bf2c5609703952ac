"""Multibase and Multikey text: base58btc as used by DIDs and Data Integrity proofs.

Sources: W3C Controlled Identifiers 1.0, sections 2.2.2 (Multikey) and 2.4 (Multibase).
"""

_LETTERS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_PAIRS = [first + second for first in _LETTERS for second in _LETTERS]
_TEN_LETTERS = 58**10
_VALUES = {letter: value for value, letter in enumerate(_LETTERS)}

ED25519_PREFIX = bytes.fromhex("ed01")
P256_PREFIX = bytes.fromhex("8024")

LONGEST = 256
"""More characters than any key or signature we read has; base58 takes quadratic time."""


def base58_encode(data: bytes) -> str:
    """Write bytes in base58btc; each leading zero byte becomes one leading `1`."""
    number = int.from_bytes(data)
    tens: list[str] = []
    while number:
        # Ten letters at a time, so that most of the dividing is done on small numbers.
        number, ten = divmod(number, _TEN_LETTERS)
        ten, fifth = divmod(ten, 58 * 58)
        ten, fourth = divmod(ten, 58 * 58)
        ten, third = divmod(ten, 58 * 58)
        first, second = divmod(ten, 58 * 58)
        tens.append(_PAIRS[first] + _PAIRS[second] + _PAIRS[third] + _PAIRS[fourth] + _PAIRS[fifth])
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "1" * zeros + "".join(reversed(tens)).lstrip("1")


def base58_decode(text: str) -> bytes:
    """Read base58btc. Raises `ValueError` for a foreign letter or more than `LONGEST` of them."""
    if len(text) > LONGEST:
        raise ValueError(f"more than {LONGEST} base58 characters")
    number = 0
    for letter in text:
        if letter not in _VALUES:
            raise ValueError(f"{letter!r} is not a base58 letter")
        number = number * 58 + _VALUES[letter]
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)


def encode(data: bytes) -> str:
    """Write bytes as multibase base58btc: `z` and the letters."""
    return "z" + base58_encode(data)


def decode(text: str) -> bytes:
    """Read multibase base58btc. Raises `ValueError` for anything else."""
    if not text.startswith("z"):
        raise ValueError("multibase text in base58btc begins with 'z'")
    return base58_decode(text[1:])


def ed25519_multikey(raw: bytes) -> str:
    """The Multikey (`z6Mk…`) of 32 bytes of a public Ed25519 key."""
    return encode(ED25519_PREFIX + raw)
