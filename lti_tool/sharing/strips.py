"""A picture of which one strip differs from one to the next, encoded without touching the rest.

Most of a card is the same for everybody who earned a badge. The rows above and below the strip are
compressed once; for each card only the strip's rows are, and the three are joined to one stream.
Sources: PNG (third edition), sections 9 and 10; RFC 1950 (zlib) and 1951 (deflate), whose blocks
may be joined where each part ends on a byte.
"""

import struct
import zlib
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from lti_tool.sealing.png import SIGNATURE, Chunk

PIXEL = 3
"""Bytes of a pixel: red, green, blue."""
ZLIB_HEAD = b"\x78\xda"
QUICK = 6
"""How hard a strip is compressed: three times as fast as the hardest way, and 1 % larger."""
BASE = 65521
"""The prime of Adler-32."""


def pixels(image: bytes) -> Image.Image:
    """The pixels of a PNG of ours that hides nothing behind it."""
    with Image.open(BytesIO(image)) as opened:
        return opened.convert("RGB")


@dataclass(frozen=True)
class Part:
    """Rows of a picture, compressed by themselves."""

    packed: bytes
    checksum: int
    """Adler-32 of what is packed."""
    length: int
    """Bytes of what is packed."""


class Ground:
    """A picture with room for a strip: everything but the strip is encoded ahead."""

    def __init__(self, picture: Image.Image, top: int, height: int) -> None:
        """The strip has the rows from `top` on, `height` of them."""
        self.width, self.height = picture.size
        self._top, self._rows = top, height
        below = top + height
        self._above = _part(picture.crop((0, 0, self.width, top)), is_last=False)
        self._below = _part(picture.crop((0, below, self.width, self.height)), is_last=True)
        self._strip = picture.crop((0, top, self.width, below))

    def with_strip(self, image: Image.Image, left: int) -> bytes:
        """The whole picture as PNG, with an image put into the strip, `left` pixels in."""
        strip = self._strip.copy()
        strip.paste(image, (left, 0))
        return _png(
            self.width,
            self.height,
            (self._above, _part(strip, is_last=False, level=QUICK), self._below),
        )


def _part(rows: Image.Image, *, is_last: bool, level: int = 9) -> Part:
    """Rows, each behind the byte that says it is written without a filter."""
    raw = rows.tobytes()
    line = rows.width * PIXEL
    plain = b"".join(b"\0" + raw[start : start + line] for start in range(0, len(raw), line))
    packer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    # A full flush ends on a byte and looks back at nothing, so another part may follow.
    ending = zlib.Z_FINISH if is_last else zlib.Z_FULL_FLUSH
    return Part(packer.compress(plain) + packer.flush(ending), zlib.adler32(plain), len(plain))


def _png(width: int, height: int, parts: tuple[Part, ...]) -> bytes:
    checksum = 1
    for part in parts:
        checksum = _joined(checksum, part)
    stream = ZLIB_HEAD + b"".join(part.packed for part in parts) + struct.pack(">I", checksum)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = Chunk(b"IHDR", head), Chunk(b"IDAT", stream), Chunk(b"IEND", b"")
    return SIGNATURE + b"".join(chunk.written() for chunk in chunks)


def _joined(before: int, part: Part) -> int:
    """Adler-32 of what came before and a part, from the checksums of both (RFC 1950, 8.2)."""
    one, two = before & 0xFFFF, before >> 16
    its_one, its_two = part.checksum & 0xFFFF, part.checksum >> 16
    # The sums begin with 1, which must not be counted twice.
    low = (one + its_one - 1) % BASE
    high = (two + its_two + part.length * (one - 1)) % BASE
    return high << 16 | low
