"""The pages of teams and cohorts: who may see what, and what a form does."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from lti_tool.cohorts import coaching, forming, supervisors
from lti_tool.cohorts.models import (
    CoachingEntry,
    Cohort,
    CohortMember,
    CohortState,
    DeclaredConflict,
    Team,
    TeamMember,
    WentOn,
)
from lti_tool.database import sessions
from lti_tool.people.models import Person
from lti_tool.people.roles import Role, Seat
from lti_tool.portfolio import enrolments
from tests.builders import NOON, a_course, a_membership, an_appointment
from tests.cast import ada, ben, ivan
from tests.cohorts.gathering import (
    CALENDAR,
    COHORTS,
    TEAMS,
    TWO_A_YEAR,
    a_cohort,
    a_program_with,
    a_team,
    an_admin,
    people,
    program_of,
    staffed,
)
from tests.counting import Counted
from tests.portfolio.studio import Visitor, a_text, begun, drafts_of, enter, rated


class Hall:
    """A forming cohort with a team of three, its staff and administrator, Ada and a stranger."""

    def __init__(self, app: Flask, engine: Engine) -> None:
        self.app, self.engine = app, engine
        with sessions(engine).begin() as session:
            (self.version,) = a_program_with(
                session,
                team=TEAMS,
                cohort=COHORTS,
                coaching={"kinds": ["one-to-one", "cohort"], "drafts": "shared-by-learner"},
                calendar=CALENDAR,
            )
            self.slug = program_of(self.version).slug
            self.admin = an_admin(session, self.version)
            self.cohort = a_cohort(session, self.version, self.admin)
            self.staff = staffed(session, self.cohort, self.admin)
            self.members = people(session, 3)
            self.team = a_team(session, self.version, self.admin, self.members, cohort=self.cohort)
            self.ada, self.ivan = ada(), ivan()
            self.here, self.elsewhere = a_course(), a_course("Elsewhere")
            session.add_all([self.ada, self.ivan, self.here, self.elsewhere])
            session.flush()
            session.add_all(
                [a_membership(self.ada, self.elsewhere), a_membership(self.ivan, self.here)]
            )
        self.path = f"/cohorts/{self.cohort.public_id}"

    def enter(self, person: Person, role: Role = Role.LEARNER) -> Visitor:
        """Somebody comes in from a course."""
        return enter(self.app, person, role=role, course=self.here)

    def now(self, query: Callable[[Session], object]) -> object:
        """What the database says."""
        with Session(self.engine) as session:
            return query(session)


@pytest.fixture
def hall(app: Flask, engine: Engine) -> Hall:
    """A cohort on its way."""
    return Hall(app, engine)


def text_of(page: str) -> str:
    """A page without its tags, on one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


@pytest.mark.row("S3-39")
def test_ada_joins_a_team_by_its_code_from_another_course(hall: Hall) -> None:
    # When
    page = hall.enter(hall.ada)
    answer = page.post("/cohorts/join", {"code": hall.team.code.lower()})

    # Then
    assert answer.status_code == 303
    shown = page.get(answer.location).text
    assert "4 members." in shown
    assert hall.now(
        lambda session: session.scalars(
            select(TeamMember.id).where(TeamMember.person_id == hall.ada.id)
        ).all()
    )


def test_a_wrong_code_is_said_and_kept_in_its_field(hall: Hall) -> None:
    answer = hall.enter(hall.ada).post("/cohorts/join", {"code": "NOSUCHCODE"})

    assert answer.status_code == 422
    assert "has this code" in answer.text
    assert 'value="NOSUCHCODE"' in answer.text


def test_a_stranger_sees_no_cohort_no_log_no_team_and_no_list(hall: Hall) -> None:
    stranger = hall.enter(hall.ivan)

    for path in (hall.path, f"{hall.path}/coaching", f"/cohorts/teams/{hall.team.public_id}"):
        answer = stranger.get(path)
        assert answer.status_code == 404
        assert "Member1" not in answer.text
    for path in (f"/cohorts/run/{hall.slug}", f"/cohorts/run/{hall.slug}/organisations"):
        assert stranger.get(path).status_code == 403
    open_to_all = stranger.get(f"/cohorts/programs/{hall.slug}")
    assert open_to_all.status_code == 200
    assert "Member1" not in open_to_all.text


