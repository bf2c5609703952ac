"""Open Badges 2.0: an assertion, its badge class and its issuer, hosted or signed.

Of a hosted assertion, what the issuer's own addresses say is the truth; what was handed in only
tells where to look. Of a signed one, the signed words are, and the issuer's profile says whose key
it is (Open Badges 2.0, verification; rows B2-001 to B2-060).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from lti_tool.sealing import identities
from lti_tool.verification import assertion_rules, credential_rules, endorsements, signed_badges
from lti_tool.verification.assertion_rules import SIGNED, WEB
from lti_tool.verification.credential_rules import moment
from lti_tool.verification.facts import Facts, short
from lti_tool.verification.reading import Presented, as_list, id_of, objects, strings, text
from lti_tool.verification.report import Part, Report, Standing
from lti_tool.verification.signatures import PROOF
from lti_tool.verification.sources import Source, Unavailable, get_object

ACCEPT = "application/ld+json, application/json"
COPY = "Hosted copy"
MOST_ENDORSEMENTS = 4

CONTEXTS = ("https://w3id.org/openbadges/v2", "https://w3id.org/openbadges/v1")
_OF_THE_PAGE = frozenset({"@context", "id", "type"})


def check(
    presented: Presented,
    source: Source,
    report: Report,
    *,
    now: datetime,
    recipient: str | None = None,
    asks_around: bool = False,
    is_inside: bool = False,
) -> None:
    """Check an assertion or endorsement; `is_inside` where it was found in another document."""
    found = _the_words_that_count(presented, source, report)
    if found is None:
        return
    is_endorsement = "Endorsement" in strings(found.get("type"))
    report.thing = "endorsement" if is_endorsement else "badge"
    _context(found, report)
    rules = assertion_rules.endorsement_faults if is_endorsement else None
    _say("Required members", (rules or assertion_rules.assertion_faults)(found), report)
    _dates(found, report, now)
    badge: Mapping[str, Any] | None = None
    if not is_endorsement:
        badge = _badge(found.get("badge"), source, report, is_signed=bool(presented.token))
        if badge is not None:
            _say("Badge class", assertion_rules.badge_faults(badge), report)
            if asks_around:
                _picture(badge, source, report)
    of = found if is_endorsement else badge
    issuer = _linked(of.get("issuer"), "Issuer", source, report) if of is not None else None
    if issuer is not None:
        _say("Issuer", assertion_rules.issuer_faults(issuer), report)
        if presented.token:
            signed_badges.check(presented.token, found, issuer, source, report)
        else:
            _origin(text(found.get("id")), issuer, report)
    report.facts = _facts(found, badge or {}, issuer or {})
    documents = [one for one in (found, badge, issuer) if one is not None]
    _extensions(documents, report)
    if not is_inside:
        _endorsements(documents, source, report, now=now)
    if recipient is not None:
        _recipient(found, recipient, report)


def _the_words_that_count(
    presented: Presented, source: Source, report: Report
) -> Mapping[str, Any] | None:
    """The signed assertion as it is (B2-003), the hosted one as its address answers it."""
    document = presented.document
    kind = document.get("verification") or document.get("verify")
    kinds = set(strings(kind.get("type")) if isinstance(kind, Mapping) else [])
    if presented.token:
        if not kinds & SIGNED:
            report.failed(PROOF, "it is signed, but does not say that its signature counts.")
            return None
        return document
    if kinds & SIGNED:
        report.failed(PROOF, "it says that it is signed, but what was given has no signature.")
        return None
    return _hosted(document, source, report)


def _hosted(
    presented: Mapping[str, Any], source: Source, report: Report
) -> Mapping[str, Any] | None:
    """The assertion as its own address answers it now (B2-001, B2-002, B2-009, B2-057)."""
    address = text(presented.get("id"))
    if not address.startswith(WEB):
        report.failed(COPY, "the assertion's id is no address, so nobody vouches for it.")
        return None
    try:
        return _answered(address, presented, source, report)
    except Unavailable as error:
        report.unknown(COPY, f"{error}.")
    return None


def _answered(
    address: str, presented: Mapping[str, Any], source: Source, report: Report
) -> Mapping[str, Any] | None:
    found = source.get(address, accept=ACCEPT)
    if found.status not in (200, 410):
        report.unknown(COPY, f"its address answers {found.status}; it may not be shared.")
        return None
    hosted: Mapping[str, Any] = found.as_object()
    if found.status == 410 or hosted.get("revoked"):
        reason = text(hosted.get("revocationReason"))
        report.failed(COPY, f"it was revoked{': ' + reason if reason else ''}.")
        return None
    if (other := text(hosted.get("id"))) != address:
        declared = _declared(other, source)
        if declared is None:
            report.failed(COPY, "its address answers with another badge's id.")
            return None
        report.noted("Address", f"{address} answers with the id {other}, which counts.")
        address, hosted = other, declared
    report.is_intact = report.is_hosted = True
    report.passed(COPY, f"its issuer's address answers: {address}")
    changed = [
        name
        for name, value in presented.items()
        if name not in _OF_THE_PAGE and hosted.get(name) != value
    ]
    if changed:
        report.noted("Handed in", f"it differs in {changed[0]}; what its address answers counts.")
    return hosted


def _declared(address: str, source: Source) -> Mapping[str, Any] | None:
    """B2-009: the document behind the id that another address answered with; `None` if wrong."""
    if not address.startswith(WEB):
        return None
    try:
        found = get_object(source, address)
    except Unavailable:
        return None
    return found if text(found.get("id")) == address and not found.get("revoked") else None


def _context(found: Mapping[str, Any], report: Report) -> None:
    """B2-007, B2-008: any context counts as that of 2.0, but it must be one."""
    named = as_list(found.get("@context"))
    if not all(isinstance(one, str | Mapping) for one in named):
        report.failed("Contexts", "what it gives as its context is none.")
    elif not set(CONTEXTS) & {one for one in named if isinstance(one, str)}:
        report.noted("Contexts", "it names no context of Open Badges; read as 2.0 all the same.")


def _say(name: str, faults: list[str], report: Report) -> None:
    if faults:
        report.failed(name, f"{'; '.join(faults[:5])}.")
    else:
        report.passed(name, "everything the standard asks for is there.")


def _badge(
    value: Any, source: Source, report: Report, *, is_signed: bool
) -> Mapping[str, Any] | None:
    """The badge class; one without an address counts where the signature covers it."""
    if is_signed and isinstance(value, Mapping) and not id_of(value).startswith(WEB):
        return value
    return _linked(value, "Badge class", source, report)


def _linked(value: Any, name: str, source: Source, report: Report) -> Mapping[str, Any] | None:
    """A badge class or issuer: what its address answers, even where a copy is embedded."""
    address = id_of(value)
    if not address.startswith(WEB):
        # B2-035: without an address nobody can be asked whose keys or badges these are.
        report.failed(name, "it is named by no address.")
        return None
    try:
        found = get_object(source, address)
    except Unavailable as error:
        report.unknown(name, f"{error}.")
        return None
    if (other := text(found.get("id"))) != address:
        declared = _declared(other, source)
        if declared is None:
            report.failed(name, "its address answers with another id.")
            return None
        report.noted("Address", f"{address} answers with the id {other}, which counts.")
        return declared
    return found


def _picture(badge: Mapping[str, Any], source: Source, report: Report) -> None:
    """B2-029: a note where the badge's picture cannot be had."""
    address = next((id_of(one) for one in as_list(badge.get("image"))), "")
    if not address.startswith(WEB):
        return
    try:
        found = source.get(address, accept="image/png, image/svg+xml")
        word = "" if found.status == 200 else f"its address answers {found.status}"
    except Unavailable as error:
        word = str(error)
    if word:
        report.noted("Picture", f"the badge's picture cannot be had: {word}.")


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
        report.standing = Standing.KNOWN
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


