"""Badges checked by a library that is not ours: `openbadgeslib`, with its own loader."""

import json
from typing import Any

import pytest
from openbadgeslib.errors import LibOpenBadgesException
from openbadgeslib.ob3.ldp import OB3LdpVerifier
from openbadgeslib.ob3.verifier import OB3VerificationError, OB3Verifier

from lti_tool.badges import artwork
from lti_tool.sealing import baking
from tests.badges.workshop import BASE, PLACE, Workshop, an_award
from tests.builders import a_credential_version
from tests.sealing.test_canonical import TITLES


def _download(workshop: Workshop, revoked: tuple[int, ...] = ()) -> Any:
    """The loader of the outside verifier, mapped to our documents."""
    shelf = workshop.shelf(revoked)

    def download(url: str, *_: Any, **__: Any) -> bytes:
        return shelf.get(url).body

    return download


@pytest.mark.row("B3-036")
@pytest.mark.parametrize("title", TITLES)
def test_the_data_integrity_proof_is_accepted(workshop: Workshop, title: str) -> None:
    award = an_award(a_credential_version(title=title))

    found = OB3LdpVerifier().verify(
        json.dumps(workshop.signed(award)), download=_download(workshop)
    )

    assert found.id == f"{BASE}/badges/{award.public_id}"


@pytest.mark.row("B3-044")
@pytest.mark.parametrize("title", TITLES)
def test_the_jwt_is_accepted(workshop: Workshop, title: str) -> None:
    award = an_award(a_credential_version(title=title))
    download = _download(workshop)

    found = OB3Verifier.for_issuer_did(workshop.did, download=download).verify(
        workshop.token(award), download=download
    )

    assert found.id == f"{BASE}/badges/{award.public_id}"


def test_a_badge_taken_out_of_its_picture_is_accepted(workshop: Workshop) -> None:
    award = an_award()
    drawn = artwork.artwork_of_award(award)
    text = json.dumps(workshop.signed(award))
    png = baking.bake_png(artwork.png(drawn), text)
    svg = baking.bake_svg(artwork.svg(drawn), text).encode()

    for found in (
        OB3Verifier.extract_token_from_png(png),
        OB3Verifier.extract_token_from_svg(svg),
    ):
        OB3LdpVerifier().verify(found, download=_download(workshop))


@pytest.mark.row("B3-055")
def test_the_status_list_is_understood(workshop: Workshop) -> None:
    signed = json.dumps(workshop.signed())

    OB3LdpVerifier().verify(
        signed, check_status=True, verify_status_list=False, download=_download(workshop)
    )
    with pytest.raises(OB3VerificationError, match="revocation"):
        OB3LdpVerifier().verify(
            signed,
            check_status=True,
            verify_status_list=False,
            download=_download(workshop, (PLACE,)),
        )


def test_a_changed_word_is_noticed_by_the_outside_verifier_too(workshop: Workshop) -> None:
    signed = workshop.signed()
    signed["credentialSubject"]["result"][0]["value"] = "4"

    with pytest.raises(LibOpenBadgesException):
        OB3LdpVerifier().verify(json.dumps(signed), download=_download(workshop))
