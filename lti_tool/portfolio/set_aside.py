"""Work that was set aside because its person goes on with another piece: kept, at rest."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lti_tool.errors import NotFound
from lti_tool.people.models import Person
from lti_tool.portfolio.at_rest import WITH_SET_ASIDE
from lti_tool.portfolio.models import Enrolment


@contextmanager
def included(session: Session) -> Iterator[None]:
    """Let queries find what was set aside as well, as long as it lasts."""
    before = session.info.get(WITH_SET_ASIDE, False)
    session.info[WITH_SET_ASIDE] = True
    try:
        yield
    finally:
        session.info[WITH_SET_ASIDE] = before


def set_aside(session: Session, enrolment: Enrolment, *, words: str, now: datetime) -> None:
    """Let an enrolment rest with everything in it; `words` say why.

    Nothing in it changes: where it was handed in it is offered to no judge any more.
    """
    enrolment.set_aside_at = now
    enrolment.set_aside_words = words
    session.flush()


def of_person(session: Session, person: Person) -> list[Enrolment]:
    """What somebody has set aside, the newest first; one query."""
    with included(session):
        return list(
            session.scalars(
                select(Enrolment)
                .where(Enrolment.person_id == person.id, Enrolment.set_aside_at.is_not(None))
                .options(joinedload(Enrolment.credential_version))
                .order_by(Enrolment.set_aside_at.desc(), Enrolment.id.desc())
            )
        )


def find(session: Session, number: int, *, for_: Person) -> Enrolment:
    """One of them. Raises `NotFound`."""
    with included(session):
        found = session.get(Enrolment, number)
    if found is None or found.person_id != for_.id or found.set_aside_at is None:
        raise NotFound("There is no such work of yours that was set aside.")
    return found
