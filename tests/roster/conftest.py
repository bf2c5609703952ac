"""A course whose LMS tells who is in it: the grades' world, seen from the roster."""

from dataclasses import dataclass

import pytest
from sqlalchemy import select

from lti_tool.database import read_session, sessions
from lti_tool.launch.connector import Service
from lti_tool.launch.models import PlatformUser, ResourceLink
from lti_tool.people.models import Course, Membership
from lti_tool.people.roles import Role
from lti_tool.practice_lms.journal import Received
from lti_tool.roster import chores, keeping, memberships
from lti_tool.roster.listing import Listing, of_course
from lti_tool.roster.memberships import Told
from lti_tool.roster.models import Member, Roster
from tests.grades.conftest import (  # noqa: F401  fixtures
    World,
    keys_dir,
    make_world,
    settings,
    tool_keys,
    world,
)


@dataclass
class Town:
    """A course of two learners who came, and of others who did not."""

    world: World

    @property
    def url(self) -> str:
        """The roster's address, as a launch names it."""
        lms = self.world.lms
        return lms.mood.members_url(lms, lms.school.course("1"))

    def service(self) -> Service:
        """A line to the LMS."""
        context = self.world.context
        with read_session(context.engine) as session:
            link = session.get_one(ResourceLink, self.world.link_id)
        return Service.of(
            context.engine,
            context.settings,
            context.keyring,
            deployment_pk=link.deployment_id,
            clock=context.now,
        )

    def read(self, address: str | None = None) -> Told:
        """Ask directly."""
        return memberships.read(self.service(), address or memberships.address(self.url))

    def refresh(self) -> None:
        """What the background does once a roster is due."""
        now = self.world.clock()
        context = self.world.context
        with sessions(context.engine).begin() as session:
            (course,) = keeping.courses(session, since=now - keeping.IN_USE)
            roster = keeping.roster_of(session, course, now=now)
            session.flush()
            roster.next_at = now
            roster_id = roster.id
        chores.read(context, roster_id)

    def roster(self) -> Roster:
        """The roster's row, detached."""
        with read_session(self.world.engine) as session:
            found = session.scalars(select(Roster)).one()
            session.expunge_all()
            return found

    def members(self) -> dict[str, Member]:
        """The rows by the short name of whom they are about."""
        with read_session(self.world.engine) as session:
            rows = session.scalars(select(Member)).all()
            session.expunge_all()
        return {self.world.lms.school.person(row.sub).key.partition("-")[0]: row for row in rows}

    def listing(self) -> Listing:
        """What the instructors are told."""
        with read_session(self.world.engine) as session:
            return of_course(session, session.get_one(Course, self.world.course_id))

    def asked(self) -> list[Received]:
        """What the LMS was asked about people."""
        return self.world.received("memberships")

    def launched(self, who: str, role: Role) -> None:
        """Somebody comes by a link."""
        with sessions(self.world.engine).begin() as session:
            user = session.scalars(
                select(PlatformUser).where(PlatformUser.person_id == self.world.people[who])
            ).one()
            row = session.scalars(
                select(Membership).where(Membership.person_id == user.person_id)
            ).one()
            row.role, row.seen_at = role, self.world.clock()


@pytest.fixture
def town(world: World) -> Town:  # noqa: F811  the fixture
    """The course in each mood, with a roster."""
    found = Town(world)
    world.change_link(memberships_url=found.url)
    return found
