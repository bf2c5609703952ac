"""Signing by plan: the same bytes as the general way, or the general way itself."""

import base64
import hashlib
import json
from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.badge_sample import ACHIEVEMENT, DID, credential
from lti_tool.keyring import Key
from lti_tool.sealing import canonical, contexts, plans, proofs, slots, strict_json
from lti_tool.sealing.forms import Form, Unplannable, Unsigned
from lti_tool.sealing.members import CannotBeSigned
from tests.badges.workshop import Workshop
from tests.sealing import documents
from tests.sealing.in_browsers import InBrowsers
from tests.sealing.test_canonical import TITLES, by_pyld

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
METHOD = f"{DID}#key"
Document = dict[str, Any]


class Desk:
    """A signer that has seen the sample credential, so that its plan is warm."""

    def __init__(self, workshop: Workshop, **options: Any) -> None:
        self.key: Key = workshop.key
        self.jwt_key: Key = workshop.jwt_key
        self.signer = plans.Signer(**options)
        self.sign(credential())

    def sign(self, document: Mapping[str, Any]) -> bytes:
        return self.signer.sign(document, self.key, METHOD, created=NOON)

    def surely(self, document: Mapping[str, Any]) -> bytes:
        """What the general way makes of it."""
        whole = slots.whole(document)
        return strict_json.write(proofs.sign(whole, self.key, METHOD, created=NOON))

    def token(self, document: Mapping[str, Any]) -> str:
        return self.signer.encode_jwt(document, self.jwt_key, METHOD).decode()

    def ways(self, document: Mapping[str, Any]) -> dict[str, int]:
        """How the next signature of a document was made."""
        before = self.signer.counts.copy()
        self.sign(document)
        return dict(self.signer.counts - before)


@pytest.fixture(scope="module")
def desk(workshop: Workshop) -> Desk:
    return Desk(workshop)


def _by_plan(document: Document) -> bytes | None:
    """The digest a plan finds; the plan itself was made of marks, not of the document's texts."""
    _, texts = slots.read(document)
    plan = plans.Plan(document)
    values = plan.values(texts)
    return plan.form.digest(values.statements) if values else None


# ---- the same bytes ------------------------------------------------------------------------------


@pytest.mark.parametrize("title", TITLES)
def test_any_script_is_signed_by_plan_as_the_general_way_signs_it(desk: Desk, title: str) -> None:
    desk.sign(documents.titled("Once", 1))
    document = documents.titled(title, 1)
    # The achievement differs too, so this is another plan; the second award of it is planned.
    desk.sign(document)
    another = documents.titled(title, 2)

    assert desk.ways(another) == {"planned": 1}
    assert desk.sign(another) == desk.surely(another)


LETTERS = st.characters(
    exclude_categories=("Cs", "Cn"),
    exclude_characters="".join(
        map(chr, [*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F, 0xFFFE, 0xFFFF])
    ),
)
TEXTS = st.one_of(
    st.text(LETTERS, min_size=1, max_size=30),
    st.sampled_from([*TITLES, documents.CONTROLS, '"', "\\", "\r\n\t", "%b %d", "@type", "a:b"]),
)
ADDRESSES = st.integers(0, 10**6).map("https://example.org/a/{}".format)


@st.composite
def awards(draw: st.DrawFn) -> Document:
    """Sample credentials with other words, and other members, than the sample has."""
    document = credential(draw(st.integers(0, 10**6)))
    subject = document["credentialSubject"]
    subject["result"] = draw(st.permutations(subject["result"]))[draw(st.integers(0, 5)) :]
    document["evidence"] = document["evidence"][: draw(st.integers(1, 3))]
    for piece in document["evidence"]:
        piece |= {"name": draw(TEXTS), "narrative": draw(TEXTS)}
        if draw(st.booleans()):
            del piece["id"]
        else:
            piece["id"] = draw(ADDRESSES)
    optional = {
        "narrative": draw(TEXTS),
        "id": "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
        "activityEndDate": "2026-11-19T08:30:00+02:00",
        "creditsEarned": 1.5,
    }
    chosen = draw(st.sets(st.sampled_from(sorted(optional))))
    subject |= {name: optional[name] for name in sorted(chosen)}
    if draw(st.booleans()):
        document["validUntil"] = "2030-01-01T00:00:00Z"
    achievement = subject["achievement"]
    achievement["name"] = draw(TEXTS)
    achievement["tag"] = draw(st.lists(TEXTS, min_size=1, max_size=3, unique=True))
    del achievement["resultDescription"][draw(st.integers(1, 5)) :]  # PyLD takes its time
    document["name"] = draw(TEXTS)
    return document


