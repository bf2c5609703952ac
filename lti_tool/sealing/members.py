"""What may be signed: the members each class of our credentials has, and what ids may look like.

The list is shorter than the standards allow on purpose. Whatever is not on it is refused before
signing, because a member no context defines would look signed and not be (row B3-005), and
`endorsementJwt` and the registered JWT claims mean different things in different copies of the
Open Badges context.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from lti_tool.sealing import canonical, contexts
from lti_tool.sealing.terms import undefined_members


class CannotBeSigned(ValueError):
    """A document holds what must not be signed; the message names each fault."""


MEMBERS: dict[str, frozenset[str]] = {
    name: frozenset(members.split())
    for name, members in {
        "VerifiableCredential": "@context id type name description image issuer validFrom "
        "validUntil awardedDate credentialSubject credentialSchema credentialStatus evidence",
        "OpenBadgeCredential": "",
        "AchievementSubject": "id type identifier achievement result activityStartDate "
        "activityEndDate creditsEarned narrative source",
        "Achievement": "id type achievementType name description criteria creator "
        "creditsAvailable image inLanguage alignment resultDescription related tag version "
        "humanCode endorsement",
        "Profile": "id type name url email description image parentOrg",
        "IdentityObject": "type hashed identityHash identityType salt",
        "Image": "id type caption",
        "Alignment": "type targetName targetUrl targetCode targetDescription targetFramework "
        "targetType",
        "Evidence": "id type name description narrative genre audience",
        "Related": "id type version inLanguage",
        "EndorsementCredential": "",
        "EndorsementSubject": "id type endorsementComment",
        "Result": "type resultDescription achievedLevel value status",
        "ResultDescription": "id type name resultType rubricCriterionLevel requiredLevel "
        "valueMin valueMax requiredValue alignment",
        "RubricCriterionLevel": "id type name level points description alignment",
        "BitstringStatusListEntry": "id type statusPurpose statusListIndex statusListCredential",
        "BitstringStatusListCredential": "",
        "BitstringStatusList": "id type statusPurpose encodedList ttl",
        "ClrCredential": "",
        "ClrSubject": "id type identifier achievement verifiableCredential association",
        "Association": "type associationType sourceId targetId",
        "1EdTechJsonSchemaValidator2019": "id type",
        # A type that only says how an older format calls the same thing.
        "https://w3id.org/openbadges#BadgeClass": "",
        "https://purl.imsglobal.org/spec/vc/ob/vocab.html#AchievementCredential": "",
    }.items()
}

SEALED = frozenset({"verifiableCredential", "endorsement"})
"""What lies there was signed before, each by itself: the badges of a record (CLR 2.0), and what
others say of an achievement."""

CRITERIA = frozenset({"id", "narrative"})
"""The one object without a type."""

NUMBERS = frozenset({"creditsAvailable", "creditsEarned"})
"""The members that hold a number; wherever else the standard has one, it is written as text."""
LARGEST_NUMBER = 1_000_000
"""Beyond it libraries begin to write numbers differently."""

ODD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
"""Characters libraries write differently in canonical form, and halves of characters."""

IRI_MEMBERS = frozenset(
    {
        "id",
        "resultDescription",
        "achievedLevel",
        "requiredLevel",
        "statusListCredential",
    }
)
_NOT_IN_IRI = re.compile(r"[\s<>\"{}|\\^`]")


def require_signable(document: Mapping[str, Any]) -> None:
    """Refuse what our credentials never hold. Raises `CannotBeSigned` naming every fault."""
    faults = list(_faults(document))
    if not faults:
        try:
            faults = [f"{path} is not defined" for path in undefined_members(document)]
        except contexts.UnknownContext as error:
            faults = [str(error)]
    if faults:
        raise CannotBeSigned("; ".join(faults))


def _faults(document: Mapping[str, Any]) -> Iterator[str]:
    for path, value in canonical.leaves(dict(document)):
        where = "/".join(map(str, path))
        if value is None:
            yield f"{where} is empty"
        elif isinstance(value, str):
            if ODD.search(value):
                yield f"{where} holds a character that cannot be signed"
            if path[-1] in IRI_MEMBERS and not is_absolute(value):
                yield f"{where} is not an absolute address"
        elif not isinstance(value, bool):
            if path[-1] not in NUMBERS:
                yield f"{where} is a number; numbers are written as text"
            elif not 0 <= value <= LARGEST_NUMBER:
                yield f"{where} is not a number that can be signed"
    yield from _members(document, "", "")
    yield from _doubled(document)


def is_absolute(text: str) -> bool:
    """Whether a text is an absolute address that can stand as an id."""
    return bool(urlsplit(text).scheme) and not _NOT_IN_IRI.search(text)


def _members(node: Mapping[str, Any], name: str, path: str) -> Iterator[str]:
    kinds = node.get("type", [])
    kinds = kinds if isinstance(kinds, list) else [kinds]
    allowed: frozenset[str] = frozenset()
    if not kinds:
        allowed = CRITERIA if name == "criteria" else frozenset()
    for kind in kinds:
        if kind not in MEMBERS:
            yield f"{path}/type {kind} is not one of ours"
        allowed |= MEMBERS.get(kind, frozenset())
    for member, value in node.items():
        if member not in allowed:
            yield f"{path}/{member} is not one of ours"
        if value == []:
            yield f"{path}/{member} is an empty list"
        if member in SEALED:
            continue
        for entry in value if isinstance(value, list) else [value]:
            if isinstance(entry, Mapping):
                yield from _members(entry, member, f"{path}/{member}")


def _doubled(document: Mapping[str, Any]) -> Iterator[str]:
    """Two objects with one id melt into one when signed."""
    seen: set[str] = set()
    stack: list[Any] = [document]
    while stack:
        node = stack.pop()
        if isinstance(node, Mapping):
            if (own := node.get("id")) and len(node) > 1:
                if own in seen:
                    yield f"{own} is described twice"
                seen.add(own)
            stack += (value for member, value in node.items() if member not in SEALED)
        elif isinstance(node, list):
            stack += node
