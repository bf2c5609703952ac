"""Cohorts: gauge, staff by partner, opening, listing; organisations; prices; schedules."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from lti_tool.cohorts import (
    conflicts,
    exceptions,
    forming,
    gauges,
    organisations,
    schedules,
    staffing,
    supervisors,
    teams,
)
from lti_tool.cohorts.conflicts import OneAndTheSame, Reason
from lti_tool.cohorts.forming import CohortRefused, Facts, NotReady
from lti_tool.cohorts.models import (
    CohortState,
    Delivery,
    Matter,
    OrganisationKind,
    StaffSeat,
    TeamKind,
)
from lti_tool.cohorts.rules import cohort_rule, team_rule
from lti_tool.cohorts.seats import NotYours, serves
from lti_tool.cohorts.teams import InAnotherTeam, TeamRefused, UnknownCode
from lti_tool.people.roles import Role, Seat
from lti_tool.programs import appointments
from tests.builders import NOON, a_course, a_membership, a_person, an_appointment
from tests.cohorts.gathering import (
    CALENDAR,
    COHORTS,
    FREE_TEAMS,
    ONE_A_TERM,
    TEAMS,
    a_cohort,
    a_district,
    a_program_with,
    a_school,
    a_team,
    an_admin,
    people,
    program_of,
    staffed,
)


@pytest.mark.row("S3-36", "S3-37")
def test_opening_is_refused_with_what_is_missing_by_name(session: Session) -> None:
    # Given three schools, and nobody from the second partner
    (version,) = a_program_with(session, team=TEAMS, cohort=COHORTS)
    admin = an_admin(session, version)
    cohort = a_cohort(session, version, admin)
    document = version.program_version.document
    for number in range(3):
        a_team(session, version, admin, people(session, 4, f"T{number}-"), name=f"T{number}",
               cohort=cohort)  # fmt: skip
    for seat in (StaffSeat.FACILITATOR, StaffSeat.COACH):
        (person,) = people(session, 1, seat.value)
        staffing.place(session, cohort, person, seat, partner="office", actor=admin, now=NOON)

    # When
    with pytest.raises(NotReady) as refused:
        forming.open_(session, cohort, document, actor=admin, now=NOON)

    # Then each is named
    assert refused.value.gauge.missing == (
        "It has 3 of 4 different organizations: 1 more is needed.",
        "A facilitator from Badge Works is missing.",
        "A coach from Badge Works is missing.",
    )
    assert cohort.state is CohortState.FORMING


@pytest.mark.row("S3-36", "S3-37")
def test_four_schools_and_staff_from_both_partners_open_it(session: Session) -> None:
    # Given
    (version,) = a_program_with(session, team=TEAMS, cohort=COHORTS)
    admin = an_admin(session, version)
    cohort = a_cohort(session, version, admin)
    document = version.program_version.document
    staff = staffed(session, cohort, admin)
    for number in range(4):
        a_team(session, version, admin, people(session, 4, f"T{number}-"), name=f"T{number}",
               cohort=cohort)  # fmt: skip

    # When a coach's appointment ends, the gauge falls; when it is back, the cohort opens
    program = program_of(version)
    (seat,) = [
        one
        for one in appointments.all_in(session, program, now=NOON)
        if one.person_id == staff["coach-vendor"].id
    ]
    appointments.end(session, seat, actor=None, now=NOON)
    fallen = gauges.gauge_of(session, cohort, cohort_rule(document), now=NOON)
    appointments.appoint(
        session, staff["coach-vendor"], program, Seat.COACH, until=None, actor=None, now=NOON
    )
    forming.open_(session, cohort, document, actor=admin, now=NOON)

    # Then
    assert fallen.missing == ("A coach from Badge Works is missing.",)
    assert (cohort.state, cohort.opened_at) == (CohortState.OPEN, NOON)


@pytest.mark.row("S3-36")
def test_organisations_that_do_not_count_do_not_move_the_gauge(session: Session) -> None:
    # Given two people of one school and one of a university
    (version,) = a_program_with(session, cohort=COHORTS)
    admin = an_admin(session, version)
    cohort = a_cohort(session, version, admin)
    school = a_school(session, "North School")
    university = organisations.make(
        session, "State University", OrganisationKind.UNIVERSITY, actor=admin, now=NOON
    )
    for person, home in zip(people(session, 3), (school, school, university), strict=True):
        organisations.affiliate(session, person, home, now=NOON)
        forming.join(session, cohort, person, now=NOON)

    # When
    rule = cohort_rule(version.program_version.document)
    gauge = gauges.gauge_of(session, cohort, rule, now=NOON)

    # Then
    assert gauge.organisations == ("North School",)
    assert gauge.lacking == 3


def test_an_exception_with_a_reason_opens_what_is_not_complete(session: Session) -> None:
    (version,) = a_program_with(session, cohort=COHORTS)
    admin = an_admin(session, version)
    cohort = a_cohort(session, version, admin)
    for matter in (Matter.ORGANISATIONS, Matter.STAFF):
        exceptions.grant(
            session, program_of(version), matter, cohort, reason="A pilot.", actor=admin, now=NOON
        )

    forming.open_(session, cohort, version.program_version.document, actor=admin, now=NOON)

    assert cohort.state is CohortState.OPEN


def test_only_the_programs_own_administrators_run_its_cohorts(session: Session) -> None:
    # Given an administrator of another program
    (version,) = a_program_with(session, cohort={"required": True})
    (other,) = a_program_with(session, cohort={"required": True})
    admin, stranger = an_admin(session, version), an_admin(session, other, "Otto Else")
    cohort = a_cohort(session, version, admin)
    document = version.program_version.document

    # When / Then
    with pytest.raises(NotYours):
        forming.open_(session, cohort, document, actor=stranger, now=NOON)
    with pytest.raises(NotYours):
        a_cohort(session, version, stranger)
    with pytest.raises(NotYours):
        staffing.place(session, cohort, stranger, StaffSeat.COACH, actor=stranger, now=NOON)


@pytest.mark.row("S3-16", "S3-37")
def test_who_is_put_in_place_is_appointed_and_serves_until_taken_out(session: Session) -> None:
    # Given
    (version,) = a_program_with(session, cohort={"required": True})
    admin = an_admin(session, version)
    cohort = a_cohort(session, version, admin)
    (coach, learner) = people(session, 2)

    # When
    placed = staffing.place(session, cohort, coach, StaffSeat.COACH, actor=admin, now=NOON)

    # Then
    assert appointments.holds(session, coach, program_of(version), Seat.COACH, now=NOON)
    assert serves(session, coach, cohort, now=NOON)
    staffing.take_out(session, placed, actor=admin, now=NOON)
    assert not serves(session, coach, cohort, now=NOON)
    forming.join(session, cohort, learner, now=NOON)
    with pytest.raises(CohortRefused, match="takes part"):
        staffing.place(session, cohort, learner, StaffSeat.COACH, actor=admin, now=NOON)


@pytest.mark.row("S1-02", "S1-03", "S5-07")
def test_several_organisations_offer_the_same_program_each_in_its_own_way(
    session: Session,
) -> None:
    # Given the partners of the package as organisations
    (version,) = a_program_with(session, cohort={"required": True}, calendar=CALENDAR)
    admin = an_admin(session, version)
    office, vendor = organisations.of_partners(session, version.program_version, now=NOON)
    assert organisations.of_partners(session, version.program_version, now=NOON) == [office, vendor]

    # When
    fall = a_cohort(
        session, version, admin, "Fall", provider=office, delivery=Delivery.IN_PERSON,
        begins_on=date(2026, 8, 10), ends_on=date(2027, 5, 28),
    )  # fmt: skip
    spring = a_cohort(
        session, version, admin, "Spring", provider=vendor, delivery=Delivery.ONLINE, term="spring"
    )

    # Then
    assert [one.provider for one in forming.all_of(session, program_of(version))] == [
        vendor, office,
    ]  # fmt: skip
    assert (fall.delivery, spring.delivery) == (Delivery.IN_PERSON, Delivery.ONLINE)
    assert office.kind is OrganisationKind.REGIONAL_OFFICE
    with pytest.raises(CohortRefused, match="before the first"):
        forming.change(
            session, fall, Facts("Fall", begins_on=date(2027, 1, 2), ends_on=date(2027, 1, 1)),
            actor=admin, now=NOON,
        )  # fmt: skip


@pytest.mark.row("S7-07")
@pytest.mark.parametrize(
    ("number", "listed", "today", "words"),
    [
        ("", None, 1, "enter its Academy number by December 2, 2026"),
        ("", None, 3, "had to be listed by December 2, 2026"),
        ("AA 3321", date(2026, 12, 2), 3, ""),
        ("AA 3321", date(2026, 12, 3), 3, "1 day late"),
    ],
)
def test_an_offering_is_listed_so_many_days_ahead(
    session: Session, number: str, listed: date | None, today: int, words: str
) -> None:
    (version,) = a_program_with(
        session,
        calendar=CALENDAR,
        cohort={"required": True},
        licence={
            "register": "The register",
            "offering_number": "Academy number",
            "offering_days_ahead": 30,
        },
    )
    cohort = a_cohort(
        session, version, an_admin(session, version), begins_on=date(2027, 1, 1),
        activity_number=number, listed_on=listed,
    )  # fmt: skip

    warning = gauges.listing_warning(
        cohort, version.program_version.document, now=datetime(2026, 12, today, 12, tzinfo=UTC)
    )

    assert words in warning
    assert bool(warning) == bool(words)


@pytest.mark.row("S3-39")
def test_a_code_is_read_however_it_is_typed_and_an_unknown_one_is_refused(
    session: Session,
) -> None:
    (version,) = a_program_with(session, team=TEAMS, cohort=COHORTS)
    admin = an_admin(session, version)
    cohort = a_cohort(session, version, admin)
    team = a_team(session, version, admin, [], cohort=cohort)

    typed = f" {team.code[:4].lower()}-{team.code[4:]} "

    assert teams.of_code(session, typed) is team
    assert teams.of_code(session, cohort.code) is cohort
    for wrong in ("", "ABCD", "--"):
        with pytest.raises(UnknownCode):
            teams.of_code(session, wrong)


def test_somebody_is_in_one_team_of_a_program_at_a_time(session: Session) -> None:
    # Given
    (version,) = a_program_with(session, team=TEAMS)
    admin = an_admin(session, version)
    (person,) = people(session, 1)
    rule = team_rule(version.program_version.document)
    first = a_team(session, version, admin, [person], name="One")
    second = a_team(session, version, admin, [], name="Two")

    # When / Then
    with pytest.raises(InAnotherTeam, match="“One”"):
        teams.join(session, second, person, rule, now=NOON)
    teams.leave(session, first, person, actor=person, now=NOON)
    teams.join(session, second, person, rule, now=NOON)
    assert [len(team.current) for team in (first, second)] == [0, 1]


def test_a_team_needs_a_home_of_its_kind_unless_it_is_virtual(session: Session) -> None:
    (version,) = a_program_with(session, team=TEAMS)
    admin = an_admin(session, version)
    district = a_district(session, "Lakeside 9")
    with pytest.raises(TeamRefused, match="is not a school"):
        a_team(session, version, admin, [], organisation=district)
    with pytest.raises(TeamRefused, match="no teams of this kind"):
        a_team(session, version, admin, [], kind=TeamKind.VIRTUAL)


@pytest.mark.row("S3-38", "S3-40")
@pytest.mark.parametrize(
    ("members", "size", "each"),
    [(4, 4, "78.13"), (8, 3, "52.08"), (4, 3, "104.17"), (8, 4, "39.06")],
)
def test_a_price_per_person_is_worked_out_from_team_and_stack(
    members: int, size: int, each: str
) -> None:
    """Two programs state other figures for themselves: nothing but their data decides."""
    document = {
        "price": [{"amount": 1250, "currency": "USD", "per": "team", "covers": "stack"}],
        "stacks": [{"title": "Set", "members": [f"one-{n}" for n in range(size)]}],
    }

    (price,) = teams.prices(document, members)

    assert price.per_credential == Decimal(each)
    assert price.per_person == (Decimal(1250) / members).quantize(Decimal("0.01"))


@pytest.mark.row("S3-30", "S4-39")
def test_a_team_plans_over_terms_and_is_told_where_it_is_crowded(session: Session) -> None:
    # Given
    stacks = [{"slug": "set", "title": "Set", "kind": "tier", "rule": "all-of",
               "members": ["one-1", "one-2"]}]  # fmt: skip
    first, second = a_program_with(
        session, credentials=2, team=TEAMS, calendar=CALENDAR, pace=[ONE_A_TERM], stacks=stacks
    )
    document = first.program_version.document
    admin = an_admin(session, first)
    member, stranger = people(session, 2)
    team = a_team(session, first, admin, [member])
    terms = schedules.terms(document, now=NOON)

    # When both stand in one term
    choices = {first.credential_id: terms[1].begins, second.credential_id: terms[1].begins}
    schedules.plan(session, team, document, dict(choices), actor=member, now=NOON)
    slugs = {first.credential_id: "one-1", second.credential_id: "one-2"}
    crowded = schedules.crowded(document, schedules.planned(session, team), slugs)

    # Then it is said, and kept
    assert [term.title for term in terms[:3]] == [
        "Fall 2026", "Winter and spring 2027", "Summer 2027",
    ]  # fmt: skip
    assert len(schedules.planned(session, team)) == 2
    assert crowded == ["“Set”: 2 in one term, 1 recommended. You may keep it so."]
    with pytest.raises(NotYours):
        schedules.plan(session, team, document, {}, actor=stranger, now=NOON)
    with pytest.raises(schedules.TermUnknown):
        schedules.plan(
            session, team, document, {first.credential_id: date(2026, 2, 2)}, actor=member, now=NOON
        )


@pytest.mark.row("S2-08")
def test_a_hub_has_districts_and_a_district_its_schools(session: Session) -> None:
    hub = organisations.make(
        session, "Hub Office", OrganisationKind.REGIONAL_OFFICE, actor=None, now=NOON
    )
    district = organisations.make(
        session, "Lakeside 9", OrganisationKind.DISTRICT, parent=hub, actor=None, now=NOON
    )
    school = a_school(session, "North School", district)

    assert school.parent is not None
    assert school.parent.parent is hub
    with pytest.raises(organisations.OwnParent):
        organisations.move(session, hub, school, actor=None, now=NOON)
    with pytest.raises(organisations.NameNeeded):
        a_school(session, "north  school", district)


# ---- conflicts of interest -----------------------------------------------------------------------


@pytest.mark.row("S4-31")
def test_teammates_never_judge_each_other_even_after_leaving(session: Session) -> None:
    (version,) = a_program_with(session, team=FREE_TEAMS)
    judge, learner, other = people(session, 3)
    team = a_team(session, version, judge, [judge, learner], kind=TeamKind.VIRTUAL)
    teams.leave(session, team, judge, actor=judge, now=NOON)
    program = program_of(version)

    found = conflicts.between(session, judge.id, learner.id, program.id)

    assert found is not None
    assert found.reason is Reason.TEAM
    assert conflicts.between(session, judge.id, other.id, program.id) is None


@pytest.mark.row("S4-31")
@pytest.mark.parametrize("strict", [True, False])
def test_the_same_organisation_is_a_conflict_where_the_program_says_so(
    session: Session, strict: bool
) -> None:
    # Given a judge of a district, a learner of one of its schools, and one from elsewhere
    deciders = {"assessors": 1, "approver": True, "distinct": True, "appointed": True}
    (version,) = a_program_with(session, deciders={**deciders, "conflict_check": strict})
    district = a_district(session, "Lakeside 9")
    school = a_school(session, "North School", district)
    judge, learner, other = people(session, 3)
    organisations.affiliate(session, judge, district, now=NOON)
    course = a_course()
    session.add_all([course, a_membership(learner, course, Role.LEARNER)])
    organisations.give_course(session, course, school, actor=None, now=NOON)

    # When
    program = program_of(version)
    found = [
        conflicts.between(session, judge.id, person.id, program.id) for person in (learner, other)
    ]

    # Then
    reasons = [one.reason if one else None for one in found]
    assert reasons == ([Reason.ORGANISATION, None] if strict else [None, None])


@pytest.mark.row("S4-31")
def test_either_side_declares_and_only_takes_back_its_own_word(session: Session) -> None:
    (version,) = a_program_with(session)
    judge, learner, third = people(session, 3)
    program = program_of(version)
    session.add(an_appointment(judge, program, Seat.ASSESSOR))
    with pytest.raises(OneAndTheSame):
        conflicts.declare(session, judge=judge, learner=learner, by=third, now=NOON)

    mine = conflicts.declare(session, judge=judge, learner=learner, by=learner, now=NOON)
    conflicts.declare(session, judge=judge, learner=learner, by=judge, now=NOON)
    with pytest.raises(OneAndTheSame):
        conflicts.withdraw(session, mine, by=judge, now=NOON)
    conflicts.withdraw(session, mine, by=learner, now=NOON)

    assert conflicts.between(session, judge.id, learner.id, program.id) is not None
    assert conflicts.judges_of(session, program, now=NOON) == [judge]


# ---- supervisors ---------------------------------------------------------------------------------


@pytest.mark.row("S4-17")
def test_a_letter_is_ready_at_the_award_and_the_name_goes_once_it_was_told(
    session: Session,
) -> None:
    # Given a wish
    (version,) = a_program_with(session)
    (person,) = people(session, 1)
    wish = supervisors.ask(
        session, person, version.credential, name="Ruth Bell", email="ruth@school.example", now=NOON
    )
    assert wish.earned_at is None

    # When it is earned
    supervisors.earned(
        session, person_id=person.id, credential_id=version.credential_id,
        award_public_id="abc", now=NOON,
    )  # fmt: skip
    letter = supervisors.letter(
        wish, title="One", program="Field Studies", address="https://x.example/b/abc"
    )

    # Then
    assert "Dear Ruth Bell" in letter.body
    assert "November 20, 2026" in letter.body
    assert letter.mailto.startswith("mailto:ruth@school.example?subject=I%20earned")
    supervisors.was_told(session, wish, now=NOON)
    assert (wish.name, wish.email) == ("", "")


@pytest.mark.row("S4-17")
@pytest.mark.parametrize("email", ["ruth", "a@b@c", "r@x.example?bcc=all@x.example", "a b@c"])
def test_an_address_that_would_say_something_else_to_a_mail_program_is_refused(
    session: Session, email: str
) -> None:
    (version,) = a_program_with(session)
    person = a_person("Wilma Wish")
    session.add(person)
    session.flush()

    with pytest.raises(supervisors.WishRefused):
        supervisors.ask(session, person, version.credential, name="Ruth", email=email, now=NOON)
