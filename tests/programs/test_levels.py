"""Whether neighbouring levels of a rubric can be told apart."""

import pytest

from lti_tool.programs.levels import content, levels_alike, telling
from tests.programs.samples import a_document


@pytest.mark.parametrize(
    ("lower", "higher"),
    [
        ("Names a cause.", "Names several causes very clearly."),
        ("Shows limited use of data.", "Shows thorough, consistent use of data."),
        ("Uses two sources.", "Uses 3 sources."),
    ],
)
def test_degree_and_number_tell_no_levels_apart(lower: str, higher: str) -> None:
    assert telling(lower, higher) == set()


@pytest.mark.parametrize(
    ("lower", "higher"),
    [
        ("Names a cause.", "Names a cause and tests another explanation."),
        ("The plan was carried out.", "The plan was not carried out."),
        ("Tells colleagues.", "Tells the family early."),
    ],
)
def test_what_one_sees_or_does_not_see_tells_them_apart(lower: str, higher: str) -> None:
    assert telling(lower, higher)


def test_words_are_compared_without_their_endings() -> None:
    assert content("He describes families.") == content("She described a family")


@pytest.mark.row("S3-19")
def test_neighbours_with_most_words_in_common_are_worth_a_look() -> None:
    document = a_document()
    (criterion,) = document["credentials"][0]["parts"][0]["rubric"]["criteria"]
    low, high = criterion["levels"]
    low["descriptor"] = "Pages keep weather, place, plants, birds and water apart."
    assert list(levels_alike(document)) == []

    high["descriptor"] = "Pages keep weather, place, plants, birds and soil apart."
    ((route, rule, words),) = levels_alike(document)

    assert (route[-2:], rule) == ((1, "descriptor"), "levels-alike")
    assert "“Beginning” and “Proficient” of “Seen and thought apart” share" in words
