"""What several credentials add up to."""

from typing import Any

import pytest

from lti_tool.programs.stacks import completed, stacks_in, stacks_of, stacks_with
from tests.builders import a_program_version

FOUR = ["one", "two", "three", "four"]


def a_document(*stacks: dict[str, Any]) -> dict[str, Any]:
    """A document with nothing but stacks."""
    return {"stacks": [{"title": stack["slug"].title(), **stack} for stack in stacks]}


@pytest.mark.row("S1-19")
def test_a_stack_of_four_is_complete_at_four_and_not_at_three() -> None:
    stacks = stacks_in(a_document({"slug": "ponds", "rule": "all-of", "members": FOUR}))

    assert completed(stacks, FOUR[:3]) == set()
    assert completed(stacks, FOUR) == {"ponds"}


@pytest.mark.row("S3-05")
def test_how_many_are_needed_is_data() -> None:
    some = {"slug": "ponds", "rule": "n-of", "count": 3, "members": FOUR}

    (stack,) = stacks_in(a_document(some))

    assert (stack.needed, stack.size) == (3, 4)
    assert completed([stack], ["one", "three"]) == set()
    assert completed([stack], ["one", "three", "four"]) == {"ponds"}


@pytest.mark.row("S4-06")
def test_a_second_tier_waits_for_the_first() -> None:
    first = {"slug": "basic", "rule": "all-of", "members": FOUR[:2], "tier": 1}
    second = {"slug": "advanced", "rule": "all-of", "members": FOUR[2:], "requires": ["basic"]}
    stacks = stacks_in(a_document(second, first))

    assert completed(stacks, FOUR[2:]) == set()
    assert completed(stacks, FOUR) == {"basic", "advanced"}


@pytest.mark.row("S3-12")
def test_stacks_nest() -> None:
    stacks = stacks_in(
        a_document(
            {"slug": "waters", "rule": "all-of", "member_stacks": ["ponds", "lakes"]},
            {"slug": "ponds", "rule": "all-of", "members": FOUR[:2]},
            {"slug": "lakes", "rule": "all-of", "members": FOUR[2:]},
        )
    )

    assert completed(stacks, FOUR[:2]) == {"ponds"}
    assert completed(stacks, FOUR) == {"ponds", "lakes", "waters"}
    assert [stack.slug for stack in stacks_with(stacks, "three")] == ["lakes"]


def test_a_version_without_stacks_has_none() -> None:
    assert stacks_of(a_program_version()) == []
