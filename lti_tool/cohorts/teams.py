"""Teams: form one, join by its code, leave; how many it needs; what each of them pays."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from babel.numbers import format_currency
from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from lti_tool.cohorts import exceptions
from lti_tool.cohorts.models import (
    Cohort,
    CohortMember,
    CohortState,
    Matter,
    Organisation,
    Team,
    TeamKind,
    TeamMember,
)
from lti_tool.cohorts.organisations import affiliate
from lti_tool.cohorts.rules import TeamRule
from lti_tool.cohorts.seats import NotYours, administers
from lti_tool.errors import NotFound, Refused
from lti_tool.people.audit import note
from lti_tool.people.models import Person
from lti_tool.programs.models import Program

NAME_LONGEST = 120


class TeamRefused(Refused):
    """A team that cannot be as it was asked for; says why."""

    status = 422


class UnknownCode(Refused):
    """Nothing has this code."""

    status = 422


class InAnotherTeam(Refused):
    """Somebody is in one team of a program at a time."""


class TeamFull(Refused):
    """The program's largest team is reached."""


@dataclass(frozen=True)
class Size:
    """How many a team has and needs."""

    count: int
    low: int | None
    high: int | None
    is_excepted: bool = False

    @property
    def lacking(self) -> int:
        """How many more it needs."""
        return max(0, (self.low or 0) - self.count)

    @property
    def is_too_large(self) -> bool:
        """Whether it has more than the program's most."""
        return self.high is not None and self.count > self.high

    @property
    def is_full(self) -> bool:
        """Whether nobody else fits."""
        return self.high is not None and self.count >= self.high

    @property
    def fits(self) -> bool:
        """Whether the team may work: its size is right, or excepted."""
        return self.is_excepted or (not self.lacking and not self.is_too_large)

    @property
    def words(self) -> str:
        """Where it stands, in a sentence."""
        has = f"{self.count} member{'' if self.count == 1 else 's'}"
        if self.is_excepted:
            return f"{has}; the program made an exception for this team."
        if self.lacking:
            return f"{has}; {self.lacking} more needed, {self.low} is the least."
        if self.is_too_large:
            return f"{has}; {self.high} is the most."
        return f"{has}."


def size_of(session: Session, team: Team, rule: TeamRule) -> Size:
    """How many a team has, against the numbers that hold for its kind (S3-31)."""
    excepted = exceptions.of(session, team.program, Matter.TEAM_SIZE, team) is not None
    return sized(team, rule, is_excepted=excepted)


def sized(team: Team, rule: TeamRule, *, is_excepted: bool) -> Size:
    """The same where it is known already whether somebody excepted the team."""
    limits = rule.limits(team.kind)
    return Size(
        count=len(team.current),
        low=rule.low if limits else None,
        high=rule.high if limits else None,
        is_excepted=is_excepted,
    )


def of_person(session: Session, person_id: int, program: Program) -> Team | None:
    """The team somebody is in now, with its members."""
    return session.scalars(
        select(Team)
        .join(TeamMember, TeamMember.team_id == Team.id)
        .where(
            TeamMember.person_id == person_id,
            TeamMember.left_at.is_(None),
            Team.program_id == program.id,
        )
        .options(selectinload(Team.members).selectinload(TeamMember.person))
        .limit(1)
    ).first()


def form(
    session: Session,
    program: Program,
    rule: TeamRule,
    *,
    name: str,
    kind: TeamKind,
    organisation: Organisation | None = None,
    cohort: Cohort | None = None,
    leader: Person | None,
    actor: Person,
    now: datetime,
) -> Team:
    """Put a team together; its leader is its first member.

    Where the program leaves it to leaders, its administrators form teams; where participants
    form them, anybody may, and is the leader (S3-31, S4-40).

    Raises:
        NotYours: participants do not form teams in this program.
        TeamRefused: no name, a kind the program does not have, or no school or district for it.
        InAnotherTeam: the leader is in one already.
    """
    if not rule.is_offered:
        raise TeamRefused("This program has no teams: everybody takes part by themselves.")
    if not administers(session, actor, program, now=now) and not (
        rule.by_participants and leader is actor
    ):
        raise NotYours("In this program teams are put together by its administrators.")
    name = " ".join(name.split())
    if not name or len(name) > NAME_LONGEST:
        raise TeamRefused(f"Give the team a name of at most {NAME_LONGEST} characters.")
    if kind not in rule.kinds:
        raise TeamRefused("The program has no teams of this kind.")
    if kind is TeamKind.VIRTUAL:
        organisation = None
    elif organisation is None:
        raise TeamRefused(f"Choose the {kind.value} the team belongs to.")
    elif organisation.kind.value != kind.value:
        raise TeamRefused(f"“{organisation.name}” is not a {kind.value}.")
    if cohort is not None and cohort.program_id != program.id:
        raise TeamRefused("This cohort belongs to another program.")
    team = Team(
        program=program,
        cohort=cohort,
        name=name,
        kind=kind,
        organisation=organisation,
        formed_at=now,
    )
    session.add(team)
    session.flush()
    note(session, "cohorts.form-team", team.public_id, actor=actor, now=now, kind=kind.value)
    if leader is not None:
        _add(session, team, leader, leads=True, now=now)
    return team


def of_code(session: Session, code: str) -> Team | Cohort:
    """The team or cohort that a code invites to.

    Raises:
        UnknownCode: none has it.
    """
    typed = "".join(letter for letter in code.upper() if letter.isalnum())
    team = session.scalars(select(Team).where(Team.code == typed)).one_or_none()
    found = team or session.scalars(select(Cohort).where(Cohort.code == typed)).one_or_none()
    if not typed or found is None:
        raise UnknownCode("No team and no cohort has this code. Check it with whoever gave it.")
    return found


