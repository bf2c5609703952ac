"""The overview of a program: figures first, then people, a page at a time.

However many people there are, it takes the same number of queries, and only one page of people
leaves the database.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, case, func, select, union
from sqlalchemy.orm import Session, joinedload

from lti_tool.cohorts.models import (
    Affiliation,
    Cohort,
    CohortMember,
    Organisation,
    Team,
    TeamMember,
)
from lti_tool.cohorts.organisations import people_from
from lti_tool.errors import NotFound
from lti_tool.oversight.scope import HIDDEN, Scope, people_in, sees, versions_in
from lti_tool.oversight.standings import NOT_BEGUN, TONES, WORDS, Standing, standings
from lti_tool.people.models import Person
from lti_tool.portfolio.models import Enrolment
from lti_tool.programs.models import CredentialVersion

PER_PAGE = 50
SEARCH_LONGEST = 100


@dataclass(frozen=True)
class Wanted:
    """Which people a page asks for; empty means whoever."""

    name: str = ""
    standing: str = ""
    cohort: Cohort | None = None
    team: Team | None = None
    organisation: Organisation | None = None
    page: int = 1

    @property
    def narrows(self) -> bool:
        """Whether anybody is left out."""
        return bool(self.name or self.standing or self.cohort or self.team or self.organisation)


@dataclass(frozen=True)
class Figures:
    """A program, or a part of it, in numbers."""

    people: int
    begun: int
    """People who have begun at least one credential."""
    credentials: Mapping[Standing, int]
    """How many enrolments stand where."""
    persons: Mapping[str, int]
    """How many people have at least one credential at a standing, or have begun none."""

    def count_of(self, wanted: Wanted) -> int | None:
        """How many people a page of this place asks for; `None` where a name narrows it."""
        if wanted.name:
            return None
        return self.persons.get(wanted.standing, 0) if wanted.standing else self.people

    @property
    def earners(self) -> int:
        """People who have earned at least one credential."""
        return self.persons.get(Standing.EARNED, 0)

    @property
    def earned(self) -> int:
        """Credentials that were earned."""
        return self.credentials.get(Standing.EARNED, 0)

    @property
    def with_judges(self) -> int:
        """Enrolments that wait for an assessor or an approver."""
        return self.credentials.get(Standing.WITH_ASSESSOR, 0) + self.credentials.get(
            Standing.WITH_APPROVER, 0
        )

    @property
    def under_way(self) -> int:
        """Enrolments on which the participant is to act."""
        theirs = (Standing.BEGUN, Standing.WORKING, Standing.INCOMPLETE, Standing.RETURNED)
        return sum(self.credentials.get(standing, 0) for standing in theirs)


@dataclass(frozen=True)
class Mark:
    """One credential of one person, in words."""

    title: str
    standing: Standing
    attempt: int
    approved: int
    parts: int

    @property
    def words(self) -> str:
        """The standing with the attempt and the parts that are done."""
        said = WORDS[self.standing]
        if self.attempt > 1 and self.standing is not Standing.EARNED:
            said += f", attempt {self.attempt}"
        if self.approved and self.standing not in (Standing.EARNED, Standing.MET):
            said += f", {self.approved} of {self.parts} parts approved"
        return said

    @property
    def tone(self) -> str:
        """How the word is marked on the page."""
        return TONES.get(self.standing, "")


@dataclass(frozen=True)
class Line:
    """One person of the overview."""

    person_id: int
    name: str
    places: tuple[str, ...]
    """Cohort, team and organisation, as far as they are known."""
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Overview:
    """One page of people, and how many there are in all."""

    lines: tuple[Line, ...]
    count: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.count // PER_PAGE))


def within(session: Session, organisation: Organisation) -> set[int]:
    """Ids of an organisation and of all that lie in it: a hub's districts and their schools."""
    below: dict[int | None, list[int]] = defaultdict(list)
    for found, parent in session.execute(select(Organisation.id, Organisation.parent_id)):
        below[parent].append(found)
    found_ids, ahead = set[int](), [organisation.id]
    while ahead:
        one = ahead.pop()
        if one not in found_ids:
            found_ids.add(one)
            ahead.extend(below[one])
    return found_ids


def everybody(session: Session, scope: Scope, wanted: Wanted) -> Select[int]:
    """Ids of the people a page asks for, test users and the forgotten left out."""
    query = select(Person.id).where(Person.is_test.is_(False), Person.erased_at.is_(None))
    # Where few come into question, asking of each of them costs less than a list of everybody.
    is_few = bool(wanted.name or wanted.cohort or wanted.team or wanted.organisation)
    query = query.where(sees(scope, Person.id) if is_few else Person.id.in_(people_in(scope)))
    if wanted.name:
        query = query.where(Person.name.icontains(wanted.name, autoescape=True))
    if wanted.cohort is not None:
        inside = _members().where(CohortMember.cohort_id == wanted.cohort.id)
        query = query.where(Person.id.in_(inside))
    if wanted.team is not None:
        inside = select(TeamMember.person_id).where(
            TeamMember.team_id == wanted.team.id, TeamMember.left_at.is_(None)
        )
        query = query.where(Person.id.in_(inside))
    if wanted.organisation is not None:
        ids = within(session, wanted.organisation)
        counted = _members().where(CohortMember.organisation_id.in_(ids))
        query = query.where(Person.id.in_(union(counted, *people_from(ids))))
    if wanted.standing == NOT_BEGUN:
        query = query.where(Person.id.not_in(_begun(scope)))
    elif wanted.standing:
        found = standings(scope, query if is_few else None)
        query = query.where(
            Person.id.in_(select(found.c.person_id).where(found.c.standing == wanted.standing))
        )
    return query


