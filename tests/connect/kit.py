"""An LMS administrator without a browser, and an LMS that lies about itself."""

import html
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from sqlalchemy import Engine, select

from lti_tool.connect import invitations
from lti_tool.connect.models import Invitation, RegistrationAnswer
from lti_tool.database import sessions
from lti_tool.launch.models import Deployment, Registration
from lti_tool.settings import Settings

CONFIGURATION = "/.well-known/openid-configuration"


def now() -> datetime:
    return datetime.now(UTC)


def invite(engine: Engine, settings: Settings, *, approves_deployments: bool = False) -> str:
    """A fresh registration address."""
    with sessions(engine).begin() as session:
        made = invitations.make(
            session,
            settings,
            approves_deployments=approves_deployments,
            actor=None,
            now=now(),
        )
        return invitations.address(settings, made.token)


def opened(address: str) -> requests.Response:
    """The page the LMS shows to its administrator."""
    return requests.get(address, timeout=30, allow_redirects=False)


def fields(page: str) -> dict[str, str]:
    """The hidden fields of the page's form."""
    return {
        name: html.unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    }


def pressed(page: requests.Response, **changes: str) -> requests.Response:
    """The answer to the one button."""
    address = page.url.partition("?")[0]
    return requests.post(
        address, data=fields(page.text) | changes, timeout=30, allow_redirects=False
    )


def words(page: requests.Response) -> str:
    """A page's text as it is read."""
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", page.text).split()))


def nothing_kept(engine: Engine) -> bool:
    """Whether no half of a registration lies anywhere, and the invitation is good again."""
    with sessions(engine)() as session:
        kept = [
            session.scalars(select(kind)).first()
            for kind in (Registration, Deployment, RegistrationAnswer)
        ]
        invitation = session.scalars(select(Invitation)).first()
        return kept == [None, None, None] and (
            invitation is None or (invitation.used_at is None and invitation.held_until is None)
        )


@dataclass
class LyingLms:
    """An LMS of which every word may be another."""

    url: str
    configuration: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    configuration_status: int = 200
    location: str = ""
    before_configuration: Callable[[], None] | None = None
    body: bytes | None = None
    """Instead of the configuration."""
    asked: list[tuple[str, str, str, bytes]] = field(default_factory=list)
    """Method, path, authorisation and body of each request."""

    def told(self, **changes: Any) -> dict[str, Any]:
        """A configuration in order but for the changes."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/auth",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "registration_endpoint": f"{self.url}/register",
            "https://purl.imsglobal.org/spec/lti-platform-configuration": {
                "product_family_code": "school-built",
                "version": "1",
                "messages_supported": [
                    {"type": "LtiResourceLinkRequest"},
                    {"type": "LtiDeepLinkingRequest"},
                ],
            },
        } | changes

    def applications(self) -> list[dict[str, Any]]:
        """What was sent to its registration endpoint."""
        return [json.loads(body) for method, _, _, body in self.asked if method == "POST"]

    def link(self, address: str, *, configuration: str | None = None, token: str = "tok-1") -> str:
        """A registration address as this LMS opens it."""
        asked = requests.Request(
            "GET",
            address,
            params={
                "openid_configuration": configuration or f"{self.url}{CONFIGURATION}",
                "registration_token": token,
            },
        )
        return str(asked.prepare().url)


@contextmanager
def lying_lms(host: str = "127.0.0.1") -> Iterator[LyingLms]:
    """One on a free loopback port, called by this host name."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if lms.before_configuration is not None:
                lms.before_configuration()
            body = lms.body if lms.body is not None else json.dumps(lms.configuration).encode()
            self.reply(lms.configuration_status, body)

        def do_POST(self) -> None:
            self.reply(lms.status, json.dumps(lms.answer).encode())

        def reply(self, status: int, body: bytes) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            lms.asked.append((self.command, self.path, self.headers.get("Authorization", ""), sent))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            if lms.location:
                self.send_header("Location", lms.location)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    lms = LyingLms(f"http://{host}:{server.server_port}")
    lms.configuration = lms.told()
    lms.answer = {"client_id": "tool-77"}
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield lms
    finally:
        server.shutdown()
        server.server_close()


def query_of(address: str) -> dict[str, str]:
    """An address's query, each name once."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def registration_of(engine: Engine) -> Registration:
    """The one registration."""
    with sessions(engine)() as session:
        return session.scalars(select(Registration)).one()
