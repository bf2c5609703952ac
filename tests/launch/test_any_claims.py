"""Whatever a platform signs, or anybody posts: let in, or refused with a page that names why."""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jwt.algorithms import RSAAlgorithm
from sqlalchemy import Engine, select

from lti_tool.app import create_app
from lti_tool.certification.platform import LEARNER, a_key, public_jwk
from lti_tool.database import connect, sessions
from lti_tool.launch import claims, platforms
from lti_tool.launch.models import Deployment, Registration
from lti_tool.launch.problems import CAUSES, LaunchProblem
from tests.conftest import some_settings
from tests.launch.kit import Browser, Platform, key_server, problem

STATUS = {cause.code: cause.status for cause in CAUSES}
"""Every code a refusal may carry, with its status."""

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(10**400), max_value=10**400)
    | st.floats()
    | st.text()
    | st.sampled_from(
        ["", "1.3.0", LEARNER, "$Canvas.user.id", "https://lms.example.edu/x", "\x00"]
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
CLAIMS = (
    "sub", "name", "given_name", "family_name", "email", claims.VERSION, claims.MESSAGE_TYPE,
    claims.DEPLOYMENT_ID, claims.TARGET_LINK_URI, claims.RESOURCE_LINK, claims.CONTEXT,
    claims.ROLES, claims.CUSTOM, claims.FOR_USER, claims.PRESENTATION, claims.DEEP_LINKING,
    claims.GRADES, claims.MEMBERSHIPS, claims.GROUPS, claims.MENTEES, claims.MIGRATION,
    claims.CANVAS_LEGACY_USER,
)  # fmt: skip
PARTS = (
    "id", "title", "label", "user_id", "resource_link_id", "oauth_consumer_key",
    "oauth_consumer_key_sign", "return_url", "deep_link_return_url", "accept_types", "data",
    "lineitems", "lineitem", "scope", "context_memberships_url", "context_groups_url", "program",
    "credential", "submission_until", "canvas_masquerading_user_id",
)  # fmt: skip
an_object = st.dictionaries(st.sampled_from(PARTS), anything, max_size=5)
MESSAGES = st.sampled_from([message.value for message in claims.Message]) | anything
changes = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(CLAIMS, anything | an_object) | {claims.MESSAGE_TYPE: MESSAGES}
)
registered = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("iss", "aud", "azp", "nonce", "iat", "exp", "nbf"), anything)
)
headers = st.dictionaries(
    st.sampled_from(
        ["alg", "kid", "typ", "crit", "jku", "jwk", "x5u", "x5c", "b64", "zip", "cty", "enc"]
    )
    | st.text(max_size=8),
    anything,
    max_size=4,
)
left_out = st.sets(st.sampled_from([*CLAIMS, "iss", "aud", "nonce", "iat", "exp"]), max_size=2)


@pytest.mark.row("T-066")
@pytest.mark.row("T-080")
@pytest.mark.row("T-081")
@given(changed=changes, missing=left_out, flags=st.tuples(st.booleans(), st.booleans()))
def test_claims_of_any_kind_are_read_or_refused_by_name(
    changed: dict[str, Any], missing: set[str], flags: tuple[bool, bool]
) -> None:
    """A `Launch` whose texts fit their columns, or a problem with a code we know; nothing else."""
    told = _told(Platform(server=None), "n", changed, missing)  # type: ignore[arg-type]

    refused: LaunchProblem | None = None
    try:
        launch = claims.read(told, may_be_nobody=flags[0], sub_may_be_number=flags[1])
    except LaunchProblem as met:
        refused = met
    if refused is not None:
        assert STATUS[refused.cause.code] in (400, 401)
        assert str(refused)
        return
    assert launch.sub or flags[0]
    kept = (
        launch.sub, launch.name, launch.email or "", launch.deployment_id, launch.context_title,
        launch.context_label, launch.resource_link_title, launch.context_id or "",
        launch.resource_link_id or "", launch.for_user or "", *launch.mentees,
    )  # fmt: skip
    assert all(len(text) <= 255 and "\x00" not in text for text in kept)
    assert all(isinstance(role, str) for role in launch.roles)
    assert all(isinstance(value, str) for value in launch.custom.values())


@pytest.fixture(scope="module")
def house(
    made_keys: Path, migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Flask, Platform]]:
    """One tool for all examples, with a registration that allows all there is to allow."""
    folder = tmp_path_factory.mktemp("any-claims")
    path = folder / "cairn.sqlite3"
    path.write_bytes(migrated_sqlite.read_bytes())
    with ExitStack() as stack:
        server = stack.enter_context(key_server(public_jwk(a_key(), "key-1")))
        config = some_settings(f"sqlite:///{path}", folder, keys_dir=made_keys)
        app = create_app(config)
        platform = Platform(server)
        engine = connect(config.database_url)
        stack.callback(engine.dispose)
        stack.callback(app.extensions["cairn"].engine.dispose)
        platform.register(engine)
        _allow_everything(engine, config)
        yield app, platform


