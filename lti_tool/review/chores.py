"""What review does in the background: making the award that waited for hours, or was forgotten."""

import structlog

from lti_tool.credit.recording import AWARD
from lti_tool.jobs import JobContext, job, schedule
from lti_tool.portfolio.locks import hold
from lti_tool.review import awarding

log = structlog.get_logger(__name__)


@job(AWARD)
def award_if_complete(context: JobContext, person_id: int, credential_id: int) -> None:
    """Make the award that waited, if nothing is missing any more. Twice changes nothing."""
    with context.sessions() as session:
        for enrolment in awarding.enrolments_in(session, person_id, credential_id):
            hold(session, enrolment)
            awarding.award_if_complete(session, enrolment, now=context.now())


@job("review.sweep")
def sweep(context: JobContext) -> None:
    """Make awards whose own job was lost: the process that should have asked for it was killed.

    Work that waits for hours, or whose award was taken back, is left as it is.
    """
    with context.read() as session:
        found = [
            (person_id, version.credential_id) for person_id, version in awarding.forgotten(session)
        ]
    for person_id, credential_id in found:
        try:
            award_if_complete(context, person_id, credential_id)
        except Exception:  # one that cannot be awarded must not hold back the others
            log.exception("cannot be awarded", person_id=person_id, credential_id=credential_id)


schedule("review.sweep", "*/10 * * * *")
