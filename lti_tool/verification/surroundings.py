"""What lies around a credential and proves nothing: its issuer's site, and a newer version."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from lti_tool.verification import credential_rules
from lti_tool.verification.reading import (
    NotReadable,
    Presented,
    has_type,
    id_of,
    objects,
    read,
    text,
)
from lti_tool.verification.report import Outcome, Report
from lti_tool.verification.sources import Source, Unavailable

REFRESH = "1EdTechCredentialRefresh"


def issuer_answers(document: Mapping[str, Any], source: Source, report: Report) -> None:
    """B3-023: a note where the issuer's own site does not answer."""
    issuer = document.get("issuer")
    address = text(issuer.get("url")) if isinstance(issuer, Mapping) else ""
    if not address:
        return
    try:
        if _host(address) in id_of(issuer).replace("%3A", ":"):
            return  # its keys came from there
        found = source.get(address, accept="text/html, */*;q=0.1")
        word = "" if found.status < 400 else f"answers {found.status}"
    except (Unavailable, ValueError) as error:
        word = f"cannot be reached ({error})"
    if word:
        report.noted("Issuer's site", f"{address} {word}.")


def _host(address: str) -> str:
    return urlsplit(address).netloc or address


def newer_version(
    document: Mapping[str, Any],
    source: Source,
    report: Report,
    verify: Callable[[Presented], Report],
) -> None:
    """B3-046: a note on the newer version that its issuer offers, asked for once."""
    services = [one for one in objects(document.get("refreshService")) if has_type(one, REFRESH)]
    if not services:
        return
    try:
        found = source.get(id_of(services[0]), accept="application/vc+ld+json, application/json")
        if found.status != 200:
            raise Unavailable(f"its address answers {found.status}")
        presented = read(found.body)
    except (Unavailable, NotReadable) as error:
        report.noted("Newer version", f"none can be had: {error}.")
        return
    newer = presented.document
    if (text(newer.get("id")), id_of(newer.get("issuer"))) != (
        text(document.get("id")),
        id_of(document.get("issuer")),
    ):
        report.noted("Newer version", "what its address answers is another credential.")
        return
    then, now = credential_rules.issued(newer), credential_rules.issued(document)
    if then == now:
        report.noted("Newer version", "there is none.")
    elif verify(presented).outcome is Outcome.VALID:
        report.noted("Newer version", f"its issuer has one of {then[:10]}, which is genuine.")
    else:
        report.noted("Newer version", f"its issuer has one of {then[:10]}, which is not valid.")
