"""Scores on their way: what is posted, and what stands in the gradebook afterwards."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from lti_tool.database import sessions
from lti_tool.grades.models import DeliveryState, ScoreEvent
from lti_tool.grades.outbox import queue_score
from lti_tool.grades.reading_back import read_back
from lti_tool.launch.products import scores
from lti_tool.launch.products.canvas import SUBMISSION
from lti_tool.people.models import Person
from lti_tool.programs.models import Credential
from lti_tool.programs.rubrics import Points
from tests.grades.conftest import World


def bodies(world: World) -> list[dict[str, Any]]:
    return [json.loads(one.body) for one in world.received()]


def stamps(world: World) -> list[datetime]:
    return [datetime.fromisoformat(body["timestamp"]) for body in bodies(world)]


@pytest.mark.row("T-112")
def test_a_decision_stands_in_the_gradebook_with_its_comment(world: World) -> None:
    delivery = world.decide(points="6", comment="Criterion 1: Proficient (3)")

    world.drain()

    assert world.state(delivery) is DeliveryState.DELIVERED
    assert world.cell().visible == 50
    assert world.comments() == ["Criterion 1: Proficient (3)"]
    (received,) = world.received()
    (body,) = bodies(world)
    assert received.media.split(";")[0] == "application/vnd.ims.lis.v1.score+json"
    assert body["userId"] == world.lms.school.person("ada").sub
    assert body["timestamp"].endswith("Z")
    assert len(body["timestamp"]) == len("2026-11-20T12:00:00.000Z")
    assert (body["activityProgress"], body["gradingProgress"]) == ("Completed", "FullyGraded")
    assert (body["scoreGiven"], body["scoreMaximum"]) == (6, 12)
    assert set(body["submission"]) == {"startedAt", "submittedAt"}


@pytest.mark.row("T-112")
def test_scores_are_posted_before_the_query_of_a_column(moodle: World) -> None:
    moodle.decide()

    moodle.drain()

    (received,) = moodle.received()
    assert received.path.endswith("/lineitem/scores")
    assert received.query == f"type_id={moodle.lms.school.course('1').deployment_id}"


def test_handed_in_work_is_an_attempt_in_canvas_that_opens_the_work(canvas: World) -> None:
    (delivery,) = canvas.submit(review_id="a" * 22)

    canvas.drain()

    assert canvas.state(delivery) is DeliveryState.DELIVERED
    cell = canvas.cell()
    assert (cell.attempt, cell.visible) == (1, None)
    assert cell.submission is not None
    assert cell.submission.kind == "basic_lti_launch"
    assert cell.submission.data == f"http://localhost:8000/lti/review/{'a' * 22}"
    (body,) = bodies(canvas)
    assert body["gradingProgress"] == "PendingManual"
    assert "scoreGiven" not in body
    assert body[SUBMISSION]["preserve_score"] is True


def test_handing_in_again_keeps_the_score_and_adds_one_attempt(canvas: World) -> None:
    canvas.submit()
    canvas.decide(points="3")
    canvas.drain()
    canvas.clock.pass_by(60)

    canvas.submit()
    canvas.drain()

    assert canvas.cell().attempt == 2
    assert canvas.cell().visible == 25


def test_a_grade_arrives_where_no_attempt_is_left(canvas: World) -> None:
    """Canvas answers 422 to one attempt too many; the decision on the work needs none."""
    canvas.column.allowed_attempts = 1
    canvas.submit()
    canvas.drain()
    canvas.clock.pass_by(60)

    (one_too_many,) = canvas.submit()
    decided = canvas.decide()
    canvas.drain()

    assert canvas.state(one_too_many) is DeliveryState.NEEDS_PERSON
    assert "attempts" in canvas.delivery(one_too_many).last_error
    assert canvas.state(decided) is DeliveryState.DELIVERED
    assert (canvas.cell().attempt, canvas.cell().visible) == (1, 50)


def test_the_grade_itself_is_never_another_attempt(canvas: World) -> None:
    canvas.submit()
    canvas.drain()

    for points in ("3", "6", "9"):
        canvas.decide(points=points, comment=f"Now {points}")
        canvas.pass_by(60)

    assert canvas.cell().attempt == 1
    assert canvas.comments() == ["Now 3", "Now 6", "Now 9"]
    assert canvas.cell().visible == 75


def test_moodle_is_told_nothing_before_there_is_a_grade(moodle: World) -> None:
    assert moodle.submit() == []

    moodle.drain()

    assert moodle.received() == []


def test_a_comment_goes_with_every_grade_on_moodle(moodle: World) -> None:
    moodle.decide(points="3", comment="One criterion to go")
    moodle.drain()
    moodle.clock.pass_by(60)

    moodle.decide(points="6", comment="All criteria met")
    moodle.drain()

    assert moodle.comments() == ["All criteria met"]
    assert [body["comment"] for body in bodies(moodle)] == [
        "One criterion to go",
        "All criteria met",
    ]


@pytest.mark.row("T-115")
def test_two_decisions_within_one_second_get_stamps_a_second_apart(world: World) -> None:
    first = world.decide(points="3")
    world.drain()

    second = world.decide(points="6")
    world.drain()

    assert world.state(first) is world.state(second) is DeliveryState.DELIVERED
    earlier, later = stamps(world)
    assert later - earlier >= timedelta(seconds=1)
    assert world.cell().visible == 50


@pytest.mark.row("T-115")
def test_a_clock_that_was_set_back_does_not_make_a_score_stale(world: World) -> None:
    world.decide(points="3")
    world.drain()
    world.clock.pass_by(-3600)

    delivery = world.decide(points="6")
    world.drain()

    assert world.state(delivery) is DeliveryState.DELIVERED
    earlier, later = stamps(world)
    assert later > earlier
    assert world.cell().visible == 50


@pytest.mark.row("T-115")
def test_an_older_decision_that_was_never_sent_gives_way_to_a_newer_one(world: World) -> None:
    old = world.decide(points="3", comment="old")
    new = world.decide(points="6", comment="new")

    world.drain()

    assert world.state(old) is DeliveryState.SUPERSEDED
    assert world.state(new) is DeliveryState.DELIVERED
    assert world.comments() == ["new"]


def test_a_canvas_attempt_does_not_give_way_to_the_decision_on_it(canvas: World) -> None:
    (handed_in,) = canvas.submit()
    decided = canvas.decide()

    canvas.drain()

    assert canvas.state(handed_in) is canvas.state(decided) is DeliveryState.DELIVERED
    assert (canvas.cell().attempt, canvas.cell().visible) == (1, 50)


@pytest.mark.row("T-116")
def test_zero_points_are_a_grade_of_zero(world: World) -> None:
    world.decide(points="0")

    world.drain()

    assert bodies(world)[0]["scoreGiven"] == 0
    assert world.cell().visible == 0


@pytest.mark.row("T-116")
def test_more_than_the_maximum_is_sent_and_may_be_clipped(world: World) -> None:
    delivery = world.decide(points="15", possible="12")
    world.drain()
    world.clock.pass_by(60)
    again = world.decide(points="18", possible="12")

    world.drain()
    world.clock.pass_by(60)
    read_back(world.context, world.registration_id)

    assert world.cell().visible == (100 if world.lms.mood.name == "moodle" else 150)
    assert world.state(delivery) is world.state(again) is DeliveryState.DELIVERED
    assert world.delivery(again).confirmed_at is not None


@pytest.mark.row("T-116")
@pytest.mark.parametrize("given", ["NaN", "Infinity", "-1"])
def test_what_is_no_score_never_enters_the_outbox(world: World, given: str) -> None:
    with pytest.raises(ValueError, match="a score"):
        world.decide(points=given)

    assert world.states() == []


@pytest.mark.row("T-116")
@pytest.mark.parametrize(
    ("points", "written"),
    [("8", 8), ("66.666666", 66.67), ("0.5", 0.5), ("100.00", 100)],
)
def test_figures_are_written_as_people_write_them(points: str, written: float) -> None:
    assert scores.figure(Decimal(points)) == written


@pytest.mark.row("T-117")
def test_a_long_comment_ends_with_a_link_to_the_whole_feedback(world: World) -> None:
    world.decide(comment="A sentence about the work.\n" * 300, review_id="b" * 22)

    world.drain()

    (comment,) = world.comments()
    assert len(comment) <= scores.LONGEST_COMMENT
    assert comment.endswith(f"http://localhost:8000/lti/review/{'b' * 22}")


@pytest.mark.row("T-117")
def test_a_comment_is_text_and_nothing_in_it_is_markup(world: World) -> None:
    """Line by line, five thousand characters of it, with signs that a page would read."""
    lines = [f"Criterion {number}: <b>3 & more</b> \u201cyes\u201d" for number in range(50)]
    comment = "\n".join(lines)
    world.decide(comment=comment)
    world.drain()
    world.clock.pass_by(60)
    assert world.comments() == [comment]

    world.decide(points="7", comment=comment * 3)
    world.drain()

    newest = world.comments()[-1]
    assert len(newest) <= scores.LONGEST_COMMENT < 5_000 < len(comment * 3)
    assert newest.startswith(comment)
    assert "/lti/review/" in newest.splitlines()[-1]


@pytest.mark.row("T-117")
def test_canvas_is_not_told_the_same_comment_twice(canvas: World) -> None:
    """It keeps every comment; Moodle drops the one that is not repeated."""
    canvas.decide(points="3", comment="All criteria met")
    canvas.drain()
    canvas.clock.pass_by(60)

    canvas.decide(points="6", comment="All criteria met")
    canvas.drain()

    assert canvas.cell().visible == 50
    assert canvas.comments() == ["All criteria met"]


@pytest.mark.row("T-117")
def test_an_empty_comment_is_left_out(world: World) -> None:
    world.decide(comment="  ")

    world.drain()

    assert "comment" not in bodies(world)[0]
    assert world.comments() == []


@pytest.mark.row("T-122")
def test_a_grade_that_a_teacher_has_set_stays(world: World) -> None:
    world.decide(points="3")
    world.drain()
    world.clock.pass_by(60)
    world.lms.override(world.column, "ada", 91)
    world.clock.pass_by(60)

    delivery = world.decide(points="6")
    world.drain()

    assert world.cell().visible == 91
    assert world.state(delivery) is DeliveryState.OVERRIDDEN


@pytest.mark.row("T-122")
def test_a_grade_that_stood_there_before_ours_is_not_overwritten(world: World) -> None:
    world.lms.override(world.column, "ada", 91)
    world.clock.pass_by(60)

    delivery = world.decide(points="6")
    world.drain()

    assert world.cell().visible == 91
    assert world.state(delivery) is DeliveryState.OVERRIDDEN


@pytest.mark.row("T-078")
def test_a_test_user_leaves_nothing_in_a_gradebook(world: World) -> None:
    with sessions(world.engine).begin() as session:
        person = session.get_one(Person, world.people["ada"])
        person.is_test = True

    assert world.queue() == []


def test_an_instructor_who_tries_it_out_gets_no_grade(world: World) -> None:
    assert world.queue("dora") == []


def test_a_refused_decision_leaves_no_score_behind(world: World) -> None:
    session = Session(world.engine)
    queue_score(
        session,
        person=session.get_one(Person, world.people["ada"]),
        credential=session.get_one(Credential, world.credential_id),
        score=Points(Decimal(1), Decimal(2)),
        event=ScoreEvent.DECIDED,
        comment="",
        review_id="c" * 22,
        attempt=1,
        started_at=None,
        submitted_at=None,
        now=world.clock(),
    )

    session.rollback()

    world.drain()
    assert world.states() == []
    assert world.received() == []
