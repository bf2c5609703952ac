"""One courier a platform: who carries scores there now, and when it is left alone (back-off)."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool import jobs
from lti_tool.grades.models import Courier, DeliveryState, ScoreDelivery, Trouble
from lti_tool.grades.outbox import DRAIN, changed, heads
from lti_tool.settings import Settings

CERTAINLY_LATER = timedelta(milliseconds=50)
"""So that a job for a moment never runs a hair before it."""


def lease_of(settings: Settings) -> timedelta:
    """How long a claim holds: longer than a call, a new token and the call again may take.

    It is renewed with every score; a worker that died gives its row back after this long, which
    is also longer than the LMS could still be busy with the call that was never answered.
    """
    return timedelta(seconds=6 * settings.http_timeout + 2)


def courier_of(session: Session, registration_id: int) -> Courier:
    """The platform's courier, made when first asked for."""
    known = select(Courier).where(Courier.registration_id == registration_id)
    courier = session.scalars(known).one_or_none()
    if courier is None:
        try:
            with session.begin_nested():
                courier = Courier(registration_id=registration_id)
                session.add(courier)
        except IntegrityError:  # another process made it in the same moment
            courier = session.scalars(known).one()
    return courier


def set_out(
    session: Session, registration_id: int, *, now: datetime, lease: timedelta
) -> str | None:
    """Become the platform's courier; `None` while somebody else is or nothing may be sent."""
    courier_of(session, registration_id)
    token = secrets.token_hex(8)
    taken = session.execute(
        update(Courier)
        .where(
            Courier.registration_id == registration_id,
            or_(Courier.lease.is_(None), Courier.leased_until <= now),
            or_(Courier.paused_until.is_(None), Courier.paused_until <= now),
        )
        .values(lease=token, leased_until=now + lease)
        .execution_options(synchronize_session=False)
    )
    return token if changed(taken) else None


def go_on(
    session: Session, registration_id: int, token: str, *, now: datetime, lease: timedelta
) -> bool:
    """Renew the lease; false where it was lost or the platform is to be left alone."""
    renewed = session.execute(
        update(Courier)
        .where(
            Courier.registration_id == registration_id,
            Courier.lease == token,
            or_(Courier.paused_until.is_(None), Courier.paused_until <= now),
        )
        .values(leased_until=now + lease)
        .execution_options(synchronize_session=False)
    )
    return changed(renewed)


def come_back(session: Session, registration_id: int, token: str, *, now: datetime) -> None:
    """Lay the lease down, and ask for the job that looks again when the next row is due.

    A row that was committed while we carried found the lease taken, and its job ended at once.
    So the lease goes first, and only then is it asked what is due: whoever came too early for
    the lease is seen here.
    """
    laid_down = session.execute(
        update(Courier)
        .where(Courier.registration_id == registration_id, Courier.lease == token)
        .values(lease=None, leased_until=None, turn=Courier.turn + 1)
        .execution_options(synchronize_session=False)
    )
    if not changed(laid_down):
        return
    courier = courier_of(session, registration_id)
    session.refresh(courier)
    due = next_due(session, registration_id)
    if due is None:
        return
    at = max(due, courier.paused_until) if courier.paused_until else due
    if at <= now:
        jobs.enqueue(session, DRAIN, registration_id, key=f"{registration_id}:turn:{courier.turn}")
        return
    # Named after its moment: however many come back before it, one job is enough.
    jobs.enqueue(
        session,
        DRAIN,
        registration_id,
        key=f"{registration_id}:at:{at.timestamp():.3f}",
        delay=at - now + CERTAINLY_LATER,
    )


def next_due(session: Session, registration_id: int) -> datetime | None:
    """When the next open row of a platform may be taken up; `None` when nothing is open."""
    open_rows = heads(registration_id).subquery()
    waiting, sending = session.execute(
        select(
            func.min(open_rows.c.next_at).filter(open_rows.c.state != DeliveryState.SENDING.value),
            func.min(open_rows.c.leased_until).filter(
                open_rows.c.state == DeliveryState.SENDING.value
            ),
        )
    ).one()
    known = [moment for moment in (waiting, sending) if moment is not None]
    return min(known, default=None)


def pause(
    courier: Courier,
    plan: tuple[float, ...],
    *,
    trouble: Trouble,
    now: datetime,
    at_least: float,
) -> bool:
    """Leave the platform alone for the next step of the plan, or longer where it asks for it.

    False where the plan has run out; its last step is kept then.
    """
    courier.failures += 1
    courier.trouble = trouble
    step = plan[min(courier.failures, len(plan)) - 1]
    courier.paused_until = now + timedelta(seconds=max(step, at_least))
    return courier.failures <= len(plan)


def hold_back(courier: Courier, seconds: float, *, now: datetime) -> None:
    """Leave the platform alone for a moment before it has to ask for it; no failure is counted."""
    courier.trouble = Trouble.THROTTLED
    courier.paused_until = now + timedelta(seconds=seconds)


def all_is_well(courier: Courier) -> bool:
    """The platform answers; true where it was in trouble before."""
    was_in_trouble = courier.failures > 0
    courier.failures = 0
    courier.trouble = Trouble.NONE
    courier.paused_until = None
    return was_in_trouble


def with_work(session: Session, now: datetime) -> list[int]:
    """Platforms with an open row that may be taken up and nobody who says they carry."""
    registrations = session.scalars(
        select(ScoreDelivery.registration_id)
        .where(
            ScoreDelivery.state.in_(
                (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.UNKNOWN)
            )
        )
        .distinct()
    ).all()
    found = []
    for registration_id in registrations:
        courier = courier_of(session, registration_id)
        if courier.paused_until and courier.paused_until > now:
            continue
        due = next_due(session, registration_id)
        if due is not None and due <= now:
            found.append(registration_id)
    return found


def retry(session: Session, delivery: ScoreDelivery, *, now: datetime) -> None:
    """Try a delivery again at once, as somebody asked; also when it waits or the plan ran out.

    What may have arrived is looked for first, as ever. A delivery that has arrived, or that a
    newer one replaced, stays as it is.
    """
    if delivery.state not in (
        DeliveryState.WAITING,
        DeliveryState.UNKNOWN,
        DeliveryState.NEEDS_PERSON,
    ):
        return
    if delivery.trouble is Trouble.COLUMN_GONE:
        # Found again, or made again; what an instructor chose among before may be gone too.
        column = delivery.line_item
        column.url, column.candidates, column.chosen_at, column.wants_new = None, [], None, False
    if delivery.trouble is Trouble.SEVERAL_COLUMNS and not delivery.line_item.chosen_at:
        delivery.line_item.candidates = []  # the gradebook may look otherwise by now
    # A refused score is known not to be there; anything else that was sent may be.
    was_refused = delivery.trouble in (
        Trouble.REFUSED,
        Trouble.COLUMN_GONE,
        Trouble.STALE,
        Trouble.SEVERAL_COLUMNS,
    )
    may_be_there = delivery.stamped_at is not None and not was_refused
    delivery.state = DeliveryState.UNKNOWN if may_be_there else DeliveryState.WAITING
    delivery.next_at = now
    delivery.tries = 0
    courier_of(session, delivery.registration_id).paused_until = None
    session.flush()  # the job must not find the pause
    jobs.enqueue(
        session,
        DRAIN,
        delivery.registration_id,
        key=f"{delivery.registration_id}:retry:{delivery.id}:{now.timestamp():.3f}",
    )
