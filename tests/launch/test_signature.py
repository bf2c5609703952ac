"""Who signed a launch (SEC 5.1.3; T-027…T-038)."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Engine, select

from lti_tool.certification.platform import a_key, public_jwk
from lti_tool.database import sessions
from lti_tool.launch.models import Registration
from lti_tool.people.models import Person
from tests.launch.kit import Browser, Platform, key_server, problem, visits


def post_signed(browser: Browser, **how: object) -> tuple[int, str]:
    """Launch with a token signed in some way; the status and the code of the answer."""
    begun = browser.begin()
    token = browser.platform.sign(browser.platform.claims(begun.nonce), **how)  # type: ignore[arg-type]
    return problem(browser.post(begun.state, token))


def forget_forced_fetch(engine: Engine) -> None:
    """Half a minute passes."""
    with sessions(engine).begin() as session:
        row = session.scalars(select(Registration)).one()
        row.keys_forced_at = datetime.now(UTC) - timedelta(seconds=31)


@pytest.mark.row("T-027")
def test_a_token_without_a_key_id_is_refused(browser: Browser, engine: Engine) -> None:
    """T-027."""
    assert post_signed(browser, kid=None) == (401, "signature")
    assert visits(engine) == []


@pytest.mark.row("T-028")
def test_an_unknown_key_id_forces_one_fetch_in_half_a_minute(
    browser: Browser, engine: Engine
) -> None:
    """T-028: refused after exactly one more look at the key set, however often it is tried."""
    assert browser.launch().status_code == 303
    asked = browser.platform.server.asked
    assert len(asked) == 1

    for _ in range(3):
        assert post_signed(browser, kid="no-such-key") == (401, "signature")
    assert len(asked) == 2

    forget_forced_fetch(engine)
    assert post_signed(browser, kid="no-such-key") == (401, "signature")
    assert len(asked) == 3


@pytest.mark.row("T-029")
def test_another_key_under_the_right_id_is_refused(browser: Browser, engine: Engine) -> None:
    """T-029."""
    assert post_signed(browser, key=a_key(2)) == (401, "signature")
    assert visits(engine) == []


@pytest.mark.row("T-029", "T-036")
def test_two_schools_under_one_issuer_have_keys_of_their_own(
    browser: Browser, another_browser: Callable[[], Browser], engine: Engine
) -> None:
    """Every Canvas that somebody hosts claims the same issuer unless it is told not to."""
    with key_server(public_jwk(a_key(4), "key-1")) as served:
        elsewhere = Platform(served, client_id="tool-2", deployment_id="9")
        elsewhere.register(engine)
        there = another_browser()
        there.platform = elsewhere

        def launch(key: int) -> tuple[int, str]:
            begun = there.begin()
            told = elsewhere.claims(begun.nonce, sub="ada-1", name="Ada Meadow")
            return problem(there.post(begun.state, elsewhere.sign(told, key=a_key(key))))

        assert browser.launch().status_code == 303
        assert launch(1) == (401, "signature")
        assert launch(4) == (303, "")
    # And one user id at both is two people
    with sessions(engine)() as session:
        assert set(session.scalars(select(Person.name))) == {"Ada Bloom", "Ada Meadow"}


@pytest.mark.row("T-030")
def test_an_unsigned_token_is_refused(browser: Browser, engine: Engine) -> None:
    """T-030: alg none."""
    assert post_signed(browser, key="", alg="none") == (401, "signature")
    assert visits(engine) == []


@pytest.mark.row("T-031")
def test_a_public_key_is_no_shared_secret(browser: Browser, engine: Engine) -> None:
    """T-031: HS256 with the LMS's public key, in any form a checker might mistake for a secret."""
    pem = a_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for secret in (pem, a_key().public_key().public_numbers().n.to_bytes(256, "big")):
        begun = browser.begin()
        head = jwt.utils.base64url_encode(b'{"alg":"HS256","kid":"key-1","typ":"JWT"}')
        body = jwt.encode(browser.platform.claims(begun.nonce), "x" * 32).split(".")[1].encode()
        signer = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
        mark = jwt.utils.base64url_encode(signer.sign(head + b"." + body, secret))
        answer = browser.post(begun.state, b".".join((head, body, mark)).decode())
        assert problem(answer) == (401, "signature")
    assert visits(engine) == []


