"""Badges that another library made, read here."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from openbadgeslib.ob2.models import Assertion, Verification
from openbadgeslib.ob2.models import IdentityObject as Identity2
from openbadgeslib.ob2.signer import OB2Signer
from openbadgeslib.ob3 import clr, ldp
from openbadgeslib.ob3.credential import (
    Achievement,
    IdentityObject,
    Issuer,
    OpenBadgeCredential,
    Result,
    ResultDescription,
)

from lti_tool import multibase
from lti_tool.badges import artwork
from lti_tool.sealing import contexts, proofs
from lti_tool.verification.report import Outcome, Rung
from tests.badges.workshop import NOON, Shelf, check_named, verdicts, verify
from tests.sealing.test_canonical import by_pyld
from tests.verification.school import BADGE, KEY, SIGNED, School, key

PRIVATE = ed25519.Ed25519PrivateKey.from_private_bytes(b"another house's key, 32 bytes ok")
PEM = PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
MULTIKEY = multibase.ed25519_multikey(
    PRIVATE.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
)
DID = f"did:key:{MULTIKEY}"


def credential() -> OpenBadgeCredential:
    """A badge with a percentage and an earner named by a hash."""
    percent = ResultDescription(
        "https://other.example/a/1#percent", "Percent", "Percent", value_min="0", value_max="100"
    )
    return OpenBadgeCredential(
        issuer=Issuer(DID, "Another house"),
        recipient_id=None,
        achievement=Achievement(
            "https://other.example/a/1",
            "Señala bien",
            "Points at what matters.",
            "Point.",
            result_descriptions=[percent],
        ),
        identifiers=[IdentityObject.create("ada@example.org", "salt")],
        results=[Result(value="92", result_description=percent.id)],
        issuance_date=NOON,
    )


def signed() -> dict[str, Any]:
    """The badge with the library's own Data Integrity proof."""
    return ldp.OB3LdpSigner(PEM).sign(credential(), created=NOON)


def test_a_badge_of_openbadgeslib_verifies_as_json_and_in_pictures() -> None:
    drawn = artwork.Artwork("Another", "Another house")
    signer = ldp.OB3LdpSigner(PEM)
    files = (
        json.dumps(signed()).encode(),
        signer.sign_into_png(credential(), artwork.png(drawn)),
        signer.sign_into_svg(credential(), artwork.svg(drawn).encode()),
    )

    for data in files:
        report = verify(data, Shelf(), recipient="ada@example.org")
        assert report.outcome is Outcome.VALID, report.sentence
        assert (report.intact, report.issuer_known) == (Rung.REACHED, Rung.MISSED)
        (score,) = report.facts.scores
        assert (score.name, score.value, score.highest) == ("Percent", "92", "100")


def test_the_one_badge_of_a_wallets_presentation_is_looked_at() -> None:
    export = {"type": ["VerifiablePresentation"], "verifiableCredential": [signed()]}

    report = verify(export, Shelf())
    assert report.outcome is Outcome.VALID, report.sentence
    assert check_named(report, "Presentation").verdict == "noted"

    assert verify(export | {"verifiableCredential": []}, Shelf()).outcome is Outcome.NOT_VALID


def test_a_badge_cannot_write_the_page() -> None:
    document = signed() | {"name": "x" * 100_000, "type": ["VerifiableCredential", "y" * 100_000]}

    report = verify(document, Shelf())

    assert len(json.dumps(report.as_json())) < 20_000


@pytest.mark.row("B3-061")
def test_a_record_of_openbadgeslib_verifies_with_what_it_holds() -> None:
    identifier = IdentityObject.create("ada@example.org", "salt").to_dict()
    document = clr.build_clr_credential(
        {"id": DID, "type": ["Profile"], "name": "Another house"},
        [identifier],
        [signed(), signed()],
        credential_id="urn:uuid:0a3f2c9e-3d6e-4d8c-9c5a-4a5f0f5b1d11",
        valid_from=NOON,
    )
    record = clr.sign_clr_credential(document, PEM, f"{DID}#{MULTIKEY}")

    report = verify(record, Shelf())

    assert report.outcome is Outcome.VALID, report.sentence
    assert [part.report.outcome for part in report.parts] == [Outcome.VALID] * 2


@pytest.mark.row("B2-003")
def test_a_signed_2_0_badge_of_openbadgeslib_verifies() -> None:
    assertion = Assertion(
        id=SIGNED["id"],
        recipient=Identity2.create("ada@example.org", "salt"),
        badge=BADGE["id"],
        verification=Verification(type="SignedBadge", creator=KEY),
        issued_on=datetime(2026, 11, 20, 12, tzinfo=UTC),
    )
    pem = key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    report = verify(OB2Signer(pem).sign(assertion).encode(), School().shelf)

    assert report.outcome is Outcome.VALID, report.sentence


@pytest.mark.row("B3-028")
@pytest.mark.row("B3-063")
def test_the_older_suite_over_the_first_data_model_is_read() -> None:
    """Ed25519Signature2020, its two hashes made from PyLD's canonical forms."""
    left_out = ("proof", "credentialSchema")
    document = {name: one for name, one in signed().items() if name not in left_out}
    named = [
        contexts.CREDENTIALS_V1,
        contexts.OPEN_BADGES_3.replace("3.0.3", "3.0.1"),
        contexts.ED25519_2020,
    ]
    document |= {"@context": named, "issuanceDate": document.pop("validFrom")}
    proof = {
        "type": proofs.OLDER_SUITE,
        "created": "2026-11-20T12:00:00Z",
        "verificationMethod": f"{DID}#{MULTIKEY}",
        "proofPurpose": "assertionMethod",
    }
    both = b"".join(_digest(one) for one in ({**proof, "@context": named}, document))
    document["proof"] = {**proof, "proofValue": multibase.encode(PRIVATE.sign(both))}

    report = verify(document, Shelf())
    assert report.outcome is Outcome.VALID, report.sentence
    assert proofs.OLDER_SUITE in check_named(report, "Proof").saw

    document["issuanceDate"] = "2026-11-19T12:00:00Z"
    assert verdicts(verify(document, Shelf()))["Proof"] == "failed"


def _digest(document: dict[str, Any]) -> bytes:
    return hashlib.sha256(by_pyld(document).encode("utf-8")).digest()


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"created": "2026-11-20T12:00:00.123Z"},
        {"created": "2026-11-20T12:00:00-07:00"},
        {"verificationMethod": "did:web:other.example%3A8443:issuers:x#key-1"},
        {"verificationMethod": "https://other.example/keys/~a_b.c/../d#1"},
        {"expires": "2027-01-01T00:00:00Z"},
        {"created": None},
    ],
)
def test_the_quick_digest_of_a_proofs_options_is_that_of_pyld(changes: dict[str, Any]) -> None:
    document = signed()
    proof = {
        name: value
        for name, value in ({**document["proof"], **changes}).items()
        if value is not None
    }
    options = {name: value for name, value in proof.items() if name != "proofValue"}

    assert proofs._digest_of_options(document, proof) == _digest(
        {**options, "@context": document["@context"]}
    )
