"""Access tokens and calls to an LMS's services (SEC 4.1; T-107…T-110, T-119)."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest
from pylti1p3.names_roles import NamesRolesProvisioningService
from sqlalchemy import Engine, select

from lti_tool.database import connect, sessions
from lti_tool.keyring import Keyring
from lti_tool.launch.connector import (
    RESULTS_READ,
    SCORES,
    ScopeMissing,
    Service,
    TokenRefused,
    Unreachable,
    next_page,
)
from lti_tool.launch.models import AccessToken, Deployment
from lti_tool.launch.platforms import add_platform
from lti_tool.outward import Answer
from lti_tool.settings import Settings

DEPLOYMENT = "https://purl.imsglobal.org/spec/lti/claim/deployment_id"


@dataclass
class Lms:
    """A token endpoint and a service that takes its newest token."""

    url: str = ""
    token_requests: list[dict[str, str]] = field(default_factory=list)
    calls: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    good: str = ""
    granted: str | None = None
    expires_in: int = 3600
    token_answer: tuple[int, bytes] | None = None
    delay: float = 0.0
    forgets: int = 0
    """How many more calls are answered with 401 although the token is good."""


def _answer(lms: Lms, handler: BaseHTTPRequestHandler, body: bytes) -> tuple[int, bytes, str]:
    if handler.path == "/token":
        time.sleep(lms.delay)
        sent = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        lms.token_requests.append(sent)
        if lms.token_answer is not None:
            return *lms.token_answer, "application/json"
        lms.good = f"token-{len(lms.token_requests)}"
        told: dict[str, Any] = {
            "access_token": lms.good,
            "token_type": "bearer",
            "expires_in": lms.expires_in,
            "scope": sent["scope"] if lms.granted is None else lms.granted,
        }
        # Moodle says text/html of its JSON.
        return 200, json.dumps(told).encode(), "text/html"
    headers = {name.lower(): value for name, value in handler.headers.items()}
    lms.calls.append((handler.command, handler.path, headers, body))
    if headers.get("authorization") != f"Bearer {lms.good}" or lms.forgets > 0:
        lms.forgets -= 1
        return 401, b"no", "text/plain"
    if handler.path.startswith("/members"):
        return 200, json.dumps({"members": [{"user_id": "ada"}]}).encode(), "application/json"
    return 200, b'{"ok": true}', "application/json"


@pytest.fixture
def lms() -> Iterator[Lms]:
    """The LMS on a free loopback port."""
    lms = Lms()

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, answer, kind = _answer(lms, self, body)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815  the library's names

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    lms.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield lms
    server.shutdown()
    server.server_close()


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def keyring(settings: Settings, engine: Engine) -> Keyring:
    """The tool's keys."""
    return Keyring.open(settings, engine, now())


@pytest.fixture
def deployment_pk(engine: Engine, lms: Lms) -> int:
    """The registered LMS's one deployment."""
    with sessions(engine).begin() as session:
        add_platform(
            session,
            name="LMS",
            issuer="https://lms.example.edu",
            client_id="tool-1",
            auth_login_url=f"{lms.url}/auth",
            auth_token_url=f"{lms.url}/token",
            jwks_url=f"{lms.url}/jwks",
            deployment_ids=["7"],
            now=now(),
        )
        return session.scalars(select(Deployment.id)).one()


@pytest.fixture
def service(engine: Engine, settings: Settings, keyring: Keyring, deployment_pk: int) -> Service:
    """A connector to it."""
    return Service.of(engine, settings, keyring, deployment_pk=deployment_pk, clock=now)


@pytest.mark.row("T-107")
def test_a_token_is_asked_for_as_platforms_check_it(
    service: Service, lms: Lms, keyring: Keyring
) -> None:
    """T-107: minimal scopes, dated half a minute back, good for less than five, once only."""
    service.call("POST", f"{lms.url}/scores", scopes=[SCORES], json={"a": 1})

    (asked,) = lms.token_requests
    assert asked["grant_type"] == "client_credentials"
    assert asked["client_assertion_type"].endswith("client-assertion-type:jwt-bearer")
    assert asked["scope"] == SCORES
    (published,) = keyring.public_jwks()["keys"]
    assertion = asked["client_assertion"]
    assert jwt.get_unverified_header(assertion)["kid"] == published["kid"]
    told = jwt.decode(
        assertion,
        jwt.PyJWK.from_dict(published).key,
        algorithms=["RS256"],
        audience=f"{lms.url}/token",
    )
    assert told["iss"] == told["sub"] == "tool-1"
    assert told[DEPLOYMENT] == "7"
    assert 28 <= time.time() - told["iat"] <= 35
    assert told["exp"] - told["iat"] <= 300
    assert len(told["jti"]) > 20


