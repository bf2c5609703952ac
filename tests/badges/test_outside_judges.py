"""Judges that are not ours agree about every condition a badge can be in, however it is carried."""

import base64
import json
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from lti_tool.badges import artwork
from lti_tool.keyring import Key, Purpose
from lti_tool.sealing import baking, did_documents, proofs
from lti_tool.verification.report import Outcome, Verdict
from tests.badges.judges.outside import Case, Judge, NodeJudges, openbadgeslib, pyld
from tests.badges.workshop import BASE, LATER, NOON, PLACE, Shelf, Workshop, an_award, verify
from tests.builders import a_credential_version

JSON_CARRIERS = ("JSON", "JSON in PNG", "JSON in SVG")
JWT_CARRIERS = ("JWT", "JWT in PNG", "JWT in SVG")

READS = {
    "@digitalbazaar/vc": JSON_CARRIERS,
    "PyLD": JSON_CARRIERS,
    "jose": JWT_CARRIERS,
    "openbadgeslib": JSON_CARRIERS + JWT_CARRIERS,
    "Cairn": JSON_CARRIERS + JWT_CARRIERS,
}
"""What each judge reads. Nobody is asked about what they do not know."""

PROOF_ONLY = "it makes a canonical form and knows no credentials"
BLIND = {
    ("PyLD", "revoked"): PROOF_ONLY,
    ("PyLD", "expired"): PROOF_ONLY,
    ("PyLD", "not yet valid"): PROOF_ONLY,
    ("PyLD", "key of somebody else"): f"{PROOF_ONLY}; whose key it is, others must ask",
    ("jose", "revoked"): "it is a library for JWTs and knows no credentialStatus",
}
"""Where a judge does not look, and why that is no fault of the badge."""

REFUSAL = {
    "revoked": r"revo",
    "expired": r"expire|is after|\"exp\" claim|validUntil",
    "not yet valid": r"before|not yet|\"nbf\" claim|validFrom",
    "tampered": r"signature|Signature",
    "wrong key": r"signature|Signature",
    "key of somebody else": r"lists no|no applicable key|no verificationMethod|kid|does not list",
}
"""What a refusal speaks of: a judge that refuses for another reason has not understood."""

CONDITIONS = ("valid", *REFUSAL)


def signed_by(workshop: Workshop, document: dict[str, Any], *, kid: str, private: Key) -> str:
    """A credential with a proof of `private` that names the key `kid`."""
    method = f"{workshop.did}#{kid}"
    return json.dumps(proofs.sign(document, private, method, created=NOON), ensure_ascii=False)


def in_condition(workshop: Workshop, condition: str) -> tuple[str, str, dict[str, Any]]:
    """One award in a condition, as JSON and as JWT, and what the issuer's addresses answer."""
    document = workshop.signed(an_award(a_credential_version(title="Überblick für Fátima ✓")))
    del document["proof"]
    dates = {
        "expired": {"validUntil": "2026-11-20T13:00:00Z"},
        "not yet valid": {"validFrom": "2126-01-01T00:00:00Z"},
    }
    document |= dates.get(condition, {})
    key, jwt_key = workshop.key, workshop.jwt_key
    kid, jwt_kid = key.kid, jwt_key.kid
    if condition in ("wrong key", "key of somebody else"):
        key, jwt_key = Key.new(Purpose.BADGE_PROOF), Key.new(Purpose.BADGE_JWT)
    if condition == "key of somebody else":
        kid, jwt_kid = key.kid, jwt_key.kid
    text = signed_by(workshop, document, kid=kid, private=key)
    token = proofs.encode_jwt(document, jwt_key, f"{workshop.did}#{jwt_kid}")
    if condition == "tampered":
        text, token = tampered(text), tampered_jwt(token)
    revoked = (PLACE,) if condition == "revoked" else ()
    documents = {
        did_documents.web_address(workshop.did): workshop.did_document(),
        f"{BASE}/badges/status/1": workshop.status_list(revoked),
    }
    return text, token, documents


def tampered(text: str) -> str:
    document = json.loads(text)
    document["credentialSubject"]["result"][0]["value"] += "4"
    return json.dumps(document)


