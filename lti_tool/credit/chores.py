"""What credit does in the background: reminding people before a deadline."""

import structlog

from lti_tool.credit import reminders
from lti_tool.jobs import JobContext, job, schedule

log = structlog.get_logger(__name__)


@job("credit.remind")
def remind(context: JobContext) -> None:
    """Write the reminders that are due. Running it twice changes nothing."""
    with context.read() as session:
        people = reminders.candidates(session, now=context.now())
    count = 0
    for person_id in people:
        if context.ending.is_set():
            break
        try:
            with context.sessions() as session:
                count += reminders.look(session, person_id, now=context.now())
        except Exception:  # one person's rows must not keep the others from being reminded
            log.exception("cannot be reminded", person_id=person_id)
    if count:
        log.info("credit.reminded", reminders=count)


schedule("credit.remind", "37 6 * * *")
