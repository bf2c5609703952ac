"""What the office changes on its pages: where organisations lie, doors, what is announced."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, event, select

from lti_tool.cohorts import doors, forming, organisations
from lti_tool.cohorts.models import Cohort, CohortMember, Organisation, TeamMember, WentOn
from lti_tool.database import sessions
from lti_tool.people.models import Person
from lti_tool.people.roles import Role
from lti_tool.web.session import clock
from tests.builders import NOON, a_course
from tests.cast import ada
from tests.cohorts.gathering import (
    CALENDAR,
    FREE_TEAMS,
    TWO_A_YEAR,
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
from tests.counting import Counted
from tests.portfolio.studio import Visitor, enter

ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Office:
    """A forming cohort of a program with free teams, its administrator and its staff."""

    def __init__(self, app: Flask, engine: Engine) -> None:
        self.app, self.engine = app, engine
        with sessions(engine).begin() as session:
            self.version, self.other = a_program_with(
                session,
                credentials=2,
                team={**FREE_TEAMS, "kinds": ["school", "virtual"]},
                calendar=CALENDAR,
                pace=[TWO_A_YEAR],
            )
            self.slug = program_of(self.version).slug
            self.admin = an_admin(session, self.version)
            self.cohort = a_cohort(session, self.version, self.admin)
            self.staff = staffed(session, self.cohort, self.admin)
            self.district = a_district(session, "Lakeside 9")
            self.school = a_school(session, "North School")
            self.ada, self.course = ada(), a_course()
            session.add_all([self.ada, self.course])
        self.path = f"/cohorts/{self.cohort.public_id}"

    def enter(self, person: Person) -> Visitor:
        """Somebody comes in from a course."""
        return enter(self.app, person, role=Role.INSTRUCTOR, course=self.course)

    def lies_in(self, organisation: Organisation) -> int | None:
        """What the database says."""
        with sessions(self.engine)() as session:
            return session.get_one(Organisation, organisation.id).parent_id


@pytest.fixture
def office(app: Flask, engine: Engine) -> Office:
    """Somebody runs a cohort."""
    return Office(app, engine)


def text_of(page: str) -> str:
    """A page without its tags, on one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.mark.row("S2-08")
def test_a_school_is_put_into_its_district_and_no_circle_can_be_made(office: Office) -> None:
    # Given
    page = office.enter(office.admin)
    path = f"/cohorts/run/{office.slug}/organisations"
    move = {"do": "move", "organisation": office.school.public_id}

    # When it is moved, and its district into it
    moved = page.post(path, {**move, "within": office.district.public_id})
    circle = page.post(
        path,
        {
            "do": "move",
            "organisation": office.district.public_id,
            "within": office.school.public_id,
        },
    )

    # Then the second is refused with what was chosen, and out again is possible
    assert (moved.status_code, circle.status_code) == (303, 422)
    assert "cannot lie within itself" in circle.text
    assert f'value="{office.school.public_id}" selected' in circle.text
    assert office.lies_in(office.school) == office.district.id
    assert office.lies_in(office.district) is None
    page.post(path, {**move, "within": ""})
    assert office.lies_in(office.school) is None
    stranger = office.enter(office.ada)
    assert stranger.post(path, {**move, "within": ""}).status_code == 403


