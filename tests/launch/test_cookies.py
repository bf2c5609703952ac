"""Frames without cookies (T-105, T-106; the tool's own pre-flight)."""

from collections.abc import Callable
from html import unescape

import pytest
from sqlalchemy import Engine, func, select

from lti_tool.database import sessions
from lti_tool.launch.models import LoginAttempt
from tests.launch.kit import Browser, problem

FRAME = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site"}
WINDOW = {"Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "cross-site"}


def logins(engine: Engine) -> int:
    """How many logins were sent to the LMS."""
    with sessions(engine)() as session:
        return session.scalar(select(func.count()).select_from(LoginAttempt)) or 0


@pytest.mark.row("T-105")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_frame_that_keeps_cookies_goes_on_by_itself(browser: Browser, method: str) -> None:
    """T-105: one detour within the tool the first time, none afterwards."""
    first = browser.login(method=method, headers=FRAME)
    assert first.status_code == 303
    assert first.location.startswith("/lti/login/cookie?")
    assert "Partitioned" in first.headers["Set-Cookie"]

    onward = browser.client.get(first.location, headers=FRAME)
    assert onward.status_code == 302
    assert onward.location.startswith("https://lms.example.edu/auth?")
    assert "lti_message_hint=hint-1" in onward.location

    assert browser.login(method=method, headers=FRAME).status_code == 302


@pytest.mark.row("T-106")
def test_a_frame_without_cookies_offers_a_window_before_the_lms_is_asked(
    browser: Browser, another_browser: Callable[[], Browser], engine: Engine
) -> None:
    """T-106: the LMS's one-time hint is still good in the new window."""
    detour = browser.login(headers=FRAME)
    browser.client.delete_cookie("cairn_probe", path="/lti")

    page = browser.client.get(detour.location, headers=FRAME)

    assert problem(page) == (401, "cookies-blocked")
    assert logins(engine) == 0
    assert 'target="_blank"' in page.text
    offered = unescape(page.text.split('class="button primary" href="', 1)[1].split('"', 1)[0])
    assert offered.startswith("/lti/login?")
    opened = another_browser().client.get(offered, headers=WINDOW)
    assert opened.status_code == 302
    assert "lti_message_hint=hint-1" in opened.location


@pytest.mark.row("T-106")
def test_a_launch_without_its_cookie_offers_to_begin_again(
    browser: Browser, another_browser: Callable[[], Browser]
) -> None:
    """T-106: in a frame the window, in a window what to allow."""
    begun = browser.begin()
    form = {
        "state": begun.state,
        "id_token": browser.platform.sign(browser.platform.claims(begun.nonce)),
    }

    framed = another_browser().client.post("/lti/launch", data=form, headers=FRAME)
    assert problem(framed) == (401, "cookies-blocked")
    assert "Open in a new window" in framed.text
    assert "/lti/login?iss=" in framed.text

    alone = another_browser().client.post("/lti/launch", data=form, headers=WINDOW)
    assert problem(alone) == (401, "cookies-blocked")
    assert "Allow this site to save cookies" in alone.text
    assert form["id_token"] not in alone.text


def test_clients_that_are_no_frames_are_not_sent_round(browser: Browser) -> None:
    """T-001 holds for whoever sends no fetch metadata, and for windows."""
    assert browser.login().status_code == 302
    assert browser.login(headers=WINDOW).status_code == 302


def test_a_browser_never_carries_more_than_thirty_login_cookies(browser: Browser) -> None:
    """An LMS page that opens us over and over must not fill the request line."""
    for _ in range(35):
        browser.begin()

    jar = browser.client._cookies or {}
    names = [key[2] for key in jar if key[2].startswith("cairn_login_")]
    assert len(names) <= 31


def test_the_launch_page_names_this_site(browser: Browser) -> None:
    """So that people can find it in their browser's list."""
    page = browser.client.get("/lti/login/cookie?iss=x", headers=WINDOW)

    assert "<strong>localhost</strong>" in page.text
