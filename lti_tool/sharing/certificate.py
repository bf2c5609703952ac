"""The certificate: one award on paper, with the rubric, the reached levels and a code to check it.

It is a picture of the badge and proves nothing by itself; the code leads to what does.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import typst
from babel.dates import format_date

from lti_tool.badges import artwork
from lti_tool.badges.models import Disclosure
from lti_tool.programs.models import Criterion
from lti_tool.sharing import earned
from lti_tool.sharing.pages import SharePage, picture
from lti_tool.sharing.snippets import qr_code

SHEET = Path(__file__).with_name("certificate.typ")


@dataclass(frozen=True)
class Row:
    """One criterion on paper; the last three are empty where no level is told."""

    criterion: str
    level: str
    means: str
    points: str


@dataclass(frozen=True)
class Table:
    """The rubric of one part."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Sheet:
    """Everything the paper says."""

    title: str
    shape: str
    name: str
    issuer: str
    day: str
    facts: tuple[tuple[str, str], ...]
    over: str
    """Why it holds no more; empty while it does."""
    warning: str
    competency: str
    how: str
    """Who looked at what, and what is said of the results."""
    rests_on: tuple[str, ...]
    """The badges a stack rests on."""
    parts: tuple[Table, ...]
    badge: str
    """The badge in SVG."""
    address: str
    address_words: str
    """What the address is good for."""
    code: str
    """The address as a QR code in SVG."""


def sheet_of(page: SharePage, *, address: str, zone: ZoneInfo) -> Sheet:
    """The paper that says what a page says; `address` is the page's own."""
    award, told = page.award, page.earned
    return Sheet(
        title=told.title,
        shape=told.shape,
        name=award.recipient_name,
        issuer=page.issuer.name,
        day=format_date(award.issued_at.astimezone(zone).date(), "d MMMM y", locale="en_US"),
        facts=tuple(
            (label, words)
            for label, words in (
                ("A program of", page.co_issuers),
                ("Designed by", page.creators),
                ("Assessed by", page.assessed_by),
                ("Counts as", "; ".join(page.counts_as)),
                ("Points", f"{page.points} of {page.points_possible}" if page.points else ""),
            )
            if words
        ),
        over=f"This badge was revoked. {award.revocation_reason}" if page.is_revoked else "",
        warning="Demonstration. Issued from a sample package; it certifies nothing."
        if page.is_demonstration
        else "",
        competency=told.competency,
        how=_how(page),
        rests_on=tuple(_named(one) for one in page.rests_on),
        parts=tuple(
            Table(part.title if len(page.parts) > 1 else "", tuple(_rows(page, part.criteria)))
            for part in page.parts
        ),
        badge=artwork.svg(picture(award)),
        address=address,
        address_words="Whoever has this address sees the page until its link ends."
        if page.token
        else "The page at this address is there while its earner shares the badge.",
        code=qr_code(address),
    )


def as_pdf(sheet: Sheet, *, stamp: int) -> bytes:
    """The paper as tagged PDF, always the same bytes for the same words; `stamp` is its date.

    Raises `typst.TypstError` where it does not pass typst's own check of PDF/UA-1.
    """
    return typst.compile(
        SHEET.read_bytes(),
        format="pdf",
        sys_inputs={"sheet": json.dumps(asdict(sheet))},
        timestamp=stamp,
        pdf_standards="ua-1",
    )


def pdf_of(page: SharePage, *, address: str, zone: ZoneInfo) -> bytes:
    """The certificate of one page, dated in the installation's zone."""
    return as_pdf(
        sheet_of(page, address=address, zone=zone), stamp=int(page.award.issued_at.timestamp())
    )


def _named(one: earned.Part) -> str:
    by = f", from {one.by}" if one.by else ""
    return f"{one.title}{by}{' (taken back since)' if one.is_over else ''}"


def _how(page: SharePage) -> str:
    if page.rests_on:
        return (
            "An appointed approver looked at these badges together and awarded this one for them:"
        )
    if not page.parts:
        return ""
    rated = (
        "An appointed assessor rated a portfolio of this person's own work against the rubric, "
        "and a second person approved it. "
    )
    if page.reached:
        more = ", beyond what the signed badge says" if page.says_more else ""
        return f"{rated}Below is the level reached in each criterion{more}."
    if page.shows is Disclosure.NOTHING:
        return f"{rated}Below is what it takes."
    return f"{rated}Every criterion reached the level that is required."


def _rows(page: SharePage, criteria: Sequence[Criterion]) -> list[Row]:
    rows = []
    for criterion in criteria:
        level = next(
            (one for one in criterion.levels if page.reached.get(criterion.id) == one.id), None
        )
        rows.append(
            Row(
                criterion.title,
                level.name if level else "",
                level.descriptor if level else criterion.statement,
                f"{level.points.normalize():f}" if level else "",
            )
        )
    return rows
