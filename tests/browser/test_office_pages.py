"""The office: who issues and with which keys, what partners say, and badges made wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.badges import awards, stack_badges
from lti_tool.badges.models import Award
from lti_tool.database import opaque_id, sessions
from lti_tool.people import sign_in_links
from lti_tool.people.models import Person
from lti_tool.people.roles import Seat
from lti_tool.programs import catalogue
from lti_tool.programs.stacks import stacks_of
from lti_tool.walk.installation import Installation, now
from tests.badges.test_issuers import an_issuer
from tests.badges.workshop import results_for
from tests.browser.furnishing import Furnishing
from tests.browser.looks import Looks
from tests.browser.test_every_page import Come, come
from tests.builders import an_appointment

__all__ = ["come"]

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]


def earns(session: Session, course: Furnishing, name: str) -> str:
    """Somebody earns the course's credential and shares it; answers its public id."""
    person = session.scalars(select(Person).where(Person.name == name)).one()
    credential = catalogue.find_credential(session, course.credential, course.program)
    version = catalogue.current_credential_version(session, credential)
    award = awards.award(
        session,
        person=person,
        credential_version=version,
        results=results_for(version),
        now=now(),
    )
    awards.share(session, award, now=now())
    return award.public_id


@contextmanager
def real(course: Furnishing) -> Iterator[None]:
    """For a while the course's program is no sample package and names two issuers."""
    partners = [
        {"slug": "north", "name": "North Office", "kind": "agency", "roles": ["issuer"]},
        {"slug": "uni", "name": "The University", "kind": "university", "roles": ["issuer"]},
    ]

    def write(document: dict[str, object] | None) -> dict[str, object]:
        with sessions(course.installation.engine).begin() as session:
            program = catalogue.find_program(session, course.program)
            version = catalogue.current_version(session, program)
            before = version.document
            changed = {**before, "demonstration": False, "partners": partners}
            version.document = document or changed
        return before

    before = write(None)
    try:
        yield
    finally:
        write(before)


def shows(page: Page, address: str, words: str) -> None:
    """Load a page until the background has done what it is to show."""
    for _ in range(100):
        page.goto(address)
        if page.get_by_text(words).count():
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"{address} never said: {words}")


def signs_in(canvas: Installation, page: Page, base: str) -> None:
    """Come in as an administrator of the tool."""
    with sessions(canvas.engine).begin() as session:
        token = sign_in_links.make(session, now=now())
    page.goto(f"{base}/admin/sign-in/{token}")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Is everything connected?").wait_for()


def test_pages_of_issuers(
    canvas: Installation, course: Furnishing, page: Page, looks: Looks
) -> None:
    course.visitor(course.enrol("Wanda", "Ilves"))
    with sessions(canvas.engine).begin() as session:
        badge = earns(session, course, "Wanda Ilves")
    signs_in(canvas, page, course.base)
    with real(course):
        page.get_by_role("link", name="Issuers").click()
        looks.at(page, "issuers")
        page.get_by_label("Short name").fill("North Office")
        page.get_by_role("button", name="Make the issuer and its keys").click()
        page.get_by_role("alert").first.wait_for()
        looks.at(page, "an issuer that cannot be made")
        page.get_by_label("Short name").fill("north")
        page.get_by_label("Name", exact=True).fill("North Office")
        page.get_by_label("E-mail address").fill("north@example.org")
        page.get_by_label("Part of").fill("The State")
        page.get_by_role("button", name="Make the issuer and its keys").click()
        page.get_by_text("North Office can issue now").wait_for()
        page.get_by_role("button", name="Let it stand for this partner").click()
        page.get_by_text("It awards what is awarded from now on.").wait_for()
        page.get_by_text("Let another key follow").click()
        page.get_by_label("Sign with it at once").check()
        page.get_by_role("button", name="Publish the next key").click()
        page.get_by_text("The next key signs from now on.").wait_for()
        page.get_by_text("A key may have been stolen").click()
        page.get_by_role("button", name="Believe this key no longer").click()
        page.get_by_text("Choose which of this issuer's keys it is.").wait_for()
        page.get_by_label("Which key").last.select_option(index=1)
        page.get_by_role("button", name="Believe this key no longer").click()
        page.get_by_text("Nobody believes this key any more.").wait_for()
        page.get_by_label("Address of what is endorsed").fill(f"{course.base}/badges/{badge}")
        page.get_by_label("What it says").fill("Our schools hire for exactly this.")
        page.get_by_role("button", name="Endorse").click()
        page.get_by_text("It is signed within a minute.").wait_for()
        page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")
        looks.at(page, "an issuer with its keys and what it said")
        page.goto(f"{course.base}/issuers/")
        looks.at(page, "issuers and the partners they are")
        with sessions(canvas.engine).begin() as session:
            award = session.scalars(select(Award).where(Award.public_id == badge)).one()
            version = award.credential_version
            earnable = f"/badges/achievements/{version.credential.public_id}/v{version.number}"
        shows(page, f"{course.base}/badges/{badge}", "Our schools hire for exactly this.")
        looks.at(page, "a badge that a partner endorses")
        page.goto(f"{course.base}/issuers/north")
        page.get_by_label("Address of what is endorsed").fill(f"{course.base}{earnable}")
        page.get_by_label("What it says").fill("It is our own.")
        page.get_by_role("button", name="Endorse").click()
        page.get_by_text("Nobody endorses themselves.").wait_for()
        looks.at(page, "an endorsement of one's own badge")
        with sessions(canvas.engine).begin() as session:
            an_issuer(session, "uni", now())
        page.goto(f"{course.base}/issuers/uni")
        page.get_by_label("Address of what is endorsed").fill(f"{course.base}{earnable}")
        page.get_by_label("What it says").fill("We ask for it in every advertisement.")
        page.get_by_role("button", name="Endorse").click()
        page.get_by_text("It is signed within a minute.").wait_for()
        shows(page, f"{course.base}{earnable}", "We ask for it in every advertisement.")
        looks.at(page, "what can be earned, with who endorses it")


