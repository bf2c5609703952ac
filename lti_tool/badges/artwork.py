"""The badge's picture, drawn from the credential: a stone in the program's colour.

The tier gives the shape (one stone, or a stack with a stone for each part), the program its accent,
the credential its title. A stack that has a colour of its own gives it to its parts, so that they
are seen to belong together, and the initials of the title are read where it is too small itself.
Flat colours only, so that it prints; every letter an outline, so that it looks alike everywhere.
SVG first, PNG from it.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape

import resvg_py

from lti_tool.badges import lettering, marks, stack_achievement, stones, wording
from lti_tool.badges.models import Award, Badge, Issuer, StackBadge
from lti_tool.badges.stones import SIDE, Pebble
from lti_tool.programs import badge_design
from lti_tool.programs.colours import contrast, luminance
from lti_tool.programs.models import CredentialVersion, ProgramVersion
from lti_tool.programs.stacks import stacks_of, stacks_with

ACCENT = "#1f5fbf"
"""Where a program names no colour."""

LEAST_STONES, MOST_STONES = 2, 5
"""Stones on top of a stack."""
MOST_DOTS = 4

INK = "#1d2630"
PAPER = "#ffffff"
EDGE = 8
"""Width of the light edge around stones, which lets dark ones be seen on dark paper."""
BLACK = 0.02
"""Luminance below which a colour counts as black."""
BRIGHT = 0.5
"""Luminance from which a light colour can be made darker and still be read in ink."""


@dataclass(frozen=True)
class Artwork:
    """Everything the picture depends on; equal ones give equal bytes."""

    title: str
    issuer: str
    year: str = ""
    """Empty on the picture of what can be earned; the year on that of an award."""
    accent: str = ACCENT
    family: str = ""
    """Slug of its program, which gives the stone its shape and its seams."""
    letters: str = ""
    """What is read where the title is too small; initials of the title where it is empty."""
    is_stack: bool = False
    stones: int = 2
    """How many stones lie on top of a stack: its parts, as far as they can be told apart."""
    picture: str = ""
    """A picture of the package's own, as a `data:` address, in place of a drawn one."""
    tier: int = 0
    """How high a stack stands, told by as many dots on each side of the year; 0 without tiers."""
    mark: str = ""
    """The issuer's mark as a `data:` address; its name alone where it is empty."""
    is_crowned: bool = False
    """A second rim: a stack that completes others, or brings a designation."""
    is_demonstration: bool = False

    @property
    def sign(self) -> str:
        """The letters that are read at 64 pixels."""
        return self.letters or badge_design.initials(self.title)


