"""Login initiation (SEC 5.1.1; T-001…T-011)."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import Engine, func, select

from lti_tool.database import sessions
from lti_tool.launch.models import LoginAttempt
from tests.launch.kit import BASE, Browser, Platform, problem


def cookies_of(response: object) -> list[str]:
    return response.headers.getlist("Set-Cookie")  # type: ignore[attr-defined, no-any-return]


@pytest.mark.row("T-001")
@pytest.mark.row("T-002")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_login_sends_the_browser_to_its_lms(browser: Browser, method: str) -> None:
    """T-001, T-002: all parameters of the authorisation request, by query and by form."""
    begun = browser.begin(method=method)

    assert begun.response.location.startswith("https://lms.example.edu/auth?")
    sent = begun.query
    assert len(sent.pop("state")) > 40
    assert len(sent.pop("nonce")) > 40
    assert sent == {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": "tool-1",
        "redirect_uri": f"{BASE}/lti/launch",
        "login_hint": "user-7",
        "lti_message_hint": "hint-1",
    }
    assert begun.response.headers["Cache-Control"] == "no-store"


@pytest.mark.row("T-001")
def test_the_login_cookie_survives_in_a_frame(browser: Browser) -> None:
    """T-001, T-105: every attribute that a frame on another site needs."""
    (cookie,) = cookies_of(browser.login())

    name, *attributes = [part.strip() for part in cookie.split(";")]
    assert name.startswith("cairn_login_")
    assert {"Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/lti"} <= set(attributes)


@pytest.mark.row("T-003")
@pytest.mark.parametrize("name", ["iss", "login_hint"])
def test_a_login_without_a_required_parameter_names_it(browser: Browser, name: str) -> None:
    """T-003: 400, and the page names the parameter."""
    without: dict[str, Any] = {name: None}

    response = browser.login(**without)

    assert problem(response) == (400, "parameter-missing")
    assert f'<th scope="row">{name}</th>' in response.text


@pytest.mark.row("T-004")
def test_an_unknown_issuer_is_shown_with_what_to_compare(browser: Browser) -> None:
    """T-004: never 500; issuer and client id stand on the page, escaped."""
    response = browser.login(iss="https://other.example/<b>", client_id="tool-of-theirs")

    assert problem(response) == (401, "unknown-platform")
    assert "https://other.example/&lt;b&gt;" in response.text
    assert "<td><code>tool-of-theirs</code></td>" in response.text
    assert "cairn platform add" in response.text


@pytest.mark.row("T-005")
def test_an_unknown_client_of_a_known_issuer_is_refused(browser: Browser) -> None:
    """T-005: the same page, and it says that another client is registered."""
    response = browser.login(client_id="tool-2")

    assert problem(response) == (401, "unknown-platform")
    assert "another one is registered" in response.text


@pytest.mark.row("T-006")
def test_two_clients_of_one_issuer_are_never_guessed_between(
    browser: Browser, engine: Engine, platform: Platform
) -> None:
    """T-006: the deployment decides where it can, else the login is refused."""
    platform.register(engine, client_id="tool-2", deployment_ids=["2"])

    chosen = browser.begin(client_id=None, lti_deployment_id="2")
    unclear = browser.login(client_id=None, lti_deployment_id=None)

    assert chosen.query["client_id"] == "tool-2"
    assert problem(unclear) == (400, "ambiguous-client")


@pytest.mark.row("T-007")
def test_a_foreign_target_never_becomes_the_redirect_address(browser: Browser) -> None:
    """T-007: a login is unsigned, so nothing of it decides where tokens go."""
    begun = browser.begin(target_link_uri="https://evil.example/take")

    assert begun.query["redirect_uri"] == f"{BASE}/lti/launch"
    assert "evil" not in begun.response.location


@pytest.mark.row("T-008")
def test_an_authorisation_address_with_a_query_keeps_it(
    browser: Browser, engine: Engine, platform: Platform
) -> None:
    """T-008: joined with an ampersand."""
    platform.register(engine, auth_login_url="https://lms.example.edu/auth?tenant=7")

    begun = browser.begin()

    assert begun.response.location.startswith("https://lms.example.edu/auth?tenant=7&scope=openid")
    assert begun.query["tenant"] == "7"


@pytest.mark.row("T-009")
@pytest.mark.parametrize(
    "hint",
    [
        "a+b&c=d%20e",
        "Zürich 東京 🪨",
        json.dumps({"cmid": 12, "launchid": "ltilaunch12_1 1"}),
        "eyJhbGciOiJIUzI1NiJ9.e30.x-_~",
    ],
)
def test_hints_come_back_unaltered(browser: Browser, hint: str) -> None:
    """T-009: whatever the LMS put in them."""
    begun = browser.begin(method="POST", lti_message_hint=hint, login_hint=hint)

    returned = dict(parse_qsl(urlsplit(begun.response.location).query))
    assert returned["lti_message_hint"] == hint
    assert returned["login_hint"] == hint


@pytest.mark.row("T-010")
def test_two_logins_in_two_tabs_do_not_disturb_each_other(browser: Browser) -> None:
    """T-010: both launches succeed, in the other order."""
    platform = browser.platform
    first, second = browser.begin(), browser.begin()

    for begun in (second, first):
        answer = browser.post(begun.state, platform.sign(platform.claims(begun.nonce)))
        assert answer.status_code == 303


@pytest.mark.row("T-011")
def test_logins_that_are_never_finished_are_forgotten(browser: Browser, engine: Engine) -> None:
    """T-011: after ten minutes; each login takes some along, so traffic bounds the table."""
    for _ in range(100):
        browser.login()
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    with sessions(engine).begin() as session:
        attempts = session.scalars(select(LoginAttempt)).all()
        assert len(attempts) == 100
        for attempt in attempts:
            assert attempt.expires_at - attempt.created_at <= timedelta(minutes=10)
            attempt.expires_at = an_hour_ago

    for _ in range(5):
        browser.login()

    with sessions(engine)() as session:
        assert session.scalar(select(func.count()).select_from(LoginAttempt)) == 5


@pytest.mark.row("T-011")
def test_a_platform_that_floods_us_is_slowed_down(browser: Browser, engine: Engine) -> None:
    """T-011: other platforms are not touched by it."""
    begun = browser.begin()
    now = datetime.now(UTC)
    with sessions(engine).begin() as session:
        registration = session.scalars(select(LoginAttempt)).one().registration
        session.add_all(
            LoginAttempt(
                state_digest=f"state-{number}",
                nonce_digest="n",
                browser_digest="b",
                registration=registration,
                parameters={},
                created_at=now,
                expires_at=now + timedelta(minutes=10),
            )
            for number in range(1_200)
        )

    assert problem(browser.login()) == (429, "too-many")
    platform = browser.platform
    finished = browser.post(begun.state, platform.sign(platform.claims(begun.nonce)))
    assert finished.status_code == 303


@pytest.mark.row("T-013")
def test_what_canvas_adds_to_a_login_does_no_harm(
    browser: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    """T-013: it goes no further; the log knows its name."""
    begun = browser.begin(
        canvas_region="us-east-1", canvas_environment="prod", deployment_id="1:abc"
    )

    assert "canvas_region" not in begun.query
    written = "".join(capsys.readouterr())
    assert "canvas_environment" in written
    assert "us-east-1" not in written


def test_nothing_of_a_login_is_logged_but_issuer_and_client(
    browser: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    """Hints may be tokens of the LMS, and state is a secret of ours."""
    begun = browser.begin(lti_message_hint="a-secret-hint")

    written = "".join(capsys.readouterr())
    assert "https://lms.example.edu" in written
    assert "a-secret-hint" not in written
    assert begun.state not in written
    assert begun.nonce not in written
