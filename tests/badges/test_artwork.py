"""The badge's picture: drawn from the credential, alike everywhere, worth showing."""

from dataclasses import replace
from io import BytesIO
from xml.etree.ElementTree import fromstring

import pytest
from PIL import Image

from lti_tool.badges import artwork, lettering, stack_achievement, stones
from lti_tool.badges.artwork import Artwork, Colours
from lti_tool.programs import badge_design, pictures
from lti_tool.programs.colours import DARK_PAPER, contrast
from lti_tool.programs.shipped import shipped_packages
from lti_tool.sharing import share_card
from tests.badges.workshop import an_award

LONG = "Fostering a Growth Mindset and an Inclusive Culture for English Learners and Families"


def _pixel(picture: Image.Image, x: int, y: int) -> tuple[int, ...]:
    """Red, green, blue and opacity of one pixel."""
    found = picture.getpixel((x, y))
    assert isinstance(found, tuple)
    return found


@pytest.mark.parametrize(
    "title",
    ["EL", "Keeping a field journal", LONG, "Donaudampfschifffahrtsgesellschaft" * 3, "& <b>", ""],
)
@pytest.mark.parametrize("is_stack", [False, True])
def test_any_title_gives_a_picture_of_one_size(title: str, is_stack: bool) -> None:
    drawn = Artwork(title, "An issuer", "2026", is_stack=is_stack, is_demonstration=True)

    picture = Image.open(BytesIO(artwork.png(drawn)))

    assert picture.size == (600, 600)
    assert _pixel(picture, 0, 0)[3] == 0, "transparent around the stone"
    assert fromstring(artwork.svg(drawn)).tag == "{http://www.w3.org/2000/svg}svg"


def test_letters_are_outlines_and_need_no_font() -> None:
    drawing = artwork.svg(Artwork("Diseñar con voz", "Oficina Regional", "2026"))

    assert "<text" not in drawing
    assert "font" not in drawing


def test_letters_the_face_lacks_stay_text() -> None:
    assert "<text" in artwork.svg(Artwork("学习", "An issuer"))


def test_the_program_gives_the_colour() -> None:
    award = an_award()
    award.credential_version.program_version.document = {"accent": "#5b2a86"}

    picture = Image.open(BytesIO(artwork.png(artwork.artwork_of_award(award))))

    # Well inside the stone and above the title.
    assert _pixel(picture, 300, 80)[:3] == (0x5B, 0x2A, 0x86)


def test_a_stack_has_another_shape() -> None:
    one = Image.open(BytesIO(artwork.png(Artwork("A title", "An issuer"))))
    stack = Image.open(BytesIO(artwork.png(Artwork("A title", "An issuer", is_stack=True))))

    small = [image.resize((64, 64)).getchannel("A") for image in (one, stack)]
    differing = sum(
        abs(a - b) > 128 for a, b in zip(small[0].tobytes(), small[1].tobytes(), strict=True)
    )
    assert differing > 300, "told apart at 64 pixels"


@pytest.mark.parametrize(
    "accent", ["#1f6f78", "#f2c230", "#ffffff", "#000000", "#8a3b12", "#7f9a3c"]
)
def test_the_title_can_be_read_on_any_accent(accent: str) -> None:
    colours = Colours.of(accent)

    for ground in (colours.accent, colours.deep, colours.seam):
        assert contrast(colours.text, ground) >= 3, ground
    assert contrast(colours.accent, colours.deep) >= 1.2, "the layers are told apart"


@pytest.mark.parametrize("is_stack", [False, True])
def test_a_stone_as_dark_as_the_page_has_a_light_edge(is_stack: bool) -> None:
    drawn = Artwork("Reading", "An issuer", accent=DARK_PAPER, is_stack=is_stack)
    picture = Image.open(BytesIO(artwork.png(drawn))).convert("RGBA")
    page = Image.new("RGBA", picture.size, DARK_PAPER)
    page.alpha_composite(picture)

    small = page.convert("L").resize((64, 64), Image.Resampling.LANCZOS)

    middle = [small.getpixel((across, 38)) for across in range(5)]
    assert max(int(str(one)) for one in middle) > 90, middle


def test_programs_are_of_different_rock_and_the_badges_of_one_are_alike() -> None:
    slugs = [package.name for package in shipped_packages()]
    rocks = [stones.Rock.of(slug) for slug in slugs]

    assert len(rocks) == 5
    assert len({(one.turn, one.power, one.seams) for one in rocks}) == 5
    assert rocks == [stones.Rock.of(slug) for slug in slugs]


@pytest.mark.parametrize("count", range(artwork.LEAST_STONES, artwork.MOST_STONES + 1))
def test_the_stones_of_a_stack_can_be_counted_at_64_pixels(count: int) -> None:
    drawn = Artwork("A title", "An issuer", is_stack=True, stones=count)
    picture = Image.open(BytesIO(artwork.png(drawn))).convert("RGBA")
    page = Image.new("RGBA", picture.size, "#ffffff")
    page.alpha_composite(picture)

    small = page.convert("L").resize((64, 64), Image.Resampling.LANCZOS)

    # Down the middle: a stone is darker than the gap above it.
    column = [int(str(small.getpixel((32, y)))) for y in range(24)]
    dips = [
        y for y in range(1, 23) if column[y] < column[y - 1] and column[y] <= column[y + 1] < 256
    ]
    assert len(dips) >= count, column


