"""Text as outlines: a badge looks alike everywhere because it needs no font where it is shown.

Lato comes with the package `font-lato` (SIL Open Font License). Letters it lacks stay text and are
drawn by whatever font the viewer has; a badge in another script is better read than boxed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib import resources
from io import BytesIO
from typing import Any

from fontTools.misc.transform import Transform
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

ELLIPSIS = "…"


class Face:
    """One weight of Lato, read once. Sizes and positions are in the units of the drawing."""

    def __init__(self, name: str) -> None:
        """Read the face `Lato-<name>.ttf`."""
        content = resources.files("font_lato").joinpath("files", f"Lato-{name}.ttf").read_bytes()
        font = TTFont(BytesIO(content))
        self._glyphs = font.getGlyphSet()
        self._names: dict[int, str] = font.getBestCmap()
        self._units: int = font["head"].unitsPerEm
        self._kerning = _kerning(font)
        self.cap_height: float = font["OS/2"].sCapHeight / self._units
        """Height of a capital letter, as a share of the size."""

    def knows(self, text: str) -> bool:
        """Whether every letter can be drawn as an outline."""
        return all(ord(letter) in self._names for letter in text)

    def width(self, text: str, size: float) -> float:
        """How wide a line is; letters the face lacks count as half a size."""
        total = 0.0
        last = ""
        for letter in text:
            name = self._names.get(ord(letter))
            if name is None:
                total += self._units / 2
                last = ""
                continue
            total += self._glyphs[name].width + self._kern(last, name)
            last = name
        return total * size / self._units

    def line(self, text: str, size: float, x: float, y: float, *, anchor: str = "middle") -> str:
        """One line of text as SVG, its baseline at `y`; `anchor` is `start` or `middle`."""
        if not self.knows(text):
            return (
                f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" text-anchor="{anchor}" '
                f'font-family="sans-serif" font-weight="700">{escape(text)}</text>'
            )
        scale = size / self._units
        place = x - (self.width(text, size) / 2 if anchor == "middle" else 0)
        pen = SVGPathPen(self._glyphs, ntos=lambda number: f"{number:.1f}".removesuffix(".0"))
        last = ""
        for letter in text:
            name = self._names[ord(letter)]
            place += self._kern(last, name) * scale
            outline = Transform(scale, 0, 0, -scale, place, y)
            self._glyphs[name].draw(TransformPen(pen, outline))
            place += self._glyphs[name].width * scale
            last = name
        return f'<path d="{pen.getCommands()}"/>'

    def _kern(self, left: str, right: str) -> int:
        return self._kerning(left, right) if left else 0


@cache
def face(name: str) -> Face:
    """A face by its weight: `Regular`, `Bold`, `Black`."""
    return Face(name)


def _kerning(font: Any) -> Any:
    """A function that tells the kerning of two glyphs, from the font's GPOS table."""
    table = font["GPOS"].table
    wanted = {
        index
        for record in table.FeatureList.FeatureRecord
        if record.FeatureTag == "kern"
        for index in record.Feature.LookupListIndex
    }
    pairs: list[dict[str, dict[str, int]]] = []
    classes: list[Any] = []
    for index in sorted(wanted):
        for found in table.LookupList.Lookup[index].SubTable:
            subtable = getattr(found, "ExtSubTable", found)
            if subtable.LookupType != 2:
                continue
            if subtable.Format == 1:
                pairs.append(_listed(subtable))
            else:
                classes.append(subtable)

    @cache
    def kern(left: str, right: str) -> int:
        for listed in pairs:
            if right in listed.get(left, {}):
                return listed[left][right]
        for subtable in classes:
            if left in subtable.Coverage.glyphs:
                first = subtable.ClassDef1.classDefs.get(left, 0)
                second = subtable.ClassDef2.classDefs.get(right, 0)
                value = subtable.Class1Record[first].Class2Record[second].Value1
                return int(getattr(value, "XAdvance", 0) or 0)
        return 0

    return kern


def _listed(subtable: Any) -> dict[str, dict[str, int]]:
    return {
        left: {
            record.SecondGlyph: int(getattr(record.Value1, "XAdvance", 0) or 0)
            for record in pair_set.PairValueRecord
        }
        for left, pair_set in zip(subtable.Coverage.glyphs, subtable.PairSet, strict=True)
    }


@dataclass(frozen=True)
class Setting:
    """Lines that fit, and the size they fit at."""

    lines: tuple[str, ...]
    size: float


def fit(
    text: str, font: Face, *, sizes: Sequence[float], widths: Sequence[Sequence[float]]
) -> Setting:
    """Break a title into lines as large as they fit.

    `widths[n]` holds the room of each line when there are n + 1 lines, so a shape may be wider in
    its middle. Sizes are tried from the first on, few lines before many; what fits nowhere is cut
    with an ellipsis at the last size.
    """
    words = text.split() or [""]
    for size in sizes:
        for room in widths:
            lines = _broken(words, font, size, room)
            if lines:
                return Setting(tuple(lines), size)
    size, room = sizes[-1], widths[-1]
    return Setting(tuple(_cut(words, font, size, room)), size)


def _broken(words: list[str], font: Face, size: float, room: Sequence[float]) -> list[str]:
    """Exactly as many lines as there is room for, evenly filled; empty where they do not fit."""
    best: tuple[float, list[str]] | None = None

    def place(rest: list[str], number: int, lines: list[str]) -> None:
        nonlocal best
        if number == len(room):
            if not rest:
                filled = [font.width(line, size) / room[i] for i, line in enumerate(lines)]
                uneven = max(filled) - min(filled)
                if best is None or uneven < best[0]:
                    best = (uneven, lines)
            return
        for count in range(1, len(rest) - (len(room) - number - 1) + 1):
            line = " ".join(rest[:count])
            if font.width(line, size) > room[number]:
                break
            place(rest[count:], number + 1, [*lines, line])

    if len(words) >= len(room):
        place(words, 0, [])
    return best[1] if best else []


def _cut(words: list[str], font: Face, size: float, room: Sequence[float]) -> list[str]:
    lines: list[str] = []
    rest = list(words)
    for number, width in enumerate(room):
        line = ""
        while rest and font.width(f"{line} {rest[0]}".strip(), size) <= width:
            line = f"{line} {rest.pop(0)}".strip()
        if rest and (number == len(room) - 1 or not line):
            line = line or rest[0]
            while line and font.width(line + ELLIPSIS, size) > width:
                line = line[:-1].rstrip()
            return [*lines, line + ELLIPSIS]
        lines.append(line)
    return [line for line in lines if line]
