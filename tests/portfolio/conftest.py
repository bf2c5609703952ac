"""Ada has begun one credential; Ivan is somebody else's learner."""

from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from lti_tool.database import sessions
from lti_tool.people.models import Person
from lti_tool.portfolio.models import Enrolment, Submission
from lti_tool.programs.models import CredentialVersion
from tests.builders import a_credential_version
from tests.cast import ada, cleo, ivan
from tests.portfolio.studio import Visitor, begun, decided, enter, filled, handed_in, rated


@dataclass
class Studio:
    """Rows that are committed, and the people who come to see them."""

    app: Flask
    engine: Engine
    version: CredentialVersion
    learner: Person
    stranger: Person
    approver: Person

    @property
    def address(self) -> str:
        """The address of the credential's pages."""
        program = self.version.program_version.program.slug
        return f"/portfolio/credentials/{program}/{self.version.credential.slug}"

    @property
    def task(self) -> str:
        """The address of the first task."""
        return f"/portfolio/tasks/{self.version.parts[0].tasks[0].id}"

    @property
    def submit(self) -> str:
        """The address of the first part's checklist."""
        return f"/portfolio/parts/{self.version.parts[0].id}/submit"

    def ada(self, **given: Any) -> Visitor:
        """Ada at her browser."""
        return enter(self.app, self.learner, **given)

    def ivan(self) -> Visitor:
        """Ivan at his."""
        return enter(self.app, self.stranger)

    def prepare(self, *, until: str) -> Submission:
        """Bring Ada as far as `begun`, `rated`, `filled`, `handed_in`, `returned` or `approved`."""
        with sessions(self.engine).begin() as session:
            person = session.get_one(Person, self.learner.id)
            version = session.get_one(CredentialVersion, self.version.id)
            enrolment: Enrolment = begun(session, person, version)
            if until != "begun":
                rated(session, enrolment)
            work: Submission | None = None
            if until == "filled":
                work = filled(session, enrolment)
            elif until not in ("begun", "rated"):
                work = handed_in(session, enrolment)
            if until in ("returned", "approved"):
                assert work is not None
                approver = session.get_one(Person, self.approver.id)
                decided(
                    session,
                    work,
                    approver,
                    unmet=1 if until == "returned" else 0,
                    comment="Whose voices are missing?",
                )
            if work is None:
                from tests.portfolio.studio import drafts_of

                (work,) = drafts_of(session, enrolment)
            session.flush()
            _ = work.artifacts
        return work


@pytest.fixture
def studio(app: Flask, engine: Engine) -> Studio:
    """A published credential nobody has begun, and three people."""
    people = ada(), ivan(), cleo()
    version = a_credential_version()
    with sessions(engine).begin() as session:
        session.add_all([version, *people])
        session.flush()
        _ = [(part.tasks, part.requirements, part.criteria) for part in version.parts]
        _ = version.items, version.program_version.program, version.credential
    return Studio(app, engine, version, *people)


@pytest.fixture
def session_of(engine: Engine):
    """Open a fresh session to look at what the application wrote."""
    return lambda: Session(engine)