@pytest.mark.row("S2-08")
def test_two_who_move_at_the_same_moment_make_no_circle(office: Office) -> None:
    # Given two windows; whoever has read what lies where waits for the other, if it can come
    both_have_read = threading.Barrier(2)

    def linger(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "FROM organisation ORDER BY organisation.id" in statement:
            with suppress(threading.BrokenBarrierError):
                both_have_read.wait(timeout=0.5)

    event.listen(office.engine, "after_cursor_execute", linger)

    def put(inner: Organisation, outer: Organisation) -> str:
        with sessions(office.engine)() as session:
            try:
                organisations.move(
                    session,
                    session.get_one(Organisation, inner.id),
                    session.get_one(Organisation, outer.id),
                    actor=None,
                    now=NOON,
                )
            except organisations.OwnParent:
                return "refused"
            session.commit()
            return "moved"

    # When each puts the other's into its own
    with ThreadPoolExecutor(2) as pool:
        pair = [(office.school, office.district), (office.district, office.school)]
        ends = [one.result(timeout=60) for one in [pool.submit(put, *two) for two in pair]]

    # Then one is in the other, not each
    assert sorted(ends) == ["moved", "refused"]
    assert (office.lies_in(office.school) is None) != (office.lies_in(office.district) is None)


@ONE_DATABASE
@pytest.mark.row("S4-19")
def test_a_door_leads_into_the_team_it_names(office: Office) -> None:
    # Given a team of the cohort, and one of another
    with sessions(office.engine).begin() as session:
        version = session.get_one(type(office.version), office.version.id)
        admin = session.get_one(Person, office.admin.id)
        cohort = session.get_one(Cohort, office.cohort.id)
        team = a_team(session, version, admin, people(session, 1), cohort=cohort)
        elsewhere = a_team(session, version, admin, people(session, 1, "Far"), name="Wrens",
                           cohort=a_cohort(session, version, admin, "Spring"))  # fmt: skip
        forming.open_(session, cohort, version.program_version.document, actor=admin, now=NOON)
        organisations.affiliate(
            session,
            session.get_one(Person, office.ada.id),
            session.get_one(Organisation, office.district.id),
            now=NOON,
        )
    page = office.enter(office.admin)
    door = {"organisation": office.district.public_id}

    # When
    wrong = page.post(f"{office.path}/doors", {**door, "team": elsewhere.public_id})
    right = page.post(f"{office.path}/doors", {**door, "team": team.public_id})
    shown = text_of(page.get(office.path).text)
    learner = enter(office.app, office.ada, course=office.course)
    learner.post(f"/cohorts/programs/{office.slug}/come-in")

    # Then
    assert (wrong.status_code, right.status_code) == (422, 303)
    assert "Lakeside 9 , into the team Larks" in shown
    with sessions(office.engine)() as session:
        assert session.scalars(
            select(TeamMember.team_id).where(TeamMember.person_id == office.ada.id)
        ).all() == [team.id]
        assert len(doors.doors_of(session, session.get_one(Cohort, office.cohort.id))) == 1


@ONE_DATABASE
@pytest.mark.row("S1-07", "S3-33")
def test_coaches_see_who_went_on_after_advice_and_when(office: Office) -> None:
    # Given two participants who went on, and somebody outside the cohort who did
    with sessions(office.engine).begin() as session:
        version = session.get_one(type(office.version), office.version.id)
        cohort = session.get_one(Cohort, office.cohort.id)
        first, second, outside = people(session, 3)
        for person in (first, second):
            session.add(CohortMember(cohort=cohort, person=person, joined_at=NOON))
        for person, rule, count in (
            (first, "two-a-year", 3),
            (second, "cohort-needed", 0),
            (outside, "two-a-year", 4),
        ):
            session.add(
                WentOn(person=person, credential_version=version, rule=rule, count=count, at=NOON)
            )
    coach = office.enter(office.staff["coach-vendor"])

    # When
    with Counted(office.app.extensions["cairn"].engine) as asked:
        shown = text_of(coach.get(office.path).text)

    # Then
    told = shown[shown.index("Went on after advice") :]
    assert "Member1 Somebody Credential 1 Number 3 in one credit year, 2 advised" in told
    assert "Advice on taking part in an open cohort · 20 November 2026" in told
    assert "Member3" not in shown
    assert sum("went_on" in one for one in asked.statements) == 1


@ONE_DATABASE
@pytest.mark.row("S1-22")
def test_strangers_read_the_dates_of_the_cohorts_to_come_that_are_announced(
    office: Office,
) -> None:
    # Given one that is announced, one that is not, one that has begun, one that is closed
    today = clock().date()
    later = today + timedelta(days=40)
    page = office.enter(office.admin)
    form = {
        "title": "Spring Rivers",
        "begins_on": later.isoformat(),
        "apply_by": (today + timedelta(days=20)).isoformat(),
        "seats": "25",
        "delivery": "blended",
    }
    stranger = office.app.test_client()
    path = f"/programs/{office.slug}"
    page.post(f"/cohorts/run/{office.slug}", form)
    before = stranger.get(path).text
    for title, changes in (
        ("Announced Lakes", {}),
        ("Begun Hills", {"begins_on": (today - timedelta(days=9)).isoformat(), "apply_by": ""}),
        ("Closed Woods", {}),
    ):
        made = page.post(
            f"/cohorts/run/{office.slug}", {**form, **changes, "title": title, "announced": "yes"}
        )
        assert made.status_code == 303
    page.post(f"{made.location}/state", {"then": "close"})

    # When
    shown = stranger.get(path).text

    # Then
    assert "When it begins" not in before
    told = text_of(shown)
    assert "Announced Lakes" in told
    assert f'<time datetime="{later.isoformat()}">' in shown
    assert "Apply until" in told
    assert "Seats 25" in told
    assert "Online and in person" in told
    for hidden in ("Spring Rivers", "Begun Hills", "Closed Woods", "Pia Norling"):
        assert hidden not in shown


@ONE_DATABASE
@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"seats": "many"}, "whole number"),
        ({"seats": "0"}, "from 1 to"),
        ({"begins_on": ""}, "Say the first day"),
        ({"apply_by": "2027-12-01"}, "last day to apply"),
    ],
)
def test_an_announcement_that_cannot_be_right_is_refused_and_kept_on_the_page(
    office: Office, changed: dict[str, str], words: str
) -> None:
    form = {
        "title": "Spring",
        "begins_on": "2027-01-10",
        "ends_on": "2027-05-30",
        "announced": "yes",
        "seats": "25",
    }

    answer = office.enter(office.admin).post(office.path + "/facts", {**form, **changed})

    assert answer.status_code == 422
    assert words in answer.text
    assert re.search(r'name="announced" value="yes" checked', answer.text)