@pytest.mark.row("S3-36", "S3-37")
def test_the_page_names_what_keeps_a_cohort_from_opening(hall: Hall) -> None:
    # Given
    page = hall.enter(hall.admin, Role.INSTRUCTOR)

    # When
    shown = text_of(page.get(hall.path).text)
    refused = page.post(f"{hall.path}/state", {"then": "open"})

    # Then it stays as it was until an exception is made
    assert "1 of 4 organizations" in shown
    assert refused.status_code == 409
    assert "3 more are needed" in refused.text
    for matter in ("organisations", "staff"):
        page.post(f"{hall.path}/exceptions", {"matter": matter, "reason": "A pilot."})
    page.post(f"{hall.path}/state", {"then": "open"})
    state = hall.now(lambda session: session.get_one(Cohort, hall.cohort.id).state)
    assert state is CohortState.OPEN


def test_an_exception_without_a_reason_changes_nothing(hall: Hall) -> None:
    page = hall.enter(hall.admin, Role.INSTRUCTOR)

    answer = page.post(f"{hall.path}/exceptions", {"matter": "staff", "reason": " "})

    assert answer.status_code == 422
    assert "Say why" in answer.text


def test_the_administrator_forms_a_cohort_a_team_and_puts_staff_in_place(hall: Hall) -> None:
    # Given
    page = hall.enter(hall.admin, Role.INSTRUCTOR)

    # When
    made = page.post(
        f"/cohorts/run/{hall.slug}",
        {"title": "Spring", "begins_on": "2027-01-10", "term": "spring", "delivery": "online"},
    )
    team = page.post(
        f"{made.location}/teams",
        {"name": "Wrens", "kind": "school", "organisation": hall.team.organisation.public_id
         if hall.team.organisation else "", "leader": "Ada Ferris"},
    )  # fmt: skip
    staff = page.post(
        f"{made.location}/staff",
        {"who": hall.ivan.email or "", "seat": "coach", "partner": "office"},
    )

    # Then
    assert [made.status_code, team.status_code, staff.status_code] == [303, 303, 303]
    shown = text_of(page.get(made.location).text)
    for words in ("Wrens", "Ada Ferris", "Ivan Petrov", "Prairie Regional Office", "Forming"):
        assert words in shown


def test_a_day_that_is_none_and_a_name_nobody_has_are_refused_with_what_was_typed(
    hall: Hall,
) -> None:
    page = hall.enter(hall.admin, Role.INSTRUCTOR)

    day = page.post(f"/cohorts/run/{hall.slug}", {"title": "Spring", "begins_on": "2027-02-30"})
    who = page.post(f"{hall.path}/staff", {"who": "Nobody Atall", "seat": "coach"})

    assert (day.status_code, who.status_code) == (422, 422)
    assert "not a day of the calendar" in day.text
    assert 'value="Spring"' in day.text
    assert "Nobody here is called" in who.text
    assert hall.now(lambda session: len(session.scalars(select(Cohort)).all())) == 1


def test_a_facilitator_sees_the_cohort_and_changes_nothing(hall: Hall) -> None:
    page = hall.enter(hall.staff["facilitator-office"], Role.INSTRUCTOR)

    assert page.get(hall.path).status_code == 200
    assert page.post(f"{hall.path}/state", {"then": "close"}).status_code == 403
    assert page.post(f"{hall.path}/teams", {"name": "X", "kind": "school"}).status_code == 403


def test_the_cohort_page_asks_as_often_for_many_as_for_few(hall: Hall) -> None:
    # Given
    page = hall.enter(hall.admin, Role.INSTRUCTOR)
    with Counted(hall.app.extensions["cairn"].engine) as few:
        page.get(hall.path)
    with sessions(hall.engine).begin() as session:
        cohort = session.get_one(Cohort, hall.cohort.id)
        admin = session.get_one(Person, hall.admin.id)
        version = session.get_one(type(hall.version), hall.version.id)
        for number in range(5):
            a_team(session, version, admin, people(session, 5, f"N{number}-"), name=f"N{number}",
                   cohort=cohort)  # fmt: skip

    # When
    with Counted(hall.app.extensions["cairn"].engine) as many:
        page.get(hall.path)

    # Then
    assert len(many) == len(few)


