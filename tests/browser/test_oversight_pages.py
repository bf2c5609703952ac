"""The pages of those who run a program: axe, 320 pixels, the Tab key, from the overview down."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from lti_tool.cohorts import exceptions, forming, organisations, teams
from lti_tool.cohorts.forming import Facts
from lti_tool.cohorts.models import Matter, OrganisationKind, TeamKind
from lti_tool.cohorts.rules import team_rule
from lti_tool.database import sessions
from lti_tool.people.models import Person, Visit
from lti_tool.people.roles import Seat
from lti_tool.portfolio.models import Artifact, Enrolment, SelfAssessment, Submission
from lti_tool.programs.catalogue import current_version
from lti_tool.programs.models import Program
from lti_tool.walk.installation import now
from tests.browser.furnishing import Furnishing
from tests.browser.looks import Looks
from tests.browser.test_every_page import Come, come

__all__ = ["come"]

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]


def _someone(course: Furnishing, key: str) -> int:
    """Id of the person of the newest visit, which is that of whoever has just come."""
    course.visitor(key)
    with sessions(course.installation.engine)() as session:
        return session.scalars(select(Visit.person_id).order_by(Visit.id.desc()).limit(1)).one()


def test_pages_of_those_who_run_a_program(course: Furnishing, come: Come, looks: Looks) -> None:
    # Given a cohort with a team of two: work of one came back long ago, the other has just come
    dora = come("dora")
    with sessions(course.installation.engine)() as session:
        dora_id = session.scalars(select(Visit.person_id).order_by(Visit.id.desc()).limit(1)).one()
    course.installation.appoint("dora", course.installation.program(course.program), Seat.ADMIN)
    key, second = course.enrol("Ines", "Roth"), course.enrol("Tomas", "Lind")
    learner, other = _someone(course, key), _someone(course, second)
    work = course.submit(key)
    course.assess(work, is_met=False)
    course.decide(work, is_met=False)
    before = now() - timedelta(days=90)
    with sessions(course.installation.engine).begin() as session:
        admin = session.get_one(Person, dora_id)
        program = session.scalars(select(Program).where(Program.slug == course.program)).one()
        hub = organisations.make(
            session, "Prairie Hub", OrganisationKind.REGIONAL_OFFICE, actor=None, now=before
        )
        lark = organisations.make(
            session, "Lark District", OrganisationKind.DISTRICT, parent=hub, actor=None, now=before
        )
        cohort = forming.form(session, program, Facts("Fall"), actor=admin, now=before)
        people = [session.get_one(Person, one) for one in (learner, other)]
        for person in people:
            practising = teams.of_person(session, person.id, program)
            if practising is not None:
                teams.leave(session, practising, person, actor=person, now=before)
        rule = team_rule(current_version(session, program).document)
        team = teams.form(
            session, program, rule, name="Larks", kind=TeamKind.DISTRICT, organisation=lark,
            cohort=cohort, leader=people[0], actor=admin, now=before,
        )  # fmt: skip
        teams.join(session, team, people[1], rule, now=before)
        exceptions.grant(
            session, program, Matter.TEAM_SIZE, team, reason="It is a small district.",
            actor=admin, now=before,
        )  # fmt: skip
        ids = select(Enrolment.id).where(Enrolment.person_id == learner)
        works = select(Submission.id).where(Submission.enrolment_id.in_(ids))
        session.execute(update(Submission).where(Submission.id.in_(works)).values(begun_at=before))
        session.execute(
            update(SelfAssessment)
            .where(SelfAssessment.enrolment_id.in_(ids))
            .values(begun_at=before, completed_at=before)
        )
        session.execute(
            update(Artifact).where(Artifact.submission_id.in_(works)).values(changed_at=before)
        )
        place, of_team = cohort.public_id, team.public_id

    # When Dora looks over the program, from the whole down to one artifact
    base = f"{course.base}/oversight"
    program_page = f"{base}/of/{course.program}"
    for name, address in (
        ("how it is going", f"{base}/"),
        ("a program", program_page),
        ("nobody of that name", f"{program_page}?name=zzz"),
        ("a team", f"{program_page}?team={of_team}"),
        ("a cohort", f"{base}/cohorts/{place}"),
        ("stalled work", f"{program_page}/stalled"),
        ("nothing stalled", f"{program_page}/stalled?name=Tomas+Lind"),
        ("reports", f"{program_page}/reports"),
        ("a hub's report", f"{program_page}/reports?hub=Prairie+Hub"),
    ):
        dora.goto(address)
        looks.at(dora, name)
    dora.goto(f"{base}/cohorts/{place}")
    dora.get_by_role("link", name="Ines Roth").last.click()
    dora.get_by_text("not met yet").first.wait_for()
    looks.at(dora, "a person")
    dora.locator(".given a").first.click()
    dora.get_by_role("heading", name="What it shows").wait_for()
    looks.at(dora, "an artifact")

    # Then the stalled work leads to the very credential of the person
    dora.goto(f"{program_page}/stalled")
    dora.locator(".stalls a").first.click()
    assert "/people/" in dora.url
    assert "#c-" in dora.url