def _extensions(documents: list[Mapping[str, Any]], report: Report) -> None:
    """B2-056: extensions are named; their schemas lie elsewhere and are not fetched."""
    if names := [name for one in documents for name in assertion_rules.extensions(one)]:
        shown = ", ".join(dict.fromkeys(names))
        report.noted("Extensions", f"it carries {shown}, not held against their own schemas.")


def _endorsements(
    documents: list[Mapping[str, Any]], source: Source, report: Report, *, now: datetime
) -> None:
    """B2-054, B2-055: each endorsement is fetched from its own address and checked."""
    named = [
        (text(one.get("id")), id_of(entry))
        for one in documents
        for entry in as_list(one.get("endorsement"))
        if id_of(entry).startswith(WEB)
    ]
    for place, (of, address) in enumerate(named[:MOST_ENDORSEMENTS], start=1):
        inner = Report(thing="endorsement", form="Open Badges 2.0, hosted")
        hosted = Presented({"id": address, "type": "Endorsement"})
        check(hosted, source, inner, now=now, is_inside=True)
        report.parts.append(Part("Endorsement", inner))
        name = "Endorsement" if len(named) == 1 else f"Endorsement {place}"
        endorsements.say(name, inner, report, is_about=inner.facts.about in ("", of))
    if len(named) > MOST_ENDORSEMENTS:
        report.noted("Endorsements", f"{len(named) - MOST_ENDORSEMENTS} more, not looked into.")


def _recipient(hosted: Mapping[str, Any], identity: str, report: Report) -> None:
    """B2-053: whether it was earned by the person with this address."""
    recipient = hosted.get("recipient")
    recipient = recipient if isinstance(recipient, Mapping) else {}
    written, salt = text(recipient.get("identity")), text(recipient.get("salt"))
    given = {identity, identity.lower()}
    hashes = {identities.hashed(each, salt) for each in given}
    if written in (hashes if recipient.get("hashed") else given):
        report.passed(credential_rules.RECIPIENT, f"it was earned by {identity}.")
    else:
        report.failed(credential_rules.RECIPIENT, f"it was not earned by {identity}.")


def _facts(found: Mapping[str, Any], badge: Mapping[str, Any], issuer: Mapping[str, Any]) -> Facts:
    claim = next(iter(objects(found.get("claim"))), {})
    return Facts(
        name=short(badge.get("name")),
        description=short(badge.get("description")) or short(claim.get("endorsementComment")),
        issuer_name=short(issuer.get("name")),
        issuer_id=text(issuer.get("id")),
        issued=text(found.get("issuedOn")),
        expires=text(found.get("expires")),
        address=text(found.get("id")),
        about=id_of(claim),
    )
