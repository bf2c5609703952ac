"""Every place a badge can be taken, followed from its earner's page as they would."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Page

from tests.browser.furnishing import Furnishing
from tests.browser.test_every_page import Come, come

__all__ = ["come"]

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]


@contextmanager
def a_blog(body: str) -> Iterator[str]:
    """Somebody's own page at another origin; a browser lets loopback frame loopback only."""

    class Blog(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Blog) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_every_address_of_the_sharing_page_leads_where_it_says(
    course: Furnishing, come: Come, page: Page
) -> None:
    # Given Ida, whose badge is public
    key = course.enrol("Ida", "Sorel")
    work = course.submit(key)
    course.assess(work)
    course.decide(work)
    address = course.signed_badge(key)
    ida = come(key)
    ida.goto(address)
    ida.get_by_role("button", name="Share this badge").click()
    ida.goto(f"{address}/sharing")
    ida.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")

    # LinkedIn gets the badge and not the name; posts show a card
    linked_in = ida.get_by_role("link", name="Add to my LinkedIn profile").get_attribute("href")
    asked = parse_qs(urlsplit(str(linked_in)).query)
    assert asked["certUrl"] == [address]
    assert "Sorel" not in str(linked_in)
    card = Image.open(io.BytesIO(page.request.get(f"{address}/card.png").body()))
    assert card.size == (1200, 630)

    # The frame shows itself in anybody's page, and the signature in anybody's e-mail
    codes = [one.inner_text() for one in ida.locator("pre code").all()]
    frame, signature, plain = codes
    with a_blog(frame) as blog:
        page.goto(blog)
        page.frame_locator("iframe").get_by_text("Earned by Ida Sorel").wait_for()
    page.set_content(signature)
    picture = page.get_by_role("img", name="Badge:").first
    picture.wait_for()
    assert picture.evaluate("one => one.decode().then(() => one.naturalWidth)") > 0
    assert address in plain

    # Backpacks get the 2.0 address, wallets the badge itself, and every file is there
    older = ida.get_by_text("/badges/v2/assertions/").first.inner_text()
    assert page.request.get(older).json()["id"] == older
    wallet = ida.get_by_role("link", name="open it on this phone").get_attribute("href")
    exchange = json.loads(parse_qs(urlsplit(str(wallet)).query)["request"][0])
    handed = page.request.post(exchange["protocols"]["vcapi"], data={}).json()
    assert handed["verifiablePresentation"]["verifiableCredential"][0]["id"] == address
    kinds = {}
    for link in ida.locator("a[download]").all():
        answer = ida.request.get(f"{course.base}{urlsplit(str(link.get_attribute('href'))).path}")
        assert answer.ok, link.get_attribute("href")
        kinds[str(link.get_attribute("download")).rsplit(".", 1)[-1]] = answer.headers[
            "content-type"
        ].split(";")[0]
    assert kinds == {
        "png": "image/png",
        "svg": "image/svg+xml",
        "json": "application/ld+json",
        "zip": "application/zip",
        "pdf": "application/pdf",
    }
    for code in ida.locator("img.code").all():
        assert code.evaluate("one => one.decode().then(() => one.naturalWidth)") > 0
