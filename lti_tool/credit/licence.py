"""The way onto an educator licence: whose number it is, what is reported, what is confirmed.

Cairn prepares records and keeps track of them. It reports nothing by itself (S7-14).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_tool.credit.calendar import Calendar
from lti_tool.credit.models import Completion, LicenceNumber, LicenceStatus
from lti_tool.errors import NotAllowed, Refused
from lti_tool.launch import seals
from lti_tool.people.audit import note
from lti_tool.people.models import Person
from lti_tool.people.roles import Seat
from lti_tool.programs import appointments
from lti_tool.settings import Settings

PURPOSE = "cairn licence numbers"
LONGEST = 60

WORDS = {
    LicenceStatus.NOT_APPLICABLE: "Nothing to report",
    LicenceStatus.TO_REPORT: "To report",
    LicenceStatus.EXPORTED: "Handed over for reporting",
    LicenceStatus.CONFIRMED: "Confirmed",
}


class NumberRefused(Refused):
    """That cannot be a licence number."""

    status = 422


class NothingToConfirm(Refused):
    """The award brings nothing that goes onto a licence, or it was taken back."""


@dataclass(frozen=True)
class Register:
    """A licence register as a program describes it."""

    name: str
    identifier: str
    """What a person's number there is called."""
    activity: str
    """What an activity's number is called."""
    days: int | None
    """Days after completion within which it is entered."""
    by_participant: bool

    @classmethod
    def of(cls, document: dict[str, Any]) -> "Register | None":
        """The register a package names."""
        entry = document.get("licence")
        if not entry:
            return None
        return cls(
            name=entry["register"],
            identifier=entry.get("identifier", "License number"),
            activity=entry.get("offering_number", "Activity number"),
            days=entry.get("report_within_days"),
            by_participant=entry.get("reported_by", "participant") == "participant",
        )


def due(completion: Completion) -> date | None:
    """The last day for reporting; `None` where there is none, or nothing is left to do."""
    document = completion.credential_version.program_version.document
    register = Register.of(document)
    if register is None or register.days is None:
        return None
    if completion.licence_status not in (LicenceStatus.TO_REPORT, LicenceStatus.EXPORTED):
        return None
    return Calendar.of(document).day_of(completion.completed_at) + timedelta(days=register.days)


def tell_number(
    session: Session,
    settings: Settings,
    person: Person,
    register: str,
    number: str,
    *,
    now: datetime,
) -> None:
    """Keep somebody's number in a register, sealed; an empty one forgets it.

    Raises:
        NumberRefused: it is too long, or has characters no number has.
    """
    number = " ".join(number.split())
    mine = (LicenceNumber.person_id == person.id, LicenceNumber.register == register)
    if not number:
        session.execute(delete(LicenceNumber).where(*mine))
        return
    if len(number) > LONGEST or not all(c.isalnum() or c in " -./" for c in number):
        raise NumberRefused("A number has letters, digits, hyphens, dots and spaces, 60 at most.")
    found = session.scalars(select(LicenceNumber).where(*mine)).one_or_none()
    sealed = seals.seal(settings, number, PURPOSE)
    if found is None:
        session.add(
            LicenceNumber(person_id=person.id, register=register, sealed=sealed, told_at=now)
        )
    else:
        found.sealed, found.told_at = sealed, now
    session.flush()


def numbers_of(
    session: Session, settings: Settings, person_ids: list[int]
) -> dict[int, dict[str, str]]:
    """The numbers of people, by register; one query. Unreadable ones count as not told."""
    found: dict[int, dict[str, str]] = {}
    rows = session.scalars(select(LicenceNumber).where(LicenceNumber.person_id.in_(person_ids)))
    for row in rows:
        number = seals.unseal(settings, row.sealed, PURPOSE)
        if number:
            found.setdefault(row.person_id, {})[row.register] = number
    return found


def confirm(
    session: Session,
    completion: Completion,
    *,
    by: Person,
    on: date,
    reference: str,
    now: datetime,
) -> None:
    """Write down that it stands on the licence, on which day and under which reference.

    Raises:
        NotAllowed: neither its earner nor an administrator of the program says so.
        NothingToConfirm: nothing of it goes onto a licence.
    """
    program = completion.credential_version.credential.program
    is_admin = appointments.holds(session, by, program, Seat.ADMIN, now=now)
    if completion.person_id != by.id and not is_admin:
        raise NotAllowed("Only the earner or the program's administrator confirms this.")
    is_nothing = completion.licence_status is LicenceStatus.NOT_APPLICABLE
    if is_nothing or completion.reversed_at is not None:
        raise NothingToConfirm("Nothing of this award goes onto a license.")
    completion.licence_status = LicenceStatus.CONFIRMED
    completion.licence_on = on
    completion.licence_reference = " ".join(reference.split())[:LONGEST]
    note(
        session,
        "credit.confirm-licence",
        completion.award_ref,
        actor=by,
        now=now,
        on=on.isoformat(),
    )
