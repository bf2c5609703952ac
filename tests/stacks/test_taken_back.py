"""Badges of stacks are taken back like others, and what becomes of a part shows in the whole."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from lti_tool.badges import awards, corrections, documents, stack_badges, status_list
from lti_tool.badges.corrections import Wanted
from lti_tool.badges.models import AwardState, Rendering
from lti_tool.cli import cairn
from lti_tool.sharing import pages
from lti_tool.stacks import desk, proposals
from lti_tool.stacks.models import StackAwardState
from lti_tool.verification import checking
from lti_tool.verification.foundations import RESTS_ON
from lti_tool.verification.report import Check, Outcome, Report, Verdict
from lti_tool.verification.sources import World
from tests.badges.conftest import addresses, keyring
from tests.badges.test_commands import runner
from tests.badges.workshop import LATER, check_named
from tests.builders import NOON
from tests.stacks.test_stack_badges import Earned, earned

__all__ = ["addresses", "earned", "keyring", "runner"]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def verified(earned: Earned) -> Report:
    """What verifying the stack's badge says."""
    signed = earned.published.signed(earned.badge, Rendering.OB3_JSON)
    return checking.check_file(signed, World(own=earned.published), now=LATER)


def told(earned: Earned) -> Check:
    """What it says of the badges the stack rests on."""
    return check_named(verified(earned), RESTS_ON)


@pytest.mark.row("B3-055")
def test_the_badges_of_a_program_are_taken_back_those_of_its_stacks_among_them(
    earned: Earned,
) -> None:
    session, program = earned.session, earned.quarry.version.program
    wanted = Wanted(program=program.slug)

    seen = corrections.preview(session, wanted, programs=[program.id])

    assert list(seen.awards) == [*earned.parts, earned.badge]
    assert (earned.badge.program_version.document["stacks"][0]["title"], 1) in seen.by_title
    assert list(corrections.preview(session, Wanted(program.slug, stack="ponds")).awards) == [
        earned.badge
    ]
    assert corrections.preview(session, Wanted(program.slug, stack="none")).count == 0
    only = corrections.preview(session, Wanted(program.slug, credential="one"))
    assert list(only.awards) == earned.parts[:1]
    assert corrections.preview(session, wanted, programs=[0]).count == 0
    assert corrections.preview(session, Wanted(ids=(earned.badge.public_id,))).count == 1
    late = Wanted(program.slug, since=NOON + timedelta(days=1))
    assert corrections.preview(session, late).count == 0

    corrections.revoke_all(
        session, seen, stamp=seen.stamp, reason="A wrong list.", actor=None, now=LATER
    )
    proposals.look(session, earned.learner.id, now=LATER)

    assert earned.badge.state is AwardState.REVOKED
    assert earned.badge.status_index in status_list.revoked_places(
        session, earned.badge.status_list
    )
    assert earned.decision.state is StackAwardState.REVOKED
    assert earned.decision.revocation_reason == "A wrong list."
    assert verified(earned).outcome is Outcome.NOT_VALID


def test_a_part_that_was_taken_back_shows_wherever_the_stack_is_looked_at(earned: Earned) -> None:
    session = earned.session
    assert told(earned).verdict is Verdict.PASSED

    awards.revoke(session, earned.parts[0], reason="A mix-up.", actor=None, now=LATER)
    proposals.look(session, earned.learner.id, now=LATER)

    # Verification says so, and leaves it to the issuer whether the whole still holds.
    assert verified(earned).outcome is Outcome.VALID
    assert told(earned).verdict is Verdict.NOTED
    assert "Credential one" in told(earned).saw
    # The public page, the earner's own, the record, and the approver's desk
    for is_mine in (False, True):
        page = pages.share_page(earned.published, earned.badge, is_mine=is_mine, now=LATER)
        assert [one.is_over for one in page.rests_on] == [True, False, False, False]
    inside = json.loads(earned.record(earned.learner))["credentialSubject"]["verifiableCredential"]
    assert len(inside) == 4
    (waiting,) = desk.desk(session, earned.approver, now=LATER).in_question
    assert {part.title for part in waiting.parts if part.is_revoked} == {"Credential one"}


