"""Whoever attacks a launch gets a page with a code: never a crash, a hang or a second visit."""

import base64
import json
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as some
from sqlalchemy import Engine

from lti_tool.certification.platform import a_key, public_jwk
from lti_tool.launch import claims as names
from tests.launch.kit import (
    CODES,
    PATIENCE,
    Browser,
    Platform,
    key_server,
    problem,
    refused,
    told,
    visits,
)

PLAIN = json.dumps({"alg": "RS256", "kid": "key-1"}).encode()
"""The header of an ordinary token."""


def segment(value: bytes) -> str:
    """One part of a token."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def signed(header: bytes, body: bytes, *, key: rsa.RSAPrivateKey | None = None) -> str:
    """Any two byte strings as a token that the platform's key has really signed."""
    told = f"{segment(header)}.{segment(body)}"
    signature = (key or a_key()).sign(told.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{told}.{segment(signature)}"


@pytest.fixture
def nobody_came(engine: Engine) -> Iterator[None]:
    """At the end of the test there is no visit."""
    yield
    assert visits(engine) == []


# -- forms ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["state", "id_token"])
def test_of_two_values_of_one_field_none_is_chosen(
    browser: Browser, engine: Engine, name: str
) -> None:
    state, claims = told(browser)
    token = browser.platform.sign(claims)
    twice = [("state", state), ("id_token", token), (name, "another")]

    for order in (twice, twice[::-1]):
        answer = browser.client.post(
            "/lti/launch",
            data=urlencode(order),
            content_type="application/x-www-form-urlencoded",
        )
        assert problem(answer) == (400, "malformed")

    assert visits(engine) == []


def test_a_field_cannot_be_slipped_in_by_the_address(browser: Browser, engine: Engine) -> None:
    state, claims = told(browser)
    form = {"state": state, "id_token": browser.platform.sign(claims)}

    answer = browser.client.post("/lti/launch?state=another", data=form)

    assert problem(answer) == (400, "malformed")
    assert visits(engine) == []


def test_a_login_names_each_thing_once(browser: Browser) -> None:
    query = urlencode([("iss", browser.platform.issuer), ("iss", "https://evil.example")])

    answer = browser.client.get(f"/lti/login?{query}&login_hint=1")

    assert problem(answer) == (400, "malformed")


def test_a_form_of_a_hundred_thousand_fields_is_refused(browser: Browser) -> None:
    many = "&".join(f"field{number}=1" for number in range(100_000))

    began = time.monotonic()
    answer = browser.client.post(
        "/lti/launch", data=many, content_type="application/x-www-form-urlencoded"
    )

    assert time.monotonic() - began < PATIENCE
    assert problem(answer)[0] in {400, 413}


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "text/plain",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "",
    ],
)
def test_a_body_of_another_kind_is_no_launch(browser: Browser, content_type: str) -> None:
    answer = browser.client.post("/lti/launch", data=b"--x\r\n\xff{", content_type=content_type)

    assert problem(answer) == (400, "parameter-missing")


# -- tokens ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("nobody_came")
@pytest.mark.parametrize("depth", [200, 5_000, 100_000])
@pytest.mark.parametrize("part", ["header", "body"])
def test_a_deeply_nested_token_is_refused(browser: Browser, depth: int, part: str) -> None:
    nested = b'{"a":' * depth + b"1" + b"}" * depth

    token = signed(nested, b"{}") if part == "header" else signed(PLAIN, nested)

    assert refused(browser, token) in {"malformed", "claim-missing", "signature", "too-large"}


@pytest.mark.parametrize("depth", [100, 2_000])
def test_a_deeply_nested_claim_that_nobody_reads_does_no_harm(browser: Browser, depth: int) -> None:
    state, claims = told(browser)
    body = json.dumps(claims).encode()
    nested = b"[" * depth + b"]" * depth
    body = body[:-1] + b', "https://vendor.example/extra": ' + nested + b"}"

    answer = browser.post(state, signed(PLAIN, body))

    assert answer.status_code in {303, 400}


