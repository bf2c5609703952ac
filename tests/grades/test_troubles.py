"""Bad days of an LMS: nothing is lost, nothing arrives twice, and a person is told."""

import json
from datetime import timedelta

import pytest

from lti_tool.database import read_session, sessions
from lti_tool.grades import couriers
from lti_tool.grades.chores import sweep
from lti_tool.grades.models import Courier, DeliveryState, ScoreDelivery, Trouble
from tests.grades.conftest import EVERYTHING, PLAN, World

WAITING, UNKNOWN, DELIVERED, NEEDS_PERSON, OVERRIDDEN = (
    DeliveryState.WAITING,
    DeliveryState.UNKNOWN,
    DeliveryState.DELIVERED,
    DeliveryState.NEEDS_PERSON,
    DeliveryState.OVERRIDDEN,
)


def courier(world: World) -> Courier:
    with read_session(world.engine) as session:
        found = couriers.courier_of(session, world.registration_id)
        session.expunge(found)
        return found


@pytest.mark.row("T-118")
def test_an_answer_that_was_lost_is_read_back_and_nothing_is_sent_twice(world: World) -> None:
    world.lms.faults.switch_on("scores", "answered-but-lost", count=1)
    delivery = world.decide(comment="Well done")
    world.drain()
    assert world.state(delivery) is UNKNOWN

    world.pass_by(PLAN[0] + 1)

    assert world.state(delivery) is DELIVERED
    assert len(world.received()) == 1
    assert world.comments() == ["Well done"]
    assert world.delivery(delivery).comment_confirmed


@pytest.mark.row("T-118")
def test_an_unanswered_score_that_never_arrived_is_sent_again(world: World) -> None:
    world.lms.faults.switch_on("scores", "down", count=1)
    delivery = world.decide(comment="Well done")
    world.drain()
    assert world.cell().visible is None

    world.until_settled()

    assert world.state(delivery) is DELIVERED
    assert world.cell().visible == 50
    assert world.comments() == ["Well done"]


@pytest.mark.row("T-118")
def test_where_old_and_new_score_are_equal_a_lost_answer_costs_the_comment_on_canvas(
    canvas: World,
) -> None:
    canvas.decide(points="6", comment="First")
    canvas.drain()
    canvas.clock.pass_by(60)
    canvas.lms.faults.switch_on("scores", "answered-but-lost", count=1)
    delivery = canvas.decide(points="6", comment="Second")
    canvas.drain()

    canvas.until_settled()

    assert canvas.state(delivery) is DELIVERED
    assert canvas.comments() == ["First", "Second"]  # it had arrived; sent again it would be twice
    assert not canvas.delivery(delivery).comment_confirmed


@pytest.mark.row("T-118")
def test_where_old_and_new_score_are_equal_moodle_gets_the_comment_again(moodle: World) -> None:
    moodle.decide(points="6", comment="First")
    moodle.drain()
    moodle.clock.pass_by(60)
    moodle.lms.faults.switch_on("scores", "down", count=1)
    delivery = moodle.decide(points="6", comment="Second")
    moodle.drain()

    moodle.until_settled()

    assert moodle.state(delivery) is DELIVERED
    assert moodle.comments() == ["Second"]
    assert moodle.delivery(delivery).comment_confirmed


@pytest.mark.row("T-118")
def test_a_lost_answer_to_handed_in_work_makes_no_second_attempt(canvas: World) -> None:
    canvas.lms.faults.switch_on("scores", "answered-but-lost", count=2)
    (delivery,) = canvas.submit()

    canvas.until_settled()

    assert canvas.state(delivery) is DELIVERED
    assert len(canvas.received()) == 3
    assert canvas.cell().attempt == 1


@pytest.mark.row("T-118", "T-122")
def test_a_teacher_who_graded_while_nobody_knew_is_not_overwritten(world: World) -> None:
    world.lms.faults.switch_on("scores", "answered-but-lost", count=1)
    delivery = world.decide(points="6")
    world.drain()
    world.lms.override(world.column, "ada", 91)

    world.until_settled()

    assert world.state(delivery) is OVERRIDDEN
    assert world.cell().visible == 91
    assert len(world.received()) == 1


@pytest.mark.row("T-118")
@pytest.mark.parametrize(
    ("group", "fault"),
    [
        ("token", "down"),
        ("token", "500"),
        ("token", "throttled"),
        ("results", "slow:2"),
        ("results", "503"),
        ("results", "throttled"),
        ("scores", "down"),
        ("scores", "slow:2"),
        ("scores", "500"),
        ("scores", "throttled"),
    ],
)
def test_every_kind_of_trouble_passes_and_leaves_one_score_and_one_comment(
    paired: World, group: str, fault: str
) -> None:
    paired.lms.faults.switch_on(group, fault, count=2)
    delivery = paired.decide(comment="Well done")
    paired.drain()
    assert paired.state(delivery) in (WAITING, UNKNOWN)
    assert courier(paired).paused_until is not None

    paired.until_settled(really_wait=0.8 if fault == "slow:2" else 0)

    assert paired.state(delivery) is DELIVERED
    assert paired.cell().visible == 50
    assert paired.comments() == ["Well done"]


