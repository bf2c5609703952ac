"""Every badge of the shipped programs on one sheet, to be looked at: `make badges`.

Each credential and each stack stands in 64, 128 and 512 pixels; the small ones on the light and on
the dark paper of the pages. What is too small to read, cut off or alike is seen here first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

from PIL import Image
from sqlalchemy.orm import Session

from lti_tool.badges import artwork, issuers, lettering, stack_achievement
from lti_tool.badges.artwork import Artwork
from lti_tool.database import Base, connect
from lti_tool.programs.colours import DARK_PAPER, WHITE
from lti_tool.programs.packages import read
from lti_tool.programs.publishing import import_package
from lti_tool.programs.shipped import shipped_packages
from lti_tool.programs.stacks import stacks_of
from lti_tool.walk.installation import now

SHEET = Path(__file__).resolve().parent.parent / "build" / "badges.png"
SMALL, MIDDLE, LARGE = 64, 128, 512
COLUMNS = 4
GAP = 16
WIDE = COLUMNS * (LARGE + GAP) + GAP


@dataclass(frozen=True)
class Family:
    """The badges of one program."""

    title: str
    badges: tuple[Artwork, ...]


def main() -> None:
    """Draw the sheet."""
    SHEET.parent.mkdir(exist_ok=True)
    drawn = [*families()]
    sheet(drawn).save(SHEET)
    count = sum(len(one.badges) for one in drawn)
    print(f"{count} badges of {len(drawn)} programs: {SHEET}")


def families() -> Iterator[Family]:
    """The credentials and stacks of each shipped program, as they look when they were earned."""
    engine = connect("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        issuer = issuers.demonstration_issuer(session, now())
        for folder in shipped_packages():
            version = import_package(session, read(folder), now=now())
            badges = [artwork.artwork_of_version(one, issuer) for one in version.credentials]
            badges += [
                artwork.artwork_of_stack(stack_achievement.StackVersion(version, stack), issuer)
                for stack in stacks_of(version)
            ]
            year = str(now().year)
            yield Family(version.title, tuple(replace(one, year=year) for one in badges))


def sheet(drawn: Sequence[Family]) -> Image.Image:
    """All families below each other."""
    blocks = [_block(one) for one in drawn]
    whole = Image.new("RGB", (WIDE, sum(one.height for one in blocks)), WHITE)
    top = 0
    for block in blocks:
        whole.paste(block, (0, top))
        top += block.height
    return whole


def _block(family: Family) -> Image.Image:
    """A title, the badges small on both papers, in the middle size, and large."""
    parts = [
        _heading(family.title),
        _rows(family.badges, SMALL, WHITE),
        _rows(family.badges, SMALL, DARK_PAPER),
        _rows(family.badges, MIDDLE, WHITE),
        _rows(family.badges, LARGE, WHITE),
    ]
    block = Image.new("RGB", (WIDE, sum(one.height for one in parts)), WHITE)
    top = 0
    for part in parts:
        block.paste(part, (0, top))
        top += part.height
    return block


def _heading(text: str) -> Image.Image:
    line = lettering.face("Bold").line(text, 36, GAP, 52, anchor="start")
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDE}" height="72">'
        f'<rect width="{WIDE}" height="72" fill="{WHITE}"/>{line}</svg>'
    )
    return Image.open(BytesIO(artwork.rasterised(drawing))).convert("RGB")


def _rows(badges: Sequence[Artwork], side: int, paper: str) -> Image.Image:
    """So many badges a row as fit, on one paper."""
    fit = (WIDE - GAP) // (side + GAP)
    rows = -(-len(badges) // fit)
    field = Image.new("RGB", (WIDE, rows * (side + GAP) + GAP), paper)
    for number, badge in enumerate(badges):
        picture = Image.open(BytesIO(artwork.png(badge))).convert("RGBA")
        picture = picture.resize((side, side), Image.Resampling.LANCZOS)
        row, column = divmod(number, fit)
        place = (GAP + column * (side + GAP), GAP + row * (side + GAP))
        field.paste(picture, place, picture)
    return field


if __name__ == "__main__":
    main()
