"""Revocation: our list as the standard wants it, other people's read with care."""

import base64
import json
import zlib
from typing import Any

import pytest

from lti_tool.sealing import bitstrings, proofs
from lti_tool.verification.report import Outcome
from tests.badges.workshop import (
    BASE,
    PLACE,
    Shelf,
    Workshop,
    check_named,
    verdicts,
    verify,
)


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
    forged["credentialSubject"]["encodedList"] = bitstrings.encode([])
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
    encoded = bitstrings.encode([0, 9, 131_071])
    packed = base64.urlsafe_b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4))
    bits = zlib.decompress(packed, wbits=31)

    assert encoded.startswith("u")
    assert not encoded.endswith("=")
    assert (bits[0], bits[1], bits[-1]) == (0b1000_0000, 0b0100_0000, 0b0000_0001)
    assert [bitstrings.is_set(encoded, place) for place in (0, 1, 9, 131_071)] == [
        True,
        False,
        True,
        True,
    ]


@pytest.mark.row("B3-053")
def test_a_list_too_short_to_hide_in_is_refused() -> None:
    with pytest.raises(bitstrings.ListWrong, match="fewer"):
        bitstrings.is_set(bitstrings.encode([], 8 * 1024), 0)


@pytest.mark.row("B3-054")
@pytest.mark.parametrize("place", [-1, 131_072, 10**12])
def test_a_place_outside_the_list_is_refused(place: int) -> None:
    with pytest.raises(bitstrings.ListWrong, match="outside"):
        bitstrings.is_set(bitstrings.encode([]), place)


@pytest.mark.row("B3-052")
@pytest.mark.parametrize("encoded", ["", "z123", "u!!!", "uAAAA", "uH4sIAAAA"])
def test_a_list_that_cannot_be_unpacked_is_refused(encoded: str) -> None:
    with pytest.raises(bitstrings.ListWrong):
        bitstrings.is_set(encoded, 0)


def test_a_list_that_unfolds_without_end_is_refused() -> None:
    bomb = bitstrings.encode([], length=8 * (bitstrings.LARGEST + 1024))

    with pytest.raises(bitstrings.ListWrong, match="too large"):
        bitstrings.is_set(bomb, 0)


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
