"""What waits for whom: oldest first, each piece of work in one place only."""

import enum
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from lti_tool.cohorts import conflicts
from lti_tool.people.models import Person
from lti_tool.people.roles import Seat
from lti_tool.portfolio.models import Enrolment, Submission, SubmissionState
from lti_tool.programs.models import (
    Appointment,
    Credential,
    CredentialVersion,
    Part,
    ProgramVersion,
)
from lti_tool.review.models import Assessment, AssessmentState

PER_PAGE = 50


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
    credential_public_id: str
    program_id: int


def _appointed(person: Person, seat: Seat, now: datetime) -> ColumnElement[bool]:
    return exists().where(
        Appointment.person_id == person.id,
        Appointment.program_id == ProgramVersion.program_id,
        Appointment.seat == seat,
        Appointment.ended_at.is_(None),
        or_(Appointment.until.is_(None), Appointment.until > now),
    )


def _work(since: ColumnElement[datetime]) -> Select[*tuple[Any, ...]]:
    """Only what a line of the queue says: whole rows would bring each package along, every time."""
    live = (AssessmentState.OPEN, AssessmentState.RECOMMENDED)
    return (
        select(
            Submission.public_id,
            CredentialVersion.title.label("credential_title"),
            Part.title.label("part_title"),
            Person.name.label("learner_name"),
            Submission.attempt,
            since.label("since"),
            Assessment.id.label("assessment_id"),
            Credential.id.label("credential_id"),
            Credential.public_id.label("credential_public_id"),
            ProgramVersion.program_id,
        )
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
    handed_in = func.coalesce(Submission.submitted_at, Submission.begun_at)
    to_assess = _work(handed_in).where(
        Submission.state == SubmissionState.SUBMITTED,
        Enrolment.person_id != person.id,
        or_(Assessment.id.is_(None), Assessment.assessor_id == person.id),
        _appointed(person, Seat.ASSESSOR, now),
        is_free,
    )
    to_decide = _work(func.coalesce(Assessment.recommended_at, handed_in)).where(
        Submission.state == SubmissionState.ASSESSED,
        Enrolment.person_id != person.id,
        Assessment.assessor_id != person.id,
        _appointed(person, Seat.APPROVER, now),
        is_free,
    )
    found = [
        _waiting(row, asked)
        for asked, question in ((Asked.ASSESS, to_assess), (Asked.DECIDE, to_decide))
        for row in session.execute(question)
    ]
    return sorted(found, key=lambda waiting: waiting.since)


def _waiting(row: Row[Any], asked: Asked) -> Waiting:
    return Waiting(
        public_id=row.public_id,
        credential_title=row.credential_title,
        part_title=row.part_title,
        learner_name=row.learner_name,
        attempt=row.attempt,
        asked=asked,
        since=row.since,
        is_begun=asked is Asked.ASSESS and row.assessment_id is not None,
        credential_id=row.credential_id,
        credential_public_id=row.credential_public_id,
        program_id=row.program_id,
    )


@dataclass(frozen=True)
class Total:
    """How much of one credential waits."""

    credential_public_id: str
    title: str
    count: int


@dataclass(frozen=True)
class Sheet:
    """One page of a queue, and what there is altogether (S4-16)."""

    rows: tuple[Waiting, ...]
    count: int
    to_assess: int
    to_decide: int
    totals: tuple[Total, ...]
    """By credential, the most first."""
    number: int
    """Of this page, from 1."""
    pages: int
    first_place: int
    """Place of the first row in the whole queue, from 1."""
    following: Waiting | None
    """What to go on with after a piece of work that was just judged."""


def sheet_of(waiting: Sequence[Waiting], *, page: int, after: str = "") -> Sheet:
    """One page of what waits, in the order given; a number beyond the last means the last.

    `after` is the public id of the credential that was just judged: whoever judges many in a row
    goes on with the same rubric, and with the oldest of all once nothing of it is left.
    """
    pages = max(1, -(-len(waiting) // PER_PAGE))
    number = min(max(1, page), pages)
    start = (number - 1) * PER_PAGE
    counts = Counter((one.credential_public_id, one.credential_title) for one in waiting)
    to_assess = sum(one.asked is Asked.ASSESS for one in waiting)
    same = [one for one in waiting if one.credential_public_id == after]
    return Sheet(
        rows=tuple(waiting[start : start + PER_PAGE]),
        count=len(waiting),
        to_assess=to_assess,
        to_decide=len(waiting) - to_assess,
        totals=tuple(Total(*key, count) for key, count in counts.most_common()),
        number=number,
        pages=pages,
        first_place=start + 1,
        following=next(iter(same or waiting), None) if after else None,
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
