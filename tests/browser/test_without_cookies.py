"""A frame in which the browser keeps no cookie of the tool at all (T-098…T-104)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Page, Request, expect
from sqlalchemy import select

from lti_tool.database import read_session
from lti_tool.launch.models import LaunchRecord
from lti_tool.people.models import Visit
from lti_tool.practice_lms.mood import Storage
from lti_tool.walk.installation import Installation
from tests.browser.conftest import WAIT, Storing
from tests.browser.furnishing import Furnishing
from tests.browser.people import Participant
from tools import browser as browsers

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

BLOCKED = 2
"""Chromium's own number for a content setting that says no."""

Without = Callable[[str], Participant]


@pytest.fixture
def without_cookies(
    browser: Browser, canvas: Installation, course: Furnishing, tmp_path: Path
) -> Iterator[Without]:
    """Somebody whose browser keeps no cookie of the tool inside the LMS's pages, but the LMS's."""
    contexts: list[BrowserContext] = []

    def sit(given: str) -> Participant:
        folder = tmp_path / given
        (folder / "Default").mkdir(parents=True)
        rules = {f"{course.base},{canvas.lms.url}": {"setting": BLOCKED}}
        settings = {"profile": {"content_settings": {"exceptions": {"cookies": rules}}}}
        (folder / "Default" / "Preferences").write_text(json.dumps(settings))
        context = browser.browser_type.launch_persistent_context(
            folder, executable_path=browsers.find(), args=list(browsers.ARGUMENTS)
        )
        context.set_default_timeout(WAIT)
        contexts.append(context)
        person = Participant(context.new_page(), canvas, course.enrol(given, "Keepsnothing"))
        person.comes_to_school()
        return person

    yield sit
    for context in contexts:
        context.close()


def inside(page: Page) -> Frame:
    """The tool's frame."""
    frame = page.locator("#tool").element_handle().content_frame()
    assert frame is not None
    return frame


def comes_in(person: Participant, course: Furnishing) -> None:
    """Open the activity, and wait until the pages in between have passed."""
    person.opens(course.link)
    expect(person.room.locator(".who")).to_be_visible()


def ways(installation: Installation) -> list[str]:
    """How the newest launch was known again: on its visit and on its record."""
    with read_session(installation.engine) as session:
        visit = session.scalars(select(Visit.way).order_by(Visit.id.desc())).first()
        record = session.scalars(select(LaunchRecord.way).order_by(LaunchRecord.id.desc())).first()
    return [visit or "", record or ""]


@pytest.mark.row("T-098", "T-099", "T-104")
@pytest.mark.parametrize("storage", ["named", "parent"])
def test_platform_storage_lets_a_frame_without_cookies_work(
    course: Furnishing,
    canvas: Installation,
    without_cookies: Without,
    storing: Storing,
    storage: Storage,
) -> None:
    # Given an LMS that keeps things for tools, and a browser that keeps no cookie of ours
    storing(storage)
    ada = without_cookies("Ada")

    # When Ada opens the activity in the course's page
    comes_in(ada, course)

    # Then she is known, page after page, at clean addresses, and the record says how
    expect(ada.room.locator(".who")).to_contain_text("Ada Keepsnothing")
    ada.clicks("My badges")
    ada.sees("Your badges will be here")
    assert inside(ada.page).url == f"{course.base}/badges/"
    assert ways(canvas) == ["platform-storage+token"] * 2
    ours = [one for one in ada.page.context.cookies() if one["name"].startswith("cairn")]
    assert ours == []


class Watched:
    """Everything one browser sends, and the token it sends in its headers."""

    def __init__(self, context: BrowserContext) -> None:
        self.requests: list[Request] = []
        context.on("request", self._keep)

    def _keep(self, request: Request) -> None:
        self.requests.append(request)

    def token(self) -> str:
        """The one token that was sent; without "Bearer"."""
        headers = [request.headers.get("authorization", "") for request in self.requests]
        (token,) = {one.removeprefix("Bearer ") for one in headers if one}
        return token


