"""The badge's picture, drawn from the credential: a stone in the program's colour.

The tier gives the shape (one stone, or a stack with a stone for each part), the program its accent,
the credential its title. A stack that has a colour of its own gives it to its parts, so that they
are seen to belong together, and the initials of the title are read where it is too small itself.
Flat colours only, so that it prints; every letter an outline, so that it looks alike everywhere.
SVG first, PNG from it.
"""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape

import resvg_py

from lti_tool.badges import lettering, stack_achievement, wording
from lti_tool.badges.models import Award, Badge, Issuer, StackBadge
from lti_tool.programs.models import CredentialVersion, ProgramVersion
from lti_tool.programs.stacks import stacks_of, stacks_with

SIDE = 600
"""Units of the drawing's edge, and pixels of the picture."""

ACCENT = "#1f5fbf"
"""Where a program names no colour."""

LEAST_STONES, MOST_STONES = 2, 5
"""Stones on top of a stack."""

INK = "#1d2630"
PAPER = "#ffffff"


@dataclass(frozen=True)
class Artwork:
    """Everything the picture depends on; equal ones give equal bytes."""

    title: str
    issuer: str
    year: str = ""
    """Empty on the picture of what can be earned; the year on that of an award."""
    accent: str = ACCENT
    is_stack: bool = False
    stones: int = 2
    """How many stones lie on top of a stack: its parts, as far as they can be told apart."""
    picture: str = ""
    """A picture of the package's own, as a `data:` address, in place of a drawn one."""
    is_crowned: bool = False
    """A second rim: a stack that completes others, or brings a designation."""
    is_demonstration: bool = False


def artwork_of_version(version: CredentialVersion, issuer: Issuer) -> Artwork:
    """What can be earned, as a picture."""
    return Artwork(
        title=wording.one_line(version.title),
        issuer=issuer.name,
        accent=_accent(version),
        picture=_picture(version.program_version, "credentials", version.credential.slug),
        is_stack=version.details.get("tier") == "stack",
        is_demonstration=wording.is_demonstration(version),
    )


def _picture(version: ProgramVersion, part: str, slug: str) -> str:
    """What the package brings for a credential or a stack; it was looked at when it was read."""
    entries = version.document.get(part, ())
    return next((str(one.get("picture", "")) for one in entries if one.get("slug") == slug), "")


def _accent(version: CredentialVersion) -> str:
    """The colour of the first stack that has one and counts the credential, else the program's."""
    stacks = stacks_of(version.program_version)
    of_stacks = (one.colour for one in stacks_with(stacks, version.credential.slug) if one.colour)
    return next(of_stacks, "") or str(version.program_version.document.get("accent") or ACCENT)


def artwork_of_stack(stack: stack_achievement.StackVersion, issuer: Issuer) -> Artwork:
    """A stack that can be earned, as a picture."""
    document = stack.program_version.document
    return Artwork(
        title=stack.title,
        issuer=issuer.name,
        accent=stack.stack.colour or str(document.get("accent") or ACCENT),
        picture=_picture(stack.program_version, "stacks", stack.stack.slug),
        is_stack=True,
        stones=max(LEAST_STONES, min(stack.stack.needed, MOST_STONES)),
        is_crowned=bool(stack.stack.member_stacks or stack.stack.designation),
        is_demonstration=stack.is_demonstration,
    )


def artwork_of_award(award: Badge) -> Artwork:
    """What was earned, as a picture: with the year."""
    if isinstance(award, StackBadge):
        drawn = artwork_of_stack(stack_achievement.of(award), award.issuer)
    else:
        assert isinstance(award, Award)
        drawn = artwork_of_version(award.credential_version, award.issuer)
    return replace(drawn, year=str(award.issued_at.year))


@lru_cache(maxsize=256)
def svg(artwork: Artwork) -> str:
    """The picture as SVG."""
    colours = Colours.of(artwork.accent)
    label = f"{artwork.title}, {artwork.issuer} {artwork.year}".strip()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" '
        f'width="{SIDE}" height="{SIDE}" role="img" aria-label="{escape(label)}">'
        f"<title>{escape(label)}</title>"
        + _drawn(artwork, colours)
        + (_ribbon(colours) if artwork.is_demonstration else "")
        + "</svg>"
    )


def _drawn(artwork: Artwork, colours: "Colours") -> str:
    if artwork.picture:
        place = f'width="{SIDE}" height="{SIDE}"'
        return f'<image {place} href="{escape(artwork.picture)}"/>'
    return _stack(artwork, colours) if artwork.is_stack else _stone(artwork, colours)


@lru_cache(maxsize=128)
def png(artwork: Artwork) -> bytes:
    """The picture as PNG, 600 pixels on each side, transparent around the stone."""
    return rasterised(svg(artwork))


