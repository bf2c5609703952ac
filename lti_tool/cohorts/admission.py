"""Admission: may this person begin now, and what does the program advise?

Where a program says nothing of teams, cohorts or pace, nothing is asked.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lti_tool.cohorts import exceptions, pace, teams
from lti_tool.cohorts.models import (
    Cohort,
    CohortMember,
    CohortState,
    Door,
    Matter,
    Team,
    WentOn,
)
from lti_tool.cohorts.organisations import homes
from lti_tool.cohorts.pace import Advice, Taken
from lti_tool.cohorts.rules import CohortRule, TeamRule, asks_for_company, cohort_rule, team_rule
from lti_tool.errors import Refused
from lti_tool.people import audit
from lti_tool.people.models import Person
from lti_tool.programs.models import CredentialVersion, Program


class NotAdmitted(Refused):
    """A rule of the program says that this person does not begin now; says who can help."""


class TeamNeeded(NotAdmitted):
    """One takes part in a team here, and this person is in none (S3-31)."""


class TeamNotReady(NotAdmitted):
    """The team has fewer or more members than the program takes (S3-31)."""


class CohortNotOpen(NotAdmitted):
    """One takes part in a cohort here, and this person's is not open (S3-36)."""


class PaceRefused(NotAdmitted):
    """The program binds how much may be begun at a time."""


@dataclass(frozen=True)
class Place:
    """Where somebody stands in a program: team, cohort, and the door they would come in by."""

    team: Team | None
    cohorts: tuple[Cohort, ...]
    door: Door | None = None

    @property
    def coming_team(self) -> Team | None:
        """Their team, or the one behind the door."""
        return self.team or (self.door.team if self.door else None)

    @property
    def is_open(self) -> bool:
        """Whether a cohort of theirs, or the one behind the door, is open."""
        theirs = (*self.cohorts, *((self.door.cohort,) if self.door else ()))
        return any(cohort.state is CohortState.OPEN for cohort in theirs)


def place_of(session: Session, person_id: int, program: Program) -> Place:
    """Somebody's team and cohorts in a program; a door only for who has no cohort there."""
    team = teams.of_person(session, person_id, program)
    found = tuple(
        session.scalars(
            select(Cohort)
            .join(CohortMember, CohortMember.cohort_id == Cohort.id)
            .where(
                Cohort.program_id == program.id,
                CohortMember.person_id == person_id,
                CohortMember.left_at.is_(None),
            )
            .order_by(Cohort.id)
        )
    )
    running = any(cohort.state is not CohortState.CLOSED for cohort in found)
    door = None if running else _door(session, person_id, program)
    return Place(team, found, door)


def _door(session: Session, person_id: int, program: Program) -> Door | None:
    return session.scalars(
        select(Door)
        .join(Door.cohort)
        .where(
            Cohort.program_id == program.id,
            Cohort.state == CohortState.OPEN,
            Door.organisation_id.in_(homes(person_id)),
        )
        .options(joinedload(Door.cohort), joinedload(Door.team), joinedload(Door.organisation))
        .order_by(Door.id)
        .limit(1)
    ).first()


def check(
    session: Session,
    person_id: int,
    version: CredentialVersion,
    *,
    taken: Iterable[Taken] = (),
    now: datetime,
) -> tuple[Advice, ...]:
    """What the program advises somebody who begins now.

    Args:
        session: any session; nothing is changed.
        person_id: who is about to begin.
        version: what they are about to begin.
        taken: what they took in this program before.
        now: the moment of beginning.

    Raises:
        TeamNeeded, TeamNotReady, CohortNotOpen, PaceRefused: a rule binds and nobody excepted it.
    """
    document = version.program_version.document
    advice: list[Advice] = []
    if asks_for_company(document):
        advice += _company(session, person_id, version)
    slug = version.credential.slug
    for one in pace.look(document, slug, taken, now=now):
        if one.binds:
            if _excepted(session, person_id, version, Matter.PACE):
                continue
            raise PaceRefused(one.words)
        advice.append(one)
    return tuple(advice)


