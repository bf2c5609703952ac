"""Every answer of a gradebook is told apart: for good, overtaken, later please, nobody knows."""

import threading
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from lti_tool.database import connect, read_session
from lti_tool.grades import couriers
from lti_tool.grades.gradebook import Gradebook
from lti_tool.grades.models import DeliveryState, Trouble
from lti_tool.grades.scores import retry_after
from lti_tool.launch.connector import Service
from lti_tool.launch.models import ResourceLink
from lti_tool.launch.products.scores import ScoreFacts, graded
from lti_tool.outward import Answer
from tests.grades.conftest import World

WAITING, UNKNOWN, NEEDS_PERSON, DELIVERED = (
    DeliveryState.WAITING,
    DeliveryState.UNKNOWN,
    DeliveryState.NEEDS_PERSON,
    DeliveryState.DELIVERED,
)


@pytest.mark.row("T-118")
@pytest.mark.parametrize(
    ("status", "state", "trouble"),
    [
        ("400", NEEDS_PERSON, Trouble.REFUSED),
        ("403", NEEDS_PERSON, Trouble.NO_PERMISSION),
        ("404", NEEDS_PERSON, Trouble.COLUMN_GONE),
        ("412", NEEDS_PERSON, Trouble.REFUSED),
        ("422", NEEDS_PERSON, Trouble.REFUSED),
        ("429", WAITING, Trouble.THROTTLED),
        ("throttled", WAITING, Trouble.THROTTLED),
        ("500", UNKNOWN, Trouble.UNREACHABLE),
        ("502", UNKNOWN, Trouble.UNREACHABLE),
        ("503", UNKNOWN, Trouble.UNREACHABLE),
        ("504", UNKNOWN, Trouble.UNREACHABLE),
        ("slow:2", UNKNOWN, Trouble.UNREACHABLE),
        ("down", UNKNOWN, Trouble.UNREACHABLE),
    ],
)
def test_every_status_has_its_meaning(
    paired: World, status: str, state: DeliveryState, trouble: Trouble
) -> None:
    paired.lms.faults.switch_on("scores", status, count=1)
    delivery = paired.decide()

    paired.drain()

    row = paired.delivery(delivery)
    assert (row.state, row.trouble) == (state, trouble)
    assert (row.last_status == int(status)) if status.isdigit() else True


@pytest.mark.row("T-118", "T-115")
def test_a_409_is_sent_again_at_once_with_a_fresh_stamp(world: World) -> None:
    world.lms.faults.switch_on("scores", "409", count=1)

    delivery = world.decide()
    world.drain()

    assert world.state(delivery) is DELIVERED
    assert len(world.received()) == 2
    assert world.comments() == ["Criterion 1: Proficient (3)"]


@pytest.mark.row("T-118")
@pytest.mark.parametrize("status", ["500", "502", "504"])
def test_what_may_have_arrived_is_read_before_it_is_sent_again(world: World, status: str) -> None:
    world.lms.faults.switch_on("scores", status, count=1)
    world.decide()
    world.drain()
    asked = len(world.received("results"))

    world.until_settled()

    assert len(world.received("results")) == asked + 1
    assert len(world.received()) == 2


@pytest.mark.row("T-118")
def test_a_share_that_runs_low_is_not_used_up(canvas: World) -> None:
    """Canvas says what is left; at 40 units we wait until there are about a hundred again."""
    canvas.lms.mood.remaining = 40.0
    first, second = canvas.decide("ada"), canvas.decide("fay")

    canvas.drain()

    assert canvas.state(first) is DELIVERED
    assert canvas.state(second) is WAITING
    with read_session(canvas.engine) as session:
        courier = couriers.courier_of(session, canvas.registration_id)
        assert courier.failures == 0
        assert courier.paused_until is not None
        assert 5 <= (courier.paused_until - canvas.clock.now).total_seconds() <= 7
    canvas.lms.mood.remaining = 500.0
    canvas.pass_by(8)
    assert canvas.state(second) is DELIVERED


@pytest.mark.row("T-118")
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "120"}, 120),
        ({"Retry-After": "Fri, 20 Nov 2026 12:02:00 GMT"}, 120),
        (
            {
                "Retry-After": "Fri, 20 Nov 2026 13:02:00 GMT",
                "Date": "Fri, 20 Nov 2026 13:00:30 GMT",
            },
            90,
        ),
        ({"Retry-After": "Fri, 20 Nov 2026 11:00:00 GMT"}, 0),
        ({"Retry-After": "Fri, 20 Nov 2099 11:00:00 GMT"}, 86_400),
        ({"Retry-After": "-5"}, 0),
        ({"Retry-After": "nan"}, 0),
        ({"Retry-After": "soon", "Date": "now"}, 0),
        ({"Retry-After": "Fri, 20 Nov 99999 11:00:00 +9999"}, 0),
        ({}, 0),
    ],
)
def test_an_lms_says_how_long_to_leave_it_alone(headers: dict[str, str], seconds: float) -> None:
    """In seconds or as a date, which is read by the clock of who wrote it; at most a day."""
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)

    assert retry_after(Answer(429, headers, b""), noon) == seconds


@pytest.mark.row("T-108")
def test_fifty_scores_by_four_workers_need_one_token(world: World) -> None:
    with read_session(world.engine) as session:
        deployment_pk = session.get_one(ResourceLink, world.link_id).deployment_id
    url = world.lms.mood.column_url(world.lms, world.column)
    barrier = threading.Barrier(4)
    statuses: list[int] = []

    def worker(number: int) -> None:
        # Given workers that share nothing but the database
        context = world.context
        engine = connect(context.settings.database_url)
        book = Gradebook(
            Service.of(
                engine,
                context.settings,
                context.keyring,
                deployment_pk=deployment_pk,
                clock=lambda: world.clock.now,
            )
        )
        barrier.wait()
        for turn in range(13 if number < 2 else 12):
            facts = _facts(world, "ada" if number % 2 else "fay", turn)
            statuses.append(book.post(url, graded(facts)).status)
        engine.dispose()

    workers = [threading.Thread(target=worker, args=(number,)) for number in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()

    assert len(statuses) == 50
    assert len(world.received()) == 50
    assert len(world.received("token")) == 1


def _facts(world: World, who: str, turn: int) -> ScoreFacts:
    return ScoreFacts(
        user_id=world.lms.school.person(who).sub,
        stamp=world.clock.now,
        is_decision=True,
        points=Decimal(turn),
        possible=Decimal(12),
        comment="",
        review_url="http://localhost:8000/lti/review/x",
        started_at=None,
        submitted_at=None,
    )
