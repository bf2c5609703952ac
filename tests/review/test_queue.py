"""What waits for whom."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, insert
from sqlalchemy.orm import Session

from lti_tool.database import opaque_id, sessions
from lti_tool.people.models import Person
from lti_tool.people.roles import Role, Seat
from lti_tool.portfolio.models import Enrolment, Submission, SubmissionState
from lti_tool.programs.models import CredentialVersion
from lti_tool.review import assessments, decisions
from lti_tool.review.queue import Asked, sheet_of, waiting_for
from tests.builders import a_course, a_credential_version, a_person, an_appointment
from tests.cast import ada, ben, cleo, ivan
from tests.counting import Counted
from tests.portfolio.studio import enter
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


def many(session: Session, version: CredentialVersion, count: int, at: datetime) -> None:
    """So many submitted works at once, a minute apart, without building them one by one."""
    people = session.scalars(
        insert(Person).returning(Person.id),
        [{"name": f"Learner {n}", "is_test": False, "created_at": at} for n in range(count)],
    ).all()
    empty = {"goal": "", "setting": {}, "begun_at": at}
    ways = session.scalars(
        insert(Enrolment).returning(Enrolment.id),
        [
            {"person_id": one, "credential_version_id": version.id, "focus": "", **empty}
            for one in people
        ],
    ).all()
    part, state = version.parts[0].id, SubmissionState.SUBMITTED
    said = {"attestation": "Mine.", "decision_words": "", "context": "", **empty}
    session.execute(
        insert(Submission),
        [
            {
                "public_id": opaque_id(),
                "enrolment_id": way,
                "part_id": part,
                "attempt": 1,
                "state": state,
                "submitted_at": at + timedelta(minutes=n),
                **said,
            }
            for n, way in enumerate(ways)
        ],
    )


@pytest.mark.row("S4-16")
def test_several_hundred_works_come_in_pages_with_as_many_queries_as_five(
    app: Flask, engine: Engine, noon: datetime
) -> None:
    # Given five works of two credentials, the newest of the second
    with sessions(engine).begin() as session:
        version = a_credential_version(title="Reading a landscape")
        other = a_credential_version(title="Keeping bees", program_version=version.program_version)
        session.add_all([version, other])
        session.flush()
        many(session, version, 4, noon)
        many(session, other, 1, noon + timedelta(days=1))
        judge, course = ben(), a_course()
        program = version.program_version.program
        session.add_all([judge, course, an_appointment(judge, program, Seat.ASSESSOR)])
        session.flush()
        wanted = other.credential.public_id
    page = enter(app, judge, role=Role.INSTRUCTOR, course=course)
    page.get("/review/")
    asked = app.extensions["cairn"].engine
    with Counted(asked) as few:
        short = page.get("/review/").text

    # When there are three hundred
    with sessions(engine).begin() as session:
        many(session, session.get_one(CredentialVersion, version.id), 295, noon)
    with Counted(asked) as often:
        shown = page.get("/review/").text

    # Then
    assert len(often) == len(few)
    assert "5 pieces of work wait for you" in short
    assert 'rel="next"' not in short
    assert "300 pieces of work wait for you" in shown
    assert shown.count('<li class="queue-row">') == 50
    assert "1 to 50 of 300" in shown
    assert "Reading a landscape</a>: 299" in shown
    assert "251 to 300 of 300" in page.get("/review/?page=6").text
    assert "251 to 300 of 300" in page.get("/review/?page=999").text
    assert "1 to 50 of 300" in page.get("/review/?page=x").text

    # And after a judgement the next one of the same credential is offered, wherever it stands
    assert 'id="next"' not in shown
    onward = page.get(f"/review/?after={wanted}").text
    offered = onward[onward.index('id="next"') : onward.index('<ol class="queue"')]
    assert "Keeping bees" in offered
    assert "/begin" in offered


@pytest.mark.row("S4-16")
def test_after_the_last_of_a_credential_the_oldest_of_all_is_next(
    session: Session, noon: datetime
) -> None:
    work = submitted(session, ada(), at=noon)
    judge = appointed(session, work, ben(), Seat.ASSESSOR)
    waiting = waiting_for(session, judge, now=noon)

    assert sheet_of(waiting, page=1, after="another").following == waiting[0]
    assert sheet_of(waiting, page=1).following is None
    assert sheet_of([], page=3, after="another").following is None
