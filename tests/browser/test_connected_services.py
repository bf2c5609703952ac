"""A service asks for badges in a real browser: of strangers, of people, and beside frames."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import requests
from playwright.sync_api import BrowserContext, Page, expect

from lti_tool.walk.installation import Installation
from tests.browser.conftest import make_context
from tests.browser.furnishing import Furnishing
from tests.browser.looks import Looks
from tests.browser.test_cookies_in_frames import open_link
from tests.browser.test_stack_pages import earns
from tests.wallets.host import Host

pytestmark = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(300),
    pytest.mark.row("B3-106"),
]


class Backpack(BaseHTTPRequestHandler):
    """The service's own page, to which people come back."""

    def do_GET(self) -> None:
        """Say what came back."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Backpack</title><h1>Welcome back</h1>")

    def log_message(self, *_told: object) -> None:
        """Nothing is written down."""


@pytest.fixture
def site() -> Iterator[str]:
    """Where the service lives: another site than the tool."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Backpack)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def backpack(canvas: Installation, site: str, monkeypatch: pytest.MonkeyPatch) -> Host:
    """The service, registered."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("OAUTHLIB_RELAX_TOKEN_SCOPE", "1")
    host = Host(canvas.settings.base_url, back=f"{site}/connected").discover()
    addresses = ("client_uri", "logo_uri", "tos_uri", "policy_uri")
    return host.register(
        **{name: f"{site}/{name}" for name in addresses}, redirect_uris=[f"{site}/connected"]
    )


def test_somebody_is_asked_and_decides(
    course: Furnishing,
    canvas: Installation,
    context: BrowserContext,
    page: Page,
    backpack: Host,
    looks: Looks,
) -> None:
    # Given Nia, who has a badge and is sent here by a service before she was in Cairn
    key = course.enrol("Nia", "Fontaine")
    course.visitor(key)
    earns(course, "Nia Fontaine", course.credential)
    course.signed_badge(key)
    session, address = backpack.begin()
    page.goto(address)
    looks.at(page, "asked by a service before anybody is known")

    # When she comes in from her course, in another tab, and goes on
    other = context.new_page()
    other.goto(canvas.launch_url(key, "1", course.link.id))
    other.wait_for_url(f"{course.base}/**")
    other.goto(f"{course.base}/badges/")
    other.get_by_text("A service waits for your answer").wait_for()
    looks.at(other, "my badges while a service waits", most_primaries=0)
    other.goto(f"{course.base}/wallets/")
    looks.at(other, "connected services while one waits")
    page.get_by_role("link", name="Go on").click()
    page.get_by_role("heading", name="Connect 127.0.0.1 to your badges?").wait_for()
    looks.at(page, "asked by a service")

    # And says yes without choosing a badge, then with one
    page.get_by_role("button", name="Connect", exact=True).click()
    page.get_by_role("alert").wait_for()
    looks.at(page, "asked by a service, with a fault")
    page.get_by_label("Only those I choose here").check()
    page.get_by_role("checkbox", name=re.compile(re.escape(course.title))).check()
    page.get_by_role("button", name="Connect", exact=True).click()
    page.get_by_role("heading", name="Welcome back").wait_for()

    # Then the service has her badge, and she sees that it does, and ends it
    token = backpack.finish(session, page.url)["access_token"]
    (fetched,) = backpack.get("/credentials", token).json()["credential"]
    assert course.title in fetched["name"]
    other.goto(f"{course.base}/wallets/")
    looks.at(other, "connected services", most_primaries=0)
    other.get_by_role("link", name=re.compile("^Change")).click()
    looks.at(other, "what a connected service sees")
    other.get_by_label("All my badges, those from elsewhere and later ones too").check()
    other.get_by_role("button", name="Keep this choice").click()
    other.get_by_text("all, and later ones").wait_for()
    other.get_by_role("button", name=re.compile("^Disconnect")).click()
    other.get_by_text("is disconnected").wait_for()
    looks.at(other, "no service is connected", most_primaries=0)
    assert backpack.get("/credentials", token).status_code == 401


def test_somebody_says_no_and_a_service_that_asks_wrongly_gets_nobody(
    course: Furnishing, canvas: Installation, page: Page, backpack: Host, looks: Looks
) -> None:
    key = course.enrol("Otis", "Bell")
    page.goto(canvas.launch_url(key, "1", course.link.id))
    page.wait_for_url(f"{course.base}/**")
    _session, address = backpack.begin()
    page.goto(address)
    page.get_by_role("button", name="Do not connect").click()
    page.get_by_role("heading", name="Welcome back").wait_for()
    assert "error=access_denied" in page.url

    page.goto(address.replace("S256", "plain"))
    looks.at(page, "a service that asks wrongly", most_primaries=0)
    page.goto(f"{course.base}/wallets/about")
    looks.at(page, "what services may do", most_primaries=0)


def test_from_a_frame_to_a_window_of_ones_own(
    course: Furnishing, canvas: Installation, browser: object, backpack: Host, looks: Looks
) -> None:
    """The frame's cookie is kept for the LMS's site alone, so the window has to be told."""
    context = make_context(browser)  # type: ignore[arg-type]
    page = context.new_page()
    _session, address = backpack.begin()
    asking = context.new_page()
    asking.goto(address)
    asking.get_by_role("heading", name="Open Cairn from your course first").wait_for()
    frame = open_link(page, canvas, course.link.id, course.enrol("Pia", "Frame"))
    frame.get_by_role("link", name="My badges").click()
    frame.get_by_role("link", name="Connected services").click()
    offer = frame.get_by_role("button", name="Open in a window of its own")
    expect(offer).to_be_visible()
    inside = next(one for one in page.frames if "/wallets/" in one.url)
    looks.inside(page, inside, "no service is connected, in a frame")

    with context.expect_page() as opened:
        offer.click()
    window = opened.value
    window.get_by_role("link", name="See what it asks").click()
    window.get_by_role("heading", name="Connect 127.0.0.1 to your badges?").wait_for()
    assert "Pia Frame" in window.locator("header").inner_text()
    expect(window.get_by_role("button", name="Open in a window of its own")).to_have_count(0)
    context.close()


def test_nobody_elses_page_says_who_somebody_is(canvas: Installation) -> None:
    """A form from another site cannot push a visit on a browser, nor can a made-up one."""
    place = f"{canvas.settings.base_url}/wallets/window"
    elsewhere = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}

    assert (
        requests.post(place, data={"from": "x"}, headers=elsewhere, timeout=20).status_code == 403
    )
    assert requests.post(place, data={"from": "x"}, timeout=20).status_code == 404
