"""Work in which something is missing goes back unjudged; meetings are noted where work is read."""

import pytest
from sqlalchemy import select

from lti_tool.database import sessions
from lti_tool.people.roles import Role
from lti_tool.portfolio.models import CoachMeeting, Submission, SubmissionState
from tests.review.test_views import Scene, scene

__all__ = ["scene"]


@pytest.mark.row("S4-35")
def test_an_assessor_gives_incomplete_work_back_before_judging(scene: Scene) -> None:
    requirement = scene.work.part.requirements[0].id
    judge = scene.enter(scene.ben)
    place = f"{scene.path}/incomplete"
    assert "give it back unjudged" in judge.get(scene.path).text
    judge.post(f"{scene.path}/begin")

    # Nobody else, nothing without a sign, and no sign without a word
    sign = {"sign": f"{requirement}-0", f"mend-{requirement}": "Turn the sound up."}
    assert scene.enter(scene.cleo).post(place, sign).status_code == 403
    assert scene.enter(scene.ivan).post(place, sign).status_code == 403
    assert judge.post(place).status_code == 422
    assert judge.post(place, {"sign": f"{requirement}-0"}).status_code == 422
    assert scene.state() is SubmissionState.SUBMITTED
    answer = judge.post(place, sign)

    # It is the same attempt, open again, and says what to mend
    assert (answer.status_code, scene.state()) == (303, SubmissionState.DRAFT)
    with sessions(scene.engine).begin() as session:
        work = session.scalars(select(Submission)).one()
        (lack,) = work.lacking
        assert (work.attempt, lack.words) == (1, "Turn the sound up.")
        part_id = work.part_id
    page = scene.enter(scene.ada, Role.LEARNER).get(f"/portfolio/parts/{part_id}/submit").text
    assert "It came back before it was judged" in page
    assert "Turn the sound up." in page


@pytest.mark.row("S6-12")
def test_a_meeting_is_noted_on_the_returned_work(scene: Scene) -> None:
    with sessions(scene.engine).begin() as session:
        work = session.scalars(select(Submission)).one()
        version = work.enrolment.credential_version.program_version
        deciders = {**version.document["deciders"]}
        deciders["attempts"] = {"maximum": 1, "then": "coach-meeting"}
        version.document = {**version.document, "deciders": deciders}
    scene.recommend(level=1, comment="Say more.")
    judge = scene.enter(scene.cleo)
    judge.post(f"{scene.path}/decision", {"outcome": "returned"})
    dora = scene.enter(scene.dora)
    place = f"{scene.path}/meeting"
    assert "Note a meeting with a coach" in dora.get(scene.path).text

    met = {"met_on": "2026-11-19", "words": "Try pairs."}
    assert scene.enter(scene.ada, Role.LEARNER).post(place, met).status_code == 403
    assert scene.enter(scene.ivan).post(place, met).status_code == 403
    assert dora.post(place, {"met_on": "soon"}).status_code == 422
    assert dora.post(place, met).status_code == 303

    with sessions(scene.engine)() as session:
        assert session.scalars(select(CoachMeeting)).one().words == "Try pairs."
    own = scene.enter(scene.ada, Role.LEARNER).get(f"/portfolio/submissions/{scene.work.public_id}")
    assert "Try pairs." in own.text
