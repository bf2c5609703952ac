"""State, nonce and transport of a launch (SEC 5.1.1.3; T-014…T-026)."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from lti_tool.certification.platform import LEFT_OUT, a_key
from lti_tool.database import sessions
from lti_tool.launch.models import LoginAttempt, Registration
from tests.launch.kit import Browser, Platform, problem, visits


def a_good_form(browser: Browser) -> tuple[str, str]:
    """State and id_token of a launch that would be accepted."""
    begun = browser.begin()
    return begun.state, browser.platform.sign(browser.platform.claims(begun.nonce))


@pytest.mark.row("T-014")
def test_an_accepted_launch_leads_to_a_clean_address(browser: Browser, engine: Engine) -> None:
    """T-014: 303, a session cookie for frames, and no token in the address."""
    answer = browser.launch()

    assert answer.status_code == 303
    assert answer.location.startswith("/")
    assert "?" not in answer.location
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("cairn_visit=")
    attributes = {part.strip() for part in cookie.split(";")}
    assert {"Secure", "HttpOnly", "SameSite=None", "Partitioned"} <= attributes
    (visit,) = visits(engine)
    assert visit.token_digest not in cookie


TO_DO = {
    "login_required": "sign in again",
    "launch_no_longer_valid": "click the link again",
}


@pytest.mark.row("T-015")
@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        ("login_required", 401, "login-required"),
        ("launch_no_longer_valid", 401, "launch-gone"),
        ("unauthorized_client", 400, "platform-error"),
        ("invalid_request_object", 400, "platform-error"),
        ("invalid_request", 400, "platform-error"),
        ("invalid_scope", 400, "platform-error"),
        ("access_denied", 400, "platform-error"),
    ],
)
def test_an_error_of_the_lms_gets_a_page_of_its_own(
    browser: Browser, error: str, status: int, code: str
) -> None:
    """T-015: in the LMS's words, escaped."""
    begun = browser.begin()

    answer = browser.post(begun.state, None, error=error, error_description="<i>No</i>")

    assert problem(answer) == (status, code)
    assert error in answer.text
    assert "&lt;i&gt;No&lt;/i&gt;" in answer.text
    if status == 401:
        assert TO_DO[error] in answer.text


@pytest.mark.row("T-015")
def test_an_error_ends_the_login_it_answers(browser: Browser, engine: Engine) -> None:
    """T-015: what comes later under that state is refused, however good it is."""
    state, token = a_good_form(browser)

    assert problem(browser.post(state, None, error="login_required"))[1] == "login-required"

    assert problem(browser.post(state, token)) == (401, "replay")
    assert visits(engine) == []
    with sessions(engine)() as session:
        assert session.scalars(select(LoginAttempt)).one().consumed_at is not None


@pytest.mark.row("T-015")
def test_nobody_ends_another_browser_s_login(
    browser: Browser, another_browser: Callable[[], Browser]
) -> None:
    """T-015: an error is not signed, so whoever merely knows the state could post one."""
    state, token = a_good_form(browser)
    ivan = another_browser()
    ivan.begin()

    assert problem(ivan.post(state, None, error="access_denied")) == (400, "platform-error")
    assert problem(ivan.post("no such state", None, error="x")) == (400, "platform-error")

    assert browser.post(state, token).status_code == 303


@pytest.mark.row("T-016")
def test_a_launch_without_state_is_malformed(browser: Browser) -> None:
    """T-016: 400."""
    _, token = a_good_form(browser)

    assert problem(browser.post(None, token)) == (400, "parameter-missing")


@pytest.mark.row("T-017")
@pytest.mark.parametrize("how", ["unknown", "tampered", "expired"])
def test_a_state_that_is_not_good_is_refused(browser: Browser, engine: Engine, how: str) -> None:
    """T-017: 401, and no session."""
    state, token = a_good_form(browser)
    if how == "unknown":
        state = "state-of-somebody-else"
    elif how == "tampered":
        state = state[:-1] + ("A" if state[-1] != "A" else "B")
    else:
        with sessions(engine).begin() as session:
            attempt = session.scalars(select(LoginAttempt)).one()
            attempt.expires_at = datetime.now(UTC) - timedelta(seconds=1)

    assert problem(browser.post(state, token)) == (401, "state")
    assert visits(engine) == []


@pytest.mark.row("T-018")
def test_another_browser_cannot_finish_a_login(
    browser: Browser, another_browser: Callable[[], Browser], engine: Engine
) -> None:
    """T-018: login CSRF. A browser with cookies of ours is told so; one without may lack them."""
    state, token = a_good_form(browser)
    ivan = another_browser()

    assert problem(ivan.post(state, token)) == (401, "cookies-blocked")
    ivan.begin()
    assert problem(ivan.post(state, token)) == (401, "state")
    assert visits(engine) == []
    assert browser.post(state, token).status_code == 303


@pytest.mark.row("T-019")
def test_an_answer_of_another_platform_is_refused(browser: Browser, engine: Engine) -> None:
    """T-019: mix-up. The state was issued for one registration, the token comes from another."""
    other = Platform(browser.platform.server, client_id="tool-2", deployment_id="9")
    other.register(engine)
    elsewhere = Platform(browser.platform.server, issuer="https://else.example")
    elsewhere.register(engine)

    begun = browser.begin()
    assert problem(browser.post(begun.state, other.sign(other.claims(begun.nonce)))) == (
        401,
        "audience",
    )
    assert problem(browser.post(begun.state, elsewhere.sign(elsewhere.claims(begun.nonce)))) == (
        401,
        "state",
    )
    assert visits(engine) == []


