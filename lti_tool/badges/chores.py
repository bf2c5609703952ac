"""What happens to awards in the background: each is signed once, and the bytes are kept.

They are signed again where a key was compromised, and never otherwise.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, selectinload

from lti_tool.badges import compromised, documents, endorsements
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import (
    KEPT,
    Award,
    Badge,
    Endorsement,
    Rendering,
    SignedBeginning,
    SignedDocument,
    StackBadge,
)
from lti_tool.database import Base, table_of
from lti_tool.jobs import JobContext, every, job, schedule
from lti_tool.keyring import KeyState, Purpose, SigningKey
from lti_tool.sealing.plans import Signed

log = structlog.get_logger(__name__)

AT_ONCE = 300
"""Awards that are signed and kept in one transaction: a class, about 10 MB."""

Fresh = tuple[int, Rendering, Signed]
"""Of which award, which rendering, and what was signed."""


class KeyRevoked(Exception):
    """What was just signed is worth nothing: its key was revoked before it was kept."""


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
    with context.read() as session:
        found = session.get(Endorsement, endorsement_id)
        if found is None or found.content or found.withdrawn_at is not None:
            return
    _endorse(
        context, endorsement_id, Endorsement.content == b"", Endorsement.withdrawn_at.is_(None)
    )


def _endorse(context: JobContext, endorsement_id: int, *conditions: ColumnElement[bool]) -> None:
    """Sign an endorsement and keep it where these conditions hold. Raises `KeyRevoked`."""
    addresses, ring = Addresses(context.settings.base_url), context.keyring
    with context.read() as session:
        found = session.get_one(Endorsement, endorsement_id)
        content = endorsements.signed(found, ring, addresses, context.now())
        kid = ring.key(Purpose.BADGE_PROOF, found.issuer.key_holder).kid
    with context.sessions() as session:
        _require_keys(context, session, [kid])
        change = update(Endorsement).where(Endorsement.id == endorsement_id, *conditions)
        session.execute(change.values(content=content))


@job("badges.sign-again")
def sign_again(context: JobContext, kid: str) -> None:
    """Sign anew what a compromised key signed, as far as we keep it; what is done is not redone.

    Endorsements come first, since badges hold them.
    """
    context.keyring.look()
    with context.read() as session:
        row = session.scalars(select(SigningKey).where(SigningKey.kid == kid)).one_or_none()
        if row is None or row.state is not KeyState.REVOKED:
            return
        said = compromised.endorsements_of(session, kid)
        concerned = compromised.concerned(session, context.keyring, row)
    for endorsement_id in said:
        _endorse(context, endorsement_id, Endorsement.content != b"")
    broken: dict[int, Exception] = {}
    after: int | None = 0
    while after is not None:
        with context.read() as session:
            found, after = compromised.documents_of(session, row, concerned, after=after)
            wanted: dict[int, list[Rendering]] = {}
            for one in found:
                wanted.setdefault(one.award_id, []).append(one.rendering)
            batch = _press(context, ((award, wanted[award.id]) for award in _of(session, wanted)))
        broken |= batch.broken
        with context.sessions() as session:
            _require_keys(context, session, batch.kids)
            _replace(session, batch.fresh, context.now())
    for error in broken.values():
        raise error


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
    with context.read() as session:
        batch = _press(context, _missing(session, award_ids))
    if batch.fresh:
        with context.sessions() as session:
            _require_keys(context, session, batch.kids)
            _keep(session, batch.fresh, context.now())
    return batch.broken


@dataclass(frozen=True)
class Batch:
    """What was signed, what could not be, and with which keys."""

    fresh: list[Fresh]
    broken: dict[int, Exception]
    kids: set[str]


def _press(context: JobContext, wanted: Iterable[tuple[Badge, list[Rendering]]]) -> Batch:
    addresses = Addresses(context.settings.base_url)
    press = documents.Press(context.keyring, addresses, context.now())
    batch = Batch([], {}, press.signed_with)
    for award, renderings in wanted:
        try:
            made = press.render(award, renderings)
        except Exception as error:  # one award that cannot be signed must not hold back others
            log.exception("award cannot be signed", award_id=award.id)
            batch.broken[award.id] = error
            continue
        batch.fresh.extend((award.id, rendering, signed) for rendering, signed in made.items())
    return batch


def _require_keys(context: JobContext, session: Session, kids: Collection[str]) -> None:
    """See that nothing is kept that a key signed which was compromised meanwhile.

    Raises `KeyRevoked`: the job is tried again, with the key that follows.
    """
    if not compromised.still_signs(session, kids):
        context.keyring.look()
        raise KeyRevoked(", ".join(sorted(kids)))


def _missing(session: Session, award_ids: Sequence[int]) -> Iterable[tuple[Badge, list[Rendering]]]:
    kept = {
        tuple(row)
        for row in session.execute(
            select(SignedDocument.award_id, SignedDocument.rendering).where(
                SignedDocument.award_id.in_(award_ids)
            )
        )
    }
    for award in _of(session, award_ids):
        if missing := [rendering for rendering in KEPT if (award.id, rendering) not in kept]:
            yield award, missing


def _of(session: Session, award_ids: Collection[int]) -> Iterable[Badge]:
    """These awards with all that is signed, but none of somebody who was erased."""
    return session.scalars(
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


def _replace(session: Session, fresh: Sequence[Fresh], now: datetime) -> None:
    """Keep other bytes for what was signed before; nothing comes back that was erased meanwhile."""
    beginnings = _beginnings(session, {signed.beginning for _, _, signed in fresh})
    for award_id, rendering, signed in fresh:
        own = beginnings[signed.beginning]
        session.execute(
            update(SignedDocument)
            .where(SignedDocument.award_id == award_id, SignedDocument.rendering == rendering)
            .values(beginning_id=own, rest=signed.rest, signed_at=now)
        )
    session.execute(
        update(Badge)
        .where(Badge.id.in_({award_id for award_id, _, _ in fresh}), Badge.erased_at.is_(None))
        .values(signed_again_at=now)
    )


def _keep(session: Session, fresh: Sequence[Fresh], now: datetime) -> None:
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
    kept = [each for each in fresh if each[0] in present]
    if not kept:
        return
    beginnings = _beginnings(session, {signed.beginning for _, _, signed in kept})
    rows = [
        {
            "award_id": award_id,
            "rendering": rendering,
            "beginning_id": beginnings[signed.beginning],
            "content": signed.rest,
            "signed_at": now,
        }
        for award_id, rendering, signed in kept
    ]
    # What is there already is as good and stays.
    session.execute(_insert(session, SignedDocument).on_conflict_do_nothing(), rows)


def _beginnings(session: Session, texts: Iterable[bytes]) -> dict[bytes, int | None]:
    """Ids of the rows that hold these beginnings, made where they are new."""
    found: dict[bytes, int | None] = {}
    for text in sorted(texts):
        if not text:
            found[text] = None
            continue
        row = {"digest": hashlib.sha256(text).hexdigest(), "content": text}
        known = select(SignedBeginning.id).where(SignedBeginning.digest == row["digest"])
        if (own := session.scalar(known)) is None:
            session.execute(_insert(session, SignedBeginning).on_conflict_do_nothing(), [row])
            own = session.scalars(known).one()
        found[text] = own
    return found


def _insert(session: Session, kind: type[Base]) -> postgresql.Insert | sqlite.Insert:
    # Of the table, not of its class: that costs as much again for each row.
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table_of(kind))
    return sqlite.insert(table_of(kind))
