"""A house with the whole shipped catalogue in it, and people who open its pages."""

import html
import re
from dataclasses import dataclass
from datetime import datetime

from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from lti_tool.badges import awards, chores
from lti_tool.cohorts import forming
from lti_tool.cohorts.forming import Facts
from lti_tool.cohorts.models import Cohort, Matter, RuleException
from lti_tool.database import opaque_id, sessions
from lti_tool.jobs import JobContext
from lti_tool.people.models import Person
from lti_tool.people.roles import Seat
from lti_tool.portfolio import self_assessments
from lti_tool.portfolio.enrolments import is_focus_open
from lti_tool.portfolio.models import Enrolment, Submission, SubmissionState
from lti_tool.programs.models import (
    Credential,
    CredentialVersion,
    Program,
    ProgramVersion,
)
from lti_tool.stacks import proposals
from tests.badges.workshop import results_for
from tests.builders import NOON, a_person, an_appointment
from tests.portfolio.studio import Visitor, begun, enter


def words_of(page: str) -> str:
    """What somebody reads on a page, on one line: without tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@dataclass(frozen=True)
class House:
    """The tool with the shipped catalogue."""

    app: Flask
    engine: Engine

    def page(self, *slugs: str) -> str:
        """What anybody reads on the page of a program, or of one of its credentials."""
        answer = self.app.test_client().get("/programs/" + "/".join(slugs))
        assert answer.status_code == 200
        return words_of(answer.text)

    def somebody(self, name: str) -> Person:
        """A person who came from an LMS."""
        with sessions(self.engine).begin() as session:
            person = a_person(name, email=f"{opaque_id()}@example.org")
            session.add(person)
        return person

    def version(self, session: Session, program: str, credential: str) -> CredentialVersion:
        """A credential of the catalogue."""
        return session.scalars(
            select(CredentialVersion)
            .join(CredentialVersion.credential)
            .join(Credential.program)
            .where(Program.slug == program, Credential.slug == credential)
        ).one()

    def begun(self, person: Person, program: str, credential: str, *, at: datetime = NOON) -> int:
        """Begin alone, excepted from teams and cohorts; answers the id of the enrolment."""
        with sessions(self.engine).begin() as session:
            learner = session.get_one(Person, person.id)
            version = self.version(session, program, credential)
            for matter in (Matter.TEAM_NEEDED, Matter.COHORT_NEEDED):
                session.add(
                    RuleException(
                        program=version.program_version.program,
                        matter=matter,
                        person=learner,
                        reason="To try it.",
                        granted_by=learner,
                        granted_at=NOON,
                    )
                )
            enrolment = begun(session, learner, version)
            enrolment.begun_at = at
            session.flush()
            return enrolment.id

    def rated(self, enrolment_id: int) -> None:
        """Say what is asked at the outset, and finish the baseline."""
        with sessions(self.engine).begin() as session:
            enrolment = session.get_one(Enrolment, enrolment_id)
            if is_focus_open(enrolment):
                enrolment.focus = "How my students talk about what they read."
            questions = self_assessments.questions_of(enrolment.credential_version)
            self_assessments.rate(session, enrolment, dict.fromkeys(questions, 2), now=NOON)
            self_assessments.finish(session, enrolment, now=NOON)

    def awarded(self, person: Person, enrolment_id: int, *, is_shared: bool = False) -> str:
        """Award what somebody has begun, and sign it; answers the badge's public id."""
        with sessions(self.engine).begin() as session:
            enrolment = session.get_one(Enrolment, enrolment_id)
            for work in session.query(Submission).filter_by(enrolment_id=enrolment_id):
                work.state, work.decided_at = SubmissionState.APPROVED, NOON
            version = enrolment.credential_version
            made = awards.award(
                session,
                person=enrolment.person,
                credential_version=version,
                results=results_for(version),
                now=NOON,
            )
            proposals.look(session, person.id, now=NOON)
            if is_shared:
                awards.share(session, made, now=NOON)
        cairn = self.app.extensions["cairn"]
        chores.sign(JobContext(cairn.settings, self.engine, cairn.keyring), made.id)
        return made.public_id

    def task(self, enrolment_id: int, slug: str) -> "Desk":
        """One task of what somebody has begun, by its slug."""
        with Session(self.engine) as session:
            version = session.get_one(Enrolment, enrolment_id).credential_version
            (task,) = (task for part in version.parts for task in part.tasks if task.slug == slug)
            wanted = {row.slug: row.id for row in task.requirements}
            return Desk(f"/portfolio/tasks/{task.id}", wanted)

    def tasks(self, enrolment_id: int) -> list[tuple[str, str]]:
        """The phase and the slug of each task, in the order of the path."""
        with Session(self.engine) as session:
            version = session.get_one(Enrolment, enrolment_id).credential_version
            return [(task.phase.slug, task.slug) for part in version.parts for task in part.tasks]

    def enter(self, person: Person) -> Visitor:
        """Somebody at their browser."""
        return enter(self.app, person)

    def cohort(self, program: str, facts: Facts) -> Cohort:
        """An open cohort of a program, formed by its administrator."""
        with sessions(self.engine).begin() as session:
            version = session.scalars(
                select(ProgramVersion).join(ProgramVersion.program).where(Program.slug == program)
            ).one()
            admin = a_person("Pia Norling", email=f"{opaque_id()}@example.org")
            session.add_all([admin, an_appointment(admin, version.program, Seat.ADMIN)])
            session.flush()
            made = forming.form(session, version.program, facts, actor=admin, now=NOON)
            forming.open_(session, made, version.document, actor=admin, now=NOON)
        return made

    def joined(self, person: Person, cohort: Cohort) -> None:
        """Somebody comes into a cohort by its code."""
        with sessions(self.engine).begin() as session:
            learner = session.get_one(Person, person.id)
            forming.join(session, session.get_one(Cohort, cohort.id), learner, now=NOON)


@dataclass(frozen=True)
class Desk:
    """A task's address, and what it asks for by slug."""

    path: str
    wanted: dict[str, int]

    def read(self, visitor: Visitor) -> str:
        """What the task's page says."""
        return words_of(visitor.get(self.path).text)

    def write(self, visitor: Visitor, artifact: str, text: str, **more: str) -> int:
        """Hand over a text for an artifact as its form does; answers the status."""
        form = {"kind": "text", "requirement": str(self.wanted[artifact]), "text": text}
        return visitor.post(f"{self.path}/artifacts/{opaque_id()}", form | more).status_code