@pytest.mark.row("S3-21")
def test_coaching_is_logged_by_phase_and_the_log_says_where_there_was_none(hall: Hall) -> None:
    # Given
    page = hall.enter(hall.staff["coach-vendor"], Role.INSTRUCTOR)
    met = f"{hall.members[0].id}"

    # When one met alone in one phase, and the cohort in the other
    for words in (
        {"phase": "prepare", "kind": "one-to-one", "learner": met, "note": "Ask two families."},
        {"phase": "do", "kind": "cohort"},
    ):
        answer = page.post(f"{hall.path}/coaching", {"met_on": "2026-10-02", **words})
        assert answer.status_code == 303

    # Then
    shown = text_of(page.get(f"{hall.path}/coaching").text)
    assert "The cohort has not met in Prepare." in shown
    assert "Prepare: 2 of 3 met nobody one to one." in shown
    assert "Do: 3 of 3 met nobody one to one." in shown
    mine = hall.enter(hall.members[0]).get(f"/cohorts/programs/{hall.slug}").text
    others = hall.enter(hall.members[1]).get(f"/cohorts/programs/{hall.slug}").text
    assert "Ask two families." in mine
    assert "Ask two families." not in others


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"met_on": "2099-01-01"}, 422),
        ({"phase": "nowhere"}, 422),
        ({"learner": "999999"}, 422),
        ({"met_on": ""}, 422),
    ],
)
def test_an_entry_that_cannot_be_right_is_refused(
    hall: Hall, changed: dict[str, str], status: int
) -> None:
    page = hall.enter(hall.staff["coach-vendor"], Role.INSTRUCTOR)
    entry = {
        "phase": "do", "kind": "one-to-one", "met_on": "2026-10-02",
        "learner": f"{hall.members[0].id}", "note": "Kept words",
    }  # fmt: skip

    answer = page.post(f"{hall.path}/coaching", {**entry, **changed})

    assert answer.status_code == status
    assert "Kept words" in answer.text
    assert hall.now(lambda session: session.scalars(select(CoachingEntry)).all()) == []


def test_an_administrator_who_does_not_coach_writes_no_entries(hall: Hall) -> None:
    page = hall.enter(hall.admin, Role.INSTRUCTOR)
    entry = {"phase": "do", "kind": "cohort", "met_on": "2026-10-02"}

    assert page.post(f"{hall.path}/coaching", entry).status_code == 403


@pytest.mark.row("S4-38")
def test_a_coach_sees_a_draft_only_while_the_learner_shares_it(hall: Hall) -> None:
    # Given a member's draft
    with sessions(hall.engine).begin() as session:
        cohort = session.get_one(Cohort, hall.cohort.id)
        cohort.state = CohortState.OPEN
        learner = session.get_one(Person, hall.members[0].id)
        version = session.get_one(type(hall.version), hall.version.id)
        extra = people(session, 1, "Fourth")[0]
        session.add(
            TeamMember(team=session.get_one(Team, hall.team.id), person=extra, joined_at=NOON)
        )
        session.flush()
        enrolment = rated(session, begun(session, learner, version))
        draft = drafts_of(session, enrolment)[0]
        a_text(session, draft, version.parts[0].requirements[0], "Half a thought.")
        credential = version.credential.public_id
    path = f"/review/drafts/{hall.members[0].id}/{credential}"
    coach = hall.enter(hall.staff["coach-vendor"], Role.INSTRUCTOR)
    me = hall.enter(hall.members[0])

    # When / Then
    assert coach.get(path).status_code == 404
    me.post("/cohorts/drafts", {"credential": credential, "then": "share"})
    assert "Half a thought." in coach.get(path).text
    assert path in coach.get("/cohorts/").text
    for other in (hall.members[1], hall.ivan, hall.admin):
        assert hall.enter(other, Role.INSTRUCTOR).get(path).status_code == 404
    me.post("/cohorts/drafts", {"credential": credential, "then": "stop"})
    assert coach.get(path).status_code == 404


@pytest.mark.row("S4-38")
def test_programs_differ_in_whether_drafts_are_open_to_coaches(session: Session) -> None:
    found = []
    for drafts in ("shared-by-learner", "open"):
        (version,) = a_program_with(session, coaching={"kinds": ["online"], "drafts": drafts})
        coach, learner = people(session, 2)
        session.add(an_appointment(coach, program_of(version), Seat.COACH))
        session.flush()
        found.append(coaching.may_read_draft(session, coach, learner, version.credential, now=NOON))

    assert found == [False, True]


