"""A decision that is taken back, and work that waits: what the gradebook shows meanwhile."""

import itertools
import json
from datetime import datetime, timedelta

import pytest

from lti_tool.grades.chores import withdraw
from lti_tool.grades.models import DeliveryState
from lti_tool.launch.products.canvas import SUBMISSION
from tests.grades.conftest import World

DELIVERED, SUPERSEDED = DeliveryState.DELIVERED, DeliveryState.SUPERSEDED


@pytest.mark.row("T-113")
def test_work_that_waits_for_its_judges_never_empties_a_grade(world: World) -> None:
    """Moodle would erase it, so it is told nothing; Canvas is told to preserve it."""
    world.decide(points="3", comment="First attempt")
    world.drain()
    world.clock.pass_by(60)

    world.submit()
    world.drain()

    assert world.cell().visible == 25
    assert world.comments() == ["First attempt"]
    told = [json.loads(one.body) for one in world.received()][1:]
    if world.lms.mood.name == "moodle":
        assert told == []
    else:
        (body,) = told
        assert (body["activityProgress"], body["gradingProgress"]) == ("Submitted", "PendingManual")
        assert "scoreGiven" not in body
        assert body[SUBMISSION]["preserve_score"] is True
        assert world.cell().attempt == 1


@pytest.mark.row("T-114")
def test_a_grade_goes_up_and_down_with_the_decisions(world: World) -> None:
    for points, shown in (("6", 50), ("12", 100), ("3", 25)):
        world.decide(points=points)
        world.drain()
        world.clock.pass_by(60)
        assert world.cell().visible == shown

    stamps = [datetime.fromisoformat(json.loads(one.body)["timestamp"]) for one in world.received()]
    assert all(later > earlier for earlier, later in itertools.pairwise(stamps))


@pytest.mark.row("T-114")
def test_a_decision_that_is_taken_back_empties_the_cell(world: World) -> None:
    world.decide(points="6", comment="Well done")
    world.drain()
    first = json.loads(world.received()[0].body)["timestamp"]

    (taken_back,) = world.withdraw()
    world.drain()

    assert world.state(taken_back) is DELIVERED
    assert world.cell().visible is None
    body = json.loads(world.received()[1].body)
    assert "scoreGiven" not in body
    assert (body["activityProgress"], body["gradingProgress"]) == ("Initialized", "NotReady")
    later = datetime.fromisoformat(body["timestamp"])
    assert later - datetime.fromisoformat(first) >= timedelta(seconds=1)


@pytest.mark.row("T-114")
def test_after_a_withdrawal_a_new_decision_counts_again(world: World) -> None:
    world.decide(points="6")
    world.drain()
    world.withdraw()
    world.drain()
    world.clock.pass_by(60)

    again = world.decide(points="9")
    world.drain()

    assert world.state(again) is DELIVERED
    assert world.cell().visible == 75


@pytest.mark.row("T-114")
def test_what_was_never_sent_is_withdrawn_without_a_word_to_the_lms(world: World) -> None:
    unsent = world.decide()

    assert world.withdraw() == []
    world.drain()

    assert world.state(unsent) is SUPERSEDED
    assert world.received() == []


@pytest.mark.row("T-114")
def test_a_withdrawal_whose_answer_was_lost_is_read_back(world: World) -> None:
    world.decide()
    world.drain()
    world.lms.faults.switch_on("scores", "answered-but-lost", count=1)
    (taken_back,) = world.withdraw()

    world.until_settled()

    assert world.state(taken_back) is DELIVERED
    assert len(world.received()) == 2
    assert world.cell().visible is None


@pytest.mark.row("T-114")
def test_withdrawing_twice_says_it_once(world: World) -> None:
    world.decide()
    world.drain()
    world.withdraw()
    world.drain()

    at = world.clock().isoformat()
    withdraw(world.context, world.people["ada"], world.credential_id, at)
    world.drain()

    assert len(world.received()) == 2


@pytest.mark.row("T-114", "T-122")
def test_a_grade_a_teacher_has_set_survives_a_withdrawal(world: World) -> None:
    world.decide()
    world.drain()
    world.clock.pass_by(60)
    world.lms.override(world.column, "ada", 91)
    world.clock.pass_by(60)

    (taken_back,) = world.withdraw()
    world.drain()

    assert world.cell().visible == 91
    assert world.state(taken_back) is DeliveryState.OVERRIDDEN


@pytest.mark.row("T-114")
def test_a_decision_after_the_revocation_is_not_withdrawn_with_it(world: World) -> None:
    """The job may come late: the learner was judged anew meanwhile."""
    world.decide(points="6")
    world.drain()
    revoked_at = world.clock().isoformat()
    world.decide(points="9")
    world.drain()

    withdraw(world.context, world.people["ada"], world.credential_id, revoked_at)
    world.drain()

    assert world.cell().visible == 75