@pytest.mark.row("T-107")
def test_a_configured_audience_is_used(
    engine: Engine, settings: Settings, keyring: Keyring, lms: Lms, deployment_pk: int
) -> None:
    """T-107: Brightspace wants another than its token address."""
    with sessions(engine).begin() as session:
        session.get_one(Deployment, deployment_pk).registration.auth_audience = "https://aud"
    service = Service.of(engine, settings, keyring, deployment_pk=deployment_pk, clock=now)

    service.call("GET", f"{lms.url}/x", scopes=[SCORES])

    told = jwt.decode(
        lms.token_requests[0]["client_assertion"], options={"verify_signature": False}
    )
    assert told["aud"] == "https://aud"


@pytest.mark.row("T-108")
def test_one_token_serves_many_workers(
    database_url: str, settings: Settings, keyring: Keyring, lms: Lms, deployment_pk: int
) -> None:
    """T-108: four workers with engines of their own, fifty calls, one token request."""
    lms.delay = 0.3
    statuses: list[int] = []

    def work() -> None:
        engine = connect(database_url)
        service = Service.of(engine, settings, keyring, deployment_pk=deployment_pk, clock=now)
        for _ in range(13):
            answer = service.call("POST", f"{lms.url}/scores", scopes=[SCORES], json={})
            statuses.append(answer.status)
        engine.dispose()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert statuses == [200] * 52
    assert len(lms.token_requests) == 1


@pytest.mark.row("T-108")
def test_a_token_is_replaced_a_minute_before_it_expires(
    engine: Engine, settings: Settings, keyring: Keyring, lms: Lms, deployment_pk: int
) -> None:
    """T-108."""
    moment = now()
    service = Service.of(
        engine, settings, keyring, deployment_pk=deployment_pk, clock=lambda: moment
    )
    service.call("GET", f"{lms.url}/x", scopes=[SCORES])

    moment += timedelta(seconds=3600 - 61)
    service.call("GET", f"{lms.url}/x", scopes=[SCORES])
    assert len(lms.token_requests) == 1

    moment += timedelta(seconds=2)
    service.call("GET", f"{lms.url}/x", scopes=[SCORES])
    assert len(lms.token_requests) == 2


@pytest.mark.row("T-108")
def test_a_process_that_dies_while_fetching_holds_nobody_up_for_long(
    engine: Engine, settings: Settings, keyring: Keyring, lms: Lms, deployment_pk: int
) -> None:
    """T-108: its lease runs out."""
    moment = now()
    service = Service.of(
        engine, settings, keyring, deployment_pk=deployment_pk, clock=lambda: moment
    )
    service.tokens._make_row(SCORES)
    assert service.tokens._take_lease(SCORES, "a process that died")
    assert not service.tokens._take_lease(SCORES, "another")

    moment += timedelta(seconds=13)
    assert service.call("GET", f"{lms.url}/x", scopes=[SCORES]).status == 200


def test_different_scopes_are_different_tokens(service: Service, lms: Lms) -> None:
    """A call never carries more power than it needs; the order of scopes does not matter."""
    for scopes in ([SCORES], [RESULTS_READ], [RESULTS_READ, SCORES], [SCORES, RESULTS_READ]):
        service.token(scopes)

    assert [asked["scope"] for asked in lms.token_requests] == [
        SCORES,
        RESULTS_READ,
        f"{RESULTS_READ} {SCORES}",
    ]


def test_tokens_lie_sealed_in_the_database(
    engine: Engine, settings: Settings, keyring: Keyring, lms: Lms, deployment_pk: int
) -> None:
    """And one sealed with another secret key is fetched anew."""
    Service.of(engine, settings, keyring, deployment_pk=deployment_pk, clock=now).token([SCORES])
    with sessions(engine)() as session:
        row = session.scalars(select(AccessToken)).one()
    assert row.sealed
    assert lms.good not in row.sealed

    other = settings.model_copy(
        update={"secret_key": type(settings.secret_key)("another secret that is long enough")}
    )
    with sessions(engine).begin() as session:
        session.scalars(select(AccessToken)).one().expires_at = now()
    service = Service.of(engine, other, keyring, deployment_pk=deployment_pk, clock=now)
    assert service.token([SCORES]).text == "token-2"


@pytest.mark.row("T-109")
def test_a_401_fetches_once_and_tries_once_more(service: Service, lms: Lms) -> None:
    """T-109: the LMS forgot the token; the second answer counts, whatever it is."""
    service.token([SCORES])
    lms.good = "changed by the LMS"
    assert service.call("GET", f"{lms.url}/x", scopes=[SCORES]).status == 200
    assert (len(lms.token_requests), len(lms.calls)) == (2, 2)

    lms.forgets = 2
    assert service.call("GET", f"{lms.url}/x", scopes=[SCORES]).status == 401
    assert (len(lms.token_requests), len(lms.calls)) == (3, 4)