@pytest.mark.row("T-020")
def test_the_same_form_again_returns_to_the_same_visit(browser: Browser, engine: Engine) -> None:
    """T-020: in the same browser, within a minute."""
    state, token = a_good_form(browser)

    first, second = browser.post(state, token), browser.post(state, token)

    assert (first.status_code, second.status_code) == (303, 303)
    assert second.location == first.location
    assert len(visits(engine)) == 1


@pytest.mark.row("T-020")
def test_the_same_form_later_or_without_the_visit_is_a_replay(
    browser: Browser, engine: Engine
) -> None:
    """T-020: after a minute, and where the visit's cookie is not shown."""
    state, token = a_good_form(browser)
    browser.post(state, token)
    with sessions(engine).begin() as session:
        attempt = session.scalars(select(LoginAttempt)).one()
        attempt.consumed_at = datetime.now(UTC) - timedelta(seconds=61)

    assert problem(browser.post(state, token)) == (401, "replay")

    state, token = a_good_form(browser)
    browser.post(state, token)
    browser.client.delete_cookie("cairn_visit")
    assert problem(browser.post(state, token)) == (401, "replay")
    assert len(visits(engine)) == 2


@pytest.mark.row("T-021")
def test_of_simultaneous_posts_exactly_one_wins(
    browser: Browser, app: Flask, engine: Engine
) -> None:
    """T-021: the same form eight times at once, as workers would get it."""
    state, token = a_good_form(browser)
    cookie = browser.client._cookies  # the test client has no public way to copy its jar
    ready = threading.Barrier(8)
    answers: list[int] = []

    def post() -> None:
        client = app.test_client()
        client._cookies = dict(cookie or {})
        ready.wait()
        answer = client.post("/lti/launch", data={"state": state, "id_token": token})
        answers.append(answer.status_code)

    threads = [threading.Thread(target=post) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [303, *[401] * 7]
    assert len(visits(engine)) == 1


@pytest.mark.row("T-022")
def test_a_launch_without_a_nonce_is_refused(browser: Browser) -> None:
    """T-022."""
    assert problem(browser.launch(nonce=LEFT_OUT)) == (401, "nonce")


@pytest.mark.row("T-023")
def test_the_nonce_of_another_login_is_refused(browser: Browser, engine: Engine) -> None:
    """T-023: also where both logins are the same browser's."""
    first, second = browser.begin(), browser.begin()
    platform = browser.platform

    crossed = browser.post(first.state, platform.sign(platform.claims(second.nonce)))
    made_up = browser.post(second.state, platform.sign(platform.claims("made up")))

    assert problem(crossed) == (401, "nonce")
    assert problem(made_up) == (401, "nonce")
    assert visits(engine) == []


@pytest.mark.row("T-024")
def test_a_bad_signature_does_not_spoil_the_login(browser: Browser) -> None:
    """T-024: first refused, then the good answer to the same login is accepted."""
    begun = browser.begin()
    told = browser.platform.claims(begun.nonce)

    forged = browser.post(begun.state, browser.platform.sign(told, key=a_key(2)))
    honest = browser.post(begun.state, browser.platform.sign(told))

    assert problem(forged) == (401, "signature")
    assert honest.status_code == 303


@pytest.mark.row("T-024")
def test_a_signed_launch_that_is_refused_uses_the_login_up(browser: Browser) -> None:
    """T-024: once the signature is good, state and nonce cannot be used again."""
    begun = browser.begin()
    platform = browser.platform

    refused = browser.post(begun.state, platform.sign(platform.claims(begun.nonce, version="1.1")))
    corrected = browser.post(begun.state, platform.sign(platform.claims(begun.nonce)))

    assert problem(refused) == (401, "claim-invalid")
    assert problem(corrected) == (401, "replay")


@pytest.mark.row("T-025")
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_a_post_launches(browser: Browser, method: str) -> None:
    """T-025: 405."""
    answer = browser.client.open("/lti/launch", method=method)

    assert answer.status_code == 405
    if method == "GET":
        assert problem(answer) == (405, "method")


@pytest.mark.row("T-026")
def test_a_launch_that_is_too_large_is_refused(browser: Browser) -> None:
    """T-026: 413."""
    begun = browser.begin()

    assert problem(browser.post(begun.state, "e" * 1_100_000)) == (413, "too-large")


@pytest.mark.row("T-026")
def test_a_login_that_is_too_large_is_not_written_down(browser: Browser, engine: Engine) -> None:
    """T-026: 413. A stranger could fill the disk with a thousand of them a minute."""
    long = browser.login(method="POST", lti_message_hint="e" * 8_000)
    too_long = browser.login(method="POST", lti_message_hint="e" * 500_000)

    assert long.status_code == 302
    assert problem(too_long) == (413, "too-large")
    with sessions(engine)() as session:
        kept = session.scalars(select(LoginAttempt)).all()
    assert [len(one.parameters["lti_message_hint"]) for one in kept] == [8_000]


@pytest.mark.row("T-026")
def test_bytes_that_are_no_text_are_malformed(browser: Browser) -> None:
    """T-026: 400."""
    begun = browser.begin()

    answer = browser.client.post(
        "/lti/launch",
        data=f"state={begun.state}&id_token=%ff%fe.%00.%80".encode(),
        content_type="application/x-www-form-urlencoded",
    )

    assert problem(answer) == (400, "malformed")


def test_registrations_keep_what_launches_teach_about_keys_only(
    browser: Browser, engine: Engine
) -> None:
    """A launch changes nothing an administrator registered."""
    browser.launch()

    with sessions(engine)() as session:
        row = session.scalars(select(Registration)).one()
    assert row.keys is not None
    assert (row.issuer, row.client_id) == ("https://lms.example.edu", "tool-1")
