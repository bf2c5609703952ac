"""The pages of hours and credit: the participant's, the instructor's, the office's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from lti_tool.credit import reminders
from lti_tool.database import sessions
from lti_tool.people.roles import Seat
from lti_tool.programs import catalogue
from lti_tool.walk.installation import now
from tests.browser.furnishing import Furnishing
from tests.browser.looks import Looks
from tests.browser.test_every_page import Come, come

__all__ = ["come"]

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

HOURS = {
    "gate": True,
    "min": 12,
    "categories": [
        {"slug": "in-person", "title": "In person", "minimum": 6, "recorded_by": "instructor"},
        {"slug": "online", "title": "Online", "minimum": 4, "recorded_by": "participant"},
        {"slug": "field", "title": "Fieldwork", "minimum": 2, "recorded_by": "approver"},
    ],
}
LICENCE = {
    "register": "State register",
    "identifier": "Educator number",
    "report_within_days": 60,
    "offering_number": "Academy number",
    "remind_days_ahead": 365,
    "yearly": [
        {
            "title": "Administrators' Academy",
            "kind": "administrator-academy",
            "amount": 1,
            "unit": "credit",
            "missed": "make-up",
        }
    ],
    "cycles": [{"hours": 100, "years": 5, "text": "Professional development."}],
}


def states(course: Furnishing) -> str:
    """Let the program gate by hours and report to a register; answers the credential's place."""
    with sessions(course.installation.engine).begin() as session:
        program = catalogue.find_program(session, course.program)
        version = catalogue.current_version(session, program)
        credit = version.document["credit"]
        options = [{**one, "on_licence": True} for one in credit["options"]]
        version.document = {
            **version.document,
            "hours": HOURS,
            "licence": LICENCE,
            "credit": {**credit, "options": options},
        }
        for one in version.credentials:
            one.details = {name: it for name, it in one.details.items() if name != "hours"}
    return f"/credit/credentials/{course.program}/{course.credential}"


def test_pages_of_hours_and_credit(
    course: Furnishing, come: Come, looks: Looks, tmp_path: Path
) -> None:
    # Given a program that has everything, and Mina, who has begun
    with sessions(course.installation.engine)() as session:
        before = catalogue.current_version(session, catalogue.find_program(session, course.program))
        kept = (before.id, before.document, {one.id: one.details for one in before.credentials})
    place = states(course)
    try:
        _look(course, come, looks, place, tmp_path)
    finally:
        with sessions(course.installation.engine).begin() as session:
            version = session.get_one(type(before), kept[0])
            version.document = kept[1]
            for one in version.credentials:
                one.details = kept[2][one.id]


