"""Notices of platforms: checked like launches, kept once, each for itself (T-137)."""

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import hypothesis
import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy import Engine, select, update
from werkzeug.test import TestResponse

from lti_tool.certification.cases import around
from lti_tool.certification.platform import LEFT_OUT, a_key
from lti_tool.database import sessions
from lti_tool.jobs import JobContext, carry_out
from lti_tool.keyring import Keyring
from lti_tool.launch import chores  # noqa: F401  its jobs are carried out below
from lti_tool.launch import claims as names
from lti_tool.launch.models import (
    ContextOrigin,
    Deployment,
    DeploymentState,
    Notice,
    Registration,
)
from lti_tool.launch.notices import MOST, NOTICE, ORIGINS
from lti_tool.settings import Settings
from tests.launch.kit import Platform


def body_of(answer: TestResponse) -> Any:
    """The JSON of an answer."""
    return json.loads(answer.data)


pytestmark = pytest.mark.row("T-137")


@pytest.fixture
def context(settings: Settings, engine: Engine) -> JobContext:
    """The background."""
    return JobContext(settings, engine, Keyring.open(settings, engine, datetime.now(UTC)))


def a_notice(platform: Platform, **changes: Any) -> dict[str, Any]:
    """The claims of a course copy, some of them changed, by short or full name."""
    told = around.a_notice(platform)
    for name, value in changes.items():
        full = {"origins": ORIGINS, "notice": NOTICE}.get(name, name)
        full = full if full in told or full == "nbf" else names.LTI + name
        if value is LEFT_OUT:
            told.pop(full, None)
        else:
            told[full] = value
    return told


def send(client: FlaskClient, *tokens: Any) -> TestResponse:
    """One request with these tokens."""
    return client.post("/lti/notices", json={"notices": [{"jwt": token} for token in tokens]})


def kept(engine: Engine) -> list[Notice]:
    """Every notice there is."""
    with sessions(engine)() as session:
        return list(session.scalars(select(Notice).order_by(Notice.id)))


def origins(engine: Engine) -> list[tuple[str, str]]:
    """Copies and their origins."""
    with sessions(engine)() as session:
        return [(one.context_id, one.origin_id) for one in session.scalars(select(ContextOrigin))]


def test_a_copied_course_is_noted_in_the_background(
    client: FlaskClient, platform: Platform, engine: Engine, context: JobContext
) -> None:
    answer = send(client, platform.sign(a_notice(platform)))

    assert (answer.status_code, answer.json) == (200, {"accepted": 1, "refused": []})
    (notice,) = kept(engine)
    assert (notice.kind, notice.context_id, notice.origins) == (
        "LtiContextCopyNotice", "copy-1", ["course-1"],
    )  # fmt: skip
    assert origins(engine) == []
    for _ in range(2):
        carry_out(context, "launch.act-on-notice", notice.id)
    assert origins(engine) == [("copy-1", "course-1")]
    (notice,) = kept(engine)
    assert notice.done_at is not None


def test_a_greeting_is_taken_and_nothing_follows(
    client: FlaskClient, platform: Platform, engine: Engine, context: JobContext
) -> None:
    """An administrator tries with it whether notices arrive; Canvas names the account in it."""
    hello = {"id": "hello-1", "type": "LtiHelloWorldNotice"}

    answer = send(client, platform.sign(a_notice(platform, notice=hello, origins=LEFT_OUT)))

    assert answer.status_code == 200
    carry_out(context, "launch.act-on-notice", kept(engine)[0].id)
    assert origins(engine) == []


def test_the_same_notice_twice_counts_once(
    client: FlaskClient, platform: Platform, engine: Engine
) -> None:
    told = a_notice(platform)
    again = told | {"nonce": "another"}

    answers = [send(client, platform.sign(one)) for one in (told, told, again)]
    both = send(client, platform.sign(told), platform.sign(again))

    assert [answer.status_code for answer in (*answers, both)] == [200] * 4
    assert len(kept(engine)) == 1


def test_a_nonce_is_good_for_one_notice(
    client: FlaskClient, platform: Platform, engine: Engine
) -> None:
    first = a_notice(platform, nonce="once")
    other = a_notice(platform, nonce="once")

    assert send(client, platform.sign(first)).status_code == 200
    answer = send(client, platform.sign(other))

    assert answer.status_code == 401
    assert body_of(answer)["refused"] == [{"notice": 0, "code": "replay"}]
    assert len(kept(engine)) == 1


