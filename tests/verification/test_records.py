"""Learner records (CLR 2.0): their own signature, and each badge inside by itself."""

import json
from typing import Any

import pytest

from lti_tool.badges import artwork
from lti_tool.sealing import baking, contexts
from lti_tool.verification.report import Outcome
from tests.badges.workshop import (
    PLACE,
    Shelf,
    Workshop,
    an_award,
    check_named,
    verdicts,
    verify,
)

STACK = "https://cairn.example.org/stacks/1"


def record(workshop: Workshop, *contained: Any, **changes: Any) -> dict[str, Any]:
    """A signed record of the workshop's issuer that holds these credentials."""
    part = next((one["credentialSubject"]["achievement"]["id"] for one in contained), STACK)
    document = {
        "@context": [contexts.CREDENTIALS_V2, contexts.CLR_2, contexts.OPEN_BADGES_3],
        "id": "https://cairn.example.org/records/1",
        "type": ["VerifiableCredential", "ClrCredential"],
        "name": "Teaching mathematics",
        "issuer": {"id": workshop.did, "type": ["Profile"], "name": "An office"},
        "validFrom": "2026-11-20T12:00:00Z",
        "credentialSubject": {
            "type": ["ClrSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "hashed": False,
                    "identityHash": "ada@example.org",
                    "identityType": "emailAddress",
                }
            ],
            "achievement": [
                {
                    "id": STACK,
                    "type": ["Achievement"],
                    "name": "The whole stack",
                    "description": "All of it.",
                    "criteria": {"narrative": "Hold both."},
                }
            ],
            "verifiableCredential": list(contained),
            "association": [
                {
                    "type": ["Association"],
                    "associationType": "isParentOf",
                    "sourceId": STACK,
                    "targetId": part,
                }
            ],
        },
    }
    return workshop.resigned(document | changes)


@pytest.fixture(scope="module")
def badge(workshop: Workshop) -> dict[str, Any]:
    """One badge that records here hold."""
    return workshop.signed()


@pytest.mark.row("B3-061")
def test_a_record_and_every_badge_in_it_are_verified(
    workshop: Workshop, badge: dict[str, Any]
) -> None:
    document = record(workshop, badge, workshop.signed(an_award(level=2)))

    report = verify(document, workshop.shelf(), recipient="ada@example.org")

    assert report.outcome is Outcome.VALID, report.sentence
    assert report.sentence == "This record is genuine and still holds."
    assert report.form == "Comprehensive Learner Record 2.0 with a Data Integrity proof"
    assert verdicts(report)["Badge 1"] == verdicts(report)["Badge 2"] == "passed"
    assert [len(part.report.facts.criteria) for part in report.parts] == [3, 3]
    title = badge["credentialSubject"]["achievement"]["name"]
    assert report.facts.associations == (("The whole stack", "is the parent of", title),)


@pytest.mark.row("B3-061")
def test_a_badge_in_a_record_counts_by_itself(workshop: Workshop, badge: dict[str, Any]) -> None:
    """The bundler's good signature saves neither a forged badge nor a revoked one."""
    forged = json.loads(json.dumps(badge).replace("Proficient", "Exemplary"))

    report = verify(record(workshop, forged), workshop.shelf())
    assert verdicts(report)["Proof"] == "passed"
    assert verdicts(report)["Badge 1"] == "failed"
    assert report.outcome is Outcome.NOT_VALID

    revoked = verify(record(workshop, badge), workshop.shelf(revoked=[PLACE]))
    assert "revoked" in check_named(revoked, "Badge 1").saw
    assert revoked.outcome is Outcome.NOT_VALID


@pytest.mark.row("B3-061")
def test_a_record_that_was_changed_is_noticed(workshop: Workshop, badge: dict[str, Any]) -> None:
    document = record(workshop, badge)
    document["name"] = "Teaching everything"

    report = verify(document, workshop.shelf())

    assert verdicts(report)["Proof"] == "failed"
    assert verdicts(report)["Badge 1"] == "passed"


