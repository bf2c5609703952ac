"""Open Badges 3.0, ours and other people's: every check by its case of the public validator."""

import base64
import json
import zlib
from copy import deepcopy
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lti_tool import multibase
from lti_tool.badges import artwork, baking, contexts, proofs, status_list, verification
from lti_tool.badges.report import Outcome, Report, Verdict
from tests.badges.workshop import (
    BASE,
    LATER,
    NOON,
    PLACE,
    Shelf,
    Workshop,
    an_award,
    check_named,
    verdicts,
)

ALICE = ed25519.Ed25519PrivateKey.from_private_bytes(b"a stranger's key, 32 bytes long.")


def verify(document: Any, shelf: Shelf, **options: Any) -> Report:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    return verification.verify(data, shelf, **{"now": LATER, **options})


@pytest.mark.row("B3-001")
def test_json_jwt_png_and_svg_are_all_read(workshop: Workshop) -> None:
    award = an_award()
    drawn = artwork.artwork_of_award(award)
    signed, token = json.dumps(workshop.signed(award)), workshop.token(award)
    png, svg = artwork.png(drawn), artwork.svg(drawn)
    files = {
        "Open Badges 3.0 with a Data Integrity proof": signed.encode(),
        "Open Badges 3.0 as a JWT": token.encode(),
        "Open Badges 3.0 with a Data Integrity proof, baked into a PNG": baking.bake_png(
            png, signed
        ),
        "Open Badges 3.0 as a JWT, baked into a PNG": baking.bake_png(png, token),
        "Open Badges 3.0 with a Data Integrity proof, baked into an SVG": baking.bake_svg(
            svg, signed
        ).encode(),
        "Open Badges 3.0 as a JWT, baked into an SVG": baking.bake_svg(svg, token).encode(),
    }

    for form, data in files.items():
        report = verify(data, workshop.shelf())
        assert (report.form, report.outcome) == (form, Outcome.VALID), report.sentence


def test_a_good_badge_passes_every_check_by_name(workshop: Workshop) -> None:
    report = verify(workshop.signed(), workshop.shelf())

    assert verdicts(report) == dict.fromkeys(
        [
            "Format",
            "Contexts",
            "Types",
            "Required members",
            "Covered by the proof",
            "Issuer",
            "Proof",
            "Dates",
            "Status",
            "Rubric",
        ],
        Verdict.PASSED,
    )
    assert report.sentence == "This badge is genuine and still holds."
    assert [one.title for one in report.facts.criteria] == [
        "Criterion 1",
        "Criterion 2",
        "Criterion 3",
    ]


@pytest.mark.row("B3-001")
@pytest.mark.parametrize(
    "data", [b"", b"hello", b"[]", b"{", b"\x89PNG\r\n\x1a\n", b"<html></html>", b"eyJ.e.e.e"]
)
def test_what_is_no_badge_is_not_valid(data: bytes) -> None:
    report = verify(data, Shelf())

    assert report.outcome is Outcome.NOT_VALID
    assert check_named(report, "Format").verdict is Verdict.FAILED


def test_any_json_in_a_picture_is_not_yet_a_badge() -> None:
    drawn = artwork.Artwork("A title", "An issuer")
    png = baking.bake_png(artwork.png(drawn), '{"hello": "world"}')

    assert verify(png, Shelf()).outcome is Outcome.NOT_VALID


def test_a_member_named_twice_is_refused() -> None:
    report = verify(b'{"type": "VerifiableCredential", "type": "Other"}', Shelf())

    assert "twice" in check_named(report, "Format").saw


def _changed(workshop: Workshop, path: str, value: Any) -> dict[str, Any]:
    """A badge with one member changed (`...` takes it away), and signed again by its issuer."""
    document = deepcopy(workshop.signed())
    *way, last = path.split("/")
    place: Any = document
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    if value is ...:
        del place[last]
    else:
        place[int(last) if last.isdigit() else last] = value
    return workshop.resigned(document)


SUBJECT = "credentialSubject"
ACHIEVEMENT = f"{SUBJECT}/achievement"
MEMBERS = "Required members"
ELSEWHERE = f"{BASE}/elsewhere"
AN_IMAGE = {"id": ELSEWHERE, "type": ["Image"]}


def case(row: str | None, path: str, value: Any, check: str = MEMBERS) -> Any:
    """One broken rule: the row it stands for, what is changed, and the check that notices."""
    marks = [pytest.mark.row(row)] if row else []
    return pytest.param(path, value, check, marks=marks, id=f"{row}-{path}")


