"""What happens to badges from elsewhere in the background: they are looked at again and again."""

import structlog

from lti_tool import jobs
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.published import Published
from lti_tool.holdings import rechecking
from lti_tool.holdings.models import HeldBadge
from lti_tool.jobs import JobContext, every, job, schedule
from lti_tool.verification.sources import World

log = structlog.get_logger(__name__)

CHECK = "holdings.check"

LOOK_SECONDS = 900
"""How often it is looked whether a badge is due."""


@job("holdings.look")
def look(context: JobContext) -> None:
    """Ask for one job for each badge that is due, a bounded number at a time."""
    with context.sessions() as session:
        for number, due_at in rechecking.due(session, now=context.now()):
            jobs.enqueue(session, CHECK, number, key=f"{number}:{due_at.timestamp():.3f}")


schedule("holdings.look", every(LOOK_SECONDS))


@job(CHECK)
def check(context: JobContext, number: int) -> None:
    """Look at one badge again. Twice does no harm; one that is not due is left alone."""
    now = context.now()
    with context.read() as session:
        held = session.get(HeldBadge, number)
        if held is None or held.check_at > now:
            return
        own = Published(session, context.keyring, Addresses(context.settings.base_url))
        world = World(own=own, allow=tuple(context.settings.lti_http_allow))
        seen, before = rechecking.look(held, world, now=now), held.state
    with context.sessions() as session:
        rechecking.keep(session, number, seen, now=now)
    if seen.state is not before:
        log.info("badge from elsewhere changed", held=number, was=before, now=seen.state)