def test_pages_of_badges_made_wrong(
    canvas: Installation, course: Furnishing, come: Come, looks: Looks
) -> None:
    keys = {name: course.enrol(name, "Osei") for name in ("Xenia", "Yaw", "Zora")}
    for key in keys.values():
        course.visitor(key)
    office = come(course.enrol("Otto", "Program"))
    with sessions(canvas.engine).begin() as session:
        badges = {name: earns(session, course, f"{name} Osei") for name in keys}
        otto = session.scalars(select(Person).where(Person.name == "Otto Program")).one()
        program = catalogue.find_program(session, course.program)
        session.add(an_appointment(otto, program, Seat.ADMIN))
        version = catalogue.current_version(session, program)
        stack = stacks_of(version)[0]
        stack_badges.award_stack(
            session,
            person=session.scalars(select(Person).where(Person.name == "Yaw Osei")).one(),
            program_version=version,
            stack=stack.slug,
            public_id=opaque_id(),
            basis=[badges["Yaw"]],
            now=now(),
        )
    office.goto(f"{course.base}/badges/corrections/")
    looks.at(office, "badges to correct")
    office.get_by_label("Or the addresses of badges").fill("\n".join(badges.values()))
    office.get_by_role("button", name="Show me these badges").click()
    office.get_by_role("heading", name="3 badges").wait_for()
    looks.at(office, "badges that would be taken back")
    office.get_by_role("button", name="Take these 3 badges back").click()
    office.get_by_role("alert").wait_for()
    looks.at(office, "badges taken back without a reason")
    office.get_by_role("row", name="Zora Osei").get_by_role("link").click()
    looks.at(office, "a badge to correct")
    office.get_by_label("Name on the badge").fill("Zora Osei-Bonsu")
    office.get_by_label("Why it is corrected").fill("Her name was written wrong.")
    office.get_by_role("button", name="Make the corrected badge").click()
    office.get_by_text("Zora Osei-Bonsu has the corrected badge.").wait_for()
    office.get_by_label("Or the addresses of badges").fill(
        " ".join(badges[name] for name in ("Xenia", "Yaw"))
    )
    office.get_by_role("button", name="Show me these badges").click()
    office.get_by_label("Why", exact=True).fill("The list was that of another course.")
    office.get_by_role("button", name="Take these 2 badges back").click()
    office.get_by_text("2 badges are taken back.").wait_for()

    office.get_by_label("Program", exact=True).select_option(course.program)
    office.get_by_label("Micro-credential or stack").select_option(f"stack:{stack.slug}")
    office.get_by_label("Or the addresses of badges").fill("")
    office.get_by_role("button", name="Show me these badges").click()
    office.get_by_role("heading", name="One badge").wait_for()
    looks.at(office, "the badge of a stack that would be taken back")
    office.get_by_role("row", name="Yaw Osei").get_by_role("link").click()
    office.get_by_label("Name on the badge").fill("Yaw Osei-Bonsu")
    office.get_by_label("Why it is corrected").fill("His name was written wrong.")
    looks.at(office, "the badge of a stack to correct")
    office.get_by_role("button", name="Make the corrected badge").click()
    office.get_by_text("Yaw Osei-Bonsu has the corrected badge.").wait_for()

    with sessions(canvas.engine)() as session:
        old = session.scalars(select(Award).where(Award.public_id == badges["Zora"])).one()
        assert old.revocation_reason == "Her name was written wrong."
    zora = come(keys["Zora"])
    zora.goto(f"{course.base}/badges/{badges['Zora']}")
    zora.get_by_text("Her name was written wrong.").wait_for()
    looks.at(zora, "a badge that was replaced")
    zora.get_by_role("link", name="The badge that stands in its place").click()
    zora.get_by_role("heading", name=course.title, exact=True).wait_for()
