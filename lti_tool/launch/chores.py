"""Background work around launches: ask for notices, act on those that came, forget old ones."""

from datetime import timedelta

import structlog
from sqlalchemy import select

from lti_tool.jobs import JobContext, job, schedule
from lti_tool.launch import hearing, notices
from lti_tool.launch.connector import Unreachable
from lti_tool.launch.models import Deployment, DeploymentState, Notice

log = structlog.get_logger(__name__)

KEPT = timedelta(days=90)
"""How long notices stay after they were acted on: what comes twice must be known again."""

PATIENCE = timedelta(minutes=1)
"""How long a notice's own job may take before the sweep looks."""


@job(hearing.JOB)
def hear_notices(context: JobContext, deployment_pk: int) -> None:
    """Give one platform our address for notices."""
    hearing.hear(context, deployment_pk)


@job("launch.hear-all-notices")
def hear_all_notices(context: JobContext) -> None:
    """Ask again where something was refused, or where our own address has changed."""
    handler = context.settings.base_url + hearing.PATH
    with context.read() as session:
        offering = session.scalars(
            select(Deployment).where(
                Deployment.notices_url.is_not(None), Deployment.state == DeploymentState.ACTIVE
            )
        )
        lacking = [one.id for one in offering if hearing.lacks(one, handler)]
    for deployment_pk in lacking:
        try:
            hearing.hear(context, deployment_pk)
        except Unreachable as trouble:  # one LMS that is away must not hold back the others
            log.warning("launch.notices-unreachable", deployment=deployment_pk, words=str(trouble))


schedule("launch.hear-all-notices", "7 4 * * *")


@job(notices.JOB)
def act_on_notice(context: JobContext, notice_pk: int) -> None:
    """Do what follows from one notice."""
    with context.sessions() as session:
        notice = session.get(Notice, notice_pk)
        if notice is not None:
            notices.act_on(session, notice, now=context.now())


@job("launch.sweep-notices")
def sweep_notices(context: JobContext) -> None:
    """Act on notices whose own job was lost; forget those that are long done."""
    with context.read() as session:
        waiting = notices.undone(session, before=context.now() - PATIENCE)
    for notice_pk in waiting:
        act_on_notice(context, notice_pk)
    with context.sessions() as session:
        notices.forget(session, before=context.now() - KEPT)


schedule("launch.sweep-notices", "*/10 * * * *")
