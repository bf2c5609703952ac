"""What a stack is as something to be earned: in words, for Open Badges 3.0 and for 2.0.

A stack has no rubric of its own. Its criteria are its rule, and the achievements it is made of are
related to it (Open Badges 3.0, Related).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.badges import issuers, wording
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import Issuer, StackBadge
from lti_tool.programs.models import CredentialVersion, Program, ProgramVersion
from lti_tool.programs.stacks import Stack, stacks_of, stacks_with
from lti_tool.programs.tiers import completion
from lti_tool.programs.wording import listed
from lti_tool.sealing import contexts

KINDS = {
    "micro-endorsement": "Micro-endorsement",
    "tier": "Tier",
    "designation": "Designation",
    "program": "Program",
}
"""What a stack is called on its own badge."""

WHOLE = frozenset({"designation", "program"})
"""Kinds that are certificates; the others are micro-credentials made of micro-credentials."""


@dataclass(frozen=True)
class StackVersion:
    """A stack as one version of its program has it."""

    program_version: ProgramVersion
    stack: Stack

    @property
    def is_demonstration(self) -> bool:
        """Whether it comes from a sample package."""
        return bool(self.program_version.document.get("demonstration", False))

    @property
    def title(self) -> str:
        """Its title on one line; a designation's is what its holder can be called."""
        return wording.one_line(self.stack.title)

    @property
    def kind(self) -> str:
        """What it is called: `Micro-endorsement`, `Tier`, `Designation` or `Program`."""
        return KINDS.get(self.stack.kind, KINDS["micro-endorsement"])

    @property
    def name(self) -> str:
        """The badge's name, which says so when it is a demonstration."""
        return f"{self.title} (demonstration)" if self.is_demonstration else self.title

    @property
    def description(self) -> str:
        """What the badge shows, in a sentence or two."""
        whose = wording.one_line(self.program_version.title)
        said = wording.one_line(self.stack.summary) or f"{self.kind} of the program “{whose}”."
        return f"{said} {wording.DEMONSTRATION}" if self.is_demonstration else said

    @property
    def creators(self) -> str:
        """Who designed the program it belongs to (S1-13)."""
        named = self.program_version.document.get("creators", ())
        return wording.one_line(listed(str(one["name"]) for one in named))

    @property
    def co_issuers(self) -> str:
        """The organisations that issue its program together; empty for a single one (S4-13)."""
        partners = self.program_version.document.get("partners", ())
        named = [str(one["name"]) for one in partners if "issuer" in one["roles"]]
        return wording.one_line(listed(named)) if len(named) > 1 else ""

    @property
    def rule(self) -> str:
        """How it is completed, in sentences."""
        titles = {one.slug: wording.one_line(one.title) for one in stacks_of(self.program_version)}
        return completion(self.stack, titles)

    def members(self) -> Iterator[CredentialVersion]:
        """The credentials it counts, in its order."""
        there = {one.credential.slug: one for one in self.program_version.credentials}
        yield from (there[slug] for slug in self.stack.members if slug in there)

    def inner(self) -> Iterator["StackVersion"]:
        """The stacks it counts, in its order."""
        there = {one.slug: one for one in stacks_of(self.program_version)}
        for slug in self.stack.member_stacks:
            if slug in there:
                yield StackVersion(self.program_version, there[slug])

    def outer(self) -> Iterator["StackVersion"]:
        """The stacks that count it, in the package's order."""
        for one in stacks_of(self.program_version):
            if self.stack.slug in one.member_stacks:
                yield StackVersion(self.program_version, one)

    def address(self, addresses: Addresses) -> str:
        """The achievement, immutable per version of the program."""
        version = self.program_version
        return addresses.stack(version.program.slug, self.stack.slug, version.number)


def counting(version: CredentialVersion) -> Iterator[StackVersion]:
    """The stacks of its program that a credential is a direct member of."""
    whole = version.program_version
    for one in stacks_with(stacks_of(whole), version.credential.slug):
        yield StackVersion(whole, one)


def of(badge: StackBadge) -> StackVersion:
    """What a stack's badge was awarded for."""
    return in_version(badge.program_version, badge.stack)


def in_version(version: ProgramVersion, slug: str) -> StackVersion:
    """A stack that this version of a program has."""
    (stack,) = (one for one in stacks_of(version) if one.slug == slug)
    return StackVersion(version, stack)


