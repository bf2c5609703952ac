"""The picture a network shows when a badge's address is posted: 1200 x 630, PNG.

Networks show no SVG and crop to about 1.91 : 1. Drawing one whole costs a
tenth of a second, and nearly all of it is alike for everybody who earned a badge: that is kept, and
the name is drawn into it.
"""

from dataclasses import dataclass
from functools import lru_cache

from lti_tool.badges import artwork, lettering
from lti_tool.badges.artwork import Artwork
from lti_tool.badges.stones import SIDE
from lti_tool.sharing import strips

WIDTH, HEIGHT = 1200, 630
MUTED = "#5b6875"
WASH = "#f5f7f9"
ROOM = 500.0
"""Width of the words."""


@dataclass(frozen=True)
class ShareCard:
    """What the card says beside the badge."""

    badge: Artwork
    earned_by: str
    host: str
    """Where it can be checked."""


STRIP_LEFT, STRIP_WIDTH = 640, 560
STRIP_ABOVE, STRIP_BELOW = 41, 12
"""Pixels around the baseline of the earner's name; nothing else is drawn there."""


@lru_cache(maxsize=64)
def png(card: ShareCard) -> bytes:
    """The card as PNG."""
    return drawn(card)


def drawn(card: ShareCard) -> bytes:
    """The card as PNG, drawn anew: only the name is, where it can be told where its ink ends.

    Pixel for pixel what `svg` shows, which a test compares.
    """
    ground = _ground(card.badge, card.host)
    if ground is None or not lettering.face("Bold").knows(card.earned_by):
        return artwork.rasterised(svg(card))
    top = ground.baseline - STRIP_ABOVE
    place = f"{STRIP_LEFT} {top} {STRIP_WIDTH} {STRIP_ABOVE + STRIP_BELOW}"
    strip = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{place}" '
        f'width="{STRIP_WIDTH}" height="{STRIP_ABOVE + STRIP_BELOW}">'
        f'<rect x="0" y="0" width="{WIDTH}" height="{HEIGHT}" fill="{WASH}"/>'
        f'<g fill="{artwork.INK}">{ground.layout.name(card)}</g></svg>'
    )
    image = strips.pixels(artwork.rasterised(strip))
    return ground.picture.with_strip(image, STRIP_LEFT)


def svg(card: ShareCard) -> str:
    """The card as SVG."""
    layout = _layout(card.badge, card.host)
    return layout.whole(layout.name(card))


@dataclass(frozen=True)
class Layout:
    """A card without its earner's name, and where the name goes."""

    before: str
    after: str
    baseline: float

    def name(self, card: ShareCard) -> str:
        """Whose badge it is, as large as there is room for it."""
        bold = lettering.face("Bold")
        text = f"Earned by {card.earned_by}"
        found = lettering.fit(text, bold, sizes=(32, 29, 26), widths=[[ROOM]])
        return bold.line(found.lines[0], found.size, 650, self.baseline, anchor="start")

    def whole(self, name: str) -> str:
        """The drawing, with or without the name."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'width="{WIDTH}" height="{HEIGHT}">{self.before}{name}{self.after}</svg>'
        )


@dataclass(frozen=True)
class _Ground:
    layout: Layout
    baseline: int
    picture: strips.Ground


@lru_cache(maxsize=64)
def _ground(badge: Artwork, host: str) -> _Ground | None:
    """All that cards of one badge have in common, encoded; `None` where the strip is not empty."""
    layout = _layout(badge, host)
    picture = strips.pixels(artwork.rasterised(layout.whole("")))
    baseline = round(layout.baseline)
    top, below = baseline - STRIP_ABOVE, baseline + STRIP_BELOW
    room = picture.crop((STRIP_LEFT, top, STRIP_LEFT + STRIP_WIDTH, below))
    if len(room.getcolors(2) or ()) != 1:
        return None
    return _Ground(layout, baseline, strips.Ground(picture, top, STRIP_ABOVE + STRIP_BELOW))


def _layout(badge: Artwork, host: str) -> Layout:
    bold, regular = lettering.face("Bold"), lettering.face("Regular")
    room = [ROOM]
    title = lettering.fit(
        badge.title,
        bold,
        sizes=(58, 54, 50, 46, 42, 38, 35, 32),
        widths=[room * lines for lines in range(1, 6)],
    )
    leading = title.size * 1.18
    block = leading * len(title.lines)
    top = 315 - (block + 150) / 2
    kind = "Stack of micro-credentials" if badge.is_stack else "Micro-credential"
    first = top + 22 + title.size * 0.85
    below = first + (len(title.lines) - 1) * leading + 62
    who = lettering.fit(
        " · ".join(filter(None, (badge.issuer, badge.year))),
        regular,
        sizes=(26, 24, 22, 20),
        widths=[room, room * 2],
    )
    before = (
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{WASH}"/>',
        f'<rect width="14" height="{HEIGHT}" fill="{badge.accent}"/>',
        _embedded(badge, x=54, y=35, side=560),
        f'<g fill="{MUTED}">',
        regular.line(kind, 26, 650, top, anchor="start"),
        f'</g><g fill="{artwork.INK}">',
        *(
            bold.line(line, title.size, 650, first + number * leading, anchor="start")
            for number, line in enumerate(title.lines)
        ),
    )
    after = (
        *(
            regular.line(line, who.size, 650, below + 42 + number * 30, anchor="start")
            for number, line in enumerate(who.lines)
        ),
        f'</g><g fill="{MUTED}">',
        regular.line(f"Check it at {host}", 24, 650, HEIGHT - 46, anchor="start"),
        "</g>",
    )
    return Layout("".join(before), "".join(after), below)


def _embedded(badge: Artwork, *, x: float, y: float, side: float) -> str:
    """The badge's own drawing, scaled into the card."""
    drawing = artwork.svg(badge)
    inner = drawing[drawing.index("</title>") + len("</title>") : drawing.rindex("</svg>")]
    scale = side / SIDE
    return f'<g transform="translate({x:g} {y:g}) scale({scale:.4f})">{inner}</g>'
