"""What a course's instructors are told of its roster: who is not here yet, and who is away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lti_tool.launch.models import PlatformUser
from lti_tool.people.models import Course, Membership
from lti_tool.people.roles import Role
from lti_tool.roster.models import Member, Roster, Status


@dataclass(frozen=True)
class Listing:
    """The roster of a course, set against those who have come."""

    not_here_yet: Sequence[str] = ()
    """Names of learners of the course who never followed a link, sorted."""
    away: frozenset[int] = frozenset()
    """People who came before and are inactive in the course now, or no longer in it."""
    read_at: datetime | None = None
    """How old this is; `None` where the LMS told nothing yet."""


def of_course(session: Session, course: Course) -> Listing:
    """The listing of a course; three queries, however many people there are.

    Somebody who launched after the roster was read is in the course, whatever it said.
    """
    rosters = session.scalars(
        select(Roster)
        .where(Roster.course_id == course.id, Roster.read_at.is_not(None))
        .options(joinedload(Roster.deployment))
    ).all()
    if not rosters:
        return Listing()
    members = session.scalars(
        select(Member).where(Member.roster_id.in_([roster.id for roster in rosters]))
    ).all()
    listed = {(member.roster_id, member.sub): member for member in members}
    known = session.execute(
        select(
            PlatformUser.registration_id,
            PlatformUser.sub,
            PlatformUser.person_id,
            Membership.role,
            Membership.seen_at,
        )
        .join(Membership, Membership.person_id == PlatformUser.person_id)
        .where(Membership.course_id == course.id)
    ).all()
    came: set[tuple[int, str]] = set()
    there: set[int] = set()
    missed: set[int] = set()
    for registration_id, sub, person_id, role, seen_at in known:
        came.add((registration_id, sub))
        if role is not Role.LEARNER:
            continue
        for roster in rosters:
            if roster.deployment.registration_id != registration_id:
                continue
            member = listed.get((roster.id, sub))
            is_there = member is not None and member.status is Status.ACTIVE
            is_newer = roster.read_at is not None and seen_at > roster.read_at
            (there if is_there or is_newer else missed).add(person_id)
    registrations = {roster.id: roster.deployment.registration_id for roster in rosters}
    names = [
        member.name or "A learner without a name"
        for member in members
        if member.status is Status.ACTIVE
        and member.role is Role.LEARNER
        and (registrations[member.roster_id], member.sub) not in came
    ]
    return Listing(
        not_here_yet=sorted(names, key=str.casefold),
        away=frozenset(missed - there),
        read_at=min(roster.read_at for roster in rosters if roster.read_at is not None),
    )
