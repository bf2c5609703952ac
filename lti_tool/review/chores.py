"""What review does in the background: making the award that waited for hours."""

from lti_tool.credit.recording import AWARD
from lti_tool.jobs import JobContext, job
from lti_tool.portfolio.locks import hold
from lti_tool.review import awarding


@job(AWARD)
def award_if_complete(context: JobContext, person_id: int, credential_id: int) -> None:
    """Make the award that waited, if nothing is missing any more. Twice changes nothing."""
    with context.sessions() as session:
        for enrolment in awarding.enrolments_in(session, person_id, credential_id):
            hold(session, enrolment)
            awarding.award_if_complete(session, enrolment, now=context.now())