@pytest.mark.row("B3-061")
@pytest.mark.parametrize(
    ("path", "value", "check"),
    [
        ("type", ["ClrSubject", "Profile"], None),
        ("type", ["Profile"], "Required members"),
        ("verifiableCredential", [], "Required members"),
        ("association", [{"associationType": "hasPart"}], "Required members"),
    ],
)
def test_a_record_has_what_it_must_have(
    workshop: Workshop, badge: dict[str, Any], path: str, value: Any, check: str | None
) -> None:
    document = record(workshop, badge)
    document["credentialSubject"][path] = value

    report = verify(workshop.resigned(document), workshop.shelf())

    assert (report.outcome is Outcome.NOT_VALID) is (check is not None)
    assert check is None or verdicts(report)[check] == "failed"


@pytest.mark.row("B3-061")
def test_a_record_names_its_contexts(workshop: Workshop, badge: dict[str, Any]) -> None:
    without = [contexts.CREDENTIALS_V2, contexts.OPEN_BADGES_3, contexts.OPEN_BADGES_3]
    report = verify(record(workshop, badge, **{"@context": without}), workshop.shelf())
    assert "learner records" in check_named(report, "Contexts").saw

    turned = [contexts.CREDENTIALS_V2, contexts.OPEN_BADGES_3, contexts.CLR_2]
    report = verify(record(workshop, badge, **{"@context": turned}), workshop.shelf())
    assert "order" in check_named(report, "Contexts").saw
    assert report.outcome is Outcome.VALID


@pytest.mark.row("B3-062")
def test_what_is_no_badge_is_named_and_not_looked_into(workshop: Workshop) -> None:
    licence = {
        "@context": [contexts.CREDENTIALS_V2],
        "id": "urn:licence:1",
        "type": ["VerifiableCredential"],
        "credentialSubject": {"achievement": {"id": "urn:x:1"}},
    }

    report = verify(record(workshop, licence), workshop.shelf())

    assert "no badge" in check_named(report, "Badge 1").saw
    assert check_named(report, "Badge 1").verdict == "noted"


def test_badges_as_jwt_are_read_bare_and_in_their_envelope(workshop: Workshop) -> None:
    document = record(workshop)
    token = workshop.token()
    enveloped = {
        "@context": contexts.CREDENTIALS_V2,
        "id": f"data:application/vc+jwt,{token}",
        "type": "EnvelopedVerifiableCredential",
    }
    document["credentialSubject"]["verifiableCredential"] = [enveloped]

    assert verdicts(verify(workshop.resigned(document), workshop.shelf()))["Badge 1"] == "passed"

    document["credentialSubject"]["verifiableCredential"] = [token, token[:-9] + "AAAAAAAAA"]
    found = verdicts(verify(document, workshop.shelf()))
    assert (found["Badge 1"], found["Badge 2"]) == ("passed", "failed")


def test_a_record_is_baked_under_its_own_name(workshop: Workshop, badge: dict[str, Any]) -> None:
    drawn = artwork.Artwork("A record", "An office")
    text = json.dumps(record(workshop, badge))
    png = baking.bake_png(artwork.png(drawn), text, baking.CLR_2)
    svg = baking.bake_svg(artwork.svg(drawn), text, baking.CLR_2).encode()

    assert b"clrcredential" in png
    assert b'xmlns:clr="https://purl.imsglobal.org/clr/v2p0"' in svg
    for picture in (png, svg):
        report = verify(picture, workshop.shelf())
        assert report.outcome is Outcome.VALID, report.sentence
        assert "baked into" in report.form


def test_a_record_of_too_many_badges_is_not_called_valid(workshop: Workshop) -> None:
    report = verify(
        record(
            workshop, *[{"type": "x", "credentialSubject": {"achievement": {"id": "u:1"}}}] * 30
        ),
        Shelf(),
    )

    assert "more than 24" in check_named(report, "Badges").saw
    assert report.outcome is not Outcome.VALID
