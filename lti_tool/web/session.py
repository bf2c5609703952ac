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
from sqlalchemy import Engine, insert, select, update
from sqlalchemy.orm import Session
from werkzeug.exceptions import RequestEntityTooLarge

from lti_tool.database import glance_session, read_session, table_of, with_options
from lti_tool.errors import NotFound
from lti_tool.keyring import Keyring
from lti_tool.people.models import Course, Person, Visit
from lti_tool.people.roles import Role
from lti_tool.settings import Settings

VISIT_COOKIE = "cairn_visit"

TOKEN_FIELD = "visit_token"  # noqa: S105  a name, not a secret
"""The hidden field that carries a token visit's token where a form must be posted natively."""

IDLE = timedelta(hours=1)
"""How long a visit whose token lives in a page's memory outlasts its last request (T-104)."""

SLIDE = timedelta(minutes=5)
"""How much time must have passed before such a visit's end is written anew."""

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
    engine = house().engine if durable else with_options(house().engine, durable=False)
    with Session(engine, expire_on_commit=False) as session:
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


@contextmanager
def glancing() -> Iterator[Session]:
    """A session for a page that asks next to nothing: see `glance_session`."""
    with glance_session(house().engine) as session:
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
    way: str = "",
    by_token: bool = False,
    until: datetime | None = None,
    token: str = "",
) -> tuple[int, str]:
    """Open a visit; returns its id and the token for `set_visit_cookie`.

    With `by_token` the token goes to a page's memory instead, and no cookie is taken for it.
    `until` ends it earlier than usual: where a visit goes on in another one, when the first would
    have ended at the latest (`latest_end`), or it could be renewed for ever. `token` is one that
    is made of a secret of ours, so that it can be had once only; else it is drawn.
    """
    token = token or secrets.token_urlsafe(32)
    end = now + (IDLE if by_token else timedelta(hours=settings().visit_hours))
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
            "way": way,
            "by_token": by_token,
            "notes": {},
            "began_at": now,
            "expires_at": min(end, until or end),
        },
    ).scalar_one()
    return visit_id, token


def latest_end(found: Visit) -> datetime:
    """When a visit ends at the latest, however much it is used."""
    if found.by_token:
        return found.began_at + timedelta(hours=settings().visit_hours)
    return found.expires_at


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
    """The visit the request's token belongs to, or `None`. Read once a request.

    A bearer token counts before any cookie, and each kind of visit takes its own kind only: what
    one tab carries in its memory is never mixed up with whoever else uses the browser.
    """
    if "visit" not in g:
        token = bearer() or _posted_token()
        by_token = bool(token)
        token = token or request.cookies.get(VISIT_COOKIE, "")
        g.visit = remember(token, by_token=by_token) if token else None
    return cast(Visit | None, g.visit)


def bearer() -> str:
    """The token in the request's `Authorization` header; empty without one."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _posted_token() -> str:
    """The token in a guarded form's hidden field, if the form stood on a page of ours."""
    if request.method != "POST" or g.get("guard", "public") == "public":
        return ""
    try:
        token = request.form.get(TOKEN_FIELD, "")
    except RequestEntityTooLarge:
        return ""  # said again, on a page, by whoever reads the form next
    return token if token and is_from_here() else ""


def is_from_here() -> bool:
    """Whether a form was posted by a page of ours, as far as the browser says where it stood.

    Every browser names the origin of a cross-site post; what is no browser names none.
    """
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin", settings().base_url)
    return site == "same-origin" and origin == settings().base_url


def remember(token: str, *, by_token: bool) -> Visit | None:
    """The visit with this token, unless it is over; detached from any session."""
    now = clock()
    with read_session(house().engine) as session:
        found = session.scalars(
            select(Visit).where(
                Visit.token_digest == digest(token),
                Visit.by_token.is_(by_token),
                Visit.expires_at > now,
            )
        ).one_or_none()
        if found is not None:
            session.expunge(found)
    if found is not None and by_token:
        _put_off_its_end(found, now=now)
    return found


def _put_off_its_end(found: Visit, *, now: datetime) -> None:
    """A token visit lasts as long as it is used, and no longer than any other."""
    end = min(now + IDLE, latest_end(found))
    if end - found.expires_at > SLIDE:
        change = update(_VISIT).where(_VISIT.c.id == found.id).values(expires_at=end)
        with Session(house().engine) as session:
            session.connection(execution_options={"durable": False})
            session.execute(change)
            session.commit()


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