BAD: dict[str, tuple[Callable[[Platform], str], str]] = {
    "another key": (lambda it: it.sign(a_notice(it), key=a_key(2)), "signature"),
    "no key id": (lambda it: it.sign(a_notice(it), kid=None), "signature"),
    "an unknown key id": (lambda it: it.sign(a_notice(it), kid="other"), "signature"),
    "hmac": (lambda it: it.sign(a_notice(it), key="x" * 64, alg="HS256"), "signature"),
    "no algorithm": (lambda it: it.sign(a_notice(it), key="", alg="none"), "signature"),
    "no token": (lambda it: "a.b", "malformed"),
    "odd parts": (lambda it: "....", "malformed"),
    "expired": (lambda it: it.sign(a_notice(it, exp=int(time.time()) - 61)), "expired"),
    "no expiry": (lambda it: it.sign(a_notice(it, exp=LEFT_OUT)), "claim-missing"),
    "no date": (lambda it: it.sign(a_notice(it, iat=LEFT_OUT)), "claim-missing"),
    "old": (lambda it: it.sign(a_notice(it, iat=int(time.time()) - 1000)), "too-old"),
    "of tomorrow": (lambda it: it.sign(a_notice(it, iat=int(time.time()) + 86400)), "not-yet"),
    "unknown issuer": (lambda it: it.sign(a_notice(it, iss="https://x.org")), "unknown-platform"),
    "no issuer": (lambda it: it.sign(a_notice(it, iss=LEFT_OUT)), "claim-missing"),
    "another audience": (lambda it: it.sign(a_notice(it, aud="other")), "unknown-platform"),
    "an audience beside": (lambda it: it.sign(a_notice(it, aud=["tool-1", "x"])), "audience"),
    "another party": (lambda it: it.sign(a_notice(it, azp="other")), "audience"),
    "no version": (lambda it: it.sign(a_notice(it, version=LEFT_OUT)), "claim-invalid"),
    "no nonce": (lambda it: it.sign(a_notice(it, nonce=LEFT_OUT)), "claim-missing"),
    "an odd nonce": (lambda it: it.sign(a_notice(it, nonce=[1])), "claim-invalid"),
    "no deployment": (lambda it: it.sign(a_notice(it, deployment_id=LEFT_OUT)), "claim-missing"),
    "unseen deployment": (
        lambda it: it.sign(a_notice(it, deployment_id="2")), "deployment-pending",
    ),
    "no notice": (lambda it: it.sign(a_notice(it, notice=LEFT_OUT)), "unsupported-message"),
    "an odd notice": (lambda it: it.sign(a_notice(it, notice=[])), "claim-invalid"),
    "another kind": (
        lambda it: it.sign(a_notice(it, notice={"id": "1", "type": "LtiTeaNotice"})),
        "unsupported-message",
    ),
    "no id": (
        lambda it: it.sign(a_notice(it, notice={"type": "LtiContextCopyNotice"})),
        "claim-missing",
    ),
    "no course": (lambda it: it.sign(a_notice(it, context=LEFT_OUT)), "claim-missing"),
    "no origin": (lambda it: it.sign(a_notice(it, origins=[])), "claim-invalid"),
    "odd origins": (lambda it: it.sign(a_notice(it, origins=[{}])), "claim-invalid"),
    "many origins": (lambda it: it.sign(a_notice(it, origins=["x"] * 21)), "claim-invalid"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_notice_is_refused_and_hurts_no_good_one(
    client: FlaskClient, platform: Platform, engine: Engine, kind: str
) -> None:
    make, code = BAD[kind]

    alone = send(client, make(platform))
    between = send(
        client, platform.sign(a_notice(platform)), make(platform), platform.sign(a_notice(platform))
    )

    assert (alone.status_code, body_of(alone)["accepted"]) == (401, 0)
    assert body_of(alone)["refused"] == [{"notice": 0, "code": code}]
    assert (between.status_code, body_of(between)["accepted"]) == (200, 2)
    assert body_of(between)["refused"] == [{"notice": 1, "code": code}]
    assert len(kept(engine)) == 2


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (DeploymentState.PENDING, "deployment-pending"),
        (DeploymentState.BLOCKED, "deployment-blocked"),
    ],
)
def test_a_deployment_that_may_not_launch_may_not_tell(
    client: FlaskClient, platform: Platform, engine: Engine, state: DeploymentState, code: str
) -> None:
    with sessions(engine).begin() as session:
        session.execute(update(Deployment).values(state=state))

    answer = send(client, platform.sign(a_notice(platform)))

    assert body_of(answer)["refused"] == [{"notice": 0, "code": code}]
    assert kept(engine) == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'{"notices": {}}', 400),
        (b'{"notices": "x"}', 400),
        (b'{"notices": [' + b",".join([b"{}"] * (MOST + 1)) + b"]}", 400),
        (b'{"notices": [1, null, {"jwt": 5}, {"jwt": [{}]}]}', 401),
        (b"[" * 100_000, 400),
        (b"\xff\xfe", 400),
        (b'{"notices": []}' + b" " * 1_048_576, 413),
        (b'{"notices": []}', 200),
    ],
)
def test_a_request_that_is_no_list_of_notices_is_refused_whole(
    client: FlaskClient, platform: Platform, body: bytes, status: int
) -> None:
    answer = client.post("/lti/notices", data=body, content_type="application/json")

    assert answer.status_code == status
    assert body_of(answer)["accepted"] == 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(body=JSON)
