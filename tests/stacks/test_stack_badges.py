"""An awarded stack is a badge like any other, and a record of its parts (CLR 2.0)."""

import json
from dataclasses import dataclass

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.badges import (
    artwork,
    awards,
    documents,
    open_badges_3,
    personal_data,
    stack_achievement,
    stack_badges,
)
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import (
    KEPT,
    Award,
    AwardState,
    Badge,
    Rendering,
    SignedDocument,
    StackBadge,
)
from lti_tool.badges.published import Published
from lti_tool.errors import NotFound
from lti_tool.keyring import Keyring
from lti_tool.people.models import Person
from lti_tool.people.personal_data import Identity, Plan
from lti_tool.sealing import baking
from lti_tool.sharing import pages
from lti_tool.stacks import proposals
from lti_tool.stacks.models import ProposalState, StackAward, StackAwardState
from lti_tool.verification import checking
from lti_tool.verification.report import Outcome
from lti_tool.verification.sources import World
from tests.badges.conftest import addresses, keyring
from tests.badges.workshop import LATER
from tests.builders import NOON
from tests.cast import ada
from tests.stacks.quarry import FOUR, PONDS, Quarry
from tests.stacks.test_proposals import appointed, proposed

__all__ = ["addresses", "keyring"]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@dataclass
class Earned:
    """Ada's stack of four, awarded by Cleo, every badge of it signed."""

    session: Session
    quarry: Quarry
    learner: Person
    approver: Person
    parts: list[Award]
    decision: StackAward
    published: Published

    @property
    def badge(self) -> StackBadge:
        """The stack's badge."""
        found = stack_badges.find_badge(self.session, self.decision.public_id)
        assert found is not None
        return found

    def record(self, for_: Person | None) -> bytes:
        """The record of it, for somebody."""
        return self.published.record(self.badge, for_=for_)


def signs(session: Session, keyring: Keyring, addresses: Addresses) -> None:
    """Sign every badge there is."""
    press = documents.Press(keyring, addresses, NOON)
    for one in session.scalars(select(Badge).order_by(Badge.id)).all():
        for rendering, signed in press.render(one, KEPT).items():
            row = SignedDocument(award=one, rendering=rendering, rest=signed.whole, signed_at=NOON)
            session.add(row)
    session.flush()


@pytest.fixture
def earned(session: Session, keyring: Keyring, addresses: Addresses) -> Earned:
    """Ada's stack of four."""
    quarry, learner = Quarry(session, PONDS | {"title": "Pönds 🪨 سلم"}), ada()
    approver = appointed(session, quarry)
    parts = quarry.earns(learner, *FOUR)
    decision = proposals.approve(session, proposed(session)[0], by=approver, now=NOON)
    signs(session, keyring, addresses)
    published = Published(session, keyring, addresses)
    return Earned(session, quarry, learner, approver, parts, decision, published)


@pytest.mark.row("B3-055")
@pytest.mark.parametrize("rendering", Rendering)
def test_a_stack_is_a_badge_in_every_format_and_its_parts_are_its_evidence(
    earned: Earned, rendering: Rendering
) -> None:
    awards.share(earned.session, earned.badge, now=NOON)
    signed = earned.published.signed(earned.badge, rendering)

    report = checking.check_file(signed, World(own=earned.published), now=NOON)

    assert report.outcome is Outcome.VALID, [str(one) for one in report.checks]
    if rendering is Rendering.OB3_JSON:
        told = json.loads(signed)
        assert [one["id"] for one in told["evidence"]] == [
            earned.published.addresses.award(part) for part in earned.parts
        ]
        own = told["credentialSubject"]["achievement"]["id"]
        assert own.endswith("/ponds/v1")
        status, kept = earned.published.answer(own) or (0, b"")
        assert (status, json.loads(kept)["id"]) == (200, own)
        assert json.loads(kept)["name"].startswith("Pönds 🪨 سلم")


def test_parts_and_stack_are_related_in_both_directions(earned: Earned) -> None:
    addresses = earned.published.addresses
    version = earned.parts[0].credential_version
    part = open_badges_3.achievement(version, addresses)
    (whole,) = stack_achievement.counting(version)
    stack = stack_achievement.achievement(whole, addresses)

    assert {"id": stack["id"], "type": ["Related"]} in part["related"]
    assert {"id": part["id"], "type": ["Related"]} in stack["related"]


def test_stacks_within_stacks_are_related_in_both_directions(session: Session) -> None:
    more = {"slug": "all", "title": "All", "rule": "all-of", "member_stacks": ["ponds"]}
    version = Quarry(session, PONDS, more).version
    inner, outer = (stack_achievement.in_version(version, slug) for slug in ("ponds", "all"))
    addresses = Addresses("https://cairn.example")

    for one, other in ((inner, outer), (outer, inner)):
        related = stack_achievement.achievement(one, addresses)["related"]
        assert other.address(addresses) in [entry["id"] for entry in related]


@pytest.mark.row("B3-061")
@pytest.mark.parametrize("picture", ["PNG", "SVG"])
def test_a_record_comes_in_a_picture_too(earned: Earned, picture: str) -> None:
    record, drawn = earned.record(earned.learner).decode(), artwork.artwork_of_award(earned.badge)

    baked = (
        baking.bake_png(artwork.png(drawn), record, baking.CLR_2)
        if picture == "PNG"
        else baking.bake_svg(artwork.svg(drawn), record, baking.CLR_2).encode()
    )

    found = baking.extract(baked)
    assert (found.format, found.text) == (baking.CLR_2, record)
    report = checking.check_file(baked, World(own=earned.published), now=NOON)
    assert report.outcome is Outcome.VALID, [str(one) for one in report.checks]