def _members() -> Select[int]:
    return select(CohortMember.person_id).where(CohortMember.left_at.is_(None))


def _begun(scope: Scope) -> Select[int]:
    return select(Enrolment.person_id).where(
        Enrolment.credential_version_id.in_(versions_in(scope))
    )


def figures(session: Session, scope: Scope, wanted: Wanted | None = None) -> Figures:
    """The people a page asks for in numbers; two queries."""
    wanted = wanted or Wanted()
    people = everybody(session, scope, wanted)
    # Whoever has begun is in sight of an administrator: nobody has to be looked for in a list.
    is_all = scope.administers and not wanted.narrows
    found = standings(scope, None if is_all else people)
    counts = session.execute(
        select(found.c.standing, func.count(), func.count(found.c.person_id.distinct())).group_by(
            found.c.standing
        )
    ).all()
    by = {Standing(standing): (works, persons) for standing, works, persons in counts}
    persons = {standing.value: number for standing, (_, number) in by.items()}
    everyone = people.subquery("everyone")
    begun = case((_begun(scope).where(Enrolment.person_id == everyone.c.id).exists(), 1))
    count, count_begun = session.execute(
        select(func.count(), func.count(begun)).select_from(everyone)
    ).one()
    return Figures(
        people=count,
        begun=count_begun,
        credentials={standing: by[standing][0] for standing in Standing if standing in by},
        persons=persons | {NOT_BEGUN: count - count_begun},
    )


def overview(
    session: Session, scope: Scope, wanted: Wanted, *, count: int | None = None
) -> Overview:
    """One page of the people somebody may see, by name; with `count` nobody counts them again."""
    people = everybody(session, scope, wanted)
    if count is None:
        count = session.scalar(select(func.count()).select_from(people.subquery())) or 0
    last = max(1, -(-count // PER_PAGE))
    page = min(max(wanted.page, 1), last)
    shown = session.execute(
        people.add_columns(Person.name)
        .order_by(func.lower(Person.name), Person.id)
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    ).all()
    return Overview(tuple(lines(session, scope, [tuple(row) for row in shown])), count, page)


def lines(session: Session, scope: Scope, people: Sequence[tuple[int, str]]) -> list[Line]:
    """These people, given as id and name, with where they stand; four queries."""
    ids = [person_id for person_id, _ in people]
    marks = marks_of(session, scope, ids)
    places = places_of(session, scope, ids)
    return [
        Line(person_id, name, tuple(places[person_id]), tuple(marks[person_id]))
        for person_id, name in people
    ]


def marks_of(session: Session, scope: Scope, ids: Sequence[int]) -> dict[int, list[Mark]]:
    """By person, where they stand in each credential they began, in the program's order."""
    found = standings(scope, select(Person.id).where(Person.id.in_(ids)))
    marks: dict[int, list[Mark]] = defaultdict(list)
    for row in session.execute(
        select(found, CredentialVersion.title)
        .join(CredentialVersion, CredentialVersion.id == found.c.version_id)
        .order_by(CredentialVersion.position, found.c.enrolment_id)
    ):
        marks[row.person_id].append(
            Mark(row.title, Standing(row.standing), row.attempt, row.approved, row.parts)
        )
    return marks


def places_of(session: Session, scope: Scope, ids: Sequence[int]) -> dict[int, list[str]]:
    """By person: team, cohort and organisation, as far as they are known; three queries."""
    teams = session.execute(
        select(TeamMember.person_id, Team.name)
        .join(TeamMember.team)
        .where(
            Team.program_id == scope.program.id,
            TeamMember.person_id.in_(ids),
            TeamMember.left_at.is_(None),
        )
        .order_by(TeamMember.id)
    )
    cohorts = session.execute(
        select(CohortMember.person_id, Cohort.title, Organisation.name)
        .join(CohortMember.cohort)
        .outerjoin(Organisation, Organisation.id == CohortMember.organisation_id)
        .where(
            Cohort.program_id == scope.program.id,
            CohortMember.person_id.in_(ids),
            CohortMember.left_at.is_(None),
        )
        .order_by(CohortMember.id)
    )
    said = session.execute(
        select(Affiliation.person_id, Organisation.name)
        .join(Affiliation.organisation)
        .where(Affiliation.person_id.in_(ids))
        .order_by(Affiliation.id)
    )
    found: dict[int, dict[str, None]] = defaultdict(dict)
    for person_id, name in teams:
        found[person_id][name] = None
    for person_id, title, organisation in cohorts:
        found[person_id][title] = None
        if organisation:
            found[person_id][organisation] = None
    for person_id, name in said:
        found[person_id][name] = None
    return defaultdict(list, {person_id: list(names) for person_id, names in found.items()})


def organisations_in(session: Session, scope: Scope) -> list[Organisation]:
    """The organisations to choose from: those people of these cohorts count for, and above."""
    everything = session.scalars(
        select(Organisation)
        .options(joinedload(Organisation.parent))
        .order_by(func.lower(Organisation.name), Organisation.id)
    ).all()
    if scope.administers:
        return list(everything)
    counted = set(
        session.scalars(
            select(CohortMember.organisation_id)
            .where(CohortMember.cohort_id.in_([cohort.id for cohort in scope.cohorts]))
            .distinct()
        )
    )
    return [one for one in everything if one.id in counted]


def find_person(session: Session, scope: Scope, person_id: int) -> Person:
    """One of the people somebody may see.

    Raises:
        NotFound: there is none of this id, or they are not theirs to see.
    """
    found = session.scalars(
        select(Person).where(
            Person.id == person_id, Person.id.in_(everybody(session, scope, Wanted()))
        )
    ).one_or_none()
    if found is None:
        raise NotFound(HIDDEN)
    return found
