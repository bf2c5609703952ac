"""What is forgotten by itself: codes nobody entered and requests nobody confirmed."""

from lti_tool.accounts import codes
from lti_tool.jobs import JobContext, job, schedule


@job("accounts.forget")
def forget(context: JobContext) -> None:
    """Delete what is over."""
    with context.sessions() as session:
        codes.forget_old(session, now=context.now())


schedule("accounts.forget", "17 4 * * *")
