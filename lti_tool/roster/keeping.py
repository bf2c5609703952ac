"""Keeping rosters: which courses are in use, what is asked, what is kept and what is erased."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from lti_tool.launch.models import (
    Deployment,
    DeploymentState,
    PlatformUser,
    Registration,
    ResourceLink,
)
from lti_tool.people.models import Course, Membership
from lti_tool.people.roles import Role
from lti_tool.roster.memberships import Listed, address
from lti_tool.roster.models import Member, Roster, Status

IN_USE = timedelta(days=14)
"""A course whose links somebody followed within this time is in use."""

KEPT = timedelta(days=60)
"""After so long without anybody coming, what the LMS told of a course is erased."""

FRESH = timedelta(hours=3)
"""How often a course in use is asked about."""

WHOLE = timedelta(days=1)
"""How often it is read whole although the LMS tells differences."""

PATIENCE = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(days=1))
"""How long to wait after one, two, three and more failures in a row."""


@dataclass(frozen=True)
class Told:
    """A course that an LMS tells about."""

    deployment_pk: int
    course_id: int


def courses(session: Session, *, since: datetime) -> Sequence[Told]:
    """The courses somebody came from since then, whose LMS offers a roster."""
    rows = session.execute(
        select(ResourceLink.deployment_id, ResourceLink.course_id)
        .join(ResourceLink.deployment)
        .where(
            ResourceLink.memberships_url.is_not(None),
            ResourceLink.seen_at >= since,
            Deployment.state == DeploymentState.ACTIVE,
        )
        .group_by(ResourceLink.deployment_id, ResourceLink.course_id)
        .order_by(func.max(ResourceLink.seen_at).desc())
    )
    return [Told(*row) for row in rows]


def roster_of(session: Session, course: Told, *, now: datetime) -> Roster:
    """The roster's row, made when first asked for, and due at once."""
    known = select(Roster).where(
        Roster.deployment_id == course.deployment_pk, Roster.course_id == course.course_id
    )
    roster = session.scalars(known).one_or_none()
    if roster is None:
        try:
            with session.begin_nested():
                roster = Roster(
                    deployment=session.get_one(Deployment, course.deployment_pk),
                    course=session.get_one(Course, course.course_id),
                    next_at=now,
                )
                session.add(roster)
        except IntegrityError:  # another process made it in the same moment
            roster = session.scalars(known).one()
    return roster


@dataclass(frozen=True)
class Question:
    """What to ask an LMS: a whole roster, and the changes alone where they can be had."""

    whole_url: str
    plain_url: str
    """The same without any parameter of ours, for an LMS that trips over them."""
    differences_url: str | None


def question(session: Session, roster: Roster, *, now: datetime) -> Question | None:
    """What to ask about a course; `None` where the LMS offers no roster any more.

    Where a course has a single link of ours, only those who may see that link are asked for.
    """
    links = session.scalars(
        select(ResourceLink)
        .where(
            ResourceLink.deployment_id == roster.deployment_id,
            ResourceLink.course_id == roster.course_id,
        )
        .order_by(ResourceLink.seen_at.desc(), ResourceLink.id.desc())
    ).all()
    base = next((link.memberships_url for link in links if link.memberships_url), None)
    if base is None:
        return None
    link_id = links[0].resource_link_id if len(links) == 1 else None
    whole = address(base, link_id=link_id)
    is_fresh = roster.whole_at is not None and now - roster.whole_at < WHOLE
    differences = roster.differences_url if roster.url == whole and is_fresh else None
    return Question(whole, base, differences)


def keep(
    session: Session,
    roster: Roster,
    told: Sequence[Listed],
    *,
    is_whole: bool,
) -> None:
    """Write down what was told. Who is no learner of the course, or is gone, leaves no trace.

    Of somebody who came before, only that they are in the course is kept: the name is known, and
    what the launch said of their role counts more than the roster (Moodle lists a tutor as
    a learner).
    """
    come = dict(
        session.execute(
            select(PlatformUser.sub, Membership.role)
            .join(Membership, Membership.person_id == PlatformUser.person_id)
            .where(
                Membership.course_id == roster.course_id,
                PlatformUser.registration_id == roster.deployment.registration_id,
            )
        ).all()
    )
    kept = {
        member.sub: member
        for member in session.scalars(select(Member).where(Member.roster_id == roster.id))
    }
    named = set()
    for one in told:
        is_learner = come.get(one.sub, one.role) is Role.LEARNER
        if one.is_gone or one.is_test or not is_learner:
            continue
        named.add(one.sub)
        name = "" if one.sub in come else one.name
        status = Status.ACTIVE if one.is_active else Status.INACTIVE
        member = kept.get(one.sub)
        if member is None:
            session.add(Member(roster=roster, sub=one.sub, name=name, role=one.role, status=status))
        else:
            member.name, member.role, member.status = name, one.role, status
    mentioned = {one.sub for one in told}
    for sub, member in kept.items():
        if sub not in named and (is_whole or sub in mentioned):
            session.delete(member)


def fresh(
    roster: Roster, *, url: str, differences_url: str | None, is_whole: bool, now: datetime
) -> None:
    """It was read; ask again in a while."""
    roster.url, roster.differences_url = url, differences_url
    roster.read_at, roster.next_at = now, now + FRESH
    if is_whole:
        roster.whole_at = now
    roster.failures, roster.words = 0, ""


def failed(roster: Roster, words: str, *, now: datetime) -> None:
    """It could not be read; what was known stays, and is asked for again later each time."""
    wait = PATIENCE[min(roster.failures, len(PATIENCE) - 1)]
    roster.failures += 1
    roster.words, roster.next_at = words[:500], now + wait


def troubles(session: Session, registration: Registration, *, most: int = 10) -> Sequence[Roster]:
    """Rosters of a platform that could not be read the last time, longest troubled first."""
    return session.scalars(
        select(Roster)
        .join(Roster.deployment)
        .where(Deployment.registration_id == registration.id, Roster.failures > 0)
        .options(joinedload(Roster.course))
        .order_by(Roster.failures.desc(), Roster.id)
        .limit(most)
    ).all()


def erase_unused(session: Session, *, now: datetime) -> int:
    """Forget rosters of courses nobody came from for long; how many there were."""
    used = {(one.deployment_pk, one.course_id) for one in courses(session, since=now - KEPT)}
    stale = [
        roster
        for roster in session.scalars(select(Roster))
        if (roster.deployment_id, roster.course_id) not in used
    ]
    for roster in stale:
        session.execute(delete(Member).where(Member.roster_id == roster.id))
        session.delete(roster)
    return len(stale)
