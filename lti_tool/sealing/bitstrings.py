"""The bits of a status list, packed as Bitstring Status List 1.0 wants them."""

import base64
import binascii
import gzip
import io
import zlib
from collections.abc import Iterable

SMALLEST = 131_072
"""Bits every list has at least (B3-053)."""

LARGEST = 16 * 1024 * 1024
"""Bytes a foreign list may unpack to."""


class ListWrong(ValueError):
    """A status list cannot be read; the message says why."""


def encode(places: Iterable[int], length: int = SMALLEST) -> str:
    """The `encodedList` with these places set: gzip, then multibase base64url."""
    bits = bytearray(length // 8)
    for place in places:
        bits[place // 8] |= 0x80 >> (place % 8)
    # A fixed time stamp keeps equal lists equal, and with them their signature and ETag.
    packed = gzip.compress(bytes(bits), mtime=0)
    return "u" + base64.urlsafe_b64encode(packed).rstrip(b"=").decode("ascii")


def is_set(encoded: str, place: int, *, size: int = 1) -> bool:
    """Whether the entry at `place` of an `encodedList` is anything but zero.

    `size` is the bits of one entry. Raises `ListWrong` where the list is not multibase, not gzip,
    too short to hide in (B3-053), too large, or `place` lies outside.
    """
    if not encoded.startswith("u"):
        raise ListWrong("the list is not multibase base64url")
    try:
        text = encoded[1:].rstrip("=")
        packed = base64.b64decode(text + "=" * (-len(text) % 4), "-_", validate=True)
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
            bits = file.read(LARGEST + 1)
    except (binascii.Error, ValueError, OSError, EOFError, zlib.error) as error:
        raise ListWrong("the list cannot be unpacked") from error
    if len(bits) > LARGEST:
        raise ListWrong("the list is too large")
    if len(bits) * 8 // size < SMALLEST:
        raise ListWrong(f"the list has fewer than {SMALLEST} places")
    if not 0 <= place * size <= len(bits) * 8 - size:
        raise ListWrong("the place lies outside the list")
    return any(
        bits[bit // 8] & (0x80 >> (bit % 8)) for bit in range(place * size, (place + 1) * size)
    )
