"""What Open Badges 2.0 requires of each of its documents.

Each function answers what is wrong, in words for a person. Source: Open Badges 2.0, section 4;
rows B2-010 to B2-060.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from lti_tool.verification.reading import as_list, every_object, id_of, objects, strings, text

WEB = ("https://", "http://")
HOSTED = frozenset({"HostedBadge", "hosted"})
SIGNED = frozenset({"SignedBadge", "signed"})

_HASHED = re.compile(r"md5\$[0-9a-fA-F]{32}|sha256\$[0-9a-fA-F]{64}")
_UUID = re.compile(
    r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
)
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"\+[1-9]\d{1,14}(;ext=\d+)?")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_ORIGIN = re.compile(r"([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,63}")
_PICTURE = re.compile(r"data:image/(png|svg\+xml)[;,]")


def missing(node: Mapping[str, Any], *members: str) -> list[str]:
    """Which of these members are not there."""
    return [f"{member} is missing" for member in members if not node.get(member)]


def assertion_faults(node: Mapping[str, Any]) -> list[str]:
    """B2-010 to B2-016, B2-021 to B2-025, B2-030, B2-043, B2-058."""
    faults = missing(node, "id", "type", "recipient", "badge", "verification", "issuedOn")
    if "Assertion" not in strings(node.get("type")):
        faults.append("it is no assertion")
    faults += _id_faults(node) + _verification_faults(node)
    recipient = node.get("recipient")
    if isinstance(recipient, Mapping):
        faults += _recipient_faults(recipient)
    if any(id_of(one).startswith("data:") for one in as_list(node.get("image"))):
        faults.append("its image is written into it, where only an address may stand")
    for one in as_list(node.get("evidence")):
        if id_of(one) and not is_iri(id_of(one)):
            faults.append("a piece of evidence has no valid address")
        if isinstance(one, Mapping) and not isinstance(one.get("narrative", ""), str):
            faults.append("the words of a piece of evidence are no text")
    return faults + common_faults(node)


def endorsement_faults(node: Mapping[str, Any]) -> list[str]:
    """B2-054."""
    faults = missing(node, "id", "type", "claim", "issuer", "issuedOn", "verification")
    if "Endorsement" not in strings(node.get("type")):
        faults.append("it is no endorsement")
    claims = objects(node.get("claim"))
    if node.get("claim") and not all(id_of(one) for one in claims):
        faults.append("it does not say what it endorses")
    return faults + _id_faults(node) + _verification_faults(node) + common_faults(node)


def _id_faults(node: Mapping[str, Any]) -> list[str]:
    """B2-016."""
    own = text(node.get("id"))
    if not own or own.startswith(WEB) or _UUID.fullmatch(own.lower()):
        return []
    return ["the id is neither an address nor a valid urn:uuid"]


def _verification_faults(node: Mapping[str, Any]) -> list[str]:
    """B2-043."""
    verification = node.get("verification")
    if not isinstance(verification, Mapping):
        return []
    if set(strings(verification.get("type"))) & (HOSTED | SIGNED):
        return []
    return ["its kind of verification is not known"]


def _recipient_faults(recipient: Mapping[str, Any]) -> list[str]:
    identity = text(recipient.get("identity"))
    kinds = set(strings(recipient.get("type")))
    if not kinds & {"email", "url", "telephone", "id"}:
        return ["the recipient's kind of identity is not known"]
    if not isinstance(recipient.get("hashed"), bool):
        return ["it does not say whether the recipient is hashed"]
    if recipient["hashed"] != bool(_HASHED.fullmatch(identity)):
        return ["the recipient is not hashed as it says"]
    if not recipient["hashed"] and "email" in kinds and not _EMAIL.fullmatch(identity):
        return ["the recipient's e-mail address is none"]
    return []


def badge_faults(node: Mapping[str, Any]) -> list[str]:
    """B2-026 to B2-028, B2-030 to B2-033."""
    faults = missing(node, "id", "type", "name", "description", "image", "criteria", "issuer")
    if "BadgeClass" not in strings(node.get("type")):
        faults.append("it is no badge class")
    images = as_list(node.get("image"))
    if len(images) > 1:
        faults.append(f"it has {len(images)} images, not one")
    if any(id_of(one).startswith("data:") and not _PICTURE.match(id_of(one)) for one in images):
        faults.append("its image is neither a PNG nor an SVG")
    criteria = node.get("criteria")
    if isinstance(criteria, Mapping) and not (criteria.get("id") or criteria.get("narrative")):
        faults.append("the criteria are empty")
    if any(
        not text(one.get("targetName")) or not text(one.get("targetUrl")).startswith(WEB)
        for one in objects(node.get("alignment"))
    ):
        faults.append("an alignment has no name or address")
    if any(not isinstance(one, str) for one in as_list(node.get("tags"))):
        faults.append("a tag is no text")
    return faults + common_faults(node)


def issuer_faults(node: Mapping[str, Any]) -> list[str]:
    """B2-034, B2-036, B2-037, B2-041, B2-042."""
    faults = missing(node, "id", "type", "name", "url", "email")
    if node.get("url") and not text(node.get("url")).startswith(WEB):
        faults.append("the issuer's url is no address")
    if not set(strings(node.get("type"))) & {"Issuer", "Profile"}:
        faults.append("it is no issuer")
    if node.get("telephone") and not _PHONE.fullmatch(text(node.get("telephone"))):
        faults.append("the issuer's telephone number is not written with +")
    rules = node.get("verification")
    if isinstance(rules, Mapping):
        if not all(_ORIGIN.fullmatch(one) for one in strings(rules.get("allowedOrigins"))):
            faults.append("an allowed origin is not the name of a host")
        if not all(one.startswith(WEB) for one in strings(rules.get("startsWith"))):
            faults.append("what its badges' addresses start with is no address")
    return faults + common_faults(node)


def common_faults(node: Mapping[str, Any]) -> list[str]:
    """B2-055, B2-056, B2-059, B2-060: what any document may hold."""
    faults = [
        f"what it names as {member} has no valid address"
        for member in ("related", "endorsement")
        for one in as_list(node.get(member))
        if not is_iri(id_of(one))
    ]
    if not all(_LANGUAGE.fullmatch(text(one)) for one in as_list(node.get("@language"))):
        faults.append("its language is no language tag")
    if "version" in node and not isinstance(node["version"], str | int | float):
        faults.append("its version is neither text nor a number")
    faults += [
        "an extension does not say what it is"
        for one in _extensions(node)
        if not one.get("@context") or len(strings(one.get("type"))) < 2
    ]
    return faults


def _extensions(node: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return (one for one in every_object(node) if "Extension" in strings(one.get("type")))


def extensions(node: Mapping[str, Any]) -> list[str]:
    """The extensions a document carries, by name."""
    return sorted(
        {
            kind
            for one in _extensions(node)
            for kind in strings(one.get("type"))
            if kind != "Extension"
        }
    )


def is_iri(value: str) -> bool:
    """Whether a text can be an absolute address or name."""
    return bool(_IRI.fullmatch(value))
