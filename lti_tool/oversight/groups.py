"""A cohort for those who run it: how far from opening, its teams, exceptions and staff."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from lti_tool.cohorts.gauges import Gauge, gauge_of
from lti_tool.cohorts.models import (
    Cohort,
    CohortMember,
    CohortStaff,
    Organisation,
    RuleException,
    Team,
    TeamMember,
)
from lti_tool.cohorts.rules import cohort_rule
from lti_tool.cohorts.seats import effective_staff
from lti_tool.errors import NotFound
from lti_tool.oversight.overview import Figures, Wanted, everybody, figures
from lti_tool.oversight.scope import HIDDEN, Scope
from lti_tool.oversight.standings import Standing, standings
from lti_tool.people.models import Person


@dataclass(frozen=True)
class TeamLine:
    """One team of a cohort in figures."""

    team: Team
    members: int
    credentials: Mapping[Standing, int]

    @property
    def earned(self) -> int:
        """Credentials its members have earned."""
        return self.credentials.get(Standing.EARNED, 0)

    @property
    def begun(self) -> int:
        """Credentials its members have begun, earned ones included."""
        return sum(self.credentials.values())


@dataclass(frozen=True)
class Group:
    """One cohort."""

    cohort: Cohort
    gauge: Gauge
    figures: Figures
    teams: tuple[TeamLine, ...]
    staff: Sequence[CohortStaff]
    exceptions: Sequence[RuleException]
    left: Sequence[str]
    """Names of those who left it (S6-15)."""


def group(session: Session, scope: Scope, cohort: Cohort, *, now: datetime) -> Group:
    """A cohort with its teams; the number of queries does not depend on how many there are."""
    return Group(
        cohort=cohort,
        gauge=gauge_of(session, cohort, cohort_rule(scope.version.document), now=now),
        figures=figures(session, scope, Wanted(cohort=cohort)),
        teams=tuple(_teams(session, scope, cohort)),
        staff=effective_staff(session, cohort, now=now),
        exceptions=_exceptions(session, scope, cohort),
        left=session.scalars(
            select(Person.name)
            .join(CohortMember, CohortMember.person_id == Person.id)
            .where(
                CohortMember.cohort_id == cohort.id,
                CohortMember.left_at.is_not(None),
                Person.erased_at.is_(None),
            )
            .order_by(func.lower(Person.name))
        ).all(),
    )


def _teams(session: Session, scope: Scope, cohort: Cohort) -> list[TeamLine]:
    people = everybody(session, scope, Wanted(cohort=cohort))
    found = standings(scope, people)
    counts: dict[int, Counter[Standing]] = defaultdict(Counter)
    for team_id, standing, count in session.execute(
        select(TeamMember.team_id, found.c.standing, func.count())
        .join(found, found.c.person_id == TeamMember.person_id)
        .join(Team, Team.id == TeamMember.team_id)
        .where(Team.cohort_id == cohort.id, TeamMember.left_at.is_(None))
        .group_by(TeamMember.team_id, found.c.standing)
    ):
        counts[team_id][Standing(standing)] += count
    members = dict(
        session.execute(
            select(TeamMember.team_id, func.count())
            .join(TeamMember.team)
            .where(Team.cohort_id == cohort.id, TeamMember.left_at.is_(None))
            .group_by(TeamMember.team_id)
        ).all()
    )
    return [
        TeamLine(team, members.get(team.id, 0), counts[team.id])
        for team in session.scalars(
            select(Team)
            .where(Team.cohort_id == cohort.id)
            .options(joinedload(Team.organisation).joinedload(Organisation.parent))
            .order_by(func.lower(Team.name), Team.id)
        )
    ]


def _exceptions(session: Session, scope: Scope, cohort: Cohort) -> Sequence[RuleException]:
    """Those of the cohort, of its teams, and of the people in it."""
    inside = select(CohortMember.person_id).where(
        CohortMember.cohort_id == cohort.id, CohortMember.left_at.is_(None)
    )
    own = select(Team.id).where(Team.cohort_id == cohort.id)
    return session.scalars(
        select(RuleException)
        .where(
            RuleException.program_id == scope.program.id,
            RuleException.ended_at.is_(None),
            or_(
                RuleException.cohort_id == cohort.id,
                RuleException.team_id.in_(own),
                RuleException.person_id.in_(inside),
            ),
        )
        .options(
            joinedload(RuleException.team),
            joinedload(RuleException.person),
            joinedload(RuleException.granted_by),
        )
        .order_by(RuleException.id)
    ).all()


def find_team(session: Session, scope: Scope, public_id: str) -> Team:
    """A team of the program or of a cohort one sees. Raises `NotFound` for any other."""
    found = session.scalars(
        select(Team)
        .where(Team.public_id == public_id, Team.program_id == scope.program.id)
        .options(joinedload(Team.cohort))
    ).one_or_none()
    seen = {cohort.id for cohort in scope.cohorts}
    if found is None or not (scope.administers or found.cohort_id in seen):
        raise NotFound(HIDDEN)
    return found
