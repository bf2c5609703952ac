"""A badge of Ada's on show, and the people who may look at it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from lti_tool.badges import awards, chores
from lti_tool.badges.models import Award
from lti_tool.database import sessions
from lti_tool.jobs import JobContext
from lti_tool.people.models import Person
from lti_tool.people.roles import Role
from lti_tool.verification.sources import Fetched
from lti_tool.web.session import VISIT_COOKIE, begin_visit, clock
from tests.badges.workshop import Shelf, results_for
from tests.builders import a_credential_version
from tests.cast import ada, ivan


@dataclass
class Shown:
    """A badge of Ada's, and the people who may look at it."""

    app: Flask
    engine: Engine
    public_id: str
    ada: Person
    ivan: Person

    @property
    def path(self) -> str:
        """The share page's path."""
        return f"/badges/{self.public_id}"

    @property
    def assertion(self) -> str:
        """The path of the Open Badges 2.0 assertion."""
        return f"/badges/v2/assertions/{self.public_id}"

    def stranger(self) -> FlaskClient:
        """Somebody nobody knows."""
        return self.app.test_client()

    def visitor(self, person: Person) -> FlaskClient:
        """Somebody who came from an LMS."""
        client = self.app.test_client()
        with self.app.test_request_context(), sessions(self.engine).begin() as session:
            _, token = begin_visit(
                session, person=session.get_one(Person, person.id), role=Role.LEARNER, now=clock()
            )
        client.set_cookie(VISIT_COOKIE, token)
        return client

    def award(self, session: Session) -> Award:
        """The award's row."""
        return session.scalars(select(Award).where(Award.public_id == self.public_id)).one()

    def share(self) -> None:
        """Make it public, as its earner does on the page."""
        with sessions(self.engine).begin() as session:
            awards.share(session, self.award(session), now=clock())

    def revoke(self) -> None:
        """Take it back."""
        with sessions(self.engine).begin() as session:
            awards.revoke(
                session, self.award(session), reason="By mistake.", actor=None, now=clock()
            )


def shown(app: Flask, engine: Engine, **changes: str | None) -> Shown:
    """A signed badge, still private; `changes` are of what is known of Ada."""
    house = app.extensions["cairn"]
    with sessions(engine).begin() as session:
        version, learner, stranger = a_credential_version(), ada(), ivan()
        for name, value in changes.items():
            setattr(learner, name, value)
        session.add_all([version, learner, stranger])
        session.flush()
        award = awards.award(
            session,
            person=learner,
            credential_version=version,
            results=results_for(version),
            now=clock(),
        )
    chores.sign(JobContext(house.settings, engine, house.keyring), award.id)
    return Shown(app, engine, award.public_id, learner, stranger)


class FromTheClient(Shelf):
    """The tool's public addresses, asked as anybody would ask them."""

    def __init__(self, client: FlaskClient) -> None:
        super().__init__()
        self.client = client

    def get(self, url: str, *, accept: str = "") -> Fetched:
        self.asked.append(url)
        answer = self.client.get(urlsplit(url).path, headers={"Accept": accept})
        return Fetched(answer.status_code, answer.data)
