"""Services, and people between them and Cairn, who want more than they were allowed."""

import base64
import hashlib
import re
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from lti_tool.database import sessions
from lti_tool.people.models import Person
from lti_tool.people.personal_data import Identity, Plan
from lti_tool.wallets import authorization, personal_data, scopes
from lti_tool.wallets.models import ApiToken, CodeGrant, Connection
from lti_tool.web.session import clock
from tests.badges.exhibition import Shown
from tests.wallets.host import BACK, SITE, Browser, Host, browser_of, told

pytestmark = [
    pytest.mark.row("B3-103"),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
VERIFIER = "v" * 43
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
)


def asked(host: Host, **changes: str | None) -> str:
    """An authorization request formed by hand."""
    given = {
        "response_type": "code",
        "client_id": host.client_id,
        "redirect_uri": BACK,
        "scope": f"{scopes.READ} {scopes.READ_PROFILE} {scopes.STAY}",
        "state": "xyz",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changes,
    }
    kept = {name: value for name, value in given.items() if value is not None}
    return f"{host.base}/wallets/authorize?{urlencode(kept)}"


def a_code(host: Host, ada: Browser, **changes: str) -> str:
    """A code that Ada's consent brought."""
    return told(ada.allow(asked(host, **changes)))["code"]


def exchanged(host: Host, code: str | None = None, /, **changes: str | None) -> requests.Response:
    """A code at the token endpoint."""
    form = {
        "grant_type": "authorization_code",
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
        "code": code,
        **changes,
    }
    return host.exchange(**{name: value for name, value in form.items() if value is not None})


BROKEN: list[tuple[dict[str, str | None], bool]] = [
    ({"code_challenge": None, "code_challenge_method": None}, True),
    ({"code_challenge_method": None}, True),
    ({"code_challenge_method": "plain"}, True),
    ({"code_challenge": "short"}, True),
    ({"response_type": "token"}, True),
    ({"response_type": "code token"}, True),
    ({"scope": None}, True),
    ({"scope": "https://purl.imsglobal.org/spec/ob/v3p0/scope/everything"}, True),
    ({"state": None}, True),
    ({"redirect_uri": None}, False),
    ({"redirect_uri": "https://evil.example/"}, False),
    ({"redirect_uri": f"{BACK}/../evil"}, False),
    ({"redirect_uri": f"{BACK}?next=https://evil.example"}, False),
    ({"redirect_uri": f"{BACK}#x"}, False),
    ({"redirect_uri": 'https://"quoted"'}, False),
    ({"redirect_uri": "javascript:alert(1)"}, False),
    ({"client_id": "nobody"}, False),
    ({"client_id": None}, False),
    ({"client_id": "\0"}, False),
    ({"client_id": "ä"}, False),
    ({"state": "\r\nSet-Cookie: a=b"}, False),
    ({"scope": "<script>"}, True),
]
"""What is wrong with a request, and whether the service is known well enough to be told."""


def test_nobody_is_asked_and_nobody_is_sent_on_where_a_request_breaks_a_rule(
    host: Host, ada: Browser
):
    for changes, knows_where_back in BROKEN:
        for browser in (ada, Browser(host.base)):
            answer = browser.open(asked(host, **changes))

            assert answer.status_code == 400, changes
            assert "Location" not in answer.headers
            assert "Nothing was connected" in answer.text
            back = re.search(r'class="button" href="([^"]+)"', answer.text)
            assert bool(back) is knows_where_back, changes
            assert back is None or back[1].startswith(f"{BACK}?error=")


def test_a_parameter_that_is_given_twice_is_refused(host: Host, ada: Browser):
    answer = ada.open(asked(host) + "&redirect_uri=https://evil.example")

    assert answer.status_code == 400


def test_a_service_asks_for_no_more_than_it_registered(host: Host, ada: Browser):
    modest = Host(host.base).discover().register(scope=scopes.READ_PROFILE)

    assert ada.open(asked(modest)).status_code == 400
    assert ada.open(asked(modest, scope=scopes.READ_PROFILE)).status_code == 200


