"""What happens to awards in the background: each is signed once, and the bytes are kept."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import cast

import structlog
from sqlalchemy import Select, Table, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, selectinload

from lti_tool.badges import documents, endorsements
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import (
    KEPT,
    Award,
    Badge,
    Endorsement,
    Rendering,
    SignedDocument,
    StackBadge,
)
from lti_tool.jobs import JobContext, every, job, schedule

log = structlog.get_logger(__name__)

AT_ONCE = 300
"""Awards that are signed and kept in one transaction: a class, about 10 MB."""

Signed = tuple[int, Rendering, bytes]
"""Of which award, which rendering, and its bytes."""


@job("badges.sign")
def sign(context: JobContext, award_id: int) -> None:
    """Sign the renderings an award lacks and keep them. Running it twice changes nothing.

    What was awarded right after it is signed along, so that the first job of a class signs the
    class; the others find nothing to do. Each award still has a job of its own, so none is lost
    when this process dies on the way.
    """
    with context.read() as session:
        if not session.scalars(_lacking().where(Badge.id == award_id)).all():
            return
        following = session.scalars(
            _lacking().where(Badge.id.between(award_id, award_id + AT_ONCE - 1))
        ).all()
    if broken := _sign(context, following).get(award_id):
        raise broken


@job("badges.sign-endorsement")
def sign_endorsement(context: JobContext, endorsement_id: int) -> None:
    """Sign what an issuer says of a badge, once. Running it twice changes nothing."""
    addresses = Addresses(context.settings.base_url)
    with context.read() as session:
        found = session.get(Endorsement, endorsement_id)
        if found is None or found.content or found.withdrawn_at is not None:
            return
        content = endorsements.signed(found, context.keyring, addresses, context.now())
    with context.sessions() as session:
        lacking = (Endorsement.id == endorsement_id, Endorsement.content == b"")
        session.execute(update(Endorsement).where(*lacking).values(content=content))


@job("badges.sweep")
def sweep(context: JobContext) -> None:
    """Sign awards and endorsements whose own job was lost or gave up."""
    with context.read() as session:
        forgotten = session.scalars(_lacking().limit(AT_ONCE)).all()
        said = endorsements.unsigned(session)
    _sign(context, forgotten)
    for endorsement_id in said:
        sign_endorsement(context, endorsement_id)


schedule("badges.sweep", lambda settings: every(settings.sweep_seconds))


def _lacking() -> Select[int]:
    """Awards that lack a rendering; nothing is signed for somebody who was erased (T-135)."""
    kept = (
        select(func.count(SignedDocument.id))
        .where(SignedDocument.award_id == Badge.id)
        .scalar_subquery()
    )
    return select(Badge.id).where(kept < len(KEPT), Badge.erased_at.is_(None)).order_by(Badge.id)


def _sign(context: JobContext, award_ids: Sequence[int]) -> dict[int, Exception]:
    """Sign what these awards lack and keep it, all in one transaction; answer what went wrong."""
    now = context.now()
    fresh: list[Signed] = []
    broken: dict[int, Exception] = {}
    with context.read() as session:
        press = documents.Press(context.keyring, Addresses(context.settings.base_url), now)
        for award, missing in _missing(session, award_ids):
            try:
                made = press.render(award, missing)
            except Exception as error:  # one award that cannot be signed must not hold back others
                log.exception("award cannot be signed", award_id=award.id)
                broken[award.id] = error
                continue
            fresh += [(award.id, rendering, content) for rendering, content in made.items()]
    if fresh:
        with context.sessions() as session:
            _keep(session, fresh, now)
    return broken


def _missing(session: Session, award_ids: Sequence[int]) -> Iterable[tuple[Badge, list[Rendering]]]:
    kept = {
        tuple(row)
        for row in session.execute(
            select(SignedDocument.award_id, SignedDocument.rendering).where(
                SignedDocument.award_id.in_(award_ids)
            )
        )
    }
    found = session.scalars(
        select(Badge)
        .where(Badge.id.in_(award_ids), Badge.erased_at.is_(None))
        .order_by(Badge.id)
        .options(
            selectinload(Badge.issuer),
            selectinload(Award.credential_version),
            selectinload(StackBadge.program_version),
            selectinload(Badge.status_list),
        )
    )
    for award in found:
        if missing := [rendering for rendering in KEPT if (award.id, rendering) not in kept]:
            yield award, missing


def _keep(session: Session, fresh: Sequence[Signed], now: datetime) -> None:
    """Keep what was signed, unless somebody was erased or another worker signed it meanwhile."""
    ids = {award_id for award_id, _, _ in fresh}
    present = set(
        session.scalars(
            select(Badge.id)
            .where(Badge.id.in_(ids), Badge.erased_at.is_(None))
            .order_by(Badge.id)
            .with_for_update(read=True)
        )
    )
    rows = [
        {"award_id": award_id, "rendering": rendering, "content": content, "signed_at": now}
        for award_id, rendering, content in fresh
        if award_id in present
    ]
    if rows:
        # What is there already is as good and stays.
        session.execute(_insert(session).on_conflict_do_nothing(), rows)


def _insert(session: Session) -> postgresql.Insert | sqlite.Insert:
    # Of the table, not of its class: that costs as much again for each row.
    table = cast(Table, SignedDocument.__table__)
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
