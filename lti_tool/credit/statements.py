"""What somebody says of their licence: since when it asks for something, and until when it runs.

A tool that sees its own awards only would call a year missed that was met elsewhere.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_tool.credit.calendar import Year
from lti_tool.credit.duties import Duty, Said
from lti_tool.credit.models import LicenceTerm, LicenceYears
from lti_tool.people.models import Person

Key = tuple[str, str]
"""Register and kind of credit."""


def years_of(session: Session, person_id: int) -> dict[Key, LicenceYears]:
    """What somebody said of the years, by register and kind; one query."""
    rows = session.scalars(select(LicenceYears).where(LicenceYears.person_id == person_id))
    return {(row.register, row.kind): row for row in rows}


def terms_of(session: Session, person_id: int) -> dict[str, date]:
    """Until when somebody's licences run, by register; one query."""
    rows = session.scalars(select(LicenceTerm).where(LicenceTerm.person_id == person_id))
    return {row.register: row.ends_on for row in rows}


def said_of(
    told: Mapping[Key, LicenceYears],
    duties: Iterable[Duty],
    register: str,
    roles: Collection[str],
    this: Year,
) -> dict[str, Said]:
    """By kind of credit, what they say of each duty that is theirs by their roles or their word.

    Whoever says nothing of the years is asked from this one on: nobody is told of a debt that
    nobody knows of.
    """
    found = {}
    for duty in duties:
        row = told.get((register, duty.kind))
        if row is not None:
            found[duty.kind] = Said(row.since, frozenset(row.elsewhere), frozenset(row.excused))
        elif duty.is_asked_of(roles):
            found[duty.kind] = Said(this.number)
    return found


def tell_years(
    session: Session, person: Person, register: str, kind: str, said: Said, *, now: datetime
) -> None:
    """Keep what somebody says of the years."""
    row = years_of(session, person.id).get((register, kind))
    if row is None:
        row = LicenceYears(
            person_id=person.id, register=register, kind=kind, since=said.since, told_at=now
        )
        session.add(row)
    row.since, row.told_at = said.since, now
    row.elsewhere, row.excused = sorted(said.elsewhere), sorted(said.excused)
    session.flush()


def reckon_from(
    session: Session,
    person: Person,
    register: str,
    duties: Iterable[Duty],
    *,
    year: Year,
    now: datetime,
) -> None:
    """Reckon the years from this one on, where the person was not known to be asked before."""
    told = years_of(session, person.id)
    for duty in duties:
        if (register, duty.kind) not in told:
            tell_years(session, person, register, duty.kind, Said(year.number), now=now)


def tell_term(
    session: Session, person: Person, register: str, ends_on: date | None, *, now: datetime
) -> None:
    """Keep until when somebody's licence runs; `None` forgets it."""
    mine = (LicenceTerm.person_id == person.id, LicenceTerm.register == register)
    row = session.scalars(select(LicenceTerm).where(*mine)).one_or_none()
    if ends_on is None:
        session.execute(delete(LicenceTerm).where(*mine))
    elif row is None:
        session.add(
            LicenceTerm(person_id=person.id, register=register, ends_on=ends_on, told_at=now)
        )
    else:
        row.ends_on, row.told_at = ends_on, now
    session.flush()
