"""Finding people by what they or their LMS call them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, selectinload

from lti_tool.errors import NotFound
from lti_tool.launch.models import PlatformUser
from lti_tool.people.models import Person
from lti_tool.programs.appointments import seats_of
from lti_tool.programs.models import Appointment

MOST = 50


@dataclass(frozen=True)
class KnownPerson:
    """A person with the accounts they came from and the seats they hold."""

    person: Person
    accounts: Sequence[PlatformUser]
    seats: Sequence[Appointment]


def find_people(session: Session, text: str, *, now: datetime) -> list[KnownPerson]:
    """People whose name, address or LMS user id contains a text; at most fifty, by name."""
    wanted = text.strip()
    if not wanted:
        return []
    escaped = wanted.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    pattern = f"%{escaped}%"
    people = session.scalars(
        select(Person)
        .outerjoin(PlatformUser, PlatformUser.person_id == Person.id)
        .where(
            or_(
                func.lower(Person.name).like(pattern, escape="\\"),
                func.lower(Person.email).like(pattern, escape="\\"),
                PlatformUser.sub == wanted,
            ),
            Person.is_test.is_(False),
            Person.erased_at.is_(None),
        )
        .group_by(Person.id)
        .order_by(func.lower(Person.name), Person.id)
        .limit(MOST)
    )
    return [_known(session, person, now=now) for person in people]


def find_person(session: Session, person_id: int, *, now: datetime) -> KnownPerson:
    """One person by our number for them.

    Raises:
        NotFound: there is none, or their data was erased.
    """
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound(f"There is no person {person_id} here. `cairn person find` shows numbers.")
    if person.erased_at is not None:
        raise NotFound(f"The data of person {person_id} was erased on {person.erased_at:%Y-%m-%d}.")
    return _known(session, person, now=now)


def _known(session: Session, person: Person, *, now: datetime) -> KnownPerson:
    accounts = session.scalars(
        select(PlatformUser)
        .where(PlatformUser.person_id == person.id)
        .options(selectinload(PlatformUser.registration))
        .order_by(PlatformUser.id)
    ).all()
    return KnownPerson(person, accounts, seats_of(session, person, now=now))
