"""Results read back: confirmed, overridden in the LMS, and replaced when an instructor says so."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from lti_tool.grades.models import DeliveryState
from lti_tool.grades.reading_back import IN_USE, PAUSE, read_back, read_back_all
from lti_tool.people.models import AuditEvent
from lti_tool.people.roles import Role
from tests.grades.conftest import EVERYTHING, World
from tests.grades.test_line_items import gradebook
from tests.grades.test_views import form_token, page, sign_in

DELIVERED, OVERRIDDEN = DeliveryState.DELIVERED, DeliveryState.OVERRIDDEN

pytestmark = [pytest.mark.row("T-122"), pytest.mark.usefixtures("app")]


def look(world: World) -> None:
    """A while later the background reads the results."""
    world.clock.pass_by(3600)
    read_back(world.context, world.registration_id)


def test_a_score_that_stands_there_is_confirmed(world: World) -> None:
    delivery = world.decide()
    world.drain()
    assert world.delivery(delivery).confirmed_at is None

    look(world)

    assert world.state(delivery) is DELIVERED
    assert world.delivery(delivery).confirmed_at is not None
    assert len(world.received("results")) == 2  # one before the score was sent, one now


def test_a_grade_that_was_set_later_is_seen_and_left(world: World) -> None:
    mine, hers = world.decide("ada"), world.decide("fay")
    world.drain()
    world.clock.pass_by(60)
    world.lms.override(world.column, "ada", 91)

    look(world)

    assert world.state(mine) is OVERRIDDEN
    assert world.delivery(mine).seen_share == Decimal("0.91")
    assert world.state(hers) is DELIVERED
    assert world.cell().visible == 91


def test_a_grade_that_was_lifted_again_is_ours_again(world: World) -> None:
    delivery = world.decide()
    world.drain()
    world.clock.pass_by(60)
    world.lms.override(world.column, "ada", 91)
    look(world)
    world.lms.override(world.column, "ada", None)

    look(world)

    assert world.state(delivery) is DELIVERED
    assert world.delivery(delivery).seen_share is None


def test_a_withdrawn_grade_is_confirmed_by_an_empty_cell(world: World) -> None:
    world.decide()
    world.drain()
    (taken_back,) = world.withdraw()
    world.drain()

    look(world)

    assert world.state(taken_back) is DELIVERED
    assert world.delivery(taken_back).confirmed_at is not None


def test_many_learners_take_one_call_a_page(canvas: World) -> None:
    for who in ("ada", "fay"):
        canvas.decide(who)
    canvas.drain()
    before = len(canvas.received("results"))

    look(canvas)

    assert len(canvas.received("results")) == before + 1


def test_results_are_read_over_all_their_pages(world: World) -> None:
    for number in range(23):
        world.lms.override(world.column, world.lms.enrol("Learner", f"No {number}"), number)
    url = world.lms.mood.column_url(world.lms, world.column)

    found = gradebook(world).results(url)

    assert len(found) == 23
    assert len(world.received("results")) == (3 if world.lms.mood.name == "canvas" else 1)
    assert "limit" not in world.received("results")[0].query


def test_an_lms_that_has_had_enough_is_left_alone_for_a_while(canvas: World) -> None:
    canvas.decide()
    canvas.drain()
    canvas.lms.faults.switch_on("results", "throttled", count=1)

    look(canvas)

    later = canvas.decide("fay")
    canvas.drain()
    assert canvas.state(later) is DeliveryState.WAITING
    canvas.pass_by(PAUSE + 1)
    assert canvas.state(later) is DELIVERED


def test_what_is_on_its_way_is_not_judged(world: World) -> None:
    world.decide(points="3")
    world.drain()
    world.lms.faults.switch_on("scores", "500", count=1)
    newer = world.decide(points="6")
    world.drain()

    look(world)

    assert world.state(newer) is DeliveryState.UNKNOWN


def test_an_lms_that_does_not_answer_changes_nothing(world: World) -> None:
    delivery = world.decide()
    world.drain()
    world.lms.faults.switch_on("results", "down")

    look(world)

    assert world.state(delivery) is DELIVERED


def test_columns_that_may_not_be_read_or_rest_are_left_alone(world: World) -> None:
    world.decide()
    world.drain()
    before = len(world.lms.journal.all())
    world.change_link(scopes=[scope for scope in EVERYTHING if "result" not in scope])
    look(world)
    world.change_link(scopes=list(EVERYTHING))
    world.clock.pass_by(IN_USE.total_seconds())

    look(world)

    assert len(world.lms.journal.all()) == before


def test_every_platform_with_recent_scores_gets_a_job(world: World) -> None:
    world.decide()
    world.drain()

    read_back_all(world.context)

    is_sqlite = world.engine.dialect.name == "sqlite"
    table = "workflow_status" if is_sqlite else "dbos.workflow_status"
    with Session(world.engine) as session:
        asked = session.execute(
            text(f"SELECT workflow_uuid FROM {table} WHERE workflow_uuid LIKE 'grades.read-back/%'")
        ).all()
    (found,) = asked
    assert found[0].startswith(f"grades.read-back/{world.registration_id}:")


def test_the_page_says_confirmed_and_overridden(world: World, client: FlaskClient) -> None:
    world.decide("ada")
    world.decide("fay")
    world.drain()
    world.clock.pass_by(60)
    world.lms.override(world.column, "ada", 75)
    look(world)
    sign_in(client, world, world.people["dora"], Role.INSTRUCTOR)

    shown = page(client)

    assert "Read back and confirmed" in shown
    assert "Somebody set another grade there: 9 of 12. It stays." in shown
    assert ("Replace it" in shown) is (world.lms.mood.name == "canvas")


def replace(client: FlaskClient, world: World, delivery: int) -> int:
    sign_in(client, world, world.people["dora"], Role.INSTRUCTOR)
    asked = client.get(f"/grades/{delivery}/replace", base_url="https://localhost")
    assert "Replace the grade of Ada Reyes?" in asked.text
    token = form_token(asked.text) if "form_token" in asked.text else ""
    answer = client.post(
        f"/grades/{delivery}/replace",
        data={"form_token": token},
        base_url="https://localhost",
        headers={"Origin": "https://localhost"},
    )
    world.clock.now = max(world.clock.now, datetime.now(UTC))
    world.drain()
    return answer.status_code


def test_an_instructor_replaces_a_grade_that_was_set_by_hand(
    canvas: World, client: FlaskClient
) -> None:
    delivery = canvas.decide()
    canvas.drain()
    canvas.clock.pass_by(60)
    canvas.lms.override(canvas.column, "ada", 91)
    look(canvas)

    assert replace(client, canvas, delivery) == 303

    assert canvas.cell().visible == 50
    assert canvas.states() == [OVERRIDDEN, DELIVERED]
    with Session(canvas.engine) as session:
        (event,) = session.query(AuditEvent).filter_by(action="grades.replace-hand-set")
        assert event.actor_id == canvas.people["dora"]
    # And the next decision respects again what a teacher has set
    canvas.clock.pass_by(60)
    canvas.lms.override(canvas.column, "ada", 80)
    canvas.clock.pass_by(60)
    canvas.decide(points="12")
    canvas.drain()
    assert canvas.cell().visible == 80


def test_moodle_keeps_what_was_set_by_hand_and_the_page_says_so(
    moodle: World, client: FlaskClient
) -> None:
    delivery = moodle.decide()
    moodle.drain()
    moodle.clock.pass_by(60)
    moodle.lms.override(moodle.column, "ada", 91)
    look(moodle)
    sign_in(client, moodle, moodle.people["dora"], Role.INSTRUCTOR)

    asked = client.get(f"/grades/{delivery}/replace", base_url="https://localhost").text

    assert "Your LMS keeps a grade that was set by hand" in asked
    assert moodle.cell().visible == 91


def test_a_learner_sees_where_the_own_score_is_and_nobody_elses(
    world: World, client: FlaskClient
) -> None:
    world.decide("ada", points="6")
    world.decide("fay", points="9")
    world.drain()
    sign_in(client, world, world.people["ada"], Role.LEARNER)

    shown = " ".join(client.get("/grades/mine", base_url="https://localhost").text.split())

    assert "6 of 12 · in your gradebook since" in shown
    assert "9 of 12" not in shown
