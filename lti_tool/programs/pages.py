"""What the catalogue's pages say, as finished values read from a program's version."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lti_tool.programs.catalogue import CredentialOffer, Offer
from lti_tool.programs.models import CredentialVersion, ProgramVersion
from lti_tool.programs.origins import is_ours, ours_among
from lti_tool.programs.stacks import Stack, stacks_in, stacks_of, stacks_with
from lti_tool.programs.wording import Rule, hours_of, listed, rules

Document = dict[str, Any]

TEXTS = (
    ("explained", "What it is"),
    ("logistics", "When, where and with whom"),
    ("process", "How it goes"),
    ("registration", "How you get in"),
)
"""The four parts of a program's page (S3-42)."""

PARTNER_ROLES = {
    "creator": "Created by",
    "author": "Written by",
    "developer": "Developed by",
    "issuer": "Issued by",
    "host": "Hosted by",
    "provider": "Offered by",
    "hub": "Hubs",
    "facilitator": "Facilitators from",
    "coach": "Coaches from",
    "assessor": "Assessors from",
    "granter": "Credit granted by",
    "platform": "Platform",
    "funder": "Funded by",
}
OURS = {
    "title": "the title",
    "goal": "the goal",
    "competency": "the competency",
    "guiding_question": "the guiding question",
    "hours": "the hours",
    "outcomes": "the outcomes",
    "parts": "tasks and rubric",
    "self_assessment": "the self-assessment",
    "resources": "the resources",
    "alignments": "the alignments",
    "courses": "the coursework",
    "planned": "what will be submitted",
}
"""Fields of a credential in words, for saying which are not the program's own."""
KINDS = {
    "micro-endorsement": "Micro-endorsement",
    "tier": "Set",
    "designation": "Designation",
    "program": "Program",
}


@dataclass(frozen=True)
class StackPart:
    """A stack with its members as they are linked."""

    stack: Stack
    kind: str
    is_ours: bool
    members: tuple[CredentialOffer, ...]
    sentence: str
    """How it is completed, and what comes before it."""


@dataclass(frozen=True)
class Entry:
    """One program in the list of programs."""

    offer: Offer
    summary: str
    is_ours: bool
    """Whether the summary is the package authors' wording."""
    accent: str
    audience: str
    is_demonstration: bool
    facts: tuple[str, ...]
    stacks: tuple[StackPart, ...]
    others: tuple[CredentialOffer, ...]
    """Credentials that are in no stack."""


@dataclass(frozen=True)
class Text:
    """One part of a page in Markdown."""

    title: str
    words: str
    is_ours: bool


@dataclass(frozen=True)
class ProgramPage:
    """Everything a program's page shows."""

    slug: str
    title: str
    number: int
    document: Document
    accent: str
    is_demonstration: bool
    texts: tuple[Text, ...]
    rules: tuple[Rule, ...]
    stacks: tuple[StackPart, ...]
    others: tuple[CredentialOffer, ...]
    partners: tuple[tuple[str, str], ...]
    """Role and names, role by role."""
    ours: frozenset[str]
    """Fields of the program that are the authors' own wording."""


@dataclass(frozen=True)
class CredentialPage:
    """What a credential's page shows beside its rows."""

    program_slug: str
    program_title: str
    document: Document
    """The credential's own part of the package."""
    program: Document
    accent: str
    is_demonstration: bool
    hours: str
    rules: tuple[Rule, ...]
    stacks: tuple[Stack, ...]
    ours_sentence: str
    """What of it the package's authors worded; empty where nothing is."""
    alignments: tuple[tuple[str, str], ...]
    """Framework and place in it."""


def entry(offer: Offer) -> Entry:
    """A program in the list of programs."""
    document = offer.document
    parts, others = _stacked(document, stacks_in(document), offer.credentials)
    return Entry(
        offer=offer,
        summary=document["summary"],
        is_ours=is_ours(document, "summary"),
        accent=document["accent"],
        audience=document["audience"]["text"],
        is_demonstration=document["demonstration"],
        facts=tuple(fact for fact in (_count(offer.credentials), hours_of(document)) if fact),
        stacks=parts,
        others=others,
    )


