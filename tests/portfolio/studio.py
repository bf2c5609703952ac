"""Ada's studio: begin, rate, add and submit in one line each, by rules or by page."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from lti_tool.database import opaque_id
from lti_tool.people.models import Course, Person
from lti_tool.people.roles import Role
from lti_tool.portfolio import artifacts, enrolments, self_assessments, submissions
from lti_tool.portfolio.artifacts import Details
from lti_tool.portfolio.feedback import Verdict
from lti_tool.portfolio.models import Artifact, Enrolment, Submission
from lti_tool.programs.models import ArtifactKind, ArtifactRequirement, CredentialVersion
from lti_tool.web.permissions import form_token
from lti_tool.web.session import VISIT_COOKIE, begin_visit, transaction
from tests.builders import NOON


def begun(session: Session, person: Person, version: CredentialVersion) -> Enrolment:
    """Somebody who has begun, with everything stored."""
    session.add_all([person, version])
    session.flush()
    return enrolments.begin(session, person, version, now=NOON)


def rated(session: Session, enrolment: Enrolment, value: int = 2) -> Enrolment:
    """The baseline, finished with one value everywhere."""
    questions = self_assessments.questions_of(enrolment.credential_version)
    self_assessments.rate(session, enrolment, dict.fromkeys(questions, value), now=NOON)
    self_assessments.finish(session, enrolment, now=NOON)
    return enrolment


def drafts_of(session: Session, enrolment: Enrolment) -> list[Submission]:
    """The newest attempt at each part."""
    return [
        submissions.submission_of(session, enrolment, part)
        for part in enrolment.credential_version.parts
    ]


def a_text(
    session: Session,
    work: Submission,
    requirement: ArtifactRequirement,
    text: str = "What I saw.",
    *,
    criteria: frozenset[int] | None = None,
    done_on: date | None = None,
    now: datetime = NOON,
) -> Artifact:
    """A written artifact, tagged to what the requirement is meant for unless said otherwise."""
    if criteria is None:
        criteria = frozenset(
            row.id for row in work.part.criteria if row.slug in requirement.criteria
        )
    return artifacts.put(
        session,
        work,
        requirement,
        public_id=opaque_id(),
        kind=ArtifactKind.TEXT,
        details=Details(text=text, criteria=criteria, done_on=done_on),
        now=now,
    )


def filled(session: Session, enrolment: Enrolment) -> Submission:
    """The first part with a text for every requirement, ready to submit."""
    work = drafts_of(session, enrolment)[0]
    for requirement in work.part.requirements:
        a_text(session, work, requirement)
    return work


def handed_in(session: Session, enrolment: Enrolment) -> Submission:
    """The first part, submitted."""
    work = filled(session, enrolment)
    submissions.submit(session, work, attested=True, now=NOON)
    return work


def decided(
    session: Session, work: Submission, by: Person, *, unmet: int = 0, comment: str = "Say more."
) -> Submission | None:
    """The work assessed and decided: the first `unmet` criteria are not met."""
    submissions.mark_assessed(session, work)
    verdicts = [
        Verdict(
            criterion,
            criterion.levels[0 if at < unmet else criterion.required_level - 1],
            comment if at < unmet else "",
        )
        for at, criterion in enumerate(work.part.criteria)
    ]
    return submissions.close(
        session, work, approved=not unmet, verdicts=verdicts, words="", by=by, now=NOON
    )


@dataclass
class Visitor:
    """A person at their browser, after a launch."""

    client: FlaskClient
    token: str

    def get(self, path: str, **given: Any) -> TestResponse:
        """Open a page."""
        return self.client.get(path, **given)

    def post(self, path: str, data: dict[str, Any] | None = None, **given: Any) -> TestResponse:
        """Send a form of a page of this visit."""
        return self.client.post(path, data={"form_token": self.token, **(data or {})}, **given)


def enter(
    app: Flask,
    person: Person,
    *,
    role: Role = Role.LEARNER,
    course: Course | None = None,
    link: int | None = None,
    is_preview: bool = False,
) -> Visitor:
    """Somebody stored comes in. Commit first: the visit is written by the application itself."""
    with app.test_request_context(), transaction() as session:
        _, token = begin_visit(
            session,
            person=session.get_one(Person, person.id),
            course=session.get_one(Course, course.id) if course else None,
            role=role,
            resource_link_id=link,
            is_preview=is_preview,
            now=datetime.now(NOON.tzinfo),
        )
    client = app.test_client()
    client.set_cookie(VISIT_COOKIE, token)
    with app.test_request_context(headers={"Cookie": f"{VISIT_COOKIE}={token}"}):
        return Visitor(client, form_token())