@pytest.mark.row("T-110")
def test_what_was_not_granted_is_named_and_remembered(service: Service, lms: Lms) -> None:
    """T-110: an administrator took a permission away."""
    lms.granted = RESULTS_READ

    with pytest.raises(ScopeMissing) as refused:
        service.call("POST", f"{lms.url}/scores", scopes=[SCORES, RESULTS_READ], json={})

    assert refused.value.missing == (SCORES,)
    assert "score" in str(refused.value)
    assert service.granted([SCORES, RESULTS_READ]) == {RESULTS_READ}
    assert (len(lms.token_requests), lms.calls) == (1, [])


def test_an_answer_without_scope_grants_what_was_asked(service: Service, lms: Lms) -> None:
    """RFC 6749, 5.1."""
    lms.token_answer = (200, b'{"access_token": "t", "expires_in": "soon"}')

    assert service.granted([SCORES]) == {SCORES}


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ((400, b'{"error": "invalid_client"}'), 400),
        ((401, b'{"error": "x", "error_description": "invalid_client"}'), 401),
        ((403, b"invalid_client"), 403),
        ((200, b'{"token": 1}'), 200),
        ((200, b"[]"), 200),
    ],
)
def test_a_refused_token_carries_the_lms_s_words(
    service: Service, lms: Lms, answer: tuple[int, bytes], status: int
) -> None:
    """For the page on which somebody has to act; the next call asks again."""
    lms.token_answer = answer

    with pytest.raises(TokenRefused) as refused:
        service.token([SCORES])

    assert refused.value.status == status
    assert status == 200 or "invalid_client" in str(refused.value)
    lms.token_answer = None
    assert service.token([SCORES]).text


@pytest.mark.parametrize("status", [500, 502, 429])
def test_a_token_service_in_trouble_is_tried_again_later(
    service: Service, lms: Lms, status: int
) -> None:
    """And nothing has reached the gradebook."""
    lms.token_answer = (status, b"busy")

    with pytest.raises(Unreachable) as trouble:
        service.call("POST", f"{lms.url}/scores", scopes=[SCORES], json={})

    assert not trouble.value.maybe_arrived


def test_bodies_go_out_as_they_must(service: Service, lms: Lms) -> None:
    """The media type to the letter, compact UTF-8 JSON, any method."""
    kind = "application/vnd.ims.lis.v1.score+json"
    service.call("PUT", f"{lms.url}/x?type_id=3", scopes=[SCORES], json={"é": 1}, media_type=kind)

    ((method, path, headers, body),) = lms.calls
    assert (method, path, body) == ("PUT", "/x?type_id=3", '{"é":1}'.encode())
    assert headers["content-type"] == kind
    assert headers["user-agent"].startswith("Cairn/")


def test_the_library_s_services_work_on_it(service: Service, lms: Lms) -> None:
    """PyLTI1p3's roster service, unchanged."""
    roster = NamesRolesProvisioningService(
        service, {"context_memberships_url": f"{lms.url}/members"}
    )

    assert roster.get_members() == [{"user_id": "ada"}]


@pytest.mark.row("T-119")
@pytest.mark.parametrize(
    ("header", "following"),
    [
        ('<https://lms.edu/items?page=bookmark:WzFd>; rel="next"', "page=bookmark:WzFd"),
        ('<https://lms.edu/a>; rel="prev", <https://lms.edu/B?x=1,2>; rel="next"', "B?x=1,2"),
        ("<https://lms.edu/items?limit=1&amp;from=2>; rel=“next”", "limit=1&from=2"),
        ("</items?p=2>; rel=next", "p=2"),
        ("</items?p=2>; rel='next'", "p=2"),
        ('<https://evil.edu/items>; rel="next"', None),
        ('<https://lms.edu@evil.edu/items>; rel="next"', None),
        ('<http://[half>; rel="next"', None),
        ('<http://[half>; rel="next", </items?p=2>; rel="next"', "p=2"),
        ('<https://lms.edu/items>; rel="next"', None),
        ("", None),
        ("nonsense", None),
    ],
)
def test_the_next_page_is_followed_as_given(header: str, following: str | None) -> None:
    """T-119: its case kept, Moodle's typography understood, other sites refused."""
    found = next_page(Answer(200, {"Link": header}, b""), "https://lms.edu/items")

    assert found is None if following is None else found and found.endswith(following)
