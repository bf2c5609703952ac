"""Files for those who run a program: for the register with names, for funders without any.

Spreadsheets run what looks like a formula, so no cell begins like one.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from lti_tool.credit import licence
from lti_tool.credit.calendar import Calendar
from lti_tool.credit.history import standing
from lti_tool.credit.models import Completion, LicenceStatus
from lti_tool.errors import NotAllowed
from lti_tool.people.audit import note
from lti_tool.people.models import Person
from lti_tool.people.roles import Seat
from lti_tool.programs import appointments
from lti_tool.programs.models import Credential, CredentialVersion, Program
from lti_tool.settings import Settings

SMALL = 10
"""Cells with fewer people than this say only that they are small."""
SUPPRESSED = f"fewer than {SMALL}"
NO_CREDIT = "No credit"

REGISTER_COLUMNS = (
    "name",
    "number",
    "register",
    "credential",
    "activity number",
    "completed",
    "credit year",
    "credit",
    "amount",
    "unit",
    "provider",
    "status",
    "award",
)
FUNDER_COLUMNS = ("credential", "credit year", "credit", "people", "amount", "unit")


def require_admin(session: Session, person: Person, program: Program, *, now: datetime) -> None:
    """Refuse anybody who does not administer the program. Raises `NotAllowed`."""
    if not appointments.holds(session, person, program, Seat.ADMIN, now=now):
        raise NotAllowed("Only administrators of the program see this. The office appoints them.")


def for_register(
    session: Session,
    settings: Settings,
    program: Program,
    *,
    by: Person,
    again: bool = False,
    now: datetime,
) -> str:
    """The awards that go onto licences, as CSV; those still to report are exported from now on.

    With `again` those exported before are in it too. The export is audited, since it opens
    licence numbers. Raises `NotAllowed`.
    """
    require_admin(session, by, program, now=now)
    wanted = {LicenceStatus.TO_REPORT, *([LicenceStatus.EXPORTED] if again else [])}
    found = [
        one
        for one in completions_in(session, program)
        if one.reversed_at is None and one.licence_status in wanted
    ]
    numbers = licence.numbers_of(session, settings, [one.person_id for one in found])
    rows = [row for one in found for row in _register_rows(one, numbers)]
    for one in found:
        if one.licence_status is LicenceStatus.TO_REPORT:
            one.licence_status = LicenceStatus.EXPORTED
            one.licence_on = _calendar(one).day_of(now)
    note(session, "credit.export-licence", program.slug, actor=by, now=now, awards=len(found))
    return as_csv(REGISTER_COLUMNS, rows)


def for_funder(session: Session, program: Program, *, by: Person, now: datetime) -> str:
    """How many people earned what in which year, as CSV; no names, small cells suppressed.

    There are no totals: they would give the suppressed cells away. Raises `NotAllowed`.
    """
    require_admin(session, by, program, now=now)
    cells = funder_cells(completions_in(session, program))
    note(session, "credit.export-funder", program.slug, actor=by, now=now)
    return as_csv(FUNDER_COLUMNS, [cell.row() for cell in cells])


@dataclass(frozen=True)
class Cell:
    """Everybody who earned one credential in one year and chose one kind of credit for it."""

    credential: str
    year: str
    credit: str
    people: int
    amount: Decimal
    unit: str

    def row(self) -> tuple[str, ...]:
        """The cell as a line, without a figure where it is small."""
        if self.people < SMALL:
            return (self.credential, self.year, self.credit, SUPPRESSED, "", "")
        amount = f"{self.amount.normalize():f}" if self.unit else ""
        return (self.credential, self.year, self.credit, str(self.people), amount, self.unit)


def funder_cells(completions: Iterable[Completion]) -> list[Cell]:
    """The cells of a funder's report, by credential, year and credit."""
    people: dict[tuple[str, str, str, str], set[int]] = {}
    amounts: dict[tuple[str, str, str, str], Decimal] = {}
    for one in completions:
        if one.reversed_at is not None:
            continue
        title = one.credential_version.title
        lines = standing(one.postings)
        year = _calendar(one).year_of(one.completed_at).label
        keys = [((title, year, line.title, line.unit), line.amount) for line in lines]
        for key, amount in keys or [((title, year, NO_CREDIT, ""), Decimal(0))]:
            people.setdefault(key, set()).add(one.person_id)
            amounts[key] = amounts.get(key, Decimal(0)) + amount
    return [
        Cell(title, year, credit, len(people[key]), amounts[key], unit)
        for key in sorted(people)
        for title, year, credit, unit in [key]
    ]


def completions_in(
    session: Session, program: Program, *, limit: int | None = None
) -> Sequence[Completion]:
    """The completions in a program, newest first, with what pages and files show of them."""
    return session.scalars(
        select(Completion)
        .limit(limit)
        .join(Completion.credential_version)
        .join(CredentialVersion.credential)
        .where(Credential.program_id == program.id)
        .order_by(Completion.completed_at.desc(), Completion.id.desc())
        .options(
            joinedload(Completion.person),
            selectinload(Completion.postings),
            joinedload(Completion.credential_version).options(
                joinedload(CredentialVersion.program_version),
                joinedload(CredentialVersion.credential).joinedload(Credential.program),
            ),
        )
    ).all()


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """CSV as spreadsheets read it: a mark of the encoding, CRLF, and no formulas."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return "\ufeff" + out.getvalue()


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    is_number = cell.removeprefix("-").replace(".", "", 1).isdigit()
    if cell.startswith(("=", "+", "-", "@", "\t", "\r")) and not is_number:
        return f"'{cell}"
    return cell


def _calendar(completion: Completion) -> Calendar:
    return Calendar.of(completion.credential_version.program_version.document)


def _register_rows(
    completion: Completion, numbers: dict[int, dict[str, str]]
) -> Iterable[tuple[str, ...]]:
    version = completion.credential_version
    register = licence.Register.of(version.program_version.document)
    name = register.name if register else ""
    for line in standing(completion.postings):
        if not line.on_licence:
            continue
        yield (
            completion.person.name,
            numbers.get(completion.person_id, {}).get(name, ""),
            name,
            version.title,
            completion.activity_number,
            _calendar(completion).day_of(completion.completed_at).isoformat(),
            line.year_label,
            line.title,
            f"{line.amount.normalize():f}",
            line.unit,
            completion.provider,
            completion.licence_status.value,
            completion.award_ref,
        )