@pytest.mark.row("T-104")
@pytest.mark.timeout(600)
def test_the_whole_way_to_a_submission_without_a_cookie(
    course: Furnishing, canvas: Installation, without_cookies: Without
) -> None:
    # Given Ada in a frame that keeps nothing, and everything her browser sends written down
    ada = without_cookies("Ada")
    sent = Watched(ada.page.context)
    comes_in(ada, course)

    # When she begins, rates herself, writes, uploads, and submits
    ada.begins()
    ada.rates_own_practice()
    ada.makes_everything()
    ada.submits()

    # Then it is handed in, and no cookie of ours was ever sent
    to_us = [request for request in sent.requests if request.url.startswith(course.base)]
    assert any("multipart/form-data" in one.headers.get("content-type", "") for one in to_us)
    assert not any("cairn" in request.all_headers().get("cookie", "") for request in to_us)

    # And the token stood in headers only: in no address, referrer, storage, history or log
    token = sent.token()
    for request in sent.requests:
        assert token not in request.url
        assert token not in request.headers.get("referer", "")
        assert token not in (request.post_data_buffer or b"").decode("latin-1")
    history = ada.page.context.new_cdp_session(ada.page).send("Page.getNavigationHistory")
    assert token not in json.dumps(history)
    assert token not in canvas.log.read_text()
    frame = inside(ada.page)
    for place in ("localStorage", "sessionStorage", "document.cookie", "window.name"):
        kept = frame.evaluate(
            f"() => {{ try {{ return JSON.stringify({place}) }} catch {{ return '' }} }}"
        )
        assert token not in kept, place
    assert token not in frame.content()


@pytest.mark.row("T-104")
def test_the_back_button_shows_the_page_before(
    course: Furnishing, without_cookies: Without
) -> None:
    ada = without_cookies("Ada")
    comes_in(ada, course)
    ada.clicks("My badges")
    ada.sees("Your badges will be here")

    with ada.turning():
        ada.page.evaluate("history.back()")

    expect(ada.room.locator("nav.rooms a[aria-current=page]")).to_have_text("Home")
    assert inside(ada.page).url == f"{course.base}/"
    with ada.turning():
        ada.page.evaluate("history.forward()")
    ada.sees("Your badges will be here")
    assert inside(ada.page).url == f"{course.base}/badges/"


@pytest.mark.row("T-104")
def test_reloading_the_frame_says_how_to_go_on(
    course: Furnishing, without_cookies: Without
) -> None:
    ada = without_cookies("Ada")
    comes_in(ada, course)
    ada.clicks("My badges")

    inside(ada.page).evaluate("() => { setTimeout(() => location.reload()) }")

    # Then the frame says what to do, and doing it works
    ada.sees("Click the link in your course again")
    again = Participant(ada.page.context.new_page(), ada.installation, ada.key)
    comes_in(again, course)
    expect(again.room.locator(".who")).to_contain_text("Ada")


@pytest.mark.row("T-104", "T-010")
def test_two_tabs_of_two_people_stay_apart(
    course: Furnishing, canvas: Installation, without_cookies: Without
) -> None:
    # Given one browser in which Ada opened the tool in one tab, and Fay signs in to the LMS after
    ada = without_cookies("Ada")
    comes_in(ada, course)
    fay = Participant(ada.page.context.new_page(), canvas, course.enrol("Fay", "Besides"))
    fay.comes_to_school()
    comes_in(fay, course)

    # When both go on, in turns
    for person in (ada, fay, ada):
        person.clicks("My badges")
        person.goes_home()

    # Then each is who they were
    expect(ada.room.locator(".who")).to_contain_text("Ada")
    expect(fay.room.locator(".who")).to_contain_text("Fay")


@pytest.mark.row("T-104")
def test_a_page_of_memory_goes_on_in_a_window_with_a_cookie(
    course: Furnishing, canvas: Installation, without_cookies: Without
) -> None:
    ada = without_cookies("Ada")
    comes_in(ada, course)

    with ada.page.context.expect_page() as opening:
        ada.room.get_by_role("button", name="Go on in a new window").click()

    window = opening.value
    expect(window.locator(".who")).to_contain_text("Ada")
    window.get_by_role("link", name="My badges").click()
    expect(window.locator(".who")).to_contain_text("Ada")
    assert window.url == f"{course.base}/badges/"


@pytest.mark.row("T-104")
def test_a_turned_page_is_announced_and_focused(
    course: Furnishing, without_cookies: Without
) -> None:
    ada = without_cookies("Ada")
    comes_in(ada, course)

    ada.clicks("Programs")

    heading = ada.room.locator("main h1")
    expect(heading).to_be_focused()
    frame = inside(ada.page)
    assert frame.title().endswith("· Cairn")
    expect(ada.room.locator("p.unseen[role=status]")).to_have_count(1)
    assert frame.evaluate("() => document.head.querySelectorAll('link[rel=stylesheet]').length") > 1


@pytest.mark.row("T-104")
def test_without_a_connection_nothing_typed_is_lost(
    course: Furnishing, without_cookies: Without
) -> None:
    ada = without_cookies("Ada")
    comes_in(ada, course)
    ada.page.route(f"{course.base}/badges/**", lambda route: route.abort())

    ada.room.get_by_role("link", name="My badges").click()

    expect(ada.room.locator(".carry-trouble")).to_be_focused()
    expect(ada.room.locator(".carry-trouble")).to_contain_text("no connection")
    assert inside(ada.page).url == f"{course.base}/"
