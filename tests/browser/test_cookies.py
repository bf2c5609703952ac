"""What a browser may do to cookies in a frame, and how people get in all the same."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Page, expect

from lti_tool.walk.installation import Installation
from tests.browser.conftest import Storing
from tests.browser.furnishing import Furnishing
from tests.browser.people import Participant
from tools import browser as browsers

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

BLOCK = 2
"""Chromium's word for it in a profile's content settings."""

BLOCK_THIRD_PARTY = {"cookie_controls_mode": 1, "block_third_party_cookies": True}

SET_TWO = """() => {
  document.cookie = 'plain=1; SameSite=None; Secure';
  document.cookie = 'chips=1; SameSite=None; Secure; Partitioned';
  return document.cookie;
}"""
"""What a page's own script is left with after it set a plain and a partitioned cookie."""

Visit = Callable[[dict[str, Any]], Participant]


@pytest.fixture
def ada_with(browser: Browser, canvas: Installation, tmp_path: Path) -> Iterator[Visit]:
    """Ada at school, at a browser whose profile keeps these settings."""
    contexts: list[BrowserContext] = []

    def sit(profile: dict[str, Any]) -> Participant:
        folder = tmp_path / "profile"
        (folder / "Default").mkdir(parents=True)
        (folder / "Default" / "Preferences").write_text(json.dumps({"profile": profile}))
        context = browser.browser_type.launch_persistent_context(
            folder, executable_path=browsers.find(), args=list(browsers.ARGUMENTS)
        )
        contexts.append(context)
        context.set_default_timeout(30_000)
        ada = Participant(context.new_page(), canvas, "ada")
        ada.comes_to_school()
        return ada

    yield sit
    for context in contexts:
        context.close()


def exception(where: str, top: str) -> dict[str, Any]:
    """No cookies at all for one site, inside pages of another (`*`: wherever it is)."""
    return {"content_settings": {"exceptions": {"cookies": {f"{where},{top}": {"setting": BLOCK}}}}}


def inner(page: Page) -> Frame:
    """The tool's frame."""
    return next(frame for frame in page.frames if frame is not page.main_frame)


@pytest.mark.row("T-105")
def test_a_frame_works_by_its_partitioned_cookie_where_third_party_cookies_are_blocked(
    canvas: Installation, course: Furnishing, ada_with: Visit
) -> None:
    # Given a browser that blocks third-party cookies, and says so itself
    ada = ada_with(BLOCK_THIRD_PARTY)

    # When Ada opens the activity in the course's page
    ada.opens(course.link)

    # Then a plain cookie does not survive there, and she is known all the same, page after page
    assert inner(ada.page).evaluate(SET_TWO) == "chips=1"
    ada.clicks("My badges")
    ada.goes_home()
    expect(ada.room.locator(".who")).to_contain_text(ada.name)
    kept = [one for one in ada.page.context.cookies() if one["name"] == "cairn_visit"]
    assert kept
    assert all(one.get("partitionKey") == "http://127.0.0.1" for one in kept)


@pytest.mark.row("T-106")
def test_a_new_window_works_where_no_cookie_survives_in_the_frame(
    canvas: Installation, course: Furnishing, ada_with: Visit, storing: Storing
) -> None:
    # Given a browser that keeps no cookie of the tool in the pages of an LMS that stores nothing
    storing("off")
    tool = course.base
    ada = ada_with(BLOCK_THIRD_PARTY | exception(tool, canvas.lms.url))

    # When Ada opens the activity, the frame says so instead of asking her to sign in
    ada.opens(course.link)
    expect(ada.room.locator("main h1")).to_contain_text("cookies")
    assert inner(ada.page).evaluate(SET_TWO) == ""

    # Then its one button leads into a window where she is known
    with ada.page.context.expect_page() as opening:
        ada.room.get_by_role("link", name="Open in a new window").click()
    window = opening.value
    expect(window.locator(".who")).to_contain_text(ada.name)
    window.get_by_role("link", name="My badges").click()
    expect(window.locator(".who")).to_contain_text(ada.name)

    # And the frame left behind says so, and leads there again when the window is gone
    expect(ada.room.locator("main h1")).to_have_text("Cairn is open in another window")
    expect(ada.room.get_by_role("status")).to_contain_text("Go on there")
    window.close()
    with ada.page.context.expect_page() as reopening:
        ada.room.get_by_role("link", name="Go to that window").click()
    expect(reopening.value.locator(".who")).to_contain_text(ada.name)


@pytest.mark.row("T-106")
def test_a_window_that_is_closed_too_soon_is_noticed(
    canvas: Installation, course: Furnishing, ada_with: Visit, storing: Storing
) -> None:
    # Given a new window that never gets as far as the LMS
    storing("off")
    ada = ada_with(exception(course.base, canvas.lms.url))
    ada.opens(course.link)
    ada.page.context.route("**/lti/login?*", lambda route: route.abort())

    # When Ada closes it
    with ada.page.context.expect_page() as opening:
        ada.room.get_by_role("link", name="Open in a new window").click()
    opening.value.close()

    # Then the frame says how to begin again, and offers nothing that cannot work
    expect(ada.room.get_by_role("status")).to_contain_text("Click the link in your course again")
    expect(ada.room.get_by_role("link", name="Open in a new window")).to_have_count(0)


def test_a_window_without_any_cookies_says_what_to_allow(
    course: Furnishing, ada_with: Visit, storing: Storing
) -> None:
    # Given a browser that keeps no cookie of the tool anywhere
    storing("off")
    ada = ada_with(exception(course.base, "*"))
    ada.opens(course.link)

    # When Ada opens the new window that the frame offers
    with ada.page.context.expect_page() as opening:
        ada.room.get_by_role("link", name="Open in a new window").click()

    # Then it names the site whose cookies have to be allowed, and how to try again
    window = opening.value
    problem = window.locator("meta[name=lti-problem]")
    expect(problem).to_have_attribute("content", "cookies-blocked")
    host = course.base.removeprefix("http://")
    expect(window.get_by_text(f"cookies for {host} are switched off")).to_be_visible()
    expect(window.get_by_text("Allow this site to save cookies")).to_be_visible()
    expect(window.get_by_role("link", name="Try again")).to_be_visible()
