"""Stacks: what several credentials add up to, read from a program's version (S3-05, S3-11)."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from lti_tool.programs.models import ProgramVersion


@dataclass(frozen=True)
class Stack:
    """One stack as its program's version has it; an enrolled person keeps that version."""

    slug: str
    title: str
    kind: str
    """`micro-endorsement`, `tier`, `designation` or `program`."""
    summary: str
    members: tuple[str, ...]
    """Slugs of credentials."""
    member_stacks: tuple[str, ...]
    """Slugs of stacks: stacks nest (S3-12)."""
    needed: int
    """How many members complete it."""
    requires: tuple[str, ...]
    """Slugs of stacks to be complete before (S4-08)."""
    tier: int | None
    designation: str
    colour: str = ""
    """Its colour on the map, `#rrggbb`; the program's accent where it is empty (S4-44)."""
    initials: str = ""
    """What is read on its badge where the title is too small; made of the title where empty."""
    is_optional: bool = False
    """Offered as a further step."""
    audience_roles: tuple[str, ...] = ()
    """Slugs of the roles this variant is for (S2-06)."""
    external: tuple[tuple[str, str], ...] = ()
    """Title and provider of each badge from elsewhere that the program accepts as a member."""
    recognised_as: tuple[str, ...] = ()
    """What the program says others take it for (S3-12, S4-08)."""

    @property
    def size(self) -> int:
        """How many members it has."""
        return len(self.members) + len(self.member_stacks)


def stacks_of(version: ProgramVersion) -> list[Stack]:
    """The stacks of a program's version, in the package's order."""
    return stacks_in(version.document)


def stacks_in(document: dict[str, Any]) -> list[Stack]:
    """The stacks of a package's document, in its order."""
    found = []
    for entry in document.get("stacks", []):
        members = tuple(entry.get("members", ()))
        nested = tuple(entry.get("member_stacks", ()))
        everything = len(members) + len(nested)
        found.append(
            Stack(
                slug=entry["slug"],
                title=entry["title"],
                kind=entry.get("kind", "micro-endorsement"),
                summary=entry.get("summary", ""),
                members=members,
                member_stacks=nested,
                needed=everything if entry["rule"] == "all-of" else entry["count"],
                requires=tuple(entry.get("requires", ())),
                tier=entry.get("tier"),
                designation=entry.get("designation", ""),
                colour=entry.get("colour", ""),
                initials=entry.get("initials", ""),
                is_optional=entry.get("optional", False),
                audience_roles=tuple(entry.get("audience_roles", ())),
                external=tuple(
                    (one["title"], one["provider"]) for one in entry.get("external", ())
                ),
                recognised_as=tuple(map(_recognised, entry.get("recognised_as", ()))),
            )
        )
    return found


def _recognised(entry: dict[str, Any]) -> str:
    place = ", ".join(entry[name] for name in ("by", "region") if name in entry)
    return f"{entry['title']} ({place})" if place else str(entry["title"])


def completed(stacks: Collection[Stack], earned: Collection[str]) -> set[str]:
    """Slugs of the stacks that are complete with these credentials earned.

    A stack waits for the stacks it requires and counts the stacks within it, whatever
    the order they stand in. Badges from elsewhere are not counted here.
    """
    done: set[str] = set()
    while True:
        more = {
            stack.slug
            for stack in stacks
            if stack.slug not in done
            and done.issuperset(stack.requires)
            and sum(slug in earned for slug in stack.members)
            + sum(slug in done for slug in stack.member_stacks)
            >= stack.needed
        }
        if not more:
            return done
        done |= more


def stacks_with(stacks: Collection[Stack], credential: str) -> list[Stack]:
    """The stacks a credential is a direct member of."""
    return [stack for stack in stacks if credential in stack.members]
