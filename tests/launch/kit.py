"""An LMS small enough to lie: it signs whatever a test wants, and serves its keys on loopback."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse

from lti_tool.certification.platform import (
    Speaker,
)
from lti_tool.database import sessions
from lti_tool.launch.models import Product
from lti_tool.launch.platforms import add_platform
from lti_tool.launch.problems import CAUSES
from lti_tool.people.models import Visit

BASE = "http://localhost:8000"
CODES = {cause.code for cause in CAUSES}
PATIENCE = 5.0
"""Seconds after which an answer counts as a hang; every one of these takes milliseconds."""


@dataclass
class KeyServer:
    """Serves a key set, or what a broken LMS serves instead."""

    url: str
    keys: list[dict[str, Any]]
    asked: list[dict[str, str]] = field(default_factory=list)
    status: int = 200
    body: bytes | None = None
    delay: float = 0.0


@contextmanager
def key_server(*keys: dict[str, Any]) -> Iterator[KeyServer]:
    """A key server on a free loopback port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append({name.lower(): value for name, value in self.headers.items()})
            time.sleep(served.delay)
            body = served.body
            if body is None:
                body = json.dumps({"keys": served.keys}).encode()
            self.send_response(served.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = KeyServer(f"http://127.0.0.1:{server.server_port}/jwks", list(keys))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Platform(Speaker):
    """One registered LMS."""

    server: KeyServer
    _: KW_ONLY
    tool_url: str = BASE
    issuer: str = "https://lms.example.edu"
    client_id: str = "tool-1"
    auth_login_url: str = "https://lms.example.edu/auth"

    def register(self, engine: Engine, **changes: Any) -> None:
        """Register it with the tool."""
        facts: dict[str, Any] = {
            "name": "Prairie State LMS",
            "issuer": self.issuer,
            "client_id": self.client_id,
            "auth_login_url": self.auth_login_url,
            "auth_token_url": "https://lms.example.edu/token",
            "jwks_url": self.server.url,
            "deployment_ids": [self.deployment_id],
            "product": Product.GENERIC,
        }
        with sessions(engine).begin() as session:
            add_platform(session, **(facts | changes), now=datetime.now(UTC))


@dataclass(frozen=True)
class Begun:
    """What the tool sent the browser to the LMS with."""

    response: TestResponse
    state: str
    nonce: str

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the authorisation request."""
        return dict(parse_qsl(urlsplit(self.response.location).query, keep_blank_values=True))


class Browser:
    """One person's browser, with its own cookies."""

    def __init__(self, client: FlaskClient, platform: Platform) -> None:
        self.client = client
        self.platform = platform

    def login(self, *, method: str = "GET", headers: Any = None, **changes: Any) -> TestResponse:
        """Begin a login; a change to None leaves the parameter out."""
        sent: dict[str, Any] = {
            "iss": self.platform.issuer,
            "login_hint": "user-7",
            "target_link_uri": f"{BASE}/lti/launch",
            "client_id": self.platform.client_id,
            "lti_message_hint": "hint-1",
            "lti_deployment_id": self.platform.deployment_id,
        } | changes
        sent = {name: value for name, value in sent.items() if value is not None}
        if method == "GET":
            return self.client.get("/lti/login", query_string=sent, headers=headers)
        return self.client.post("/lti/login", data=sent, headers=headers)

    def begin(self, **changes: Any) -> Begun:
        """A login that the tool accepts."""
        response = self.login(**changes)
        assert response.status_code == 302, response.text
        query = parse_qs(urlsplit(response.location).query)
        return Begun(response, query["state"][0], query["nonce"][0])

    def post(self, state: str | None, id_token: str | None, **more: str) -> TestResponse:
        """Post what the LMS's page would post."""
        form = {"state": state, "id_token": id_token, **more}
        kept = {name: value for name, value in form.items() if value is not None}
        return self.client.post("/lti/launch", data=kept)

    def launch(self, **changes: Any) -> TestResponse:
        """A whole launch, with some claims changed."""
        begun = self.begin()
        return self.post(
            begun.state, self.platform.sign(self.platform.claims(begun.nonce, **changes))
        )


def problem(response: TestResponse) -> tuple[int, str]:
    """The status and the problem code of a page."""
    marker = '<meta name="lti-problem" content="'
    text = response.text
    code = text.split(marker, 1)[1].split('"', 1)[0] if marker in text else ""
    return response.status_code, code


def visits(engine: Engine) -> list[Visit]:
    """Every visit there is."""
    with sessions(engine)() as session:
        return list(session.scalars(select(Visit)))


def refused(browser: Browser, token: str, *, state: str | None = None) -> str:
    """Launch with this token; the code of the page that refuses it."""
    began = time.monotonic()
    answer = browser.post(state or browser.begin().state, token)
    assert time.monotonic() - began < PATIENCE
    status, code = problem(answer)
    assert status in {400, 401, 403, 413, 429, 503}, answer.text[:500]
    assert code in CODES
    assert "Traceback" not in answer.text
    return code


def told(browser: Browser) -> tuple[str, dict[str, Any]]:
    """A login's state, and the claims that would finish it."""
    begun = browser.begin()
    return begun.state, browser.platform.claims(begun.nonce)