@hypothesis.settings(max_examples=40, suppress_health_check=list(HealthCheck))
def test_no_body_breaks_it(client: FlaskClient, platform: Platform, body: Any) -> None:
    for told in (body, {"notices": body}, {"notices": [body]}, {"notices": [{"jwt": body}]}):
        answer = client.post("/lti/notices", data=json.dumps(told))
        assert answer.status_code in {200, 400, 401}


@given(
    name=st.sampled_from(
        ["iss", "aud", "azp", "nonce", "iat", "exp", "nbf", "version", "deployment_id", "notice",
         "context", "origins"]
    ),
    value=JSON,
)  # fmt: skip
@hypothesis.settings(max_examples=80, suppress_health_check=list(HealthCheck))
def test_no_signed_claim_breaks_it(
    client: FlaskClient, platform: Platform, name: str, value: Any
) -> None:
    # PyJWT's own `encode` signs no odd claims; a platform's library may.
    told = json.dumps(a_notice(platform, **{name: value})).encode()
    token = jwt.api_jws.encode(told, a_key(), algorithm="RS256", headers={"kid": platform.kid})

    assert send(client, token).status_code in {200, 401}


def test_an_unknown_key_id_is_not_asked_for_again_and_again(
    client: FlaskClient, platform: Platform
) -> None:
    """A hundred notices with keys that do not exist cost the platform one question."""
    send(client, platform.sign(a_notice(platform)))
    before = len(platform.server.asked)

    for _ in range(3):
        send(client, *[platform.sign(a_notice(platform), kid=f"k{n}") for n in range(20)])

    assert len(platform.server.asked) <= before + 1


def test_one_notice_many_times_at_once_is_kept_once(
    app: Flask, platform: Platform, engine: Engine
) -> None:
    token = platform.sign(a_notice(platform))
    answers: list[int] = []

    def deliver() -> None:
        answers.append(send(app.test_client(), token).status_code)

    threads = [threading.Thread(target=deliver) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [200] * 6
    assert len(kept(engine)) == 1


def test_another_platforms_key_signs_nothing_of_this_one(
    client: FlaskClient, platform: Platform, engine: Engine
) -> None:
    """A second registration of one issuer, with keys of its own, speaks for itself alone."""
    Platform(platform.server, client_id="tool-2").register(
        engine, jwks_url="http://127.0.0.1:9/none"
    )
    told = a_notice(platform, aud="tool-2", azp="tool-2")

    answer = send(client, platform.sign(told))

    assert body_of(answer)["refused"] == [{"notice": 0, "code": "keys-unreachable"}]
    with sessions(engine)() as session:
        assert session.scalars(select(Registration)).all()[1].client_id == "tool-2"


def test_a_lost_job_is_made_up_for_and_old_notices_go(
    client: FlaskClient, platform: Platform, engine: Engine, settings: Settings
) -> None:
    send(client, platform.sign(a_notice(platform)))
    keyring = Keyring.open(settings, engine, datetime.now(UTC))
    moment = {"now": datetime.now(UTC) + timedelta(minutes=2)}
    context = JobContext(settings, engine, keyring, clock=lambda: moment["now"])

    carry_out(context, "launch.sweep-notices")
    assert origins(engine) == [("copy-1", "course-1")]
    assert len(kept(engine)) == 1

    moment["now"] += timedelta(days=91)
    carry_out(context, "launch.sweep-notices")
    assert kept(engine) == []
    assert origins(engine) == [("copy-1", "course-1")]
