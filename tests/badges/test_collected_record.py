"""All badges of one person as learner records, as large as libraries read them."""

import json
from typing import Any

import pytest

from lti_tool.badges import awards, collected_record
from lti_tool.sealing import did_documents
from lti_tool.verification import checking
from lti_tool.verification.report import Outcome
from lti_tool.verification.sources import World
from tests.badges.conftest import addresses, keyring
from tests.badges.judges.outside import Case, pyld
from tests.badges.workshop import LATER, NOON
from tests.stacks.test_stack_badges import Earned, earned

__all__ = ["addresses", "earned", "keyring"]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def made(earned: Earned, **options: int) -> list[bytes]:
    """The records of everything Ada has."""
    published = earned.published
    return collected_record.records(
        earned.session,
        [earned.badge, *earned.parts],
        issuer=published.default_issuer(),
        keyring=published.keyring,
        addresses=published.addresses,
        **options,
    )


def inside(record: bytes) -> dict[str, Any]:
    """The subject of a record."""
    subject: dict[str, Any] = json.loads(record)["credentialSubject"]
    return subject


@pytest.mark.row("B3-061")
def test_one_record_holds_every_badge_as_it_was_signed_and_how_they_belong_together(
    earned: Earned,
) -> None:
    (record,) = made(earned)

    report = checking.check_file(record, World(own=earned.published), now=LATER)
    assert report.outcome is Outcome.VALID, report.checks
    assert [part.report.outcome for part in report.parts] == [Outcome.VALID] * 5
    assert len(report.facts.associations) == 2 * len(earned.parts)
    assert made(earned) == [record]  # the same badges, the same bytes
    issuer = json.loads(record)["issuer"]["id"]
    did = earned.published.did_document(earned.published.default_issuer())
    case = Case(record.decode(), issuer, {did_documents.web_address(issuer): did}, LATER)
    assert pyld(case) is None


def test_what_was_taken_back_is_left_out_and_what_is_too_much_is_split(earned: Earned) -> None:
    lost = earned.parts[0]
    awards.revoke(earned.session, lost, reason="By mistake.", actor=None, now=NOON)

    records = made(earned, most=3)

    assert [len(inside(one)["verifiableCredential"]) for one in records] == [3, 1]
    held = [
        badge["id"].rsplit("/", 1)[-1]
        for one in records
        for badge in inside(one)["verifiableCredential"]
    ]
    assert held == [earned.badge.public_id, *(part.public_id for part in earned.parts[1:])]
    assert len(inside(records[0])["association"]) == 4
    assert "association" not in inside(records[1])
    assert len({json.loads(one)["id"] for one in records}) == 2


def test_without_a_badge_there_is_no_record(earned: Earned) -> None:
    earned.parts.clear()
    awards.revoke(earned.session, earned.badge, reason="By mistake.", actor=None, now=NOON)

    assert made(earned) == []
