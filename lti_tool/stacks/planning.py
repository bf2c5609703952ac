"""A plan over terms and years: proposed from the package, changed by the person (S1-20).

What we propose keeps every limit, advice included. What a person chooses stays where they put it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_tool.cohorts.models import PlannedCredential, TeamMember
from lti_tool.errors import Refused
from lti_tool.people.models import Person
from lti_tool.stacks import limits, periods
from lti_tool.stacks.limits import Breach, Placed
from lti_tool.stacks.models import Intention
from lti_tool.stacks.periods import Period
from lti_tool.stacks.reading import Member, MemberState, Reading

AHEAD = 12
"""Periods one can plan in; more than any program's longest way."""

OFFERED = 8
"""Periods a person chooses from."""


class PlanBreached(Refused):
    """A rule of the program, or the credit of a year, leaves no room for this plan."""

    status = 422


class NoSuchPeriod(Refused):
    """The day chosen begins no period of the program."""

    status = 422


@dataclass(frozen=True)
class Entry:
    """One credential of a plan."""

    member: Member
    is_chosen: bool
    """The person put it there."""
    is_of_team: bool
    """Their team put it there, and they have not chosen otherwise (S3-30)."""
    advice: tuple[str, ...]
    """What the program advises against here; only where a person chose it."""


@dataclass(frozen=True)
class Slot:
    """One period of a plan."""

    period: Period
    entries: tuple[Entry, ...]
    credit: str
    """What the year's micro-credentials can bring, told where the year first appears."""

    @property
    def last_day(self) -> date:
        """The last day of its period."""
        return periods.last_day(self.period)


@dataclass(frozen=True)
class Plan:
    """When a person means to take up what a stack still asks for."""

    slots: tuple[Slot, ...]
    unplaced: tuple[Member, ...]
    """Still to come, without a place: the package proposes no plan, or no period has room."""
    offered: tuple[Period, ...]
    """Periods to choose from."""
    is_own: bool
    """The person has changed it."""

    @property
    def places(self) -> dict[str, date]:
        """By slug of what is still to begin: the first day of its period."""
        return {
            entry.member.slug: slot.period.begins
            for slot in self.slots
            for entry in slot.entries
            if entry.member.state in OPEN
        }


OPEN = frozenset({MemberState.NOT_BEGUN, MemberState.OUTLINE, MemberState.TAKEN_BACK})
"""States of what can still be planned."""


def kind_of(reading: Reading) -> str:
    """What the plan is counted in: the package's word, or school years."""
    return str(reading.rules.plan.get("per", "school-year"))


def chosen_by(session: Session, person_id: int) -> dict[int, date]:
    """By credential: the day on which the period begins that the person chose; one query."""
    return {
        row.credential_id: row.begins_on
        for row in session.scalars(select(Intention).where(Intention.person_id == person_id))
    }


def agreed_by_teams(session: Session, person_id: int) -> dict[int, date]:
    """By credential: the term in which a team the person is in means to take it; one query."""
    rows = session.execute(
        select(PlannedCredential.credential_id, PlannedCredential.begins_on)
        .join(TeamMember, TeamMember.team_id == PlannedCredential.team_id)
        .where(TeamMember.person_id == person_id, TeamMember.left_at.is_(None))
        .order_by(PlannedCredential.id)
    )
    return {row.credential_id: row.begins_on for row in rows}


def plan_of(
    reading: Reading,
    readings: Sequence[Reading],
    chosen: Mapping[int, date],
    *,
    agreed: Mapping[int, date] | None = None,
    now: datetime,
) -> Plan:
    """The plan for one stack, beside all that the person does in the same program.

    What the person chose stands before what their team `agreed` on, and that before what the
    package proposes.
    """
    settled = {**(agreed or {}), **chosen}
    calendar = reading.rules.calendar
    today = periods.day_in(calendar, now)
    own = [one for one in readings if one.program_id == reading.program_id]
    line = _line(own, settled, today)
    first = min(
        (one.begins_on for one in line if one.is_fact and one.slug in _slugs(reading)),
        default=today,
    )
    all_periods = periods.periods_from(calendar, kind_of(reading), first, AHEAD)
    coming = [period for period in all_periods if period.ends > today]
    placed = {one.slug: one for one in line}
    unplaced = []
    for member in _to_come(reading):
        if member.slug in placed:
            continue
        period = _room_for(reading, member, placed, all_periods, coming)
        if period is None:
            unplaced.append(member)
            continue
        placed[member.slug] = Placed(member.slug, period.begins, period.begins)
    return Plan(
        slots=_slots(reading, placed, chosen, settled, all_periods),
        unplaced=tuple(unplaced),
        offered=tuple(coming[:OFFERED]),
        is_own=any(member.credential_id in chosen for member in reading.members),
    )


def _slugs(reading: Reading) -> list[str]:
    return [member.slug for member in reading.members]


def _line(readings: Sequence[Reading], chosen: Mapping[int, date], today: date) -> list[Placed]:
    """Everything of one program that has a place already: facts, and what the person chose."""
    found: dict[str, Placed] = {}
    for reading in readings:
        calendar = reading.rules.calendar
        for member in reading.members:
            if member.state in OPEN:
                begins = chosen.get(member.credential_id)
                if begins is not None and _is_ahead(reading, begins, today):
                    found[member.slug] = Placed(member.slug, begins, begins)
            elif member.begun_at is not None:
                begun = periods.day_in(calendar, member.begun_at)
                earned = member.earned_at
                ends = periods.day_in(calendar, earned) if earned else max(begun, today)
                found[member.slug] = Placed(member.slug, begun, ends, is_fact=True)
    return list(found.values())


