"""The canonical form: the same as PyLD's, and refused where it would be costly or ambiguous."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyld import jsonld

from lti_tool.badges import open_badges_3
from lti_tool.badges.addresses import Addresses
from lti_tool.sealing import contexts, proofs, terms
from lti_tool.sealing.canonical import NotCanonical, canonical
from lti_tool.sealing.members import CannotBeSigned, require_signable
from tests.badges.workshop import BASE, Workshop, an_award
from tests.builders import a_credential_version, a_person

TITLES = [
    "Keeping a field journal",
    "Diseñar la evaluación: ¿qué cambió en el año? ¡Ñandú!",
    "Gemeinsam prüfen, größer fragen",
    "مرافقة متعلمي اللغة",
    "לומדים יחד: שפה, בית וקהילה",
    "多语言学习者与家庭",
    "Growing 🌱 together 👩🏽‍🏫 with families",
    'He said "look", and \\ they looked',
    "Two lines\nand a tab\tinside",
    "Next line \x85 and line separator \u2028 and paragraph separator \u2029 inside",
    "Cafe\u0301 and Café",
    "<script>alert('x')</script> & more",
]


def _credential(title: str) -> dict[str, Any]:
    version = a_credential_version(title=title)
    version.goal = title
    version.parts[0].criteria[0].levels[2].descriptor = title
    award = an_award(version, a_person("Ada", email="añä@example.org"))
    return open_badges_3.credential(award, Addresses(BASE))


def by_pyld(document: dict[str, Any]) -> str:
    """The canonical form as PyLD makes it, with the same bundled contexts."""

    def loader(url: str, _options: Any = None) -> dict[str, Any]:
        return {
            "contextUrl": None,
            "documentUrl": url,
            "document": {"@context": contexts.load(url)},
        }

    options = {
        "algorithm": "URDNA2015",
        "format": "application/n-quads",
        "documentLoader": loader,
    }
    return str(jsonld.normalize(document, options))


@pytest.mark.parametrize("title", TITLES)
def test_it_is_the_same_as_pylds(title: str) -> None:
    document = _credential(title)

    assert canonical(document) == by_pyld(document)


LETTERS = st.characters(
    exclude_categories=("Cs", "Cc", "Cn"), include_characters="\t\n\x85\u2028\u2029"
)


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(text=st.text(LETTERS, min_size=1, max_size=60))
def test_it_is_the_same_as_pylds_for_any_text(text: str) -> None:
    document = {
        "@context": open_badges_3.CONTEXT,
        "id": "https://example.org/1",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": text,
        "description": text[::-1],
    }

    assert canonical(document) == by_pyld(document)


def test_our_proof_options_need_no_processor(workshop: Workshop) -> None:
    options = {
        "@context": open_badges_3.CONTEXT,
        "type": "DataIntegrityProof",
        "cryptosuite": proofs.CRYPTOSUITE,
        "created": "2026-11-20T12:00:00Z",
        "verificationMethod": workshop.method,
        "proofPurpose": "assertionMethod",
    }

    written = proofs._options_as_quads(workshop.method, "2026-11-20T12:00:00Z")

    assert written == canonical(options) == by_pyld(options)


@pytest.mark.row("B3-005")
def test_a_member_no_context_defines_is_found_wherever_it_stands() -> None:
    document = _credential("A title")
    document["credentialSubject"]["achievement"]["favouriteColour"] = "green"
    document["issuer"]["type"] = ["Profile", "Wizard"]

    found = terms.undefined_members(document)

    assert found == [
        "/issuer/type=Wizard",
        "/credentialSubject/achievement/favouriteColour",
    ]


def test_our_own_credentials_hold_nothing_undefined() -> None:
    assert terms.undefined_members(_credential("A title")) == []


def test_a_type_opens_its_members_on_its_own_node_only() -> None:
    document = _credential("A title")
    # `achievementType` belongs to the achievement; on the subject it means nothing.
    document["credentialSubject"]["achievementType"] = "Badge"
    # Nor does it mean anything on what lies below the achievement.
    document["credentialSubject"]["achievement"]["criteria"]["achievementType"] = "Badge"

    assert set(terms.undefined_members(document)) == {
        "/credentialSubject/achievementType",
        "/credentialSubject/achievement/criteria/achievementType",
    }


@pytest.mark.row("B3-005")
@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("favouriteColour", "green", "not one of ours"),
        ("endorsementJwt", ["eyJ"], "not one of ours"),
        ("jti", "https://example.org/1", "not one of ours"),
        ("name", "half a pair \ud83d", "cannot be signed"),
        ("name", "a bell \x07", "cannot be signed"),
        ("id", "badges/1", "absolute"),
        ("id", "https://example.org/a b", "absolute"),
        ("id", "_:b0", "absolute"),
        ("description", None, "empty"),
        ("evidence", [], "empty list"),
        ("awardedDate", 2026, "number"),
    ],
)
def test_what_a_proof_would_not_cover_is_refused_before_signing(
    path: str, value: Any, words: str
) -> None:
    document = {**_credential("A title"), path: value}

    with pytest.raises(CannotBeSigned, match=words):
        require_signable(document)


def test_two_objects_with_one_id_would_melt_into_one_and_are_refused() -> None:
    document = _credential("A title")
    described = document["credentialSubject"]["achievement"]["resultDescription"]
    described.append({**described[0], "name": "Another"})

    with pytest.raises(CannotBeSigned, match="described twice"):
        require_signable(document)


def test_a_context_of_another_house_is_never_fetched() -> None:
    document = {**_credential("A title"), "@context": ["https://example.org/contexts/v1"]}

    with pytest.raises(contexts.UnknownContext):
        canonical(document)


def test_a_document_may_not_bring_meanings_of_its_own() -> None:
    document = _credential("A title")
    document["@context"].append({"name": "https://example.org/other"})

    with pytest.raises(contexts.UnknownContext):
        canonical(document)


def test_a_graph_that_would_take_for_ever_is_refused() -> None:
    document = _credential("A title")
    twin = {"type": ["Achievement"], "related": [{"type": ["Related"]}] * 7}
    document["credentialSubject"]["achievement"] = [twin, twin]

    with pytest.raises(NotCanonical, match="told apart"):
        canonical(document)


def test_what_only_looks_alike_is_told_apart_quickly() -> None:
    """Twenty badges of one person name the same e-mail address twenty times."""
    document = _credential("A title")
    document["evidence"] = [{"type": ["Evidence"]} for _ in range(40)]

    assert canonical(document).count("Evidence>") == 40


@pytest.mark.parametrize(
    ("member", "value", "words"),
    [
        ("evidence", [{"@context": contexts.OPEN_BADGES_3}] * 151, "contexts"),
        ("evidence", {"type": ["Evidence"] * 17}, "types"),
    ],
)
def test_small_words_that_make_much_work_are_refused(member: str, value: Any, words: str) -> None:
    with pytest.raises(NotCanonical, match=words):
        canonical({**_credential("A title"), member: value})


@pytest.mark.parametrize(
    ("member", "value", "words"),
    [
        ("narrative", "_:b0", "blank nodes"),
        ("name", "x" * 300_000, "larger"),
        ("name", "\ud83d", "half a character"),
        ("evidence", json.loads("[" * 60 + "]" * 60), "levels deep"),
    ],
)
def test_hostile_documents_are_refused_before_any_work(member: str, value: Any, words: str) -> None:
    with pytest.raises(NotCanonical, match=words):
        canonical({**_credential("A title"), member: value})