def test_a_part_that_was_corrected_is_told_apart_from_one_that_was_taken_back(
    earned: Earned,
) -> None:
    session = earned.session
    before = json.loads(earned.record(earned.learner))["validFrom"]
    fresh = corrections.correct(
        session, earned.parts[0], name="Ada F.", reason="Her name.", actor=None, now=LATER
    )
    proposals.look(session, earned.learner.id, now=LATER)

    assert earned.decision.state is StackAwardState.CURRENT
    assert stack_badges.as_corrected(session, earned.parts[0]) is fresh
    assert told(earned).verdict is Verdict.PASSED
    page = pages.share_page(earned.published, earned.badge, is_mine=True, now=LATER)
    assert [(one.is_over, one.is_corrected) for one in page.rests_on][:2] == [
        (False, True),
        (False, False),
    ]
    assert page.rests_on[0].address == earned.published.addresses.award(fresh)
    assert json.loads(earned.record(earned.learner))["validFrom"] > before
    (held,) = desk.desk(session, earned.approver, now=LATER).awarded
    assert {part.title: (part.is_revoked, part.is_corrected) for part in held.parts}[
        "Credential one"
    ] == (False, True)

    # The corrected one is taken back: now the stack lacks it.
    awards.revoke(session, fresh, reason="A mix-up.", actor=None, now=LATER)
    proposals.look(session, earned.learner.id, now=LATER)
    (waiting,) = desk.desk(session, earned.approver, now=LATER).in_question
    assert {part.title for part in waiting.parts if part.is_revoked} == {"Credential one"}
    assert told(earned).verdict is Verdict.NOTED


def test_a_stacks_badge_is_made_anew_with_another_name_and_keeps_its_decision(
    earned: Earned,
) -> None:
    session, old = earned.session, earned.badge
    part = corrections.correct(
        session, earned.parts[0], name="Ada F.", reason="Her name.", actor=None, now=LATER
    )
    with pytest.raises(corrections.NothingWrong):
        corrections.correct(session, old, reason="Her name.", actor=None, now=LATER)

    fresh = corrections.correct(
        session, old, name="Ada F.", reason="Her name.", actor=None, now=LATER
    )
    proposals.look(session, earned.learner.id, now=LATER)

    assert (old.state, fresh.state) == (AwardState.SUPERSEDED, AwardState.CURRENT)
    assert earned.decision.state is StackAwardState.CURRENT
    assert earned.badge is fresh
    assert fresh.recipient_name == "Ada F."
    assert stack_badges.parts_of(session, fresh) == [part, *earned.parts[1:]]
    assert status_list.revoked_places(session, old.status_list) == sorted(
        one.status_index for one in (old, earned.parts[0])
    )
    page = pages.share_page(earned.published, old, is_mine=True, now=LATER)
    assert page.replaced_by == earned.published.addresses.award(fresh)
    assert page.is_replaced
    own = earned.published
    signed = documents.render(
        fresh, Rendering.OB3_JSON, keyring=own.keyring, addresses=own.addresses, now=LATER
    )
    report = checking.check_file(signed, World(own=earned.published), now=LATER)
    assert report.outcome is Outcome.VALID
    assert check_named(report, RESTS_ON).verdict is Verdict.PASSED

    # Whoever takes the stack back takes back the badge that holds.
    proposals.take_back(session, earned.decision, by=earned.approver, reason="A mix-up.", now=LATER)
    assert fresh.state is AwardState.REVOKED
    assert old.revocation_reason == "Her name."


def test_the_command_takes_back_stacks_by_their_address_and_by_their_slug(
    earned: Earned, runner: CliRunner
) -> None:
    session, badge = earned.session, earned.badge
    program = earned.quarry.version.program.slug
    address = earned.published.addresses.award(badge)
    session.commit()
    revoke = ["badge", "revoke", "--reason", "A mix-up."]

    neither = runner.invoke(cairn, [*revoke, "--program", program, "--stack", "none"])
    both = runner.invoke(
        cairn, [*revoke, "--program", program, "--stack", "ponds", "--credential", "one"]
    )
    done = runner.invoke(cairn, [*revoke, "--program", program, "--stack", "ponds"])

    assert (neither.exit_code, both.exit_code) == (1, 2)
    assert done.exit_code == 0, done.output
    assert badge.public_id in done.output
    session.expire_all()
    assert badge.state is AwardState.REVOKED
    assert [one.state for one in earned.parts] == [AwardState.CURRENT] * 4
    session.commit()
    again = runner.invoke(cairn, [*revoke, address])
    assert "no badge in force" in again.output