@pytest.mark.row("B3-036")
def test_a_plan_agrees_with_all_libraries(in_browsers: InBrowsers) -> None:
    planned = []

    @settings(
        max_examples=50,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(document=awards())
    def agree(document: Document) -> None:
        try:
            found = _by_plan(document)
        except CannotBeSigned:
            return  # two pieces of evidence were given one address
        text = canonical.canonical(document)
        assert text == by_pyld(document) == in_browsers.canonical(document)
        assert found in (None, hashlib.sha256(text.encode()).digest())
        planned.append(found is not None)

    agree()

    assert planned.count(True) > 25, "what is compared has to be the plan's work"


def test_the_corpus_is_found_by_plan_where_it_can_be_signed() -> None:
    planned = set()
    for name, known in documents.known().items():
        document = json.loads((documents.CORPUS / f"{name}.json").read_text("utf-8"))
        try:
            found = _by_plan(document)
        except (CannotBeSigned, Unplannable):
            continue
        assert found is None or found.hex() == known, name
        if found:
            planned.add(name)

    texts = {f"text-{number:02}" for number in range(len(TITLES))}
    assert texts | {"sample", "controls", "plain", "crowded", "status-list"} <= planned
    assert "alike" not in planned


def test_a_jwt_signs_the_same_payload_and_is_accepted(desk: Desk) -> None:
    for document in (credential(5), documents.titled(TITLES[3]), documents.titled(TITLES[7], 2)):
        desk.token(document)

        token = desk.token(document)

        sure = proofs.encode_jwt(document, desk.jwt_key, METHOD)
        assert token.rpartition(".")[0] == sure.rpartition(".")[0]
        proofs.check_jwt(token, desk.jwt_key.private.public_key())
        payload = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
        assert {name: payload[name] for name in document} == document
        assert (payload["iss"], payload["jti"]) == (DID, document["id"])
        assert payload["nbf"] == datetime.fromisoformat(document["validFrom"]).timestamp()


# ---- what goes the general way, or nowhere ------------------------------------------------------


def _with(path: str, value: Any) -> Document:
    """The sample with another value at `a/0/b`; the shape stays what it was."""
    document: Any = credential(1)
    *way, last = path.split("/")
    node = document
    for step in way:
        node = node[int(step) if step.isdigit() else step]
    node[last] = value
    return document  # type: ignore[no-any-return]


@pytest.mark.parametrize("path", ["name", "id", "evidence/0/narrative"])
def test_no_text_names_a_blank_node(desk: Desk, path: str) -> None:
    with pytest.raises((CannotBeSigned, canonical.NotCanonical)):
        desk.sign(_with(path, "_:b0"))


def test_a_text_no_proof_would_cover_is_refused() -> None:
    marked, marks = slots.marked(_with("favouriteColour", "green"))

    with pytest.raises(Unsigned) as refusal:
        Form(marked, marks)

    assert refusal.value.marks == {marked["favouriteColour"]}


@pytest.mark.parametrize("value", ["", "relative", "https://a b", "_:b0", "no scheme:/", "a\tb"])
@pytest.mark.parametrize(
    "path", ["id", "evidence/0/id", "credentialSubject/result/0/achievedLevel"]
)
def test_an_odd_address_is_refused_as_the_general_way_refuses_it(
    desk: Desk, path: str, value: str
) -> None:
    document = _with(path, value)
    with pytest.raises((CannotBeSigned, canonical.NotCanonical)) as general:
        desk.surely(document)

    with pytest.raises(type(general.value)) as refusal:
        desk.sign(document)
    with pytest.raises(CannotBeSigned):
        proofs.encode_jwt(document, desk.jwt_key, METHOD)

    assert str(refusal.value) == str(general.value)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("favouriteColour", "green", "not one of ours"),
        ("evidence/0/type", ["Evidence", "Wizardry"], "not one of ours"),
        ("credentialSubject/result/0/type", ["Outcome"], "not one of ours"),
        ("name", "half \ud83d", "cannot be signed"),
        ("name", "bell \x07", "cannot be signed"),
        ("name", "no character \ufffe", "cannot be signed"),
        ("name", None, "is empty"),
        ("name", 7, "is a number"),
        ("evidence/1/id", credential(1)["evidence"][0]["id"], "described twice"),
        ("evidence/1/id", ACHIEVEMENT, "described twice"),
        ("id", DID, "described twice"),
        ("credentialSubject/achievement/type", ["Achievement", "Wizardry"], "not one of ours"),
        ("credentialSubject/achievement/colour", "green", "not one of ours"),
        ("issuer/id", "relative", "not an absolute address"),
    ],
)
def test_what_must_not_be_signed_is_refused_however_warm_the_plan(
    desk: Desk, path: str, value: Any, words: str
) -> None:
    document = _with(path, value)

    with pytest.raises(CannotBeSigned, match=words) as refusal:
        desk.sign(document)
    with pytest.raises(CannotBeSigned) as general:
        desk.surely(document)
    with pytest.raises(CannotBeSigned):
        desk.token(document)

    assert str(refusal.value) == str(general.value)


@pytest.mark.parametrize(
    "value",
    ["https://example.org/a/../b", "https://example.org/ñ", "tag:a,2026:b", "https://e.x/%zz"],
)
def test_an_unusual_address_goes_the_general_way(desk: Desk, value: str) -> None:
    document = _with("evidence/0/id", value)
    try:
        sure = desk.surely(document)
    except canonical.NotCanonical:
        with pytest.raises(canonical.NotCanonical):
            desk.sign(document)
        return

    assert desk.ways(document) == {"general": 1}
    assert desk.sign(document) == sure