def program(version: ProgramVersion, credentials: Sequence[CredentialOffer]) -> ProgramPage:
    """A program's page."""
    document = version.document
    parts, others = _stacked(document, stacks_of(version), credentials)
    return ProgramPage(
        slug=document["slug"],
        title=version.title,
        number=version.number,
        document=document,
        accent=document["accent"],
        is_demonstration=document["demonstration"],
        texts=tuple(
            Text(title, document[name], is_ours(document, name))
            for name, title in TEXTS
            if name in document
        ),
        rules=tuple(rules(document)),
        stacks=parts,
        others=others,
        partners=tuple(_partners(document)),
        ours=frozenset(ours_among(document, tuple(document))),
    )


def credential(version: CredentialVersion) -> CredentialPage:
    """A credential's page; its rows are shown beside it."""
    whole = version.program_version.document
    own = next(
        (
            (at, entry)
            for at, entry in enumerate(whole["credentials"])
            if entry["slug"] == version.credential.slug
        ),
        (0, version.details),
    )
    at, document = own
    frameworks = {entry["slug"]: entry["title"] for entry in whole.get("frameworks", [])}
    shown = ("Time", "Pace", "Credit", "Teams", "Who judges")
    with_hours = document if document.get("hours") else whole
    return CredentialPage(
        program_slug=whole["slug"],
        program_title=version.program_version.title,
        document=document,
        program=whole,
        accent=whole["accent"],
        is_demonstration=whole["demonstration"],
        hours=hours_of(with_hours),
        rules=tuple(rule for rule in rules(whole | _sizes(document)) if rule.title in shown),
        stacks=tuple(stacks_with(stacks_of(version.program_version), version.credential.slug)),
        ours_sentence=_ours_sentence(whole, document, at),
        alignments=tuple(
            (frameworks.get(entry["framework"], ""), _place(entry))
            for entry in document.get("alignments", [])
        ),
    )


def _ours_sentence(whole: Document, document: Document, at: int) -> str:
    names = ours_among(whole, tuple(document), "credentials", at)
    things = [words for name, words in OURS.items() if name in names]
    if not things:
        return ""
    return f"Worded by Cairn and not stated by the program: {listed(things)}."


def _sizes(document: Document) -> Document:
    """What a credential says of its own size, in place of the program's."""
    return {name: document[name] for name in ("hours", "duration") if name in document}


def _place(alignment: Document) -> str:
    code = f"{alignment['code']}: " if "code" in alignment else ""
    return f"{code}{alignment['title']}"


def _count(credentials: Sequence[CredentialOffer]) -> str:
    return f"{len(credentials)} micro-credential{'' if len(credentials) == 1 else 's'}"


def _stacked(
    document: Document, stacks: Sequence[Stack], credentials: Sequence[CredentialOffer]
) -> tuple[tuple[StackPart, ...], tuple[CredentialOffer, ...]]:
    by_slug = {credential.slug: credential for credential in credentials}
    titles = {stack.slug: stack.title for stack in stacks}
    parts = tuple(
        StackPart(
            stack=stack,
            kind=KINDS[stack.kind],
            is_ours=is_ours(document, "stacks", at),
            members=tuple(by_slug[slug] for slug in stack.members),
            sentence=_completion(stack, titles),
        )
        for at, stack in enumerate(stacks)
    )
    stacked = {slug for stack in stacks for slug in stack.members}
    return parts, tuple(one for one in credentials if one.slug not in stacked)


def _completion(stack: Stack, titles: dict[str, str]) -> str:
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
    if stack.designation:
        words += f" Whoever completes it can be called: {stack.designation}."
    return words


def _partners(document: Document) -> list[tuple[str, str]]:
    found = []
    for role, words in PARTNER_ROLES.items():
        names = [
            f"{partner['name']} ({partner['count']})" if "count" in partner else partner["name"]
            for partner in document.get("partners", [])
            if role in partner["roles"]
        ]
        if names:
            found.append((words, listed(names)))
    return found
