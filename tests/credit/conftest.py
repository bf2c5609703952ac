"""A course with a link to a program, and everybody who comes to its pages."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from lti_tool.database import sessions
from lti_tool.launch.models import Deployment, DeploymentState, Registration, ResourceLink
from lti_tool.people.models import Course, Person
from lti_tool.people.roles import Role, Seat
from lti_tool.programs.models import CredentialVersion
from tests.builders import NOON, a_course, a_membership, a_person, an_appointment
from tests.cast import ada, cleo, dora, ivan
from tests.credit.programs import some_credentials
from tests.portfolio.studio import Visitor, enter


@dataclass(frozen=True)
class Town:
    """Ada and others learn, Dora teaches, Cleo administers the program, Ivan is a stranger."""

    app: Flask
    engine: Engine
    course: Course
    people: dict[str, Person]
    versions: list[CredentialVersion]
    learners: int

    @property
    def program(self) -> str:
        """The program's slug."""
        return self.versions[0].credential.program.slug

    def place(self, number: int = 0) -> str:
        """The end of the addresses of one credential."""
        return f"/credentials/{self.program}/{self.versions[number].credential.slug}"

    def comes(self, who: str) -> Visitor:
        """Somebody comes in through the course, or, not being in it, through none."""
        role = {"dora": Role.INSTRUCTOR}.get(who, Role.LEARNER)
        course = None if who in ("ivan", "cleo") else self.course
        return enter(self.app, self.people[who], role=role, course=course)


MakeTown = Callable[..., Town]


@pytest.fixture
def make_town(app: Flask, engine: Engine) -> MakeTown:
    """Make a town whose program says this: `make_town({"credit": …}, credentials=2)`."""

    def make(says: dict[str, Any], *, credentials: int = 1, learners: int = 2) -> Town:
        with sessions(engine).begin() as session:
            versions = some_credentials(session, says, credentials)
            program = versions[0].credential.program
            course = a_course()
            people = {"ada": ada(), "cleo": cleo(), "dora": dora(), "ivan": ivan()}
            others = [a_person(f"Learner{n} Number") for n in range(1, learners)]
            registration = Registration(
                name="School",
                issuer="https://lms.example.edu",
                client_id="1",
                auth_login_url="https://lms.example.edu/auth",
                auth_token_url="https://lms.example.edu/token",
                jwks_url="https://lms.example.edu/jwks",
                created_at=NOON,
            )
            deployment = Deployment(
                registration=registration,
                deployment_id="1",
                state=DeploymentState.ACTIVE,
                first_seen_at=NOON,
            )
            link = ResourceLink(
                deployment=deployment,
                resource_link_id="all",
                course=course,
                program=program,
                seen_at=NOON,
            )
            session.add_all([link, *people.values(), *others])
            session.add_all(a_membership(person, course) for person in (people["ada"], *others))
            session.add(an_appointment(people["cleo"], program, Seat.ADMIN, days=None))
            session.flush()
            for version in versions:
                _ = version.credential.program.slug
        return Town(app, engine, course, people, versions, learners)

    return make
