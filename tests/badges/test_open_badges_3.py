"""An award as Open Badges 3.0: the rubric inside, and nothing private."""

import json
from decimal import Decimal
from typing import Any

import pytest

from lti_tool.badges import open_badges_3
from lti_tool.badges.addresses import Addresses
from lti_tool.sealing import contexts
from lti_tool.sealing.canonical import leaves
from tests.badges.workshop import BASE, PLACE, Workshop, an_award
from tests.builders import a_credential_version, a_person, a_program_version

ADDRESSES = Addresses(BASE)


def _credential(**given: Any) -> dict[str, Any]:
    return open_badges_3.credential(an_award(**given), ADDRESSES)


@pytest.mark.row("B3-006")
def test_the_contexts_are_the_three_in_their_order() -> None:
    assert _credential()["@context"] == [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
    ]


@pytest.mark.row("B3-016")
@pytest.mark.row("B3-018")
def test_every_criterion_carries_all_its_levels_and_the_one_reached() -> None:
    version = a_credential_version(parts=2, criteria=3, levels=4)
    subject = _credential(version=version, level=4)["credentialSubject"]
    described = subject["achievement"]["resultDescription"]
    results = subject["result"]

    *criteria, total, status = described
    assert len(criteria) == 6
    for one, result in zip(criteria, results, strict=False):
        levels = one["rubricCriterionLevel"]
        assert one["resultType"] == "RubricCriterionLevel"
        assert [level["level"] for level in levels] == ["1", "2", "3", "4"]
        assert one["requiredLevel"] == levels[2]["id"]
        assert result["resultDescription"] == one["id"]
        assert result["achievedLevel"] == levels[3]["id"]
        assert result["value"] == "4"
    assert (total["valueMin"], total["requiredValue"], total["valueMax"]) == ("6", "18", "24")
    assert results[-2:] == [
        {"type": ["Result"], "resultDescription": total["id"], "value": "24"},
        {"type": ["Result"], "resultDescription": status["id"], "status": "Completed"},
    ]


def test_ids_of_criteria_and_levels_are_all_different() -> None:
    described = _credential(version=a_credential_version(parts=3))["credentialSubject"][
        "achievement"
    ]["resultDescription"]

    ids = [one["id"] for one in described]
    ids += [level["id"] for one in described for level in one.get("rubricCriterionLevel", [])]
    assert len(set(ids)) == len(ids)


def test_numbers_are_text_and_nothing_is_empty() -> None:
    for path, value in leaves(_credential()):
        assert isinstance(value, str | bool), path
        assert value != "", path


def test_points_keep_their_halves() -> None:
    version = a_credential_version()
    for criterion in version.parts[0].criteria:
        criterion.levels[2].points = Decimal("2.50")

    subject = _credential(version=version)["credentialSubject"]

    *points, _status = subject["result"]
    assert [result["value"] for result in points] == ["2.5", "2.5", "2.5", "7.5"]


@pytest.mark.row("B3-014")
@pytest.mark.row("B3-015")
def test_the_recipient_is_a_salted_hash_and_nothing_else() -> None:
    written = json.dumps(_credential(person=a_person("Ada Ferris", email="ada@example.org")))

    assert "ada@example.org" not in written
    assert "Ada Ferris" not in written
    (identifier,) = json.loads(written)["credentialSubject"]["identifier"]
    assert identifier["type"] == "IdentityObject"
    assert identifier["hashed"] is True
    assert identifier["identityHash"].startswith("sha256$")
    assert "id" not in json.loads(written)["credentialSubject"]


@pytest.mark.row("B3-022")
def test_the_issuer_is_described_and_known_by_its_did() -> None:
    issuer = _credential()["issuer"]

    assert issuer["id"] == "did:web:cairn.example.org"
    assert issuer["type"] == ["Profile"]
    assert issuer["url"] == BASE


