"""Verify a badge, ours or anybody's: read it, look at it from every side, say what was seen."""

from datetime import datetime

from lti_tool.verification import (
    credential_rules,
    credentials,
    hosted_badges,
    reading,
    records,
)
from lti_tool.verification.reading import (
    NotReadable,
    Presented,
    as_list,
    has_type,
    looks_like_token,
    read,
)
from lti_tool.verification.report import Report
from lti_tool.verification.sources import Source, Unavailable

FORMAT = "Format"
LARGEST = reading.LARGEST
"""Bytes of a file that is looked into."""
ACCEPT = "application/ld+json, application/vc, application/json, image/png, image/svg+xml"
ADDRESS = ("https://", "http://")


def check_file(
    data: bytes,
    source: Source,
    *,
    now: datetime,
    recipient: str | None = None,
    asks_around: bool = False,
) -> Report:
    """Verify a file: JSON, a JWT, or a PNG or SVG with one of them baked in.

    `recipient` is an e-mail address or identifier; when it is given, the badge must be that
    person's. With `asks_around` addresses are asked as well that prove nothing, such as that of
    the issuer's site.
    """
    report = Report()
    try:
        presented = read(data)
    except NotReadable as error:
        report.failed(FORMAT, f"{error}.")
        return report
    _check(presented, source, report, now=now, recipient=recipient, asks_around=asks_around)
    return report


def check_address(
    url: str,
    source: Source,
    *,
    now: datetime,
    recipient: str | None = None,
    asks_around: bool = False,
) -> Report:
    """Verify what an address answers: a badge's page, its files, a hosted assertion."""
    report = Report()
    if not url.startswith(ADDRESS):
        report.failed(
            FORMAT, "this is not an address that begins with https://, and neither JSON nor a JWT."
        )
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
    return check_file(found.body, source, now=now, recipient=recipient, asks_around=asks_around)


def check_words(
    words: str,
    source: Source,
    *,
    now: datetime,
    recipient: str | None = None,
    asks_around: bool = False,
) -> Report:
    """Verify what somebody pasted: an address, JSON, a JWT, or the source of an SVG."""
    words = tidy(words)
    if not words.startswith(("{", "[", "<")) and not looks_like_token(words):
        return check_address(words, source, now=now, recipient=recipient, asks_around=asks_around)
    data = words.encode("utf-8", "replace")
    return check_file(data, source, now=now, recipient=recipient, asks_around=asks_around)


def tidy(words: str) -> str:
    """What was pasted, without what e-mail programs put around addresses and into long lines."""
    words = words.strip().strip("\ufeff")
    if words[1:].startswith(ADDRESS):
        return words.strip("\"'<>")
    joined = "".join(words.split())
    return joined if looks_like_token(joined) else words


def _check(
    presented: Presented,
    source: Source,
    report: Report,
    *,
    now: datetime,
    recipient: str | None,
    asks_around: bool,
) -> None:
    document = presented.document
    baked = f", baked into {'an SVG' if presented.wrapping == 'SVG' else 'a PNG'}"
    wrapping = baked if presented.wrapping else ""
    if presented.is_open_badges_2:
        how = "signed" if presented.token else "hosted"
        report.form = f"Open Badges 2.0, {how}{wrapping}"
        report.passed(FORMAT, f"{report.form}.")
        hosted_badges.check(
            presented, source, report, now=now, recipient=recipient, asks_around=asks_around
        )
        return
    if has_type(document, "VerifiablePresentation"):
        presented = _out_of(presented, report)
        document = presented.document
    kind = credentials.kind_of(document)
    if kind is None:
        report.failed(FORMAT, f"it is {credential_rules.kinds(document)}, which is no badge.")
        return
    how = "as a JWT" if presented.token else "with a Data Integrity proof"
    report.form = f"{kind.standard} {how}{wrapping}"
    report.passed(FORMAT, f"{report.form}.")
    credentials.check(presented, kind, source, report, now=now, asks_around=asks_around)
    if recipient is not None:
        credential_rules.recipient_is(document, recipient, report)


def _out_of(presented: Presented, report: Report) -> Presented:
    """The one credential of a presentation, as some wallets export it; else what was given."""
    contained = as_list(presented.document.get("verifiableCredential"))
    try:
        inner = records.presented(contained[0]) if len(contained) == 1 else presented
    except NotReadable:
        return presented
    if inner is not presented:
        report.noted(
            "Presentation", "taken out of a wallet's presentation, which is not looked at."
        )
    return inner