@pytest.mark.usefixtures("nobody_came")
@pytest.mark.parametrize(
    "header",
    [
        {"crit": ["exp"], "exp": 1},
        {"crit": ["b64"], "b64": False},
        {"crit": []},
        {"crit": "exp"},
        {"crit": [None]},
        {"b64": False},
        {"kid": ["key-1"]},
        {"kid": {"key-1": 1}},
        {"kid": 1},
        {"kid": "k" * 100_000},
        {"kid": "key-1\u202e"},
        {"kid": "../../etc/passwd"},
        {"kid": "' OR 1=1 --"},
        {"alg": ["RS256"]},
        {"alg": {"RS256": 1}},
        {"alg": 256},
        {"alg": "rs256"},
        {"alg": "None"},
        {"alg": ""},
        {"zip": "DEF", "alg": "RSA-OAEP", "enc": "A256GCM"},
    ],
    ids=lambda header: json.dumps(header)[:40],
)
def test_odd_headers_let_nobody_in(browser: Browser, header: dict[str, Any]) -> None:
    state, claims = told(browser)
    whole = {"alg": "RS256", "kid": "key-1", "typ": "JWT"} | header
    token = signed(json.dumps(whole).encode(), json.dumps(claims).encode())

    assert refused(browser, token, state=state) in {"signature", "malformed"}


@pytest.mark.usefixtures("nobody_came")
@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
@pytest.mark.parametrize(
    "number",
    ["1e400", "-1e400", "1" + "0" * 400, "9" * 5000, "NaN", "Infinity", "1e18", "true"],
    ids=lambda number: number[:8],
)
def test_numbers_beyond_all_clocks_are_refused(browser: Browser, name: str, number: str) -> None:
    state, claims = told(browser)
    claims[name] = 0
    body = json.dumps(claims).replace(f'"{name}": 0', f'"{name}": {number}')
    token = signed(PLAIN, body.encode())

    code = refused(browser, token, state=state)

    assert code in {"claim-invalid", "not-yet", "expired", "too-old", "malformed"}


@pytest.mark.usefixtures("nobody_came")
def test_a_claim_that_stands_twice_is_read_as_one_or_refused(browser: Browser) -> None:
    state, claims = told(browser)
    body = json.dumps(claims | {"nonce": "another"})[:-1] + f', "aud": "{"x" * 20}"}}'

    assert refused(browser, signed(PLAIN, body.encode()), state=state) in {
        "audience",
        "nonce",
        "malformed",
    }


# -- key sets -------------------------------------------------------------------------------------


def test_the_right_one_of_a_thousand_keys_is_found(engine: Engine, app: Flask) -> None:
    other = public_jwk(a_key(2), "other")
    crowd = [other | {"kid": f"key-{number}"} for number in range(2, 1002)]
    with key_server(*crowd, public_jwk(a_key(), "key-1")) as served:
        platform = Platform(served)
        platform.register(engine)

        began = time.monotonic()
        assert Browser(app.test_client(), platform).launch().status_code == 303
        assert time.monotonic() - began < PATIENCE


@pytest.mark.parametrize(
    "answered",
    [
        b"[]",
        b'{"keys": null}',
        b'{"keys": {"kid": "key-1"}}',
        b'{"keys": ["key-1", 1, null, []]}',
        b'{"keys": [{"kty": "RSA", "kid": "key-1"}]}',
        b'{"keys": [{"kty": "RSA", "kid": "key-1", "n": 1, "e": 2}]}',
        b'{"keys": [{"kty": "RSA", "kid": "key-1", "n": "!", "e": "AQAB"}]}',
        b'{"keys": [{"kty": "RSA", "kid": "key-1", "n": "AQ", "e": "AA"}]}',
        b'{"keys": [{"kty": "oct", "kid": "key-1", "k": "c2VjcmV0"}]}',
        b'{"keys": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b"\xff\xfe",
        b" " * 3_000_000,
    ],
    ids=lambda answered: str(answered[:40]),
)
@pytest.mark.usefixtures("nobody_came")
def test_key_sets_of_any_shape_let_nobody_in(browser: Browser, answered: bytes) -> None:
    browser.platform.server.body = answered
    state, claims = told(browser)

    code = refused(browser, browser.platform.sign(claims), state=state)

    assert code in {"signature", "keys-unreachable"}


@pytest.mark.usefixtures("nobody_came")
@pytest.mark.parametrize("bits", [1024, 1536])
def test_a_key_too_small_to_trust_lets_nobody_in(browser: Browser, bits: int) -> None:
    small = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    browser.platform.server.keys[:] = [public_jwk(small, "key-1")]
    state, claims = told(browser)

    token = signed(PLAIN, json.dumps(claims).encode(), key=small)
    assert refused(browser, token, state=state) == "signature"


