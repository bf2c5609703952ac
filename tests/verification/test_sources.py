"""Addresses that badges name: how many are asked, for how long, and where they may lead."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lti_tool.verification import sources
from lti_tool.verification.sources import Unavailable, World


class Nobody:
    """No address is ours."""

    def answer(self, url: str) -> tuple[int, bytes] | None:
        """Never ours."""
        return None

    def parts_taken_back(self, url: str) -> list[str]:
        """Nothing of ours rests on anything."""
        return []


class Wayward(BaseHTTPRequestHandler):
    """Leads on within its host, in a circle, to another host, or drips for ever."""

    def do_GET(self) -> None:
        ways = {"/a": "/b", "/circle": "/circle", "/away": "http://127.0.0.2:1/x"}
        if self.path == "/drip":
            self.send_response(200)
            self.end_headers()
            try:
                for _ in range(100):
                    self.wfile.write(b" ")
                    self.wfile.flush()
                    time.sleep(0.02)
            except OSError:
                return
            return
        self.send_response(302 if self.path in ways else 200)
        if self.path in ways:
            self.send_header("Location", ways[self.path])
        body = b"" if self.path in ways else b'{"here": true}'
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    """A host that leads people astray."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Wayward)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def world() -> World:
    """The world with this machine allowed, as in tests of practice LMSs."""
    return World(own=Nobody(), allow=("127.0.0.1",))


def test_an_address_may_lead_on_within_its_host_and_each_step_counts(host: str) -> None:
    asking = world()

    assert asking.get(f"{host}/a").as_object() == {"here": True}
    assert asking.asked == 2


@pytest.mark.parametrize(("path", "words"), [("circle", "without end"), ("away", "another host")])
def test_an_address_may_not_lead_in_circles_or_away(host: str, path: str, words: str) -> None:
    with pytest.raises(Unavailable, match=words):
        world().get(f"{host}/{path}")


def test_all_addresses_together_have_but_so_much_time(host: str) -> None:
    """A host that drips gets what is left, and the next is not asked at all."""
    asking = world()
    asking.began -= sources.LONGEST - sources.LEAST - 0.1
    began = time.monotonic()

    with pytest.raises(Unavailable):
        asking.get(f"{host}/drip")
    assert time.monotonic() - began < 1.5

    with pytest.raises(Unavailable, match="too long"):
        asking.get(f"{host}/a")


def test_an_inside_address_is_never_asked() -> None:
    for address in ("http://127.0.0.1:1/x", "https://10.0.0.1/", "https://[::1]/", "ftp://x/"):
        with pytest.raises(Unavailable):
            World(own=Nobody()).get(address)