def test_a_tier_is_told_by_dots_beside_the_year() -> None:
    first = Artwork("A title", "An issuer", "2026", is_stack=True, tier=1)

    dots = [artwork.svg(replace(first, tier=tier)).count("<circle") for tier in (0, 1, 3)]

    assert dots == [0, 2, 6]


MARK = pictures.taken(
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">'
    b'<rect width="10" height="10" fill="#b00020"/></svg>'
)


@pytest.mark.parametrize("is_stack", [False, True])
def test_the_issuers_mark_is_seen_at_64_pixels(is_stack: bool) -> None:
    plain = Artwork("Keeping a field journal", "A long name of an office", "2026")
    drawn = replace(plain, mark=MARK, is_stack=is_stack, is_demonstration=True)

    picture = Image.open(BytesIO(artwork.png(drawn))).convert("RGBA").resize((64, 64))

    y = 49 if is_stack else 48
    found = [_pixel(picture, x, y) for x in range(46, 55)]
    red = [one for one in found if one[0] > 150 and one[1] < 60]
    assert len(red) >= 7, found
    assert len(artwork.svg(drawn)) < 60_000


def test_a_demonstration_says_so_in_the_picture() -> None:
    plain = artwork.svg(Artwork("A title", "An issuer"))
    shown = artwork.svg(Artwork("A title", "An issuer", is_demonstration=True))

    assert shown.count("<rect") == plain.count("<rect") + 1


def test_a_long_issuer_gets_a_second_line_before_it_is_cut() -> None:
    font = lettering.face("Regular")
    name = "Los Angeles Unified School District, Multilingual Department"

    setting = lettering.fit(name, font, sizes=(19, 18), widths=[[400, 380]])

    assert " ".join(setting.lines) == name
    assert len(setting.lines) == 2


def test_kerning_is_that_of_the_font() -> None:
    font = lettering.face("Bold")

    assert font.width("AV", 100) < font.width("A", 100) + font.width("V", 100)


def test_the_card_has_the_size_networks_want() -> None:
    card = share_card.ShareCard(Artwork(LONG, "An issuer", "2026"), "Ada Ferris", "cairn.example")

    picture = Image.open(BytesIO(share_card.png(card)))

    assert (picture.format, picture.size) == ("PNG", (1200, 630))
    assert len(share_card.png(card)) < 1_000_000


@pytest.mark.parametrize(
    ("title", "read"),
    [
        ("Checking Understanding and Giving Feedback", "CUG"),
        ("Staff attitudes", "SA"),
        ("TK-12 English Learner micro-credential", "TEL"),
        ("Stack for school principals", "SSP"),
        ("Both sets of micro-credentials", "BSM"),
        ("Liderazgo de la escuela", "LE"),
        ("Équité", "Éq"),
        ("& <b>", ""),
        ("", ""),
    ],
)
def test_the_initials_of_the_title_are_read_at_64_pixels(title: str, read: str) -> None:
    assert badge_design.initials(title) == read


def test_a_package_may_name_the_initials_and_a_short_title_needs_none() -> None:
    short = Artwork("Equity", "An issuer")
    named = replace(short, letters="EQ")

    assert (named.sign, short.sign) == ("EQ", "Eq")
    assert artwork.svg(named).count("<path") == artwork.svg(short).count("<path") + 1


def test_a_part_is_drawn_in_the_colour_of_its_stack_and_the_stack_has_a_stone_for_each_part() -> (
    None
):
    award = an_award()
    version = award.credential_version
    of_four = {"slug": "x", "title": "X", "rule": "n-of", "count": 4, "colour": "#1c6b4a"}
    members = [version.credential.slug, "b", "c", "d", "e"]
    document = {"accent": "#5b2a86", "stacks": [of_four | {"members": members}]}
    version.program_version.document = document

    stack = stack_achievement.in_version(version.program_version, "x")
    drawn = artwork.artwork_of_stack(stack, award.issuer)

    assert artwork.artwork_of_version(version, award.issuer).accent == "#1c6b4a"
    assert (drawn.accent, drawn.stones, drawn.is_crowned) == ("#1c6b4a", 4, False)
    fewer = artwork.svg(replace(drawn, stones=3))
    assert artwork.svg(drawn).count("<path") == fewer.count("<path") + 1


def test_a_supplied_picture_and_initials_reach_the_badges_of_credential_and_stack() -> None:
    award = an_award()
    version = award.credential_version
    version.details = {"initials": "KFJ"}
    slug = version.credential.slug
    more = {"picture": MARK, "initials": "X1"}
    stack = {"slug": "x", "title": "X", "rule": "all-of", "members": [slug], **more}
    version.program_version.document = {
        "credentials": [{"slug": slug, "picture": MARK}],
        "stacks": [stack],
    }

    drawn = artwork.artwork_of_award(award)
    whole = stack_achievement.in_version(version.program_version, "x")
    drawn_stack = artwork.artwork_of_stack(whole, award.issuer)

    assert (drawn.picture, drawn.sign, drawn.year) == (MARK, "KFJ", "2026")
    assert (drawn_stack.picture, drawn_stack.sign) == (MARK, "X1")
    for one in (drawn, drawn_stack):
        shown = Image.open(BytesIO(artwork.png(one)))
        assert _pixel(shown, 300, 300)[:3] == (0xB0, 0x00, 0x20)
