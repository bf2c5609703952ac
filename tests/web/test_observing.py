"""What an operator sees: correlation ids, health, readiness, metrics."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from lti_tool import schema
from lti_tool.app import create_app
from lti_tool.certification.platform import a_key, public_jwk
from lti_tool.database import sessions
from lti_tool.jobs import WorkerHeartbeat
from tests.conftest import some_settings
from tests.launch.kit import Browser, Platform, key_server


def test_every_answer_carries_an_id_that_its_log_line_carries_too(client, capsys):
    answer = client.get("/no/such/page?token=hush")

    number = answer.headers["X-Request-Id"]
    (line,) = [
        json.loads(line)
        for line in capsys.readouterr().err.splitlines()
        if json.loads(line)["event"] == "request"
    ]
    assert line["request"] == number
    assert (line["status"], line["method"], line["route"]) == (404, "GET", "/no/such/page")
    assert "hush" not in json.dumps(line)


def test_an_id_from_the_proxy_is_kept_and_a_strange_one_is_not(client):
    kept = client.get("/healthz", headers={"X-Request-Id": "proxy-1234.5678"})
    strange = client.get("/healthz", headers={"X-Request-Id": 'x"y<z> and more'})

    assert kept.headers["X-Request-Id"] == "proxy-1234.5678"
    assert len(strange.headers["X-Request-Id"]) == 16


def test_an_error_page_names_the_id(client):
    answer = client.get("/no/such/page")

    assert answer.headers["X-Request-Id"] in answer.text


def test_the_process_is_alive_and_ready(client):
    assert client.get("/healthz").json == {"status": "alive"}
    assert client.get("/readyz").json == {"status": "ready", "background": 0}


def test_readiness_tells_how_many_work_in_the_background(client, engine):
    now = datetime.now(UTC)
    with sessions(engine).begin() as session:
        for name, seen_at in (("alive", now), ("long gone", now - timedelta(minutes=5))):
            session.add(WorkerHeartbeat(executor=name, started_at=seen_at, seen_at=seen_at))

    assert client.get("/readyz").json["background"] == 1


def test_a_database_without_its_migrations_is_not_ready(client, engine):
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))

    try:
        answer = client.get("/readyz")
    finally:
        with engine.begin() as connection:
            connection.execute(
                text("INSERT INTO alembic_version VALUES (:head)"),
                {"head": schema.head()},
            )

    assert answer.status_code == 503
    assert "cairn db upgrade" in answer.json["faults"][0]


def test_metrics_count_requests_and_what_lies_in_the_database(client):
    client.get("/no/such/page")

    lines = client.get("/metrics").text.splitlines()

    assert 'cairn_requests_total{endpoint="none",method="GET",status="404"} 1.0' in lines
    assert any(line.startswith("cairn_request_seconds_bucket") for line in lines)
    assert 'cairn_jobs{state="waiting"} 0.0' in lines
    assert 'cairn_deliveries{state="needs-person"} 0.0' in lines
    assert any(line.startswith('cairn_signatures_total{way="mismatched"}') for line in lines)


@pytest.mark.parametrize(
    "asked",
    [
        {"environ_base": {"REMOTE_ADDR": "192.0.2.7"}},
        {"headers": {"X-Forwarded-For": "192.0.2.7"}},
    ],
    ids=["another machine", "behind a proxy"],
)
def test_without_a_token_metrics_are_for_this_machine_only(client, asked):
    assert client.get("/metrics", **asked).status_code == 403


def test_with_a_token_metrics_are_for_who_has_it(database_url, tmp_path):
    app = create_app(some_settings(database_url, tmp_path, metrics_token="a good long token"))
    client = app.test_client()

    without = client.get("/metrics")
    wrong = client.get("/metrics", headers={"Authorization": "Bearer a good short token"})
    right = client.get("/metrics", headers={"Authorization": "Bearer a good long token"})
    app.extensions["cairn"].engine.dispose()

    assert [without.status_code, wrong.status_code, right.status_code] == [401, 401, 200]


def test_a_launch_and_a_refusal_are_logged_with_their_cause_and_without_their_secrets(
    client, engine, capsys
):
    with key_server(public_jwk(a_key(), "key-1")) as served:
        platform = Platform(served)
        platform.register(engine)
        browser = Browser(client, platform)
        begun = browser.begin()
        token = platform.sign(platform.claims(begun.nonce))
        accepted = browser.post(begun.state, token)
        refused = Browser(client.application.test_client(), platform).post("made-up", token)

    text = capsys.readouterr().err
    lines = [json.loads(line) for line in text.splitlines()]
    (letting_in,) = [line for line in lines if line["event"] == "launch.accepted"]
    (turning_away,) = [line for line in lines if line["event"] == "launch.refused"]
    cookies = [
        header.split(";")[0].split("=", 1)[1]
        for answer in (begun.response, accepted)
        for header in answer.headers.getlist("Set-Cookie")
    ]
    assert letting_in["request"] == accepted.headers["X-Request-Id"]
    assert turning_away["request"] == refused.headers["X-Request-Id"]
    assert turning_away["code"] == "state"
    assert refused.headers["X-Request-Id"] in refused.text
    for secret in (token, begun.state, begun.nonce, *filter(None, cookies)):
        assert secret not in text


def test_launches_are_counted_by_what_became_of_them(client, engine):
    with key_server(public_jwk(a_key(), "key-1")) as served:
        platform = Platform(served)
        platform.register(engine)
        Browser(client, platform).launch()
        Browser(client.application.test_client(), platform).launch(version="1.1")

    lines = client.get("/metrics").text.splitlines()

    assert 'cairn_launches_total{outcome="accepted"} 1.0' in lines
    assert sum(line.startswith("cairn_launches_total{") for line in lines) == 2
