"""The outbox: every row is claimed once, and never before an earlier one of its cell."""

import json
import threading
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from lti_tool.database import sessions
from lti_tool.grades import outbox
from lti_tool.grades.models import DeliveryState, LineItem, ScoreDelivery, ScoreEvent
from lti_tool.launch.models import Registration, ResourceLink
from lti_tool.people.models import Person
from lti_tool.programs.models import Credential
from tests.builders import a_person
from tests.grades.conftest import PLAN, World

LEASE = timedelta(minutes=1)
PEOPLE, EACH, HANDS = 8, 8, 4


@pytest.mark.row("T-115")
def test_a_decision_never_overtakes_the_attempt_it_is_about(canvas: World) -> None:
    canvas.lms.faults.switch_on("scores", "500", count=1)
    canvas.submit()
    canvas.drain()
    canvas.decide()

    canvas.pass_by(PLAN[0] + 1)

    posted = [json.loads(one.body)["gradingProgress"] for one in canvas.received()]
    assert posted == ["PendingManual", "PendingManual", "FullyGraded"]


def many(session: Session, world: World) -> None:
    """Rows of several people, mixed, each older than the next."""
    column = LineItem(
        resource_link=session.get_one(ResourceLink, world.link_id),
        credential=session.get_one(Credential, world.credential_id),
        label="Field journal",
        score_maximum=Decimal(12),
        created_at=world.clock(),
    )
    registration = session.get_one(Registration, world.registration_id)
    people: list[Person] = [a_person(f"Learner {number}") for number in range(PEOPLE)]
    session.add_all(people)
    for _ in range(EACH):
        for person in people:
            session.add(
                ScoreDelivery(
                    registration=registration,
                    line_item=column,
                    person=person,
                    sub=person.name,
                    event=ScoreEvent.SUBMITTED,
                    points_possible=Decimal(12),
                    review_id="r",
                    created_at=world.clock(),
                    next_at=world.clock.now,
                )
            )


def test_many_hands_claim_each_row_once_and_in_the_order_of_its_cell(canvas: World) -> None:
    # Given many rows of few people, and several workers who claim at the same time
    with sessions(canvas.engine).begin() as session:
        many(session, canvas)
    claimed: list[int] = []
    order: dict[str, list[int]] = defaultdict(list)
    lock = threading.Lock()

    def work() -> None:
        idle = 0
        while idle < 40:
            with sessions(canvas.engine).begin() as session:
                now = canvas.clock()
                claim = outbox.claim_next(session, canvas.registration_id, now=now, lease=LEASE)
            if claim is None:
                idle += 1
                continue
            idle = 0
            with sessions(canvas.engine).begin() as session:
                row = session.get_one(ScoreDelivery, claim.delivery_id)
                with lock:
                    claimed.append(row.id)
                    order[row.sub].append(row.id)
                assert outbox.arrived(
                    session,
                    row,
                    claim,
                    state=DeliveryState.DELIVERED,
                    status=200,
                    comment_confirmed=True,
                    now=canvas.clock(),
                )

    hands = [threading.Thread(target=work) for _ in range(HANDS)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()

    assert len(claimed) == len(set(claimed)) == PEOPLE * EACH
    assert all(ids == sorted(ids) for ids in order.values())


def test_a_lease_that_ran_out_writes_nothing(canvas: World) -> None:
    delivery = canvas.decide()
    with sessions(canvas.engine).begin() as session:
        slow = outbox.claim_next(session, canvas.registration_id, now=canvas.clock(), lease=LEASE)
    assert slow is not None
    canvas.clock.pass_by(61)
    with sessions(canvas.engine).begin() as session:
        quick = outbox.claim_next(session, canvas.registration_id, now=canvas.clock(), lease=LEASE)
        assert quick is not None
        assert quick.delivery_id == slow.delivery_id == delivery

        assert not outbox.change_claimed(session, slow, last_error="too late")
        assert outbox.change_claimed(session, quick, last_error="mine")


def test_a_row_that_was_never_stamped_is_not_doubtful_after_a_death(canvas: World) -> None:
    canvas.decide()
    with sessions(canvas.engine).begin() as session:
        outbox.claim_next(session, canvas.registration_id, now=canvas.clock(), lease=LEASE)
    canvas.clock.pass_by(61)

    with sessions(canvas.engine).begin() as session:
        again = outbox.claim_next(session, canvas.registration_id, now=canvas.clock(), lease=LEASE)

    assert again is not None
    assert not again.is_doubtful