def _look(course: Furnishing, come: Come, looks: Looks, place: str, folder: Path) -> None:
    key = course.enrol("Mina", "Costa")
    page = come(key)
    course.begin(key)
    page.goto(f"{course.base}/credit/")
    looks.at(page, "credit before any award", most_primaries=0)
    page.goto(f"{course.base}{place}")
    looks.at(page, "what it will count for")
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Keep this choice").click()
    if page.get_by_role("heading", name="About you").count():
        looks.at(page, "a choice that cannot be had yet")
        page.get_by_role("checkbox").first.check()
        page.get_by_role("button", name="Keep this", exact=True).click()
        page.get_by_role("radio").first.check()
        page.get_by_role("button", name="Keep this choice").click()
    page.get_by_text("Your choice is kept").wait_for()
    _remind(course)
    page.goto(f"{course.base}/")
    looks.at(page, "home with a reminder")
    page.goto(f"{course.base}/credit/")
    page.get_by_text("Correct this").click()
    years = page.get_by_label("It is asked of me since")
    years.select_option(index=2)
    page.get_by_role("button", name=re.compile("^Keep this.*Academy")).click()
    page.get_by_text("You owe 2 credits as a make-up").wait_for()
    page.get_by_text("Correct this").click()
    looks.at(page, "what a license asks, with years owed", most_primaries=0)
    page.get_by_role("button", name="Put this away").first.click()
    page.goto(f"{course.base}{place}/hours")
    looks.at(page, "hours before any")
    _add(page, "Online", "4")
    _add(page, "Fieldwork", "1.5")
    _add(page, "Fieldwork", "0.5")
    looks.at(page, "hours with entries")
    _add(page, "Online", "many")
    looks.at(page, "hours with a fault")
    page.goto(f"{course.base}{place}/hours")
    page.get_by_role("link", name="Take back").first.click()
    looks.at(page, "take hours back")

    # When Dora records who was there, by ticks and from a file, and approves
    dora = come("dora")
    dora.goto(f"{course.base}/")
    dora.get_by_role("link", name="Attendance").click()
    looks.at(dora, "attendance")
    dora.get_by_role("button", name="Write it down").click()
    dora.get_by_label("Hours", exact=True).fill("6")
    dora.get_by_label("Session").fill("Day one")
    dora.get_by_role("button", name="Write it down").click()
    dora.get_by_text("Tick at least one person").wait_for()
    looks.at(dora, "attendance with a fault")
    dora.get_by_role("checkbox", name="Mina Costa").check()
    dora.get_by_role("button", name="Write it down").click()
    dora.get_by_text("One entry is written down").wait_for()
    sheet = folder / "sheet.csv"
    sheet.write_text("email,date,hours,category,session\nnobody,2026-01-02,1,online,Day\n")
    dora.get_by_label("Attendance as CSV").set_input_files(sheet)
    dora.get_by_role("button", name="Look at it first").click()
    dora.get_by_text("is not a learner of this course").wait_for()
    looks.at(dora, "a file with a fault")
    sheet.write_text("email,date,hours,category,session\nMina Costa,2026-01-02,1,online,Day\n")
    dora.get_by_label("Attendance as CSV").set_input_files(sheet)
    dora.get_by_role("button", name="Look at it first").click()
    looks.at(dora, "a file before it is taken over")
    dora.get_by_role("button", name="Write them down").click()
    dora.get_by_role("button", name="Approve all 2 of Mina Costa").click()
    dora.get_by_text("Approved: 2 entries, 2 hours").wait_for()
    dora.get_by_role("link", name="Withdraw").first.click()
    looks.at(dora, "withdraw an approval")
    dora.get_by_label("Why").fill("The wrong Mina")
    dora.get_by_role("button", name="Withdraw it").click()
    dora.get_by_text("2 entries wait for approval again").wait_for()
    looks.at(dora, "hours that wait in a heap")
    dora.get_by_role("button", name="Approve all 2 of Mina Costa").click()
    dora.get_by_text("Approved: 2 entries, 2 hours").wait_for()
    looks.at(dora, "attendance written down")

    # Then the work is awarded with all hours there, and everybody's pages tell what came of it
    work = course.submit(key)
    course.assess(work)
    course.decide(work)
    page.goto(f"{course.base}/credit/")
    looks.at(page, "credit with an award")
    page.get_by_text("It stands on my license").click()
    looks.at(page, "credit noted on a license")
    page.goto(f"{course.base}{place}")
    looks.at(page, "what it counts for", most_primaries=0)
    with page.expect_download() as pack:
        page.goto(f"{course.base}/credit/")
        page.get_by_role("link", name="Save it as PDF").click()
    assert Path(pack.value.path()).read_bytes().startswith(b"%PDF-")
    _appoint(course, "cleo")
    cleo = come("cleo")
    cleo.goto(f"{course.base}/credit/programs/{course.program}")
    looks.at(cleo, "hours and credit of a program")
    cleo.get_by_role("link", name="Mina Costa").first.click()
    looks.at(cleo, "the credit of one award")
    ivan = come(course.enrol("Otto", "Weiss"))
    ivan.goto(f"{course.base}/credit/programs/")
    looks.at(ivan, "no program to look after")


def _add(page: Page, kind: str, hours: str) -> None:
    page.get_by_label("Kind").select_option(label=kind)
    page.get_by_label("Hours", exact=True).fill(hours)
    page.get_by_label("What you did").fill("Reading and trying out")
    page.get_by_role("button", name="Add these hours").click()
    page.wait_for_load_state()


def _remind(course: Furnishing) -> None:
    """What the background does at night."""
    with sessions(course.installation.engine).begin() as session:
        for person_id in reminders.candidates(session, now=now()):
            reminders.look(session, person_id, now=now())


def _appoint(course: Furnishing, key: str) -> None:
    course.installation.appoint(key, course.installation.program(course.program), Seat.ADMIN)