def test_the_page_that_asks_stands_in_no_frame_and_trusts_no_name(host: Host, ada: Browser):
    liar = Host(host.base).discover().register(client_name="Your <b>school</b>")

    page = ada.open(asked(liar))

    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Frame-Options"] == "DENY"
    assert "no-store" in page.headers["Cache-Control"]
    assert "Your &lt;b&gt;school&lt;/b&gt;" in page.text
    assert re.search(r"<h1>[^<]*<bdi[^>]*>backpack\.example</bdi>", page.text)
    assert SITE + "/logo.png" not in page.text


def test_consent_needs_the_form_of_ones_own_visit_and_a_sealed_request(host: Host, ada: Browser):
    page = ada.open(asked(host))
    given = {"answer": "connect", "scope": scopes.READ, "reach": "all"}

    assert ada.send(page, **given, form_token="forged").status_code == 403
    assert ada.send(page, **given, request="forged").status_code == 404
    assert Browser(host.base).send(page, **given).status_code == 401


def test_somebody_who_says_no_goes_back_with_that_word_and_nothing_is_kept(
    host: Host, ada: Browser, engine: Engine
):
    answer = ada.send(ada.open(asked(host)), answer="refuse")

    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{BACK}?error=access_denied&state=xyz"
    with Session(engine) as session:
        assert session.scalars(select(Connection)).all() == []


def test_a_consent_that_allows_nothing_or_no_badge_is_asked_again(host: Host, ada: Browser):
    page = ada.open(asked(host))
    for given, words in (
        ({"scope": [], "reach": "all"}, "Choose at least one thing"),
        ({"scope": scopes.STAY, "reach": "all"}, "Choose at least one thing"),
        ({"scope": scopes.READ}, "Choose which badges it sees"),
        ({"scope": scopes.READ, "reach": "chosen"}, "Choose at least one badge"),
        ({"scope": scopes.READ, "reach": "chosen", "badge": "0" * 22}, "at least one badge"),
        ({"scope": scopes.READ, "reach": "nonsense"}, "Choose which badges it sees"),
    ):
        answer = ada.send(page, answer="connect", **given)
        assert answer.status_code == 422, given
        assert words in answer.text


def test_more_than_was_asked_cannot_be_consented_to(host: Host, ada: Browser):
    page = ada.open(asked(host, scope=scopes.READ_PROFILE))
    answer = ada.send(page, answer="connect", scope=list(scopes.ALL), reach="all")

    arrived = told(answer.headers["Location"])
    assert arrived["scope"] == scopes.READ_PROFILE
    token = exchanged(host, arrived["code"]).json()
    assert token["scope"] == scopes.READ_PROFILE
    assert "refresh_token" not in token
    assert host.get("/credentials", token["access_token"]).status_code == 403
    assert host.get("/profile", token["access_token"]).status_code == 200


def test_a_code_is_good_once_and_a_second_time_ends_what_it_gave(host: Host, ada: Browser):
    code = a_code(host, ada)
    token = exchanged(host, code).json()
    assert host.get("/credentials", token["access_token"]).status_code == 200

    again = exchanged(host, code)

    assert again.status_code == 400
    assert again.json()["error"] == "invalid_grant"
    assert host.get("/credentials", token["access_token"]).status_code == 401
    refreshed = host.exchange(grant_type="refresh_token", refresh_token=token["refresh_token"])
    assert refreshed.status_code == 400


UNFIT: list[tuple[dict[str, str | None], str]] = [
    ({"code_verifier": None}, "invalid_request"),
    ({"code_verifier": "w" * 43}, "invalid_grant"),
    ({"code_verifier": CHALLENGE}, "invalid_grant"),
    ({"redirect_uri": f"{BACK}/"}, "invalid_grant"),
    ({"redirect_uri": None}, "invalid_grant"),
    ({"code": "0" * 43}, "invalid_grant"),
    ({"code": None}, "invalid_request"),
    ({"grant_type": "password"}, "unsupported_grant_type"),
    ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
    ({"code_verifier": "ü" * 43}, "invalid_request"),
]
"""What is wrong with an exchange, and OAuth's word for it."""


