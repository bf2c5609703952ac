"""Two levels of trust, intact and issuer known, and what lies around a badge."""

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from lti_tool import multibase
from lti_tool.sealing import contexts, did_documents, proofs
from lti_tool.verification.report import Outcome, Report, Rung
from tests.badges.workshop import BASE, LATER, Shelf, Workshop, check_named, verdicts, verify


def rungs(report: Report) -> tuple[Rung, Rung]:
    """Both levels: intact, issuer known."""
    return report.intact, report.issuer_known


def token(workshop: Workshop, **headers: object) -> bytes:
    """A badge as JWT with a header of the test's choice."""
    _, claims = proofs.read_jwt(workshop.token())
    return jwt.encode(claims, workshop.jwt_key.private, algorithm="ES256", headers=headers).encode()


def test_a_badge_whose_issuer_vouches_for_the_key_reaches_both_levels(workshop: Workshop) -> None:
    for badge in (workshop.signed(), workshop.token().encode()):
        report = verify(badge, workshop.shelf())

        assert rungs(report) == (Rung.REACHED, Rung.REACHED)
        assert report.sentence == "This badge is genuine and still holds."


def test_a_badge_of_a_mere_key_is_intact_and_of_nobody_known(workshop: Workshop) -> None:
    own = f"did:key:{workshop.key.kid}"
    document = workshop.signed()
    document["issuer"] |= {"id": own, "name": "Harvard"}
    del document["credentialStatus"]

    report = verify(workshop.resigned(document, f"{own}#{workshop.key.kid}"), Shelf())

    assert rungs(report) == (Rung.REACHED, Rung.MISSED)
    assert report.outcome is Outcome.VALID
    assert report.sentence == (
        "This badge is intact and still holds, but nobody vouches for its issuer."
    )
    assert check_named(report, "Issuer").verdict == "noted"


def test_a_jwt_with_a_key_in_its_header_is_intact_and_not_proven(workshop: Workshop) -> None:
    report = verify(token(workshop, jwk=workshop.jwt_key.public_jwk), workshop.shelf())

    assert rungs(report) == (Rung.REACHED, Rung.MISSED)
    assert report.outcome is Outcome.UNCHECKED
    assert report.sentence == "This badge is intact, but its issuer is not proven."


@pytest.mark.row("B3-031")
def test_a_key_in_its_own_name_shows_that_nothing_was_changed(workshop: Workshop) -> None:
    """Even where the issuer's host is gone."""
    document = workshop.signed()
    report = verify(document, Shelf())
    assert rungs(report) == (Rung.REACHED, Rung.OPEN)
    assert report.outcome is Outcome.UNCHECKED

    document["name"] = "Something else"
    assert rungs(verify(document, Shelf())) == (Rung.MISSED, Rung.OPEN)


def test_programs_read_both_levels(workshop: Workshop) -> None:
    assert verify(workshop.signed(), workshop.shelf()).as_json()["trust"] == {
        "intact": "yes",
        "issuer_known": "yes",
    }


@pytest.mark.row("B3-033")
def test_a_key_is_read_where_it_is_ed25519_or_p256(workshop: Workshop) -> None:
    point = bytes.fromhex("02") + (5).to_bytes(32)
    good = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
    packed = (b"\x03" if good.y % 2 else b"\x02") + good.x.to_bytes(32)

    found = did_documents.key_of_multikey(workshop.key.kid)
    assert isinstance(found, ed25519.Ed25519PublicKey)
    found = did_documents.key_of_multikey(multibase.encode(multibase.P256_PREFIX + packed))
    assert isinstance(found, ec.EllipticCurvePublicKey)
    for raw in (
        b"\xec\x01" + b"\x01" * 32,  # X25519, which signs nothing
        multibase.ED25519_PREFIX + b"\x01" * 31,
        multibase.P256_PREFIX + point[:20],
        b"",
    ):
        with pytest.raises(did_documents.MethodWrong):
            did_documents.key_of_multikey(multibase.encode(raw))


@pytest.mark.row("B3-028")
def test_the_draft_name_of_the_suite_is_read(workshop: Workshop) -> None:
    assert verdicts(verify(workshop.signed(), workshop.shelf()))["Proof"] == "passed"
    document = workshop.signed()
    document["proof"][0]["cryptosuite"] = "eddsa-2022"

    # The name itself is signed, so renaming breaks the proof; but it is looked at
    assert verdicts(verify(document, workshop.shelf()))["Proof"] == "failed"


@pytest.mark.row("B3-041")
def test_a_key_id_leads_to_one_key_and_not_to_a_set(workshop: Workshop) -> None:
    address = "https://school.example/keys/1"
    _, claims = proofs.read_jwt(workshop.token())
    claims["issuer"] |= {"id": "https://school.example"}
    claims |= {"iss": "https://school.example"}
    badge = jwt.encode(
        claims, workshop.jwt_key.private, algorithm="ES256", headers={"kid": address}
    ).encode()
    one = workshop.jwt_key.public_jwk

    assert verdicts(verify(badge, workshop.shelf().put(address, one)))["Proof"] == "passed"
    found = verdicts(verify(badge, workshop.shelf().put(address, {"keys": [one]})))
    assert found["Issuer"] == "failed"


