"""Every badge of the shipped programs on one sheet, for those who look after them."""

from PIL import Image

from lti_tool.badges import artwork
from tools import contact_sheet


def test_every_badge_of_every_shipped_program_is_on_the_sheet() -> None:
    drawn = [*contact_sheet.families()]

    credentials = [one for family in drawn for one in family.badges if not one.is_stack]
    stacks = [one for family in drawn for one in family.badges if one.is_stack]
    assert (len(drawn), len(credentials), len(stacks)) == (5, 31, 11)
    for family in drawn:
        assert len({one.sign for one in family.badges}) == len(family.badges), family.title
        assert len({one.family for one in family.badges}) == 1
        for one in family.badges:
            assert one.title not in artwork.svg(one).split("</title>")[1], "outlines, no text"


def test_a_sheet_shows_each_badge_small_on_both_papers_and_large() -> None:
    badge = artwork.Artwork("Keeping a field journal", "An issuer", accent="#23857b")

    sheet = contact_sheet.sheet([contact_sheet.Family("A program", (badge,) * 2)])

    assert isinstance(sheet, Image.Image)
    sizes = [contact_sheet.SMALL] * 2 + [contact_sheet.MIDDLE, contact_sheet.LARGE]
    heads = sheet.height - sum(side + 2 * contact_sheet.GAP for side in sizes)
    assert (sheet.width, heads) == (contact_sheet.WIDE, 72)
