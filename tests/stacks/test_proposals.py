"""Stacks are proposed, approved by a person, and questioned when a part falls away."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.badges import awards
from lti_tool.people.models import AuditEvent, Person
from lti_tool.people.roles import Seat
from lti_tool.stacks import proposals
from lti_tool.stacks.models import ProposalState, StackAward, StackAwardState, StackProposal
from tests.builders import NOON, an_appointment
from tests.cast import ada, cleo, ivan
from tests.stacks.quarry import FOUR, PONDS, Quarry


def appointed(session: Session, quarry: Quarry, seat: Seat = Seat.APPROVER) -> Person:
    """Cleo, with a seat in the program."""
    approver = cleo()
    session.add(an_appointment(approver, quarry.version.program, seat))
    session.flush()
    return approver


def proposed(session: Session) -> list[StackProposal]:
    """All proposals, oldest first."""
    return list(session.scalars(select(StackProposal).order_by(StackProposal.id)))


@pytest.mark.row("S1-19")
def test_the_fourth_of_four_is_proposed_and_a_person_awards(session: Session) -> None:
    quarry, learner = Quarry(session), ada()
    approver = appointed(session, quarry)

    quarry.earns(learner, *FOUR[:3])
    before = quarry.reading(learner)
    assert (before.words, proposed(session)) == ("You are one away.", [])
    quarry.earns(learner, FOUR[3])

    (proposal,) = proposed(session)
    assert quarry.reading(learner).waits
    assert not quarry.reading(learner).holds
    award = proposals.approve(session, proposal, by=approver, now=NOON)
    assert (award.stack, award.person_id) == ("ponds", learner.id)
    assert quarry.reading(learner).words == "Complete, and awarded."
    noted = session.scalars(select(AuditEvent).where(AuditEvent.action == "stacks.award")).one()
    assert noted.actor_id == approver.id


@pytest.mark.row("S3-05")
@pytest.mark.row("S6-28")
def test_who_began_with_three_keeps_three_and_who_begins_later_needs_four(
    session: Session,
) -> None:
    three = PONDS | {"members": list(FOUR[:3])}
    quarry, early, late = Quarry(session, three), ada(), ivan()
    quarry.begins(early, "one")
    quarry.publish(PONDS)

    quarry.earns(early, "two", "three", number=1)
    quarry.earns(late, "one", "two", "three")

    assert quarry.reading(early).have == 2
    awards.award(
        session, person=early, credential_version=quarry.of["one", 1], results=[], now=NOON
    )
    proposals.look(session, early.id, now=NOON)
    assert [one.person_id for one in proposed(session)] == [early.id]
    assert quarry.reading(early).is_older
    assert (quarry.reading(late).have, quarry.reading(late).stack.needed) == (3, 4)


@pytest.mark.row("S4-06")
@pytest.mark.row("S3-12")
def test_a_tier_waits_for_the_award_of_the_one_before_and_a_whole_for_its_tiers(
    session: Session,
) -> None:
    quarry, learner = (
        Quarry(
            session,
            {"slug": "basic", "title": "Basic", "rule": "all-of", "members": list(FOUR[:2])},
            {
                "slug": "advanced",
                "title": "Advanced",
                "rule": "n-of",
                "count": 1,
                "members": list(FOUR[2:]),
                "requires": ["basic"],
            },
            {
                "slug": "both",
                "title": "Both",
                "rule": "all-of",
                "member_stacks": ["basic", "advanced"],
            },
        ),
        ada(),
    )
    approver = appointed(session, quarry, Seat.ADMIN)

    quarry.earns(learner, "three", "one")
    assert quarry.reading(learner, "advanced").words == (
        "All of it is there. It is awarded after “Basic”."
    )
    quarry.earns(learner, "two")

    order = []
    for _ in range(3):
        (waiting,) = [one for one in proposed(session) if one.state is ProposalState.WAITING]
        order.append(waiting.stack)
        proposals.approve(session, waiting, by=approver, now=NOON)
    assert order == ["basic", "advanced", "both"]


def test_a_part_that_is_taken_back_puts_every_stack_above_it_in_question(
    session: Session,
) -> None:
    quarry, learner = (
        Quarry(
            session,
            PONDS,
            {"slug": "all", "title": "All", "rule": "n-of", "count": 1, "member_stacks": ["ponds"]},
        ),
        ada(),
    )
    approver = appointed(session, quarry)
    earned = quarry.earns(learner, *FOUR)
    for _ in range(2):
        proposals.approve(session, proposed(session)[-1], by=approver, now=NOON)

    awards.revoke(session, earned[1], reason="Not their own work.", actor=None, now=NOON)
    proposals.look(session, learner.id, now=NOON)

    states = {one.stack: one.state for one in session.scalars(select(StackAward))}
    assert states == {
        "ponds": StackAwardState.IN_QUESTION,
        "all": StackAwardState.IN_QUESTION,
    }
    # Earned again it stands again, without anybody deciding anew
    awards.award(
        session, person=learner, credential_version=quarry.of["two", 1], results=[], now=NOON
    )
    proposals.look(session, learner.id, now=NOON)
    assert {one.state for one in session.scalars(select(StackAward))} == {StackAwardState.CURRENT}
    # And what a person takes back is not proposed again by itself
    (ponds,) = session.scalars(select(StackAward).where(StackAward.stack == "ponds"))
    proposals.take_back(session, ponds, by=approver, reason="A mistake.", now=NOON)
    assert quarry.reading(learner, "all").holds.state is StackAwardState.IN_QUESTION  # type: ignore[union-attr]
    assert quarry.reading(learner).award.revocation_reason == "A mistake."  # type: ignore[union-attr]


def test_a_proposal_goes_when_a_part_goes_before_anybody_decided(session: Session) -> None:
    quarry, learner = Quarry(session), ada()
    approver = appointed(session, quarry)
    earned = quarry.earns(learner, *FOUR)
    (proposal,) = proposed(session)
    awards.revoke(session, earned[0], reason="Wrong person.", actor=None, now=NOON)

    with pytest.raises(proposals.NotComplete):
        proposals.approve(session, proposal, by=approver, now=NOON)
    proposals.look(session, learner.id, now=NOON)

    assert proposal.state is ProposalState.WITHDRAWN


def test_who_may_decide_and_on_what(session: Session) -> None:
    quarry, learner, stranger = Quarry(session), ada(), ivan()
    session.add(stranger)
    quarry.earns(learner, *FOUR)
    (proposal,) = proposed(session)
    approver = appointed(session, quarry)
    session.add(an_appointment(learner, quarry.version.program, Seat.APPROVER))
    session.flush()

    with pytest.raises(proposals.NotAppointed):
        proposals.approve(session, proposal, by=stranger, now=NOON)
    with pytest.raises(proposals.OwnStack):
        proposals.approve(session, proposal, by=learner, now=NOON)
    with pytest.raises(proposals.ReasonMissing):
        proposals.decline(session, proposal, by=approver, reason=" ", now=NOON)
    proposals.decline(session, proposal, by=approver, reason="Ask me first.", now=NOON)
    proposals.look(session, learner.id, now=NOON)

    assert len(proposed(session)) == 1  # the same basis is not proposed twice
    assert not quarry.reading(learner).holds
    proposals.approve(session, proposal, by=approver, now=NOON)
    with pytest.raises(proposals.NotWaiting):
        proposals.approve(session, proposal, by=approver, now=NOON)
