"""Open Badges 2.0 with hosted verification: what the issuer's own addresses say is the truth.

What was handed in only tells where to look (badges.md, 1.2 and 1.5; rows B2-001 to B2-060).
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from lti_tool.sealing import identities
from lti_tool.verification import credential_rules
from lti_tool.verification.credential_rules import moment
from lti_tool.verification.facts import Facts
from lti_tool.verification.reading import id_of, objects, strings, text
from lti_tool.verification.report import Report
from lti_tool.verification.sources import Source, Unavailable, get_object

ACCEPT = "application/ld+json, application/json"
_HASHED = re.compile(r"md5\$[0-9a-fA-F]{32}|sha256\$[0-9a-fA-F]{64}")


def check(
    presented: Mapping[str, Any],
    source: Source,
    report: Report,
    *,
    now: datetime,
    recipient: str | None = None,
) -> None:
    """Check a hosted assertion, its badge class and its issuer."""
    hosted = _hosted(presented, source, report)
    if hosted is None:
        return
    _members(hosted, report)
    _dates(hosted, report, now)
    badge = _linked(hosted.get("badge"), "Badge class", source, report)
    issuer = _linked(badge.get("issuer"), "Issuer", source, report) if badge else None
    if badge is not None:
        _badge_members(badge, report)
    if issuer is not None:
        _issuer_members(issuer, report)
        _origin(text(hosted.get("id")), issuer, report)
    report.facts = _facts(hosted, badge or {}, issuer or {})
    if recipient is not None:
        _recipient(hosted, recipient, report)


HOSTED = "Hosted copy"


def _hosted(
    presented: Mapping[str, Any], source: Source, report: Report
) -> Mapping[str, Any] | None:
    """The assertion as its own address answers it now (B2-001, B2-002, B2-009, B2-057)."""
    kind = presented.get("verification") or presented.get("verify")
    kinds = strings(kind.get("type")) if isinstance(kind, Mapping) else []
    address = text(presented.get("id"))
    if set(kinds) & {"SignedBadge", "signed"}:
        report.unknown(HOSTED, "signed Open Badges 2.0 are not read here.")
    elif not address.startswith(("https://", "http://")):
        report.failed(HOSTED, "the assertion's id is no address, so nobody vouches for it.")
    else:
        try:
            return _answered(address, source, report)
        except Unavailable as error:
            report.unknown(HOSTED, f"{error}.")
    return None


def _answered(address: str, source: Source, report: Report) -> Mapping[str, Any] | None:
    found = source.get(address, accept=ACCEPT)
    if found.status not in (200, 410):
        report.unknown(HOSTED, f"its address answers {found.status}; it may not be shared.")
        return None
    hosted = found.as_object()
    if found.status == 410 or hosted.get("revoked"):
        reason = text(hosted.get("revocationReason"))
        report.failed(HOSTED, f"it was revoked{': ' + reason if reason else ''}.")
    elif text(hosted.get("id")) != address:
        report.failed(HOSTED, "its address answers with another badge's id.")
    else:
        report.passed(HOSTED, f"its issuer's address answers: {address}")
        return hosted
    return None


def _members(hosted: Mapping[str, Any], report: Report) -> None:
    """B2-010 to B2-015, B2-021 to B2-025, B2-043."""
    faults = [
        f"{member} is missing"
        for member in ("id", "type", "recipient", "badge", "verification", "issuedOn")
        if not hosted.get(member)
    ]
    if "Assertion" not in strings(hosted.get("type")):
        faults.append("it is no assertion")
    verification = hosted.get("verification")
    if isinstance(verification, Mapping) and not (
        set(strings(verification.get("type"))) & {"HostedBadge", "hosted"}
    ):
        faults.append("its kind of verification is not known")
    recipient = hosted.get("recipient")
    if isinstance(recipient, Mapping):
        faults += _recipient_faults(recipient)
    _say("Required members", faults, report)


def _recipient_faults(recipient: Mapping[str, Any]) -> list[str]:
    identity = text(recipient.get("identity"))
    if not set(strings(recipient.get("type"))) & {"email", "url", "telephone", "id"}:
        return ["the recipient's kind of identity is not known"]
    if not isinstance(recipient.get("hashed"), bool):
        return ["it does not say whether the recipient is hashed"]
    if recipient["hashed"] != bool(_HASHED.fullmatch(identity)):
        return ["the recipient is not hashed as it says"]
    return []


def _badge_members(badge: Mapping[str, Any], report: Report) -> None:
    """B2-026 to B2-032."""
    faults = [
        f"{member} is missing"
        for member in ("id", "type", "name", "description", "image", "criteria", "issuer")
        if not badge.get(member)
    ]
    criteria = badge.get("criteria")
    if isinstance(criteria, Mapping) and not (criteria.get("id") or criteria.get("narrative")):
        faults.append("the criteria are empty")
    if any(
        not text(one.get("targetName")) or not text(one.get("targetUrl")).startswith("http")
        for one in objects(badge.get("alignment"))
    ):
        faults.append("an alignment has no name or address")
    _say("Badge class", faults, report)


def _issuer_members(issuer: Mapping[str, Any], report: Report) -> None:
    """B2-034, B2-037."""
    faults = [
        f"{member} is missing"
        for member in ("id", "type", "name", "url", "email")
        if not issuer.get(member)
    ]
    if issuer.get("url") and not text(issuer.get("url")).startswith(("https://", "http://")):
        faults.append("the issuer's url is no address")
    if not set(strings(issuer.get("type"))) & {"Issuer", "Profile"}:
        faults.append("it is no issuer")
    _say("Issuer", faults, report)


def _say(name: str, faults: list[str], report: Report) -> None:
    if faults:
        report.failed(name, f"{'; '.join(faults[:5])}.")
    else:
        report.passed(name, "everything the standard asks for is there.")


def _linked(value: Any, name: str, source: Source, report: Report) -> Mapping[str, Any] | None:
    """A badge class or issuer: what its address answers, even where a copy is embedded."""
    address = id_of(value)
    if not address.startswith(("https://", "http://")):
        report.failed(name, "it is named by no address.")
        return None
    try:
        found = get_object(source, address)
    except Unavailable as error:
        report.unknown(name, f"{error}.")
        return None
    if text(found.get("id")) != address:
        report.failed(name, "its address answers with another id.")
        return None
    return found


def _origin(address: str, issuer: Mapping[str, Any], report: Report) -> None:
    """B2-038 to B2-042: the assertion lies where its issuer says its assertions lie."""
    rules = issuer.get("verification")
    rules = rules if isinstance(rules, Mapping) else {}
    host = _host(address)
    begins = strings(rules.get("startsWith"))
    origins = strings(rules.get("allowedOrigins")) or [_host(text(issuer.get("id")))]
    if begins and not any(address.startswith(begin) for begin in begins):
        report.failed("Origin", "it does not lie where its issuer says its badges lie.")
    elif host not in origins:
        report.failed("Origin", f"it lies at {host}, which is not its issuer's.")
    else:
        report.passed("Origin", f"it lies at its issuer's own address, {host}.")


def _host(address: str) -> str:
    try:
        return urlsplit(address).netloc
    except ValueError:
        return ""


def _dates(hosted: Mapping[str, Any], report: Report, now: datetime) -> None:
    """B2-017 to B2-020."""
    try:
        begin = moment(text(hosted.get("issuedOn")))
        end = moment(text(hosted.get("expires")))
    except ValueError as error:
        report.failed("Dates", f"{error}.")
        return
    if begin and begin > now + credential_rules.SKEW:
        report.failed("Dates", "it was issued in the future.")
    elif begin and end and end < begin:
        report.failed("Dates", "it expired before it was issued.")
    elif end and end <= now:
        report.failed("Dates", f"it expired on {text(hosted.get('expires'))}.")
    else:
        report.passed("Dates", f"issued {text(hosted.get('issuedOn'))}, in force.")


def _recipient(hosted: Mapping[str, Any], identity: str, report: Report) -> None:
    """B2-053: whether it was earned by the person with this address."""
    recipient = hosted.get("recipient")
    recipient = recipient if isinstance(recipient, Mapping) else {}
    written, salt = text(recipient.get("identity")), text(recipient.get("salt"))
    given = {identity, identity.lower()}
    hashes = {identities.hashed(each, salt) for each in given}
    if written in (hashes if recipient.get("hashed") else given):
        report.passed("Recipient", f"it was earned by {identity}.")
    else:
        report.failed("Recipient", f"it was not earned by {identity}.")


def _facts(hosted: Mapping[str, Any], badge: Mapping[str, Any], issuer: Mapping[str, Any]) -> Facts:
    return Facts(
        name=text(badge.get("name")),
        description=text(badge.get("description")),
        issuer_name=text(issuer.get("name")),
        issuer_id=text(issuer.get("id")),
        issued=text(hosted.get("issuedOn")),
        expires=text(hosted.get("expires")),
        address=text(hosted.get("id")),
    )
