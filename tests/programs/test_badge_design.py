"""What a package decides of its badges' look: advice where nobody could tell or see it."""

from typing import Any

import pytest

from lti_tool.programs import badge_design
from lti_tool.programs.advice import LOOKS
from tests.programs.samples import a_document
from tests.programs.shipped import catalogue

LOOKS_AT_BADGES = [look for look in LOOKS if look.__module__ == badge_design.__name__]


def told(document: dict[str, Any]) -> list[tuple[str, str]]:
    """Rule and words of all advice on badges."""
    return [(rule, words) for look in LOOKS_AT_BADGES for _, rule, words in look(document)]


def stack(slug: str, title: str, **more: Any) -> dict[str, Any]:
    """A stack of a package."""
    return {"slug": slug, "title": title, "rule": "all-of", "members": [], **more}


def test_the_shipped_programs_have_badges_that_are_told_apart() -> None:
    assert len(LOOKS_AT_BADGES) == 4
    for document in catalogue().values():
        assert told(document) == []


def test_two_badges_that_read_alike_are_named_and_initials_tell_them_apart() -> None:
    document = a_document()
    document["stacks"] = [stack("a", "School Leaders"), stack("b", "Strong Lessons")]
    ((rule, words),) = told(document)

    assert rule == "badge-initials"
    assert "“School Leaders” and “Strong Lessons” both read “SL”" in words
    document["stacks"][1]["initials"] = "STL"
    assert told(document) == []


def test_a_title_without_room_is_named() -> None:
    document = a_document()
    document["stacks"] = [stack("a", "Very long words " * 8)]

    assert [rule for rule, _ in told(document)] == ["badge-title"]


@pytest.mark.parametrize(("colour", "count"), [("#1f5fbf", 0), ("#23857b", 1), (None, 1)])
def test_tiers_have_colours_that_are_told_apart(colour: str | None, count: int) -> None:
    document = a_document() | {"accent": "#23857b"}
    own = {"colour": colour} if colour else {}
    document["stacks"] = [stack("a", "Basic", tier=1), stack("b", "More", tier=2, **own)]

    assert [rule for rule, _ in told(document)] == ["badge-colour"] * count


def test_what_is_never_drawn_is_named() -> None:
    document = a_document()
    document["stacks"] = [stack("a", "Basic", picture="a.svg", initials="B")]
    document["partners"] = [
        {"slug": "x", "name": "Office X", "kind": "agency", "roles": [role], "mark": "x.svg"}
        for role in ("host", "issuer")
    ]

    assert [rule for rule, _ in told(document)] == ["badge-unused"] * 2
