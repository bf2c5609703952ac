"""Background work of the roster: ask about courses that are in use, erase what is not."""

import structlog
from sqlalchemy import select

from lti_tool import jobs
from lti_tool.jobs import JobContext, every, job, schedule
from lti_tool.launch.connector import ScopeMissing, Service, TokenRefused, Unreachable
from lti_tool.roster import keeping, memberships
from lti_tool.roster.keeping import Question
from lti_tool.roster.memberships import Declined, Told
from lti_tool.roster.models import Roster

log = structlog.get_logger(__name__)

READ = "roster.read"

LOOK_SECONDS = 600
"""How often it is looked whether a roster is due."""


@job("roster.look")
def look(context: JobContext) -> None:
    """Ask for one job for each course that is in use and due; forget those that are not used."""
    now = context.now()
    with context.sessions() as session:
        for course in keeping.courses(session, since=now - keeping.IN_USE):
            roster = keeping.roster_of(session, course, now=now)
            session.flush()
            if roster.next_at <= now:
                key = f"{roster.id}:{roster.next_at.timestamp():.3f}"
                jobs.enqueue(session, READ, roster.id, key=key)
        erased = keeping.erase_unused(session, now=now)
    if erased:
        log.info("rosters erased", count=erased)


schedule("roster.look", every(LOOK_SECONDS))


@job(READ)
def read(context: JobContext, roster_id: int) -> None:
    """Read one course's roster: what has changed where the LMS tells it, else all of it."""
    with context.sessions() as session:
        roster = session.get(Roster, roster_id)
        if roster is None or roster.next_at > context.now():
            return
        asked = keeping.question(session, roster, now=context.now())
        if asked is None:
            keeping.failed(roster, "The LMS offers no roster any more.", now=context.now())
            return
        deployment_pk = roster.deployment_id
    service = Service.of(
        context.engine,
        context.settings,
        context.keyring,
        deployment_pk=deployment_pk,
        clock=context.now,
    )
    try:
        told, is_whole = _ask(service, asked)
    except (Declined, ScopeMissing, TokenRefused, Unreachable) as trouble:
        log.info("roster not read", roster=roster_id, words=str(trouble))
        with context.sessions() as session:
            keeping.failed(session.get_one(Roster, roster_id), str(trouble), now=context.now())
        return
    with context.sessions() as session:
        found = session.scalars(select(Roster).where(Roster.id == roster_id)).one()
        keeping.keep(session, found, told.members, is_whole=is_whole)
        keeping.fresh(
            found,
            url=asked.whole_url,
            differences_url=told.differences_url,
            is_whole=is_whole,
            now=context.now(),
        )
    log.info("roster read", roster=roster_id, members=len(told.members), whole=is_whole)


def _ask(service: Service, asked: Question) -> tuple[Told, bool]:
    """The answer, and whether it is the whole roster.

    Differences that cannot be had, or that lead nowhere, are given up for the whole (T-128); an
    LMS that trips over our parameters is asked without them.
    """
    if asked.differences_url is not None:
        try:
            return memberships.read(service, asked.differences_url), False
        except Declined as refusal:
            log.info("roster differences lost", status=refusal.status)
    try:
        return memberships.read(service, asked.whole_url), True
    except Declined as refusal:
        if refusal.status in (401, 403, 429) or refusal.status >= 500:
            raise
    return memberships.read(service, asked.plain_url), True
