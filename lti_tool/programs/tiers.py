"""A program's map: its stacks from the first tier up, and the credentials each is made of (S4-44).

What a picture says by place and colour the page says in words as well: the map is a list of tiers,
each a list of stacks, each a list of credentials.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lti_tool.programs.catalogue import CredentialOffer
from lti_tool.programs.stacks import Stack
from lti_tool.programs.wording import listed

KINDS = {
    "micro-endorsement": "Micro-endorsement",
    "tier": "Set",
    "designation": "Designation",
    "program": "Program",
}


@dataclass(frozen=True)
class Box:
    """One stack on the map."""

    stack: Stack
    kind: str
    colour: str
    is_ours: bool
    """Worded by the package's authors."""
    members: tuple[CredentialOffer, ...]
    within: tuple[tuple[str, str], ...]
    """Slug and title of each stack inside it."""
    sentence: str
    """How it is completed, and what comes before it."""
    roles: tuple[str, ...]
    """Titles of the roles this variant is for (S2-06)."""


@dataclass(frozen=True)
class Tier:
    """Stacks that can be earned at the same height."""

    title: str
    """Empty where the map has a single tier."""
    boxes: tuple[Box, ...]


def map_of(boxes: Sequence[Box]) -> tuple[Tier, ...]:
    """The tiers from the first up; what needs or holds others lies above them."""
    by_slug = {box.stack.slug: box.stack for box in boxes}
    heights = {slug: _height(stack, by_slug) for slug, stack in by_slug.items()}
    levels = sorted(set(heights.values()))
    tiers = []
    for number, level in enumerate(levels, start=1):
        there = tuple(box for box in boxes if heights[box.stack.slug] == level)
        tiers.append(Tier(_title(there, number) if len(levels) > 1 else "", there))
    return tuple(tiers)


def _height(stack: Stack, there: Mapping[str, Stack]) -> int:
    """Its place from 1: above all it requires or holds, and never below the tier it names."""
    below = [
        _height(there[slug], there)
        for slug in (*stack.requires, *stack.member_stacks)
        if slug in there
    ]
    return max([stack.tier or 1, *(one + 1 for one in below)])


def _title(boxes: Sequence[Box], number: int) -> str:
    if all(box.within and not box.members for box in boxes):
        return "All together"
    return f"Tier {number}"


def completion(stack: Stack, titles: Mapping[str, str]) -> str:
    """How a stack is completed, in sentences."""
    nested = [f"“{titles[slug]}”" for slug in stack.member_stacks]
    things = f"{listed(nested)} and its members" if nested and stack.members else listed(nested)
    if stack.needed < stack.size:
        words = f"Complete with any {stack.needed} of {stack.size}."
    elif things:
        words = f"Complete with {things}."
    else:
        words = f"Complete with all {stack.size}."
    if stack.requires:
        before = listed(f"“{titles[slug]}”" for slug in stack.requires)
        words += f" Comes after {before}."
    if stack.is_optional:
        words += " A further step for those who want it."
    if stack.designation:
        words += f" Whoever completes it can be called: {stack.designation}."
    if stack.recognised_as:
        words += f" The program says it is taken for: {listed(stack.recognised_as)}."
    return words
