"""PNG files as lists of chunks: read with care, and with text put in or taken out.

Source: PNG (third edition), sections 5 and 11.3.3. Nothing is ever decoded, so a picture that
would unfold into gigabytes costs nothing here.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_CHUNKS = 10_000
MOST_TEXTS = 4
"""Texts of one keyword that are unpacked: one is right, a few are worth a word, more are a trap."""
LARGEST_REMEMBERED = 256 * 1024
"""Bytes of a picture that is remembered, so that those of one class are looked through once."""
LONGEST_TEXT = 512 * 1024
"""Bytes a text may have, unpacked."""


class NotAPng(ValueError):
    """The bytes are no PNG, or a damaged one; the message says where."""


@dataclass(frozen=True)
class Chunk:
    """One chunk: its four-letter kind and its data."""

    kind: bytes
    data: bytes

    def written(self) -> bytes:
        """The chunk as it stands in a file, with length and checksum."""
        length, checksum = struct.pack(">I", len(self.data)), struct.pack(">I", self.checksum)
        return b"".join((length, self.kind, self.data, checksum))

    @property
    def checksum(self) -> int:
        """The checksum of its kind and data."""
        return zlib.crc32(self.data, zlib.crc32(self.kind))


def chunks(image: bytes) -> Iterator[Chunk]:
    """The chunks of a PNG, up to and including `IEND`. Raises `NotAPng`."""
    if not image.startswith(SIGNATURE):
        raise NotAPng("the file does not begin like a PNG")
    position = len(SIGNATURE)
    for _ in range(MOST_CHUNKS):
        if position + 12 > len(image):
            raise NotAPng("the file ends in the middle")
        (length,) = struct.unpack_from(">I", image, position)
        end = position + 12 + length
        if end > len(image):
            raise NotAPng("the file ends in the middle")
        chunk = Chunk(image[position + 4 : position + 8], image[position + 8 : end - 4])
        (checksum,) = struct.unpack_from(">I", image, end - 4)
        if checksum != chunk.checksum:
            raise NotAPng(f"the checksum of a {chunk.kind!r} chunk is wrong")
        yield chunk
        if chunk.kind == b"IEND":
            return
        position = end
    raise NotAPng(f"the file has more than {MOST_CHUNKS} chunks")


def with_text(image: bytes, keyword: str, text: str) -> bytes:
    """The picture with one `iTXt` of this keyword, and no other text chunk of the same keyword."""
    plain = keyword.encode("latin-1") + b"\0" + b"\0\0" + b"\0" + b"\0" + text.encode("utf-8")
    small = len(image) <= LARGEST_REMEMBERED
    before, after = _remembered(image, keyword) if small else _opened(image, keyword)
    return b"".join((before, Chunk(b"iTXt", plain).written(), after))


def _opened(image: bytes, keyword: str) -> tuple[bytes, bytes]:
    """What stands before the place of a text and after it; texts of the same keyword are gone."""
    before = [SIGNATURE]
    after: list[bytes] = []
    for chunk in chunks(image):
        if keyword_of(chunk) == keyword:
            continue
        (after if after or chunk.kind in (b"IDAT", b"IEND") else before).append(chunk.written())
    return b"".join(before), b"".join(after)


_remembered = lru_cache(maxsize=64)(_opened)
"""A picture is looked through once for a whole class."""


def texts(image: bytes, keyword: str) -> list[str]:
    """Every text of this keyword. Raises `NotAPng` where one cannot be read."""
    found = [chunk for chunk in chunks(image) if keyword_of(chunk) == keyword]
    if len(found) > MOST_TEXTS:
        raise NotAPng(f"the file has more than {MOST_TEXTS} texts of one kind")
    return [_text(chunk) for chunk in found]


def keyword_of(chunk: Chunk) -> str | None:
    """The keyword of a text chunk; `None` for any other chunk."""
    if chunk.kind not in (b"iTXt", b"tEXt", b"zTXt"):
        return None
    return chunk.data.partition(b"\0")[0].decode("latin-1")


def _text(chunk: Chunk) -> str:
    rest = chunk.data.partition(b"\0")[2]
    try:
        if chunk.kind == b"tEXt":
            return rest.decode("latin-1")
        if chunk.kind == b"zTXt":
            return _unpacked(rest[1:]).decode("latin-1")
        is_packed = rest[:1] == b"\1"
        _language, _, after = rest[2:].partition(b"\0")
        body = after.partition(b"\0")[2]
        return (_unpacked(body) if is_packed else body).decode("utf-8")
    except (UnicodeDecodeError, zlib.error) as error:
        raise NotAPng("a text in the picture cannot be read") from error


def _unpacked(data: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    text = unpacker.decompress(data, LONGEST_TEXT)
    if unpacker.unconsumed_tail:
        raise NotAPng("a text in the picture is too large")
    return text
