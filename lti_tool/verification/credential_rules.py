"""The checks of an Open Badges 3.0 credential that need nothing but the credential itself.

Each writes one named check into the report. The rules are those the public validator applies
(badges.md, 2.14); the row each shows stands beside it.
"""

from collections.abc import Mapping
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
SKEW = timedelta(minutes=5)
"""How far another clock may be ahead of ours."""


def contexts_are_known(document: Mapping[str, Any], report: Report) -> bool:
    """B3-006 to B3-008: the first two contexts are the right ones, all of them are known here."""
    named = as_list(document.get("@context"))
    if not named or named[0] not in (contexts.CREDENTIALS_V2, contexts.CREDENTIALS_V1):
        report.failed("Contexts", "the first context is not that of verifiable credentials.")
        return False
    second = named[1] if len(named) > 1 else ""
    if not isinstance(second, str) or not second.startswith(
        "https://purl.imsglobal.org/spec/ob/v3p0/context"
    ):
        report.failed("Contexts", "the second context is not that of Open Badges 3.0.")
        return False
    try:
        contexts.inlined(document)
    except contexts.UnknownContext as error:
        report.unknown("Contexts", f"{error}.")
        return False
    if named[0] == contexts.CREDENTIALS_V1:
        report.noted("Contexts", "written in the first data model of verifiable credentials.")
    elif second != contexts.OPEN_BADGES_3:
        report.noted("Contexts", f"an older Open Badges context, {second.rsplit('/', 1)[1]}.")
    else:
        report.passed("Contexts", f"all {len(named)} contexts are known and bundled here.")
    return True


def types_are_right(document: Mapping[str, Any], report: Report) -> None:
    """B3-009, B3-010: it is a verifiable credential and an open badge."""
    if not has_type(document, "VerifiableCredential"):
        report.failed("Types", "it is no verifiable credential.")
    elif not has_type(document, *BADGE_TYPES):
        report.failed("Types", "it is a verifiable credential, but no open badge.")
    else:
        report.passed("Types", "a verifiable credential that is an open badge.")


def members_are_there(document: Mapping[str, Any], report: Report) -> None:
    """B3-013 to B3-025: everything the standard requires is there and of the right type."""
    faults = [*_credential_faults(document), *_subject_faults(document)]
    if faults:
        report.failed("Required members", f"{'; '.join(faults[:6])}.")
    else:
        report.passed("Required members", "everything the standard asks for is there.")


def _credential_faults(document: Mapping[str, Any]) -> list[str]:
    faults = []
    if ":" not in text(document.get("id")):
        faults.append("the credential has no id")
    issuer = document.get("issuer")
    if not isinstance(issuer, Mapping):
        faults.append("the issuer is not described")
    elif not has_type(issuer, "Profile") or not text(issuer.get("id")):
        faults.append("the issuer is not a profile with an id")
    elif any(not has_type(each, "Profile") for each in objects(issuer.get("parentOrg"))):
        faults.append("the issuer's parent is not a profile")
    elif any(
        not has_type(each, "IdentifierEntry") for each in objects(issuer.get("otherIdentifier"))
    ):
        faults.append("an identifier of the issuer is of another type")
    if not issued(document):
        faults.append("it does not say when it was issued")
    if any(not has_type(each, "Evidence") for each in objects(document.get("evidence"))):
        faults.append("a piece of evidence is of another type")
    return faults


def _subject_faults(document: Mapping[str, Any]) -> list[str]:
    subjects = objects(document.get("credentialSubject"))
    if len(subjects) != 1:
        return [f"it has {len(subjects)} subjects, not one"]
    (subject,) = subjects
    faults = []
    if not has_type(subject, "AchievementSubject"):
        faults.append("the subject is not an achievement's")
    identifiers = as_list(subject.get("identifier"))
    if not text(subject.get("id")).strip() and not identifiers:
        faults.append("it does not say who earned it")
    if any(
        not isinstance(each, Mapping) or not has_type(each, "IdentityObject")
        for each in identifiers
    ):
        faults.append("an identifier is of another type")
    if any(not has_type(each, "Result") for each in objects(subject.get("result"))):
        faults.append("a result is of another type")
    if any(not has_type(each, "Profile") for each in objects(subject.get("source"))):
        faults.append("the source is not a profile")
    achieved = subject.get("achievement")
    if not isinstance(achieved, Mapping):
        return [*faults, "it does not describe what was achieved"]
    return [*faults, *_achievement_faults(achieved)]


def _achievement_faults(achieved: Mapping[str, Any]) -> list[str]:
    faults = [
        f"the achievement has no {member}"
        for member in ("id", "name", "description")
        if not text(achieved.get(member))
    ]
    if not has_type(achieved, "Achievement"):
        faults.append("the achievement is of another type")
    criteria = achieved.get("criteria")
    if not isinstance(criteria, Mapping) or not (criteria.get("id") or criteria.get("narrative")):
        faults.append("the achievement has no criteria")
    described = objects(achieved.get("resultDescription"))
    if any(not has_type(each, "ResultDescription") for each in described):
        faults.append("a result description is of another type")
    return faults


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
    """Every achieved level belongs to the very description its result links (badges.md, 2.3)."""
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
        report.passed("Recipient", f"it was earned by {identity}.")
        return
    for entry in objects(subject.get("identifier")):
        written, salt = text(entry.get("identityHash")), text(entry.get("salt"))
        hashes = {identities.hashed(each, salt) for each in given}
        if written in (hashes if entry.get("hashed") else given):
            report.passed("Recipient", f"it was earned by {identity}.")
            return
    report.failed("Recipient", f"it was not earned by {identity}.")


def endorsements_are_noted(document: Mapping[str, Any], report: Report) -> None:
    """Endorsements inside are said to be there; they are statements of others."""
    count = sum(
        len(as_list(one.get(member)))
        for one in every_object(dict(document))
        for member in ("endorsement", "endorsementJwt")
    )
    if count:
        report.noted("Endorsements", f"{count} inside, not checked here.")


def kinds(document: Mapping[str, Any]) -> str:
    """Its types in words, for what is no badge at all."""
    return ", ".join(strings(document.get("type"))) or "nothing that names a type"
