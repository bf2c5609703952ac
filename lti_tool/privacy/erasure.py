"""Erase one person: first what would go and what would stay, then all of it in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import NotFound, Refused
from lti_tool.launch.newcomers import is_guest
from lti_tool.launch.personal_data import identity_of
from lti_tool.people.audit import note
from lti_tool.people.models import Person
from lti_tool.people.personal_data import Holding, Plan
from lti_tool.portfolio.set_aside import included
from lti_tool.privacy.rooms import ERASING, ROOMS


class NobodyInParticular(Refused):
    """The stand-in for people without a name is no person; nothing about anybody hangs on it."""


class OwnData(Refused):
    """Whoever erases must still be here to answer for it."""


@dataclass(frozen=True)
class Shelf:
    """What one room keeps about a person, and what becomes of it."""

    title: str
    holdings: Sequence[Holding]


def find_person(session: Session, person_id: int) -> Person:
    """A person who is not erased. Raises `NotFound`."""
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound(f"There is no person {person_id} here. `cairn person find` shows numbers.")
    if person.erased_at is not None:
        raise NotFound(f"The data of person {person_id} was erased on {person.erased_at:%Y-%m-%d}.")
    return person


def preview(
    session: Session, person: Person, *, now: datetime, keep_badges: bool = False
) -> list[Shelf]:
    """What is there, room by room, and what becomes of it; kinds without a row are left out."""
    plan = Plan(identity_of(session, person), now, keep_badges)
    shelves = []
    with included(session):
        for room in ROOMS:
            found = room.holdings(session, person, plan)
            if present := [holding for holding in found if holding.count]:
                shelves.append(Shelf(room.title, present))
    return shelves


def words_to_type(person: Person) -> str:
    """What has to be typed to confirm: plain letters, whatever the name is written in."""
    return f"erase person {person.id}"


def erase(
    session: Session,
    person: Person,
    *,
    keep_badges: bool,
    actor: Person | None,
    now: datetime,
) -> None:
    """Erase everything personal, in the caller's transaction. Nothing brings it back.

    `actor` is `None` for the operator at the command line. With `keep_badges` awards stay as they
    were signed, names and all, because their earner asked for it.

    Raises:
        NotFound: somebody else erased them first.
        NobodyInParticular: it is the stand-in for people without a name.
        OwnData: it is the actor.
    """
    if actor is not None and actor.id == person.id:
        raise OwnData("Ask another administrator to erase your own data.")
    if is_guest(session, person):
        raise NobodyInParticular("This is the stand-in for people who came without a name.")
    # Whoever adds something of theirs waits here, and then finds nobody to add it to.
    session.execute(select(Person.id).where(Person.id == person.id).with_for_update())
    session.refresh(person)
    find_person(session, person.id)
    plan = Plan(identity_of(session, person), now, keep_badges)
    with included(session):
        for room in ERASING:
            room.erase(session, person, plan)
            session.flush()
    note(
        session,
        "privacy.erase",
        f"person {person.id}",
        actor=actor,
        now=now,
        keep_badges=keep_badges,
    )
