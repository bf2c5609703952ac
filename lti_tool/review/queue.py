"""What waits for whom: oldest first, each piece of work in one place only."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session, contains_eager

from lti_tool.cohorts import conflicts
from lti_tool.people.models import Person
from lti_tool.people.roles import Seat
from lti_tool.portfolio.models import Enrolment, Submission, SubmissionState
from lti_tool.programs.models import (
    Appointment,
    CredentialVersion,
    ProgramVersion,
)
from lti_tool.review.models import Assessment, AssessmentState


class Asked(enum.StrEnum):
    """What is asked of the judge."""

    ASSESS = "assess"
    DECIDE = "decide"


@dataclass(frozen=True)
class Waiting:
    """One piece of work that waits for one person."""

    public_id: str
    credential_title: str
    part_title: str
    learner_name: str
    attempt: int
    asked: Asked
    since: datetime
    is_begun: bool
    """The judge has opened it before."""
    credential_id: int
    program_id: int


def _appointed(person: Person, seat: Seat, now: datetime) -> ColumnElement[bool]:
    return exists().where(
        Appointment.person_id == person.id,
        Appointment.program_id == ProgramVersion.program_id,
        Appointment.seat == seat,
        Appointment.ended_at.is_(None),
        or_(Appointment.until.is_(None), Appointment.until > now),
    )


def _work() -> Select[Submission, Assessment]:
    live = (AssessmentState.OPEN, AssessmentState.RECOMMENDED)
    return (
        select(Submission, Assessment)
        .join(Submission.enrolment)
        .join(Enrolment.person)
        .join(Enrolment.credential_version)
        .join(CredentialVersion.program_version)
        .join(CredentialVersion.credential)
        .join(Submission.part)
        .outerjoin(
            Assessment,
            and_(Assessment.submission_id == Submission.id, Assessment.state.in_(live)),
        )
        .options(
            contains_eager(Submission.part),
            contains_eager(Submission.enrolment).options(
                contains_eager(Enrolment.person),
                contains_eager(Enrolment.credential_version).options(
                    contains_eager(CredentialVersion.program_version),
                    contains_eager(CredentialVersion.credential),
                ),
            ),
        )
        .where(Person.is_test.is_(False))
        .order_by(Submission.submitted_at, Submission.id)
    )


def waiting_for(session: Session, person: Person, *, now: datetime) -> list[Waiting]:
    """All that this judge can do something about now, oldest first.

    Work of people they are too close to is not offered (S4-31). The number of queries is the
    same whatever waits.
    """
    is_free = conflicts.free_of(
        session,
        person.id,
        learner=Enrolment.person_id,
        program=ProgramVersion.program_id,
        now=now,
    )
    to_assess = _work().where(
        Submission.state == SubmissionState.SUBMITTED,
        Enrolment.person_id != person.id,
        or_(Assessment.id.is_(None), Assessment.assessor_id == person.id),
        _appointed(person, Seat.ASSESSOR, now),
        is_free,
    )
    to_decide = _work().where(
        Submission.state == SubmissionState.ASSESSED,
        Enrolment.person_id != person.id,
        Assessment.assessor_id != person.id,
        _appointed(person, Seat.APPROVER, now),
        is_free,
    )
    found = [
        _waiting(work, assessment, asked)
        for asked, question in ((Asked.ASSESS, to_assess), (Asked.DECIDE, to_decide))
        for work, assessment in session.execute(question)
    ]
    return sorted(found, key=lambda waiting: waiting.since)


def _waiting(work: Submission, assessment: Assessment | None, asked: Asked) -> Waiting:
    since = work.submitted_at or work.begun_at
    if asked is Asked.DECIDE and assessment is not None and assessment.recommended_at:
        since = assessment.recommended_at
    return Waiting(
        public_id=work.public_id,
        credential_title=work.enrolment.credential_version.title,
        part_title=work.part.title,
        learner_name=work.enrolment.person.name,
        attempt=work.attempt,
        asked=asked,
        since=since,
        is_begun=asked is Asked.ASSESS and assessment is not None,
        credential_id=work.enrolment.credential_version.credential_id,
        program_id=work.enrolment.credential_version.program_version.program_id,
    )


def first_of(
    waiting: Sequence[Waiting], *, credential_id: int | None, program_id: int | None
) -> list[Waiting]:
    """The same with what a link is about in front, otherwise as it was.

    Whoever opens a link to judge means its work, also where the LMS has lost whose (T-134).
    """

    def is_elsewhere(one: Waiting) -> bool:
        if credential_id is not None:
            return one.credential_id != credential_id
        return program_id is not None and one.program_id != program_id

    return sorted(waiting, key=is_elsewhere)


def is_judge(session: Session, person: Person, *, now: datetime) -> bool:
    """Whether the person holds any judging seat at all, so that a queue is worth showing."""
    return bool(
        session.scalar(
            select(Appointment.id)
            .where(
                Appointment.person_id == person.id,
                Appointment.seat.in_((Seat.ASSESSOR, Seat.APPROVER)),
                Appointment.ended_at.is_(None),
                or_(Appointment.until.is_(None), Appointment.until > now),
            )
            .limit(1)
        )
    )
