"""LTI Platform Storage at login and launch, and visits by token, over HTTP (T-012, T-098…T-106)."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse

from lti_tool.database import sessions
from lti_tool.launch.models import LaunchRecord, LoginAttempt
from lti_tool.people.models import Visit
from lti_tool.web.session import IDLE
from tests.launch.kit import BASE, Browser, Platform, problem, visits

TARGET = "post_message_forwarding"
HERE = {"Origin": BASE, "Sec-Fetch-Site": "same-origin"}
CROSS = {"Origin": "https://lms.example.edu", "Sec-Fetch-Site": "cross-site"}
FRAME = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site"}


class Stored:
    """A login whose page handed things to the LMS's page."""

    def __init__(self, page: TestResponse) -> None:
        self.text = page.text
        self.values = dict(re.findall(r'data-key="([^"]+)" value="([^"]+)"', page.text))
        self.address = self._given("onward")
        self.state = re.search(r"[?&]state=([^&]+)", self.address)[1]  # type: ignore[index]
        self.nonce = re.search(r"[?&]nonce=([^&]+)", self.address)[1]  # type: ignore[index]

    def _given(self, name: str) -> str:
        found = re.search(rf'data-{name}="([^"]*)"', self.text)
        assert found, self.text
        return unescape(found[1])

    def form(self, platform: Platform, **changes: str) -> dict[str, str]:
        """What the page of the launch would post, once the LMS's page has answered."""
        value = {name[:9]: kept for name, kept in self.values.items()}
        return {
            "state": self.state,
            "id_token": platform.sign(platform.claims(self.nonce)),
            "stored_state": value["lti_state"],
            "stored_nonce": value["lti_nonce"],
        } | changes


@pytest.fixture
def stored(browser: Browser) -> Stored:
    """A login of a browser that showed no cookie, and kept none."""
    answer = browser.login(lti_storage_target=TARGET)
    for name in re.findall(r"cairn_login_\w+", "".join(answer.headers.getlist("Set-Cookie"))):
        browser.client.delete_cookie(name, path="/lti")
    assert answer.status_code == 200
    return Stored(answer)


def launch(browser: Browser, form: dict[str, str], headers: dict[str, str]) -> TestResponse:
    """Post a launch form from a page of that origin."""
    return browser.client.post("/lti/launch", data=form, headers=headers)


