"""Open Badges 3.0, ours and other people's: the rules of the public validator."""

import json
from copy import deepcopy
from typing import Any

import jwt
import pytest

from lti_tool.badges import artwork
from lti_tool.sealing import baking, contexts
from lti_tool.verification.report import Outcome, Verdict
from tests.badges.workshop import (
    BASE,
    Shelf,
    Workshop,
    an_award,
    check_named,
    verdicts,
    verify,
)


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


def test_the_recipient_is_told_by_address(workshop: Workshop) -> None:
    signed, shelf = workshop.signed(), workshop.shelf()

    assert verify(signed, shelf, recipient="ada@example.org").outcome is Outcome.VALID
    assert verify(signed, shelf, recipient="Ada@Example.org").outcome is Outcome.VALID
    report = verify(signed, shelf, recipient="ivan@example.org")
    assert verdicts(report)["Recipient"] == "failed"


def test_the_salted_hash_is_that_of_the_standard() -> None:
    from lti_tool.sealing.identities import hashed

    assert hashed("a@example.com", "Kosher") == (
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
    from lti_tool.verification.sources import MOST_LOOK_UPS, Unavailable, World
    from tests.verification.test_sources import Nobody

    world = World(own=Nobody())
    for number in range(MOST_LOOK_UPS + 1):
        with pytest.raises(Unavailable) as refusal:
            world.get(f"https://127.0.0.1:1/{number}")

    assert "too many" in str(refusal.value)
