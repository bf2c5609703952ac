"""Reading results back: does the gradebook still show what was delivered (T-122).

Columns that are in use are read a few times a day, whole, with one or a few calls each. A cell is
*confirmed* where our score stands, and *overridden in the LMS* where another one does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool import jobs
from lti_tool.grades import couriers
from lti_tool.grades.errands import shows
from lti_tool.grades.gradebook import Declined, Gradebook, Result
from lti_tool.grades.line_items import own
from lti_tool.grades.models import OF_THE_GRADE, DeliveryState, LineItem, ScoreDelivery
from lti_tool.grades.outbox import SETTLED
from lti_tool.jobs import JobContext, job, schedule
from lti_tool.launch.connector import (
    RESULTS_READ,
    ScopeMissing,
    Service,
    TokenRefused,
    Unreachable,
)
from lti_tool.launch.models import Deployment, DeploymentState, Registration, ResourceLink
from lti_tool.launch.products import habits_of

log = structlog.get_logger(__name__)

IN_USE = timedelta(days=120)
"""A column is read for so long after the last score that was delivered to it."""

READ = "grades.read-back"

PAUSE = 60.0
"""Seconds to leave an LMS alone that answered a reading with *too much*."""


@dataclass(frozen=True)
class InUse:
    """A column that is worth reading."""

    line_item_id: int
    deployment_pk: int
    url: str


@job("grades.read-back-all")
def read_back_all(context: JobContext) -> None:
    """Ask for one job a platform: a slow LMS keeps nobody else waiting."""
    now = context.now()
    with context.sessions() as session:
        platforms = session.scalars(
            select(ScoreDelivery.registration_id)
            .where(ScoreDelivery.settled_at >= now - IN_USE, ScoreDelivery.state.in_(SETTLED))
            .distinct()
        ).all()
        for registration_id in platforms:
            jobs.enqueue(session, READ, registration_id, key=f"{registration_id}:{now:%Y%m%d%H}")


schedule("grades.read-back-all", "17 */6 * * *")


@job(READ)
def read_back(context: JobContext, registration_id: int) -> None:
    """Read every column of a platform that is in use, until the platform is in trouble."""
    with context.read() as session:
        columns = in_use(session, registration_id, now=context.now())
    gradebooks: dict[int, Gradebook] = {}
    for column in columns:
        with context.sessions() as session:
            courier = couriers.courier_of(session, registration_id)
            if courier.paused_until and courier.paused_until > context.now():
                return
        if column.deployment_pk not in gradebooks:
            gradebooks[column.deployment_pk] = Gradebook(
                Service.of(
                    context.engine,
                    context.settings,
                    context.keyring,
                    deployment_pk=column.deployment_pk,
                    clock=context.now,
                )
            )
        began = context.now()
        try:
            results = gradebooks[column.deployment_pk].results(column.url)
        except (TokenRefused, Unreachable) as trouble:
            log.info("results not read", registration=registration_id, words=str(trouble))
            return  # the next round tries again; nothing depends on it
        except Declined as refusal:
            if _asks_for_a_pause(context, registration_id, refusal):
                return
        except (ScopeMissing, ValueError, TypeError, AttributeError) as trouble:
            log.info("results not read", line_item=column.line_item_id, words=str(trouble)[:200])
        else:
            with context.sessions() as session:
                compare(session, column.line_item_id, results, began=began, now=context.now())


def _asks_for_a_pause(context: JobContext, registration_id: int, refusal: Declined) -> bool:
    """Whether the LMS has had enough for now; then scores wait a moment too."""
    log.info("results not read", registration=registration_id, words=str(refusal)[:200])
    answer = refusal.answer
    with context.sessions() as session:
        habits = habits_of(session.get_one(Registration, registration_id))
        if not habits.is_throttled(answer.status, f"{answer.reason} {answer.text}"):
            return False
        courier = couriers.courier_of(session, registration_id)
        couriers.hold_back(courier, PAUSE, now=context.now())
    return True


def in_use(session: Session, registration_id: int, *, now: datetime) -> Sequence[InUse]:
    """The columns of a platform that have an address, may be read, and got a score lately."""
    recent = (
        select(ScoreDelivery.line_item_id)
        .where(
            ScoreDelivery.registration_id == registration_id,
            ScoreDelivery.settled_at >= now - IN_USE,
            ScoreDelivery.state.in_(SETTLED),
        )
        .distinct()
    )
    columns = session.scalars(
        select(LineItem)
        .join(LineItem.resource_link)
        .join(Deployment, Deployment.id == ResourceLink.deployment_id)
        .where(LineItem.id.in_(recent), Deployment.state == DeploymentState.ACTIVE)
        .order_by(LineItem.read_at.is_not(None), LineItem.read_at, LineItem.id)
    ).all()
    return [
        InUse(column.id, column.resource_link.deployment_id, url)
        for column in columns
        if (url := own(column) or column.url) and RESULTS_READ in column.resource_link.scopes
    ]


def compare(
    session: Session,
    line_item_id: int,
    results: dict[str, Result],
    *,
    began: datetime,
    now: datetime,
) -> None:
    """Mark every cell of a column by what the LMS shows.

    A cell that something is on its way to, or that was written since the reading began, is left.
    """
    newest: dict[int, ScoreDelivery] = {}
    for row in session.scalars(
        select(ScoreDelivery)
        .where(
            ScoreDelivery.line_item_id == line_item_id,
            ScoreDelivery.event.in_(OF_THE_GRADE),
            ScoreDelivery.state != DeliveryState.SUPERSEDED,
        )
        .order_by(ScoreDelivery.id)
    ):
        newest[row.person_id] = row
    for row in newest.values():
        if row.state not in SETTLED or row.settled_at is None or row.settled_at >= began:
            continue
        standing = results.get(row.sub, Result(None)).share
        expected = None if row.points is None else row.points / row.points_possible
        if shows(standing, expected):
            row.state, row.confirmed_at, row.seen_share = DeliveryState.DELIVERED, now, None
        else:
            row.state, row.confirmed_at, row.seen_share = DeliveryState.OVERRIDDEN, None, standing
    session.get_one(LineItem, line_item_id).read_at = now
