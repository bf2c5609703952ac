"""Open Badges 2.0 with a signature: whose key it is, whether it fits, what was revoked."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from lti_tool.badges import artwork
from lti_tool.sealing import baking
from lti_tool.verification.report import Outcome, Rung
from tests.badges.workshop import check_named, verdicts, verify
from tests.verification.school import (
    BADGE,
    ISSUER,
    KEY,
    LIST,
    SIGNED,
    School,
    key,
    pem,
    sign,
)


@pytest.mark.row("B2-003")
@pytest.mark.row("B2-044")
def test_a_signed_badge_is_what_its_signature_covers() -> None:
    report = School().signed()

    assert report.outcome is Outcome.VALID, report.sentence
    assert report.form == "Open Badges 2.0, signed"
    assert verdicts(report)["Proof"] == verdicts(report)["Key"] == "passed"
    assert (report.intact, report.issuer_known) == (Rung.REACHED, Rung.REACHED)
    assert report.facts.name == BADGE["name"]


@pytest.mark.row("B2-004")
def test_a_signature_baked_into_a_picture_is_read() -> None:
    drawn = artwork.Artwork("Looks closely", "School of Looking")
    token = sign(SIGNED).decode()
    png = baking.bake_png(artwork.png(drawn), token, baking.OPEN_BADGES_2)
    svg = baking.bake_svg(artwork.svg(drawn), token, baking.OPEN_BADGES_2).encode()

    for picture in (png, svg):
        report = verify(picture, School().shelf)
        assert report.outcome is Outcome.VALID, report.sentence


@pytest.mark.row("B2-044")
def test_a_signature_by_another_key_is_noticed() -> None:
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    report = verify(sign(SIGNED, stranger), School().shelf)

    assert verdicts(report)["Proof"] == "failed"
    assert report.intact is Rung.MISSED
    assert report.issuer_known is Rung.OPEN


@pytest.mark.row("B2-044")
@pytest.mark.parametrize("words", [b"", b"HostedBadge"])
def test_a_badge_that_says_it_is_signed_and_is_not_is_no_badge(words: bytes) -> None:
    """Neither JSON without a signature, nor a signature whose words say it does not count."""
    hosted = SIGNED | {"verification": {"type": words.decode()}}

    report = verify(sign(hosted) if words else SIGNED, School().shelf)

    assert report.outcome is Outcome.NOT_VALID


def spoiled(row: str, path: str, value: Any, words: str, check: str = "Key") -> Any:
    """One fault of the key: its row, what is changed, what is said."""
    return pytest.param(path, value, words, check, marks=pytest.mark.row(row), id=f"{row}-{path}")


@pytest.mark.parametrize(
    ("path", "value", "words", "check"),
    [
        spoiled("B2-045", "issuer/publicKey", f"{KEY}0", "does not name the key"),
        spoiled("B2-045", "issuer/publicKey", ..., "does not name the key"),
        spoiled("B2-045", "key/owner", "https://other.example/issuer", "does not name this"),
        spoiled("B2-045", "key/id", f"{KEY}0", "another key"),
        spoiled("B2-047", "key/publicKeyPem", ..., "holds no key"),
        spoiled("B2-047", "key/publicKeyPem", "-----BEGIN NONSENSE-----", "cannot be read"),
        spoiled("B2-050", "revoked/revokedAssertions", [{}], "name nothing", "Status"),
        spoiled("B2-051", "revoked/revokedAssertions", ..., "no such list", "Status"),
        spoiled("B2-051", "revoked/issuer", "https://other.example", "another issuer", "Status"),
    ],
)
def test_what_is_wrong_with_the_key_or_the_list_is_said(
    path: str, value: Any, words: str, check: str
) -> None:
    report = School().change(path, value).signed()

    assert words in check_named(report, check).saw
    assert check_named(report, check).verdict != "passed"


@pytest.mark.row("B2-045")
def test_a_key_may_stand_in_the_issuers_profile_itself() -> None:
    school = School()
    school.issuer["publicKey"] = school.key

    assert school.signed().outcome is Outcome.VALID


@pytest.mark.row("B2-046")
def test_a_badge_that_names_no_key_is_not_valid() -> None:
    nameless = SIGNED | {"verification": {"type": "SignedBadge"}}

    report = verify(sign(nameless), School().shelf)

    assert "does not name the key" in check_named(report, "Key").saw


@pytest.mark.row("B2-048")
def test_only_rs256_by_a_long_key_is_read() -> None:
    curve = ec.generate_private_key(ec.SECP256R1())
    assert "RSA" in check_named(School().change("key/publicKeyPem", pem(curve)).signed(), "Key").saw

    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    assert (
        "1024" in check_named(School().change("key/publicKeyPem", pem(short)).signed(), "Key").saw
    )

    other = verify(sign(SIGNED, key(), "PS256"), School().shelf)
    assert "PS256" in check_named(other, "Proof").saw


@pytest.mark.row("B2-049")
@pytest.mark.row("B2-052")
@pytest.mark.parametrize("others", [[], ["urn:uuid:1e0e7a2e-58a4-4b06-9c0d-2f6b1c1f4a51"]])
@pytest.mark.parametrize("member", ["id", "uid"])
def test_a_revoked_badge_is_found_in_a_list_of_one_or_more(others: list[str], member: str) -> None:
    entry = {member: SIGNED["id"], "revocationReason": "By mistake"}
    school = School().change("revoked/revokedAssertions", [*others, entry])

    report = school.signed()

    assert report.outcome is Outcome.NOT_VALID
    assert "By mistake" in check_named(report, "Status").saw


@pytest.mark.row("B2-049")
def test_an_issuer_may_keep_no_list_but_one_that_it_names_must_answer() -> None:
    assert verdicts(School().change("issuer/revocationList", ...).signed())["Status"] == "noted"

    shelf = School().shelf
    del shelf.answers[LIST]
    assert verify(sign(SIGNED), shelf).outcome is Outcome.UNCHECKED


@pytest.mark.row("B2-016")
@pytest.mark.parametrize(
    ("own", "is_right"),
    [
        (SIGNED["id"], True),
        ("https://badges.school.example/1", True),
        ("urn:uuid:1234", False),
        ("number one", False),
    ],
)
def test_a_signed_badge_has_an_id_that_nobody_else_has(own: str, is_right: bool) -> None:
    report = verify(sign(SIGNED | {"id": own}), School().shelf)

    assert (verdicts(report)["Required members"] == "passed") is is_right


@pytest.mark.row("B2-035")
def test_an_issuer_without_an_address_vouches_for_nothing() -> None:
    inside = BADGE | {"id": "urn:uuid:2b0e7a2e-58a4-4b06-9c0d-2f6b1c1f4a51", "issuer": "urn:school"}

    report = verify(sign(SIGNED | {"badge": inside}), School().shelf)

    assert check_named(report, "Issuer").saw == "it is named by no address."

    inside["issuer"] = ISSUER["id"]
    assert verify(sign(SIGNED | {"badge": inside}), School().shelf).outcome is Outcome.VALID
