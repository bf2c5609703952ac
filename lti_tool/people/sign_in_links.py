"""One-time links by which tool administrators sign in (`cairn admin link`)."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from lti_tool.people.audit import note
from lti_tool.people.models import Person, SignInLink, Visit
from lti_tool.people.roles import Role

LIFETIME = timedelta(minutes=30)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def make(session: Session, *, now: datetime) -> str:
    """A new link's token; only its digest is kept."""
    token = secrets.token_urlsafe(32)
    session.add(SignInLink(token_digest=_digest(token), created_at=now, expires_at=now + LIFETIME))
    note(session, "people.make-sign-in-link", "administrator", actor=None, now=now)
    return token


def is_good(session: Session, token: str, *, now: datetime) -> bool:
    """Whether a link can still be used."""
    return (
        session.scalar(
            select(SignInLink.id).where(
                SignInLink.token_digest == _digest(token),
                SignInLink.used_at.is_(None),
                SignInLink.expires_at > now,
            )
        )
        is not None
    )


def use(session: Session, token: str, *, now: datetime) -> Person | None:
    """Use a link up; the administrator's person, or `None` where it was used or has expired."""
    changed = session.execute(
        update(SignInLink)
        .where(
            SignInLink.token_digest == _digest(token),
            SignInLink.used_at.is_(None),
            SignInLink.expires_at > now,
        )
        .values(used_at=now)
    )
    if not isinstance(changed, CursorResult) or changed.rowcount != 1:
        return None
    person = session.scalars(
        select(Person)
        .join(Visit, Visit.person_id == Person.id)
        .where(Visit.role == Role.ADMINISTRATOR)
        .order_by(Visit.id)
        .limit(1)
    ).one_or_none()
    if person is None:
        person = Person(name="Tool administrator", created_at=now)
        session.add(person)
        session.flush()  # the audit trail names people by id
    note(session, "people.sign-in", "administrator", actor=person, now=now)
    return person