def _company(session: Session, person_id: int, version: CredentialVersion) -> list[Advice]:
    document = version.program_version.document
    team_says, cohort_says = team_rule(document), cohort_rule(document)
    place = place_of(session, person_id, version.program_version.program)
    advice = []
    for fault in (
        _team_fault(session, place, team_says),
        _cohort_fault(place, cohort_says),
    ):
        if fault is None:
            continue
        matter, refusal, binds = fault
        if not binds:
            advice.append(Advice(matter.value, f"{refusal} You may go on."))
        elif not _excepted(session, person_id, version, matter):
            raise refusal
    return advice


Fault = tuple[Matter, NotAdmitted, bool]


def _team_fault(session: Session, place: Place, rule: TeamRule) -> Fault | None:
    team = place.coming_team
    if team is None:
        if not rule.is_required:
            return None
        words = (
            "In this program you take part as a team, and you are in none yet. Ask whoever leads "
            "your team for its code, then enter it under “My team”."
        )
        return Matter.TEAM_NEEDED, TeamNeeded(words), True
    size = teams.size_of(session, team, rule)
    if place.team is None:
        size = replace(size, count=size.count + 1)  # with whoever stands at the door
    if size.fits:
        return None
    words = f"Your team “{team.name}” is not complete: {size.words}"
    if size.is_too_large:
        words = f"Your team “{team.name}” is too large: {size.words}"
    return Matter.TEAM_SIZE, TeamNotReady(words), rule.binds and not rule.alone


def _cohort_fault(place: Place, rule: CohortRule) -> Fault | None:
    if not rule.is_required or place.is_open:
        return None
    words = "In this program you begin with a cohort, and you are in none yet."
    if forming := [one for one in place.cohorts if one.state is CohortState.FORMING]:
        words = f"Your cohort “{forming[0].title}” is still forming."
    elif place.cohorts:
        words = f"Your cohort “{place.cohorts[-1].title}” is closed."
    words += " The program's office can tell you when one opens."
    return Matter.COHORT_NEEDED, CohortNotOpen(words), rule.binds


def _excepted(session: Session, person_id: int, version: CredentialVersion, matter: Matter) -> bool:
    person = session.get(Person, person_id)
    program = version.program_version.program
    return exceptions.of(session, program, matter, person) is not None


def admit(
    session: Session,
    person: Person,
    version: CredentialVersion,
    advice: Sequence[Advice],
    *,
    now: datetime,
) -> None:
    """What follows from beginning: whoever came by a door is in, and who went on is written down.

    Args:
        session: the caller's transaction.
        person: who has begun.
        version: what they have begun.
        advice: what `check` had to say before.
        now: the moment of beginning.
    """
    document = version.program_version.document
    program = version.program_version.program
    if asks_for_company(document):
        come_in(session, person, program, team_rule(document), now=now)
    for one in advice:
        session.add(
            WentOn(
                person=person,
                credential_version=version,
                rule=one.rule,
                count=one.count,
                at=now,
            )
        )
        audit.note(
            session,
            "cohorts.went-on",
            f"{program.slug}/{version.credential.slug}",
            actor=person,
            now=now,
            rule=one.rule,
            count=one.count,
        )


def come_in(
    session: Session, person: Person, program: Program, rule: TeamRule, *, now: datetime
) -> Door | None:
    """Take somebody in whose organisation has a door to an open cohort (S4-19).

    Returns:
        The door, or `None` where there is none, or they are in a cohort already.

    Raises:
        TeamFull: the team behind the door takes nobody else.
    """
    place = place_of(session, person.id, program)
    door = place.door
    if door is not None:
        if place.team is None and door.team is not None:
            teams.join(session, door.team, person, rule, now=now)
        teams.enter(session, door.cohort, person, door.organisation, now=now)
    return door
