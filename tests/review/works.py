"""Submitted work for the judges' tests: rows as the portfolio would have left them."""

from datetime import datetime

from sqlalchemy.orm import Session

from lti_tool.people.models import Person
from lti_tool.people.roles import Seat
from lti_tool.portfolio.models import Artifact, Enrolment, Submission, SubmissionState
from lti_tool.programs.models import ArtifactKind, CredentialVersion
from lti_tool.review import assessments
from lti_tool.review.assessments import Given
from lti_tool.review.models import Assessment
from tests.builders import NOON, a_credential_version, an_appointment


def submitted(
    session: Session,
    learner: Person,
    version: CredentialVersion | None = None,
    *,
    part: int = 0,
    at: datetime = NOON,
    enrolment: Enrolment | None = None,
) -> Submission:
    """One submitted attempt at one part, with a text for each artifact that is asked for."""
    version = version or a_credential_version()
    if enrolment is None:
        enrolment = Enrolment(person=learner, credential_version=version, begun_at=at)
    work = Submission(
        enrolment=enrolment,
        part=version.parts[part],
        state=SubmissionState.SUBMITTED,
        begun_at=at,
        submitted_at=at,
        attested_at=at,
        attestation="Mine.",
    )
    for requirement in version.parts[part].requirements:
        Artifact(
            submission=work,
            requirement=requirement,
            kind=ArtifactKind.TEXT,
            title=requirement.title,
            text="What I saw and did.",
            added_at=at,
            changed_at=at,
            criteria=[c for c in version.parts[part].criteria if c.slug in requirement.criteria],
        )
    session.add(work)
    session.flush()
    return work


def appointed(session: Session, work: Submission, person: Person, seat: Seat) -> Person:
    """The person, appointed in the program of the work."""
    program = work.enrolment.credential_version.program_version.program
    session.add(an_appointment(person, program, seat))
    session.flush()
    return person


def all_at(work: Submission, level: int, comment: str = "") -> dict[int, Given]:
    """Every criterion of the work at this level."""
    return {criterion.id: Given(level, comment) for criterion in work.part.criteria}


def recommended(
    session: Session,
    work: Submission,
    assessor: Person,
    *,
    level: int = 3,
    now: datetime = NOON,
) -> Assessment:
    """An assessment with every criterion at `level`, handed to the approver."""
    assessment = assessments.begin(session, work, assessor=assessor, now=now)
    assessments.rate(assessment, all_at(work, level, "" if level >= 3 else "Say more."))
    assessments.recommend(session, assessment, now=now)
    return assessment
