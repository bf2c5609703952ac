"""Pictures of badges and marks of issuers that somebody brings: taken in if harmless, or refused.

A package is written by strangers, and its pictures end in badges that others open. So nothing is
cleaned: what is not on the short list below is refused, and its author told what it was. A PNG is
written anew without anything but the picture.
"""

import base64
import binascii
import re
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from lti_tool.programs.interchange import Source
from lti_tool.sealing import png

LARGEST = 100 * 1024
"""Bytes of one picture; it stands in the package's document, and in every badge as SVG."""
SMALLEST_SIDE, LARGEST_SIDE = 128, 1200
"""Pixels of a PNG."""
SIDE = 600
"""Pixels at which it is tried, as badges are drawn."""
LONGEST = 2
"""Seconds of a processor that drawing it may take."""
MOST_ELEMENTS = 2_000
MOST_LAYERS = 40
"""Elements that are drawn apart and laid over the others, each as large as the picture."""
DEEPEST = 24
"""Elements within each other."""

SVG, PNG = "data:image/svg+xml;base64,", "data:image/png;base64,"

SPACE = "{http://www.w3.org/2000/svg}"
_SHAPES = (
    "svg g path rect circle ellipse line polyline polygon title desc defs linearGradient "
    "radialGradient stop clipPath"
)
_LOOKS = (
    "id d x y x1 y1 x2 y2 cx cy r rx ry fx fy dx dy width height points viewBox version transform "
    "fill fill-opacity fill-rule clip-path clip-rule clipPathUnits stroke stroke-width "
    "stroke-opacity stroke-linecap stroke-linejoin stroke-miterlimit opacity "
    "offset stop-color stop-opacity gradientUnits gradientTransform spreadMethod role aria-label "
    "preserveAspectRatio"
)
ELEMENTS, ATTRIBUTES = frozenset(_SHAPES.split()), frozenset(_LOOKS.split())
"""What an SVG may be made of: shapes, and nothing that runs, links or loads."""

_LEADS_OUT = re.compile(r"url\((?!#[\w-]+\))|[a-z]+:|[\\<@]", re.IGNORECASE)
_INSTRUCTION = re.compile(r"<\?(?!xml\s)")
_SIDE = re.compile(r"(?!0+(\.0*)?$)\d{1,6}(\.\d{1,6})?")
_KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


class NotTaken(ValueError):
    """A picture that is not taken in; the message says why, and what its author can do."""


def taken(data: bytes) -> str:
    """A PNG or SVG as the address it stands under in the package's document. Raises `NotTaken`."""
    if len(data) > LARGEST:
        raise NotTaken(
            f"It has {len(data) // 1024} kB; at most {LARGEST // 1024} kB fit. Save it smaller, or "
            "with fewer colours or points."
        )
    if data.startswith(png.SIGNATURE):
        found = PNG + base64.b64encode(_as_png(data)).decode("ascii")
    else:
        _look_at_svg(data)
        found = SVG + base64.b64encode(data).decode("ascii")
    if _drawn(f'<image width="{SIDE}" height="{SIDE}" href="{found}"/>') == _drawn(""):
        raise NotTaken("Nothing of it can be seen when it is drawn. Open it elsewhere and save it.")
    return found


