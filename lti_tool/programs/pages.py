"""What the catalogue's pages say, as finished values read from a program's version."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lti_tool.programs.catalogue import CredentialOffer, Offer
from lti_tool.programs.finding import spoken
from lti_tool.programs.models import CredentialVersion, ProgramVersion
from lti_tool.programs.origins import is_ours, ours_among
from lti_tool.programs.prices import Share, shares
from lti_tool.programs.stacks import Stack, stacks_in, stacks_of, stacks_with
from lti_tool.programs.tiers import KINDS, Box, Tier, completion, map_of
from lti_tool.programs.tracing import Trace, place_of, traces
from lti_tool.programs.wording import UNITS, Rule, hours_of, listed, plural, price, rules

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
HELP = {
    "example": "An example to look at",
    "instrument": "An instrument; using it is up to you",
    "video": "Video",
    "template": "Template",
    "community": "Community",
    "course": "Course",
}
"""Kinds of help that are worth a word."""
WAYS = {"online": "online", "in-person": "in person", "blended": "blended"}


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
    tiers: tuple[Tier, ...]
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
    tiers: tuple[Tier, ...]
    others: tuple[CredentialOffer, ...]
    facts: tuple[tuple[str, str], ...]
    """What one wants to know at first sight, word and value."""
    shares: tuple[Share, ...]
    """What the price means for each person."""
    traces: tuple[Trace, ...]
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
    topics: tuple[tuple[str, str], ...]
    """Slug and words of each topic (S1-09)."""
    creators: str
    """Who designed it, where it names its own or its program does (S1-13)."""
    resources: dict[str, str]
    """By slug: kind and place of what helps, in words (S1-11, S3-06)."""


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
        tiers=map_of(parts),
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
        tiers=map_of(parts),
        others=others,
        facts=tuple(_facts(document)),
        shares=tuple(shares(document)),
        traces=tuple(traces(document)),
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
            (frameworks.get(entry["framework"], ""), place_of(entry))
            for entry in document.get("alignments", [])
        ),
        topics=tuple((topic, spoken(topic)) for topic in document.get("topics", ())),
        creators=listed(
            creator["name"] for creator in document.get("creators") or whole.get("creators", ())
        ),
        resources=resources_told(version),
    )


def resources_told(version: CredentialVersion) -> dict[str, str]:
    """By slug: kind and place of what helps, in words; empty words where there is nothing to say.

    Such as “An example to look at, Elgin, Illinois” (S1-11), or that using it is one's own choice.
    """
    entries: list[Document] = version.program_version.document["credentials"]
    own: Document = next((one for one in entries if one["slug"] == version.credential.slug), {})
    return {
        resource["slug"]: ", ".join(
            filter(None, (HELP.get(resource.get("kind", "")), resource.get("location")))
        )
        for resource in own.get("resources", ())
    }


def _ours_sentence(whole: Document, document: Document, at: int) -> str:
    names = ours_among(whole, tuple(document), "credentials", at)
    things = [words for name, words in OURS.items() if name in names]
    if not things:
        return ""
    return f"Worded by Cairn and not stated by the program: {listed(things)}."


def _sizes(document: Document) -> Document:
    """What a credential says of its own size, in place of the program's."""
    return {name: document[name] for name in ("hours", "duration") if name in document}


def _count(credentials: Sequence[CredentialOffer]) -> str:
    return f"{len(credentials)} micro-credential{'' if len(credentials) == 1 else 's'}"


def _stacked(
    document: Document, stacks: Sequence[Stack], credentials: Sequence[CredentialOffer]
) -> tuple[tuple[Box, ...], tuple[CredentialOffer, ...]]:
    by_slug = {credential.slug: credential for credential in credentials}
    titles = {stack.slug: stack.title for stack in stacks}
    roles = {role["slug"]: role["title"] for role in document["audience"].get("roles", ())}
    boxes = tuple(
        Box(
            stack=stack,
            kind=KINDS[stack.kind],
            colour=stack.colour or document["accent"],
            is_ours=is_ours(document, "stacks", at),
            members=tuple(by_slug[slug] for slug in stack.members),
            within=tuple((slug, titles[slug]) for slug in stack.member_stacks),
            sentence=completion(stack, titles),
            roles=tuple(roles[slug] for slug in stack.audience_roles if slug in roles),
        )
        for at, stack in enumerate(stacks)
    )
    stacked = {slug for stack in stacks for slug in stack.members}
    return boxes, tuple(one for one in credentials if one.slug not in stacked)


def _facts(document: Document) -> list[tuple[str, str]]:
    """Size, length, credit, cost, grades and ways, each where the program says something."""
    credit = document.get("credit", {})
    choose = "or" if credit.get("choose") == "one" else "and"
    found = [
        ("Each micro-credential", hours_of(document)),
        ("Spread over", _duration(document)),
        ("Credit", listed([option["title"] for option in credit.get("options", ())], choose)),
        ("Cost", next(iter(price(document)), "").rstrip(".")),
        ("Grades", listed(document["audience"].get("grade_spans", ()))),
        ("Held", listed([WAYS[way] for way in document.get("delivery", ())])),
        ("Runs through all of it", listed(document.get("strands", ()))),
        ("Contact", document["contact"]["role"]),
    ]
    return [(word, value) for word, value in found if value]


def _duration(document: Document) -> str:
    duration = document.get("duration")
    return plural(duration["count"], UNITS[duration["unit"]]) if duration else ""


def _partners(document: Document) -> list[tuple[str, str]]:
    found = []
    for role, words in PARTNER_ROLES.items():
        names = [
            f"{partner['name']} ({partner['count']})" if "count" in partner else partner["name"]
            for partner in document.get("partners", [])
            if role in partner["roles"]
        ]
        if role == "creator":
            names += _more(names, document, "creators", "name")
        if role == "funder":
            names += _more(names, document, "funding", "title")
        if names:
            found.append((words, listed(names)))
    return found


def _more(names: Sequence[str], document: Document, field: str, name: str) -> list[str]:
    """Whoever is named there as well, and is not a partner in this part already."""
    return [entry[name] for entry in document.get(field, ()) if entry[name] not in names]
