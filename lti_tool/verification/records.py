"""Comprehensive Learner Records 2.0: badges bundled and signed once more (B3-061, B3-062).

The record's own signature says who bundled them; each badge is verified by itself all the same.
"""

from collections.abc import Callable, Mapping
from typing import Any

from lti_tool.verification.reading import (
    NotReadable,
    Presented,
    as_list,
    has_type,
    id_of,
    looks_like_token,
    objects,
    read_token,
    strings,
    text,
)
from lti_tool.verification.report import Outcome, Part, Report, Standing, Verdict

MOST = 24
"""Credentials of a record that are looked into."""
ENVELOPE = "data:application/vc+jwt,"
"""How the second data model wraps a JWT (VC Data Model 2.0, section 4.13)."""

BETWEEN = {
    "exactMatchOf": "is the same as",
    "isChildOf": "is a child of",
    "isParentOf": "is the parent of",
    "isPartOf": "is part of",
    "isPeerOf": "is a peer of",
    "isRelatedTo": "is related to",
    "precedes": "comes before",
    "replacedBy": "was replaced by",
}


def check(
    document: Mapping[str, Any], verify: Callable[[Presented], Report | None], report: Report
) -> None:
    """Verify each contained credential and look at how the record says they belong together."""
    subject = next(iter(objects(document.get("credentialSubject"))), {})
    contained = as_list(subject.get("verifiableCredential"))
    names = {id_of(one): text(one.get("name")) for one in objects(subject.get("achievement"))}
    owners = set()
    for place, one in enumerate(contained[:MOST], start=1):
        inside = _check_one(f"Badge {place}", one, verify, report)
        if inside is not None:
            names |= _names(inside.document)
            owners |= {id_of(each) for each in objects(inside.document.get("credentialSubject"))}
    if len(contained) > MOST:
        report.unknown(
            "Badges", f"it holds {len(contained)}; more than {MOST} are not looked into."
        )
    if (own := text(subject.get("id"))) and (others := owners - {"", own}):
        report.noted("Earner", f"it is {own}'s, but holds a badge of {min(others)}.")
    _associations(subject, names, report)


def _check_one(
    name: str, value: Any, verify: Callable[[Presented], Report | None], report: Report
) -> Presented | None:
    try:
        inside = presented(value)
    except NotReadable as error:
        report.failed(name, f"it cannot be read: {error}.")
        return None
    inner = verify(inside)
    if inner is None:
        kinds = ", ".join(strings(inside.document.get("type"))) or "of no kind"
        report.noted(name, f"it is {kinds}, which is no badge, so it is not looked into.")
        return inside
    report.parts.append(Part("Badge", inner))
    title = f"“{inner.facts.name}”" if inner.facts.name else "it"
    match inner.outcome:
        case Outcome.VALID if inner.standing is Standing.KNOWN:
            report.passed(name, f"{title} is genuine and still holds.")
        case Outcome.VALID:
            report.noted(name, f"{title} is intact, but nobody vouches for its issuer.")
        case Outcome.NOT_VALID:
            reason = next(one.saw for one in inner.checks if one.verdict is Verdict.FAILED)
            report.failed(name, f"{title} in it is not valid: {reason}")
        case _:
            report.unknown(name, f"{title}: {inner.sentence}")
    return inside


def presented(value: Any) -> Presented:
    """A contained credential: an object, a JWT, or a JWT in its envelope. Raises `NotReadable`."""
    if isinstance(value, Mapping) and has_type(value, "EnvelopedVerifiableCredential"):
        value = id_of(value).removeprefix(ENVELOPE)
    if isinstance(value, str) and looks_like_token(value):
        return read_token(value)
    if not isinstance(value, dict):
        raise NotReadable("it is neither an object nor a JWT")
    return Presented(value)


def _names(document: Mapping[str, Any]) -> dict[str, str]:
    """What the ids in a badge are called."""
    subject = next(iter(objects(document.get("credentialSubject"))), {})
    achieved = objects(subject.get("achievement"))
    found = {id_of(one): text(one.get("name")) for one in achieved}
    title = text(document.get("name")) or next(iter(found.values()), "")
    return {**found, text(document.get("id")): title}


def _associations(subject: Mapping[str, Any], names: Mapping[str, str], report: Report) -> None:
    found = objects(subject.get("association"))
    if not found:
        return
    report.facts.associations = tuple(
        (
            names.get(text(one.get("sourceId"))) or text(one.get("sourceId")),
            BETWEEN.get(text(one.get("associationType")), text(one.get("associationType"))),
            names.get(text(one.get("targetId"))) or text(one.get("targetId")),
        )
        for one in found
    )
    outside = [
        text(one.get(end))
        for one in found
        for end in ("sourceId", "targetId")
        if text(one.get(end)) not in names
    ]
    if outside:
        report.noted("Associations", f"{len(found)}; {outside[0]} is not in the record.")
    else:
        report.passed("Associations", f"{len(found)}, all between what is in the record.")
