"""Stacks proposed by themselves, approved by a person, and looked at again when a part falls away.

`look` is all the machinery there is: it compares what a person holds with what their stacks ask
for and writes down what follows. It may run at any time and as often as one likes.
"""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.badges import awards, stack_badges
from lti_tool.badges.models import AwardState
from lti_tool.errors import NotAllowed, NotFound, Refused
from lti_tool.people.audit import note
from lti_tool.people.models import Person
from lti_tool.people.roles import Seat
from lti_tool.programs import appointments
from lti_tool.stacks.models import (
    ProposalState,
    Recognition,
    StackAward,
    StackAwardState,
    StackProposal,
)
from lti_tool.stacks.reading import Reading, readings

DECIDING = (Seat.APPROVER, Seat.ADMIN)
"""Seats that decide on stacks."""

REASON_LIMIT = 5_000
NAME_LIMIT = 255


class NotAppointed(NotAllowed):
    """The person holds neither seat that decides on stacks of this program."""


class OwnStack(NotAllowed):
    """Nobody approves a stack of their own."""


class NotWaiting(Refused):
    """Nothing is to be decided here: a colleague has just done it, or it was withdrawn."""


class NotComplete(Refused):
    """A member was taken back since, so there is nothing to approve."""


class SomethingChanged(Refused):
    """A newer copy took the place of a badge from elsewhere since somebody looked."""


class ReasonMissing(Refused):
    """Declining and taking back need a word on why."""

    status = 422


class RecognitionIncomplete(Refused):
    """What it was taken for or by whom is missing, or the day lies ahead."""

    status = 422


def lock(session: Session, person_id: int) -> Person:
    """Let nothing that is somebody's own change at the same moment: neither stacks nor badges.

    Of two last members that are awarded at the same moment, the later sees the earlier. Rows that
    point at the person are not in the way of this lock, nor it in theirs.
    """
    return session.scalars(
        select(Person).where(Person.id == person_id).with_for_update(key_share=True)
    ).one()


def look(session: Session, person_id: int, *, now: datetime) -> None:
    """Propose what is complete, question what is no longer, and let stand what is whole again.

    A stack whose badge was taken back by itself is taken back with it.
    """
    person = lock(session, person_id)
    if person.is_test:
        return
    session.flush()
    _follow_badges(session, person_id, now)
    while _looked(session, readings(session, person_id), now):
        session.flush()  # what became of one stack may decide on another


def _follow_badges(session: Session, person_id: int, now: datetime) -> None:
    held = session.scalars(
        select(StackAward).where(
            StackAward.person_id == person_id, StackAward.state != StackAwardState.REVOKED
        )
    )
    for award in held:
        badge = stack_badges.find_badge(session, award.public_id)
        if badge is not None and badge.state is AwardState.REVOKED:
            _end(award, badge.revocation_reason, now)
    session.flush()


def _end(award: StackAward, reason: str, now: datetime) -> None:
    award.state = StackAwardState.REVOKED
    award.revoked_at = now
    award.revocation_reason = reason


def _looked(session: Session, found: Sequence[Reading], now: datetime) -> bool:
    """Whether an award changed its state, so that the others have to be read again."""
    changed = False
    for reading in found:
        award, proposal = reading.holds, reading.proposal
        if award is not None:
            changed = _reconsidered(session, reading, award, now) or changed
        elif reading.is_complete and not reading.waits:
            if proposal is None or proposal.basis != reading.basis:
                _propose(session, reading, now=now)
        elif reading.waits and not reading.is_complete and proposal is not None:
            proposal.state = ProposalState.WITHDRAWN
            proposal.decided_at = now
    return changed


def _reconsidered(session: Session, reading: Reading, award: StackAward, now: datetime) -> bool:
    if award.state is StackAwardState.CURRENT and not reading.is_complete:
        award.state = StackAwardState.IN_QUESTION
        award.in_question_since = now
        note(session, "stacks.question", award.public_id, actor=None, now=now)
        return True
    if award.state is StackAwardState.IN_QUESTION and reading.is_complete:
        award.state = StackAwardState.CURRENT
        award.in_question_since = None
        note(session, "stacks.stands-again", award.public_id, actor=None, now=now)
        return True
    return False