# -- anything at all ------------------------------------------------------------------------------

HARDLY = hypothesis_settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
ANYTHING = some.recursive(
    some.none()
    | some.booleans()
    | some.integers()
    | some.floats()
    | some.text(max_size=40)
    | some.just("https://purl.imsglobal.org/spec/lti/claim/"),
    lambda inner: (
        some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)
CLAIMS = [
    "iss", "aud", "azp", "sub", "nonce", "iat", "exp", "nbf", "name", "given_name", "family_name",
    "email", "locale", "picture", names.MESSAGE_TYPE, names.VERSION, names.DEPLOYMENT_ID,
    names.TARGET_LINK_URI, names.RESOURCE_LINK, names.ROLES, names.CONTEXT, names.CUSTOM,
    names.FOR_USER, names.PRESENTATION, names.DEEP_LINKING, names.GRADES, names.MEMBERSHIPS,
    names.LTI + "lti1p1", names.LTI + "role_scope_mentor", names.LTI + "tool_platform",
    names.LTI + "lis", "https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice",
    "https://purl.imsglobal.org/spec/lti/claim/platformnotificationservice",
]  # fmt: skip


@given(changes=some.dictionaries(some.sampled_from(CLAIMS), ANYTHING, min_size=1, max_size=4))
@HARDLY
def test_claims_of_any_shape_are_let_in_or_refused_by_name(
    browser: Browser, changes: dict[str, Any]
) -> None:
    state, claims = told(browser)
    token = signed(PLAIN, json.dumps(claims | changes).encode("utf-8", "surrogatepass"))

    answer = browser.post(state, token)

    assert answer.status_code == 303 or problem(answer)[1] in CODES, answer.text[:500]
    assert answer.status_code < 500


@given(header=some.dictionaries(some.sampled_from(["alg", "kid", "typ", "crit", "b64"]), ANYTHING))
@HARDLY
def test_headers_of_any_shape_are_let_in_or_refused_by_name(
    browser: Browser, header: dict[str, Any]
) -> None:
    state, claims = told(browser)
    whole = {"alg": "RS256", "kid": "key-1"} | header

    answer = browser.post(state, signed(json.dumps(whole).encode(), json.dumps(claims).encode()))

    assert answer.status_code == 303 or problem(answer)[1] in CODES, answer.text[:500]
    assert answer.status_code < 500


@given(
    form=some.lists(
        some.tuples(
            some.sampled_from(["state", "id_token", "error", "error_description", "x"]),
            some.text(max_size=60) | some.just("a.b.c"),
        ),
        max_size=6,
    )
)
@HARDLY
def test_forms_of_any_shape_are_refused_by_name(
    browser: Browser, form: list[tuple[str, str]]
) -> None:
    answer = browser.client.post(
        "/lti/launch",
        data=urlencode(form, errors="surrogatepass"),
        content_type="application/x-www-form-urlencoded",
    )

    assert problem(answer)[1] in CODES, answer.text[:500]
    assert answer.status_code in {400, 401}


@given(
    parameters=some.dictionaries(
        some.sampled_from(
            [
                "iss", "login_hint", "target_link_uri", "client_id", "lti_message_hint",
                "lti_deployment_id", "lti_storage_target", "window",
            ]
        ),
        some.text(max_size=80),
    )
)  # fmt: skip
@HARDLY
def test_logins_of_any_shape_go_to_the_lms_or_are_refused_by_name(
    browser: Browser, parameters: dict[str, str]
) -> None:
    known = {"iss": browser.platform.issuer, "login_hint": "1", "client_id": "tool-1"}

    answer = browser.client.get(
        "/lti/login?" + urlencode(known | parameters, errors="surrogatepass")
    )

    is_answered = answer.status_code in {200, 302, 303} or problem(answer)[1] in CODES
    assert is_answered, (answer.status_code, answer.text[:500])
    assert answer.status_code < 500


def test_a_state_is_never_guessed(browser: Browser, another_browser: Callable[[], Browser]) -> None:
    for _ in range(50):
        _state, claims = told(another_browser())
        token = browser.platform.sign(claims)
        assert refused(browser, token, state=secrets.token_urlsafe(32)) == "state"