def test_pieces_that_cannot_be_told_apart_go_the_general_way(desk: Desk) -> None:
    distinct = documents.corpus()["alike"]
    distinct["evidence"][0]["name"] = "Another"
    desk.sign(distinct)
    assert desk.ways(distinct) == {"planned": 1}

    alike = documents.corpus()["alike"]

    assert desk.ways(alike) == {"general": 1}
    assert desk.sign(alike) == desk.surely(alike)


def test_texts_of_one_list_are_sorted_where_they_are_hashed(desk: Desk) -> None:
    document = credential(3)
    del document["evidence"][0]["id"]
    document["evidence"][0]["genre"] = ["z", "a", "m"]
    desk.sign(document)

    assert desk.ways(document) == {"planned": 1}
    assert desk.sign(document) == desk.surely(document)


def test_results_that_say_the_same_go_the_general_way(desk: Desk) -> None:
    document = credential(2)
    document["evidence"][0] |= {"name": "a", "narrative": "b", "genre": "c"}
    other = deepcopy(document)
    for piece in document["credentialSubject"]["result"][:2]:
        piece |= {"value": "1", "achievedLevel": ACHIEVEMENT, "resultDescription": ACHIEVEMENT}

    assert desk.ways(other) == {"planned": 1}
    assert desk.ways(document) == {"general": 1}
    assert desk.sign(document) == desk.surely(document)


def test_a_context_that_is_not_known_is_refused_with_a_plan_for_the_others(desk: Desk) -> None:
    document = credential(1)
    document["@context"] = [*document["@context"][:2], "https://example.org/contexts/v1"]

    with pytest.raises(CannotBeSigned, match="not one of those known"):
        desk.sign(document)


# ---- plans that are no longer true --------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "credentialSubject/achievement/name",
        "credentialSubject/achievement/resultDescription/0/rubricCriterionLevel/1/points",
        "issuer/name",
        "credentialSubject/result/0/value",
    ],
)
def test_no_signature_is_of_what_a_document_said_before(desk: Desk, path: str) -> None:
    document = credential(9)
    desk.sign(document)
    desk.sign(document)

    *way, last = path.split("/")
    node: Any = document
    for step in way:
        node = node[int(step) if step.isdigit() else step]
    node[last] = "999"

    for _ in range(2):
        assert desk.sign(document) == desk.surely(document)
        assert json.loads(desk.sign(document))["credentialSubject"] == document["credentialSubject"]


def test_other_contexts_are_another_plan(desk: Desk) -> None:
    document = credential(9)
    other = "https://purl.imsglobal.org/spec/ob/v3p0/context.json"
    document["@context"] = [document["@context"][0], other, document["@context"][2]]

    for _ in range(2):
        assert desk.sign(document) == desk.surely(document)
    assert contexts.fingerprint(other) != contexts.fingerprint(credential()["@context"][1])


def test_a_part_is_what_it_was_when_it_was_taken(desk: Desk) -> None:
    achievement = credential()["credentialSubject"]["achievement"]
    part = slots.Part(achievement)
    achievement["name"] = "Changed afterwards"
    part.value["name"] = "Changed as well"

    document = _with("credentialSubject/achievement", part)

    assert desk.ways(document) == {"planned": 1}
    assert desk.sign(document) == desk.sign(credential(1))


# ---- plans that are caught, and plans that are many ---------------------------------------------


class Liar(plans.Plan):
    """A plan that says something else from its third document on."""

    def sign(self, *args: Any) -> plans.Signed | None:
        made = super().sign(*args)
        told = repr(self.turns) in ("count(1)", "count(2)")
        return made if told else plans.Signed(b"li", b"es")


def test_a_plan_that_is_caught_is_never_believed_again(workshop: Workshop) -> None:
    desk = Desk(workshop, check_every=3, planned=Liar)
    assert desk.signer.counts == {"checked": 1}

    assert [desk.ways(credential(number)) for number in (1, 2, 3, 4)] == [
        {"planned": 1},
        {"planned": 1},
        {"mismatched": 1},
        {"general": 1},
    ]
    assert desk.sign(credential(5)) == desk.surely(credential(5))


def test_every_so_many_awards_are_signed_the_general_way_too(workshop: Workshop) -> None:
    desk = Desk(workshop, check_every=4)

    made = [next(iter(desk.ways(credential(number)))) for number in range(1, 9)]

    assert made == ["planned"] * 3 + ["checked"] + ["planned"] * 3 + ["checked"]


def test_only_so_many_plans_are_kept(workshop: Workshop) -> None:
    desk = Desk(workshop, most_plans=2)
    shapes = [credential(number) for number in range(3)]
    for number, document in enumerate(shapes):
        document["credentialSubject"]["creditsEarned"] = number

    for document in shapes:
        desk.sign(document)

    assert desk.ways(shapes[2]) == desk.ways(shapes[1]) == {"planned": 1}
    assert desk.ways(shapes[0]) == {"checked": 1}
