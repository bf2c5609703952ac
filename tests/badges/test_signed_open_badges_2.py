"""Open Badges 2.0, signed: what validators want of the token, its key and the revocation list."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwt.api_jws import PyJWS
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.badges import awards, documents, open_badges_2
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import Rendering
from lti_tool.database import sessions
from lti_tool.keyring import KeyState, Purpose, SigningKey
from lti_tool.sealing import baking, jws
from lti_tool.sealing.members import CannotBeSigned
from lti_tool.sealing.members_2 import require_sound
from tests.badges.exhibition import Shown
from tests.badges.workshop import BASE, NOON, Workshop, an_award
from tests.builders import a_credential_version

ADDRESSES = Addresses(BASE)


def _read(token: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and payload of a token."""
    whole = PyJWS().decode_complete(token, options={"verify_signature": False})
    return whole["header"], json.loads(whole["payload"])


@pytest.mark.row("B2-003")
@pytest.mark.row("B2-046")
@pytest.mark.row("B2-048")
def test_the_token_is_rs256_and_its_payload_the_assertion_with_its_creator(
    workshop: Workshop,
) -> None:
    award = an_award()

    header, assertion = _read(workshop.render(award, Rendering.OB2_JWS))

    assert header == {"alg": "RS256"}
    assert assertion["verification"] == {
        "type": "SignedBadge",
        "creator": f"{BASE}/badges/v2/issuers/demonstration/keys/1",
    }
    hosted = open_badges_2.assertion(award, ADDRESSES)
    for member in ("recipient", "badge", "issuedOn", "narrative", "related"):
        assert assertion[member] == hosted[member]
    # What this address answers of a private badge is for its earner only.
    assert "image" not in assertion


@pytest.mark.row("B2-016")
def test_its_id_is_a_random_uuid_and_stays_what_it_is(workshop: Workshop) -> None:
    award, other = an_award(), an_award()

    first, again = (workshop.render(award, Rendering.OB2_JWS) for _ in range(2))

    assert first == again
    own = _read(first)[1]["id"]
    pattern = r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    assert re.fullmatch(pattern, own)
    assert own != ADDRESSES.signed_assertion(other)


@pytest.mark.row("B2-044")
@pytest.mark.row("B2-045")
@pytest.mark.row("B2-047")
@pytest.mark.row("B2-048")
def test_the_key_and_its_issuer_name_each_other_and_the_signature_fits(workshop: Workshop) -> None:
    award = an_award()
    token = workshop.render(award, Rendering.OB2_JWS)
    (number, published), *_ = documents.keys_2(an_award().issuer, workshop.keyring).items()
    key = open_badges_2.key_page(award.issuer, number, published, ADDRESSES)
    issuer = documents.issuer_2(award.issuer, workshop.keyring, ADDRESSES)

    assert key["id"] == issuer["publicKey"] == _read(token)[1]["verification"]["creator"]
    assert key["owner"] == issuer["id"]
    assert (
        issuer["id"]
        == open_badges_2.badge_class(award.credential_version, award.issuer, ADDRESSES)["issuer"]
    )
    public = load_pem_public_key(key["publicKeyPem"].encode())
    PyJWS().decode(token, public, algorithms=["RS256"])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("evil", "1", "/evil is not one of ours"),
        ("recipient/email", "ada@example.org", "/recipient/email is not one of ours"),
        ("verification/creator", ..., "/verification/creator is missing"),
        ("id", "urn:uuid:0190a4f2-7f3c-7cc0-98c4-dc0c0c07398f", "version 4"),
        ("issuedOn", ..., "/issuedOn is missing"),
        ("narrative", "", "/narrative is empty"),
        ("narrative", "\ud800", "cannot be signed"),
        ("narrative", 4, "neither text"),
        ("related", "https://example.org", "not a list"),
        ("recipient", "ada", "does not hold what it should"),
        ("type", "Wizard", "type Wizard"),
        ("@context", "https://example.org/mine", "/@context"),
    ],
)
def test_what_is_not_on_the_list_is_refused_before_signing(
    workshop: Workshop, path: str, value: Any, fault: str
) -> None:
    assertion = open_badges_2.signed_assertion(an_award(), ADDRESSES, 1)
    *way, member = path.split("/")
    place = assertion[way[0]] if way else assertion
    if value is ...:
        del place[member]
    else:
        place[member] = value

    with pytest.raises(CannotBeSigned, match=fault):
        jws.encode(assertion, workshop.keyring.key(Purpose.BADGE_JWS))


