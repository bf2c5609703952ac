"""The evidence pack: everything an auditor asks of one person, as PDF and CSV (S7-08, S7-12).

It opens without us. The code on it leads to the badge's page, where the badge itself is checked.
"""

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import segno
import typst
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lti_tool.credit import licence
from lti_tool.credit.calendar import Calendar
from lti_tool.credit.exports import as_csv
from lti_tool.credit.history import completions_of, standing
from lti_tool.credit.hours import is_counted, rule_of
from lti_tool.credit.models import Completion, HoursEntry
from lti_tool.credit.rules import amount_words, day_words
from lti_tool.people.models import Person
from lti_tool.programs.models import CredentialVersion
from lti_tool.programs.tracing import place_of

SHEET = Path(__file__).with_name("evidence.typ")

COLUMNS = (
    "record",
    "name",
    "program",
    "credential",
    "begun",
    "completed",
    "credit year",
    "kind",
    "amount",
    "unit",
    "provider",
    "activity number",
    "signed by",
    "verify at",
    "competency",
    "research",
    "aligned to",
)


@dataclass(frozen=True)
class Signature:
    """Somebody who vouches for an award or for hours."""

    seat: str
    name: str
    of: str
    on: str


@dataclass(frozen=True)
class HoursLine:
    """One entry of hours that counts."""

    on: str
    day: str
    """The same as ISO 8601."""
    title: str
    words: str
    hours: str
    signed: str


@dataclass(frozen=True)
class Item:
    """One award with all that proves it."""

    program: str
    credential: str
    competency: str
    """The first part of the written rationale: what the activity leads to (S7-09)."""
    research: tuple[str, ...]
    """What it rests on, cited; the program's own where the credential cites nothing."""
    alignments: tuple[str, ...]
    """The standards it is aligned to, each with its framework."""
    provider: str
    begun: str
    completed: str
    begun_day: str
    completed_day: str
    expected: str
    """Hours the program says it takes."""
    credit: tuple[tuple[str, str, str, str], ...]
    """Credit year, title, amount and unit."""
    activity_label: str
    activity_number: str
    register: str
    status: str
    signatures: tuple[Signature, ...]
    hours: tuple[HoursLine, ...]
    address: str
    code: str
    """The address as a QR code in SVG."""


@dataclass(frozen=True)
class Pack:
    """One person's evidence."""

    name: str
    prepared: str
    items: tuple[Item, ...]


def pack_of(
    session: Session,
    person: Person,
    *,
    address_of: Callable[[str], str],
    on: date,
    award_ref: str = "",
) -> Pack:
    """The evidence of a person's awards, or of one of them; those taken back are left out.

    `address_of` gives the badge's address from the award's public id.
    """
    completions = [
        one
        for one in completions_of(session, person.id)
        if one.reversed_at is None and award_ref in ("", one.award_ref)
    ]
    people = _names(session, completions)
    entries = _entries(session, person, completions)
    return Pack(
        name=person.name,
        prepared=day_words(on),
        items=tuple(
            _item(one, people, entries.get(one.credential_version.credential_id, []), address_of)
            for one in completions
        ),
    )


def as_pdf(pack: Pack, *, now: datetime) -> bytes:
    """The pack as tagged PDF. Fonts are embedded; other scripts need a font on the server."""
    return typst.compile(
        SHEET.read_bytes(),
        format="pdf",
        sys_inputs={"pack": json.dumps(asdict(pack))},
        timestamp=int(now.timestamp()),
    )


def as_table(pack: Pack) -> str:
    """The pack as CSV: a line for each award's credit, and one for each entry of hours."""
    rows: list[tuple[str, ...]] = []
    for item in pack.items:
        signed = "; ".join(f"{one.seat} {one.name}" for one in item.signatures)
        start = (pack.name, item.program, item.credential)
        end = (item.provider, item.activity_number)
        credit = item.credit or (("", "No credit", "", ""),)
        rationale = (item.competency, "; ".join(item.research), "; ".join(item.alignments))
        dates = (item.begun_day, item.completed_day)
        rows += [
            ("award", *start, *dates, *line, *end, signed, item.address, *rationale)
            for line in credit
        ]
        none = ("",) * (1 + len(rationale))  # no address and no rationale of their own
        rows += [
            (
                "hours",
                *start,
                "",
                one.day,
                "",
                one.title,
                one.hours,
                "hour",
                *end,
                one.signed,
                *none,
            )
            for one in item.hours
        ]
    return as_csv(COLUMNS, rows)


