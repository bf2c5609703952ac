"""The outbox: scores wait here, written with the decision itself, until an LMS has them.

The rows are the truth. For one cell (a column and a person) they leave strictly in their order;
a newer decision supersedes an older one that was never sent; a row that needs a person holds
nobody up. A row is claimed by a conditional UPDATE with a lease, so a worker that dies gives
it back.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Select, and_, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from lti_tool import jobs
from lti_tool.grades.line_items import Place, places_for
from lti_tool.grades.models import (
    OF_THE_GRADE,
    OF_THE_PLATFORM,
    DeliveryState,
    LineItem,
    ScoreDelivery,
    ScoreEvent,
    Trouble,
)
from lti_tool.grades.pieces import Piece
from lti_tool.launch.models import PlatformUser, Registration
from lti_tool.launch.products import habits_of
from lti_tool.people.models import Person
from lti_tool.programs.models import Credential
from lti_tool.programs.rubrics import Points

DRAIN = "grades.drain"

SETTLED = (DeliveryState.DELIVERED, DeliveryState.OVERRIDDEN)
"""States of a row the LMS has answered for."""

OPEN = (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.UNKNOWN)
"""States of a row that is on its way and holds back the next one of its cell."""


@dataclass(frozen=True)
class Claim:
    """A row that this worker may send now."""

    delivery_id: int
    lease: str
    is_doubtful: bool
    """It may have been sent before without an answer: read what stands there first."""


def queue_score(
    session: Session,
    *,
    person: Person,
    credential: Credential,
    score: Points | None,
    event: ScoreEvent,
    comment: str,
    review_id: str,
    attempt: int,
    started_at: datetime | None,
    submitted_at: datetime | None,
    now: datetime,
    pieces: Sequence[Piece] = (),
    stages: Sequence[Piece] = (),
    part_slug: str = "",
) -> list[ScoreDelivery]:
    """Put a score in the outbox, for every gradebook it belongs in, with the job that sends it.

    `pieces` are those of the same work that have columns of their own beside the total; `stages`
    and `part_slug`, the part that was handed in, are for links to a single stage.

    Writes in the caller's transaction. Test users (T-078) leave nothing behind. Raises
    `ValueError` for a score that is not a number, or whose maximum is not above zero (T-116).
    """
    if person.is_test:
        return []
    for one in (score, *(piece.score for piece in (*pieces, *stages))):
        if one is not None:
            _check(one)
    deliveries = []
    places = places_for(
        session,
        person,
        credential,
        event=event,
        pieces=pieces,
        stages=stages,
        part_slug=part_slug,
        now=now,
    )
    for place in places:
        column, piece = place.column, place.piece
        registration = column.resource_link.deployment.registration
        if event is ScoreEvent.SUBMITTED and not habits_of(registration).announces_submissions:
            continue
        points = piece.score if piece else score
        if piece is not None and _is_there(session, place, person, piece):
            continue
        if event is ScoreEvent.DECIDED:
            supersede(session, column, person, now=now)
        delivery = ScoreDelivery(
            registration=registration,
            line_item=column,
            person=person,
            sub=_name_of(session, registration, person),
            event=event,
            points=points.reached if points else None,
            points_possible=points.possible if points else column.score_maximum,
            comment=piece.comment if piece else comment,
            review_id=review_id,
            attempt=attempt,
            started_at=started_at,
            submitted_at=submitted_at,
            created_at=now,
            next_at=now,
        )
        session.add(delivery)
        deliveries.append(delivery)
    ask_for(session, deliveries)
    return deliveries


def ask_for(session: Session, deliveries: Sequence[ScoreDelivery]) -> None:
    """Ask for the jobs that send these rows."""
    session.flush()  # a job is named after the newest row it has to look at
    newest = {delivery.registration_id: delivery.id for delivery in deliveries}
    for registration_id, delivery_id in newest.items():
        jobs.enqueue(session, DRAIN, registration_id, key=f"{registration_id}:{delivery_id}")


def _is_there(session: Session, place: Place, person: Person, piece: Piece) -> bool:
    """Whether the newest row of a piece's cell says the same: an earlier stage stays as it is."""
    last = newest_of(session, place.column, person)
    return (
        last is not None
        and last.event is ScoreEvent.DECIDED
        and last.points == piece.score.reached
        and last.points_possible == piece.score.possible
        and last.comment == piece.comment
    )


