"""Stacks, the learner's home on a phone, and the map of a program, as a browser shows them."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.badges import awards
from lti_tool.badges.models import Award
from lti_tool.database import sessions
from lti_tool.people.models import Person
from lti_tool.portfolio import enrolments
from lti_tool.portfolio.models import Enrolment, Submission, SubmissionState
from lti_tool.programs import catalogue
from lti_tool.programs.models import CredentialVersion
from lti_tool.stacks import proposals
from lti_tool.walk.installation import now
from tests.browser.conftest import Seat as Chair
from tests.browser.furnishing import Furnishing
from tests.browser.looks import Looks
from tests.browser.people import Participant
from tests.browser.test_every_page import Come, come

__all__ = ["come"]

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]


def earn(session: Session, person: Person, program: str, slug: str) -> Award:
    """Somebody is awarded a credential, all its work approved."""
    credential = catalogue.find_credential(session, slug, program)
    version = catalogue.current_credential_version(session, credential)
    enrolments.begin(session, person, version, now=now())
    for work in session.scalars(
        select(Submission)
        .join(Submission.enrolment)
        .join(Enrolment.credential_version)
        .where(Enrolment.person_id == person.id, CredentialVersion.id == version.id)
    ):
        work.state, work.submitted_at, work.decided_at = SubmissionState.APPROVED, now(), now()
    award = awards.award(session, person=person, credential_version=version, results=[], now=now())
    proposals.look(session, person.id, now=now())
    return award


def stacks(course: Furnishing) -> list[dict[str, Any]]:
    """The program's stacks, the one with the course's credential first."""
    with sessions(course.installation.engine)() as session:
        program = catalogue.find_program(session, course.program)
        found = catalogue.current_version(session, program).document["stacks"]
    return sorted(found, key=lambda one: course.credential not in one["members"])


def earns(course: Furnishing, name: str, *slugs: str) -> None:
    """Somebody known by name earns these."""
    with sessions(course.installation.engine).begin() as session:
        person = session.scalars(select(Person).where(Person.name == name)).one()
        for slug in slugs:
            earn(session, person, course.program, slug)


def lies_above_the_fold(page: Page, *places: str) -> None:
    """Whether all of these can be seen without scrolling."""
    for place in places:
        box = page.locator(place).first.bounding_box()
        height = page.evaluate("innerHeight")
        assert box is not None, place
        assert box["y"] + box["height"] <= height, f"{place} ends at {box['y'] + box['height']}"


@pytest.mark.row("S1-20")
def test_pages_of_a_learner_whose_credentials_add_up(
    course: Furnishing, come: Come, looks: Looks, seat: Chair
) -> None:
    mine, other, third = stacks(course)[:3]
    key = course.enrol("Salome", "Okafor")
    course.begin(key)
    rest = [slug for slug in mine["members"] if slug != course.credential]
    earns(course, "Salome Okafor", *rest, other["members"][0], *third["members"])

    page = come(key)
    page.set_viewport_size({"width": 375, "height": 667})
    page.goto(f"{course.base}/")
    lies_above_the_fold(page, ".next .button", ".how-far", ".gift .badge", ".toward")
    looks.at(page, "home with several under way")
    page.goto(f"{course.base}/stacks/")
    looks.at(page, "stacks")
    page.get_by_role("link", name=other["title"], exact=True).click()
    looks.at(page, "a stack with its plan")
    page.locator("#plan summary").click()
    looks.at(page, "a stack with its plan to change")
    page.get_by_role("button", name="Keep this plan").click()
    page.get_by_text("Your plan is kept.").wait_for()
    looks.at(page, "a stack with a plan of one's own")
    page.locator("#plan summary").click()
    page.get_by_role("button", name="Go back to what the program proposes").wait_for()
    page.goto(f"{course.base}/stacks/of/{course.program}/{third['slug']}")
    looks.at(page, "a stack that waits")

    # In the frame of the LMS's page
    framed = seat(course.installation, key)
    assert isinstance(framed, Participant)
    framed.comes_to_school()
    framed.opens(course.link)
    framed.clicks("What it all adds up to")
    framed.sees("What it adds up to")
    framed.clicks(mine["title"])
    framed.room.get_by_text("You are one away.").wait_for()


def test_pages_of_who_decides_on_stacks(course: Furnishing, come: Come, looks: Looks) -> None:
    *_, stack = stacks(course)
    for name in ("Paz", "Quyen", "Rune"):
        course.visitor(course.enrol(name, "Vale"))
        earns(course, f"{name} Vale", *stack["members"])
    page = come("cleo")
    page.get_by_role("link", name="Stacks", exact=True).click()
    looks.at(page, "stacks to decide on")

    def pending(name: str, state: str = "Waiting") -> Any:
        return page.get_by_role("region", name=f"{state}: {name} Vale: {stack['title']}")

    pending("Paz").locator("summary").click()
    pending("Paz").get_by_role("button", name="Do not award it").click()
    pending("Paz").get_by_role("alert").wait_for()
    looks.at(page, "stack declined without a reason")
    pending("Paz").get_by_role("textbox").fill("Come and see me first.")
    pending("Paz").get_by_role("button", name="Do not award it").click()
    pending("Paz", "Declined").wait_for()
    for name in ("Quyen", "Rune"):
        pending(name).get_by_role("button", name="Award").click()
        pending(name, "Awarded").wait_for()
    with sessions(course.installation.engine).begin() as session:
        rune = session.scalars(select(Person).where(Person.name == "Rune Vale")).one()
        award = session.scalars(select(Award).where(Award.person_id == rune.id)).first()
        assert award is not None
        awards.revoke(session, award, reason="Not their own work.", actor=None, now=now())
        proposals.look(session, rune.id, now=now())
    page.reload()
    pending("Rune", "In question").wait_for()
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")
    looks.at(page, "stacks in every state")


@pytest.mark.row("S4-44")
def test_maps_of_programs(course: Furnishing, page: Page, looks: Looks) -> None:
    page.goto(f"{course.base}/programs/")
    looks.at(page, "programs with a form to find them")
    page.get_by_label("Topic").select_option(index=1)
    page.get_by_role("button", name="Find").click()
    page.get_by_role("status").wait_for()
    looks.at(page, "programs found")
    page.goto(f"{course.base}/programs/excel-leadership-academy")
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")
    looks.at(page, "map of two tiers")
    tiers = page.locator(".tier-map > .tier")
    colours = page.locator(".box > .band rect").evaluate_all(
        "all => all.map(one => getComputedStyle(one).fill)"
    )
    assert tiers.count() == 3
    assert len(set(colours)) == 3
    tops = [box["y"] for box in (one.bounding_box() for one in tiers.all()) if box]
    assert tops == sorted(tops)
