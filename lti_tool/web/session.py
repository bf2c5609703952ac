"""Who is here, what time it is, and the one transaction of a request."""

import hashlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast

from flask import Response, current_app, g, request
from flask import session as notes
from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

from lti_tool.database import read_session, table_of
from lti_tool.errors import NotFound
from lti_tool.keyring import Keyring
from lti_tool.people.models import Course, Person, Visit
from lti_tool.people.roles import Role
from lti_tool.settings import Settings

VISIT_COOKIE = "cairn_visit"

Row = TypeVar("Row")

_VISIT = table_of(Visit)
_BEGIN_VISIT = insert(_VISIT).returning(_VISIT.c.id)


@dataclass(frozen=True)
class House:
    """What every request of one application shares."""

    settings: Settings
    engine: Engine
    keyring: Keyring


def house() -> House:
    """The settings, engine and keys of the running application."""
    return cast(House, current_app.extensions["cairn"])


def settings() -> Settings:
    """The running application's settings."""
    return house().settings


def clock() -> datetime:
    """The present moment: the only place where the web side asks for it."""
    return datetime.now(UTC)


@contextmanager
def transaction(*, durable: bool = True) -> Iterator[Session]:
    """The one transaction of a request that changes something: commits whole, or not at all.

    With `durable=False` it is not waited for until the disk has it: for what is only on its way.
    """
    with Session(house().engine, expire_on_commit=False) as session:
        if not durable:
            session.connection(execution_options={"durable": False})
        g.session = session
        try:
            yield session
            session.commit()
        finally:
            g.pop("session", None)


@contextmanager
def reading() -> Iterator[Session]:
    """A session for a page that changes nothing."""
    with read_session(house().engine) as session:
        g.session = session
        try:
            yield session
        finally:
            g.pop("session", None)


def digest(token: str) -> str:
    """What is kept of a secret token: its SHA-256, in hex."""
    return hashlib.sha256(token.encode()).hexdigest()


def begin_visit(
    session: Session,
    *,
    person: Person,
    role: Role,
    now: datetime,
    course: Course | None = None,
    resource_link_id: int | None = None,
    is_preview: bool = False,
    watched: Sequence[int] = (),
    dates: Mapping[str, str] | None = None,
    return_url: str | None = None,
    frame_origins: Sequence[str] = (),
) -> tuple[int, str]:
    """Open a visit; returns its id and the token for `set_visit_cookie`."""
    token = secrets.token_urlsafe(32)
    session.flush()  # person and course may be new
    visit_id: int = session.execute(
        _BEGIN_VISIT,
        {
            "token_digest": digest(token),
            "person_id": person.id,
            "course_id": course.id if course else None,
            "role": role,
            "resource_link_id": resource_link_id,
            "is_preview": is_preview,
            "watched": list(watched),
            "dates": dict(dates or {}),
            "return_url": return_url,
            "frame_origins": list(frame_origins),
            "began_at": now,
            "expires_at": now + timedelta(hours=settings().visit_hours),
        },
    ).scalar_one()
    return visit_id, token


def set_visit_cookie(response: Response, token: str) -> None:
    """Hand the visit's token to the browser. Notes to whoever was here before are not shown."""
    if notes:
        notes.clear()
    set_cookie(response, VISIT_COOKIE, token, max_age=int(settings().visit_hours * 3600))


def set_cookie(response: Response, name: str, value: str, *, max_age: int, path: str = "/") -> None:
    """Set a cookie that survives in an LMS's frame: `Partitioned`, never without `Secure`."""
    response.set_cookie(
        name,
        value,
        max_age=max_age,
        path=path,
        secure=True,
        httponly=True,
        samesite="None",
        partitioned=True,
    )


def recall_visit() -> Visit | None:
    """The visit the request's cookie belongs to, or `None`. Read once a request."""
    if "visit" not in g:
        g.visit = None
        token = request.cookies.get(VISIT_COOKIE, "")
        if token:
            with read_session(house().engine) as session:
                found = session.scalars(
                    select(Visit).where(
                        Visit.token_digest == digest(token), Visit.expires_at > clock()
                    )
                ).one_or_none()
                if found is not None:
                    session.expunge(found)
                g.visit = found
    return cast(Visit | None, g.visit)


def visit() -> Visit:
    """The visit of the person who asks; its columns only, detached from any session."""
    found = recall_visit()
    if found is None:
        raise RuntimeError("visit() on a page that does not require one")
    return found


def here() -> Person:
    """The person who asks, as a row of the open session."""
    person = cast(Session, g.session).get(Person, visit().person_id)
    if person is None:
        raise NotFound("You are no longer known here. Open the link in your course again.")
    return person


def here_or_nobody() -> Person | None:
    """The person who asks, or `None` for a stranger: for public pages."""
    return here() if recall_visit() is not None else None


def find(session: Session, kind: type[Row], **by: Any) -> Row:
    """The one row with these values.

    Raises:
        NotFound: there is none.
    """
    row = session.scalars(select(kind).filter_by(**by)).one_or_none()
    if row is None:
        raise NotFound("There is nothing at this address, or it is not yours to see.")
    return row
