"""Open Badges 2.0 of other houses: each rule of its documents, broken once."""

from typing import Any

import pytest

from lti_tool.verification import checking
from lti_tool.verification.report import Outcome
from tests.badges.workshop import LATER, check_named, verdicts, verify
from tests.verification.school import (
    ASSERTION,
    ENDORSEMENT,
    HOST,
    IMAGE,
    RECIPIENT,
    School,
)

EXTENSION = {
    "@context": "https://badgespec.org/extensions/hours",
    "type": ["Extension", "extensions:Hours"],
    "hours": 30,
}


def test_a_badge_of_another_house_that_breaks_no_rule_is_valid() -> None:
    report = School().hosted()

    assert report.outcome is Outcome.VALID, report.sentence
    assert set(verdicts(report).values()) == {"passed"}


def broken(row: str, path: str, value: Any, check: str, verdict: str = "failed") -> Any:
    """One rule: its row, what is changed, which check notices and how."""
    marks = pytest.mark.row(row)
    return pytest.param(path, value, check, verdict, marks=marks, id=f"{row}-{path}-{value!r}"[:60])


@pytest.mark.parametrize(
    ("path", "value", "check", "verdict"),
    [
        broken("B2-007", "assertion/@context", "https://example.org/x", "Contexts", "noted"),
        broken("B2-008", "assertion/@context", 7, "Contexts"),
        broken(
            "B2-016", "badge/@context", "https://w3id.org/openbadges/v1", "Badge class", "passed"
        ),
        broken(
            "B2-025", "assertion/recipient", RECIPIENT | {"identity": "Ada"}, "Required members"
        ),
        broken("B2-028", "badge/image", [IMAGE, IMAGE], "Badge class"),
        broken("B2-029", "badge/image", f"{HOST}/gone.png", "Picture", "noted"),
        broken("B2-030", "assertion/image", "data:image/png;base64,AA", "Required members"),
        broken("B2-030", "badge/image", "data:image/gif;base64,AA", "Badge class"),
        broken("B2-030", "badge/image", "data:image/png;base64,AA", "Badge class", "passed"),
        broken("B2-033", "badge/tags", ["looking", 7], "Badge class"),
        broken("B2-035", "badge/issuer", "urn:school", "Issuer"),
        broken("B2-036", "issuer/telephone", "call us", "Issuer"),
        broken("B2-036", "issuer/telephone", "+15055550123", "Issuer", "passed"),
        broken("B2-041", "issuer/verification", {"allowedOrigins": "localhost:8"}, "Issuer"),
        broken("B2-042", "issuer/verification", {"startsWith": "badges/"}, "Issuer"),
        broken("B2-055", "badge/related", [{"id": "that one"}], "Badge class"),
        broken("B2-055", "issuer/endorsement", ["somebody's"], "Issuer"),
        broken("B2-056", "badge/extensions:Hours", EXTENSION, "Extensions", "noted"),
        broken("B2-056", "badge/extensions:Hours", {"type": ["Extension"]}, "Badge class"),
        broken("B2-058", "assertion/evidence", [{"id": "my work"}], "Required members"),
        broken("B2-058", "assertion/evidence", [{"narrative": 7}], "Required members"),
        broken("B2-059", "badge/@language", "the King's English", "Badge class"),
        broken("B2-059", "badge/@language", "es-MX", "Badge class", "passed"),
        broken("B2-060", "badge/version", ["1"], "Badge class"),
        broken("B2-060", "badge/version", 1.5, "Badge class", "passed"),
    ],
)
def test_a_broken_rule_is_noticed(path: str, value: Any, check: str, verdict: str) -> None:
    report = School().change(path, value).hosted()

    assert verdict in [one.verdict for one in report.checks if one.name == check]
    assert (report.outcome is Outcome.NOT_VALID) is (verdict == "failed")


@pytest.mark.row("B2-005")
@pytest.mark.parametrize("body", [b"<!doctype html><p>Please sign in.</p>", b"GIF89a", b""])
def test_an_address_that_answers_with_something_else_is_no_badge(body: bytes) -> None:
    shelf = School().shelf.put(ASSERTION["id"], body)

    report = checking.check_address(ASSERTION["id"], shelf, now=LATER)

    assert report.outcome is Outcome.NOT_VALID
    assert check_named(report, "Format").verdict == "failed"


@pytest.mark.row("B2-002")
def test_a_copy_that_was_changed_is_told_apart_from_what_counts() -> None:
    report = verify({**ASSERTION, "narrative": "With distinction."}, School().shelf)

    assert "narrative" in check_named(report, "Handed in").saw
    assert report.outcome is Outcome.VALID


@pytest.mark.row("B2-009")
def test_the_id_an_address_answers_with_is_asked_in_turn() -> None:
    former = f"{HOST}/old/1"
    shelf = School().shelf.put(former, ASSERTION)

    report = verify({"type": "Assertion", "id": former}, shelf)

    assert report.outcome is Outcome.VALID, report.sentence
    assert check_named(report, "Address").verdict == "noted"


@pytest.mark.row("B2-054")
@pytest.mark.row("B2-055")
def test_an_endorsement_is_asked_for_at_its_own_address() -> None:
    school = School().change("badge/endorsement", [ENDORSEMENT["id"]])
    assert "They do look closely" in check_named(school.hosted(), "Endorsement").saw

    # Said of another badge
    school.change("endorsement/claim", {"id": f"{HOST}/other"})
    assert "something else" in check_named(school.hosted(), "Endorsement").saw

    # Written by nobody of this host
    school.change("endorsement/issuer", "https://other.example/issuer")
    assert verdicts(school.hosted())["Endorsement"] == "noted"

    # Revoked
    shelf = school.shelf.put(ENDORSEMENT["id"], {"id": ENDORSEMENT["id"], "revoked": True}, 410)
    report = verify({"type": "Assertion", "id": ASSERTION["id"]}, shelf)
    assert "no longer holds" in check_named(report, "Endorsement").saw
    assert report.outcome is Outcome.VALID


@pytest.mark.row("B2-054")
@pytest.mark.parametrize("member", ["id", "type", "claim", "issuedOn", "issuer", "verification"])
def test_an_endorsement_by_itself_has_what_it_must_have(member: str) -> None:
    school = School()
    own = {"type": "Endorsement", "id": ENDORSEMENT["id"]}
    report = verify(own, school.shelf)
    assert report.outcome is Outcome.VALID, report.sentence
    assert report.sentence == "This endorsement is genuine and still holds."

    assert (
        verify(own, school.change(f"endorsement/{member}", ...).shelf).outcome is not Outcome.VALID
    )
