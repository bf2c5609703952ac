"""Work of administration: keys follow each other, old launch records go, rows surveyed."""

from datetime import timedelta

import structlog
from sqlalchemy import delete, select

from lti_tool.database import survey
from lti_tool.jobs import JobContext, job, schedule
from lti_tool.keyring import rotation
from lti_tool.launch.models import LaunchRecord

log = structlog.get_logger(__name__)


@job("admin.keep-keys")
def keep_keys(context: JobContext) -> None:
    """Let staged keys begin, withdraw retired ones, and rotate by the calendar."""
    with context.sessions() as session:
        done = rotation.keep(
            session,
            context.keyring.folder,
            pace=rotation.Pace.of(context.settings),
            now=context.now(),
        )
    for words in done:
        log.info("keys.kept", done=words)
    if done:
        context.keyring.look()


schedule("admin.keep-keys", "*/5 * * * *")


AT_ONCE = 1000
"""Records deleted in one transaction: on SQLite launches wait meanwhile."""


@job("admin.forget-launches")
def forget_launches(context: JobContext) -> None:
    """Delete launch records that are older than they are to be kept."""
    before = context.now() - timedelta(days=context.settings.launch_record_days)
    old = select(LaunchRecord.id).where(LaunchRecord.at < before).order_by(LaunchRecord.at)
    count = 0
    while not context.ending.is_set():
        with context.sessions() as session:
            ids = session.scalars(old.limit(AT_ONCE)).all()
            session.execute(delete(LaunchRecord).where(LaunchRecord.id.in_(ids)))
        count += len(ids)
        if len(ids) < AT_ONCE:
            break
    if count:
        log.info("launches.forgotten", records=count)


schedule("admin.forget-launches", "41 3 * * *")


@job("admin.survey")
def survey_rows(context: JobContext) -> None:
    """Let the database know how its rows are spread, so that it finds the shortest way to them."""
    with context.sessions() as session:
        survey(session)


schedule("admin.survey", "11 4 * * *")