def _is_ahead(reading: Reading, begins: date, today: date) -> bool:
    """Whether a chosen period is not over yet; what lies behind is planned anew."""
    return periods.period_of(reading.rules.calendar, kind_of(reading), begins).ends > today


def _to_come(reading: Reading) -> list[Member]:
    """Members that are still needed, in the package's order; with *n of* no more than that."""
    under_way = sum(member.state is MemberState.UNDER_WAY for member in reading.members)
    still = [member for member in reading.members if member.state in OPEN]
    return still[: max(reading.missing - under_way, 0)]


def _room_for(
    reading: Reading,
    member: Member,
    placed: Mapping[str, Placed],
    all_periods: Sequence[Period],
    coming: Sequence[Period],
) -> Period | None:
    """The first period the package's plan and every limit have room in."""
    counts = reading.rules.plan.get("counts")
    if not counts:
        return None
    slugs = _slugs(reading)
    for period in coming:
        at = all_periods.index(period)
        capacity = counts[min(at, len(counts) - 1)]
        inside = sum(period.holds(placed[slug].begins_on) for slug in slugs if slug in placed)
        if inside < capacity and not limits.breaches(
            reading.rules, period, member.slug, placed.values(), slugs
        ):
            return period
    return None


def _slots(
    reading: Reading,
    placed: Mapping[str, Placed],
    chosen: Mapping[int, date],
    settled: Mapping[int, date],
    all_periods: Sequence[Period],
) -> tuple[Slot, ...]:
    rules = reading.rules
    _, per = limits.room(rules)
    told: set[date] = set()
    slots = []
    for period in all_periods:
        entries = []
        for member in reading.members:
            place = placed.get(member.slug)
            if place is None or not period.holds(place.begins_on):
                continue
            is_open = member.state in OPEN
            is_chosen = is_open and member.credential_id in chosen
            is_of_team = is_open and not is_chosen and member.credential_id in settled
            against = (
                limits.breaches(rules, period, member.slug, placed.values(), _slugs(reading))
                if is_chosen or is_of_team
                else []
            )
            words = tuple(one.words for one in against)
            entries.append(Entry(member, is_chosen, is_of_team, words))
        if not entries:
            continue
        year = periods.period_of(rules.calendar, per, period.begins)
        count = sum(year.holds(one.earns_on) for one in placed.values())
        credit = "" if year.begins in told else limits.credit_of(rules, count)
        told.add(year.begins)
        slots.append(
            Slot(
                period,
                tuple(entries),
                credit and f"All you do in this program in {year.title} can bring {credit}",
            )
        )
    return tuple(slots)


def keep(
    session: Session,
    person: Person,
    reading: Reading,
    readings: Sequence[Reading],
    wanted: Mapping[str, date | None],
    *,
    now: datetime,
) -> list[str]:
    """Keep when a person means to take up each open member; answers what advice is against it.

    `wanted` has a first day of a period by slug, or `None` for no place.

    Raises:
        NoSuchPeriod: a day begins no period one can choose.
        PlanBreached: a rule that binds, or the credit of a year, has no room. Nothing is kept.
    """
    plan = plan_of(reading, readings, {}, now=now)
    by_day = {period.begins: period for period in plan.offered}
    open_members = {member.slug: member for member in reading.members if member.state in OPEN}
    days = {slug: day for slug, day in wanted.items() if slug in open_members and day is not None}
    if any(day not in by_day for day in days.values()):
        raise NoSuchPeriod("Choose one of the periods in the list.")
    chosen = chosen_by(session, person.id)
    elsewhere = {
        credential: day
        for credential, day in chosen.items()
        if credential not in {member.credential_id for member in open_members.values()}
    }
    own = [one for one in readings if one.program_id == reading.program_id]
    today = periods.day_in(reading.rules.calendar, now)
    line = _line(own, elsewhere, today)
    advice = []
    for slug, day in sorted(days.items(), key=lambda one: one[1]):
        for breach in limits.breaches(reading.rules, by_day[day], slug, line, _slugs(reading)):
            _refuse_if_binding(open_members[slug], breach)
            advice.append(f"“{open_members[slug].title}”: {breach.words}")
        line.append(Placed(slug, day, day))
    forget(session, person, reading)
    session.add_all(
        Intention(
            person_id=person.id,
            credential_id=open_members[slug].credential_id,
            begins_on=day,
            planned_at=now,
        )
        for slug, day in days.items()
    )
    return advice


def _refuse_if_binding(member: Member, breach: Breach) -> None:
    if breach.binds:
        raise PlanBreached(f"“{member.title}” does not fit there. {breach.words}")


def forget(session: Session, person: Person, reading: Reading) -> None:
    """Go back to the plan the package proposes."""
    ids = [member.credential_id for member in reading.members]
    session.execute(
        delete(Intention).where(Intention.person_id == person.id, Intention.credential_id.in_(ids))
    )
