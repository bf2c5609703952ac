"""Stacks and plans of a person, given out and erased (T-135)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session, joinedload

from lti_tool.holdings.models import HeldBadge
from lti_tool.people.models import Person
from lti_tool.people.personal_data import Holding, Plan, count, when
from lti_tool.stacks.models import (
    BroughtBadge,
    Intention,
    ProposalState,
    Recognition,
    StackAward,
    StackAwardState,
    StackProposal,
)

REASON = "The person it was awarded to had their data erased."

UNDECIDED = (ProposalState.WAITING, ProposalState.WITHDRAWN)


def export_of(session: Session, person: Person) -> Mapping[str, Any]:
    """Proposals, awarded stacks with what others took them for, plans, and their own deciding."""
    awards = session.scalars(
        select(StackAward)
        .where(StackAward.person_id == person.id)
        .options(joinedload(StackAward.program_version))
        .order_by(StackAward.id)
    ).all()
    proposals = session.scalars(
        select(StackProposal)
        .where(StackProposal.person_id == person.id)
        .options(joinedload(StackProposal.program_version))
        .order_by(StackProposal.id)
    )
    taken_for = session.scalars(
        select(Recognition)
        .where(Recognition.award_id.in_([award.id for award in awards]))
        .order_by(Recognition.id)
    )
    brought = session.scalars(
        select(BroughtBadge)
        .where(_mine(BroughtBadge, person))
        .options(joinedload(BroughtBadge.held).defer(HeldBadge.content))
        .order_by(BroughtBadge.id)
    )
    plans = session.scalars(
        select(Intention)
        .where(Intention.person_id == person.id)
        .options(joinedload(Intention.credential))
        .order_by(Intention.id)
    )
    return {
        "proposals": [
            {
                "program": row.program_version.title,
                "stack": row.stack,
                "proposed": when(row.proposed_at),
                "state": row.state.value,
                "decided": when(row.decided_at),
                "reason": row.reason,
            }
            for row in proposals
        ],
        "stacks": [
            {
                "program": row.program_version.title,
                "stack": row.stack,
                "awarded": when(row.awarded_at),
                "state": row.state.value,
                "taken back": when(row.revoked_at),
                "why taken back": row.revocation_reason,
            }
            for row in awards
        ],
        "what others took them for": [
            {"title": row.title, "by": row.by, "on": row.recognised_on.isoformat()}
            for row in taken_for
        ],
        "plans": [
            {"credential": row.credential.slug, "begins": row.begins_on.isoformat()}
            for row in plans
        ],
        "badges from elsewhere towards stacks": [_brought(row) for row in brought],
        "badges of others from elsewhere they decided on": count(
            session, BroughtBadge.id, BroughtBadge.decided_by_id == person.id
        ),
        "stacks of others they decided on": count(
            session, StackProposal.id, StackProposal.decided_by_id == person.id
        ),
    }


def _brought(row: BroughtBadge) -> dict[str, Any]:
    return {
        "stack": row.stack,
        "stands for": row.stands_for,
        "badge": row.held.title,
        "handed in": when(row.brought_at),
        "state": row.state.value,
        "decided": when(row.decided_at),
        "reason": row.reason,
    }


def holdings(session: Session, person: Person, plan: Plan) -> list[Holding]:
    """What `erase` takes and what it leaves."""
    words = "Taken back. Which stack it was and when stays, without saying whose it was."
    if plan.keep_badges:
        words = "They asked to keep their badges, so stacks stay as they were."
    decided = count(session, StackProposal.id, StackProposal.decided_by_id == person.id)
    decided += count(session, BroughtBadge.id, BroughtBadge.decided_by_id == person.id)
    recorded = count(session, Recognition.id, Recognition.recorded_by_id == person.id)
    return [
        Holding(
            "badges from elsewhere handed in for stacks",
            count(session, BroughtBadge.id, _mine(BroughtBadge, person)),
        ),
        Holding("plans of credentials", count(session, Intention.id, _mine(Intention, person))),
        Holding(
            "proposals of stacks nobody has decided on",
            count(
                session,
                StackProposal.id,
                _mine(StackProposal, person),
                StackProposal.state.in_(UNDECIDED),
            ),
        ),
        Holding(
            "proposals of stacks that were decided on",
            count(
                session,
                StackProposal.id,
                _mine(StackProposal, person),
                StackProposal.state.not_in(UNDECIDED),
            ),
            "Outcomes stay for the program's figures; every word goes.",
        ),
        Holding("stacks", count(session, StackAward.id, _mine(StackAward, person)), words),
        Holding(
            "stacks of others they decided on or recorded something for",
            decided + recorded,
            "They belong to those people's records and stay, by somebody without a name.",
        ),
    ]


def erase(session: Session, person: Person, plan: Plan) -> None:
    """Take plans, proposals and words; take stacks back unless badges are kept."""
    session.execute(delete(Intention).where(_mine(Intention, person)))
    theirs = select(HeldBadge.id).where(HeldBadge.person_id == person.id)
    session.execute(
        delete(BroughtBadge).where(
            # Somebody who was separated from this account may have handed in a badge of theirs.
            or_(_mine(BroughtBadge, person), BroughtBadge.held_id.in_(theirs))
        )
    )
    session.execute(
        delete(StackProposal).where(
            _mine(StackProposal, person), StackProposal.state.in_(UNDECIDED)
        )
    )
    for proposal in session.scalars(select(StackProposal).where(_mine(StackProposal, person))):
        proposal.reason = ""
    awards = session.scalars(select(StackAward).where(_mine(StackAward, person))).all()
    if not plan.keep_badges:
        session.execute(
            delete(Recognition).where(Recognition.award_id.in_([award.id for award in awards]))
        )
        for award in awards:
            if award.state is not StackAwardState.REVOKED:
                award.state = StackAwardState.REVOKED
                award.revoked_at = plan.now
            award.in_question_since = None
            award.revocation_reason = REASON
    session.flush()


def _mine(kind: Any, person: Person) -> Any:
    return kind.person_id == person.id
