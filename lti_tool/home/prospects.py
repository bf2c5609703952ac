"""What a credential will give somebody beyond itself: the stacks it counts toward (S1-20)."""

from collections.abc import Sequence
from dataclasses import dataclass

from lti_tool.programs.models import CredentialVersion
from lti_tool.programs.stacks import stacks_of, stacks_with
from lti_tool.stacks.reading import MemberState, Reading


@dataclass(frozen=True)
class Prospect:
    """One stack a credential counts toward, and how far that stack is."""

    title: str
    words: str
    program: str
    """Slug of the program, for the address of the stack's page."""
    slug: str
    is_begun: bool
    """Whether the person has a page of this stack; otherwise the program's page tells of it."""


def prospects(version: CredentialVersion, found: Sequence[Reading]) -> tuple[Prospect, ...]:
    """The stacks of one credential, as the person stands in them; no queries."""
    program, slug = version.program_version.program, version.credential.slug
    mine = [
        reading
        for reading in found
        if reading.program_id == program.id
        and any(member.slug == slug for member in reading.members)
    ]
    if mine:
        return tuple(
            Prospect(
                reading.stack.title,
                _words(reading, slug),
                program.slug,
                reading.stack.slug,
                is_begun=True,
            )
            for reading in mine
        )
    return tuple(
        Prospect(stack.title, f"one of {stack.needed}", program.slug, stack.slug, is_begun=False)
        for stack in stacks_with(stacks_of(version.program_version), slug)
    )


def _words(reading: Reading, slug: str) -> str:
    needed = reading.stack.needed
    if reading.holds or reading.waits or not reading.missing:
        return "complete"
    is_earned = any(
        member.slug == slug and member.state is MemberState.EARNED for member in reading.members
    )
    if reading.missing == 1 and not is_earned:
        return f"{reading.have} of {needed}, this one completes it"
    return f"{reading.have} of {needed}"