def test_an_exchange_that_does_not_fit_gets_nothing(host: Host, ada: Browser):
    code = a_code(host, ada)
    for changes, error in UNFIT:
        answer = exchanged(host, **{"code": code, **changes})

        assert answer.status_code == 400, changes
        assert answer.json()["error"] == error, changes
        assert answer.headers["Cache-Control"] == "no-store"

    assert exchanged(host, code).status_code == 200  # the rightful owner loses nothing


def test_a_code_and_a_token_are_good_for_the_service_that_got_them(host: Host, ada: Browser):
    other = Host(host.base).discover().register()
    code = a_code(host, ada)

    assert exchanged(other, code).json()["error"] == "invalid_grant"
    token = exchanged(host, code).json()
    stolen = other.exchange(grant_type="refresh_token", refresh_token=token["refresh_token"])
    assert stolen.json()["error"] == "invalid_grant"
    other.revoke(token["refresh_token"])
    assert host.get("/credentials", token["access_token"]).status_code == 200


def test_the_secret_is_asked_for_in_one_way_only(host: Host, ada: Browser):
    code = a_code(host, ada)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
    }
    secret = {"client_id": host.client_id, "client_secret": host.secret}
    headers = [
        {},
        {"Authorization": "Basic"},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode()},
        {"Authorization": "Basic " + base64.b64encode(f"{host.client_id}:no".encode()).decode()},
        {"Authorization": "Bearer x"},
    ]
    for each in headers:
        answer = requests.post(host.token_url, data=form, headers=each, timeout=20)
        assert answer.status_code == 401, each
        assert answer.json()["error"] == "invalid_client"
        assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert requests.post(host.token_url, data=form | secret, timeout=20).status_code == 401
    assert requests.get(host.token_url, timeout=20).status_code == 405


def test_time_ends_codes_and_tokens(host: Host, ada: Browser, engine: Engine):
    late = a_code(host, ada)
    with sessions(engine).begin() as session:
        session.execute(update(CodeGrant).values(expires_at=clock()))
    assert exchanged(host, late).json()["error"] == "invalid_grant"

    token = exchanged(host, a_code(host, ada)).json()
    with sessions(engine).begin() as session:
        session.execute(update(ApiToken).values(expires_at=clock()))
    assert host.get("/credentials", token["access_token"]).status_code == 401
    refreshed = host.exchange(grant_type="refresh_token", refresh_token=token["refresh_token"])
    assert refreshed.json()["error"] == "invalid_grant"
    assert timedelta(seconds=600) == authorization.CODE_LASTS


def test_a_new_token_reaches_no_further_than_the_old_one(host: Host, ada: Browser):
    code = a_code(host, ada, scope=f"{scopes.READ_PROFILE} {scopes.STAY}")
    token = exchanged(host, code).json()
    given = {"grant_type": "refresh_token", "refresh_token": token["refresh_token"]}

    wider = host.exchange(**given, scope=f"{scopes.READ} {scopes.READ_PROFILE}")
    same = host.exchange(**given)

    assert wider.json()["error"] == "invalid_scope"
    assert host.get("/credentials", same.json()["access_token"]).status_code == 403
    as_access = host.get("/profile", token["refresh_token"])
    assert as_access.status_code == 401  # a refresh token opens nothing by itself


def test_consent_that_was_narrowed_narrows_tokens_given_before(host: Host, ada: Browser):
    token = exchanged(host, a_code(host, ada)).json()["access_token"]
    assert host.get("/credentials", token).status_code == 200

    ada.allow(asked(host), scope=scopes.READ_PROFILE)

    assert host.get("/credentials", token).status_code == 403
    assert host.get("/profile", token).status_code == 200


