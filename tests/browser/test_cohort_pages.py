"""The pages of teams and cohorts, for who takes part, who runs them and who coaches."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.cohorts import coaching, forming, organisations, supervisors, teams
from lti_tool.cohorts.forming import Facts
from lti_tool.cohorts.models import Coaching, OrganisationKind, StaffSeat, TeamKind
from lti_tool.cohorts.rules import team_rule
from lti_tool.cohorts.staffing import place
from lti_tool.database import sessions
from lti_tool.people.models import Person
from lti_tool.people.roles import Seat
from lti_tool.programs import appointments
from lti_tool.programs.catalogue import current_credential_version, current_version, find_credential
from lti_tool.walk.installation import now
from tests.browser.furnishing import Furnishing
from tests.browser.looks import Looks
from tests.browser.test_every_page import Come, come

__all__ = ["come"]

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]


def test_pages_of_teams_and_cohorts(course: Furnishing, come: Come, looks: Looks) -> None:
    # Given a learner, and an instructor who administers the program and coaches
    key = course.enrol("Iris", "Valdez")
    learner, dora = come(key), come("dora")

    def see(page: object, name: str, primaries: int = 1) -> None:
        looks.at(page, name, most_primaries=primaries)  # type: ignore[arg-type]

    learner.goto(f"{course.base}/cohorts/")
    see(learner, "teams before joining")
    learner.get_by_label("Code", exact=True).fill("NOSUCHTEAM")
    learner.get_by_role("button", name="Join").click()
    learner.locator("[role=alert]").wait_for()
    see(learner, "a code nobody has")
    learner.goto(f"{course.base}/cohorts/programs/{course.program}")
    see(learner, "a program before joining")

    ids = furnish(course, learner_name="Iris Valdez", coach_name="Dora Lindqvist")
    learner.goto(f"{course.base}/cohorts/")
    learner.get_by_label("Code", exact=True).fill(ids["code"])
    learner.get_by_role("button", name="Join").click()
    learner.get_by_role("heading", name="Your team and cohort").wait_for()
    see(learner, "my team and cohort")
    learner.goto(f"{course.base}/cohorts/programs/{course.program}/schedule")
    if learner.get_by_role("button", name="Keep the schedule").count():
        see(learner, "the schedule of a team")
    earned(course, "Iris Valdez")
    learner.goto(f"{course.base}/cohorts/supervisors/{ids['credential']}/letter")
    see(learner, "a letter to a supervisor")

    for path, name in (
        ("", "what I run"),
        (f"run/{course.program}", "cohorts of a program"),
        (f"run/{course.program}/organisations", "organisations"),
        (ids["cohort"], "a cohort"),
        (f"teams/{ids['team']}", "a team"),
        (f"{ids['cohort']}/coaching", "the coaching log"),
    ):
        dora.goto(f"{course.base}/cohorts/{path}")
        dora.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")
        see(dora, name)
    dora.goto(f"{course.base}/cohorts/{ids['cohort']}")
    dora.get_by_role("button", name="Open the cohort").click()
    dora.locator("[role=alert]").wait_for()
    see(dora, "a cohort that cannot open")


def named(session: Session, name: str) -> Person:
    return session.scalars(select(Person).where(Person.name == name)).one()


def furnish(course: Furnishing, *, learner_name: str, coach_name: str) -> dict[str, str]:
    """A forming cohort with a team, run and coached by one person."""
    moment = now()
    with sessions(course.installation.engine).begin() as session:
        found = find_credential(session, course.credential, course.program)
        program = found.program
        version = current_version(session, program)
        coach = named(session, coach_name)
        appointments.appoint(
            session, coach, program, Seat.ADMIN, until=None, actor=None, now=moment
        )
        school = organisations.make(
            session, "North School", OrganisationKind.SCHOOL, actor=None, now=moment
        )
        cohort = forming.form(session, program, Facts("Fall"), actor=coach, now=moment)
        place(session, cohort, coach, StaffSeat.COACH, actor=coach, now=moment)
        team = teams.form(
            session, program, team_rule(version.document), name="Larks", kind=TeamKind.SCHOOL,
            organisation=school, cohort=cohort, leader=None, actor=coach, now=moment,
        )  # fmt: skip
        coaching.write(
            session, cohort, current_credential_version(session, found),
            phase=current_credential_version(session, found).parts[0].phases[0].slug,
            kind=Coaching.COHORT, learners=(), met_on=moment.date(),
            note_="We agreed on three questions.", coach=coach, now=moment,
        )  # fmt: skip
        supervisors.ask(session, named(session, learner_name), found, name="Ruth Bell", now=moment)
        return {
            "code": team.code,
            "team": team.public_id,
            "cohort": cohort.public_id,
            "credential": found.public_id,
        }


def earned(course: Furnishing, name: str) -> None:
    """The letter is ready."""
    with sessions(course.installation.engine).begin() as session:
        found = find_credential(session, course.credential, course.program)
        supervisors.earned(
            session, person_id=named(session, name).id, credential_id=found.id,
            award_public_id="a" * 22, now=now(),
        )  # fmt: skip
