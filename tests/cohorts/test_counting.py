"""The pages of teams and of coaches ask the database as often, however many people there are."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from lti_tool.cohorts import coaching, doors, staffing
from lti_tool.cohorts.models import Coaching, Cohort, CohortMember, DraftShare, StaffSeat
from lti_tool.database import sessions
from lti_tool.people.models import Person
from lti_tool.people.roles import Role, Seat
from lti_tool.programs.models import CredentialVersion
from tests.builders import NOON, a_course, an_appointment
from tests.cast import ben, dora
from tests.cohorts.gathering import (
    FREE_TEAMS,
    a_cohort,
    a_district,
    a_program_with,
    a_team,
    an_admin,
    people,
)
from tests.counting import Counted
from tests.portfolio.studio import enter

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def a_season(session: Session, coach: Person, number: int) -> tuple[Cohort, CredentialVersion]:
    """One more program that the coach runs, with a cohort, teams, talks and shared drafts."""
    first, second = a_program_with(
        session,
        credentials=2,
        team=FREE_TEAMS,
        cohort={"required": True},
        coaching={"kinds": ["one-to-one", "cohort"], "drafts": "shared-by-learner"},
    )
    admin = an_admin(session, first, f"Admin {number}")
    cohort = a_cohort(session, first, admin, f"Cohort {number}")
    staffing.place(session, cohort, coach, StaffSeat.COACH, actor=admin, now=NOON)
    members = [coach, *people(session, 2, f"T{number}-")]
    a_team(session, first, admin, members, name=f"Team {number}", cohort=cohort)
    for learner in people(session, 2, f"L{number}-"):
        meets(session, coach, learner, cohort, first)
        coaching.share(session, learner, first.credential, now=NOON)
        coaching.share(session, learner, second.credential, now=NOON)
    doors.open_door(session, cohort, a_district(session, f"D{number}"), actor=admin, now=NOON)
    return cohort, first


def meets(
    session: Session, coach: Person, learner: Person, cohort: Cohort, version: CredentialVersion
) -> None:
    """Somebody takes part and is coached, alone and with everybody."""
    session.add(CohortMember(cohort=cohort, person=learner, joined_at=NOON))
    session.flush()
    for kind in (Coaching.ONE_TO_ONE, Coaching.COHORT):
        coaching.write(
            session,
            cohort,
            version,
            phase="do",
            kind=kind,
            learners=[learner],
            met_on=date(2026, 10, 2),
            note_="Ask two families.",
            coach=coach,
            now=NOON,
        )


def test_the_home_of_teams_and_the_coaching_log_ask_as_often_for_many(
    app: Flask, engine: Engine
) -> None:
    # Given
    with sessions(engine).begin() as session:
        coach, course = dora(), a_course()
        session.add_all([coach, course])
        session.flush()
        cohort, version = a_season(session, coach, 1)
    pages = ["/cohorts/", f"/cohorts/{cohort.public_id}/coaching", f"/cohorts/{cohort.public_id}"]
    visitor = enter(app, coach, role=Role.INSTRUCTOR, course=course)
    visitor.get("/cohorts/")

    def queries() -> dict[str, int]:
        found = {}
        for page in pages:
            with Counted(app.extensions["cairn"].engine) as counted:
                assert visitor.get(page).status_code == 200
            found[page] = len(counted)
        return found

    few = queries()

    # When there are four more programs, and eight more people in the first cohort
    with sessions(engine).begin() as session:
        coach = session.get_one(Person, coach.id)
        for number in range(2, 6):
            a_season(session, coach, number)
        cohort = session.get_one(Cohort, cohort.id)
        again = session.get_one(CredentialVersion, version.id)
        for learner in people(session, 8, "More"):
            meets(session, coach, learner, cohort, again)
            coaching.share(session, learner, again.credential, now=NOON)

    # Then
    assert queries() == few
    assert visitor.get("/cohorts/").text.count("/review/drafts/") == 28


@pytest.mark.row("S4-38")
def test_the_list_of_shared_drafts_is_what_each_coach_may_read(session: Session) -> None:
    # Given learners in the cohort of one coach and in none, in two programs
    mine, other = dora(), ben()
    session.add_all([mine, other])
    session.flush()
    for number in (1, 2):
        _, version = a_season(session, mine, number)
        program = version.program_version.program
        session.add(an_appointment(other, program, (Seat.COACH, Seat.FACILITATOR)[number - 1]))
        for learner in people(session, 2, "Alone"):
            coaching.share(session, learner, version.credential, now=NOON)
    session.flush()
    shares = session.scalars(select(DraftShare).order_by(DraftShare.id.desc())).all()

    # When
    listed = [coaching.shared_with(session, coach, now=NOON) for coach in (mine, other)]

    # Then
    for coach, found in zip((mine, other), listed, strict=True):
        assert found == [
            one
            for one in shares
            if coaching.may_read_draft(session, coach, one.person, one.credential, now=NOON)
        ]
    assert [len(found) for found in listed] == [12, 2]
