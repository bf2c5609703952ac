"""What is forgotten by itself: visits that ended long ago."""

from datetime import timedelta

import structlog
from sqlalchemy import delete, select

from lti_tool.jobs import JobContext, job, schedule
from lti_tool.launch.models import DeepLinkRequest, LoginAttempt, PrivacyRequest
from lti_tool.people.models import Visit
from lti_tool.people.roles import Role

log = structlog.get_logger(__name__)

KEPT = timedelta(days=30)
"""How long a visit stays after its end, for whoever asks what happened last week."""

AT_ONCE = 500
"""Visits deleted in one transaction: on SQLite launches wait meanwhile."""


@job("privacy.forget-visits")
def forget_visits(context: JobContext) -> None:
    """Delete visits that ended long ago, with what hangs on them.

    Those of the tool's administrators stay: by them they are known again.
    """
    old = (
        select(Visit.id)
        .where(Visit.expires_at < context.now() - KEPT, Visit.role != Role.ADMINISTRATOR)
        .order_by(Visit.id)
        .limit(AT_ONCE)
    )
    count = 0
    while not context.ending.is_set():
        with context.sessions() as session:
            ids = session.scalars(old).all()
            for kind in (LoginAttempt, DeepLinkRequest, PrivacyRequest):
                session.execute(delete(kind).where(kind.visit_id.in_(ids)))
            session.execute(delete(Visit).where(Visit.id.in_(ids)))
        count += len(ids)
        if len(ids) < AT_ONCE:
            break
    if count:
        log.info("privacy.visits-forgotten", visits=count)


schedule("privacy.forget-visits", "51 3 * * *")
