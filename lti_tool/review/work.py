"""One piece of work as its judges see it: found through the person who asks."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased, selectinload

from lti_tool.errors import NotAllowed, NotFound
from lti_tool.people.models import Membership, Person
from lti_tool.people.roles import TEACHING, Role, Seat
from lti_tool.portfolio.models import Artifact, Enrolment, Submission, SubmissionState
from lti_tool.programs.appointments import holds
from lti_tool.programs.models import (
    Credential,
    CredentialVersion,
    Criterion,
    Part,
    ProgramVersion,
)
from lti_tool.review.assessments import live_assessment
from lti_tool.review.judges import may_judge, program_of, require_judge
from lti_tool.review.models import Assessment, Decision


class Standing(enum.StrEnum):
    """What the person who asks may do with the work just now."""

    OWNER = "owner"
    ASSESS = "assess"
    DECIDE = "decide"
    READ = "read"
    """A judge without anything to do now, or an instructor of the learner's course."""


@dataclass(frozen=True)
class Reader:
    """Who asks, and from where: the course and role of their visit."""

    person: Person
    course_id: int | None
    role: Role


@dataclass(frozen=True)
class Opened:
    """A piece of work, the assessment that stands for it, and what may be done."""

    work: Submission
    assessment: Assessment | None
    standing: Standing
    decision: Decision | None
    """The decision that stands on this attempt, or the newest note to the assessor."""


def find_work(session: Session, public_id: str) -> Submission:
    """The submitted work of this id, with all that its pages show, in a constant number of queries.

    Raises:
        NotFound: there is none, it is still a draft, or its person has set it aside.
    """
    work = session.scalars(
        select(Submission)
        .join(Submission.enrolment)
        .where(Submission.public_id == public_id, Submission.state != SubmissionState.DRAFT)
        .options(
            selectinload(Submission.part)
            .selectinload(Part.criteria)
            .selectinload(Criterion.levels),
            selectinload(Submission.artifacts).options(
                selectinload(Artifact.criteria),
                selectinload(Artifact.requirement),
                selectinload(Artifact.entries),
                selectinload(Artifact.consents),
                selectinload(Artifact.pointers),
            ),
            selectinload(Submission.takes_up).selectinload(Submission.part),
            selectinload(Submission.enrolment).options(
                selectinload(Enrolment.person),
                selectinload(Enrolment.credential_version)
                .selectinload(CredentialVersion.program_version)
                .selectinload(ProgramVersion.program),
            ),
        )
    ).one_or_none()
    if work is None:
        raise NotFound(
            "There is no submitted work at this address. It may have been set aside by the"
            " participant, who goes on with another piece of work."
        )
    return work


def newest_work_of(
    session: Session, person_id: int, credential_id: str, part_slug: str = ""
) -> str | None:
    """Public id of the newest work a person handed in for a credential, or `None`.

    `credential_id` is the credential's public id: a column of Moodle's gradebook knows no more,
    except which part of the credential it stands for.
    """
    query = (
        select(Submission.public_id)
        .join(Submission.enrolment)
        .join(Enrolment.credential_version)
        .join(CredentialVersion.credential)
        .where(
            Enrolment.person_id == person_id,
            Credential.public_id == credential_id,
            Submission.state != SubmissionState.DRAFT,
        )
        .order_by(Submission.id.desc())
        .limit(1)
    )
    if part_slug:
        query = query.join(Submission.part).where(Part.slug == part_slug)
    return session.scalar(query)


def open_work(session: Session, public_id: str, *, reader: Reader, now: datetime) -> Opened:
    """The work as this reader may see it.

    An instructor may read the work of learners of the course they came from (T-134);
    every other learner is refused.

    Raises:
        NotFound: there is no such submitted work.
        NotAllowed: it is not for this reader.
    """
    work = find_work(session, public_id)
    assessment = live_assessment(session, work)
    standing = _standing(session, work, assessment, reader, now=now)
    if standing is None:
        for seat in (Seat.ASSESSOR, Seat.APPROVER):
            if holds(session, reader.person, program_of(work), seat, now=now):
                require_judge(session, reader.person, work, seat, now=now)  # says why
        raise NotAllowed("This work belongs to somebody else and is not yours to see.")
    return Opened(work, assessment, standing, _decision(session, work))


def _standing(
    session: Session,
    work: Submission,
    assessment: Assessment | None,
    reader: Reader,
    *,
    now: datetime,
) -> Standing | None:
    person = reader.person
    if work.enrolment.person_id == person.id:
        return Standing.OWNER
    is_assessor = may_judge(session, person, work, Seat.ASSESSOR, now=now)
    is_approver = may_judge(session, person, work, Seat.APPROVER, now=now)
    is_taken = assessment is not None and assessment.assessor_id != person.id
    if is_assessor and work.state is SubmissionState.SUBMITTED and not is_taken:
        return Standing.ASSESS
    if is_approver and work.state is SubmissionState.ASSESSED and is_taken:
        return Standing.DECIDE
    if is_assessor or is_approver or teaches(session, work.enrolment.person_id, reader):
        return Standing.READ
    return None


def teaches(session: Session, person_id: int, reader: Reader) -> bool:
    """Whether the reader came from a course that they teach and the person is in (T-134).

    The LMS signed that they teach it. Who came straight from its gradebook has no membership yet;
    one that says otherwise by now counts more.
    """
    if reader.course_id is None or reader.role not in TEACHING:
        return False
    learner, teacher = aliased(Membership), aliased(Membership)
    return bool(
        session.scalar(
            select(learner.id)
            .outerjoin(
                teacher,
                (teacher.course_id == learner.course_id) & (teacher.person_id == reader.person.id),
            )
            .where(
                learner.course_id == reader.course_id,
                learner.person_id == person_id,
                or_(teacher.id.is_(None), teacher.role.in_(TEACHING)),
            )
        )
    )


def _decision(session: Session, work: Submission) -> Decision | None:
    return session.scalars(
        select(Decision)
        .join(Decision.assessment)
        .where(Assessment.submission_id == work.id)
        .order_by(Decision.id.desc())
        .limit(1)
    ).one_or_none()


def evidence_for(work: Submission, criterion: Criterion) -> Sequence[Artifact]:
    """The artifacts the learner tagged to this criterion."""
    return [artifact for artifact in work.artifacts if criterion in artifact.criteria]


def find_artifact(work: Submission, public_id: str) -> Artifact:
    """One artifact of this work.

    Raises:
        NotFound: the work has none of that id.
    """
    for artifact in work.artifacts:
        if artifact.public_id == public_id:
            return artifact
    raise NotFound("This work has no such artifact.")
