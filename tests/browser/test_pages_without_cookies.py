"""The pages that only browsers without cookies see, looked at like every other page."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
import requests
from playwright.sync_api import Page, Route

from lti_tool.walk.installation import Installation
from tests.browser.furnishing import Furnishing
from tests.browser.looks import Looks

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

FRAME = {"Sec-Fetch-Dest": "iframe"}
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


def collected(course: Furnishing, canvas: Installation) -> dict[str, str]:
    """Each page as the server sends it to somebody who brings no cookie, by its name."""
    pages = {}

    def text(method: str, address: str, **given: object) -> str:
        return requests.request(method, address, timeout=30, **given).text  # type: ignore[arg-type]

    begin = canvas.launch_url(course.enrol("Noa", "Keepsnothing"), "1", course.link.id, "iframe")
    login = {name: unescape(value) for name, value in HIDDEN.findall(text("GET", begin))}
    without = {name: value for name, value in login.items() if name != "lti_storage_target"}
    pages["the offer of a window"] = text(
        "GET", f"{course.base}/lti/login/cookie", params=without, headers=FRAME
    )
    pages["handing over"] = text("GET", f"{course.base}/lti/login", params=login)
    onward = re.search(r'data-onward="([^"]+)"', pages["handing over"])
    assert onward
    said = text("GET", unescape(onward[1]))
    answer = {name: unescape(value) for name, value in HIDDEN.findall(said)}
    pages["asking"] = text("POST", f"{course.base}/lti/launch", data=answer)
    values = re.findall(r'data-key="(lti_\w+?)_\w+" value="([^"]+)"', pages["handing over"])
    given = {name.replace("lti_", "stored_"): value for name, value in values}
    pages["carrying"] = text("POST", f"{course.base}/lti/launch", data=answer | given)
    token = dict(HIDDEN.findall(pages["carrying"]))["visit_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    pages["home by token"] = text("GET", f"{course.base}/", headers=bearer)
    pages["reloaded"] = text("GET", f"{course.base}/", headers=FRAME)
    return pages


def showing(html: str) -> Callable[[Route], None]:
    """Answers with this page."""

    def show(route: Route) -> None:
        route.fulfill(body=html, content_type="text/html")

    return show


@pytest.mark.row("T-104")
def test_pages_without_cookies(course: Furnishing, canvas: Installation, page: Page) -> None:
    looks = Looks()
    for name in ("carry.js", "storage.js"):
        page.route(f"**/static/{name}", lambda route: route.abort())

    for name, html in collected(course, canvas).items():
        address = f"{course.base}/look-at-{len(looks.seen)}"
        page.route(address, showing(html))
        page.goto(address)
        looks.at(page, name)

    assert len(looks.seen) == 6
    assert not looks.faults, "\n".join(looks.faults)
