"""The verify page: anybody, any file, one sentence and the checks by name."""

import json
from io import BytesIO

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from flask.testing import FlaskClient

from lti_tool.sealing import baking, proofs
from lti_tool.web.restraint import MOST_A_MINUTE
from tests.badges.exhibition import Shown
from tests.badges.workshop import Workshop

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_anybody_can_check_a_file_on_the_verify_page(shown: Shown) -> None:
    data = shown.visitor(shown.ada).get(shown.path + ".png").data
    stranger = shown.stranger()
    assert "Is this badge genuine?" in stranger.get("/verify").text

    good = stranger.post("/verify", data={"badge": (BytesIO(data), "badge.png")})
    assert good.status_code == 200
    assert "This badge is genuine and still holds." in good.text
    for name in ("Format", "Contexts", "Issuer", "Proof", "Dates", "Status", "Rubric"):
        assert f"<strong>{name}</strong>" in good.text
    assert good.text.count("Reached</p>") == 3

    spoiled = baking.bake_png(data, baking.extract(data).text.replace("Proficient", "Exemplary"))
    bad = stranger.post("/verify", data={"badge": (BytesIO(spoiled), "badge.png")})
    assert "This badge is not valid" in bad.text


def test_a_shared_badge_can_be_checked_by_its_address(shown: Shown) -> None:
    shown.share()
    stranger = shown.stranger()

    endings = ("", ".json", ".jwt", ".png", ".svg")
    for path in (*(f"{shown.path}{ending}" for ending in endings), shown.assertion):
        page = stranger.post("/verify", data={"address": f"http://localhost:8000{path}"})
        assert "This badge is genuine" in page.text
        assert "cannot be had" not in page.text


def test_the_verdict_can_be_read_by_programs(shown: Shown) -> None:
    data = shown.visitor(shown.ada).get(shown.path + ".jwt").data

    answer = shown.stranger().post(
        "/verify",
        data={"badge": (BytesIO(data), "badge.jwt"), "recipient": "ada@example.org"},
        headers={"Accept": "application/json"},
    )

    report = json.loads(answer.data)
    assert report["outcome"] == "valid"
    assert report["checks"][-1] == {
        "name": "Recipient",
        "verdict": "passed",
        "saw": "it was earned by ada@example.org.",
    }


def test_an_empty_form_says_what_is_missing(client: FlaskClient) -> None:
    answer = client.post("/verify", data={"address": ""})

    assert answer.status_code == 422
    assert "Choose a file, or give the address of a badge, or paste it." in answer.text


@pytest.mark.parametrize(
    "address",
    ["http://169.254.169.254/latest/meta-data", "file:///etc/passwd", "http://10.0.0.1/", "x"],
)
def test_the_verify_page_does_not_reach_into_private_networks(
    client: FlaskClient, address: str
) -> None:
    page = client.post("/verify", data={"address": address}).text

    assert "This badge is genuine" not in page
    assert "not called" in page or "not an address" in page or "plain https" in page


def test_a_badge_can_be_pasted_and_an_address_in_the_same_field(shown: Shown) -> None:
    shown.share()
    stranger = shown.stranger()
    address = f"http://localhost:8000{shown.path}"
    token = stranger.get(f"{shown.path}.jwt").text
    broken = "\n".join(token[start : start + 76] for start in range(0, len(token), 76))

    for words in (
        stranger.get(f"{shown.path}.json").text,
        stranger.get(f"{shown.path}.svg").text,
        token,
        broken,
        f"  {address}\n",
        f"<{address}.json>",
    ):
        assert "This badge is genuine" in stranger.post("/verify", data={"pasted": words}).text
    page = stranger.post("/verify", data={"address": token})
    assert "This badge is genuine" in page.text
    assert token not in page.text


def test_both_levels_of_trust_stand_on_the_page_in_words_and_as_a_picture(shown: Shown) -> None:
    data = shown.visitor(shown.ada).get(f"{shown.path}.json").data

    page = shown.stranger().post("/verify", data={"pasted": data.decode()}).text
    assert "Issuer known</strong>" in page
    assert "Intact</strong>" in page
    assert page.count("stone stone-yes") == 2

    # The same words under a key that came with them
    _, claims = proofs.read_jwt(shown.visitor(shown.ada).get(f"{shown.path}.jwt").text)
    key = ec.generate_private_key(ec.SECP256R1())
    jwk = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    token = jwt.encode(claims, key, algorithm="ES256", headers={"jwk": jwk})

    page = shown.stranger().post("/verify", data={"pasted": token}).text
    assert "This badge is intact, but its issuer is not proven." in page
    assert "Issuer not known</strong>" in page
    assert "Issuer, as it says itself" in page
    assert "stone stone-no" in page


def test_the_rubric_of_a_foreign_badge_is_shown_with_the_reached_row_lit(
    client: FlaskClient, workshop: Workshop
) -> None:
    """Its levels have neither points nor a bar that meets them; ours always have."""
    own = f"did:key:{workshop.key.kid}"
    document = workshop.signed()
    document["issuer"]["id"] = own
    del document["credentialStatus"]
    for one in document["credentialSubject"]["achievement"]["resultDescription"]:
        one.pop("requiredLevel", None)
        for level in one.get("rubricCriterionLevel", []):
            level.pop("points", None)
    foreign = json.dumps(workshop.resigned(document, f"{own}#{workshop.key.kid}"))

    page = client.post("/verify", data={"pasted": foreign}).text

    assert "nobody vouches for its issuer" in page
    assert page.count("Reached</p>") == 3
    assert "Reached: Proficient" in page
    assert "level-points" not in page


def test_many_questions_from_one_address_are_told_to_wait(client: FlaskClient) -> None:
    answers = [
        client.post("/verify", data={"pasted": "{}"}).status_code
        for _ in range(2 * MOST_A_MINUTE + 1)
    ]

    assert answers[0] == 200
    assert answers[-1] == 429
    assert client.get("/verify").status_code == 200


def test_hostile_files_are_answered_with_a_page(client: FlaskClient) -> None:
    for data in (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, b"<svg><script>alert(1)</script></svg>", b"{"):
        answer = client.post("/verify", data={"badge": (BytesIO(data), "x")})
        assert answer.status_code == 200
        assert "This badge is not valid" in answer.text
        assert "<script>alert" not in answer.text


def test_words_of_a_foreign_badge_are_shown_as_words(client: FlaskClient) -> None:
    hostile = {
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "<script>alert(1)</script>",
    }

    page = client.post(
        "/verify", data={"badge": (BytesIO(json.dumps(hostile).encode()), "x.json")}
    ).text

    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
