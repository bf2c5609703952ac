"""The whole way in a real browser, inside the frame of an LMS on another site."""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from lti_tool.walk.installation import Installation
from tests.browser.conftest import Seat
from tests.browser.furnishing import Furnishing
from tests.browser.people import Approver, Assessor, Instructor, Participant, Stranger

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

PATIENCE = 30.0


def score_when_it_is(dora: Instructor, title: str, name: str, wanted: str) -> str:
    """The score in the gradebook, as soon as it is the wanted one, or after half a minute."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = dora.reads_the_gradebook(title, name)
        if found == wanted or time.monotonic() > deadline:
            return found
        time.sleep(0.3)


def is_framed_by_another_site(page: Page, installation: Installation) -> bool:
    """Whether the page at the top is the LMS's and a frame in it is the tool's."""
    inner = [frame.url for frame in page.frames if frame is not page.main_frame]
    return page.url.startswith(installation.lms.url) and any(
        url.startswith(installation.settings.base_url) for url in inner
    )


@pytest.mark.row("S3-22")
def test_a_participant_earns_a_badge_that_a_stranger_verifies(
    canvas: Installation,
    course: Furnishing,
    seat: Seat,
    stranger: Stranger,
    tmp_path: Path,
) -> None:
    # Given Ada, Ben, Cleo and Dora, each in the frame of the course's page
    ada, ben, cleo, dora = (seat(canvas, key) for key in ("ada", "ben", "cleo", "dora"))
    assert isinstance(ada, Participant)
    assert isinstance(ben, Assessor)
    assert isinstance(cleo, Approver)
    assert isinstance(dora, Instructor)
    for person in (ada, ben, cleo, dora):
        person.comes_to_school()
        person.opens(course.link)
        assert is_framed_by_another_site(person.page, canvas)

    # When Ada does what is next until she has submitted
    ada.begins()
    ada.rates_own_practice()
    ada.makes_everything()
    ada.submits()

    # And Ben finds one criterion not yet met, Cleo returns it, and Ada mends it
    ben.opens_the_work_of(ada.name)
    ben.rates_everything(first=0, comment="Quote one family.")
    ben.recommends()
    cleo.opens_the_work_of(ada.name)
    cleo.returns(ada.name, "Nearly there.")
    ada.mends("One mother said: you are the first who asked.")
    ada.submits()

    # And the second attempt is met
    ben.opens_the_work_of(ada.name)
    ben.rates_everything()
    ben.recommends()
    cleo.opens_the_work_of(ada.name)
    cleo.approves()

    # Then Dora finds the full score in the gradebook, with the rubric's outcome beside it
    assert score_when_it_is(dora, course.title, ada.name, "100") == "100"
    dora.opens_the_grade_of(ada.name, course.title)
    expect(dora.page.locator(".comments .text").last).to_contain_text("Exemplary")

    # And SpeedGrader opens the very work
    dora.opens_the_work_from_the_grade()
    expect(dora.room.locator(".eyebrow").first).to_contain_text(f"{ada.name} · attempt 2")
    expect(dora.room.get_by_text("you are the first who asked")).to_be_visible()

    # And the tool says that all is well
    dora.opens(course.link)
    assert dora.checks_the_deliveries().startswith("Yes: every score")

    # When Ada shares the badge
    address = ada.shares_the_badge()

    # Then a stranger sees what she demonstrated, and that it is genuine
    stranger.reads(address)
    expect(stranger.page.locator(".award")).to_contain_text(f"Earned by {ada.name}")
    expect(stranger.page.locator(".seal-valid")).to_contain_text("genuine and in force")
    expect(stranger.page.locator(".level.is-reached")).to_have_count(6)

    # And the file proves it without the page; a changed one does not
    path = stranger.saves("Credential (JSON)", tmp_path)
    assert stranger.verifies(path) == "valid"
    path.write_text(path.read_text().replace(course.title.split()[0], "Healing"))
    assert stranger.verifies(path) == "not-valid"


@pytest.mark.row("T-134")
def test_moodles_grade_analysis_opens_the_work_for_those_who_may(
    moodle: Installation, seat: Seat
) -> None:
    # Given a course in Moodle whose activity leads to a credential, and Fay's submitted work
    course = Furnishing(moodle)
    course.cast()
    work = course.submit("fay")

    # When Ben and Cleo judge it in the frame
    ben, cleo, dora = (seat(moodle, key) for key in ("ben", "cleo", "dora"))
    assert isinstance(ben, Assessor)
    assert isinstance(cleo, Approver)
    assert isinstance(dora, Instructor)
    fay = moodle.school.school.person("fay").name
    for judge in (ben, cleo):
        judge.comes_to_school()
        judge.opens(course.link)
    ben.opens_the_work_of(fay)
    ben.rates_everything()
    ben.recommends()
    cleo.opens_the_work_of(fay)
    cleo.approves()

    # Then the score stands in the gradebook, and the grade opens the very work
    dora.comes_to_school()
    assert score_when_it_is(dora, course.title, fay, "100") == "100"
    dora.opens_the_grade_of(fay, course.title)
    dora.opens_the_work_from_the_grade()
    expect(dora.room.locator(".eyebrow").first).to_contain_text(fay)

    # And another learner who follows the same link is shown nothing of it
    ada = seat(moodle, "ada")
    ada.comes_to_school()
    column = moodle.school.school.columns_for(course.link)[0]
    ada.page.goto(
        f"{moodle.lms.url}/courses/1/columns/{column.id}/people/fay/review/launch?target=window"
    )
    expect(ada.page.locator("main h1")).to_have_text(
        re.compile("not yours|may not|not allowed", re.IGNORECASE)
    )
    assert work not in ada.page.content()