def rasterised(drawing: str) -> bytes:
    """An SVG of ours as PNG, at its own size."""
    return bytes(resvg_py.svg_to_bytes(svg_string=drawing))


@dataclass(frozen=True)
class Colours:
    """The accent, what lies below it, and what can be read on both."""

    accent: str
    deep: str
    pale: str
    text: str

    @classmethod
    def of(cls, accent: str) -> "Colours":
        """Colours around an accent; letters are ink where white could not be read."""
        is_light = _luminance(accent) > 0.36
        return cls(
            accent=accent,
            deep=mixed(accent, PAPER if is_light else "#000000", 0.28),
            pale=mixed(accent, INK if is_light else PAPER, 0.42),
            text=INK if is_light else PAPER,
        )


def mixed(colour: str, other: str, share: float) -> str:
    """A colour with a share (0 to 1) of another in it."""
    pairs = zip(_rgb(colour), _rgb(other), strict=True)
    return "#" + "".join(f"{round(one * (1 - share) + two * share):02x}" for one, two in pairs)


def _rgb(colour: str) -> tuple[int, int, int]:
    digits = colour.lstrip("#")
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def _luminance(colour: str) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2)."""
    parts = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (component / 255 for component in _rgb(colour))
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@dataclass(frozen=True)
class Pebble:
    """A stone: rounder than a box, squarer than an ellipse, and a little uneven."""

    x: float
    y: float
    wide: float
    """Half the width."""
    high: float
    """Half the height."""
    turn: float = 0.0
    """Degrees."""
    power: float = 2.5

    def half_width(self, y: float) -> float:
        """How far the stone reaches to either side at a height, ignoring its turn."""
        share = min(1.0, abs(y - self.y) / self.high)
        return float(self.wide * (1 - share**self.power) ** (1 / self.power))

    def outline(self, grow: float = 0.0) -> str:
        """The stone's edge as path data, moved out by `grow`."""
        steps = 48
        points = [self._point(2 * math.pi * step / steps, grow) for step in range(steps)]
        data = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
        for step in range(steps):
            before, here, there, after = (points[(step + move) % steps] for move in (-1, 0, 1, 2))
            # A Catmull-Rom spline through the points, written as Bézier curves.
            bends = (
                (here[0] + (there[0] - before[0]) / 6, here[1] + (there[1] - before[1]) / 6),
                (there[0] - (after[0] - here[0]) / 6, there[1] - (after[1] - here[1]) / 6),
                there,
            )
            data.append("C" + " ".join(f"{x:.1f} {y:.1f}" for x, y in bends))
        return "".join(data) + "Z"

    def _point(self, angle: float, grow: float) -> tuple[float, float]:
        cosine, sine = math.cos(angle), math.sin(angle)
        across = math.copysign(abs(cosine) ** (2 / self.power), cosine) * (self.wide + grow)
        down = math.copysign(abs(sine) ** (2 / self.power), sine) * (self.high + grow)
        # Water wears a stone unevenly: flatter below, fuller to the right.
        down *= 0.97 if down > 0 else 1.0
        across *= 1.0 + 0.035 * math.sin(angle + 0.6)
        lean = math.radians(self.turn)
        return (
            self.x + across * math.cos(lean) - down * math.sin(lean),
            self.y + across * math.sin(lean) + down * math.cos(lean),
        )


def _stone(artwork: Artwork, colours: Colours) -> str:
    stone = Pebble(300, 290, 276, 236, turn=-3)
    return _body(artwork, colours, stone, sign_at=178, title=(200, 398), band=408)


def _stack(artwork: Artwork, colours: Colours) -> str:
    stone = Pebble(300, 366, 282, 172, turn=-2)
    small = "".join(
        f'<path d="{pebble.outline()}" fill="{colours.deep if number % 2 else colours.pale}"/>'
        for number, pebble in enumerate(_pile(artwork.stones), start=artwork.stones % 2)
    )
    return small + _body(artwork, colours, stone, sign_at=None, title=(232, 402), band=420)


def _pile(count: int) -> list[Pebble]:
    """So many stones above the large one, smaller and higher towards the top."""
    shares = [0.75 + 0.5 * number / max(1, count - 1) for number in range(count)]
    gap = 5
    unit = (176 - gap * (count - 1)) / sum(shares)
    found, top = [], 14.0
    for number, share in enumerate(shares):
        high = unit * share
        wide = 84 + 92 * number / max(1, count - 1)
        lean = 14 if number % 2 == 0 else -10
        found.append(Pebble(300 + lean, top + high / 2, wide, high / 2, turn=3 * (-1) ** number))
        top += high + gap
    return found


