"""Background work around connecting: invitations that lead nowhere any more are forgotten."""

from datetime import timedelta

import structlog

from lti_tool.connect import invitations
from lti_tool.jobs import JobContext, job, schedule

log = structlog.get_logger(__name__)

KEPT = timedelta(days=90)
"""How long an invitation stays after it was used, withdrawn, or too old: somebody may ask."""


@job("connect.forget-invitations")
def forget_invitations(context: JobContext) -> None:
    """Delete invitations that nobody can use and that are long over; the audit trail stays."""
    with context.sessions() as session:
        count = invitations.forget(session, before=context.now() - KEPT)
    if count:
        log.info("invitations forgotten", count=count)


schedule("connect.forget-invitations", "17 4 * * *")