def _propose(session: Session, reading: Reading, *, now: datetime) -> None:
    try:
        with session.begin_nested():
            session.add(
                StackProposal(
                    person_id=reading.person_id,
                    program_id=reading.program_id,
                    program_version_id=reading.version_id,
                    stack=reading.stack.slug,
                    basis=reading.basis,
                    proposed_at=now,
                )
            )
    except IntegrityError:
        return  # proposed at the same moment by another look


def approve(
    session: Session, proposal: StackProposal, *, by: Person, now: datetime, stamp: str = ""
) -> StackAward:
    """Award a stack that waits; one that was declined may be approved after all.

    `stamp` is that of the reading that was shown; empty where nothing in it is from elsewhere.

    Raises:
        NotAppointed, OwnStack: this person may not decide.
        NotComplete: it is not complete any more.
        NotWaiting: a colleague has just decided.
        SomethingChanged: what it rests on from elsewhere is not what was shown.
    """
    require_decider(session, by, proposal.program_id, proposal.person_id, now=now)
    lock(session, proposal.person_id)
    reading = reading_of(session, proposal.person_id, proposal.program_id, proposal.stack)
    if reading is None or not reading.is_complete:
        raise NotComplete(
            "A part of it was taken back meanwhile, so there is nothing to approve now. It comes"
            " back here as soon as everything is there again."
        )
    if stamp != stamp_of(reading):
        raise SomethingChanged(
            "A badge from elsewhere that this stack rests on changed since you looked. Go back to"
            " the list and look again."
        )
    _decide(session, proposal, ProposalState.APPROVED, by=by, reason="", now=now)
    award = StackAward(
        person_id=proposal.person_id,
        program_id=proposal.program_id,
        program_version_id=proposal.program_version_id,
        stack=proposal.stack,
        proposal_id=proposal.id,
        awarded_at=now,
    )
    session.add(award)
    session.flush()
    note(session, "stacks.award", award.public_id, actor=by, now=now, stack=proposal.stack)
    stack_badges.award_stack(
        session,
        person=proposal.person,
        program_version=proposal.program_version,
        stack=proposal.stack,
        public_id=award.public_id,
        basis=reading.basis,
        elsewhere=[
            stack_badges.FromElsewhere(row.held.address, row.held.title, row.held.issuer_name)
            for row in reading.brought_that_count
        ],
        now=now,
    )
    look(session, proposal.person_id, now=now)  # it may be a member of another
    return award


def stamp_of(reading: Reading) -> str:
    """What a decision repeats: it fits these badges from elsewhere; empty without any."""
    rows = sorted((row.public_id, row.held.stamp) for row in reading.brought_that_count)
    return hashlib.sha256(repr(rows).encode()).hexdigest()[:16] if rows else ""


def decline(
    session: Session, proposal: StackProposal, *, by: Person, reason: str, now: datetime
) -> None:
    """Do not award it, and say why; it is proposed anew when what it rests on has changed.

    Raises:
        NotAppointed, OwnStack: this person may not decide.
        ReasonMissing: there is no word on why.
        NotWaiting: a colleague has just decided.
    """
    require_decider(session, by, proposal.program_id, proposal.person_id, now=now)
    if not reason.strip():
        raise ReasonMissing("Say why, in words for the person it is about.")
    _decide(session, proposal, ProposalState.DECLINED, by=by, reason=reason, now=now)
    note(session, "stacks.decline", proposal.public_id, actor=by, now=now)


def take_back(
    session: Session, award: StackAward, *, by: Person, reason: str, now: datetime
) -> None:
    """Take a stack back, whatever put it in question; twice keeps the first reason.

    Raises:
        NotAppointed, OwnStack: this person may not decide.
        ReasonMissing: there is no word on why.
    """
    require_decider(session, by, award.program_id, award.person_id, now=now)
    if not reason.strip():
        raise ReasonMissing("Say why, in words for the person it is about.")
    if award.state is StackAwardState.REVOKED:
        return
    _end(award, reason.strip()[:REASON_LIMIT], now)
    if badge := stack_badges.find_badge(session, award.public_id):
        awards.revoke(session, badge, reason=award.revocation_reason, actor=by, now=now)
    session.flush()
    note(session, "stacks.revoke", award.public_id, actor=by, now=now)
    look(session, award.person_id, now=now)  # what it is a member of is in question now


