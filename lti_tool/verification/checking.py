"""Verify a badge, ours or anybody's: read it, look at it from every side, say what was seen."""

from datetime import datetime

from lti_tool.verification import (
    credential_rules,
    facts,
    hosted_badges,
    reading,
    signatures,
    status_check,
)
from lti_tool.verification.reading import NotReadable, Presented, has_type, read
from lti_tool.verification.report import Report
from lti_tool.verification.sources import Source, Unavailable

FORMAT = "Format"
LARGEST = reading.LARGEST
"""Bytes of a file that is looked into."""
ACCEPT = "application/ld+json, application/vc, application/json, image/png, image/svg+xml"


def check_file(
    data: bytes, source: Source, *, now: datetime, recipient: str | None = None
) -> Report:
    """Verify a file: JSON, a JWT, or a PNG or SVG with one of them baked in.

    `recipient` is an e-mail address or identifier; when it is given, the badge must be that
    person's.
    """
    report = Report()
    try:
        presented = read(data)
    except NotReadable as error:
        report.failed(FORMAT, f"{error}.")
        return report
    _check(presented, source, report, now=now, recipient=recipient)
    return report


def check_address(
    url: str, source: Source, *, now: datetime, recipient: str | None = None
) -> Report:
    """Verify what an address answers: a badge's page, its files, a hosted assertion."""
    report = Report()
    if not url.startswith(("https://", "http://")):
        report.failed(FORMAT, "this is not an address that begins with https://.")
        return report
    try:
        found = source.get(url, accept=ACCEPT)
    except Unavailable as error:
        report.unknown(FORMAT, f"{error}.")
        return report
    if found.status == 410:
        report.failed(FORMAT, "the badge at this address was revoked.")
        return report
    if found.status != 200:
        report.unknown(FORMAT, f"the address answers {found.status}, so there is nothing to check.")
        return report
    return check_file(found.body, source, now=now, recipient=recipient)


def _check(
    presented: Presented,
    source: Source,
    report: Report,
    *,
    now: datetime,
    recipient: str | None,
) -> None:
    document = presented.document
    baked = f", baked into {'an SVG' if presented.wrapping == 'SVG' else 'a PNG'}"
    wrapping = baked if presented.wrapping else ""
    if presented.is_open_badges_2:
        report.form = f"Open Badges 2.0, hosted{wrapping}"
        report.passed(FORMAT, f"{report.form}.")
        hosted_badges.check(document, source, report, now=now, recipient=recipient)
        return
    if not has_type(document, "VerifiableCredential", *credential_rules.BADGE_TYPES):
        report.failed(FORMAT, f"it is {credential_rules.kinds(document)}, which is no badge.")
        return
    how = "as a JWT" if presented.token else "with a Data Integrity proof"
    report.form = f"Open Badges 3.0 {how}{wrapping}"
    report.passed(FORMAT, f"{report.form}.")
    report.facts = facts.facts_of(document)
    _check_credential(presented, source, report, now=now)
    if recipient is not None:
        credential_rules.recipient_is(document, recipient, report)


def _check_credential(
    presented: Presented, source: Source, report: Report, *, now: datetime
) -> None:
    document = presented.document
    is_known = credential_rules.contexts_are_known(document, report)
    credential_rules.types_are_right(document, report)
    credential_rules.members_are_there(document, report)
    if presented.token:
        claims = signatures.check_token(presented.token, document, source, report)
    else:
        claims = {}
        if is_known:
            credential_rules.nothing_is_undefined(document, report)
        signatures.check_embedded(document, source, report)
    credential_rules.is_within_dates(document, claims, report, now=now)
    status_check.check(document, source, report, now=now)
    credential_rules.levels_belong(document, report)
    credential_rules.endorsements_are_noted(document, report)
