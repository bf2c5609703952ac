"""Whose key it is, and whether the signature holds: embedded proofs and JWTs."""

import base64
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lti_tool import multibase
from lti_tool.sealing import contexts, proofs
from lti_tool.verification.report import Outcome, Rung
from tests.badges.workshop import (
    BASE,
    LATER,
    NOON,
    Shelf,
    Workshop,
    an_award,
    check_named,
    verdicts,
    verify,
)

ALICE = ed25519.Ed25519PrivateKey.from_private_bytes(b"a stranger's key, 32 bytes long.")


@pytest.mark.row("B3-026")
def test_a_badge_without_a_proof_is_not_valid(workshop: Workshop) -> None:
    document = workshop.signed()
    del document["proof"]

    assert verdicts(verify(document, workshop.shelf()))["Proof"] == "failed"


@pytest.mark.row("B3-027")
def test_a_proof_for_another_purpose_is_not_valid(workshop: Workshop) -> None:
    document = workshop.resigned(workshop.signed(), purpose="authentication")

    assert verdicts(verify(document, workshop.shelf()))["Proof"] == "failed"


@pytest.mark.row("B3-028")
@pytest.mark.row("B3-029")
def test_of_several_proofs_the_first_suitable_one_is_used(workshop: Workshop) -> None:
    document = workshop.signed()
    foreign = {"type": "DataIntegrityProof", "cryptosuite": "ecdsa-sd-2023", "proofValue": "u0"}
    document["proof"] = [foreign, *document["proof"]]

    assert verify(document, workshop.shelf()).outcome is Outcome.VALID

    document["proof"] = [foreign]
    assert verify(document, workshop.shelf()).outcome is Outcome.UNCHECKED


@pytest.mark.row("B3-030")
@pytest.mark.parametrize(
    ("method", "outcome"),
    [
        ("no-scheme", Outcome.NOT_VALID),
        ("gopher://example.org#key", Outcome.NOT_VALID),
        ("did:example:1#key", Outcome.UNCHECKED),
    ],
)
def test_a_key_that_cannot_be_found_is_no_key(
    workshop: Workshop, method: str, outcome: Outcome
) -> None:
    document = workshop.resigned(workshop.signed(), method)

    assert verify(document, workshop.shelf()).outcome is outcome


@pytest.mark.row("B3-034")
@pytest.mark.parametrize("spoiled", ["assertionMethod", "verificationMethod", "id"])
def test_the_issuers_document_must_list_the_key_for_assertions(
    workshop: Workshop, spoiled: str
) -> None:
    found = workshop.did_document()
    found[spoiled] = "did:web:other.example" if spoiled == "id" else []
    shelf = workshop.shelf().put(f"{BASE}/.well-known/did.json", found)

    report = verify(workshop.signed(), shelf)

    assert verdicts(report)["Issuer"] == "failed"


@pytest.mark.row("B3-035")
def test_a_key_somebody_else_controls_is_not_the_issuers(workshop: Workshop) -> None:
    found = workshop.did_document()
    found["verificationMethod"][0]["controller"] = "did:web:other.example"
    shelf = workshop.shelf().put(f"{BASE}/.well-known/did.json", found)

    assert verdicts(verify(workshop.signed(), shelf))["Issuer"] == "failed"


@pytest.mark.row("B3-035")
def test_a_stranger_cannot_sign_in_the_issuers_name(workshop: Workshop) -> None:
    raw = ALICE.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    stranger = f"did:key:{multibase.ed25519_multikey(raw)}"

    document = workshop.resigned(workshop.signed(), f"{stranger}#{stranger[8:]}")

    assert verdicts(verify(document, workshop.shelf()))["Issuer"] == "failed"


@pytest.mark.row("B3-036")
def test_a_stranger_who_names_the_issuers_key_is_found_out(workshop: Workshop) -> None:
    document = workshop.signed()
    signature = ALICE.sign(b"something")
    document["proof"][0]["proofValue"] = multibase.encode(signature)

    report = verify(document, workshop.shelf())

    assert verdicts(report)["Issuer"] == "passed"
    assert verdicts(report)["Proof"] == "failed"


