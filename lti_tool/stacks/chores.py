"""What happens to stacks in the background: they are looked at again when a badge was revoked."""

from lti_tool.jobs import JobContext, job
from lti_tool.stacks import proposals


@job("stacks.look")
def look(context: JobContext, person_id: int) -> None:
    """Question stacks that lost a member, withdraw proposals; running it twice changes nothing."""
    with context.sessions() as session:
        proposals.look(session, person_id, now=context.now())
