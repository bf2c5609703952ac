"""Who signed a launch (SEC 5.1.3; T-027…T-038)."""

import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lti_tool.certification.case import Section
from lti_tool.certification.platform import KEY_ID, Claims, a_key, public_jwk
from lti_tool.certification.trial import Trial

section = Section()
case = section.case

SLOW = 6.0
"""Seconds: more than a key server may take."""


@case("T-027", "SEC 5.1.2; CERT 6.1.1", certified=True)
def no_kid(trial: Trial) -> None:
    """A header without a key id."""
    answer = trial.browser().launch_signed({"kid": None})
    trial.refused("no kid", answer, 401, "signature")


@case("T-028", "SEC 6.3; CERT 6.1.1", certified=True)
def wrong_kid(trial: Trial) -> None:
    """A key id that is not in the key set, three times."""
    browser = trial.browser()
    trial.accepted("a known key first", browser.launch())
    before = len(browser.platform.asked)
    for _ in range(3):
        answer = browser.launch_signed({"kid": "no-such-key"})
        trial.refused("unknown kid", answer, 401, "signature")
    if trial.is_ours:
        fetched = len(browser.platform.asked) - before
        trial.holds("the keys are fetched once more", fetched == 1, f"{fetched} fetches")


@case("T-029", "SEC 5.1.3")
def another_key(trial: Trial) -> None:
    """Another key under a known id."""
    answer = trial.browser().launch_signed({"key": a_key(2)})
    trial.refused("signed by another key", answer, 401, "signature")


@case("T-030", "SEC 5.1.2")
def unsigned(trial: Trial) -> None:
    """A token that claims to need no signature."""
    answer = trial.browser().launch_signed({"key": "", "alg": "none"})
    trial.refused("alg none", answer, 401, "signature")


def _hmac_signed(claims: Claims, secret: bytes) -> str:
    """A token signed with a secret that no library would take for one."""
    head = jwt.utils.base64url_encode(b'{"alg":"HS256","kid":"%s","typ":"JWT"}' % KEY_ID.encode())
    body = jwt.encode(claims, "x" * 32).split(".")[1].encode()
    signer = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    mark = jwt.utils.base64url_encode(signer.sign(head + b"." + body, secret))
    return b".".join((head, body, mark)).decode()


@case("T-031", "SEC 5.1.2; CERT 4.2", certified=True)
def public_secret(trial: Trial) -> None:
    """The LMS's public key as a shared secret."""
    browser = trial.browser()
    public = a_key().public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for words, secret in (("PEM", pem), ("modulus", public.public_numbers().n.to_bytes(256))):
        begun = browser.begin()
        token = _hmac_signed(browser.platform.claims(begun.nonce), secret)
        answer = browser.post(begun.state, token)
        trial.refused(f"HS256 with the key as {words}", answer, 401, "signature")


@case("T-032", "SEC 5.1.3")
def other_algorithms(trial: Trial) -> None:
    """Anything but RS256."""
    browser = trial.browser()
    for alg in ("RS384", "RS512", "PS256", "ES256"):
        key: Any = ec.generate_private_key(ec.SECP256R1()) if alg == "ES256" else a_key()
        answer = browser.launch_signed({"key": key, "alg": alg})
        trial.refused(alg, answer, 401, "signature")


@case("T-033", "RFC 7517, 4.4; Brightspace")
def key_without_algorithm(trial: Trial) -> None:
    """A key set that does not name algorithms."""
    browser = trial.browser()
    browser.platform.keys = [public_jwk(a_key(), alg=None, use=None)]
    trial.accepted("a key without alg", browser.launch())


@case("T-034", "SEC 5.1.2")
def keys_in_the_header(trial: Trial) -> None:
    """A key, or its address, that the token brings along."""
    browser = trial.browser()
    for name in ("jku", "x5u", "jwk"):
        value: Any = "https://evil.example/keys"
        if name == "jwk":
            value = public_jwk(a_key(2))
        answer = browser.launch_signed({"key": a_key(2), name: value})
        trial.refused(name, answer, 401, "signature")


@case("T-035", "SEC 5.1.3; CERT 6.1.1", certified=True)
def no_token(trial: Trial) -> None:
    """What is not a signed token of JSON claims."""
    browser = trial.browser()
    for words, token in (
        ("words", "not a token"),
        ("three letters", "a.b.c"),
        ("dots", "...."),
        ("claims that are a list", "eyJhbGciOiJSUzI1NiJ9.W10.AA"),
        ("a header that is a list", "W10.e30.AA"),
    ):
        begun = browser.begin()
        trial.refused(words, browser.post(begun.state, token), 400, "malformed")


@case("T-036", "SEC 6.3")
def changed_keys(trial: Trial) -> None:
    """A platform that changed its keys."""
    browser = trial.browser()
    trial.accepted("before", browser.launch())
    browser.platform.keys = [public_jwk(a_key(3), "key-3")]
    answer = browser.launch_signed({"key": a_key(3), "kid": "key-3"})
    trial.accepted("after", answer)


@case("T-037", "SEC 6.3")
def keys_away(trial: Trial) -> None:
    """Key servers that are down, lie, or are slow; and a neighbour who must not notice."""
    for words, status, body in (
        ("HTTP 500", 500, b"<h1>Error</h1>"),
        ("a page", 200, b"<html>"),
        ("a list", 200, b"[]"),
    ):
        browser = trial.browser()
        browser.platform.status, browser.platform.body = status, body
        trial.refused(f"keys: {words}", browser.launch(), 503, "keys-unreachable")
    browser = trial.browser()
    browser.platform.delay = SLOW
    began = time.monotonic()
    trial.refused("keys: slow", browser.launch(), 503, "keys-unreachable")
    waited = time.monotonic() - began
    trial.holds("waited at most five seconds", waited < SLOW, f"{waited:.1f} s")
    browser = trial.browser()
    trial.accepted("another platform", browser.launch())
    if trial.is_ours:
        browser.platform.status = 503
        trial.accepted("with keys that were kept", browser.launch())


@case("T-038", "Moodle")
def who_asks(trial: Trial) -> None:
    """A client that names itself."""
    browser = trial.browser()
    trial.accepted("a launch", browser.launch())
    asked = browser.platform.asked
    agent = asked[0].get("user-agent", "nobody") if asked else "nobody"
    trial.holds("who asked for the keys", agent not in ("nobody", ""), agent)
