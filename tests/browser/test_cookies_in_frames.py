"""Launching where a browser keeps cookies from frames, or from everywhere (issue section 3.2)."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Page, expect

from lti_tool.walk.installation import Installation
from lti_tool.walk.journey import COURSE
from tests.browser.conftest import WAIT, Storing
from tests.browser.furnishing import Furnishing
from tools import browser as browsers

BLOCKED = 2
"""Chromium's own number for a content setting that says no."""

Choosy = Callable[[dict[str, int]], BrowserContext]


@pytest.fixture
def choosy(tmp_path: Path, browser: object) -> Iterator[Choosy]:
    """A Chromium whose owner has forbidden cookies by pattern, as its settings page does."""
    # The session's browser shares one Playwright; a profile with settings is a browser of its own.
    playwright = browser.browser_type  # type: ignore[attr-defined]
    opened: list[BrowserContext] = []

    def launch(exceptions: dict[str, int]) -> BrowserContext:
        folder = tmp_path / "profile"
        (folder / "Default").mkdir(parents=True)
        rules = {pattern: {"setting": setting} for pattern, setting in exceptions.items()}
        preferences = {"profile": {"content_settings": {"exceptions": {"cookies": rules}}}}
        (folder / "Default" / "Preferences").write_text(json.dumps(preferences))
        context: BrowserContext = playwright.launch_persistent_context(
            folder, executable_path=browsers.find(), args=list(browsers.ARGUMENTS)
        )
        context.set_default_timeout(WAIT)
        opened.append(context)
        return context

    yield launch
    for context in opened:
        context.close()


def open_link(page: Page, installation: Installation, link: str, key: str) -> FrameLocator:
    """Sign in at the LMS and open an activity that embeds the tool."""
    page.goto(f"{installation.lms.url}/courses/{COURSE}")
    page.request.post(f"{installation.lms.url}/be/{key}")
    page.goto(f"{installation.lms.url}/courses/{COURSE}/links/{link}")
    return page.frame_locator("iframe")


@pytest.mark.row("T-105")
def test_a_frame_works_with_partitioned_cookies(
    course: Furnishing, canvas: Installation, page: Page
) -> None:
    """T-105: Chromium blocks third-party cookies by default; ours are kept per embedding site."""
    frame = open_link(page, canvas, course.link.id, course.enrol("Ada", "Frame"))

    expect(frame.get_by_role("link", name="Home", exact=True)).to_be_visible()
    cookies = [one for one in page.context.cookies() if one["name"].startswith("cairn_")]
    assert {one["name"] for one in cookies} >= {"cairn_visit", "cairn_probe"}
    assert all(one.get("partitionKey") for one in cookies), cookies


@pytest.mark.row("T-106")
def test_a_frame_without_any_cookie_offers_a_window_that_works(
    course: Furnishing, canvas: Installation, choosy: Choosy, storing: Storing
) -> None:
    """T-106: the LMS's one-time hint is still good, so the click leads straight in."""
    storing("off")
    context = choosy({f"{canvas.settings.base_url},{canvas.lms.url}": BLOCKED})
    page = context.new_page()
    frame = open_link(page, canvas, course.link.id, course.enrol("Ada", "Window"))
    offer = frame.get_by_role("link", name="Open in a new window")
    expect(offer).to_be_visible()

    with context.expect_page() as opened:
        offer.click()

    window = opened.value
    expect(window.get_by_role("link", name="Home", exact=True)).to_be_visible()
    assert window.url.startswith(canvas.settings.base_url)


@pytest.mark.row("T-106")
def test_without_cookies_anywhere_a_page_says_what_to_allow(
    course: Furnishing, canvas: Installation, choosy: Choosy
) -> None:
    """T-106: in a window of its own, with the name of the site."""
    context = choosy({f"{canvas.settings.base_url},*": BLOCKED})
    page = context.new_page()
    key = course.enrol("Ada", "Nowhere")

    page.goto(canvas.launch_url(key, COURSE, course.link.id))

    expect(page.get_by_text("Allow this site to save cookies")).to_be_visible()
    expect(page.locator('meta[name="lti-problem"]')).to_have_attribute("content", "cookies-blocked")
    expect(page.get_by_text("localhost").first).to_be_visible()
