"""Whether a credential was revoked: its place in a signed list, or an older list of ids.

B3-047 to B3-056.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lti_tool.sealing import bitstrings
from lti_tool.verification import credential_rules, signatures
from lti_tool.verification.reading import (
    NotReadable,
    Presented,
    as_list,
    has_type,
    objects,
    read,
    text,
)
from lti_tool.verification.report import Outcome, Report
from lti_tool.verification.sources import Source, Unavailable, get_object

STATUS = "Status"
ACCEPT = "application/ld+json, application/json, application/vc+jwt, text/plain"
MOST_ENTRIES = 4


def check(document: Mapping[str, Any], source: Source, report: Report, *, now: datetime) -> None:
    """Look every status entry up and write one check."""
    entries = objects(document.get("credentialStatus"))
    if not entries:
        report.noted(STATUS, "its issuer cannot revoke it: it names no status list.")
        return
    if len(entries) > MOST_ENTRIES:
        report.unknown(STATUS, "it names too many status lists.")
        return
    for entry in entries:
        try:
            word = _word(entry, document, source, now)
        except (Unavailable, bitstrings.ListWrong) as error:
            report.unknown(STATUS, f"{error}.")
            return
        if word:
            report.failed(STATUS, word)
            return
    report.passed(STATUS, "not revoked, as its issuer's signed list says right now.")


def _word(
    entry: Mapping[str, Any], document: Mapping[str, Any], source: Source, now: datetime
) -> str:
    """Why it no longer holds; empty where it does."""
    if has_type(entry, "BitstringStatusListEntry"):
        purpose = text(entry.get("statusPurpose"))
        if purpose not in ("revocation", "suspension"):
            return ""
        if _bit(entry, purpose, source, now):
            return "its issuer has revoked it." if purpose == "revocation" else "it is suspended."
        return ""
    if has_type(entry, "1EdTechRevocationList"):
        return _in_old_list(text(entry.get("id")), text(document.get("id")), source)
    raise Unavailable(f"a status of the kind {entry.get('type')} is not known here")


def _bit(entry: Mapping[str, Any], purpose: str, source: Source, now: datetime) -> bool:
    presented = _fetched_list(text(entry.get("statusListCredential")), source)
    document = presented.document
    if not has_type(document, "BitstringStatusListCredential"):
        raise bitstrings.ListWrong("what its status list's address answers is no status list")
    _require_signed(presented, source, now)
    subject = next(iter(objects(document.get("credentialSubject"))), {})
    if not has_type(subject, "BitstringStatusList"):
        raise bitstrings.ListWrong("its status list is of another kind")
    if purpose not in as_list(subject.get("statusPurpose")):
        raise bitstrings.ListWrong("its status list serves another purpose")
    try:
        place = int(text(entry.get("statusListIndex")))
        size = int(entry.get("statusSize", 1))
    except (TypeError, ValueError, OverflowError) as error:
        raise bitstrings.ListWrong("its place in the status list is not a number") from error
    if not 1 <= size <= 8:
        raise bitstrings.ListWrong("the entries of its status list are of an odd size")
    return bitstrings.is_set(text(subject.get("encodedList")), place, size=size)


def _fetched_list(address: str, source: Source) -> Presented:
    found = source.get(address, accept=ACCEPT)
    if found.status != 200:
        raise Unavailable(f"the status list's address answered {found.status}")
    try:
        return read(found.body)
    except NotReadable as error:
        raise bitstrings.ListWrong(f"its status list cannot be read: {error}") from error


def _require_signed(presented: Presented, source: Source, now: datetime) -> None:
    """The list is a credential itself: signed by its issuer and in force (B3-050)."""
    inner = Report()
    claims: Mapping[str, Any] = {}
    if presented.token:
        claims = signatures.check_token(
            presented.token, presented.document, source, inner, may_be_bare=True
        )
    else:
        signatures.check_embedded(presented.document, source, inner)
    credential_rules.is_within_dates(presented.document, claims, inner, now=now)
    if inner.outcome is not Outcome.VALID:
        raise bitstrings.ListWrong(
            "its status list itself does not verify"
            + "".join(f"; {one.saw.rstrip('.')}" for one in inner.checks if one.verdict != "passed")
        )


def _in_old_list(address: str, credential: str, source: Source) -> str:
    """B3-048: the deprecated list of revoked ids."""
    if not credential:
        return "its issuer's revocation list needs an id it does not have."
    found = get_object(source, address)
    for one in objects(found.get("revokedCredential")):
        if text(one.get("id")) == credential and one.get("revoked") is not False:
            reason = text(one.get("revocationReason"))
            return f"its issuer has revoked it{': ' + reason if reason else ''}."
    return ""