@pytest.mark.row("B3-045")
def test_only_a_status_list_may_name_its_key_by_a_bare_name(workshop: Workshop) -> None:
    report = verify(token(workshop, kid=workshop.jwt_key.kid), workshop.shelf())
    assert "bare name" in check_named(report, "Proof").saw

    places = {name: one for name, one in workshop.status_list().items() if name != "proof"}
    bare = proofs.encode_jwt(places, workshop.jwt_key, workshop.jwt_key.kid).encode()
    shelf = workshop.shelf().put(f"{BASE}/badges/status/1", bare)
    assert verdicts(verify(workshop.signed(), shelf))["Status"] == "passed"


@pytest.mark.row("B3-023")
def test_an_issuers_site_that_does_not_answer_is_noted(workshop: Workshop) -> None:
    site = "https://office.example/"
    document = workshop.signed()
    document["issuer"]["url"] = site
    document = workshop.resigned(document)

    gone = verify(document, workshop.shelf(), asks_around=True)
    assert check_named(gone, "Issuer's site").verdict == "noted"
    assert gone.outcome is Outcome.VALID

    there = verify(document, workshop.shelf().put(site, b"<html>"), asks_around=True)
    assert "Issuer's site" not in verdicts(there)
    shelf = workshop.shelf()
    verify(document, shelf)
    assert site not in shelf.asked


@pytest.mark.row("B3-046")
def test_a_newer_version_is_asked_for_once_and_named(workshop: Workshop) -> None:
    address = f"{BASE}/refresh/1"
    document = workshop.signed()
    document["refreshService"] = {"id": address, "type": "1EdTechCredentialRefresh"}
    document["@context"] = document["@context"][:3]
    document = workshop.resigned(document)
    newer = workshop.resigned(document | {"validFrom": "2026-11-21T08:00:00Z"})
    cases = (
        (newer, "2026-11-21, which is genuine"),
        (newer | {"name": "x"}, "not valid"),
        (document, "there is none"),
        (newer | {"id": f"{BASE}/badges/other"}, "another credential"),
        (b"<html>", "none can be had"),
    )

    for found, words in cases:
        shelf = workshop.shelf().put(address, found)
        report = verify(document, shelf, asks_around=True, now=LATER)
        assert words in check_named(report, "Newer version").saw
        assert report.outcome is Outcome.VALID, report.sentence
        assert shelf.asked.count(address) == 1


@pytest.mark.row("B3-011")
@pytest.mark.parametrize(
    ("member", "value", "words"),
    [
        ("achievementType", "Wizardry", "achievementType “Wizardry”"),
        ("resultType", "Guess", "resultType “Guess”"),
        ("identityType", "shoeSize", "identityType “shoeSize”"),
        ("value", 3, "a number, not text"),
        ("status", "Excellent", "the status of a result"),
    ],
)
def test_the_words_of_a_badge_are_those_of_the_standards_schema(
    workshop: Workshop, member: str, value: object, words: str
) -> None:
    document = workshop.signed()
    subject = document["credentialSubject"]
    place = {
        "achievementType": subject["achievement"],
        "resultType": subject["achievement"]["resultDescription"][0],
        "identityType": subject["identifier"][0],
    }.get(member, subject["result"][0])
    place[member] = f"ext:{value}" if isinstance(value, str) and member != "status" else "Completed"
    assert words not in str(verify(document, workshop.shelf()).checks)

    place[member] = value
    assert words in check_named(verify(document, workshop.shelf()), "Required members").saw


@pytest.mark.row("B3-012")
def test_a_schema_of_its_own_is_named_and_never_fetched(workshop: Workshop) -> None:
    document = workshop.signed()
    document["credentialSchema"] = [
        {"id": "https://evil.example/schema.json", "type": "1EdTechJsonSchemaValidator2019"}
    ]
    shelf = workshop.shelf()

    report = verify(workshop.resigned(document), shelf)

    assert "evil.example" in check_named(report, "Schemas").saw
    assert report.outcome is Outcome.VALID
    assert not [url for url in shelf.asked if "evil" in url]


@pytest.mark.row("B3-063")
def test_a_jwt_of_the_first_data_model_may_say_things_in_claims_only(workshop: Workshop) -> None:
    """VC 1.1, 6.3.1: what stands in a claim may be left out of the credential."""
    document = {name: one for name, one in workshop.signed().items() if name != "proof"}
    older = contexts.OPEN_BADGES_3.replace("3.0.3", "3.0.1")
    for member in ("validFrom", "credentialStatus", "credentialSchema"):
        del document[member]
    own = document.pop("id")
    document["@context"] = [contexts.CREDENTIALS_V1, older]
    kid = f"{workshop.did}#{workshop.jwt_key.kid}"
    claims = {"vc": document, "iss": workshop.did, "jti": own, "nbf": 1_763_640_000}

    report = verify(
        jwt.encode(
            claims, workshop.jwt_key.private, algorithm="ES256", headers={"kid": kid}
        ).encode(),
        workshop.shelf(),
    )

    assert report.outcome is Outcome.VALID, report.sentence
    assert report.facts.issued.startswith("2025-11-20")
    assert report.facts.address == own
