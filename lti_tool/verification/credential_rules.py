"""The checks of an Open Badges 3.0 credential that need nothing but the credential itself.

Each writes one named check into the report. The rules are those 1EdTech's validator applies; the
row each shows stands beside it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from lti_tool.sealing import contexts, identities, terms
from lti_tool.verification.reading import (
    as_list,
    every_object,
    has_type,
    id_of,
    objects,
    strings,
    text,
)
from lti_tool.verification.report import Report

BADGE_TYPES = ("OpenBadgeCredential", "AchievementCredential")
OF_BADGES = ("https://purl.imsglobal.org/spec/ob/v3p0/context",)
OF_RECORDS = ("https://purl.imsglobal.org/spec/clr/v2p0/context", *OF_BADGES)
RECIPIENT = "Recipient"
"""The check of whose it is."""
STANDARD_SCHEMAS = "https://imsglobal.github.io/openbadges-specification/"
SKEW = timedelta(minutes=5)
"""How far another clock may be ahead of ours."""


def contexts_are_known(
    document: Mapping[str, Any], report: Report, beginnings: Sequence[str] = OF_BADGES
) -> bool:
    """B3-006 to B3-008: the first contexts are the right ones, all of them are known here.

    `beginnings` are what the addresses after the first begin with, in their order.
    """
    named = as_list(document.get("@context"))
    if not named or named[0] not in (contexts.CREDENTIALS_V2, contexts.CREDENTIALS_V1):
        report.failed("Contexts", "the first context is not that of verifiable credentials.")
        return False
    after = [text(one) for one in named[1 : len(beginnings) + 1]]
    is_in_order = _begin(after, beginnings)
    # A library in use writes those of records the other way round, which means the same.
    if not is_in_order and not _begin(after[::-1], beginnings):
        report.failed("Contexts", f"the contexts are not those of {_standards(beginnings)}.")
        return False
    try:
        for one in every_object(document):
            for context in as_list(one.get("@context")):
                contexts.require_known(context)
    except contexts.UnknownContext as error:
        report.unknown("Contexts", f"{error}.")
        return False
    if named[0] == contexts.CREDENTIALS_V1:
        report.noted("Contexts", "written in the first data model of verifiable credentials.")
    elif not is_in_order:
        report.noted("Contexts", "known, but not in the order the standard gives them.")
    elif not set(after) <= {contexts.OPEN_BADGES_3, contexts.CLR_2}:
        report.noted("Contexts", f"an older Open Badges context, {after[-1].rsplit('/', 1)[1]}.")
    else:
        report.passed("Contexts", f"all {len(named)} contexts are known and bundled here.")
    return True


def _begin(named: Sequence[str], beginnings: Sequence[str]) -> bool:
    return len(named) == len(beginnings) and all(
        one.startswith(beginning) for one, beginning in zip(named, beginnings, strict=True)
    )


def _standards(beginnings: Sequence[str]) -> str:
    return "learner records" if OF_RECORDS[0] in beginnings else "Open Badges 3.0"


def types_are_right(
    document: Mapping[str, Any],
    report: Report,
    kinds: Sequence[str] = BADGE_TYPES,
    words: str = "an open badge",
) -> None:
    """B3-009, B3-010: it is a verifiable credential and an open badge."""
    if not has_type(document, "VerifiableCredential"):
        report.failed("Types", "it is no verifiable credential.")
    elif not has_type(document, *kinds):
        report.failed("Types", f"it is a verifiable credential, but not {words}.")
    else:
        report.passed("Types", f"a verifiable credential that is {words}.")


def members_are_there(faults: Sequence[str], report: Report) -> None:
    """B3-011, B3-013 to B3-025: what the standard requires is there and of the right type."""
    if faults:
        report.failed("Required members", f"{'; '.join(faults[:6])}.")
    else:
        report.passed("Required members", "everything the standard asks for is there.")


def nothing_is_undefined(document: Mapping[str, Any], report: Report) -> None:
    """B3-005: every member is defined by a context, so that a proof can cover it."""
    bare = {name: value for name, value in document.items() if name != "proof"}
    if found := terms.undefined_members(bare):
        shown = ", ".join(found[:3])
        report.failed("Covered by the proof", f"no context defines {shown}.")
    else:
        report.passed("Covered by the proof", "every member is defined, so the proof covers it.")


def issued(document: Mapping[str, Any]) -> str:
    """When it was issued, in either data model (B3-063)."""
    return text(document.get("validFrom")) or text(document.get("issuanceDate"))


def expires(document: Mapping[str, Any]) -> str:
    """When it ends, in either data model; empty where it does not."""
    return text(document.get("validUntil")) or text(document.get("expirationDate"))


def is_within_dates(
    document: Mapping[str, Any], claims: Mapping[str, Any], report: Report, *, now: datetime
) -> None:
    """B3-043, B3-057, B3-058: issued, not expired; in a JWT the same by its own claims."""
    try:
        begin, end = moment(issued(document)), moment(expires(document))
    except ValueError as error:
        report.failed("Dates", f"{error}.")
        return
    try:
        times = [int(claims[name]) for name in ("nbf", "iat") if name in claims]
        ends = [int(claims["exp"])] if "exp" in claims else []
    except (TypeError, ValueError):
        report.failed("Dates", "the JWT's times cannot be read.")
        return
    if (begin and begin > now + SKEW) or any(time > (now + SKEW).timestamp() for time in times):
        report.failed("Dates", f"it is not valid before {issued(document)}.")
    elif (end and end <= now) or any(time <= now.timestamp() for time in ends):
        report.failed("Dates", f"it expired on {expires(document) or 'the date in its JWT'}.")
    else:
        report.passed(
            "Dates",
            f"issued {issued(document)}"
            + (f", valid until {expires(document)}." if end else ", does not expire."),
        )


def moment(written: str) -> datetime | None:
    """A date-time with a zone; `None` where nothing is written. Raises `ValueError`."""
    if not written:
        return None
    try:
        found = datetime.fromisoformat(written)
    except ValueError as error:
        raise ValueError(f"{written!r} is not a date and time") from error
    if found.tzinfo is None:
        raise ValueError(f"{written!r} does not name a time zone")
    return found


def levels_belong(document: Mapping[str, Any], report: Report) -> None:
    """Every achieved level belongs to the very description its result links."""
    subject = next(iter(objects(document.get("credentialSubject"))), {})
    achieved = subject.get("achievement")
    described = objects(achieved.get("resultDescription")) if isinstance(achieved, Mapping) else []
    results = objects(subject.get("result"))
    if not described and not results:
        report.noted("Rubric", "it carries no rubric.")
        return
    faults = []
    by_id = {text(one.get("id")): one for one in described}
    for one in described:
        levels = {id_of(level) for level in objects(one.get("rubricCriterionLevel"))}
        if one.get("requiredLevel") and text(one.get("requiredLevel")) not in levels:
            faults.append(f"“{text(one.get('name'))}” requires a level it does not have")
    for result in results:
        linked = by_id.get(text(result.get("resultDescription")))
        if linked is None:
            faults.append("a result belongs to no description")
            continue
        levels = {id_of(level) for level in objects(linked.get("rubricCriterionLevel"))}
        if result.get("achievedLevel") and text(result.get("achievedLevel")) not in levels:
            faults.append(
                f"the level reached in “{text(linked.get('name'))}” is not one of its own"
            )
        if not _is_in_range(text(result.get("value")), linked):
            faults.append(f"the value of “{text(linked.get('name'))}” is out of its range")
    if faults:
        report.failed("Rubric", f"{'; '.join(faults[:4])}.")
    else:
        count = sum(1 for result in results if result.get("achievedLevel"))
        report.passed("Rubric", f"{count} levels reached, each one of its own criterion's.")


def _is_in_range(value: str, description: Mapping[str, Any]) -> bool:
    try:
        low, high = (
            float(description[name]) if name in description else None
            for name in ("valueMin", "valueMax")
        )
        number = float(value) if value and (low is not None or high is not None) else None
    except (TypeError, ValueError):
        return False
    if number is None:
        return True
    return (low is None or low <= number) and (high is None or number <= high)


def recipient_is(document: Mapping[str, Any], identity: str, report: Report) -> None:
    """Whether it was earned by the person with this address or identifier."""
    subject = next(iter(objects(document.get("credentialSubject"))), {})
    given = {identity, identity.lower()}
    if text(subject.get("id")) in given | {f"mailto:{each}" for each in given}:
        report.passed(RECIPIENT, f"it was earned by {identity}.")
        return
    for entry in objects(subject.get("identifier")):
        written, salt = text(entry.get("identityHash")), text(entry.get("salt"))
        hashes = {identities.hashed(each, salt) for each in given}
        if written in (hashes if entry.get("hashed") else given):
            report.passed(RECIPIENT, f"it was earned by {identity}.")
            return
    if "@" in identity and not _names_an_address(subject):
        report.unknown(
            RECIPIENT, "it does not name its earner by an e-mail address, so it cannot be told."
        )
        return
    report.failed(RECIPIENT, f"it was not earned by {identity}.")


def _names_an_address(subject: Mapping[str, Any]) -> bool:
    """Whether a credential says by an e-mail address, perhaps hashed, who earned it."""
    kinds = {text(entry.get("identityType")) for entry in objects(subject.get("identifier"))}
    named = text(subject.get("id"))
    return named.startswith("mailto:") or bool(kinds & {"emailAddress", ""})


def schemas_are_known(document: Mapping[str, Any], report: Report) -> None:
    """B3-011, B3-012: our rules are those of the standard's schemas; others are not fetched."""
    foreign = [
        id_of(one)
        for one in objects(document.get("credentialSchema"))
        if not id_of(one).startswith(("https://purl.imsglobal.org/spec/", STANDARD_SCHEMAS))
    ]
    if foreign:
        report.noted("Schemas", f"it names a schema of its own, not applied here: {foreign[0]}")


def kinds(document: Mapping[str, Any]) -> str:
    """Its types in words, for what is no badge at all."""
    return ", ".join(strings(document.get("type"))) or "nothing that names a type"