def _body(
    artwork: Artwork,
    colours: Colours,
    stone: Pebble,
    *,
    sign_at: float | None,
    title: tuple[float, float],
    band: float,
) -> str:
    """A stone with its title above a darker layer that names the issuer and the year."""
    edge = stone.outline()
    layer = f"M0 {band + 8:g}C150 {band - 16:g} 420 {band + 20:g} 600 {band - 10:g}V600H0Z"
    rim = f'stroke="{colours.text}" stroke-width="3" stroke-opacity="0.85"'
    parts = [
        f'<defs><clipPath id="stone"><path d="{edge}"/></clipPath></defs>',
        f'<path d="{edge}" fill="{colours.accent}"/>',
        f'<path clip-path="url(#stone)" fill="{colours.deep}" d="{layer}"/>',
        f'<path d="{stone.outline(-15)}" fill="none" {rim}/>',
    ]
    if artwork.is_crowned:
        parts.append(f'<path d="{stone.outline(-26)}" fill="none" {rim}/>')
    if sign_at is not None:
        parts.append(_sign(artwork.title, stone.x, sign_at, colours))
    parts.append(f'<g fill="{colours.text}">{_title(artwork.title, stone, *title)}')
    parts.append(f"{_below(artwork, stone, band)}</g>")
    return "".join(parts)


def initials(title: str) -> str:
    """Up to three first letters of the words that matter: those that begin large.

    Where fewer than two do, the first two words give theirs; a single word gives its beginning.
    """
    words = [word for word in title.split() if word[0].isalnum()]
    large = [word[0] for word in words if word[0].isupper()]
    if len(large) > 1:
        return "".join(large[:3])
    if len(words) > 1:
        return "".join(word[0].upper() for word in words[:2])
    return words[0][:2] if words else ""


def _sign(title: str, x: float, y: float, colours: Colours) -> str:
    """The initials, as large as the stone has room for above its title."""
    drawn = lettering.face("Bold").line(initials(title), 96, x, y)
    return f'<g fill="{colours.text}">{drawn}</g>'


LEADING = 1.16


def _title(text: str, stone: Pebble, top: float, bottom: float) -> str:
    font = lettering.face("Bold")
    sizes = [76, 72, 68, 64, 60, 56, 52, 48, 45, 42, 39, 36, 34, 32, 30, 28, 26, 24]
    middle = (top + bottom) / 2
    for size in sizes:
        most = max(1, int((bottom - top) / (size * LEADING)))
        rooms = [_rooms(stone, middle, size, lines) for lines in range(1, min(most, 6) + 1)]
        setting = lettering.fit(text, font, sizes=[size], widths=rooms)
        if not setting.lines[-1].endswith(lettering.ELLIPSIS) or size == sizes[-1]:
            break
    first = middle - (len(setting.lines) - 1) * size * LEADING / 2 + size * font.cap_height / 2
    return "".join(
        font.line(line, size, stone.x, first + number * size * LEADING)
        for number, line in enumerate(setting.lines)
    )


def _rooms(stone: Pebble, middle: float, size: float, lines: int) -> list[float]:
    """The room of each of so many lines, where the stone is narrower at their outer edge."""
    found = []
    for number in range(lines):
        centre = middle + (number - (lines - 1) / 2) * size * LEADING
        edge = min(stone.half_width(centre - size / 2), stone.half_width(centre + size / 2))
        found.append(2 * edge - 76)
    return found


def _below(artwork: Artwork, stone: Pebble, band: float) -> str:
    font = lettering.face("Regular")
    baseline = band + 37
    room = 2 * stone.half_width(baseline + 2) - 64
    lower = 2 * stone.half_width(baseline + 24) - 70
    sizes = (25, 24, 23, 22, 21, 20)
    setting = lettering.fit(artwork.issuer, font, sizes=sizes, widths=[[room]])
    if setting.lines[0].endswith(lettering.ELLIPSIS):
        setting = lettering.fit(artwork.issuer, font, sizes=(19, 18, 17), widths=[[room, lower]])
        baseline -= 4
    drawn = ""
    for number, line in enumerate(setting.lines):
        drawn += font.line(line, setting.size, stone.x, baseline + number * 22)
    if artwork.year:
        below = baseline + (33 if len(setting.lines) == 1 else 50)
        drawn += lettering.face("Bold").line(artwork.year, 25, stone.x, below)
    return drawn


def _ribbon(colours: Colours) -> str:
    """A label across the foot that cannot be overlooked."""
    font = lettering.face("Bold")
    return (
        f'<rect x="166" y="536" width="268" height="46" rx="23" fill="{PAPER}" '
        f'stroke="{colours.accent}" stroke-width="4"/>'
        f'<g fill="{INK}">{font.line("DEMONSTRATION", 26, 300, 568.5)}</g>'
    )