@pytest.mark.row("B2-007")
@pytest.mark.row("B2-028")
@pytest.mark.row("B2-030")
@pytest.mark.row("B2-033")
@pytest.mark.row("B2-035")
@pytest.mark.row("B2-036")
@pytest.mark.row("B2-042")
@pytest.mark.row("B2-050")
@pytest.mark.row("B2-051")
@pytest.mark.row("B2-052")
@pytest.mark.row("B2-055")
@pytest.mark.row("B2-060")
def test_everything_we_publish_holds_what_our_classes_hold(workshop: Workshop) -> None:
    version = a_credential_version()
    version.details = {"topics": ["look-closely", "write-it-down"]}
    award = an_award(version)
    issuer = documents.issuer_2(award.issuer, workshop.keyring, ADDRESSES)
    badge = open_badges_2.badge_class(version, award.issuer, ADDRESSES)
    revoked = open_badges_2.revocation_list(award.issuer, [], ADDRESSES)
    (number, key), *_ = documents.keys_2(an_award().issuer, workshop.keyring).items()

    for document in (
        open_badges_2.assertion(award, ADDRESSES),
        open_badges_2.signed_assertion(award, ADDRESSES, 1),
        open_badges_2.revoked_assertion(award, ADDRESSES),
        open_badges_2.key_page(award.issuer, number, key, ADDRESSES),
        issuer,
        badge,
        revoked,
    ):
        assert document["@context"] == "https://w3id.org/openbadges/v2"
        require_sound(document)
    assert badge["image"] == f"{ADDRESSES.achievement(version)}.png"
    assert badge["tags"] == ["look-closely", "write-it-down"]
    assert badge["version"] == "v1"
    assert issuer["id"].startswith("https://")
    assert issuer["related"] == [{"id": f"{BASE}/.well-known/did.json"}]
    assert not {"telephone", "verification"} & set(issuer)
    entries = [entry["id"] for entry in revoked["revokedAssertions"]]
    assert len(set(entries)) == 2
    assert all(entry.startswith("urn:uuid:") for entry in entries)


@pytest.mark.row("B2-049")
@pytest.mark.parametrize(
    ("is_shared", "reason"), [(True, "Made by mistake."), (False, "It was revoked.")]
)
def test_a_revoked_award_stands_on_the_list_with_its_reason_if_it_is_public(
    shown: Shown, is_shared: bool, reason: str
) -> None:
    stranger = shown.stranger()
    address = "/badges/v2/issuers/demonstration/revocations"
    before = json.loads(stranger.get(address).data)["revokedAssertions"]
    with sessions(shown.engine).begin() as session:
        award = shown.award(session)
        own = Addresses("http://localhost:8000").signed_assertion(award)
        if is_shared:
            awards.share(session, award, now=NOON)
        awards.revoke(session, award, reason="Made by mistake.", actor=None, now=NOON)

    answer = stranger.get(address)

    assert own not in [entry["id"] for entry in before]
    entries = json.loads(answer.data)["revokedAssertions"]
    assert entries == [*before, {"id": own, "revocationReason": reason}]
    assert answer.headers["Cache-Control"] == "public, max-age=300"


@pytest.mark.row("B2-004")
def test_it_is_its_earners_until_it_is_shared_and_the_same_in_every_carrier(shown: Shown) -> None:
    endings = (".jws", ".signed.png", ".signed.svg")
    earner, stranger = shown.visitor(shown.ada), shown.stranger()

    token = earner.get(shown.assertion + ".jws")
    baked = [earner.get(shown.assertion + ending).data for ending in endings[1:]]

    assert token.content_type == "text/plain; charset=utf-8"
    for image in baked:
        found = baking.extract(image)
        assert (found.format, found.text.encode()) == (baking.OPEN_BADGES_2, token.data)
    for nobody in (stranger, shown.visitor(shown.ivan)):
        assert {nobody.get(shown.assertion + ending).status_code for ending in endings} == {404}
    with sessions(shown.engine).begin() as session:
        awards.share(session, shown.award(session), now=NOON)
    assert stranger.get(shown.assertion + ".jws").data == token.data


@pytest.mark.row("B2-045")
def test_a_retired_key_keeps_its_page_and_a_compromised_one_loses_it(shown: Shown) -> None:
    stranger = shown.stranger()
    with sessions(shown.engine).begin() as session:
        _key_beside(session, KeyState.RETIRED, 1)
        _key_beside(session, KeyState.REVOKED, 2)

    issuer = json.loads(stranger.get("/badges/v2/issuers/demonstration").data)
    pages = [stranger.get(f"/badges/v2/issuers/demonstration/keys/{number}") for number in range(4)]

    numbers = [address.rpartition("/")[2] for address in issuer["publicKey"]]
    assert numbers == ["1", "2"]
    assert [page.status_code for page in pages] == [404, 200, 200, 404]


def _key_beside(session: Session, state: KeyState, number: int) -> None:
    """Another key of this purpose that there once was."""
    active = session.scalars(
        select(SigningKey).where(SigningKey.purpose == Purpose.BADGE_JWS).order_by(SigningKey.id)
    ).first()
    assert active is not None
    session.add(
        SigningKey(
            kid=f"key-{number}",
            purpose=Purpose.BADGE_JWS,
            algorithm="RS256",
            public_jwk=active.public_jwk,
            made_at=NOON - timedelta(days=number),
            state=state,
        )
    )
