"""What waits for whom."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from lti_tool.people.roles import Seat
from lti_tool.review import assessments, decisions
from lti_tool.review.queue import Asked, waiting_for
from tests.builders import a_credential_version, a_person, an_appointment
from tests.cast import ada, ben, cleo, ivan
from tests.counting import Counted
from tests.review.works import appointed, recommended, submitted


def test_submitted_work_waits_for_appointed_assessors_oldest_first(
    session: Session, noon: datetime
) -> None:
    version = a_credential_version()
    newer = submitted(session, ada(), version, at=noon)
    older = submitted(session, a_person("Fay"), version, at=noon - timedelta(days=2))
    judge = appointed(session, newer, ben(), Seat.ASSESSOR)

    waiting = waiting_for(session, judge, now=noon)

    assert [one.public_id for one in waiting] == [older.public_id, newer.public_id]
    assert {one.asked for one in waiting} == {Asked.ASSESS}


def test_work_in_another_program_or_after_the_appointment_does_not_wait(
    session: Session, noon: datetime
) -> None:
    work = submitted(session, ada())
    elsewhere = a_credential_version()
    stranger = ivan()
    session.add_all([elsewhere, stranger])
    session.add(an_appointment(stranger, elsewhere.program_version.program, Seat.ASSESSOR))
    expired = ben()
    program = work.enrolment.credential_version.program_version.program
    session.add(an_appointment(expired, program, Seat.ASSESSOR, until=noon))
    session.flush()

    assert waiting_for(session, stranger, now=noon) == []
    assert waiting_for(session, expired, now=noon) == []


def test_work_a_colleague_has_opened_waits_only_for_that_colleague(
    session: Session, noon: datetime
) -> None:
    work = submitted(session, ada())
    first = appointed(session, work, ben(), Seat.ASSESSOR)
    second = appointed(session, work, ivan(), Seat.ASSESSOR)
    assessments.begin(session, work, assessor=first, now=noon)

    assert [one.is_begun for one in waiting_for(session, first, now=noon)] == [True]
    assert waiting_for(session, second, now=noon) == []


@pytest.mark.row("S3-28")
def test_assessed_work_waits_for_an_approver_who_did_not_assess_it(
    session: Session, noon: datetime
) -> None:
    work = submitted(session, ada())
    assessor = appointed(session, work, ben(), Seat.ASSESSOR)
    appointed(session, work, assessor, Seat.APPROVER)
    approver = appointed(session, work, cleo(), Seat.APPROVER)
    assessment = recommended(session, work, assessor)

    assert waiting_for(session, assessor, now=noon) == []
    assert [one.asked for one in waiting_for(session, approver, now=noon)] == [Asked.DECIDE]

    decisions.approve(
        session, assessment, approver=approver, base_url="http://localhost:8000", now=noon
    )
    assert waiting_for(session, approver, now=noon) == []


def test_nobodys_own_work_waits_for_them(session: Session, noon: datetime) -> None:
    learner = ada()
    work = submitted(session, learner)
    appointed(session, work, learner, Seat.ASSESSOR)

    assert waiting_for(session, learner, now=noon) == []


def test_the_queue_asks_as_often_for_ten_works_as_for_one(
    session: Session, engine: Engine, noon: datetime
) -> None:
    version = a_credential_version()
    work = submitted(session, ada(), version)
    judge = appointed(session, work, ben(), Seat.ASSESSOR)
    session.flush()
    with Counted(engine) as once:
        waiting_for(session, judge, now=noon)
    for number in range(9):
        submitted(session, a_person(f"Learner {number}"), version)
    session.flush()

    with Counted(engine) as often:
        assert len(waiting_for(session, judge, now=noon)) == 10

    assert len(often) == len(once) == 3
