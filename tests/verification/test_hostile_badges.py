"""Files and addresses made to break whoever verifies them: each is answered with a verdict."""

import io
import json
import time
import zlib
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lti_tool import multibase
from lti_tool.sealing import contexts, png, strict_json
from lti_tool.sealing.baking import NothingBaked, extract
from lti_tool.verification.report import Outcome
from tests.badges.workshop import Shelf, verify

on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

BADGE = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "id": "https://badges.example.org/1",
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "issuer": {"id": "did:web:badges.example.org", "type": ["Profile"], "name": "Somebody"},
    "validFrom": "2026-01-01T00:00:00Z",
    "credentialSubject": {"type": ["AchievementSubject"], "identifier": []},
}
KEY = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
PROOF = {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-rdfc-2022",
    "proofPurpose": "assertionMethod",
    "proofValue": "z3",
}


def presented(client: FlaskClient, data: bytes) -> TestResponse:
    """The file on the verify page."""
    return client.post("/verify", data={"badge": (io.BytesIO(data), "badge.json")})


def a_token(payload: bytes, header: dict[str, Any] | None = None) -> bytes:
    """A JWT of these bytes with a signature that is none."""
    from base64 import urlsafe_b64encode

    parts = [json.dumps({"alg": "ES256", **(header or {})}).encode(), payload, b"x"]
    return b".".join(urlsafe_b64encode(part).rstrip(b"=") for part in parts)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a": 1e999}',
        b'{"a": Infinity}',
        b'{"a": NaN}',
        b'{"a": "\\ud800"}',
        b'{"\\udfff": 1}',
        b'{"a": %s}' % (b"9" * 5000),
        b'{"a":' * 50_000,
        b'{"a": "\xff"}',
    ],
)
def test_what_only_python_takes_for_json_is_none(data: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        strict_json.read(data)


@on_one_database
@pytest.mark.parametrize(
    "badge",
    [
        BADGE | {"name": "\ud800"},
        BADGE | {"issuer": "\ud800"},
        BADGE | {"type": ["VerifiableCredential", "OpenBadgeCredential", "\ud800"]},
        BADGE | {"validFrom": "9999-12-31T23:59:59-23:59"},
        BADGE | {"proof": PROOF | {"verificationMethod": "http://["}},
        BADGE
        | {
            "credentialStatus": {
                "type": "BitstringStatusListEntry",
                "statusPurpose": "revocation",
                "statusListCredential": "http://[",
            }
        },
        {"type": "Assertion", "id": "http://[", "verification": {"type": "hosted"}},
    ],
)
def test_odd_words_in_a_badge_are_answered_with_a_verdict(
    client: FlaskClient, badge: dict[str, Any]
) -> None:
    assert presented(client, json.dumps(badge).encode()).status_code == 200


@on_one_database
@pytest.mark.parametrize(
    "token",
    [
        a_token(b'{"nbf": Infinity}'),
        a_token(json.dumps(BADGE | {"nbf": float("inf"), "exp": 1e308}).encode()),
        a_token(json.dumps(BADGE).encode(), {"kid": "http://["}),
        a_token(json.dumps(BADGE).encode(), {"kid": ["x"]}),
        a_token(json.dumps(BADGE).encode(), {"jwk": {"kty": "EC", "crv": "P-256", "x": "\ud800"}}),
        a_token(b"\xff"),
    ],
)
def test_odd_tokens_are_answered_with_a_verdict(client: FlaskClient, token: bytes) -> None:
    assert presented(client, token).status_code == 200


@on_one_database
@pytest.mark.parametrize("address", ["http://[", "https://x:99999/", "https://ex ample/", "x"])
def test_an_address_that_is_none_is_answered_with_a_verdict(
    client: FlaskClient, address: str
) -> None:
    assert client.post("/verify", data={"address": address}).status_code == 200


def test_a_picture_of_many_texts_that_unfold_is_not_unfolded() -> None:
    """Nine thousand texts of half a megabyte each, in a file of five."""
    text = zlib.compress(b"\0" * png.LONGEST_TEXT)
    bomb = png.Chunk(b"zTXt", b"openbadgecredential\0\0" + text).written()
    picture = png.SIGNATURE + bomb * 9_000 + png.Chunk(b"IEND", b"").written()

    began = time.monotonic()
    with pytest.raises(NothingBaked, match="texts of one kind"):
        extract(picture)

    assert time.monotonic() - began < 5


def test_a_picture_of_a_million_tags_is_not_read() -> None:
    picture = b"<svg xmlns='http://www.w3.org/2000/svg'>" + b"<g>" * 1_000_000

    with pytest.raises(NothingBaked, match="too large"):
        extract(picture)


@pytest.mark.parametrize(
    "document",
    [
        BADGE | {"evidence": [{"@context": "https://www.w3.org/ns/credentials/v2"}] * 4_000},
        BADGE | {"evidence": [{"type": ["Evidence"] * 2_000}] * 8},
        BADGE | {"evidence": [{"id": f"urn:e:{number}"} for number in range(12_000)]},
        BADGE | {"endorsement": [BADGE | {"type": ["EndorsementCredential"]}] * 700},
        BADGE
        | {
            "credentialSubject": {
                "achievement": [{"related": [{"type": ["Related"]}] * 9, "type": ["Achievement"]}]
                * 9
            }
        },
    ],
)
def test_a_small_file_cannot_ask_for_much_work(document: dict[str, Any]) -> None:
    document = document | {
        "@context": [contexts.CREDENTIALS_V2, contexts.OPEN_BADGES_3],
        "proof": PROOF
        | {
            "verificationMethod": f"{KEY}#{KEY.removeprefix('did:key:')}",
            "proofValue": multibase.encode(b"\1" * 64),
        },
        "issuer": {"id": KEY, "type": ["Profile"]},
    }
    data = json.dumps(document).encode()
    began = time.process_time()

    report = verify(data, Shelf())

    assert report.outcome is not Outcome.VALID
    assert time.process_time() - began < 4