def recognise(
    session: Session,
    award: StackAward,
    *,
    title: str,
    by_whom: str,
    on: date | None,
    by: Person,
    now: datetime,
) -> Recognition:
    """Write down what somebody outside took an awarded stack for (S3-12).

    Raises:
        NotAppointed, OwnStack: this person may not write it down.
        RecognitionIncomplete: a field is empty or too long, or the day lies ahead.
        NotWaiting: the stack does not hold.
    """
    require_decider(session, by, award.program_id, award.person_id, now=now)
    if award.state is not StackAwardState.CURRENT:
        raise NotWaiting("This stack does not hold now, so nothing can be recorded for it.")
    title, by_whom = title.strip(), by_whom.strip()
    if not title or not by_whom or on is None or max(len(title), len(by_whom)) > NAME_LIMIT:
        raise RecognitionIncomplete("Say what it was taken for, by whom, and on which day.")
    if on > now.date():
        raise RecognitionIncomplete("The day lies in the future: record it once it has happened.")
    fresh = Recognition(
        award_id=award.id,
        title=title,
        by=by_whom,
        recognised_on=on,
        recorded_by_id=by.id,
        recorded_at=now,
    )
    session.add(fresh)
    note(session, "stacks.recognise", award.public_id, actor=by, now=now, title=title)
    return fresh


def require_decider(
    session: Session, person: Person, program_id: int, whose: int, *, now: datetime
) -> None:
    """Refuse anybody who may not decide on a stack. Raises `OwnStack` and `NotAppointed`."""
    if person.id == whose:
        raise OwnStack("This is your own stack: somebody else has to decide on it.")
    seats = appointments.seats_of(session, person, now=now)
    if not any(one.program_id == program_id and one.seat in DECIDING for one in seats):
        raise NotAppointed(
            "You are not appointed to decide on stacks of this program, or your appointment has"
            " ended. The program's office can appoint you."
        )


def _decide(
    session: Session,
    proposal: StackProposal,
    state: ProposalState,
    *,
    by: Person,
    reason: str,
    now: datetime,
) -> None:
    before = [ProposalState.WAITING]
    if state is ProposalState.APPROVED:
        before.append(ProposalState.DECLINED)
    # Of two who decide at the same moment, the row changes for one only.
    changed = session.execute(
        update(StackProposal)
        .where(StackProposal.id == proposal.id, StackProposal.state.in_(before))
        .values(
            state=state,
            decided_by_id=by.id,
            decided_at=now,
            reason=reason.strip()[:REASON_LIMIT],
        )
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise NotWaiting("Nothing is to be decided here: a colleague has just done it.")
    session.refresh(proposal)


def reading_of(session: Session, person_id: int, program_id: int, stack: str) -> Reading | None:
    """How somebody stands in one stack; `None` where they have begun nothing of it."""
    found = (
        one
        for one in readings(session, person_id)
        if (one.program_id, one.stack.slug) == (program_id, stack)
    )
    return next(found, None)


def find_proposal(
    session: Session, public_id: str, *, for_: Person, now: datetime
) -> StackProposal:
    """A proposal somebody may decide on, or that is their own.

    Raises `NotFound` for everybody else, who learn nothing of it.
    """
    found = session.scalar(select(StackProposal).where(StackProposal.public_id == public_id))
    if found is None or not _concerns(session, for_, found, now):
        raise NotFound("There is no such proposal for you to decide on.")
    return found


def find_stack_award(
    session: Session, public_id: str, *, for_: Person, now: datetime
) -> StackAward:
    """An awarded stack somebody may decide on, or that is their own. Raises `NotFound`."""
    found = session.scalar(select(StackAward).where(StackAward.public_id == public_id))
    if found is None or not _concerns(session, for_, found, now):
        raise NotFound("There is no such stack for you to decide on.")
    return found


def _concerns(
    session: Session, person: Person, row: StackProposal | StackAward, now: datetime
) -> bool:
    if row.person_id == person.id:
        return True
    seats = appointments.seats_of(session, person, now=now)
    return any(one.program_id == row.program_id and one.seat in DECIDING for one in seats)


def recognitions_of(session: Session, award: StackAward) -> list[Recognition]:
    """What others took a stack for, oldest first."""
    return list(
        session.scalars(
            select(Recognition)
            .where(Recognition.award_id == award.id)
            .order_by(Recognition.recognised_on, Recognition.id)
        )
    )
