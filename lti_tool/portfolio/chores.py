"""Background work of the portfolio: take away bytes that no artifact needs any more."""

from datetime import timedelta

import structlog
from sqlalchemy import delete, exists, select

from lti_tool.jobs import JobContext, job, schedule
from lti_tool.portfolio.artifact_store import ArtifactStore
from lti_tool.portfolio.models import Artifact, DiscardedFile

log = structlog.get_logger(__name__)

GRACE = timedelta(days=1)
"""An upload's bytes lie there before its row does; a day is far more than a request takes."""


@job("portfolio.tidy")
def tidy(context: JobContext) -> None:
    """Delete stored files that no artifact of any attempt refers to.

    They come from uploads whose request broke off, and from artifacts that were removed or
    replaced before the work was submitted: what a learner took away is not kept.
    """
    store = ArtifactStore(context.settings.evidence_url)
    old = store.keys_before(context.now() - GRACE)
    with context.read() as session:
        needed = set(
            session.scalars(select(Artifact.file_key).where(Artifact.file_key.is_not(None)))
        )
    unneeded = [key for key in old if key not in needed]
    for key in unneeded:
        store.delete(key)
    if unneeded:
        log.info("portfolio.tidied", files=len(unneeded))


schedule("portfolio.tidy", "17 3 * * *")


@job("portfolio.discard")
def discard(context: JobContext) -> None:
    """Take away the bytes of files whose person was erased (T-135). Safe to repeat.

    Bytes that an artifact refers to after all are left where they are.
    """
    store = ArtifactStore(context.settings.evidence_url)
    needed = exists().where(Artifact.file_key == DiscardedFile.file_key)
    with context.read() as session:
        keys = session.scalars(select(DiscardedFile.file_key).where(~needed)).all()
    for key in keys:
        store.delete(key)
    with context.sessions() as session:
        session.execute(delete(DiscardedFile).where(DiscardedFile.file_key.in_(keys)))
    if keys:
        log.info("portfolio.discarded", files=len(keys))


schedule("portfolio.discard", "*/10 * * * *")