def test_disconnecting_ends_everything_at_once(host: Host, ada: Browser, engine: Engine):
    waiting = a_code(host, ada)
    token = exchanged(host, a_code(host, ada)).json()
    listed = ada.open(f"{host.base}/wallets/")
    assert "backpack.example" in listed.text

    gone = ada.send(listed)

    assert gone.status_code == 303
    assert host.get("/credentials", token["access_token"]).status_code == 401
    assert exchanged(host, waiting).status_code == 400
    with Session(engine) as session:
        for kind in (Connection, CodeGrant, ApiToken):
            assert session.scalars(select(kind)).all() == []


@pytest.mark.row("T-135")
def test_a_token_of_somebody_whose_data_was_erased_opens_nothing(
    host: Host, ada: Browser, badge: Shown, engine: Engine
):
    token = exchanged(host, a_code(host, ada)).json()
    with sessions(engine).begin() as session:
        person = session.get_one(Person, badge.ada.id)
        plan = Plan(Identity(person.name, person.email, []), clock())
        personal_data.erase(session, person, plan)

    assert host.get("/credentials", token["access_token"]).status_code == 401
    refreshed = host.exchange(grant_type="refresh_token", refresh_token=token["refresh_token"])
    assert refreshed.status_code == 400


def test_a_badge_that_was_revoked_is_given_out_no_longer(
    host: Host, ada: Browser, badge: Shown, engine: Engine
):
    token = exchanged(host, a_code(host, ada)).json()["access_token"]
    badge.revoke()

    assert host.get("/credentials", token).json()["credential"] == []


def test_nothing_that_opens_something_lies_in_the_database(
    host: Host, ada: Browser, engine: Engine
):
    code = a_code(host, ada)
    token = exchanged(host, code).json()

    with engine.connect() as connection:
        everything = "\n".join(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]
    for secret in (code, token["access_token"], token["refresh_token"], host.secret):
        assert secret not in everything


def test_a_request_waits_in_the_browser_in_which_it_began(host: Host, ada: Browser):
    stranger = Browser(host.base)
    page = stranger.open(asked(host))
    assert "Open Cairn from your course first" in page.text
    assert dict(parse_qsl(urlsplit(asked(host)).query))["state"] in page.text
    cookie = page.headers["Set-Cookie"]
    assert all(word in cookie for word in ("HttpOnly", "Secure", "Partitioned", "Max-Age=1800"))
    kept = cookie.split(";")[0].partition("=")[2]

    came_in = Browser(host.base, f"{ada.cookie}; cairn_request={kept}")

    assert "waits for your answer" in came_in.open(f"{host.base}/wallets/").text
    assert "waits for your answer" in came_in.open(f"{host.base}/badges/").text
    waiting = came_in.open(f"{host.base}/wallets/waiting")
    assert "backpack.example" in waiting.text
    answer = came_in.send(waiting, answer="refuse")
    assert answer.headers["Location"].startswith(f"{BACK}?error=access_denied")
    assert "cairn_request=;" in answer.headers["Set-Cookie"]
    assert Browser(host.base, ada.cookie).open(f"{host.base}/wallets/waiting").status_code == 404


def test_ivan_finds_nothing_of_adas(host: Host, ada: Browser, badge: Shown, engine: Engine):
    ada.allow(asked(host))
    with Session(engine) as session:
        public_id = session.scalars(select(Connection.public_id)).one()
    ivan = browser_of(badge.app, engine, badge.ivan)

    assert "backpack.example" not in ivan.open(f"{host.base}/wallets/").text
    assert ivan.open(f"{host.base}/wallets/{public_id}").status_code == 404
    asking = ivan.open(asked(host))
    for path in ("badges", "disconnect"):
        answer = ivan.send(asking, to=f"/wallets/{public_id}/{path}", reach="all")
        assert answer.status_code == 404
    assert ada.open(f"{host.base}/wallets/{public_id}").status_code == 200
