"""Two judges at the same moment, on a real database."""

import threading
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from lti_tool.badges.models import Award
from lti_tool.database import sessions
from lti_tool.errors import Refused
from lti_tool.people.models import Person
from lti_tool.people.roles import Seat
from lti_tool.portfolio.models import Submission
from lti_tool.review import assessments, decisions
from lti_tool.review.models import Assessment, Decision
from tests.builders import a_credential_version
from tests.cast import ada, ben, cleo, dora
from tests.review.works import appointed, recommended, submitted

ROUNDS = 4


def at_once(*acts: Callable[[], None]) -> list[BaseException]:
    """Run the acts in threads that start together; answers what they raised."""
    start = threading.Barrier(len(acts))
    raised: list[BaseException] = []

    def run(act: Callable[[], None]) -> None:
        start.wait()
        try:
            act()
        except BaseException as fault:  # noqa: BLE001  the test looks at every one
            raised.append(fault)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def approving(
    engine: Engine, assessment: Assessment, approver: Person, noon: datetime
) -> Callable[[], None]:
    """One approval in a transaction of its own."""

    def act() -> None:
        with sessions(engine).begin() as session:
            decisions.approve(
                session,
                session.get_one(Assessment, assessment.id),
                approver=session.get_one(Person, approver.id),
                base_url="http://localhost:8000",
                now=noon,
            )

    return act


def test_the_last_two_parts_approved_at_once_make_one_award(engine: Engine, noon: datetime) -> None:
    for made in range(1, ROUNDS + 1):
        with sessions(engine).begin() as session:
            first = submitted(session, ada(), a_credential_version(parts=2))
            second = submitted(
                session,
                first.enrolment.person,
                first.enrolment.credential_version,
                part=1,
                enrolment=first.enrolment,
            )
            assessor = appointed(session, first, ben(), Seat.ASSESSOR)
            one = appointed(session, first, cleo(), Seat.APPROVER)
            other = appointed(session, first, dora(), Seat.APPROVER)
            both = [recommended(session, work, assessor) for work in (first, second)]

        raised = at_once(
            approving(engine, both[0], one, noon), approving(engine, both[1], other, noon)
        )

        assert raised == []
        with Session(engine) as session:
            assert len(session.scalars(select(Award)).all()) == made


def test_one_work_approved_twice_at_once_is_decided_once(engine: Engine, noon: datetime) -> None:
    for made in range(1, ROUNDS + 1):
        with sessions(engine).begin() as session:
            work = submitted(session, ada())
            assessor = appointed(session, work, ben(), Seat.ASSESSOR)
            one = appointed(session, work, cleo(), Seat.APPROVER)
            other = appointed(session, work, dora(), Seat.APPROVER)
            assessment = recommended(session, work, assessor)

        raised = at_once(
            approving(engine, assessment, one, noon), approving(engine, assessment, other, noon)
        )

        assert [isinstance(fault, Refused) for fault in raised] == [True]
        with Session(engine) as session:
            assert len(session.scalars(select(Decision)).all()) == made
            assert len(session.scalars(select(Award)).all()) == made


def test_two_assessors_who_open_one_work_at_once_do_not_both_get_it(
    engine: Engine, noon: datetime
) -> None:
    for made in range(1, ROUNDS + 1):
        with sessions(engine).begin() as session:
            work = submitted(session, ada())
            judges = [appointed(session, work, person, Seat.ASSESSOR) for person in (ben(), dora())]
            work_id = work.id

        def opening(judge: Person, work_id: int = work_id) -> Callable[[], None]:
            def act() -> None:
                with sessions(engine).begin() as session:
                    assessments.begin(
                        session,
                        session.get_one(Submission, work_id),
                        assessor=session.get_one(Person, judge.id),
                        now=noon,
                    )

            return act

        raised = at_once(*(opening(judge) for judge in judges))

        assert [isinstance(fault, Refused) for fault in raised] == [True]
        with Session(engine) as session:
            assert len(session.scalars(select(Assessment)).all()) == made