@pytest.mark.row("B3-037")
def test_an_issuer_that_is_its_own_key_needs_nobody(workshop: Workshop) -> None:
    own = f"did:key:{workshop.key.kid}"
    document = workshop.signed()
    document["issuer"]["id"] = own
    del document["credentialStatus"]
    document = workshop.resigned(document, f"{own}#{workshop.key.kid}")
    shelf = Shelf()

    report = verify(document, shelf)

    assert report.outcome is Outcome.VALID
    assert shelf.asked == []


@pytest.mark.row("B3-032")
def test_a_hosted_key_is_believed_beside_its_issuer_only(workshop: Workshop) -> None:
    key = {
        "id": "https://school.example/keys/1",
        "type": "Multikey",
        "controller": "https://school.example/issuer",
        "publicKeyMultibase": workshop.key.kid,
    }
    document = workshop.signed()
    document["issuer"]["id"] = "https://school.example/issuer"
    del document["credentialStatus"]
    good = workshop.resigned(document, "https://school.example/keys/1")
    elsewhere = workshop.resigned(document, "https://evil.example/keys/1")
    shelf = (
        Shelf().put("https://school.example/keys/1", key).put("https://evil.example/keys/1", key)
    )

    assert verify(good, shelf).outcome is Outcome.VALID
    assert verdicts(verify(elsewhere, shelf))["Issuer"] == "failed"

    shelf.put("https://school.example/keys/1", {**key, "controller": "https://evil.example"})
    assert verdicts(verify(good, shelf))["Issuer"] == "failed"


@pytest.mark.row("B3-032")
def test_a_bare_key_beside_its_issuer_shows_nothing_of_the_issuer(workshop: Workshop) -> None:
    """On a host where many may put files, each of them could sign as any other."""
    issuer, place = "https://school.example/issuer", "https://school.example/ada/key.json"
    profile = {"id": issuer, "type": ["Profile"], "name": "School"}
    claims = {"issuer": profile, "iss": issuer, "credentialStatus": []}
    token = _token(workshop, kid=place, claims=claims)
    bare = workshop.jwt_key.public_jwk

    report = verify(token, Shelf().put(place, bare))

    assert verdicts(report)["Proof"] == "passed"
    assert verdicts(report)["Issuer"] == "unknown"
    assert report.outcome is Outcome.UNCHECKED, report.sentence
    assert report.issuer_known is Rung.MISSED
    owned = verify(token, Shelf().put(place, {**bare, "controller": issuer}))
    assert owned.outcome is Outcome.VALID, owned.sentence
    others = verify(token, Shelf().put(place, {**bare, "controller": "https://evil.example"}))
    assert verdicts(others)["Issuer"] == "failed"


def test_keys_that_cannot_be_reached_leave_the_badge_unchecked(workshop: Workshop) -> None:
    report = verify(workshop.signed(), Shelf())

    assert report.outcome is Outcome.UNCHECKED
    assert verdicts(report)["Issuer"] == "unknown"


def _token(
    workshop: Workshop,
    *,
    key: Any = None,
    algorithm: str = "ES256",
    claims: Any = None,
    **headers: Any,
) -> bytes:
    """A badge as JWT with claims and headers of a test's choice."""
    _, payload = proofs.read_jwt(workshop.token())
    named = {"kid": f"{workshop.did}#{workshop.jwt_key.kid}", "typ": "JWT", **headers}
    token = jwt.encode(
        {**payload, **(claims or {})},
        key or workshop.jwt_key.private,
        algorithm=algorithm,
        headers={name: value for name, value in named.items() if value is not None},
    )
    return token.encode()


def test_our_jwt_says_what_the_standard_wants(workshop: Workshop) -> None:
    award = an_award()

    header, claims = proofs.read_jwt(workshop.token(award))

    assert header == {
        "alg": "ES256",
        "typ": "JWT",
        "kid": f"{workshop.did}#{workshop.jwt_key.kid}",
    }
    assert claims["iss"] == workshop.did
    assert claims["jti"] == claims["id"] == f"{BASE}/badges/{award.public_id}"
    assert claims["nbf"] == int(NOON.timestamp())
    assert "sub" not in claims
    assert "proof" not in claims


