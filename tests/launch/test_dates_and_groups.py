"""What else an LMS tells of a course: its dates and its groups (T-084, T-085)."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from sqlalchemy import Engine, select

from lti_tool.certification.platform import INSTRUCTOR, LEARNER
from lti_tool.database import sessions
from lti_tool.launch.claims import GROUPS_READ
from lti_tool.launch.models import ResourceLink
from tests.builders import a_credential_version
from tests.launch.kit import Browser, Platform


@pytest.fixture
def custom(engine: Engine) -> dict[str, str]:
    """Custom parameters that open a published credential."""
    version = a_credential_version()
    with sessions(engine).begin() as session:
        session.add(version)
    return {"program": version.credential.program.slug, "credential": version.credential.slug}


def home(browser: Browser, custom: dict[str, str], **told: Any) -> str:
    """The learner's first page after a launch with more custom parameters."""
    answer = browser.launch(custom=custom | told)
    assert answer.status_code == 303
    page = browser.client.get(answer.location)
    assert page.status_code == 200
    return page.text


@pytest.mark.row("T-084")
def test_the_lms_s_dates_are_shown_as_its_own(browser: Browser, custom: dict[str, str]) -> None:
    """T-084: to the learner, in the order of time, whatever zone they came in."""
    page = home(
        browser,
        custom,
        submission_until="2026-12-05T23:59:00-06:00",
        available_from="2026-11-01T00:00:00Z",
    )

    assert page.index("Open from") < page.index("Due")
    assert 'datetime="2026-12-06T05:59' in page
    assert "as your course says" in page


@pytest.mark.row("T-084")
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("available_from", "Open from"),
        ("available_until", "Open until"),
        ("submission_from", "Hand in from"),
        ("submission_until", "Due"),
        ("canvas_due_at", "Due"),
        ("due", "Due"),
    ],
)
def test_each_date_has_its_words(
    browser: Browser, custom: dict[str, str], name: str, words: str
) -> None:
    """T-084: by LTI's variables and by Canvas's own."""
    assert f"<dt>{words}</dt>" in home(browser, custom, **{name: "2026-12-05T12:00:00Z"})


@pytest.mark.row("T-084")
@pytest.mark.parametrize(
    "value",
    [
        "",
        "$ResourceLink.submission.endDateTime",
        "tomorrow",
        "2026-12-05",
        "2026-12-05T12:00:00",
        "9999-12-31T23:59:59-23:00",
        "0001-01-01T00:00:00+23:00",
        "٢٠٢٦-12-05T12:00:00Z",
        "1" * 4000,
        20261205,
    ],
)
def test_what_is_no_moment_is_no_date(
    browser: Browser, custom: dict[str, str], value: object
) -> None:
    """T-084: an empty value means that there is none; a date without a zone could be wrong."""
    assert "as your course says" not in home(browser, custom, submission_until=value)


@pytest.mark.row("T-084")
def test_a_date_is_never_a_gate(browser: Browser, custom: dict[str, str]) -> None:
    """T-084: whether late work counts is for people to say."""
    page = home(browser, custom, submission_until="2020-01-01T00:00:00Z")

    assert "Before you start" in page


@dataclass
class GroupServer:
    """An LMS's token and group services on loopback."""

    base: str = ""
    asked: list[str] = field(default_factory=list)
    scopes: list[str] = field(default_factory=list)
    granted: str = GROUPS_READ
    pages: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the groups are."""
        return f"{self.base}/groups"


@contextmanager
def group_server() -> Iterator[GroupServer]:
    """It answers the pages a test gives it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            served.scopes += form["scope"]
            self.answer(
                {"access_token": "t", "token_type": "bearer", "scope": served.granted}, None
            )

        def do_GET(self) -> None:
            served.asked.append(self.path)
            assert self.headers["Authorization"] == "Bearer t"
            page = served.pages[self.path]
            self.answer(page["body"], page.get("next"))

        def answer(self, body: Any, following: str | None) -> None:
            whole = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(whole)))
            if following:
                self.send_header("Link", f'<{served.base}{following}>; rel="next"')
            self.end_headers()
            self.wfile.write(whole)

        def log_message(self, *_: Any) -> None:
            pass

    served = GroupServer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.base = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def lms(engine: Engine, platform: Platform) -> Iterator[GroupServer]:
    """The registered platform's services."""
    with group_server() as served:
        platform.register(engine, auth_token_url=f"{served.base}/token")
        yield served