def _allow_everything(engine: Engine, config: Any) -> None:
    now = datetime.now(UTC)
    with sessions(engine).begin() as session:
        row = session.scalars(select(Registration)).one()
        platforms.change(
            session, row, settings=config, actor=None, now=now, sub_may_be_number=True,
            approves_deployments=True, extra_audiences=["district"], legacy=("key", "secret"),
        )  # fmt: skip
        deployment = session.scalars(select(Deployment)).one()
        platforms.change_deployment(session, deployment, actor=None, now=now, allow_anonymous=True)


def _told(
    platform: Platform, nonce: str, changed: Mapping[str, Any], missing: set[str]
) -> dict[str, Any]:
    told = platform.claims(nonce)
    told.update(changed)
    for name in missing:
        told.pop(name, None)
    return told


def _is_answered(response: Any) -> None:
    """Let in with 303 to an address of ours, or refused by a page with a code that fits."""
    status, code = problem(response)
    if status == 303:
        assert response.location.startswith("/")
        assert not response.location.startswith("//")
        return
    assert code in STATUS, (status, response.text[:300])
    assert status == STATUS[code]
    assert not any("cairn_visit" in cookie for cookie in response.headers.getlist("Set-Cookie"))


slow = settings(max_examples=120, suppress_health_check=list(HealthCheck), deadline=None)


@pytest.mark.row("T-035")
@pytest.mark.row("T-053")
@slow
@given(changed=changes, ours=registered, missing=left_out)
def test_whatever_is_signed_is_let_in_or_refused_with_a_code(
    house: tuple[Flask, Platform],
    changed: dict[str, Any],
    ours: dict[str, Any],
    missing: set[str],
) -> None:
    """Through a real launch: never 500, and the page of who was let in opens."""
    app, platform = house
    browser = Browser(app.test_client(), platform)
    begun = browser.begin()
    told = _told(platform, begun.nonce, changed | ours, missing)

    answer = browser.post(begun.state, _sign(platform, told))

    _is_answered(answer)
    if answer.status_code == 303:
        assert browser.client.get(answer.location).status_code < 500


@pytest.mark.row("T-027")
@pytest.mark.row("T-034")
@slow
@given(given_headers=headers, body=st.none() | anything)
def test_whatever_stands_in_the_header_is_answered(
    house: tuple[Flask, Platform], given_headers: dict[str, Any], body: object
) -> None:
    """A token with any header, well signed, over our claims or over anything."""
    app, platform = house
    browser = Browser(app.test_client(), platform)
    begun = browser.begin()
    told: Any = platform.claims(begun.nonce) if body is None else body

    answer = browser.post(begun.state, _sign(platform, told, given_headers))

    _is_answered(answer)


@pytest.mark.row("T-016")
@pytest.mark.row("T-026")
@pytest.mark.row("T-035")
@slow
@given(
    form=st.dictionaries(
        st.sampled_from(["state", "id_token", "error", "error_description", "x"]), st.text()
    ),
    token=st.none() | st.binary(max_size=60),
)
def test_whatever_is_posted_is_answered(
    house: tuple[Flask, Platform], form: dict[str, str], token: bytes | None
) -> None:
    """Forms of anything, and tokens whose parts are anything."""
    app, platform = house
    browser = Browser(app.test_client(), platform)
    if token is not None:
        part = base64.urlsafe_b64encode(token).decode().rstrip("=")
        form = form | {"id_token": f"{part}.{part}.{part}", "state": browser.begin().state}

    _is_answered(browser.client.post("/lti/launch", data=form))


@pytest.mark.row("T-003")
@pytest.mark.row("T-009")
@slow
@given(
    sent=st.dictionaries(
        st.sampled_from(
            ["iss", "login_hint", "client_id", "target_link_uri", "lti_message_hint",
             "lti_deployment_id", "lti_storage_target", "canvas_region"]
        ),
        st.text() | st.sampled_from(["https://lms.example.edu", "tool-1", "1"]),
    ),
    method=st.sampled_from(["GET", "POST"]),
)  # fmt: skip
def test_whatever_a_login_says_is_answered(
    house: tuple[Flask, Platform], sent: dict[str, str], method: str
) -> None:
    """Sent to the LMS, to where cookies are tried, or to a page with a code; never 500."""
    app, platform = house
    browser = Browser(app.test_client(), platform)

    answer = browser.login(method=method, **{"login_hint": None, **sent})

    if answer.status_code == 302:
        assert answer.location.startswith("https://lms.example.edu/auth?")
    elif answer.status_code != 200 or 'name="lti-problem"' in answer.text:
        _is_answered(answer)


def _sign(platform: Platform, told: Any, extra: Mapping[str, Any] | None = None) -> str:
    """A token as a careless platform makes it: any JSON for a body, any member in the header."""
    header = {"alg": "RS256", "typ": "JWT", "kid": platform.kid} | dict(extra or {})
    signed = b".".join(_part(value) for value in (header, told))
    signature = RSAAlgorithm(RSAAlgorithm.SHA256).sign(signed, a_key())
    return b".".join((signed, base64.urlsafe_b64encode(signature).rstrip(b"="))).decode()


def _part(value: Any) -> bytes:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")