@pytest.mark.row("B3-061")
def test_a_record_holds_the_stack_and_its_signed_parts_and_says_how_they_belong_together(
    earned: Earned,
) -> None:
    record = earned.record(earned.learner)

    report = checking.check_file(record, World(own=earned.published), now=NOON)

    assert report.outcome is Outcome.VALID, [str(one) for one in report.checks]
    subject = json.loads(record)["credentialSubject"]
    assert len(subject["verifiableCredential"]) == 5
    assert sorted(one["associationType"] for one in subject["association"]) == [
        *["isChildOf"] * 4,
        *["isParentOf"] * 4,
    ]
    assert "partial" not in json.loads(record)


@pytest.mark.row("B3-061")
def test_the_record_of_a_stack_of_stacks_holds_their_parts_too(
    session: Session, keyring: Keyring, addresses: Addresses
) -> None:
    # Given a stack of four, and one that takes it and nothing else, both awarded
    more = {"slug": "all", "title": "All", "rule": "all-of", "member_stacks": ["ponds"]}
    quarry, learner = Quarry(session, PONDS, more), ada()
    approver = appointed(session, quarry)
    quarry.earns(learner, *FOUR)
    for _ in range(2):
        (waiting,) = (one for one in proposed(session) if one.state is ProposalState.WAITING)
        decision = proposals.approve(session, waiting, by=approver, now=NOON)
        proposals.look(session, learner.id, now=NOON)
    signs(session, keyring, addresses)
    outer = stack_badges.find_badge(session, decision.public_id)
    assert outer is not None
    published = Published(session, keyring, addresses)

    record = published.record(outer, for_=learner)

    subject = json.loads(record)["credentialSubject"]
    assert len(subject["verifiableCredential"]) == 6
    parents = [one for one in subject["association"] if one["associationType"] == "isParentOf"]
    assert [one["sourceId"].split("/")[-2] for one in parents] == ["all", *["ponds"] * 4]
    assert parents[0]["targetId"] == parents[1]["sourceId"]
    report = checking.check_file(record, World(own=published), now=NOON)
    assert report.outcome is Outcome.VALID, [str(one) for one in report.checks]


@pytest.mark.row("S3-09")
def test_a_stranger_is_not_handed_the_private_parts_of_a_shared_stack(earned: Earned) -> None:
    awards.share(earned.session, earned.badge, now=NOON)
    awards.share(earned.session, earned.parts[1], now=NOON)

    inside = json.loads(earned.record(None))["credentialSubject"]["verifiableCredential"]

    shared = (earned.badge, earned.parts[1])
    assert [one["id"] for one in inside] == [
        earned.published.addresses.award(one) for one in shared
    ]


def test_a_badge_that_is_no_stack_has_no_record(earned: Earned) -> None:
    with pytest.raises(NotFound):
        earned.published.record(earned.parts[0], for_=earned.learner)


def test_a_part_that_was_taken_back_is_out_of_the_record_which_is_newer_then(
    earned: Earned,
) -> None:
    before = json.loads(earned.record(earned.learner))["validFrom"]

    awards.revoke(earned.session, earned.parts[0], reason="A mix-up.", actor=None, now=LATER)

    after = json.loads(earned.record(earned.learner))
    assert after["validFrom"] > before
    assert len(after["credentialSubject"]["verifiableCredential"]) == 4


def test_who_takes_a_stack_back_takes_its_badge_back_and_the_other_way_round(
    earned: Earned,
) -> None:
    proposals.take_back(
        earned.session, earned.decision, by=earned.approver, reason="A mix-up.", now=NOON
    )
    assert earned.badge.state is AwardState.REVOKED
    assert earned.badge.revocation_reason == "A mix-up."


def test_a_badge_that_is_revoked_by_itself_ends_its_stack(earned: Earned) -> None:
    awards.revoke(earned.session, earned.badge, reason="A mix-up.", actor=None, now=NOON)
    proposals.look(earned.session, earned.learner.id, now=NOON)

    assert earned.decision.state is StackAwardState.REVOKED


@pytest.mark.row("T-135")
def test_erasing_takes_the_recipient_and_the_parts_out_of_a_stacks_badge(earned: Earned) -> None:
    plan = Plan(Identity("Ada", None, []), NOON)

    personal_data.erase(earned.session, earned.learner, plan)

    assert (earned.badge.recipient_name, earned.badge.state) == ("", AwardState.REVOKED)
    assert stack_badges.parts_of(earned.session, earned.badge) == []


def test_a_stacks_page_names_its_parts_and_which_of_them_was_taken_back(earned: Earned) -> None:
    awards.share(earned.session, earned.parts[1], now=NOON)
    awards.revoke(earned.session, earned.parts[0], reason="A mix-up.", actor=None, now=NOON)

    page = pages.share_page(earned.published, earned.badge, is_mine=False, now=NOON)

    assert [(one.title, one.is_over, bool(one.address)) for one in page.rests_on] == [
        ("Credential one", True, False),
        ("Credential two", False, True),
        ("Credential three", False, False),
        ("Credential four", False, False),
    ]