@pytest.mark.row("T-032")
@pytest.mark.parametrize("alg", ["RS384", "RS512", "PS256", "ES256"])
def test_other_algorithms_are_refused(browser: Browser, alg: str) -> None:
    """T-032: RS256 and nothing else."""
    key: object = ec.generate_private_key(ec.SECP256R1()) if alg == "ES256" else a_key()

    assert post_signed(browser, key=key, alg=alg) == (401, "signature")


@pytest.mark.row("T-033")
def test_a_key_set_without_algorithms_will_do(browser: Browser) -> None:
    """T-033: as Brightspace publishes its keys."""
    browser.platform.server.keys[:] = [public_jwk(a_key(), "key-1", alg=None, use=None)]

    assert browser.launch().status_code == 303


@pytest.mark.row("T-034")
@pytest.mark.parametrize("header", ["jku", "x5u", "jwk"])
def test_keys_that_a_token_brings_along_are_ignored(browser: Browser, header: str) -> None:
    """T-034."""
    value: object = "https://evil.example/keys"
    if header == "jwk":
        value = public_jwk(a_key(2), "key-1")

    assert post_signed(browser, key=a_key(2), **{header: value}) == (401, "signature")


@pytest.mark.row("T-035")
@pytest.mark.parametrize(
    "token",
    ["not a token", "a.b.c", "....", "", "eyJhbGciOiJSUzI1NiJ9.W10.AA", "W10.e30.AA", "e30.MQ.AA"],
)
def test_what_is_no_token_is_malformed(browser: Browser, token: str) -> None:
    """T-035: never 500; an empty one is missing."""
    begun = browser.begin()

    status, code = problem(browser.post(begun.state, token))

    assert (status, code) == (400, "malformed" if token else "parameter-missing")


@pytest.mark.row("T-036")
def test_a_platform_may_change_its_keys_at_any_time(browser: Browser) -> None:
    """T-036: the cache is warm, the kid is new."""
    assert browser.launch().status_code == 303

    browser.platform.server.keys[:] = [public_jwk(a_key(3), "key-3")]

    begun = browser.begin()
    token = browser.platform.sign(browser.platform.claims(begun.nonce), key=a_key(3), kid="key-3")
    assert browser.post(begun.state, token).status_code == 303


@pytest.mark.row("T-037")
@pytest.mark.parametrize("how", ["500", "html", "list", "gone"])
def test_keys_that_cannot_be_fetched_are_said_to_be(
    browser: Browser, engine: Engine, how: str
) -> None:
    """T-037: 503, until they can be."""
    server = browser.platform.server
    if how == "500":
        server.status = 500
    elif how == "gone":
        browser.platform.register(engine, jwks_url="http://127.0.0.1:9/jwks")
    else:
        server.body = b"<html>" if how == "html" else b"[]"

    assert problem(browser.launch()) == (503, "keys-unreachable")

    server.status, server.body = 200, None
    browser.platform.register(engine)
    assert browser.launch().status_code == 303


@pytest.mark.row("T-037")
def test_kept_keys_are_used_while_the_platform_is_down(browser: Browser, engine: Engine) -> None:
    """T-037: a key set an hour old is asked for again, but a stale one still serves."""
    assert browser.launch().status_code == 303
    browser.platform.server.status = 503
    with sessions(engine).begin() as session:
        row = session.scalars(select(Registration)).one()
        row.keys_fetched_at = datetime.now(UTC) - timedelta(hours=2)

    assert browser.launch().status_code == 303
    assert browser.launch().status_code == 303
    assert len(browser.platform.server.asked) == 2


@pytest.mark.row("T-037")
def test_a_slow_key_server_is_not_waited_for_long(browser: Browser) -> None:
    """T-037: five seconds at most."""
    browser.platform.server.delay = 6.0
    began = time.monotonic()

    assert problem(browser.launch()) == (503, "keys-unreachable")
    assert time.monotonic() - began < 5.9


@pytest.mark.row("T-038")
def test_we_name_ourselves_to_key_servers(browser: Browser) -> None:
    """T-038: some Moodle hosts refuse clients without a name."""
    browser.launch()

    assert browser.platform.server.asked[0]["user-agent"].startswith("Cairn/")


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_short_keys_sign_nothing_we_believe(browser: Browser) -> None:
    """A 1024-bit key can be bought."""
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    browser.platform.server.keys[:] = [public_jwk(weak, "key-1")]

    assert post_signed(browser, key=weak) == (401, "signature")