@pytest.mark.row("T-118")
def test_a_throttled_platform_is_left_alone_and_nothing_counts_as_sent(world: World) -> None:
    world.lms.faults.switch_on("scores", "throttled", count=1)
    first, second = world.decide("ada"), world.decide("fay")
    world.drain()

    assert world.state(first) is WAITING
    assert world.delivery(first).trouble is Trouble.THROTTLED
    assert world.delivery(first).stamped_at is None
    assert len(world.received()) == 1  # the other one was not even tried
    world.pass_by(PLAN[0] + 1)
    assert world.state(first) is world.state(second) is DELIVERED


@pytest.mark.row("T-118")
def test_a_person_who_is_no_student_there_needs_a_person_and_holds_up_nobody(
    world: World,
) -> None:
    with world.lms.school.change():
        del world.lms.school.course("1").roles["ada"]
    refused, fine = world.decide("ada"), world.decide("fay")

    world.drain()

    assert world.state(refused) is NEEDS_PERSON
    assert world.delivery(refused).trouble is Trouble.REFUSED
    assert str(world.delivery(refused).last_status) in world.delivery(refused).last_error
    assert "scoreGiven" not in world.delivery(refused).last_error
    assert world.state(fine) is DELIVERED


@pytest.mark.row("T-118")
def test_a_parked_score_does_not_hold_back_a_newer_one_and_gives_way_to_it(world: World) -> None:
    roles = world.lms.school.course("1").roles
    del roles["ada"]
    parked = world.decide(points="3", comment="old")
    world.drain()
    assert world.state(parked) is NEEDS_PERSON
    roles["ada"] = "learner"
    world.clock.pass_by(60)

    newer = world.decide(points="6", comment="new")
    world.drain()

    assert world.state(newer) is DELIVERED
    assert world.state(parked) is DeliveryState.SUPERSEDED
    assert world.comments() == ["new"]


@pytest.mark.row("T-118")
def test_a_column_that_is_gone_needs_a_person(canvas: World) -> None:
    canvas.decide("fay")
    canvas.drain()
    canvas.lms.school.course("1").concluded = True

    delivery = canvas.decide("ada")
    canvas.drain()

    assert canvas.state(delivery) is NEEDS_PERSON
    assert canvas.delivery(delivery).trouble is Trouble.COLUMN_GONE


@pytest.mark.row("T-115")
def test_an_lms_whose_clock_is_ahead_still_takes_the_next_score(moodle: World) -> None:
    moodle.decide(points="3")
    moodle.drain()
    moodle.cell().saved_at = moodle.clock.now + timedelta(minutes=5)

    delivery = moodle.decide(points="6")
    moodle.drain()

    assert moodle.state(delivery) is DELIVERED
    assert moodle.cell().visible == 50


@pytest.mark.row("T-118", "T-115")
def test_a_stale_score_is_sent_again_with_a_fresh_stamp_until_it_is_taken(
    moodle: World,
) -> None:
    # Given an LMS whose clock is ahead, and no permission to read when it saved last
    moodle.change_link(scopes=[scope for scope in EVERYTHING if "result" not in scope])
    moodle.decide(points="3")
    moodle.drain()
    moodle.cell().saved_at = moodle.clock.now + timedelta(seconds=30)

    delivery = moodle.decide(points="6")
    moodle.drain()
    assert moodle.state(delivery) is WAITING
    assert moodle.delivery(delivery).trouble is Trouble.STALE
    moodle.until_settled()

    assert moodle.state(delivery) is DELIVERED
    assert moodle.cell().visible == 50


@pytest.mark.row("T-118")
def test_a_stale_answer_to_a_score_that_stands_there_already_means_delivered(
    moodle: World,
) -> None:
    # Given the cell is graded by hand with the very same grade while our call is on its way
    delivery = moodle.decide(points="6")
    moodle.lms.override(moodle.column, "ada", 50)
    moodle.cell().saved_at = moodle.clock.now + timedelta(hours=1)

    moodle.drain()

    assert moodle.state(delivery) is DELIVERED


@pytest.mark.row("T-109")
def test_a_revoked_token_is_replaced_once(world: World) -> None:
    world.decide("fay")
    world.drain()
    world.lms.faults.switch_on("scores", "expired-tokens", count=1)

    delivery = world.decide("ada")
    world.drain()

    assert world.state(delivery) is DELIVERED
    assert world.comments() == ["Criterion 1: Proficient (3)"]


