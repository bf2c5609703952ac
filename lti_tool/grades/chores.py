"""Background work of the gradebook: carry what is due, and notice what was forgotten."""

from datetime import datetime, timedelta
from decimal import Decimal

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool import jobs
from lti_tool.grades import corrections, couriers, outbox
from lti_tool.grades.conflicts import Candidate, written
from lti_tool.grades.errands import Errand, errand_of
from lti_tool.grades.gradebook import Gradebook
from lti_tool.grades.models import (
    OF_THE_PLATFORM,
    Courier,
    DeliveryState,
    LineItem,
    ScoreDelivery,
)
from lti_tool.grades.outbox import DRAIN
from lti_tool.grades.scores import Carrier, Kind, Outcome
from lti_tool.jobs import JobContext, every, job, schedule
from lti_tool.launch.connector import Service
from lti_tool.launch.models import Registration
from lti_tool.launch.products import habits_of
from lti_tool.people.models import Person
from lti_tool.programs.models import Credential

log = structlog.get_logger(__name__)


@job(DRAIN)
def drain(context: JobContext, registration_id: int) -> None:
    """Carry all that is due for one platform, oldest first, until the platform is in trouble."""
    lease = couriers.lease_of(context.settings)
    with context.sessions() as session:
        token = couriers.set_out(session, registration_id, now=context.now(), lease=lease)
    if token is None:
        return
    try:
        gradebooks: dict[int, Gradebook] = {}
        while not context.ending.is_set():
            with context.sessions() as session:
                now = context.now()
                if not couriers.go_on(session, registration_id, token, now=now, lease=lease):
                    break
                claim = outbox.claim_next(session, registration_id, now=now, lease=lease)
                if claim is None:
                    break
                errand = errand_of(session, claim)
            _carry(context, registration_id, errand, gradebooks, lease)
    finally:
        with context.sessions() as session:
            couriers.come_back(session, registration_id, token, now=context.now())


def _carry(
    context: JobContext,
    registration_id: int,
    errand: Errand,
    gradebooks: dict[int, Gradebook],
    lease: timedelta,
) -> None:
    if errand.deployment_pk not in gradebooks:
        gradebooks[errand.deployment_pk] = Gradebook(
            Service.of(
                context.engine,
                context.settings,
                context.keyring,
                deployment_pk=errand.deployment_pk,
                clock=context.now,
            )
        )
    with context.read() as session:
        habits = habits_of(session.get_one(Registration, registration_id))

    def found(url: str) -> None:
        with context.sessions() as session:
            session.get_one(LineItem, errand.placement.line_item_id).url = url

    def several(candidates: list[Candidate]) -> None:
        with context.sessions() as session:
            column = session.get_one(LineItem, errand.placement.line_item_id)
            column.candidates = written(candidates)
            column.chosen_at, column.wants_new = None, False

    def mark(stamp: datetime, before: Decimal | None, confirmed: bool) -> bool:
        with context.sessions() as session:
            return outbox.change_claimed(
                session,
                errand.claim,
                stamped_at=stamp,
                score_before=before,
                comment_confirmed=confirmed,
                leased_until=context.now() + lease,
            )

    outcome = Carrier(
        gradebook=gradebooks[errand.deployment_pk],
        habits=habits,
        base_url=context.settings.base_url,
        now=context.now,
        found=found,
        mark=mark,
        several=several,
    ).send(errand)
    settle(context, registration_id, errand, outcome)


