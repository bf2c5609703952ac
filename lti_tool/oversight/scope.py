"""Who sees whom: administrators their program, staff their cohorts, everybody else nobody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, CompoundSelect, Select, or_, select, union
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from lti_tool.cohorts.models import Cohort, CohortMember, CohortState, Team, TeamMember
from lti_tool.cohorts.seats import cohorts_served
from lti_tool.errors import NotFound
from lti_tool.people.models import Person
from lti_tool.people.roles import Seat
from lti_tool.portfolio.models import Enrolment
from lti_tool.programs import appointments
from lti_tool.programs.models import Credential, CredentialVersion, Program, ProgramVersion

HIDDEN = "There is nothing at this address, or it is not yours to see."


@dataclass(frozen=True)
class Scope:
    """What one person may look over in one program."""

    version: ProgramVersion
    """The current version: its title, and its rules."""
    administers: bool
    cohorts: tuple[Cohort, ...]
    """The cohorts they see; of an administrator, all. The newest first."""
    coaches_loose: bool
    """They coach for the program, and so whoever is in no running cohort (S4-38)."""

    @property
    def program(self) -> Program:
        """The program."""
        return self.version.program

    @property
    def slug(self) -> str:
        """The program's slug, as it stands in addresses."""
        return self.program.slug

    def cohort(self, public_id: str) -> Cohort:
        """One of the cohorts. Raises `NotFound` for any other."""
        for cohort in self.cohorts:
            if cohort.public_id == public_id:
                return cohort
        raise NotFound(HIDDEN)


def scopes(session: Session, person: Person, *, now: datetime) -> list[Scope]:
    """All that somebody may look over, by title; six queries at most, none of them by rows."""
    seats = {(one.program_id, one.seat) for one in appointments.seats_of(session, person, now=now)}
    run = {program_id for program_id, seat in seats if seat is Seat.ADMIN}
    coached = {program_id for program_id, seat in seats if seat is Seat.COACH}
    served = cohorts_served(session, person, now=now)
    wanted = run | coached | {cohort.program_id for cohort in served}
    if not wanted:
        return []
    all_of_run = session.scalars(
        select(Cohort)
        .where(Cohort.program_id.in_(run))
        .options(joinedload(Cohort.program), joinedload(Cohort.provider))
        .order_by(Cohort.id.desc())
    ).all()
    newest = {
        version.program_id: version
        for version in session.scalars(
            select(ProgramVersion)
            .where(ProgramVersion.program_id.in_(wanted))
            .options(joinedload(ProgramVersion.program))
            .order_by(ProgramVersion.number)
        )
    }
    return sorted(
        (
            Scope(
                version,
                program_id in run,
                _in_program(all_of_run if program_id in run else served, program_id),
                program_id in coached and program_id not in run,
            )
            for program_id, version in newest.items()
        ),
        key=lambda one: one.version.title,
    )


def _in_program(cohorts: Sequence[Cohort], program_id: int) -> tuple[Cohort, ...]:
    return tuple(cohort for cohort in cohorts if cohort.program_id == program_id)


def scope_in(session: Session, person: Person, slug: str, *, now: datetime) -> Scope:
    """What somebody may look over in the program of this slug.

    Raises:
        NotFound: there is no such program, or nothing in it is theirs to see.
    """
    for scope in scopes(session, person, now=now):
        if scope.slug == slug:
            return scope
    raise NotFound(HIDDEN)


def scope_of_cohort(
    session: Session, person: Person, public_id: str, *, now: datetime
) -> tuple[Scope, Cohort]:
    """A cohort, found through the person who asks. Raises `NotFound` where it is not theirs."""
    for scope in scopes(session, person, now=now):
        for cohort in scope.cohorts:
            if cohort.public_id == public_id:
                return scope, cohort
    raise NotFound(HIDDEN)


def versions_in(scope: Scope) -> Select[int]:
    """Ids of all versions of the program's credentials."""
    return (
        select(CredentialVersion.id)
        .join(CredentialVersion.credential)
        .where(Credential.program_id == scope.program.id)
    )


def people_in(scope: Scope) -> CompoundSelect[int] | Select[int]:
    """Ids of the people they see: of a whole program, or of their cohorts and nobody else."""
    first, *others = _ways(scope)
    return union(first, *others) if others else first


def sees(scope: Scope, person: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """The same, asked of one person after the other: for where few come into question."""
    return or_(
        *(way.where(way.selected_columns.person_id == person).exists() for way in _ways(scope))
    )


def _ways(scope: Scope) -> list[Select[int]]:
    """What brings somebody into sight, each as ids of people."""
    begun = select(Enrolment.person_id).where(
        Enrolment.credential_version_id.in_(versions_in(scope))
    )
    joined = (
        select(CohortMember.person_id)
        .join(CohortMember.cohort)
        .where(Cohort.program_id == scope.program.id, CohortMember.left_at.is_(None))
    )
    if scope.administers:
        teamed = (
            select(TeamMember.person_id)
            .join(TeamMember.team)
            .where(Team.program_id == scope.program.id, TeamMember.left_at.is_(None))
        )
        return [begun, joined, teamed]
    own = joined.where(Cohort.id.in_([cohort.id for cohort in scope.cohorts]))
    if not scope.coaches_loose:
        return [own]
    running = joined.where(Cohort.state != CohortState.CLOSED)
    return [own, begun.where(Enrolment.person_id.not_in(running))]
