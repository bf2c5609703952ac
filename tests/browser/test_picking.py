"""The picker and SpeedGrader in a real browser, in frames of an LMS on another site."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, expect
from sqlalchemy import select

from lti_tool.database import sessions
from lti_tool.programs.models import CredentialVersion
from lti_tool.walk.installation import Installation
from tests.browser.conftest import WAIT, Seat, make_context
from tests.browser.furnishing import Furnishing
from tests.browser.looks import Looks
from tests.browser.people import Instructor
from tests.builders import a_credential_version
from tools import browser as browsers

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

STAGED = "Walking a school with its families"


def opens_the_picker(dora: Instructor, **query: str) -> FrameLocator:
    """Dora adds something from the tool: the picker stands in a frame of the course's page."""
    dora.comes_to_school()
    words = "&".join(f"{name}={value}" for name, value in query.items())
    dora.page.goto(f"{dora.installation.lms.url}/courses/1/add?{words}")
    frame = dora.page.frame_locator("#tool")
    expect(frame.get_by_role("heading", level=1)).to_be_visible()
    return frame


@pytest.fixture(scope="module")
def staged(canvas: Installation) -> str:
    """A program whose credential is submitted stage by stage: its slug."""
    with sessions(canvas.engine).begin() as session:
        known = session.scalars(
            select(CredentialVersion).where(CredentialVersion.title == STAGED)
        ).first()
        if known is None:
            known = a_credential_version(title=STAGED, parts=2)
            known.program_version.title = "Stages and steps"
            known.program_version.program.slug = "stages-and-steps"
            known.program_version.document["slug"] = "stages-and-steps"
            session.add(known)
        return known.program_version.program.slug


@pytest.fixture(autouse=True)
def tidied(canvas: Installation, moodle: Installation) -> Iterator[None]:
    """Other tests of this process find the course as they left it."""
    schools = [canvas.school.school, moodle.school.school]
    before = [set(school.links) for school in schools]
    yield
    for school, known in zip(schools, before, strict=True):
        for link in [link for key, link in school.links.items() if key not in known]:
            for column in school.columns_for(link):
                school.remove_column(column)
            del school.links[link.id]


@pytest.fixture
def without_scripts(browser: Browser) -> Iterator[BrowserContext]:
    """A browser whose owner allows no scripts."""
    context = make_context(browser, java_script_enabled=False)
    yield context
    context.close()


@pytest.mark.row("T-086")
@pytest.mark.row("T-096")
def test_dora_places_a_program_link_by_link_in_moodle(
    moodle: Installation, staged: str, seat: Seat
) -> None:
    """T-086, T-096: Moodle posts the answer again with its own session, and asks before it adds."""
    # Given the picker in the frame of Moodle's page
    dora = seat(moodle, "dora")
    assert isinstance(dora, Instructor)
    before = set(moodle.school.school.links)
    picker = opens_the_picker(dora)

    # When she unfolds a program and picks all of it
    picker.locator("summary", has_text="Stages and steps").click()
    column = picker.get_by_label("A column in the gradebook for each of them: Stages and steps")
    expect(column).to_be_hidden()
    dora.ticks(picker.get_by_label("The whole program, link by link: Stages and steps"))
    expect(column).to_be_checked()
    expect(picker.get_by_text("You have picked 2 links.")).to_be_visible()
    expect(picker.get_by_label("Due")).to_have_count(0)
    picker.get_by_role("button", name="Place in the course").click()

    # Then Moodle shows what it is about to add, and adds it once she confirms
    expect(picker.get_by_role("heading", name="Add these 2 activities")).to_be_visible()
    assert set(moodle.school.school.links) == before
    picker.get_by_role("button", name="Confirm").click()
    expect(dora.page.get_by_role("heading", name=f"{STAGED}: Part 1")).to_be_visible()
    new = [link for key, link in moodle.school.school.links.items() if key not in before]
    assert [link.custom.get("part") for link in new] == ["part-1", "part-2"]
    assert staged == new[0].custom["program"]

    # And a learner who opens the second stage is told where they are
    learner = seat(moodle, moodle.school.enrol("Ines", "Roth").key)
    learner.comes_by_link(new[1].id)
    expect(learner.page.get_by_text("its stage “Part 2”")).to_be_visible()


@pytest.mark.row("T-094")
@pytest.mark.row("T-092")
def test_dora_places_one_with_points_and_dates_in_canvas(
    canvas: Installation, course: Furnishing, seat: Seat
) -> None:
    """T-092, T-094: a module's menu creates at once, so the page asks once more before."""
    dora = seat(canvas, "dora")
    assert isinstance(dora, Instructor)
    before = set(canvas.school.school.links)
    picker = opens_the_picker(dora, placement="module_index_menu_modal")

    boards = picker.locator("details.program")
    boards.filter(has=picker.get_by_text(course.title)).locator("> summary").click()
    dora.ticks(picker.get_by_role("checkbox", name=re.compile(re.escape(course.title))).first)
    maximum = picker.get_by_label(f"Highest score of {course.title}")
    expect(maximum).to_be_visible()
    maximum.fill("lots")
    picker.get_by_text("Dates and window").click()
    picker.get_by_label("Due").fill("2027-02-01T16:00")
    picker.get_by_role("button", name="Look it over").click()
    expect(picker.get_by_text("Give a number above 0")).to_be_visible()
    maximum.fill("40")
    picker.get_by_role("button", name="Look it over").click()
    expect(picker.get_by_role("heading", name="Place this link now?")).to_be_visible()
    expect(picker.get_by_text("with a column of 40 points")).to_be_visible()
    picker.get_by_role("button", name="Place it now").click()

    expect(dora.page.get_by_role("heading", name=course.title, exact=True).last).to_be_visible()
    expect(dora.page).to_have_url(re.compile("/courses/1$"))
    (link,) = [one for key, one in canvas.school.school.links.items() if key not in before]
    assert canvas.school.school.columns_for(link)[0].maximum == 40
    assert link.hints["submission"] == {"endDateTime": "2027-02-01T22:00:00Z"}


