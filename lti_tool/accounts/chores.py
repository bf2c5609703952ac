"""What is forgotten by itself: codes, requests nobody confirmed, and what cannot be undone."""

from lti_tool.accounts import codes, journal, separating
from lti_tool.jobs import JobContext, job, schedule


@job("accounts.forget")
def forget(context: JobContext) -> None:
    """Delete what is over."""
    with context.sessions() as session:
        codes.forget_old(session, now=context.now())
        journal.forget_old(session, before=context.now() - separating.MAY_LEAVE)


schedule("accounts.forget", "17 4 * * *")