def join(
    session: Session, team: Team, person: Person, rule: TeamRule, *, now: datetime
) -> TeamMember:
    """Take somebody into a team, from whatever LMS they come (S3-39). Joining twice is joining.

    Raises:
        InAnotherTeam: they are in another team of the program.
        TeamFull: it has the program's most already, and the number binds.
    """
    session.refresh(team, with_for_update=True)  # the last place goes to one of two
    if _is_in(team, person):
        return next(member for member in team.current if member.person_id == person.id)
    if team.cohort is not None and team.cohort.state is CohortState.CLOSED:
        raise TeamRefused("The team's cohort is closed: nobody joins any more.")
    size = size_of(session, team, rule)
    if rule.binds and size.is_full and not size.is_excepted:
        raise TeamFull(
            f"“{team.name}” has {size.count} members, and {size.high} is the most in this program. "
            "The program's administrators can make an exception."
        )
    return _add(session, team, person, leads=False, now=now)


def leave(session: Session, team: Team, person: Person, *, actor: Person, now: datetime) -> None:
    """Take somebody out: themselves, or a program administrator does.

    What they made and earned stays theirs.

    Raises:
        NotYours: somebody else's leaving is none of theirs.
        NotFound: the person is not in the team.
    """
    if actor.id != person.id and not administers(session, actor, team.program, now=now):
        raise NotYours("Members leave by themselves, or the program's administrators help.")
    member = next((one for one in team.current if one.person_id == person.id), None)
    if member is None:
        raise NotFound("This person is not in the team.")
    member.left_at = now
    note(
        session,
        "cohorts.leave-team",
        f"person {person.id}",
        actor=actor,
        now=now,
        team=team.public_id,
    )


def _is_in(team: Team, person: Person) -> bool:
    return any(member.person_id == person.id for member in team.current)


def _add(session: Session, team: Team, person: Person, *, leads: bool, now: datetime) -> TeamMember:
    session.flush()
    session.refresh(person, with_for_update=True)  # in one team at a time, also with two clicks
    other = of_person(session, person.id, team.program)
    if other is not None:
        raise InAnotherTeam(
            f"{person.name} is in the team “{other.name}” of this program. Leave it first."
        )
    member = next((one for one in team.members if one.person_id == person.id), None)
    if member is None:
        member = TeamMember(team=team, person=person, leads=leads, joined_at=now)
        session.add(member)
    else:
        member.left_at = None
    if team.organisation is not None:
        affiliate(session, person, team.organisation, now=now)
    session.flush()
    note(
        session,
        "cohorts.join-team",
        f"person {person.id}",
        actor=person,
        now=now,
        team=team.public_id,
    )
    if team.cohort is not None:
        enter(session, team.cohort, person, team.organisation, now=now)
    return member


def enter(
    session: Session,
    cohort: Cohort,
    person: Person,
    organisation: Organisation | None,
    *,
    now: datetime,
) -> CohortMember:
    """Count somebody in a cohort, for an organisation where one is known; again changes nothing."""
    session.flush()
    member = session.scalars(
        select(CohortMember).where(
            CohortMember.cohort_id == cohort.id, CohortMember.person_id == person.id
        )
    ).one_or_none()
    if member is None:
        member = CohortMember(cohort=cohort, person=person, joined_at=now)
        session.add(member)
    member.left_at = None
    member.organisation = organisation or member.organisation
    session.flush()
    return member


def all_in(session: Session, cohort: Cohort) -> list[Team]:
    """The teams of a cohort with their members, by name; a fixed number of queries."""
    return list(
        session.scalars(
            select(Team)
            .where(Team.cohort_id == cohort.id)
            .options(
                selectinload(Team.members).selectinload(TeamMember.person),
                selectinload(Team.organisation),
            )
            .order_by(func.lower(Team.name), Team.id)
        )
    )


@dataclass(frozen=True)
class Price:
    """What a program says something costs, worked out for a team (S3-38, S3-40)."""

    stack: str
    """Title of the stack; empty where the price is for something else."""
    amount: Decimal
    currency: str
    per_person: Decimal
    per_credential: Decimal | None
    """Per person and credential of the stack, where the price is a stack's."""

    @property
    def words(self) -> str:
        """The price in a sentence, as it is written in the United States."""
        whole, each = self._money(self.amount), self._money(self.per_person)
        begins = f"{self.stack}: {whole}" if self.stack else whole
        if self.per_credential is None:
            return f"{begins}, {each} per person."
        credential = self._money(self.per_credential)
        return f"{begins} per team, {each} per person, {credential} for each micro-credential."

    def _money(self, amount: Decimal) -> str:
        return format_currency(amount, self.currency, locale="en_US").removesuffix(".00")


def prices(document: Mapping[str, Any], members: int) -> Sequence[Price]:
    """What a team of so many pays per person; nothing is charged here.

    Raises:
        ValueError: a team without members.
    """
    if members < 1:
        raise ValueError("a price per person needs at least one person")
    found = []
    for entry in document.get("price", ()):
        amount = Decimal(str(entry["amount"]))
        each = amount / members if entry["per"] == "team" else amount
        if entry["covers"] != "stack":
            found.append(Price("", amount, entry["currency"], _cents(each), None))
            continue
        found += [
            Price(stack["title"], amount, entry["currency"], _cents(each), _cents(each / size))
            for stack, size in _stacks(document)
        ]
    return found


def _stacks(document: Mapping[str, Any]) -> Iterable[tuple[Mapping[str, Any], int]]:
    for stack in document.get("stacks", ()):
        size = stack.get("count") or len(stack.get("members", ()))
        if size:
            yield stack, size


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