def newest_of(session: Session, column: LineItem, person: Person) -> ScoreDelivery | None:
    """The newest row that says what a cell holds."""
    session.flush()  # a column that was made just now has no number yet
    return session.scalars(
        select(ScoreDelivery)
        .where(
            ScoreDelivery.line_item_id == column.id,
            ScoreDelivery.person_id == person.id,
            ScoreDelivery.event.in_(OF_THE_GRADE),
        )
        .order_by(ScoreDelivery.id.desc())
        .limit(1)
    ).first()


def _check(score: Points) -> None:
    if not (score.reached.is_finite() and score.possible.is_finite()):
        raise ValueError("a score is a number")
    if score.possible <= 0 or score.reached < 0:
        raise ValueError("a score lies between zero and a maximum above zero")


def _name_of(session: Session, registration: Registration, person: Person) -> str:
    """What the platform calls the person: the name it used last."""
    return session.scalars(
        select(PlatformUser.sub)
        .where(
            PlatformUser.registration_id == registration.id,
            PlatformUser.person_id == person.id,
        )
        .order_by(PlatformUser.seen_at.desc())
        .limit(1)
    ).one()


def supersede(
    session: Session,
    column: LineItem,
    person: Person,
    *,
    now: datetime,
    before: int | None = None,
) -> None:
    """Let decisions of a cell that were never sent, or are stuck, give way to a newer one."""
    unsent = and_(ScoreDelivery.state == DeliveryState.WAITING, ScoreDelivery.stamped_at.is_(None))
    stuck = ScoreDelivery.state.in_(
        (DeliveryState.WAITING, DeliveryState.UNKNOWN, DeliveryState.NEEDS_PERSON)
    )
    # A stuck one gives way only once the newer one has arrived: until then it may be the last.
    session.execute(
        update(ScoreDelivery)
        .where(
            ScoreDelivery.line_item_id == column.id,
            ScoreDelivery.person_id == person.id,
            ScoreDelivery.event.in_(OF_THE_GRADE),
            unsent if before is None else and_(ScoreDelivery.id < before, stuck),
        )
        .values(state=DeliveryState.SUPERSEDED, settled_at=now, next_at=None)
    )


def heads(registration_id: int) -> Select[ScoreDelivery]:
    """The open rows of a platform that no earlier open row of their cell holds back."""
    earlier = aliased(ScoreDelivery)
    held_back = exists().where(
        earlier.line_item_id == ScoreDelivery.line_item_id,
        earlier.person_id == ScoreDelivery.person_id,
        earlier.id < ScoreDelivery.id,
        earlier.state.in_(OPEN),
    )
    return select(ScoreDelivery).where(
        ScoreDelivery.registration_id == registration_id,
        ScoreDelivery.state.in_(OPEN),
        ~held_back,
    )


def is_due(now: datetime) -> ColumnElement[bool]:
    """Whether an open row may be taken up now."""
    return or_(
        and_(
            ScoreDelivery.state.in_((DeliveryState.WAITING, DeliveryState.UNKNOWN)),
            ScoreDelivery.next_at <= now,
        ),
        and_(
            ScoreDelivery.state == DeliveryState.SENDING,
            ScoreDelivery.leased_until <= now,
        ),
    )


def claim_next(
    session: Session, registration_id: int, *, now: datetime, lease: timedelta
) -> Claim | None:
    """Take the oldest due row of a platform, or `None`. Each is taken by one worker only.

    Rows that were tried more often come later, so that one bad row cannot starve the others.
    """
    while True:
        row = session.scalars(
            heads(registration_id)
            .where(is_due(now))
            .order_by(ScoreDelivery.tries, ScoreDelivery.id)
            .limit(1)
        ).first()
        if row is None:
            return None
        claim = Claim(
            row.id,
            secrets.token_hex(8),
            row.state is DeliveryState.UNKNOWN
            or (row.state is DeliveryState.SENDING and row.stamped_at is not None),
        )
        taken = session.execute(
            update(ScoreDelivery)
            .where(
                ScoreDelivery.id == row.id,
                ScoreDelivery.state == row.state,
                ScoreDelivery.lease == row.lease
                if row.lease is not None
                else ScoreDelivery.lease.is_(None),
            )
            .values(
                state=DeliveryState.SENDING,
                lease=claim.lease,
                leased_until=now + lease,
                tries=ScoreDelivery.tries + 1,
            )
            .execution_options(synchronize_session=False)
        )
        session.expire(row)
        if changed(taken):
            return claim