@pytest.mark.row("T-086")
@pytest.mark.row("T-093")
def test_the_picker_works_without_scripts(
    canvas: Installation, course: Furnishing, without_scripts: BrowserContext
) -> None:
    """T-086, T-093: every form has a button; nothing depends on what a script would say."""
    page: Page = without_scripts.new_page()
    page.goto(f"{canvas.lms.url}/courses/1/deep-link?as=dora&target=window")
    while page.get_by_role("button", name="Continue").count():
        page.get_by_role("button", name="Continue").click()
    before = set(canvas.school.school.links)
    boards = page.locator("details.program")
    boards.filter(has=page.get_by_text(course.title)).locator("> summary").click()
    page.get_by_role("checkbox", name=re.compile(re.escape(course.title))).first.check()
    page.get_by_role("button", name="Place in the course").click()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Added to")
    assert len(set(canvas.school.school.links) - before) == 1


@pytest.mark.row("T-096")
def test_the_picker_works_where_no_cookie_is_kept(
    canvas: Installation, staged: str, browser: Browser, tmp_path: Path
) -> None:
    """T-096: the page's memory carries the visit, and the answer is still a form of a page."""
    # Given a browser that keeps no cookie of the tool inside the LMS's pages
    (tmp_path / "Default").mkdir()
    rules = {f"{canvas.settings.base_url},{canvas.lms.url}": {"setting": 2}}
    preferences = {"profile": {"content_settings": {"exceptions": {"cookies": rules}}}}
    (tmp_path / "Default" / "Preferences").write_text(json.dumps(preferences))
    context = browser.browser_type.launch_persistent_context(
        tmp_path, executable_path=browsers.find(), args=list(browsers.ARGUMENTS)
    )
    context.set_default_timeout(WAIT)
    before = set(canvas.school.school.links)
    try:
        # When Dora picks one stage
        dora = Instructor(context.new_page(), canvas, "dora")
        picker = opens_the_picker(dora, placement="assignment_selection")
        picker.locator("summary", has_text="Stages and steps").click()
        picker.locator("summary", has_text=f"Stages of {STAGED}").click()
        dora.ticks(picker.get_by_role("radio", name=re.compile("^Part 2")))
        picker.get_by_role("button", name="Place in the course").click()

        # Then it is in the course
        expect(dora.page.get_by_role("heading", name=f"{STAGED}: Part 2")).to_be_visible()
    finally:
        context.close()
    (link,) = [one for key, one in canvas.school.school.links.items() if key not in before]
    assert (link.custom["program"], link.custom["part"]) == (staged, "part-2")


def test_the_pages_of_the_picker(canvas: Installation, staged: str, page: Page) -> None:
    """Filled in, at fault, to be confirmed, and where it is of no use: for every reader."""
    looks = Looks()
    address = f"{canvas.lms.url}/courses/1/deep-link?as=dora&target=window&placement="
    page.goto(f"{address}link_selection")
    unfolds(page)
    for box in page.locator("input[name=pick]").all():
        if box.is_visible():
            box.check()
    looks.at(page, "picker filled in")
    page.get_by_label(re.compile("^Highest score")).filter(visible=True).first.fill("none")
    page.get_by_role("button", name="Place in the course").click()
    page.locator("[role=alert]").wait_for()
    looks.at(page, "picker with a fault")
    page.goto(f"{address}module_menu_modal")
    unfolds(page)
    page.locator(f"input[value='all:{staged}']").check()
    page.get_by_role("button", name="Look it over").click()
    page.get_by_role("button", name="Place them now").wait_for()
    looks.at(page, "picker to be confirmed")
    page.goto(f"{address}conference_selection")
    page.get_by_role("heading", name="does not take assignments").wait_for()
    looks.at(page, "picker of no use")

    assert not looks.faults, "\n".join(looks.faults)


def unfolds(page: Page) -> None:
    """All that is folded of the smallest program; nobody unfolds every one at once."""
    page.get_by_role("heading", name="What shall this course offer?").wait_for()
    boards = page.locator("details.program").filter(has_text="Stages and steps")
    boards.evaluate_all("all => all.forEach(one => { one.open = true })")
    boards.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")


@pytest.mark.row("T-134")
def test_speedgrader_opens_the_very_work_in_its_frame(
    canvas: Installation, course: Furnishing, seat: Seat
) -> None:
    """T-134: the teacher goes from one person's work to the next."""
    key = course.enrol("Wanda", "Brooks")
    work = course.submit(key)
    dora = seat(canvas, "dora")
    assert isinstance(dora, Instructor)
    column = canvas.school.school.columns_for(course.link)[0]
    cell = canvas.school.school.cell(column, canvas.school.school.person(key))
    for _ in range(100):
        if cell.submission is not None:
            break
        dora.page.wait_for_timeout(200)
    assert cell.submission is not None
    assert cell.submission.data.endswith(work)

    dora.comes_to_school()
    dora.opens_the_grade_of("Wanda Brooks", course.title)
    dora.opens_the_work_from_the_grade()

    expect(dora.page.get_by_role("heading", level=1)).to_contain_text("SpeedGrader")
    expect(dora.room.locator(".eyebrow").first).to_contain_text("Wanda Brooks")
    dora.page.get_by_role("link", name=re.compile("^Next:")).click()
    expect(dora.page.locator("main strong")).not_to_have_text("Wanda Brooks")
