"""Doors: an organisation opens a cohort to all its people (S4-19)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lti_tool.cohorts.forming import CohortRefused
from lti_tool.cohorts.models import Cohort, Door, Organisation, Team
from lti_tool.cohorts.seats import require_admin
from lti_tool.people.audit import note
from lti_tool.people.models import Person


def open_door(
    session: Session,
    cohort: Cohort,
    organisation: Organisation,
    team: Team | None = None,
    *,
    actor: Person,
    now: datetime,
) -> Door:
    """Let everybody of an organisation in when they begin, into a team if one is named (S4-19).

    Raises:
        NotYours: whoever asks does not administer the program.
        CohortRefused: the team is not one of this cohort.
    """
    require_admin(session, actor, cohort.program, now=now)
    if team is not None and team.cohort_id != cohort.id:
        raise CohortRefused("This team belongs to another cohort.")
    door = session.scalars(
        select(Door).where(Door.cohort_id == cohort.id, Door.organisation_id == organisation.id)
    ).one_or_none()
    if door is None:
        door = Door(cohort=cohort, organisation=organisation, opened_at=now)
        session.add(door)
    door.team = team
    session.flush()
    note(
        session,
        "cohorts.open-door",
        cohort.public_id,
        actor=actor,
        now=now,
        organisation=organisation.public_id,
    )
    return door


def doors_of(session: Session, cohort: Cohort) -> Sequence[Door]:
    """The organisations whose people are let in."""
    return session.scalars(
        select(Door)
        .where(Door.cohort_id == cohort.id)
        .options(joinedload(Door.organisation), joinedload(Door.team))
        .order_by(Door.id)
    ).all()


def shut_door(session: Session, door: Door, *, actor: Person, now: datetime) -> None:
    """Let nobody else in that way; who is in stays in."""
    require_admin(session, actor, door.cohort.program, now=now)
    note(session, "cohorts.shut-door", door.cohort.public_id, actor=actor, now=now)
    session.delete(door)