@pytest.mark.row("T-109")
def test_a_second_401_needs_attention_and_is_mended_by_the_next_success(world: World) -> None:
    world.lms.faults.switch_on("scores", "expired-tokens")
    first = world.decide("ada")
    world.drain()
    assert world.state(first) is NEEDS_PERSON
    assert world.delivery(first).trouble is Trouble.UNAUTHORISED
    assert len(world.received()) == 2  # once, and once more with a new token
    world.lms.faults.switch_off()

    second = world.decide("fay")
    world.pass_by(PLAN[0] + 1)
    world.until_settled()

    assert world.state(first) is world.state(second) is DELIVERED


@pytest.mark.row("T-108")
def test_fifty_scores_need_one_token_of_each_kind(world: World) -> None:
    for number in range(50):
        world.decide("ada" if number % 2 else "fay", points=str(number % 12))
        world.pass_by(1)

    assert len(world.received("token")) <= 2  # one to post scores, one to read results
    assert len(world.received()) == 50


@pytest.mark.row("T-107")
def test_a_token_is_asked_for_with_the_least_that_is_needed(world: World) -> None:
    world.decide()
    world.drain()

    asked = [one.body for one in world.received("token")]
    assert all("grant_type=client_credentials" in body for body in asked)
    assert sorted("lineitem" in body for body in asked) == [False] * len(asked)
    assert sum("scope%2Fscore" in body for body in asked) == 1


@pytest.mark.row("T-110")
def test_a_permission_that_was_taken_away_is_named(world: World) -> None:
    world.lms.scopes = tuple(scope for scope in world.lms.scopes if not scope.endswith("/score"))

    delivery = world.decide()
    world.drain()

    assert world.state(delivery) is NEEDS_PERSON
    assert world.delivery(delivery).trouble is Trouble.NO_PERMISSION
    assert "score" in world.delivery(delivery).last_error
    assert world.received() == []


@pytest.mark.row("T-110")
def test_a_launch_that_offers_no_score_service_is_believed(world: World) -> None:
    world.change_link(scopes=[])

    delivery = world.decide()
    world.drain()

    assert world.delivery(delivery).trouble is Trouble.NO_PERMISSION
    assert world.lms.journal.all() == []


def test_a_worker_that_died_gives_its_row_back_and_the_result_is_read_first(
    world: World,
) -> None:
    # Given a worker that was killed between the LMS's saving and our writing it down
    delivery = world.decide(comment="Well done")
    world.drain()
    with sessions(world.engine).begin() as session:
        row = session.get_one(ScoreDelivery, delivery)
        row.state, row.lease = DeliveryState.SENDING, "of-a-dead-worker"
        row.leased_until = world.clock() + timedelta(seconds=5)
        row.settled_at = None

    world.drain()
    assert world.state(delivery) is DeliveryState.SENDING
    world.pass_by(6)

    assert world.state(delivery) is DELIVERED
    assert len(world.received()) == 1
    assert world.comments() == ["Well done"]


def test_only_one_courier_carries_for_a_platform(world: World) -> None:
    lease = couriers.lease_of(world.context.settings)
    with sessions(world.engine).begin() as session:
        token = couriers.set_out(session, world.registration_id, now=world.clock(), lease=lease)
    assert token is not None

    delivery = world.decide()
    world.drain()
    assert world.state(delivery) is WAITING  # somebody else is out
    world.pass_by(lease.total_seconds() + 1)

    assert world.state(delivery) is DELIVERED


@pytest.mark.row("T-118")
def test_when_the_plan_has_run_out_everything_needs_a_person_and_comes_back_by_itself(
    world: World,
) -> None:
    world.lms.faults.switch_on("all", "down")
    first, second = world.decide("ada"), world.decide("fay")
    for wait in (*PLAN, PLAN[-1]):
        world.drain()
        world.clock.pass_by(wait + 1)
    assert world.state(first) is world.state(second) is NEEDS_PERSON
    assert world.delivery(first).last_error

    world.lms.faults.switch_off()
    world.clock.pass_by(PLAN[-1])
    sweep(world.context)
    world.drain()
    world.until_settled()

    assert world.state(first) is world.state(second) is DELIVERED


def test_a_poisonous_score_does_not_starve_the_others(world: World) -> None:
    world.lms.faults.switch_on("scores", "500", count=1)
    poisonous = world.decide("ada")
    world.drain()
    others = [world.decide("fay")]

    world.pass_by(PLAN[0] + 1)

    assert all(world.state(other) is DELIVERED for other in others)
    assert world.state(poisonous) is DELIVERED
    posted = [json.loads(one.body)["userId"] for one in world.received()]
    assert posted[1] == world.lms.school.person("fay").sub


def test_the_sweep_asks_again_for_what_was_forgotten(world: World) -> None:
    world.decide()
    with sessions(world.engine).begin() as session:
        assert couriers.with_work(session, world.clock()) == [world.registration_id]
    world.drain()

    with sessions(world.engine).begin() as session:
        assert couriers.with_work(session, world.clock()) == []