def enters(browser: Browser, lms: GroupServer, *, role: str = INSTRUCTOR, scope: Any = None) -> str:
    """The first page of a launch whose LMS has groups."""
    scope = [GROUPS_READ] if scope is None else scope
    browser.launch(
        roles=[role],
        groups={"context_groups_url": lms.url, "scope": scope, "service_versions": ["1.0"]},
        custom={},
    )
    return browser.client.get("/").text


@pytest.mark.row("T-085")
def test_an_instructor_sees_the_groups_of_the_course(browser: Browser, lms: GroupServer) -> None:
    """T-085: read page by page, with a token for this one scope; odd names are shown as text."""
    lms.pages = {
        "/groups": {
            "body": {"groups": [{"id": 1, "name": "Red"}, {"id": 2, "name": "<b>Blue</b>"}, 7]},
            "next": "/groups?page=2",
        },
        "/groups?page=2": {"body": {"groups": [{"id": 3, "name": "أزرق"}, {"name": None}]}},
    }

    assert 'href="/groups"' in enters(browser, lms)
    page = browser.client.get("/groups")

    assert page.status_code == 200
    for name in ("<bdi>Red</bdi>", "<bdi>&lt;b&gt;Blue&lt;/b&gt;</bdi>", "<bdi>أزرق</bdi>"):
        assert name in page.text
    assert lms.scopes == [GROUPS_READ]


@pytest.mark.row("T-085")
@pytest.mark.parametrize("scope", [[], ["other"], "all", [None]])
def test_groups_that_may_not_be_read_are_not_offered(
    browser: Browser, lms: GroupServer, engine: Engine, scope: object
) -> None:
    """T-085: and nobody is asked for them."""
    assert 'href="/groups"' not in enters(browser, lms, scope=scope)

    assert browser.client.get("/groups").status_code == 404
    assert (lms.asked, lms.scopes) == ([], [])
    with sessions(engine)() as session:
        assert session.scalars(select(ResourceLink.groups_url)).all() == [None]


@pytest.mark.row("T-085")
def test_groups_are_not_a_learner_s_to_see(browser: Browser, lms: GroupServer) -> None:
    """T-085."""
    assert 'href="/groups"' not in enters(browser, lms, role=LEARNER)

    assert browser.client.get("/groups").status_code == 403
    assert lms.asked == []


@pytest.mark.row("T-085")
@pytest.mark.parametrize("body", [[], "text", {"groups": "x"}, {"groups": {"a": 1}}, None])
def test_groups_that_cannot_be_read_are_said_to_be(
    browser: Browser, lms: GroupServer, body: object
) -> None:
    """T-085: never 500, and the rest of the course goes on."""
    lms.pages = {"/groups": {"body": body}}
    enters(browser, lms)

    page = browser.client.get("/groups")

    assert page.status_code == 200
    assert "did not tell the groups" in page.text


@pytest.mark.row("T-085")
def test_a_scope_that_was_taken_away_is_named(browser: Browser, lms: GroupServer) -> None:
    """T-085: the claim promised it, the token service does not."""
    lms.granted = "something.else"
    enters(browser, lms)

    page = browser.client.get("/groups")

    assert page.status_code == 200
    assert "contextgroup.readonly" in page.text
    assert lms.asked == []


@pytest.mark.row("T-085")
def test_pages_that_never_end_are_not_followed_for_ever(browser: Browser, lms: GroupServer) -> None:
    """T-085."""
    lms.pages = {
        "/groups": {"body": {"groups": [{"name": "Red"}]}, "next": "/groups?a"},
        "/groups?a": {"body": {"groups": [{"name": "Red"}]}, "next": "/groups"},
    }
    enters(browser, lms)

    assert "<bdi>Red</bdi>" in browser.client.get("/groups").text
    assert len(lms.asked) == 20