def change_claimed(session: Session, claim: Claim, **values: Any) -> bool:
    """Write to a claimed row; false where the lease ran out and somebody else has it."""
    return changed(
        session.execute(
            update(ScoreDelivery)
            .where(ScoreDelivery.id == claim.delivery_id, ScoreDelivery.lease == claim.lease)
            .values(**values)
            .execution_options(synchronize_session=False)
        )
    )


def arrived(
    session: Session,
    delivery: ScoreDelivery,
    claim: Claim,
    *,
    state: DeliveryState,
    status: int | None,
    comment_confirmed: bool,
    now: datetime,
    was_read: bool = False,
    seen: Decimal | None = None,
) -> bool:
    """A score has arrived; older ones of its cell that were stuck are out of date."""
    mine = change_claimed(
        session,
        claim,
        state=state,
        lease=None,
        leased_until=None,
        next_at=None,
        trouble=Trouble.NONE,
        last_status=status,
        last_error="",
        comment_confirmed=comment_confirmed,
        settled_at=now,
        confirmed_at=now if was_read else None,
        seen_share=seen,
    )
    if mine and delivery.event in OF_THE_GRADE:
        supersede(session, delivery.line_item, delivery.person, now=now, before=delivery.id)
    return mine


def wait(
    session: Session,
    claim: Claim,
    *,
    state: DeliveryState,
    next_at: datetime | None,
    trouble: Trouble,
    status: int | None,
    words: str,
    **values: Any,
) -> bool:
    """A score has not arrived, as far as we know; it is looked at again at `next_at`, if ever."""
    return change_claimed(
        session,
        claim,
        **values,
        state=state,
        lease=None,
        leased_until=None,
        next_at=next_at,
        trouble=trouble,
        last_status=status,
        last_error=words,
    )


def park(
    session: Session, claim: Claim, *, trouble: Trouble, status: int | None, words: str
) -> bool:
    """A score cannot arrive without a person; it holds back nobody any more."""
    return wait(
        session,
        claim,
        state=DeliveryState.NEEDS_PERSON,
        next_at=None,
        trouble=trouble,
        status=status,
        words=words,
    )


def park_all(session: Session, registration_id: int, *, trouble: Trouble, words: str) -> None:
    """The plan ran out for a platform: whatever waits for it needs a person."""
    session.execute(
        update(ScoreDelivery)
        .where(
            ScoreDelivery.registration_id == registration_id,
            ScoreDelivery.state.in_((DeliveryState.WAITING, DeliveryState.UNKNOWN)),
        )
        .values(state=DeliveryState.NEEDS_PERSON, next_at=None, trouble=trouble, last_error=words)
    )


def revive(
    session: Session, registration_id: int, *, now: datetime, most: int | None = None
) -> Sequence[int]:
    """Let rows that were parked because the platform was in trouble go on; their ids.

    What may have been sent without an answer goes on as unknown.
    """
    parked = (
        select(ScoreDelivery.id)
        .where(
            ScoreDelivery.registration_id == registration_id,
            ScoreDelivery.state == DeliveryState.NEEDS_PERSON,
            ScoreDelivery.trouble.in_(OF_THE_PLATFORM),
        )
        .order_by(ScoreDelivery.id)
        .limit(most)
    )
    ids = session.scalars(parked).all()
    for sent, state in ((True, DeliveryState.UNKNOWN), (False, DeliveryState.WAITING)):
        session.execute(
            update(ScoreDelivery)
            .where(
                ScoreDelivery.id.in_(ids),
                ScoreDelivery.state == DeliveryState.NEEDS_PERSON,
                ScoreDelivery.stamped_at.is_not(None)
                if sent
                else ScoreDelivery.stamped_at.is_(None),
            )
            .values(state=state, next_at=now, tries=0)
        )
    return ids


def changed(result: Any) -> bool:
    """Whether a conditional UPDATE found its row as it was expected."""
    return isinstance(result, CursorResult) and result.rowcount == 1