def find(session: Session, program: str, stack: str, number: int) -> StackVersion | None:
    """A stack of a version of a program, by what stands in its address."""
    version = session.scalar(
        select(ProgramVersion)
        .join(ProgramVersion.program)
        .where(Program.slug == program, ProgramVersion.number == number)
    )
    if version is None:
        return None
    found = (one for one in stacks_of(version) if one.slug == stack)
    return next((StackVersion(version, one) for one in found), None)


def awarding_issuer(session: Session, version: StackVersion) -> Issuer | None:
    """Who awards a stack: whoever awards its first credential, its own or that of a stack in it."""
    for member in version.members():
        return issuers.awarding_issuer(session, member)
    for inner in version.inner():
        return awarding_issuer(session, inner)
    return None


def narrative(version: StackVersion) -> str:
    """How the badge is earned, in Markdown."""
    members = [wording.one_line(one.title) for one in version.members()]
    members += [one.title for one in version.inner()]
    how = (
        f"**How it is earned.** {version.rule} An appointed approver looks at the whole and "
        "awards it."
    )
    paragraphs = [
        *([f"*{wording.DEMONSTRATION}*"] if version.is_demonstration else []),
        how,
        "\n".join(f"- **{title}**" for title in members),
        *([f"**Designed by** {version.creators}."] if version.creators else []),
    ]
    return "\n\n".join(filter(None, paragraphs))


def achievement(version: StackVersion, addresses: Addresses) -> dict[str, Any]:
    """What can be earned, for Open Badges 3.0, with what it is made of as related achievements."""
    own = version.address(addresses)
    related = [addresses.achievement(one) for one in version.members()]
    related += [one.address(addresses) for one in (*version.inner(), *version.outer())]
    document = version.program_version.document
    whole: dict[str, Any] = {
        "id": own,
        "type": ["Achievement"],
        "achievementType": "Certificate" if version.stack.kind in WHOLE else "MicroCredential",
        "name": version.name,
        "description": version.description,
        "criteria": {"id": f"{own}#criteria", "narrative": narrative(version)},
        "creator": {"id": f"{own}#creator", "type": ["Profile"], "name": version.creators}
        if version.creators
        else None,
        "image": {"id": f"{own}.png", "type": "Image", "caption": f"The badge “{version.name}”"},
        "tag": [str(topic) for topic in document.get("topics", ())],
        "inLanguage": document.get("language", "en"),
        "version": f"v{version.program_version.number}",
        "related": [{"id": address, "type": ["Related"]} for address in related],
    }
    return {member: value for member, value in whole.items() if value}


def badge_class(
    version: StackVersion, issuer: Issuer, addresses: Addresses, *, endorsed: Sequence[str] = ()
) -> dict[str, Any]:
    """What can be earned, as a hosted Open Badges 2.0 badge class."""
    own = version.address(addresses)
    tags = [str(topic) for topic in version.program_version.document.get("topics", ())]
    whole = {
        "@context": contexts.OPEN_BADGES_2,
        "type": "BadgeClass",
        "id": class_address(version, addresses),
        "name": version.name,
        "description": version.description,
        "image": f"{own}.png",
        "criteria": {"id": own, "narrative": narrative(version)},
        "issuer": addresses.issuer_2(issuer),
        "tags": tags,
        "version": f"v{version.program_version.number}",
        "related": [{"id": own, "version": "Open Badges v3p0"}],
        "endorsement": list(endorsed),
    }
    return {member: value for member, value in whole.items() if value}


def class_address(version: StackVersion, addresses: Addresses) -> str:
    """The Open Badges 2.0 badge class of a stack."""
    program = version.program_version.program.slug
    return addresses.stack_class(program, version.stack.slug, version.program_version.number)


def evidence(badge: StackBadge, addresses: Addresses) -> list[dict[str, Any]]:
    """What a stack rests on, each part by the address of its own badge."""
    found = []
    for part in badge.parts:
        is_ours = "badge" in part
        address = addresses.badge(part["badge"]) if is_ours else part["address"]
        by = "" if is_ours else f", awarded by {wording.one_line(part['by'])}"
        found.append(
            {
                "id": address,
                "type": ["Evidence"],
                "name": wording.one_line(part["title"]),
                "description": f"A badge that this one rests on{by}.",
                "genre": "Badge",
            }
        )
    return found