@pytest.mark.parametrize(
    ("path", "value", "check"),
    [
        case("B3-009", "type", ["OpenBadgeCredential"], "Types"),
        case("B3-013", f"{SUBJECT}/type", ["Image"]),
        case("B3-014", f"{SUBJECT}/identifier", ...),
        case("B3-015", f"{SUBJECT}/identifier/0/type", "Image"),
        case("B3-016", f"{SUBJECT}/result/0/type", ["Image"]),
        case("B3-017", ACHIEVEMENT, ...),
        case("B3-018", f"{ACHIEVEMENT}/resultDescription/0/type", ["Image"]),
        case("B3-019", f"{ACHIEVEMENT}/criteria", {}),
        case("B3-020", f"{SUBJECT}/source", AN_IMAGE),
        case("B3-021", "evidence", [AN_IMAGE]),
        case("B3-022", "issuer/type", ["Image"]),
        case("B3-022", "issuer", "did:web:cairn.example.org"),
        case("B3-024", "issuer/otherIdentifier", [AN_IMAGE]),
        case("B3-025", "issuer/parentOrg", AN_IMAGE),
        case("B3-057", "validUntil", "2026-11-20T13:00:00Z", "Dates"),
        case("B3-057", "validUntil", "2027-01-01T00:00:00", "Dates"),
        case("B3-058", "validFrom", "2027-01-01T00:00:00Z", "Dates"),
        case(None, f"{SUBJECT}/result/0/achievedLevel", ELSEWHERE, "Rubric"),
        case(None, f"{SUBJECT}/result/0/resultDescription", ELSEWHERE, "Rubric"),
        case(None, f"{SUBJECT}/result/3/value", "99", "Rubric"),
        case(None, f"{ACHIEVEMENT}/resultDescription/0/requiredLevel", ELSEWHERE, "Rubric"),
    ],
)
def test_what_breaks_a_rule_is_not_valid_although_it_is_signed(
    workshop: Workshop, path: str, value: Any, check: str
) -> None:
    report = verify(_changed(workshop, path, value), workshop.shelf())

    assert verdicts(report)["Proof"] == "passed"
    assert verdicts(report)[check] == "failed"
    assert report.outcome is Outcome.NOT_VALID


@pytest.mark.row("B3-010")
def test_a_credential_that_is_no_badge_is_told_apart(workshop: Workshop) -> None:
    document = _changed(workshop, "type", ["VerifiableCredential"])

    assert verdicts(verify(document, workshop.shelf()))["Types"] == "failed"


@pytest.mark.row("B3-006")
@pytest.mark.row("B3-007")
@pytest.mark.parametrize(
    "named", [[], [contexts.OPEN_BADGES_3, contexts.CREDENTIALS_V2], [contexts.CREDENTIALS_V2]]
)
def test_contexts_are_the_right_ones_in_the_right_order(
    workshop: Workshop, named: list[str]
) -> None:
    report = verify({**workshop.signed(), "@context": named}, workshop.shelf())

    assert verdicts(report)["Contexts"] == "failed"


@pytest.mark.row("B3-008")
def test_an_older_context_is_noted(workshop: Workshop) -> None:
    older = contexts.OPEN_BADGES_3.replace("3.0.3", "3.0.2")
    document = _changed(workshop, "@context/1", older)
    del document["credentialSubject"]["achievement"]["inLanguage"], document["awardedDate"]  # 3.0.3

    report = verify(workshop.resigned(document), workshop.shelf())

    assert verdicts(report)["Contexts"] == "noted"
    assert report.outcome is Outcome.VALID, report.sentence


def test_an_unknown_context_is_never_fetched_and_leaves_the_badge_unchecked(
    workshop: Workshop,
) -> None:
    document = workshop.signed()
    document["@context"].append("https://evil.example/context.json")
    shelf = workshop.shelf()

    report = verify(document, shelf)

    assert report.outcome is Outcome.UNCHECKED
    assert not [url for url in shelf.asked if "evil" in url]


# -- proofs and keys --------------------------------------------------------------------------


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


def test_keys_that_cannot_be_reached_leave_the_badge_unchecked(workshop: Workshop) -> None:
    report = verify(workshop.signed(), Shelf())

    assert report.outcome is Outcome.UNCHECKED
    assert verdicts(report)["Issuer"] == "unknown"


# -- JWT --------------------------------------------------------------------------------------


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


# -- status -----------------------------------------------------------------------------------


@pytest.mark.row("B3-055")
def test_a_revoked_badge_is_not_valid(workshop: Workshop) -> None:
    shelf = workshop.shelf(revoked=[PLACE])

    for data in (json.dumps(workshop.signed()).encode(), workshop.token().encode()):
        report = verify(data, shelf)
        assert verdicts(report)["Status"] == "failed"
        assert report.outcome is Outcome.NOT_VALID


