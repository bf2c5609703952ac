"""Where several meet: a team's work, a draft and its coach, a long queue, a cohort to come."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.cohorts import forming, staffing
from lti_tool.cohorts.forming import Facts
from lti_tool.cohorts.models import CohortMember, StaffSeat, TeamKind, WentOn
from lti_tool.database import sessions
from lti_tool.people.models import Person
from lti_tool.people.roles import Seat
from lti_tool.portfolio import team_work
from lti_tool.portfolio.models import Submission, SubmissionState
from lti_tool.review.models import Assessment, AssessmentState, Rating
from lti_tool.walk.installation import now
from tests.browser.furnishing import Furnishing
from tests.browser.looks import Looks
from tests.browser.test_cohort_pages import named
from tests.browser.test_every_page import Come, come
from tests.builders import a_person, an_appointment
from tests.cohorts.gathering import FREE_TEAMS, a_program_with, a_team, program_of
from tests.portfolio.studio import a_text, begun, drafts_of, rated
from tests.portfolio.test_team_work import shares
from tests.review.test_queue import many

__all__ = ["come"]

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]


def furnish(session: Session, me: Person) -> dict[str, str]:
    """A program in which one person is a teammate, a judge, a coach and the office at once."""
    moment = now()
    (version,) = a_program_with(
        session,
        team={**FREE_TEAMS, "kinds": ["virtual"]},
        coaching={"kinds": ["online"], "drafts": "open"},
    )
    shares(version, 0)
    # The catalogue's page reads what a whole package always has.
    version.program_version.document["credentials"][0]["parts"][0]["rubric"] = {"criteria": []}
    program = program_of(version)
    for seat in (Seat.ADMIN, Seat.ASSESSOR):
        session.add(an_appointment(me, program, seat, until=moment + timedelta(days=9)))
    mate = a_person("Maya Ortiz")
    mine, theirs = (
        drafts_of(session, rated(session, begun(session, person, version)))[0]
        for person in (me, mate)
    )
    a_team(session, version, me, [me, mate], kind=TeamKind.VIRTUAL)
    asked = version.parts[0].requirements[0]
    for draft, person in ((mine, me), (theirs, mate)):
        made = a_text(session, draft, asked, f"What {person.name} wrote.")
    team_work.offer(session, mate, made.public_id, "I typed.", now=moment)
    many(session, version, 51, moment)

    # The first of the queue comes for the second time
    again = session.scalars(
        select(Submission)
        .where(Submission.part_id == version.parts[0].id, Submission.submitted_at.is_not(None))
        .order_by(Submission.submitted_at)
        .limit(1)
    ).one()
    before = Submission(
        enrolment=again.enrolment,
        part=again.part,
        state=SubmissionState.RETURNED,
        begun_at=moment,
        submitted_at=moment,
    )
    again.attempt = 2
    session.flush()
    session.add(before)
    judged = Assessment(
        submission=before, assessor=me, begun_at=moment, state=AssessmentState.DECIDED
    )
    for criterion in version.parts[0].criteria:
        judged.ratings.append(
            Rating(criterion=criterion, level=criterion.levels[0], comment="Name who was there.")
        )
    session.add(judged)

    begins = moment.date() + timedelta(days=30)
    facts = Facts("Spring", begins_on=begins, apply_by=begins, seats=25, is_announced=True)
    cohort = forming.form(session, program, facts, actor=me, now=moment)
    staffing.place(session, cohort, me, StaffSeat.COACH, actor=me, now=moment)
    session.add(CohortMember(cohort=cohort, person=mate, joined_at=moment))
    session.add(
        WentOn(person=mate, credential_version=version, rule="team-size", count=0, at=moment)
    )
    session.flush()
    return {
        "a program with a cohort to come": f"programs/{program.slug}",
        "work made together": f"portfolio/together/{asked.id}",
        "a draft that a coach reads": f"review/drafts/{mate.id}/{version.credential.public_id}",
        "second page of a queue": "review/?page=2",
        "a cohort with advice that was passed": f"cohorts/{cohort.public_id}",
        "desk": f"review/{again.public_id}",
    }


def test_pages_on_which_several_meet(course: Furnishing, come: Come, looks: Looks) -> None:
    page = come(course.enrol("Isa", "Moreau"))
    with sessions(course.installation.engine).begin() as session:
        addresses = furnish(session, named(session, "Isa Moreau"))
    desk = addresses.pop("desk")

    for name, address in addresses.items():
        answer = page.goto(f"{course.base}/{address}")
        assert answer is not None
        assert answer.ok, name
        page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")
        looks.at(page, name, tabs=False)
    page.goto(f"{course.base}/{desk}")
    page.get_by_role("button", name="Start assessing").click()
    page.get_by_text("You gave this last time:").first.wait_for()
    looks.at(page, "desk for the second time", tabs=False)
