"""Open Badges 2.0: what we host, and what we believe of what others host."""

import json
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from lti_tool.badges import artwork, open_badges_2
from lti_tool.badges.addresses import Addresses
from lti_tool.sealing import baking
from lti_tool.verification import checking
from lti_tool.verification.report import Outcome, Report
from tests.badges.workshop import BASE, LATER, Shelf, an_award, check_named, verdicts

ADDRESSES = Addresses(BASE)
AWARD = an_award()
ASSERTION = open_badges_2.assertion(AWARD, ADDRESSES)
BADGE = open_badges_2.badge_class(AWARD.credential_version, AWARD.issuer, ADDRESSES)
ISSUER = open_badges_2.issuer_profile(AWARD.issuer, ADDRESSES)


def _shelf(**changed: Any) -> Shelf:
    """The three documents as their addresses answer them, with members changed by `a__member`."""
    documents = {"assertion": ASSERTION, "badge": BADGE, "issuer": ISSUER}
    documents = {name: deepcopy(document) for name, document in documents.items()}
    for path, value in changed.items():
        name, *way = path.split("__")
        place = documents[name]
        for step in way[:-1]:
            place = place[step]
        if value is ...:
            del place[way[-1]]
        else:
            place[way[-1]] = value
    shelf = Shelf()
    for original, name in ((ASSERTION, "assertion"), (BADGE, "badge"), (ISSUER, "issuer")):
        shelf.put(original["id"], documents[name])
    return shelf


def verify(shelf: Shelf, document: Any = None, **options: Any) -> Report:
    data = json.dumps(document or {"type": "Assertion", "id": ASSERTION["id"]}).encode()
    return checking.check_file(data, shelf, **{"now": LATER, **options})


@pytest.mark.row("B2-001")
@pytest.mark.row("B2-002")
def test_what_is_hosted_counts_and_not_what_was_handed_in() -> None:
    handed_in = {**ASSERTION, "issuedOn": "1999-01-01T00:00:00Z"}

    report = verify(_shelf(), handed_in)

    assert report.outcome is Outcome.VALID, report.sentence
    assert report.facts.issued == "2026-11-20T12:00:00Z"
    assert report.facts.name == BADGE["name"]


@pytest.mark.row("B2-001")
def test_an_address_is_enough() -> None:
    report = checking.check_address(ASSERTION["id"], _shelf(), now=LATER)

    assert report.outcome is Outcome.VALID


@pytest.mark.row("B2-004")
def test_a_baked_picture_is_enough() -> None:
    drawn = artwork.artwork_of_award(AWARD)
    text = json.dumps(ASSERTION)
    png = baking.bake_png(artwork.png(drawn), text, baking.OPEN_BADGES_2)
    svg = baking.bake_svg(artwork.svg(drawn), text, baking.OPEN_BADGES_2).encode()

    for data in (png, svg):
        assert checking.check_file(data, _shelf(), now=LATER).outcome is Outcome.VALID


@pytest.mark.row("B2-006")
def test_an_address_nobody_answers_leaves_it_unchecked() -> None:
    assert verify(Shelf()).outcome is Outcome.UNCHECKED


@pytest.mark.row("B2-009")
def test_an_address_that_answers_with_another_badge_is_refused() -> None:
    report = verify(_shelf(assertion__id=f"{BASE}/badges/v2/assertions/other"))

    assert verdicts(report)["Hosted copy"] == "failed"


def case(row: str, path: str, value: Any, check: str = "Required members") -> Any:
    """One broken rule: the row it stands for, what is changed, and the check that notices."""
    return pytest.param(path, value, check, marks=pytest.mark.row(row), id=f"{row}-{path}")


@pytest.mark.parametrize(
    ("path", "value", "check"),
    [
        case("B2-010", "assertion__id", ..., "Hosted copy"),
        case("B2-011", "assertion__type", "Wizard"),
        case("B2-012", "assertion__recipient", ...),
        case("B2-013", "assertion__badge", ...),
        case("B2-014", "assertion__verification", ...),
        case("B2-015", "assertion__issuedOn", ...),
        case("B2-017", "assertion__issuedOn", "2026-11-20T12:00:00", "Dates"),
        case("B2-018", "assertion__issuedOn", "2027-01-01T00:00:00Z", "Dates"),
        case("B2-019", "assertion__expires", "2026-11-19T12:00:00Z", "Dates"),
        case("B2-020", "assertion__expires", "2026-11-20T18:00:00Z", "Dates"),
        case("B2-021", "assertion__recipient__type", "shoe-size"),
        case("B2-022", "assertion__recipient__hashed", ...),
        case("B2-023", "assertion__recipient__identity", "ada@example.org"),
        case("B2-024", "assertion__recipient__hashed", False),
        case("B2-026", "badge__name", ..., "Badge class"),
        case("B2-026", "badge__description", ..., "Badge class"),
        case("B2-026", "badge__criteria", ..., "Badge class"),
        case("B2-026", "badge__issuer", ..., "Badge class"),
        case("B2-027", "badge__image", ..., "Badge class"),
        case("B2-031", "badge__criteria", {"type": "Criteria"}, "Badge class"),
        case("B2-032", "badge__alignment", [{"targetName": "x"}], "Badge class"),
        case("B2-034", "issuer__email", ..., "Issuer"),
        case("B2-034", "issuer__url", "mailto:someone", "Issuer"),
        case("B2-037", "issuer__type", "Wizard", "Issuer"),
        case("B2-038", "issuer__verification", {"startsWith": f"{BASE}/elsewhere/"}, "Origin"),
        case("B2-039", "issuer__verification", {"allowedOrigins": "other.example"}, "Origin"),
        case("B2-043", "assertion__verification", {"type": "Hearsay"}),
    ],
)
def test_what_breaks_a_rule_is_not_valid(path: str, value: Any, check: str) -> None:
    report = verify(_shelf(**{path: value}))

    assert "failed" in [one.verdict for one in report.checks if one.name == check]
    assert report.outcome is Outcome.NOT_VALID


@pytest.mark.row("B2-040")
def test_a_badge_on_another_port_than_its_issuer_is_refused() -> None:
    elsewhere = ASSERTION["id"].replace("cairn.example.org", "cairn.example.org:8443")
    shelf = _shelf().put(elsewhere, {**ASSERTION, "id": elsewhere})

    report = verify(shelf, {"type": "Assertion", "id": elsewhere})

    assert verdicts(report)["Origin"] == "failed"


@pytest.mark.row("B2-057")
@pytest.mark.parametrize("status", [410, 200])
def test_a_revoked_badge_is_not_valid(status: int) -> None:
    gone = open_badges_2.revoked_assertion(AWARD, ADDRESSES) | {"revocationReason": "By mistake"}
    shelf = _shelf().put(ASSERTION["id"], gone, status)

    report = verify(shelf)

    assert report.outcome is Outcome.NOT_VALID
    assert "By mistake" in check_named(report, "Hosted copy").saw


def test_a_private_badge_is_not_called_wrong() -> None:
    shelf = _shelf().put(ASSERTION["id"], b"", 404)

    assert verify(shelf).outcome is Outcome.UNCHECKED


@pytest.mark.row("B2-053")
def test_the_recipient_is_told_by_address() -> None:
    assert verify(_shelf(), recipient="ada@example.org").outcome is Outcome.VALID
    assert verdicts(verify(_shelf(), recipient="ivan@example.org"))["Recipient"] == "failed"


def test_the_clock_of_another_house_may_be_a_little_ahead() -> None:
    early = LATER - timedelta(days=1, minutes=3)

    assert verify(_shelf(), now=early).outcome is Outcome.VALID