def _item(
    completion: Completion,
    people: dict[int, str],
    entries: Sequence[HoursEntry],
    address_of: Callable[[str], str],
) -> Item:
    version = completion.credential_version
    document = version.program_version.document
    calendar = Calendar.of(document)
    register = licence.Register.of(document)
    address = address_of(completion.award_ref)
    completed = calendar.day_of(completion.completed_at)
    begun = calendar.day_of(completion.begun_at) if completion.begun_at else None
    return Item(
        program=version.program_version.title,
        credential=version.title,
        competency=version.competency,
        research=tuple(
            one["citation"]
            for one in version.details.get("research") or document.get("research", ())
        ),
        alignments=_alignments(version),
        provider=completion.provider,
        begun=day_words(begun) if begun else "",
        completed=day_words(completed),
        begun_day=begun.isoformat() if begun else "",
        completed_day=completed.isoformat(),
        expected=_expected(version.hours_min, version.hours_max),
        credit=tuple(
            (line.year_label, line.title, f"{line.amount.normalize():f}", line.unit)
            for line in standing(completion.postings)
        ),
        activity_label=register.activity if register else "Activity number",
        activity_number=completion.activity_number,
        register=register.name if register else "",
        status=licence.WORDS[completion.licence_status],
        signatures=tuple(
            Signature(
                seat=str(one["as"]).capitalize(),
                name=people.get(one["person"], ""),
                of=one["part"],
                on=day_words(calendar.day_of(datetime.fromisoformat(one["at"]))),
            )
            for one in completion.witnesses
        ),
        hours=tuple(_hours_lines(completion, entries)),
        address=address,
        code=_code(address),
    )


def _alignments(version: CredentialVersion) -> tuple[str, ...]:
    """As the frozen version says them; a standard named as its framework is said once."""
    document = version.program_version.document
    frameworks = {one["slug"]: one["title"] for one in document.get("frameworks", ())}
    said = []
    for one in version.details.get("alignments", ()):
        framework, place = frameworks.get(one["framework"], ""), place_of(one)
        said.append(place if framework in ("", place) else f"{framework}: {place}")
    return tuple(said)


def _hours_lines(completion: Completion, entries: Sequence[HoursEntry]) -> list[HoursLine]:
    rule = rule_of(completion.credential_version)
    taken = {one.counters_id for one in entries}
    lines = []
    for one in entries:
        category = rule.category(one.category)
        if category is None or one.counters_id or one.id in taken:
            continue
        if not is_counted(category, one):
            continue
        by = one.approval.approver if one.approval else one.recorded_by
        lines.append(
            HoursLine(
                on=day_words(one.done_on),
                day=one.done_on.isoformat(),
                title=category.title,
                words=one.words,
                hours=f"{one.hours.normalize():f}",
                signed=by.name if by else "",
            )
        )
    return lines


def _expected(low: Decimal | None, high: Decimal | None) -> str:
    if low is None or high is None:
        return ""
    if low == high:
        return f"about {amount_words(low, 'hour')}"
    return f"{low.normalize():f} to {amount_words(high, 'hour')}"


def _code(address: str) -> str:
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(out, kind="svg", border=2, xmldecl=False)
    return out.getvalue().decode()


def _names(session: Session, completions: Sequence[Completion]) -> dict[int, str]:
    wanted = {one["person"] for completion in completions for one in completion.witnesses}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted)))
    return {number: name for number, name in rows}  # noqa: C416  rows are no pairs to a type checker


def _entries(
    session: Session, person: Person, completions: Sequence[Completion]
) -> dict[int, list[HoursEntry]]:
    """The hours of all these credentials, oldest first; one query."""
    wanted = [one.credential_version.credential_id for one in completions]
    found: dict[int, list[HoursEntry]] = {}
    for one in session.scalars(
        select(HoursEntry)
        .where(HoursEntry.person_id == person.id, HoursEntry.credential_id.in_(wanted))
        .order_by(HoursEntry.done_on, HoursEntry.id)
        .options(joinedload(HoursEntry.approval), joinedload(HoursEntry.recorded_by))
    ):
        found.setdefault(one.credential_id, []).append(one)
    return found
