"""Two judges, or two windows of one, press their buttons at the same moment."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session

from lti_tool.badges.models import Award
from lti_tool.database import sessions
from lti_tool.people.models import Person
from lti_tool.people.roles import Role, Seat
from lti_tool.portfolio.models import Submission, SubmissionState
from lti_tool.review.models import Assessment, AssessmentState, Decision, Rating
from tests.builders import a_credential_version, a_person, an_appointment
from tests.cast import ada, ben, cleo
from tests.portfolio.studio import enter
from tests.review.works import recommended, submitted

Form = tuple[Person, str, dict[str, str]]
"""Who sends what to which address."""


class Stage:
    """Both parts of Ada's work, two assessors and two approvers."""

    def __init__(self, app: Flask, engine: Engine) -> None:
        self.app = app
        self.engine = engine
        with sessions(engine).begin() as session:
            version = a_credential_version(parts=2)
            first = submitted(session, ada(), version)
            second = submitted(
                session, first.enrolment.person, version, part=1, enrolment=first.enrolment
            )
            self.works = [first, second]
            self.ben, self.bea = ben(), a_person("Bea Holt")
            self.cleo, self.cyd = cleo(), a_person("Cyd Rowe")
            program = version.program_version.program
            for person, seat in (
                (self.ben, Seat.ASSESSOR),
                (self.bea, Seat.ASSESSOR),
                (self.cleo, Seat.APPROVER),
                (self.cyd, Seat.APPROVER),
            ):
                session.add(an_appointment(person, program, seat))
            self.paths = [f"/review/{work.public_id}" for work in self.works]
            self.criteria = [criterion.id for criterion in first.part.criteria]

    def recommend(self) -> None:
        """Ben has assessed both parts; everything is met."""
        with sessions(self.engine).begin() as session:
            assessor = session.get_one(Person, self.ben.id)
            for work in self.works:
                recommended(session, session.get_one(Submission, work.id), assessor)

    def together(self, forms: Sequence[Form]) -> list[int]:
        """Send all forms at once; the status of each answer."""
        visitors = [enter(self.app, person, role=Role.VISITOR) for person, _, _ in forms]
        ready = threading.Barrier(len(forms))

        def send(number: int) -> int:
            _, path, data = forms[number]
            ready.wait(timeout=30)
            return visitors[number].post(path, data).status_code

        with ThreadPoolExecutor(len(forms)) as pool:
            return list(pool.map(send, range(len(forms))))

    def all(self, query: Any) -> list[Any]:
        """Everything a query finds."""
        with Session(self.engine) as session:
            return list(session.scalars(query))


@pytest.fixture
def stage(app: Flask, engine: Engine) -> Iterator[Stage]:
    """Every answer of the database takes a moment, so that requests really meet."""
    made = Stage(app, engine)
    slow = app.extensions["cairn"].engine
    linger: Callable[..., None] = lambda *_: time.sleep(0.004)  # noqa: E731
    event.listen(slow, "after_cursor_execute", linger)
    yield made
    event.remove(slow, "after_cursor_execute", linger)


def ratings(stage: Stage, level: int, words: str) -> dict[str, str]:
    """The desk's form with the same for every criterion."""
    return {f"level-{key}": str(level) for key in stage.criteria} | {
        f"comment-{key}": words for key in stage.criteria
    }


def test_two_assessors_who_open_the_same_work_do_not_both_get_it(stage: Stage) -> None:
    begin = f"{stage.paths[0]}/begin"

    answers = stage.together([(stage.ben, begin, {}), (stage.bea, begin, {})])

    assert sorted(answers) == [303, 409]
    assert len(stage.all(select(Assessment))) == 1


def test_a_save_while_typing_and_the_recommendation_do_not_trip_over_each_other(
    stage: Stage,
) -> None:
    path = stage.paths[0]
    enter(stage.app, stage.ben, role=Role.VISITOR).post(f"{path}/begin")
    saved = (stage.ben, f"{path}/ratings", ratings(stage, 1, "Half-written"))
    final = (stage.ben, f"{path}/ratings", ratings(stage, 3, "Whole") | {"then": "recommend"})

    answers = stage.together([saved, final, saved])

    # A save that comes earlier is written over, one that comes later is refused.
    assert answers[1] == 303
    assert set(answers) <= {303, 409}
    assert stage.all(select(func.count(Rating.id))) == [len(stage.criteria)]
    assert stage.all(select(Assessment.state)) == [AssessmentState.RECOMMENDED]
    assert set(stage.all(select(Rating.comment))) == {"Whole"}


def test_one_of_two_decisions_stands(stage: Stage) -> None:
    stage.recommend()
    decision = f"{stage.paths[0]}/decision"

    answers = stage.together(
        [
            (stage.cleo, decision, {"outcome": "approved"}),
            (stage.cyd, decision, {"outcome": "sent-back", "reason": "Look again."}),
            (stage.cleo, decision, {"outcome": "approved"}),
        ]
    )

    assert sorted(answers) == [303, 409, 409]
    assert len(stage.all(select(Decision))) == 1


def test_two_parts_approved_at_the_same_moment_bring_the_badge(stage: Stage) -> None:
    stage.recommend()

    answers = stage.together(
        [
            (person, f"{path}/decision", {"outcome": "approved"})
            for person, path in zip((stage.cleo, stage.cyd), stage.paths, strict=True)
        ]
    )

    assert answers == [303, 303]
    assert stage.all(select(Submission.state)) == [SubmissionState.APPROVED] * 2
    assert len(stage.all(select(Award))) == 1