def artwork_of_version(version: CredentialVersion, issuer: Issuer) -> Artwork:
    """What can be earned, as a picture."""
    return Artwork(
        title=wording.one_line(version.title),
        issuer=issuer.name,
        accent=_accent(version),
        family=str(version.program_version.document.get("slug", "")),
        letters=str(version.details.get("initials", "")),
        picture=_picture(version.program_version, "credentials", version.credential.slug),
        is_stack=version.details.get("tier") == "stack",
        mark=marks.mark_of(issuer, version.program_version),
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
        family=str(document.get("slug", "")),
        letters=stack.stack.initials,
        picture=_picture(stack.program_version, "stacks", stack.stack.slug),
        is_stack=True,
        stones=max(LEAST_STONES, min(stack.stack.needed, MOST_STONES)),
        tier=min(stack.stack.tier or 0, MOST_DOTS),
        mark=marks.mark_of(issuer, stack.program_version),
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


@lru_cache(maxsize=16)
def mark_alone(mark: str) -> bytes:
    """An issuer's mark as PNG of 400 pixels on each side, for its profile."""
    drawn = f'<image width="400" height="400" href="{escape(mark)}"/>'
    return rasterised(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="400" height="400">{drawn}</svg>'
    )


def rasterised(drawing: str) -> bytes:
    """An SVG of ours as PNG, at its own size."""
    return bytes(resvg_py.svg_to_bytes(svg_string=drawing))


@dataclass(frozen=True)
class Colours:
    """The accent, what lies below it, and what can be read on both."""

    accent: str
    deep: str
    pale: str
    seam: str
    text: str

    @classmethod
    def of(cls, accent: str) -> "Colours":
        """Colours around an accent; letters are ink where white could not be read."""
        is_light = contrast(accent, INK) > contrast(accent, PAPER)
        bright = luminance(accent)
        # The lower layer differs, and its letters stay legible: nothing is darker than black.
        is_lighter = bright < BLACK or (is_light and bright < BRIGHT)
        towards, share = (PAPER, 0.2) if is_lighter else ("#000000", 0.13 if is_light else 0.28)
        return cls(
            accent=accent,
            deep=mixed(accent, towards, share),
            pale=mixed(accent, INK if is_light else PAPER, 0.42),
            seam=mixed(accent, INK if is_light else PAPER, 0.13),
            text=INK if is_light else PAPER,
        )


def mixed(colour: str, other: str, share: float) -> str:
    """A colour with a share (0 to 1) of another in it."""
    pairs = zip(_rgb(colour), _rgb(other), strict=True)
    return "#" + "".join(f"{round(one * (1 - share) + two * share):02x}" for one, two in pairs)


def _rgb(colour: str) -> tuple[int, int, int]:
    digits = colour.lstrip("#")
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def _stone(artwork: Artwork, colours: Colours) -> str:
    rock = stones.Rock.of(artwork.family)
    stone = Pebble(300, 284, 272, 232, turn=rock.turn, power=rock.power)
    return _body(artwork, colours, stone, rock, sign_at=176, title=(200, 390), band=400)


def _stack(artwork: Artwork, colours: Colours) -> str:
    rock = stones.Rock.of(artwork.family)
    stone = Pebble(300, 350, 278, 170, turn=rock.turn * 0.6, power=rock.power)
    small = "".join(
        f'<path d="{pebble.outline()}" fill="{colours.deep if number % 2 else colours.pale}" '
        f'stroke="{PAPER}" stroke-width="{EDGE}"/>'
        for number, pebble in enumerate(
            stones.pile(artwork.stones, top=10, bottom=174), start=artwork.stones % 2
        )
    )
    return small + _body(artwork, colours, stone, rock, sign_at=288, title=(302, 402), band=408)


def _body(
    artwork: Artwork,
    colours: Colours,
    stone: Pebble,
    rock: stones.Rock,
    *,
    sign_at: float,
    title: tuple[float, float],
    band: float,
) -> str:
    """A stone with its title above a darker layer that names the issuer and the year."""
    edge = stone.outline()
    layer = f"M0 {band + 8:g}C150 {band - 16:g} 420 {band + 20:g} 600 {band - 10:g}V600H0Z"
    rim = f'stroke="{colours.text}" stroke-width="3" stroke-opacity="0.85"'
    seams = (
        f'<g fill="none" stroke="{colours.seam}" stroke-width="{rock.width:g}" '
        f'transform="translate(0 {stone.y - stone.high:g})">'
        + "".join(f'<path d="{seam}"/>' for seam in rock.seams)
        + "</g>"
    )
    parts = [
        f'<defs><clipPath id="stone"><path d="{edge}"/></clipPath></defs>',
        f'<path d="{edge}" fill="{colours.accent}"/>',
        f'<g clip-path="url(#stone)">{seams}<path fill="{colours.deep}" d="{layer}"/></g>',
        f'<path d="{edge}" fill="none" stroke="{PAPER}" stroke-width="{EDGE}"/>',
        f'<path d="{stone.outline(-15)}" fill="none" {rim}/>',
    ]
    if artwork.is_crowned:
        parts.append(f'<path d="{stone.outline(-25)}" fill="none" {rim}/>')
    if artwork.mark:
        title = (title[0], title[1] - 14)
    if _speaks_for_itself(artwork):
        title = (sign_at - 60, title[1])
    else:
        parts.append(_sign(artwork, stone.x, sign_at, colours))
    parts.append(f'<g fill="{colours.text}">{_title(artwork.title, stone, *title)}')
    parts.append(f"{_below(artwork, stone, band)}</g>")
    if artwork.mark:
        parts.append(_seal(artwork.mark, stone, band, colours))
    return "".join(parts)


def _speaks_for_itself(artwork: Artwork) -> bool:
    """Whether the title is so short that it can be read at 64 pixels without letters above it."""
    is_short = lettering.face("Bold").width(artwork.title, LARGEST_TITLE) < SHORT
    return is_short and not artwork.letters


def _sign(artwork: Artwork, x: float, y: float, colours: Colours) -> str:
    """The initials, as large as the stone has room for above its title."""
    size = 88 if artwork.is_stack else 104
    drawn = lettering.face("Black").line(artwork.sign, size, x, y)
    return f'<g fill="{colours.text}">{drawn}</g>'


LARGEST_TITLE = 84
SHORT = 400
"""Units that a title may be wide at its largest to need no initials."""
LEADING = 1.16


def _title(text: str, stone: Pebble, top: float, bottom: float) -> str:
    font = lettering.face("Bold")
    sizes = [
        LARGEST_TITLE,
        80,
        76,
        72,
        68,
        64,
        60,
        56,
        52,
        48,
        45,
        42,
        39,
        36,
        34,
        32,
        30,
        28,
        26,
        24,
    ]
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
        found.append(2 * edge - 92)
    return found


def _below(artwork: Artwork, stone: Pebble, band: float) -> str:
    """The issuer, the year, and the dots of a tier; beside the issuer's mark where it has one."""
    font = lettering.face("Regular")
    baseline = band + 37
    middle, taken = (stone.x - 58, 150) if artwork.mark else (stone.x, 0)
    room = 2 * stone.half_width(baseline + 2) - 64 - taken
    lower = 2 * stone.half_width(baseline + 24) - 70 - taken
    sizes = (25, 24, 23, 22, 21, 20, *((19, 18) if artwork.mark else ()))
    setting = lettering.fit(artwork.issuer, font, sizes=sizes, widths=[[room]])
    if setting.lines[0].endswith(lettering.ELLIPSIS):
        setting = lettering.fit(artwork.issuer, font, sizes=(19, 18, 17), widths=[[room, lower]])
        baseline -= 8
    drawn = ""
    for number, line in enumerate(setting.lines):
        drawn += font.line(line, setting.size, middle, baseline + number * 22)
    below = baseline + (30 if len(setting.lines) == 1 else 44)
    if artwork.year:
        drawn += lettering.face("Bold").line(artwork.year, 25, middle, below)
    for number in range(artwork.tier):
        for side in (-1, 1):
            across = middle + side * ((50 if artwork.year else 11) + 22 * number)
            drawn += f'<circle cx="{across:g}" cy="{below - 9:g}" r="7"/>'
    return drawn


SEAL = 78
"""Half the width of the seal that bears the issuer's mark: 16 pixels of 64."""


def _seal(mark: str, stone: Pebble, band: float, colours: Colours) -> str:
    """The issuer's mark on paper, at the right of the darker layer."""
    x, y = stone.x + 170, band + 54
    side = SEAL * 1.34
    return (
        f'<circle cx="{x:g}" cy="{y:g}" r="{SEAL}" fill="{PAPER}" stroke="{colours.deep}" '
        f'stroke-width="7"/><image x="{x - side / 2:g}" y="{y - side / 2:g}" width="{side:g}" '
        f'height="{side:g}" href="{escape(mark)}"/>'
    )


def _ribbon(colours: Colours) -> str:
    """A label across the foot that cannot be overlooked."""
    font = lettering.face("Bold")
    return (
        f'<rect x="166" y="536" width="268" height="46" rx="23" fill="{PAPER}" '
        f'stroke="{colours.accent}" stroke-width="4"/>'
        f'<g fill="{INK}">{font.line("DEMONSTRATION", 26, 300, 568.5)}</g>'
    )
