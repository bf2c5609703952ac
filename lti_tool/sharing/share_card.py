"""The picture a network shows when a badge's address is posted: 1200 x 630, PNG.

Networks show no SVG and crop to about 1.91 : 1 (badges.md, section 3).
"""

from dataclasses import dataclass
from functools import lru_cache

from lti_tool.badges import artwork, lettering
from lti_tool.badges.artwork import Artwork

WIDTH, HEIGHT = 1200, 630
MUTED = "#5b6875"
WASH = "#f5f7f9"


@dataclass(frozen=True)
class ShareCard:
    """What the card says beside the badge."""

    badge: Artwork
    earned_by: str
    host: str
    """Where it can be checked."""


@lru_cache(maxsize=64)
def png(card: ShareCard) -> bytes:
    """The card as PNG."""
    return artwork.rasterised(svg(card))


def svg(card: ShareCard) -> str:
    """The card as SVG."""
    accent = card.badge.accent
    bold, regular = lettering.face("Bold"), lettering.face("Regular")
    room = [500.0]
    title = lettering.fit(
        card.badge.title,
        bold,
        sizes=(58, 54, 50, 46, 42, 38, 35, 32),
        widths=[room * lines for lines in range(1, 6)],
    )
    leading = title.size * 1.18
    block = leading * len(title.lines)
    top = 315 - (block + 150) / 2
    parts = [
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{WASH}"/>',
        f'<rect width="14" height="{HEIGHT}" fill="{accent}"/>',
        _embedded(card.badge, x=54, y=35, side=560),
        f'<g fill="{MUTED}">',
        regular.line(
            "Micro-credential" if not card.badge.is_stack else "Stack of micro-credentials",
            26,
            650,
            top,
            anchor="start",
        ),
        f'</g><g fill="{artwork.INK}">',
    ]
    first = top + 22 + title.size * 0.85
    parts += [
        bold.line(line, title.size, 650, first + number * leading, anchor="start")
        for number, line in enumerate(title.lines)
    ]
    below = first + (len(title.lines) - 1) * leading + 62
    name = lettering.fit(f"Earned by {card.earned_by}", bold, sizes=(32, 29, 26), widths=[room])
    who = lettering.fit(
        " · ".join(filter(None, (card.badge.issuer, card.badge.year))),
        regular,
        sizes=(26, 24, 22, 20),
        widths=[room, room * 2],
    )
    parts.append(bold.line(name.lines[0], name.size, 650, below, anchor="start"))
    parts += [
        regular.line(line, who.size, 650, below + 42 + number * 30, anchor="start")
        for number, line in enumerate(who.lines)
    ]
    parts.append(f'</g><g fill="{MUTED}">')
    checked = regular.line(f"Check it at {card.host}", 24, 650, HEIGHT - 46, anchor="start")
    parts.append(f"{checked}</g>")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}">{"".join(parts)}</svg>'
    )


def _embedded(badge: Artwork, *, x: float, y: float, side: float) -> str:
    """The badge's own drawing, scaled into the card."""
    drawing = artwork.svg(badge)
    inner = drawing[drawing.index("</title>") + len("</title>") : drawing.rindex("</svg>")]
    scale = side / artwork.SIDE
    return f'<g transform="translate({x:g} {y:g}) scale({scale:.4f})">{inner}</g>'