@pytest.mark.row("B3-050")
def test_a_status_list_somebody_else_wrote_proves_nothing(workshop: Workshop) -> None:
    forged = workshop.status_list(revoked=[PLACE])
    forged["credentialSubject"]["encodedList"] = status_list.encode([])
    shelf = workshop.shelf().put(f"{BASE}/badges/status/1", forged)

    report = verify(workshop.signed(), shelf)

    assert verdicts(report)["Status"] == "unknown"
    assert report.outcome is Outcome.UNCHECKED


@pytest.mark.row("B3-050")
def test_a_status_list_as_jwt_is_read(workshop: Workshop) -> None:
    document = {name: one for name, one in workshop.status_list().items() if name != "proof"}
    token = proofs.encode_jwt(document, workshop.jwt_key, f"{workshop.did}#{workshop.jwt_key.kid}")
    shelf = workshop.shelf().put(f"{BASE}/badges/status/1", token.encode())

    assert verify(workshop.signed(), shelf).outcome is Outcome.VALID


@pytest.mark.row("B3-051")
def test_a_list_for_another_purpose_says_nothing(workshop: Workshop) -> None:
    other = workshop.status_list()
    other["credentialSubject"]["statusPurpose"] = "message"
    shelf = workshop.shelf().put(f"{BASE}/badges/status/1", workshop.resigned(other))

    assert verdicts(verify(workshop.signed(), shelf))["Status"] == "unknown"


@pytest.mark.row("B3-049")
def test_a_status_for_another_purpose_revokes_nothing(workshop: Workshop) -> None:
    document = workshop.signed()
    message = {**document["credentialStatus"], "statusPurpose": "message", "id": f"{BASE}/m#1"}
    document["credentialStatus"] = [document["credentialStatus"], message]

    assert verify(workshop.resigned(document), workshop.shelf()).outcome is Outcome.VALID


@pytest.mark.row("B3-052")
def test_a_list_is_packed_as_the_standard_says() -> None:
    encoded = status_list.encode([0, 9, 131_071])
    packed = base64.urlsafe_b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4))
    bits = zlib.decompress(packed, wbits=31)

    assert encoded.startswith("u")
    assert not encoded.endswith("=")
    assert (bits[0], bits[1], bits[-1]) == (0b1000_0000, 0b0100_0000, 0b0000_0001)
    assert [status_list.is_set(encoded, place) for place in (0, 1, 9, 131_071)] == [
        True,
        False,
        True,
        True,
    ]


@pytest.mark.row("B3-053")
def test_a_list_too_short_to_hide_in_is_refused() -> None:
    with pytest.raises(status_list.ListWrong, match="fewer"):
        status_list.is_set(status_list.encode([], 8 * 1024), 0)


@pytest.mark.row("B3-054")
@pytest.mark.parametrize("place", [-1, 131_072, 10**12])
def test_a_place_outside_the_list_is_refused(place: int) -> None:
    with pytest.raises(status_list.ListWrong, match="outside"):
        status_list.is_set(status_list.encode([]), place)


@pytest.mark.row("B3-052")
@pytest.mark.parametrize("encoded", ["", "z123", "u!!!", "uAAAA", "uH4sIAAAA"])
def test_a_list_that_cannot_be_unpacked_is_refused(encoded: str) -> None:
    with pytest.raises(status_list.ListWrong):
        status_list.is_set(encoded, 0)


def test_a_list_that_unfolds_without_end_is_refused() -> None:
    bomb = status_list.encode([], length=8 * (status_list.LARGEST + 1024))

    with pytest.raises(status_list.ListWrong, match="too large"):
        status_list.is_set(bomb, 0)


@pytest.mark.row("B3-056")
def test_the_list_is_asked_for_in_every_form(workshop: Workshop) -> None:
    asked = {}

    class Listening(Shelf):
        def get(self, url: str, *, accept: str = "") -> Any:
            asked[url] = accept
            return workshop.shelf().get(url)

    verify(workshop.signed(), Listening())

    assert asked[f"{BASE}/badges/status/1"] == (
        "application/ld+json, application/json, application/vc+jwt, text/plain"
    )


