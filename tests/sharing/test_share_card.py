"""The picture networks show: only the name is drawn anew, and nobody can tell."""

from io import BytesIO

import pytest
from PIL import Image, ImageChops

from lti_tool.badges import artwork
from lti_tool.badges.artwork import Artwork
from lti_tool.sharing import share_card
from lti_tool.sharing.share_card import ShareCard


@pytest.mark.row("B3-050")
@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Designing assessments that students can use", "Ada Ferris"),
        ("Stats", "Ángel Ñúñez Ğür Ţepeş"),
        ("So much to say that it needs a line, and a line, and one more line to end it", "Q" * 60),
        ("Stats", "李雷"),
    ],
)
def test_a_card_whose_name_alone_is_drawn_has_the_pixels_of_the_whole_drawing(
    title: str, name: str
) -> None:
    card = ShareCard(Artwork(title, "Región 11 Ắ", "2026"), name, "badges.example.org")

    drawn = share_card.drawn(card)

    whole = artwork.rasterised(share_card.svg(card))
    with Image.open(BytesIO(drawn)) as one, Image.open(BytesIO(whole)) as two:
        one.load()
        assert one.size == (1200, 630)
        assert ImageChops.difference(one.convert("RGB"), two.convert("RGB")).getbbox() is None