@pytest.mark.row("B3-049")
def test_it_names_its_place_in_the_status_list() -> None:
    assert _credential()["credentialStatus"] == {
        "id": f"{BASE}/badges/status/1#{PLACE}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(PLACE),
        "statusListCredential": f"{BASE}/badges/status/1",
    }


@pytest.mark.row("B3-012")
def test_the_schema_it_names_lies_where_the_standard_lies() -> None:
    (schema,) = _credential()["credentialSchema"]

    assert schema["type"] == "1EdTechJsonSchemaValidator2019"
    assert schema["id"].startswith("https://purl.imsglobal.org/spec/ob/v3p0/schema/")


def test_it_is_linked_with_its_open_badges_2_form() -> None:
    version = a_credential_version()
    (related,) = _credential(version=version)["credentialSubject"]["achievement"]["related"]

    assert related["id"] == ADDRESSES.badge_class(version)
    assert related["type"] == ["Related", "https://w3id.org/openbadges#BadgeClass"]
    assert related["version"] == "Open Badges v2p0"


def test_a_demonstration_says_so_wherever_it_is_read() -> None:
    credential = _credential()
    achieved = credential["credentialSubject"]["achievement"]

    for text in (
        credential["name"],
        credential["description"],
        achieved["name"],
        achieved["description"],
        achieved["criteria"]["narrative"],
        credential["issuer"]["name"],
    ):
        assert "demonstration" in text.lower()


def test_an_earnest_badge_says_nothing_of_demonstrations() -> None:
    earnest = a_program_version()
    earnest.document = {**earnest.document, "demonstration": False}

    achieved = open_badges_3.achievement(a_credential_version(program_version=earnest), ADDRESSES)

    assert "demonstration" not in json.dumps(achieved).lower()


@pytest.mark.row("S1-10")
def test_frameworks_with_an_address_become_alignments() -> None:
    version = a_credential_version()
    version.details = {
        "alignments": [
            {
                "framework": "State standards",
                "title": "Teaches language learners",
                "code": "EL-3",
                "url": "https://standards.example.org/el-3",
            },
            {"framework": "A book without an address", "title": "Chapter 4"},
        ]
    }

    (alignment,) = open_badges_3.achievement(version, ADDRESSES)["alignment"]

    assert alignment == {
        "type": ["Alignment"],
        "targetName": "Teaches language learners",
        "targetUrl": "https://standards.example.org/el-3",
        "targetFramework": "State standards",
        "targetCode": "EL-3",
    }


@pytest.mark.row("B3-034")
@pytest.mark.row("B3-041")
def test_the_did_document_lists_its_keys_as_validators_want_them(workshop: Workshop) -> None:
    found = workshop.did_document()
    multikey, jwk = found["verificationMethod"]

    assert found["id"] == workshop.did
    assert multikey["id"] == f"{workshop.did}#{multikey['publicKeyMultibase']}"
    assert multikey["type"] == "Multikey"
    assert jwk["type"] == "JsonWebKey"
    assert jwk["publicKeyJwk"]["crv"] == "P-256"
    assert "d" not in jwk["publicKeyJwk"]
    assert found["assertionMethod"] == [multikey["id"], jwk["id"]]
    assert {multikey["controller"], jwk["controller"]} == {workshop.did}


@pytest.mark.row("B3-031")
def test_the_key_stands_in_the_name_of_the_method(workshop: Workshop) -> None:
    (proof,) = workshop.signed()["proof"]

    assert proof["verificationMethod"].startswith(f"{workshop.did}#z6Mk")
    assert proof["proofPurpose"] == "assertionMethod"
    assert proof["cryptosuite"] == "eddsa-rdfc-2022"


def test_the_same_award_always_gives_the_same_bytes(workshop: Workshop) -> None:
    award = an_award()

    assert workshop.signed(award) == workshop.signed(award)
    assert contexts.OPEN_BADGES_3 in workshop.signed(award)["@context"]
