"""Who may begin: teams, cohorts, pace, and exceptions from each of them."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.cohorts import admission, doors, exceptions, forming, organisations, teams
from lti_tool.cohorts.admission import CohortNotOpen, PaceRefused, TeamNeeded, TeamNotReady
from lti_tool.cohorts.models import Matter, TeamKind, WentOn
from lti_tool.cohorts.rules import team_rule
from lti_tool.cohorts.seats import NotYours
from lti_tool.people.models import AuditEvent
from lti_tool.portfolio import enrolments
from lti_tool.portfolio.models import Enrolment
from tests.builders import NOON
from tests.cast import ada
from tests.cohorts.gathering import (
    CALENDAR,
    COHORTS,
    FREE_TEAMS,
    ONE_A_TERM,
    TEAMS,
    TWO_A_YEAR,
    a_cohort,
    a_district,
    a_program_with,
    a_team,
    an_admin,
    an_open_cohort,
    people,
    program_of,
)

pytestmark = pytest.mark.usefixtures("session")


def test_a_program_that_says_nothing_of_company_asks_nothing(session: Session) -> None:
    # Given
    (version,) = a_program_with(session)
    person = ada()
    session.add(person)
    session.flush()

    # When she begins, nothing stands in her way
    assert admission.check(session, person.id, version, now=NOON) == ()
    enrolment = enrolments.begin(session, person, version, now=NOON)

    # Then
    assert enrolment.id
    assert session.scalars(select(WentOn)).all() == []


@pytest.mark.row("S3-31")
@pytest.mark.parametrize(("count", "begins"), [(3, False), (4, True), (10, True)])
def test_a_team_of_three_does_not_begin_and_teams_of_four_and_ten_do(
    session: Session, count: int, begins: bool
) -> None:
    # Given
    (version,) = a_program_with(session, team=TEAMS)
    members = people(session, count)
    a_team(session, version, an_admin(session, version), members)

    # When / Then
    if begins:
        assert enrolments.begin(session, members[0], version, now=NOON).id
    else:
        with pytest.raises(TeamNotReady, match="1 more needed"):
            enrolments.begin(session, members[0], version, now=NOON)


@pytest.mark.row("S3-31")
def test_the_eleventh_member_needs_an_exception_with_a_reason(session: Session) -> None:
    # Given a full team, and somebody more
    (version,) = a_program_with(session, team=TEAMS)
    admin = an_admin(session, version)
    members = people(session, 11)
    team = a_team(session, version, admin, members[:10])
    rule = team_rule(version.program_version.document)
    with pytest.raises(teams.TeamFull, match="10 is the most"):
        teams.join(session, team, members[10], rule, now=NOON)

    # When only an administrator may except it, and only with a reason
    program = program_of(version)
    with pytest.raises(NotYours):
        exceptions.grant(
            session, program, Matter.TEAM_SIZE, team, reason="Us", actor=members[0], now=NOON
        )
    with pytest.raises(exceptions.ReasonNeeded):
        exceptions.grant(
            session, program, Matter.TEAM_SIZE, team, reason="  ", actor=admin, now=NOON
        )
    exceptions.grant(
        session, program, Matter.TEAM_SIZE, team, reason="Two schools merge.", actor=admin, now=NOON
    )

    # Then eleven begin, and the audit trail knows who allowed it
    teams.join(session, team, members[10], rule, now=NOON)
    assert enrolments.begin(session, members[10], version, now=NOON).id
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "cohorts.except")).one()
    assert (event.actor_id, event.detail) == (admin.id, {"matter": "team-size"})


@pytest.mark.row("S3-31", "S4-40")
def test_one_program_binds_the_size_of_school_teams_and_leaves_virtual_ones_alone(
    session: Session,
) -> None:
    # Given a virtual team of two that they formed themselves, and a program for leaders only
    (version,) = a_program_with(session, team=FREE_TEAMS)
    (strict,) = a_program_with(session, team=TEAMS)
    first, second = people(session, 2)
    team = a_team(session, version, first, [first, second], kind=TeamKind.VIRTUAL)

    # When / Then
    assert team.organisation is None
    assert enrolments.begin(session, first, version, now=NOON).id
    with pytest.raises(NotYours):
        a_team(session, strict, first, [first])


@pytest.mark.row("S1-04", "S3-31")
def test_where_both_ways_are_open_individuals_and_small_teams_begin(session: Session) -> None:
    # Given
    (version,) = a_program_with(session, team=FREE_TEAMS)
    (strict,) = a_program_with(session, team=TEAMS)
    alone, *pair = people(session, 3)
    a_team(session, version, pair[0], pair)

    # When
    enrolments.begin(session, alone, version, now=NOON)
    enrolments.begin(session, pair[0], version, now=NOON)

    # Then the pair was told, and the strict program wants a team of everybody
    told = session.scalars(select(WentOn)).one()
    assert (told.person_id, told.rule) == (pair[0].id, "team-size")
    with pytest.raises(TeamNeeded, match="you are in none yet"):
        enrolments.begin(session, alone, strict, now=NOON)


@pytest.mark.row("S1-06")
def test_a_team_earns_nothing_and_enrols_nobody_else(session: Session) -> None:
    (version,) = a_program_with(session, team=TEAMS)
    members = people(session, 4)
    a_team(session, version, an_admin(session, version), members)

    enrolments.begin(session, members[1], version, now=NOON)

    assert session.scalars(select(Enrolment.person_id)).all() == [members[1].id]


@pytest.mark.row("S3-36")
def test_nobody_begins_before_their_cohort_is_open_nor_after_it_is_closed(
    session: Session,
) -> None:
    # Given a cohort that is forming
    (version,) = a_program_with(session, cohort={"required": True})
    admin = an_admin(session, version)
    first, second, third = people(session, 3)
    cohort = a_cohort(session, version, admin)
    for person in (first, second):
        forming.join(session, cohort, person, now=NOON)
    with pytest.raises(CohortNotOpen, match="still forming"):
        enrolments.begin(session, first, version, now=NOON)

    # When it opens and closes
    forming.open_(session, cohort, version.program_version.document, actor=admin, now=NOON)
    enrolments.begin(session, first, version, now=NOON)
    forming.close(session, cohort, actor=admin, now=NOON)

    # Then
    with pytest.raises(CohortNotOpen, match="is closed"):
        enrolments.begin(session, second, version, now=NOON)
    with pytest.raises(CohortNotOpen, match="in none yet"):
        enrolments.begin(session, third, version, now=NOON)
    exceptions.grant(
        session,
        program_of(version),
        Matter.COHORT_NEEDED,
        third,
        reason="She moved here.",
        actor=admin,
        now=NOON,
    )
    assert enrolments.begin(session, third, version, now=NOON).id


@pytest.mark.row("S3-39")
def test_teams_of_four_schools_begin_together_in_an_open_cohort(session: Session) -> None:
    (version,) = a_program_with(session, team=TEAMS, cohort=COHORTS)
    cohort, gathered = an_open_cohort(session, version, an_admin(session, version))

    for team in gathered:
        assert enrolments.begin(session, team.current[0].person, version, now=NOON).id

    homes = {member.organisation_id for member in forming.members_of(session, cohort)}
    assert len(homes) == 4


@pytest.mark.row("S4-19")
def test_a_district_opens_a_cohort_to_all_its_people(session: Session) -> None:
    # Given a cohort with a door for one district
    (version,) = a_program_with(session, cohort={"required": True})
    admin = an_admin(session, version)
    cohort = a_cohort(session, version, admin)
    forming.open_(session, cohort, version.program_version.document, actor=admin, now=NOON)
    district = a_district(session, "Lakeside 9")
    doors.open_door(session, cohort, district, actor=admin, now=NOON)
    inside, outside = people(session, 2)
    organisations.affiliate(session, inside, district, now=NOON)

    # When
    enrolments.begin(session, inside, version, now=NOON)

    # Then they are in the cohort, and nobody else gets in that way
    (member,) = forming.members_of(session, cohort)
    assert (member.person_id, member.organisation_id) == (inside.id, district.id)
    with pytest.raises(CohortNotOpen):
        enrolments.begin(session, outside, version, now=NOON)


@pytest.mark.row("S1-07")
def test_the_third_in_a_year_is_advice_and_going_on_is_written_down(session: Session) -> None:
    # Given two begun in a program that recommends two
    first, second, third = a_program_with(
        session, credentials=3, calendar=CALENDAR, pace=[TWO_A_YEAR]
    )
    person = ada()
    session.add(person)
    for version in (first, second):
        enrolments.begin(session, person, version, now=NOON)
    assert session.scalars(select(WentOn)).all() == []

    # When
    taken = enrolments.taken_in(session, person, third)
    (advice,) = admission.check(session, person.id, third, taken=taken, now=NOON)
    enrolments.begin(session, person, third, now=NOON)

    # Then
    assert (advice.count, advice.binds) == (3, False)
    assert "no more than 2" in advice.words
    assert "You may go on." in advice.words
    told = session.scalars(select(WentOn)).one()
    assert (told.rule, told.count, told.credential_version_id) == ("two-a-year", 3, third.id)


@pytest.mark.row("S1-07")
def test_the_year_turns_at_midnight_where_the_program_is_at_home(session: Session) -> None:
    # Given two begun in the last hour of 30 June in Chicago
    first, second, third = a_program_with(
        session, credentials=3, calendar=CALENDAR, pace=[TWO_A_YEAR]
    )
    person = ada()
    session.add(person)
    late = datetime(2026, 7, 1, 4, 59, 59, tzinfo=UTC)
    for version in (first, second):
        enrolments.begin(session, person, version, now=late)
    taken = enrolments.taken_in(session, person, third)

    def advice(moment: datetime) -> int:
        return len(admission.check(session, person.id, third, taken=taken, now=moment))

    # Then a second later nothing is counted any more
    assert advice(late) == 1
    assert advice(datetime(2026, 7, 1, 5, 0, 0, tzinfo=UTC)) == 0


@pytest.mark.row("S3-32", "S3-33")
def test_each_program_has_its_own_pace(session: Session) -> None:
    # Given three of one set, a term apart, in programs that count otherwise
    stacks = [
        {"slug": "set", "title": "Set", "kind": "tier", "rule": "all-of",
         "members": ["one-1", "one-2", "one-3"]},
    ]  # fmt: skip
    days = (
        datetime(2026, 9, 5, 12, tzinfo=UTC),
        datetime(2027, 2, 5, 12, tzinfo=UTC),
        datetime(2027, 6, 5, 12, tzinfo=UTC),
    )
    told: dict[str, list[int]] = {}
    for pace in (TWO_A_YEAR, ONE_A_TERM):
        versions = a_program_with(
            session, credentials=3, calendar=CALENDAR, pace=[pace], stacks=stacks
        )
        person = ada()
        session.add(person)

        # When
        counts = []
        for version, day in zip(versions, days, strict=True):
            taken = enrolments.taken_in(session, person, version)
            counts.append(len(admission.check(session, person.id, version, taken=taken, now=day)))
            enrolments.begin(session, person, version, now=day)
        told[str(pace["slug"])] = counts

    # Then three in one school year is one too many here and just right there
    assert told == {"two-a-year": [0, 0, 1], "one-a-term": [0, 0, 0]}


@pytest.mark.row("S3-32")
def test_a_second_of_the_same_set_in_one_term_is_advised_against_and_another_set_is_not(
    session: Session,
) -> None:
    stacks = [
        {"slug": "a", "title": "A", "kind": "tier", "rule": "all-of",
         "members": ["one-1", "one-2"]},
        {"slug": "b", "title": "B", "kind": "tier", "rule": "all-of",
         "members": ["one-3", "one-4"]},
    ]  # fmt: skip
    first, sibling, other, _last = a_program_with(
        session, credentials=4, calendar=CALENDAR, pace=[ONE_A_TERM], stacks=stacks
    )
    person = ada()
    session.add(person)
    enrolments.begin(session, person, first, now=NOON)

    taken = enrolments.taken_in(session, person, sibling)

    assert [
        len(admission.check(session, person.id, version, taken=taken, now=NOON))
        for version in (sibling, other)
    ] == [1, 0]


def test_a_pace_that_binds_refuses_unless_somebody_is_excepted(session: Session) -> None:
    # Given a program in which one a year is a rule
    rule = {**TWO_A_YEAR, "count": 1, "enforcement": "rule"}
    first, second = a_program_with(session, credentials=2, calendar=CALENDAR, pace=[rule])
    admin = an_admin(session, first)
    (person,) = people(session, 1)
    enrolments.begin(session, person, first, now=NOON)
    with pytest.raises(PaceRefused):
        enrolments.begin(session, person, second, now=NOON)

    # When
    made = exceptions.grant(
        session,
        program_of(first),
        Matter.PACE,
        person,
        reason="On leave in spring.",
        actor=admin,
        now=NOON,
    )

    # Then, until it ends
    assert (
        admission.check(
            session, person.id, second, taken=enrolments.taken_in(session, person, second), now=NOON
        )
        == ()
    )
    exceptions.end(session, made, actor=admin, now=NOON)
    with pytest.raises(PaceRefused):
        enrolments.begin(session, person, second, now=NOON)