@pytest.mark.row("B3-038")
def test_a_jwt_has_three_parts(workshop: Workshop) -> None:
    with pytest.raises(proofs.ProofWrong, match="three parts"):
        proofs.read_jwt("a.b")


@pytest.mark.row("B3-039")
@pytest.mark.parametrize("algorithm", ["HS256", "none", "EdDSA", "ES384"])
def test_only_two_algorithms_are_accepted(workshop: Workshop, algorithm: str) -> None:
    head, payload, signature = workshop.token().split(".")
    header = {**json.loads(base64.urlsafe_b64decode(head + "==")), "alg": algorithm}
    head = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()

    report = verify(f"{head}.{payload}.{signature}".encode(), workshop.shelf())

    assert verdicts(report)["Proof"] == "failed"


def test_a_header_holds_nothing_but_the_key_and_the_kind(workshop: Workshop) -> None:
    report = verify(_token(workshop, jku="https://evil.example/keys"), workshop.shelf())

    assert verdicts(report)["Proof"] == "failed"


def test_a_proof_in_other_contexts_than_its_document_is_refused(workshop: Workshop) -> None:
    document = workshop.signed()
    document["proof"][0]["@context"] = [contexts.OPEN_BADGES_3]

    assert "other contexts" in check_named(verify(document, workshop.shelf()), "Proof").saw


@pytest.mark.row("B3-039")
def test_an_rsa_signature_is_accepted(workshop: Workshop) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    method = f"{workshop.did}#rsa"
    jwk = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    found = workshop.did_document()
    found["verificationMethod"].append(
        {"id": method, "type": "JsonWebKey", "controller": workshop.did, "publicKeyJwk": jwk}
    )
    found["assertionMethod"].append(method)
    shelf = workshop.shelf().put(f"{BASE}/.well-known/did.json", found)

    report = verify(_token(workshop, key=key, algorithm="RS256", kid=method), shelf)

    assert report.outcome is Outcome.VALID, report.sentence


@pytest.mark.row("B3-040")
def test_a_jwt_that_brings_its_own_key_is_intact_but_nobodys(workshop: Workshop) -> None:
    token = _token(workshop, kid=None, jwk=workshop.jwt_key.public_jwk)

    report = verify(token, workshop.shelf())

    assert verdicts(report)["Proof"] == "passed"
    assert verdicts(report)["Issuer"] == "unknown"
    assert report.outcome is Outcome.UNCHECKED


@pytest.mark.row("B3-040")
def test_the_named_key_wins_over_the_one_it_brings(workshop: Workshop) -> None:
    stranger = ec.generate_private_key(ec.SECP256R1())
    jwk = jwt.algorithms.ECAlgorithm.to_jwk(stranger.public_key(), as_dict=True)

    report = verify(_token(workshop, key=stranger, jwk=jwk), workshop.shelf())

    assert verdicts(report)["Proof"] == "failed"


@pytest.mark.row("B3-042")
def test_other_curves_are_refused(workshop: Workshop) -> None:
    key = ec.generate_private_key(ec.SECP384R1())

    with pytest.raises(proofs.ProofWrong, match="P-256"):
        proofs.check_jwt(workshop.token(), key.public_key())


@pytest.mark.row("B3-043")
@pytest.mark.parametrize(
    "claims",
    [{"exp": int(NOON.timestamp())}, {"nbf": int((LATER + timedelta(days=1)).timestamp())}],
)
def test_the_times_of_the_jwt_itself_count(workshop: Workshop, claims: dict[str, int]) -> None:
    assert verdicts(verify(_token(workshop, claims=claims), workshop.shelf()))["Dates"] == "failed"


@pytest.mark.parametrize("claim", ["iss", "jti"])
def test_claims_that_contradict_the_credential_are_refused(workshop: Workshop, claim: str) -> None:
    token = _token(workshop, claims={claim: "https://elsewhere.example"})

    assert verdicts(verify(token, workshop.shelf()))["Claims"] == "failed"


@pytest.mark.parametrize(("kind", "verdict"), [("vc+jwt", "passed"), ("at+jwt", "failed")])
def test_both_names_of_the_format_are_read(workshop: Workshop, kind: str, verdict: str) -> None:
    report = verify(_token(workshop, typ=kind), workshop.shelf())

    assert verdicts(report)["Proof"] == verdict
