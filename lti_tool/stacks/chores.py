"""What happens to stacks in the background: they are looked at again when a badge was revoked.

So is what rests on a badge from elsewhere that a newer copy took the place of.
"""

from lti_tool.jobs import JobContext, job
from lti_tool.stacks import elsewhere, proposals


@job("stacks.look")
def look(context: JobContext, person_id: int) -> None:
    """Question stacks that lost a member, withdraw proposals; running it twice changes nothing."""
    with context.sessions() as session:
        proposals.look(session, person_id, now=context.now())


@job("stacks.replaced")
def replaced(context: JobContext, held_id: int) -> None:
    """Let a newer copy of a badge from elsewhere be decided on anew."""
    with context.sessions() as session:
        elsewhere.ask_again(session, held_id, now=context.now())
