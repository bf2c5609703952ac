"""What happens to awards in the background: each is signed once, and the bytes are kept."""

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from lti_tool.badges import documents
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import Award, Rendering, SignedDocument
from lti_tool.jobs import JobContext, every, job, schedule

log = structlog.get_logger(__name__)

AT_ONCE = 200
"""Forgotten awards one sweep takes care of."""


@job("badges.sign")
def sign(context: JobContext, award_id: int) -> None:
    """Sign the renderings an award lacks and keep them. Running it twice changes nothing."""
    now = context.now()
    with context.read() as session:
        award = session.get_one(Award, award_id)
        if award.erased_at is not None:
            return  # nothing is signed for somebody who is not here any more (T-135)
        missing = set(Rendering) - set(documents.kept(session, award))
        fresh = {
            rendering: documents.render(
                award,
                rendering,
                keyring=context.keyring,
                addresses=Addresses(context.settings.base_url),
                now=now,
            )
            for rendering in sorted(missing)
        }
    if not fresh:
        return
    try:
        with context.sessions() as session:
            award = session.get_one(Award, award_id)
            for rendering, content in fresh.items():
                session.add(
                    SignedDocument(award=award, rendering=rendering, content=content, signed_at=now)
                )
    except IntegrityError:
        # Another worker signed it meanwhile; what it kept is as good and stays.
        log.info("award was signed elsewhere", award_id=award_id)


@job("badges.sweep")
def sweep(context: JobContext) -> None:
    """Sign awards whose own job was lost or gave up."""
    with context.read() as session:
        signed = (
            select(func.count(SignedDocument.id))
            .where(SignedDocument.award_id == Award.id)
            .scalar_subquery()
        )
        forgotten = session.scalars(
            select(Award.id)
            .where(signed < len(Rendering), Award.erased_at.is_(None))
            .order_by(Award.id)
            .limit(AT_ONCE)
        ).all()
    for award_id in forgotten:
        try:
            sign(context, award_id)
        except Exception:  # one award that cannot be signed must not hold back the others
            log.exception("award cannot be signed", award_id=award_id)


schedule("badges.sweep", lambda settings: every(settings.sweep_seconds))
