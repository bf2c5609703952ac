"""Lines of rosters about a person, given out and erased (T-135)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from lti_tool.launch.models import Deployment, PlatformUser
from lti_tool.people.models import Course, Person
from lti_tool.people.personal_data import Holding, Plan, count
from lti_tool.roster.models import Member, Roster


def export_of(session: Session, person: Person) -> Mapping[str, Any]:
    """In which courses the LMS lists them."""
    listed = session.execute(
        select(Course.title, Member.name, Member.role, Member.status)
        .join(Roster, Member.roster_id == Roster.id)
        .join(Course, Roster.course_id == Course.id)
        .where(_theirs(person))
        .order_by(Member.id)
    )
    return {
        "listed by the LMS": [
            {"course": title, "name": name, "as": role.value, "status": status.value}
            for title, name, role, status in listed
        ]
    }


def holdings(session: Session, person: Person, _plan: Plan) -> list[Holding]:
    """What `erase` takes."""
    return [Holding("lines of rosters", count(session, Member.id, _theirs(person)))]


def erase(session: Session, person: Person, _plan: Plan) -> None:
    """Take their lines. While their LMS lists them, a course in use is told of them again.

    Accounts must still be there: a roster knows people by what the platform calls them.
    """
    for line in session.scalars(select(Member).where(_theirs(person))).all():
        session.delete(line)
    session.flush()


def _theirs(person: Person) -> ColumnElement[bool]:
    """Lines with an id that the roster's own platform gave the person."""
    return (
        select(PlatformUser.id)
        .join(Deployment, Deployment.registration_id == PlatformUser.registration_id)
        .join(Roster, Roster.deployment_id == Deployment.id)
        .where(
            Roster.id == Member.roster_id,
            PlatformUser.sub == Member.sub,
            PlatformUser.person_id == person.id,
        )
        .correlate(Member)
        .exists()
    )