def token_of(page: TestResponse) -> str:
    """The token that a page takes into its memory."""
    found = re.search(r'name="visit_token" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


@pytest.fixture
def token(browser: Browser, stored: Stored) -> str:
    """The token of a visit that was begun without a cookie."""
    return token_of(launch(browser, stored.form(browser.platform), HERE))


def ask(client: FlaskClient, token: str, path: str = "/", **more: str) -> TestResponse:
    """A page, asked for as the script asks."""
    return client.get(path, headers={"Authorization": f"Bearer {token}", **more})


@pytest.mark.row("T-012", "T-098")
def test_a_login_with_a_storage_target_gets_a_page_that_stores_and_goes_on(
    browser: Browser, engine: Engine
) -> None:
    # When a browser without cookies begins a login, and the LMS offers to keep things
    answer = browser.login(lti_storage_target=TARGET)

    # Then the page has both values, the frame and the one origin they may go to
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    stored = Stored(answer)
    assert f'data-target="{TARGET}"' in answer.text
    assert 'data-origin="https://lms.example.edu"' in answer.text
    assert {name[:9] for name in stored.values} == {"lti_state", "lti_nonce"}
    assert stored.nonce in stored.values.values()
    assert stored.state not in stored.values.values()
    assert stored.address.startswith("https://lms.example.edu/auth?")
    with sessions(engine)() as session:
        attempt = session.scalars(select(LoginAttempt)).one()
    assert attempt.parameters["lti_storage_target"] == TARGET


@pytest.mark.row("T-105")
def test_a_browser_that_showed_a_cookie_needs_no_storage(browser: Browser) -> None:
    browser.client.set_cookie("cairn_probe", "1", path="/lti")

    assert browser.login(lti_storage_target=TARGET).status_code == 302
    assert browser.login(lti_storage_target=TARGET, headers=FRAME).status_code == 302


@pytest.mark.row("T-012", "T-100")
def test_a_frame_tries_its_cookie_then_storage_then_a_window(browser: Browser) -> None:
    detour = browser.login(lti_storage_target=TARGET, headers=FRAME)
    assert detour.status_code == 303
    browser.client.delete_cookie("cairn_probe", path="/lti")

    page = browser.client.get(detour.location, headers=FRAME)
    assert page.status_code == 200
    otherwise = Stored(page)._given("otherwise")

    assert otherwise.startswith("/lti/login/cookie?")
    assert "lti_storage_target" not in otherwise
    browser.client.delete_cookie("cairn_probe", path="/lti")
    assert problem(browser.client.get(otherwise, headers=FRAME)) == (401, "cookies-blocked")


@pytest.mark.row("T-099")
def test_a_launch_without_its_cookie_asks_the_lms_page_first(
    browser: Browser, stored: Stored, engine: Engine
) -> None:
    # When the LMS posts the launch, which brings no cookie
    form = stored.form(browser.platform)
    posted = {name: form[name] for name in ("state", "id_token")}
    page = launch(browser, posted, CROSS)

    # Then nobody is let in yet; a page asks for the two values under the names they were kept by
    assert page.status_code == 200
    assert visits(engine) == []
    assert set(re.findall(r'data-key="([^"]+)"', page.text)) == set(stored.values)
    assert f'value="{form["id_token"]}"' in page.text
    assert page.headers["Cache-Control"] == "no-store"

    # And what it posts back lets the person in, once
    assert token_of(launch(browser, form, HERE))
    assert problem(launch(browser, form, HERE)) == (401, "replay")
    (visit,) = visits(engine)
    assert (visit.way, visit.by_token) == ("platform-storage+token", True)
    with sessions(engine)() as session:
        ways = session.scalars(select(LaunchRecord.way).where(LaunchRecord.code == "accepted"))
        assert list(ways) == ["platform-storage+token"]


@pytest.mark.row("T-099", "T-018")
@pytest.mark.parametrize("changed", ["stored_state", "stored_nonce"])
def test_a_stored_value_that_is_not_this_logins_is_refused(
    browser: Browser, stored: Stored, engine: Engine, changed: str
) -> None:
    form = stored.form(browser.platform, **{changed: "of another login"})

    assert problem(launch(browser, form, HERE)) == (401, "state")
    assert visits(engine) == []


@pytest.mark.row("T-099", "T-100")
def test_a_launch_that_no_storage_speaks_for_offers_a_window(
    browser: Browser, stored: Stored, engine: Engine
) -> None:
    form = stored.form(browser.platform, stored_state="", stored_nonce="")

    answer = launch(browser, form, HERE | {"Sec-Fetch-Dest": "iframe"})

    assert problem(answer) == (401, "cookies-blocked")
    assert "Open in a new window" in answer.text
    assert "lti_storage_target" not in answer.text
    assert visits(engine) == []


@pytest.mark.row("T-018", "T-099")
@pytest.mark.parametrize(
    "headers",
    [CROSS, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": f"{BASE}.evil"}],
)
def test_stored_values_that_another_site_posts_log_nobody_in(
    browser: Browser, stored: Stored, engine: Engine, headers: dict[str, str]
) -> None:
    """Who began a login themselves knows its values; they must not push it on somebody else."""
    answer = launch(browser, stored.form(browser.platform), headers)

    assert "lti_state" in answer.text  # the page that asks the LMS's page, which has nothing
    assert visits(engine) == []


@pytest.mark.row("T-018", "T-099")
def test_stored_values_do_not_count_where_cookies_are_kept(
    browser: Browser, stored: Stored, another_browser: Callable[[], Browser], engine: Engine
) -> None:
    ivan = another_browser()
    ivan.begin()

    answer = launch(ivan, stored.form(browser.platform), HERE)

    assert problem(answer) == (401, "state")
    assert visits(engine) == []


@pytest.mark.row("T-104")
def test_the_page_that_carries_the_token_sets_no_cookie_and_names_it_nowhere_else(
    browser: Browser, stored: Stored
) -> None:
    page = launch(browser, stored.form(browser.platform), HERE)

    token = token_of(page)
    assert page.headers.getlist("Set-Cookie") == []
    assert page.headers["Cache-Control"] == "no-store"
    assert page.text.count(token) == 1
    assert token not in str(page.headers)
    assert (
        "frame-ancestors 'self' https://lms.example.edu" in page.headers["Content-Security-Policy"]
    )


@pytest.mark.row("T-104")
def test_a_token_opens_pages_from_a_header_and_from_nothing_else(
    browser: Browser, token: str, another_browser: Callable[[], Browser]
) -> None:
    client = another_browser().client

    assert ask(client, token).status_code == 200
    assert "Ada Bloom" in ask(client, token).text
    assert client.get("/").status_code == 401
    assert client.get(f"/?visit_token={token}").status_code == 401
    client.set_cookie("cairn_visit", token)
    assert client.get("/").status_code == 401


@pytest.mark.row("T-104")
def test_a_cookies_token_is_no_bearer(browser: Browser) -> None:
    browser.launch()
    cookie = browser.client.get_cookie("cairn_visit")
    assert cookie is not None

    assert ask(browser.client, cookie.value).status_code == 401
    assert browser.client.get("/").status_code == 200


@pytest.mark.row("T-104")
def test_a_bearer_counts_before_a_cookie(
    browser: Browser, token: str, another_browser: Callable[[], Browser]
) -> None:
    """A tab that carries Ada's token stays Ada's, also where Fay's cookie comes along."""
    fay = another_browser()
    fay.launch(sub="fay-1", name="Fay Brook")

    assert "Ada Bloom" in ask(fay.client, token).text
    assert ask(fay.client, "worn out").status_code == 401
    assert "Fay Brook" in fay.client.get("/").text


@pytest.mark.row("T-104")
def test_a_token_ends_when_it_is_not_used_and_lasts_while_it_is(
    browser: Browser, token: str, engine: Engine
) -> None:
    # Given a visit that began two hours ago and was used until now
    def last_until(moment: datetime) -> None:
        with sessions(engine).begin() as session:
            row = session.scalars(select(Visit)).one()
            row.began_at = datetime.now(UTC) - timedelta(hours=2)
            row.expires_at = moment

    now = datetime.now(UTC)
    last_until(now + timedelta(minutes=20))

    # When it is used, then it lasts an hour from there
    assert ask(browser.client, token).status_code == 200
    (visit,) = visits(engine)
    assert timedelta(0) <= visit.expires_at - (now + IDLE) < timedelta(minutes=1)

    # And once it was left alone for longer, it is over
    last_until(now - timedelta(seconds=1))
    assert ask(browser.client, token).status_code == 401


@pytest.mark.row("T-104")
def test_forms_need_their_own_token_also_with_a_bearer(browser: Browser, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    page = ask(browser.client, token).text
    form_token = re.search(r'name="form_token" value="([0-9a-f]+)"', page)
    assert form_token

    refused = browser.client.post("/lti/window", headers=headers)
    taken = browser.client.post("/lti/window", headers=headers, data={"form_token": form_token[1]})

    assert refused.status_code == 403
    assert taken.status_code == 303


@pytest.mark.row("T-104")
def test_a_window_goes_on_with_a_cookie_from_a_page_of_ours_only(
    browser: Browser, token: str, another_browser: Callable[[], Browser], engine: Engine
) -> None:
    # Given the form that the page in the frame posts into a window of its own
    page = ask(browser.client, token).text
    form_token = re.search(r'name="form_token" value="([0-9a-f]+)"', page)
    assert form_token
    form = {"form_token": form_token[1], "visit_token": token}
    window = another_browser().client

    # When another site posts it, nothing begins; when ours does, the window is Ada's
    assert window.post("/lti/window", data=form, headers=CROSS).status_code == 401
    answer = window.post("/lti/window", data=form, headers=HERE)

    assert (answer.status_code, answer.location) == (303, "/")
    assert "Ada Bloom" in window.get("/").text
    first, then = visits(engine)
    assert (first.way, first.by_token) == ("platform-storage+token", True)
    assert (then.way, then.by_token) == ("new-window", False)

    # And it ends when the visit in the frame would have at the latest
    assert then.expires_at == first.began_at + timedelta(hours=8)


@pytest.mark.row("T-104")
def test_a_frame_that_shows_nothing_is_told_how_to_go_on(browser: Browser) -> None:
    answer = browser.client.get("/", headers=FRAME)

    assert answer.status_code == 401
    assert "Click the link in your course again" in answer.text
    assert "Click the link in your course again" not in browser.client.get("/").text


@pytest.mark.row("T-106")
def test_a_frame_learns_what_became_of_its_window(
    browser: Browser, another_browser: Callable[[], Browser], engine: Engine
) -> None:
    # Given a frame that offers a window, and asks with the handle that stands on its page
    detour = browser.login(headers=FRAME)
    browser.client.delete_cookie("cairn_probe", path="/lti")
    page = browser.client.get(detour.location, headers=FRAME).text
    handle = re.search(r'data-window="([^"]+)"', page)
    address = re.search(r'href="(/lti/login\?[^"]+)"', page)
    assert handle
    assert address

    def word() -> str:
        answer = browser.client.post("/lti/login/window", data={"window": handle[1]})
        return str(answer.json["window"])  # type: ignore[index]

    # When the window opens, and the LMS sends it back
    assert word() == "waiting"
    window = another_browser()
    opened = window.client.get(unescape(address[1]), headers={"Sec-Fetch-Dest": "document"})
    assert word() == "opened"
    state = re.search(r"[?&]state=([^&]+)", opened.location)
    nonce = re.search(r"[?&]nonce=([^&]+)", opened.location)
    assert state
    assert nonce
    platform = window.platform
    assert window.post(state[1], platform.sign(platform.claims(nonce[1]))).status_code == 303

    # Then the frame knows, the record says how, and the same window cannot begin again
    assert word() == "inside"
    assert [one.way for one in visits(engine)] == ["new-window"]
    again = another_browser().client.get(unescape(address[1]))
    assert problem(again) == (401, "launch-gone")


@pytest.mark.row("T-106")
@pytest.mark.parametrize("handle", ["", "x", "Z" * 43, "\0" * 30, "é" * 30, "a" * 900])
def test_a_handle_that_is_nobodys_waits(browser: Browser, handle: str) -> None:
    answer = browser.client.post("/lti/login/window", data={"window": handle})

    assert (answer.status_code, answer.json) == (200, {"window": "waiting"})