def settle(context: JobContext, registration_id: int, errand: Errand, outcome: Outcome) -> None:
    """Write down what became of a score, and what follows from it."""
    log.info(
        "score carried",
        delivery=errand.claim.delivery_id,
        outcome=outcome.kind.name.lower(),
        trouble=outcome.trouble.value,
        status=outcome.status,
        tries=errand.tries,
    )
    with context.sessions() as session:
        now = context.now()
        courier = couriers.courier_of(session, registration_id)
        if outcome.kind in (Kind.ARRIVED, Kind.OVERRIDDEN):
            delivery = session.get(ScoreDelivery, errand.claim.delivery_id)
            if delivery is not None:  # its person may have been erased meanwhile
                outbox.arrived(
                    session,
                    delivery,
                    errand.claim,
                    state=DeliveryState.DELIVERED
                    if outcome.kind is Kind.ARRIVED
                    else DeliveryState.OVERRIDDEN,
                    status=outcome.status,
                    comment_confirmed=outcome.comment_confirmed,
                    was_read=outcome.was_read,
                    seen=outcome.seen,
                    now=now,
                )
            if couriers.all_is_well(courier):
                outbox.revive(session, registration_id, now=now)
            if outcome.breath:
                couriers.hold_back(courier, outcome.breath, now=now)
            return
        if outcome.kind is Kind.LOST:
            return
        plan = context.settings.backoff
        is_open = True
        if outcome.trouble in OF_THE_PLATFORM:
            at_least = outcome.retry_after
            if outcome.kind is Kind.UNKNOWN:
                # Longer than the LMS may still be busy with what was not answered.
                at_least = max(at_least, context.settings.http_timeout + 1)
            is_open = couriers.pause(
                courier, plan, trouble=outcome.trouble, now=now, at_least=at_least
            )
        _put_back(session, errand, outcome, courier, plan=plan, now=now)
        if not is_open:
            outbox.park_all(session, registration_id, trouble=outcome.trouble, words=outcome.words)


def _put_back(
    session: Session,
    errand: Errand,
    outcome: Outcome,
    courier: Courier,
    *,
    plan: tuple[float, ...],
    now: datetime,
) -> None:
    """A score that did not arrive waits for its next turn, or for a person."""
    if outcome.kind is Kind.REFUSED or errand.tries > len(plan):
        outbox.park(
            session,
            errand.claim,
            trouble=outcome.trouble,
            status=outcome.status,
            words=outcome.words,
        )
        return
    is_doubtful = outcome.kind is Kind.UNKNOWN or errand.claim.is_doubtful
    if outcome.trouble in OF_THE_PLATFORM and courier.paused_until is not None:
        next_at = courier.paused_until
    else:
        next_at = now + timedelta(seconds=plan[min(errand.tries, len(plan)) - 1])
    outbox.wait(
        session,
        errand.claim,
        state=DeliveryState.UNKNOWN if is_doubtful else DeliveryState.WAITING,
        next_at=next_at,
        trouble=outcome.trouble,
        status=outcome.status,
        words=outcome.words,
        # What the LMS certainly does not have was never sent: a newer score may replace it.
        **({} if is_doubtful else {"stamped_at": errand.stamped_before}),
    )


@job("grades.sweep")
def sweep(context: JobContext) -> None:
    """Ask again for what was forgotten, and try a platform whose plan ran out with one score."""
    now = context.now()
    with context.sessions() as session:
        exhausted = session.scalars(
            select(Courier).where(
                Courier.failures > len(context.settings.backoff), Courier.paused_until <= now
            )
        ).all()
        for courier in exhausted:
            outbox.revive(session, courier.registration_id, now=now, most=1)
        for registration_id in couriers.with_work(session, now):
            jobs.enqueue(
                session,
                DRAIN,
                registration_id,
                key=f"{registration_id}:sweep:{now.timestamp():.3f}",
            )


schedule("grades.sweep", lambda settings: every(settings.sweep_seconds))


@job(corrections.WITHDRAW)
def withdraw(context: JobContext, person_id: int, credential_id: int, at: str) -> None:
    """A decision was taken back: take its grade out of the gradebooks too (T-114).

    What was decided after the moment `at` stays.
    """
    with context.sessions() as session:
        person, credential = session.get(Person, person_id), session.get(Credential, credential_id)
        if person is not None and credential is not None:
            corrections.withdraw(
                session,
                person,
                credential,
                decided_by=datetime.fromisoformat(at),
                now=context.now(),
            )