_DRAW = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, ({LONGEST}, {LONGEST}))
import resvg_py
sys.stdout.buffer.write(resvg_py.svg_to_bytes(svg_string=sys.stdin.read(), skip_system_fonts=True))
"""


@lru_cache(maxsize=8)  # a package is looked at twice
def _drawn(inside: str) -> bytes:
    """A drawing as PNG, made by a process that ends where it takes too long. Raises `NotTaken`."""
    size = f'width="{SIDE}" height="{SIDE}"'
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{inside}</svg>'
    ended = subprocess.run(  # noqa: S603  our own program, no shell
        [sys.executable, "-c", _DRAW], input=drawing.encode(), capture_output=True, check=False
    )
    if ended.returncode:
        raise NotTaken("It takes too long to draw. Draw it with fewer shapes and points.")
    return ended.stdout


def _as_png(data: bytes) -> bytes:
    try:
        chunks = list(png.chunks(data))
    except png.NotAPng as error:
        raise NotTaken(f"The PNG is damaged: {error}. Save it again.") from error
    kinds = [chunk.kind for chunk in chunks]
    if b"acTL" in kinds:
        raise NotTaken("The PNG is animated. Save a single picture of it.")
    if len(data) != len(png.SIGNATURE) + sum(12 + len(chunk.data) for chunk in chunks):
        raise NotTaken("Something follows the end of the PNG. Open it and save it again.")
    if kinds[0] != b"IHDR" or kinds.count(b"IHDR") != 1 or len(chunks[0].data) != 13:
        raise NotTaken("The PNG does not begin with its size. Save it again.")
    kept = [chunk for chunk in chunks if chunk.kind in _KEPT]
    wide, high, depth, colour, _, _, woven = struct.unpack(">IIBBBBB", chunks[0].data)
    if wide != high or not SMALLEST_SIDE <= wide <= LARGEST_SIDE:
        raise NotTaken(
            f"The picture has {wide} x {high} pixels; it must be square, with {SMALLEST_SIDE} to "
            f"{LARGEST_SIDE} on each side."
        )
    if woven or depth not in (1, 2, 4, 8) or colour not in _SAMPLES:
        raise NotTaken("Save the PNG with at most 8 bits a colour, and not interlaced.")
    whole = high * (1 + (wide * depth * _SAMPLES[colour] + 7) // 8)
    unpacking = zlib.decompressobj()
    try:
        found = unpacking.decompress(
            b"".join(chunk.data for chunk in kept if chunk.kind == b"IDAT"), whole + 1
        )
    except zlib.error as error:
        words = "The PNG is damaged: its picture cannot be unpacked. Save it again."
        raise NotTaken(words) from error
    if len(found) != whole:
        raise NotTaken("The PNG is damaged: its picture has not the size it says. Save it again.")
    return png.SIGNATURE + b"".join(chunk.written() for chunk in kept)


def _look_at_svg(data: bytes) -> None:
    try:
        text = data.decode("utf-8-sig")
        root = fromstring(text.encode(), forbid_dtd=True)
    except DefusedXmlException as error:
        raise NotTaken("The SVG declares entities or a document type: take them out.") from error
    except (ParseError, ValueError, RecursionError) as error:
        raise NotTaken("It is neither a PNG nor an SVG in UTF-8 that can be read.") from error
    if root.tag != f"{SPACE}svg":
        raise NotTaken("It is neither a PNG nor an SVG.")
    if _INSTRUCTION.search(text):
        raise NotTaken("The SVG has an instruction (<?…?>) for programs: take it out.")
    sides = root.get("viewBox", "").replace(",", " ").split()
    if len(sides) != 4 or sides[2] != sides[3] or not _SIDE.fullmatch(sides[2]):
        raise NotTaken("The SVG needs a viewBox that is square, such as `0 0 600 600`.")
    waiting = [(root, 1)]
    count = layers = 0
    while waiting:
        node, depth = waiting.pop()
        count += 1
        layers += "opacity" in node.attrib or "clip-path" in node.attrib
        if count > MOST_ELEMENTS:
            raise NotTaken(f"The SVG has more than {MOST_ELEMENTS} elements. Draw it simpler.")
        if depth > DEEPEST:
            raise NotTaken(f"The SVG has groups more than {DEEPEST} deep. Ungroup some of them.")
        if layers > MOST_LAYERS:
            raise NotTaken(
                f"The SVG clips or blends more than {MOST_LAYERS} elements. Put them into groups, "
                "or use fill-opacity."
            )
        _look_at_element(node)
        waiting += [(child, depth + 1) for child in node]


def _look_at_element(node: Element) -> None:
    name = str(node.tag).removeprefix(SPACE)
    if name == "clipPath" and any("clip-path" in one.attrib for one in node.iter()):
        raise NotTaken("The SVG clips what it clips by. Take clip-path out of each <clipPath>.")
    if name == "text":
        raise NotTaken("The SVG has text, which looks different everywhere: turn it into outlines.")
    if name not in ELEMENTS:
        raise NotTaken(
            f"The SVG has <{name[:40]}>, which a badge's picture may not have. Keep shapes only: "
            "“plain SVG” in most programs."
        )
    for attribute, value in node.items():
        if attribute not in ATTRIBUTES:
            shown = attribute.rpartition("}")[2][:40]
            raise NotTaken(f"The SVG has “{shown}” on <{name}>, which is not allowed: take it out.")
        if attribute != "aria-label" and _LEADS_OUT.search(value):
            raise NotTaken(
                f"The SVG's “{attribute}” leads out of it: “{value[:40]}”. Take it out, for a "
                "picture loads nothing."
            )


def take_in(source: Source, folder: Path) -> None:
    """Put the pictures that lie in files beside the package where they are named."""
    for route, entry, field in _entries(source.document):
        name = entry[field]
        if not isinstance(name, str) or name.startswith((SVG, PNG)):
            continue
        way = (*route, field)
        target = (folder / name).resolve()
        if not target.is_relative_to(folder) or not target.is_file():
            words = f"There is no picture “{name[:80]}” in the package's folder."
            source.faults.append(source.fault(way, "picture", words))
            continue
        try:
            with target.open("rb") as file:
                entry[field] = taken(file.read(LARGEST + 1))
        except NotTaken as error:
            source.faults.append(source.fault(way, "picture", f"“{name[:80]}”: {error}"))


def look_again(source: Source) -> None:
    """Refuse pictures that stand in the document itself and would not have been taken in."""
    for route, entry, field in _entries(source.document):
        try:
            kind, _, text = str(entry[field]).partition(",")
            again = taken(base64.b64decode(text, validate=True))
            if again.partition(",")[0] != kind:
                raise NotTaken("It is no picture file of this package.")
        except (NotTaken, binascii.Error) as error:
            words = f"The picture cannot be taken: {error}"
            source.faults.append(source.fault((*route, field), "picture", words))


FIELDS = (("credentials", "picture"), ("stacks", "picture"), ("partners", "mark"))
"""Where a package names a picture."""


def _entries(document: Any) -> Iterator[tuple[tuple[str, int], dict[str, Any], str]]:
    """Whatever names a picture, and in which field."""
    for part, field in FIELDS:
        entries = document.get(part) if isinstance(document, dict) else None
        for at, entry in enumerate(entries if isinstance(entries, list) else []):
            if isinstance(entry, dict) and field in entry:
                yield (part, at), entry, field
