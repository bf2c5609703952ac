"""Notes from one page to the next: in a cookie, or with the visit where cookies are blocked."""

from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from sqlalchemy import update
from sqlalchemy.orm import Session

from lti_tool.database import table_of
from lti_tool.people.models import Visit
from lti_tool.web.session import bearer, house, recall_visit

_VISIT = table_of(Visit)


class VisitNotes(SecureCookieSession):
    """Notes that lie with a token visit: its browser would not keep the cookie (T-104)."""

    def __init__(self, visit_id: int, kept: dict[str, Any]) -> None:
        """What was noted on an earlier page of this visit."""
        super().__init__(kept)
        self.visit_id = visit_id


class Notes(SecureCookieSessionInterface):
    """Flask's cookie session, except for requests that bring a visit's token with them."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The notes of this request."""
        if not bearer():
            return super().open_session(app, request)
        found = recall_visit()
        return SecureCookieSession() if found is None else VisitNotes(found.id, found.notes)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keep them for the next page."""
        if not isinstance(session, VisitNotes):
            if not bearer():
                super().save_session(app, session, response)
            return
        if session.modified:
            change = update(_VISIT).where(_VISIT.c.id == session.visit_id)
            with Session(house().engine) as writing:
                writing.connection(execution_options={"durable": False})
                writing.execute(change.values(notes=dict(session)))
                writing.commit()


def install(app: Flask) -> None:
    """Let notes travel by whatever way the visit does."""
    app.session_interface = Notes()
