"""Endorsements inside a badge: each verified by itself, by its own issuer's key."""

import json
from typing import Any

import pytest
from jwt.api_jws import PyJWS

from lti_tool.sealing import contexts
from lti_tool.verification.report import Outcome
from tests.badges.workshop import PLACE, Workshop, check_named, verdicts, verify


def endorsement(workshop: Workshop, of: str, **changes: Any) -> dict[str, Any]:
    """A signed endorsement by the workshop's issuer."""
    return workshop.resigned(
        {
            "@context": [contexts.CREDENTIALS_V2, contexts.OPEN_BADGES_3],
            "id": "https://cairn.example.org/endorsements/1",
            "type": ["VerifiableCredential", "EndorsementCredential"],
            "name": "Endorsed by those who hire",
            "issuer": {"id": workshop.did, "type": ["Profile"], "name": "Those who hire"},
            "validFrom": "2026-11-20T12:00:00Z",
            "credentialSubject": {
                "id": of,
                "type": ["EndorsementSubject"],
                "endorsementComment": "We look for this.",
            },
            **changes,
        }
    )


def endorsed(workshop: Workshop, *, about: str = "", **changes: Any) -> dict[str, Any]:
    """A badge whose achievement carries an endorsement, signed with it."""
    document = workshop.signed()
    achievement = document["credentialSubject"]["achievement"]
    achievement["endorsement"] = [endorsement(workshop, about or achievement["id"], **changes)]
    return document


@pytest.mark.row("B3-059")
def test_an_endorsement_is_verified_and_shown(workshop: Workshop) -> None:
    report = verify(workshop.resigned(endorsed(workshop)), workshop.shelf())

    assert report.outcome is Outcome.VALID, report.sentence
    assert check_named(report, "Endorsement").saw == (
        "by Those who hire: genuine. We look for this."
    )
    (part,) = report.parts
    assert verdicts(part.report)["Proof"] == "passed"


@pytest.mark.row("B3-059")
def test_a_forged_endorsement_makes_the_badge_not_valid(workshop: Workshop) -> None:
    document = endorsed(workshop)
    forged = document["credentialSubject"]["achievement"]["endorsement"][0]
    forged["credentialSubject"]["endorsementComment"] = "We look for nothing else."

    report = verify(workshop.resigned(document), workshop.shelf())

    assert verdicts(report)["Proof"] == "passed"
    assert verdicts(report)["Endorsement"] == "failed"
    assert report.outcome is Outcome.NOT_VALID


@pytest.mark.row("B3-059")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"validUntil": "2026-11-20T13:00:00Z"}, "no longer holds"),
        ({"about": "https://example.org/another"}, "something else"),
    ],
)
def test_what_merely_ended_takes_nothing_from_the_badge(
    workshop: Workshop, changes: dict[str, Any], words: str
) -> None:
    report = verify(workshop.resigned(endorsed(workshop, **changes)), workshop.shelf())

    assert words in check_named(report, "Endorsement").saw
    assert report.outcome is Outcome.VALID


@pytest.mark.row("B3-059")
def test_nobody_endorses_in_anothers_name(workshop: Workshop) -> None:
    harvard = {"id": "did:web:harvard.example", "type": ["Profile"], "name": "Harvard"}

    report = verify(workshop.resigned(endorsed(workshop, issuer=harvard)), workshop.shelf())

    assert verdicts(report)["Endorsement"] == "failed"


@pytest.mark.row("B3-059")
@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("type", ["VerifiableCredential"]),
        ("credentialSubject", {"id": "urn:x:1", "type": ["Achievement"]}),
        ("credentialSubject", {"type": ["EndorsementSubject"]}),
        ("@context", [contexts.CREDENTIALS_V2]),
        ("validFrom", "2027-11-20T12:00:00"),
    ],
)
def test_an_endorsement_that_breaks_a_rule_is_not_valid(
    workshop: Workshop, member: str, value: Any
) -> None:
    good = endorsement(workshop, "urn:x:1")
    assert verify(good, workshop.shelf()).sentence == (
        "This endorsement is genuine and still holds."
    )

    report = verify(endorsement(workshop, "urn:x:1", **{member: value}), workshop.shelf())

    assert report.outcome is Outcome.NOT_VALID


@pytest.mark.row("B3-060")
def test_endorsements_as_jwt_are_verified_in_a_jwt(workshop: Workshop) -> None:
    kid = f"{workshop.did}#{workshop.jwt_key.kid}"
    claims = {**workshop.signed(), "iss": workshop.did}
    del claims["proof"]
    inner = {**endorsement(workshop, claims["id"]), "iss": workshop.did}
    del inner["proof"]
    token = _encoded(workshop, inner, kid)

    for endorsements, verdict in (([token], "passed"), ([token[:-8]], "failed"), (["x"], "failed")):
        claims["endorsementJwt"] = endorsements
        report = verify(_encoded(workshop, claims, kid).encode(), workshop.shelf())
        assert verdicts(report)["Endorsement"] == verdict


def _encoded(workshop: Workshop, claims: dict[str, Any], kid: str) -> str:
    return PyJWS().encode(
        json.dumps(claims).encode(),
        workshop.jwt_key.private,
        algorithm="ES256",
        headers={"kid": kid, "typ": "JWT"},
    )


def test_no_more_endorsements_are_followed_than_a_page_has_time_for(workshop: Workshop) -> None:
    document = workshop.signed()
    document["endorsement"] = [{"type": ["EndorsementCredential"]}] * 300
    document["endorsement"][0] = {
        "type": ["EndorsementCredential"],
        "endorsement": document["endorsement"][1:5],
    }

    report = verify(document, workshop.shelf())

    assert len(report.parts) == 8
    assert "292 more" in check_named(report, "Endorsements").saw


def test_the_endorsement_of_a_revoked_badge_does_not_save_it(workshop: Workshop) -> None:
    report = verify(workshop.resigned(endorsed(workshop)), workshop.shelf(revoked=[PLACE]))

    assert verdicts(report)["Endorsement"] == "passed"
    assert report.outcome is Outcome.NOT_VALID