@pytest.mark.row("B3-047")
@pytest.mark.row("B3-048")
def test_the_older_revocation_list_is_understood(workshop: Workshop) -> None:
    document = workshop.signed()
    address = f"{BASE}/revoked"
    document["credentialStatus"] = {"id": address, "type": "1EdTechRevocationList"}
    document = workshop.resigned(document)
    entry = {"id": document["id"], "revoked": True, "revocationReason": "By mistake"}
    shelf = workshop.shelf().put(address, {"revokedCredential": [entry]})

    assert "By mistake" in check_named(verify(document, shelf), "Status").saw

    shelf.put(address, {"revokedCredential": [{**entry, "revoked": False}]})
    assert verify(document, shelf).outcome is Outcome.VALID


# -- recipient, older data model, hostile input -----------------------------------------------


def test_the_recipient_is_told_by_address(workshop: Workshop) -> None:
    signed, shelf = workshop.signed(), workshop.shelf()

    assert verify(signed, shelf, recipient="ada@example.org").outcome is Outcome.VALID
    assert verify(signed, shelf, recipient="Ada@Example.org").outcome is Outcome.VALID
    report = verify(signed, shelf, recipient="ivan@example.org")
    assert verdicts(report)["Recipient"] == "failed"


def test_the_salted_hash_is_that_of_the_standard() -> None:
    from lti_tool.badges.open_badges_3 import identity_hash

    assert identity_hash("a@example.com", "Kosher") == (
        "sha256$b5809d8a92f8858436d7e6b87c12ebc0ae1eac4baecc2c0b913aee2c922ef399"
    )


@pytest.mark.row("B3-063")
@pytest.mark.parametrize("suite", ["jwt", "di"])
def test_the_first_data_model_is_read(workshop: Workshop, suite: str) -> None:
    document = {name: one for name, one in workshop.signed().items() if name != "proof"}
    issued = document.pop("validFrom")
    del document["credentialSchema"], document["credentialStatus"], document["awardedDate"]
    del document["credentialSubject"]["achievement"]["inLanguage"]
    older = contexts.OPEN_BADGES_3.replace("3.0.3", "3.0.1")
    document |= {"@context": [contexts.CREDENTIALS_V1, older], "issuanceDate": issued}
    if suite == "jwt":
        claims = {"vc": document, "iss": workshop.did, "jti": document["id"]}
        token = jwt.encode(
            claims,
            workshop.jwt_key.private,
            algorithm="ES256",
            headers={"kid": f"{workshop.did}#{workshop.jwt_key.kid}"},
        )
        report = verify(token.encode(), workshop.shelf())
    else:
        document["@context"].append("https://w3id.org/security/data-integrity/v2")
        report = verify(workshop.resigned(document), workshop.shelf())

    assert report.outcome is Outcome.VALID, report.sentence

    document["expirationDate"] = "2026-11-20T13:00:00Z"
    if suite == "di":
        late = verify(workshop.resigned(document), workshop.shelf())
        assert verdicts(late)["Dates"] == "failed"


@pytest.mark.row("B3-059")
@pytest.mark.row("B3-060")
def test_endorsements_are_said_to_be_there(workshop: Workshop) -> None:
    document = workshop.signed()
    document["endorsementJwt"] = ["eyJ.e.e"]

    assert verdicts(verify(document, workshop.shelf()))["Endorsements"] == "noted"


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        b"[" * 100_000,
        b'{"@context": ' + json.dumps([contexts.CREDENTIALS_V2] * 5).encode() + b', "type": 5}',
        json.dumps({"type": ["OpenBadgeCredential"], "issuer": [[[]]], "proof": 7}).encode(),
        json.dumps({"type": "OpenBadgeCredential", "credentialSubject": [1, 2]}).encode(),
        json.dumps(
            {
                "@context": [contexts.CREDENTIALS_V2, contexts.OPEN_BADGES_3],
                "type": ["VerifiableCredential", "OpenBadgeCredential"],
                "credentialStatus": [{"type": {}}],
                "credentialSubject": {"result": [None, 5], "achievement": {"resultDescription": 1}},
                "validFrom": ["x"],
                "issuer": {"id": 5, "type": 7},
                "proof": [{"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022"}],
            }
        ).encode(),
    ],
)
def test_nonsense_is_answered_with_a_verdict(data: bytes) -> None:
    assert verify(data, Shelf()).outcome is not Outcome.VALID


def test_a_badge_that_leads_everywhere_is_not_followed() -> None:
    from lti_tool.badges.sources import MOST_LOOK_UPS, Fetched, Unavailable, World

    class Nobody:
        def answer(self, url: str) -> Fetched | None:
            return None

    world = World(own=Nobody())
    for number in range(MOST_LOOK_UPS + 1):
        with pytest.raises(Unavailable) as refusal:
            world.get(f"https://127.0.0.1:1/{number}")

    assert "too many" in str(refusal.value)