def tampered_jwt(token: str, change: Callable[[str], str] = tampered) -> str:
    header, payload, signature = token.split(".")
    claims = change(base64.urlsafe_b64decode(payload + "==").decode())
    return ".".join(
        (header, base64.urlsafe_b64encode(claims.encode()).decode().rstrip("="), signature)
    )


def taken_out(picture: bytes) -> str:
    """What a picture carries, by the standard's own words and none of our code."""
    if not picture.startswith(b"\x89PNG"):
        found = ET.fromstring(picture).find("{https://purl.imsglobal.org/ob/v3p0}credential")
        assert found is not None
        return (found.get("verify") or found.text or "").strip()
    place, texts = 8, []
    while place < len(picture):
        length, kind = struct.unpack(">I4s", picture[place : place + 8])
        body, sum_ = picture[place + 8 : place + 8 + length], picture[place + 8 + length :][:4]
        assert zlib.crc32(kind + body) == struct.unpack(">I", sum_)[0]
        if kind == b"iTXt" and body.startswith(b"openbadgecredential\0"):
            texts.append(body.split(b"\0", 1)[1][2:].split(b"\0", 2)[2].decode())
        place += 12 + length
    (text,) = texts
    return text


@pytest.fixture(scope="session")
def node_judges() -> Iterator[NodeJudges]:
    with NodeJudges.running() as judges:
        yield judges


@pytest.fixture(scope="session")
def pictures() -> tuple[bytes, str]:
    drawn = artwork.artwork_of_award(an_award())
    return artwork.png(drawn), artwork.svg(drawn)


Carried = dict[str, bytes]


def carried(text: str, token: str, pictures: tuple[bytes, str]) -> Carried:
    png, svg = pictures
    files = {"JSON": text.encode(), "JWT": token.encode()}
    for name, content in (("JSON", text), ("JWT", token)):
        files[f"{name} in PNG"] = baking.bake_png(png, content)
        files[f"{name} in SVG"] = baking.bake_svg(svg, content).encode()
    return files


@pytest.fixture(scope="session")
def cases(
    workshop: Workshop, pictures: tuple[bytes, str]
) -> dict[str, tuple[Carried, dict[str, Any]]]:
    made = {}
    for condition in CONDITIONS:
        text, token, documents = in_condition(workshop, condition)
        made[condition] = carried(text, token, pictures), documents
    return made


def by_cairn(file: bytes, documents: dict[str, Any]) -> str | None:
    shelf = Shelf()
    for address, document in documents.items():
        shelf.put(address, document)
    report = verify(file, shelf, now=LATER)
    if report.outcome is Outcome.VALID:
        return None
    return "; ".join(check.saw for check in report.checks if check.verdict is not Verdict.PASSED)


@pytest.mark.row(
    "B3-001", "B3-002", "B3-003", "B3-036", "B3-043", "B3-044", "B3-055", "B3-057", "B3-058"
)
@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("judge", READS)
def test_every_judge_says_the_same_of_a_badge(
    judge: str, condition: str, workshop: Workshop, cases: Any, node_judges: NodeJudges
) -> None:
    files, documents = cases[condition]
    ask: dict[str, Judge] = {
        "@digitalbazaar/vc": lambda case: node_judges.ask("@digitalbazaar/vc", case),
        "jose": lambda case: node_judges.ask("jose", case),
        "openbadgeslib": openbadgeslib,
        "PyLD": pyld,
    }

    said = {}
    for carrier in READS[judge]:
        file = files[carrier]
        if judge == "Cairn":
            said[carrier] = by_cairn(file, documents)
            continue
        text = taken_out(file) if " in " in carrier else file.decode()
        said[carrier] = ask[judge](Case(text, workshop.did, documents, LATER))

    if condition == "valid" or (judge, condition) in BLIND:
        assert said == dict.fromkeys(READS[judge])
    else:
        unlike = {
            carrier: why
            for carrier, why in said.items()
            if why is None or not re.search(REFUSAL[condition], why)
        }
        assert unlike == {}


@pytest.mark.parametrize(
    "carrier", [name for name in JSON_CARRIERS + JWT_CARRIERS if " in " in name]
)
def test_what_we_take_out_of_a_picture_is_what_others_take_out(cases: Any, carrier: str) -> None:
    files, _ = cases["valid"]

    ours = baking.extract(files[carrier]).text

    assert ours == taken_out(files[carrier]) == files[carrier.partition(" ")[0]].decode()