@pytest.mark.row("S4-31")
def test_a_learner_says_who_should_not_judge_and_takes_it_back(hall: Hall) -> None:
    # Given a judge
    with sessions(hall.engine).begin() as session:
        judge = ben()
        version = session.get_one(type(hall.version), hall.version.id)
        session.add_all([judge, an_appointment(judge, program_of(version), Seat.ASSESSOR)])
    me = hall.enter(hall.members[0])
    path = f"/cohorts/programs/{hall.slug}/conflicts"

    # When / Then
    assert me.post(path, {"judge": "0"}).status_code == 422
    assert me.post(path, {"judge": f"{judge.id}"}).status_code == 303
    assert hall.now(lambda session: session.scalars(select(DeclaredConflict.judge_id)).all()) == [
        judge.id
    ]
    assert "does not judge your work" in me.get(f"/cohorts/programs/{hall.slug}").text
    me.post(path, {"withdraw": f"{judge.id}"})
    assert hall.now(lambda session: session.scalars(select(DeclaredConflict)).all()) == []


@pytest.mark.row("S4-17")
def test_the_letter_to_a_supervisor_is_there_after_the_award_and_only_for_its_earner(
    hall: Hall,
) -> None:
    # Given
    me = hall.enter(hall.members[0])
    credential = hall.version.credential.public_id
    path = f"/cohorts/supervisors/{credential}"
    asked = {"credential": credential, "supervisor": "Ruth Bell", "email": "ruth@school.example"}
    me.post("/cohorts/supervisors", asked)
    assert me.get(f"{path}/letter").status_code == 404

    # When
    with sessions(hall.engine).begin() as session:
        supervisors.earned(
            session, person_id=hall.members[0].id, credential_id=hall.version.credential_id,
            award_public_id="abcabcabcabcabcabcabca", now=NOON,
        )  # fmt: skip

    # Then
    shown = me.get(f"{path}/letter").text
    assert "Dear Ruth Bell" in shown
    assert "mailto:ruth@school.example" in shown
    assert hall.enter(hall.members[1]).get(f"{path}/letter").status_code == 404
    me.post("/cohorts/supervisors", {"credential": credential, "then": "told"})
    assert me.get(f"{path}/letter").status_code == 404
    after = me.get(f"/cohorts/programs/{hall.slug}")
    assert after.status_code == 200
    assert "Ruth" not in after.text


@pytest.mark.row("S3-31")
def test_before_the_start_it_is_said_why_one_cannot_begin_and_where_to_go(hall: Hall) -> None:
    page = hall.enter(hall.members[0])
    path = f"/portfolio/credentials/{hall.slug}/{hall.version.credential.slug}/begin"

    shown = page.get(path).text
    answer = page.post(path)

    assert "1 more needed" in shown
    assert f"/cohorts/programs/{hall.slug}" in shown
    assert answer.status_code == 409
    assert "1 more needed" in answer.text


@pytest.mark.row("S1-07")
def test_advice_stands_beside_a_button_that_goes_on(app: Flask, engine: Engine) -> None:
    # Given two begun of a recommended two
    with sessions(engine).begin() as session:
        versions = a_program_with(session, credentials=3, calendar=CALENDAR, pace=[
            {**TWO_A_YEAR, "per": "calendar-year"}
        ])  # fmt: skip
        person, course = ada(), a_course()
        session.add_all([person, course])
        from lti_tool.web.session import clock

        for version in versions[:2]:
            enrolments.begin(session, person, version, now=clock())
        slug, last = program_of(versions[2]).slug, versions[2].credential.slug
    page = enter(app, person, course=course)
    path = f"/portfolio/credentials/{slug}/{last}/begin"

    # When
    shown = page.get(path).text
    answer = page.post(path)

    # Then
    assert "Start all the same" in shown
    assert "You may go on." in shown
    assert answer.status_code == 303
    with Session(engine) as session:
        assert session.scalars(select(WentOn.rule)).all() == ["two-a-year"]


@pytest.mark.row("S5-08")
def test_a_cohort_without_teams_gathers_by_its_own_code(app: Flask, engine: Engine) -> None:
    # Given a cohort of a program that knows no teams
    with sessions(engine).begin() as session:
        (version,) = a_program_with(session, cohort={"required": True})
        admin = an_admin(session, version)
        cohort = a_cohort(session, version, admin, "Community")
        person, course = ada(), a_course()
        session.add_all([person, course])
        session.flush()
        forming.open_(session, cohort, version.program_version.document, actor=admin, now=NOON)

    # When
    page = enter(app, person, course=course)
    answer = page.post("/cohorts/join", {"code": cohort.code})

    # Then
    assert "Community" in page.get(answer.location).text
    with Session(engine) as session:
        assert session.scalars(select(CohortMember.person_id)).all() == [person.id]
