"""Badges from elsewhere that are to count towards a stack: held by their earner, then accepted.

The badge itself and what our verification saw lie in `holdings`, where it is looked at again and
again: one that is revoked where it came from counts no more. The checks say whether it is genuine;
whether it is worth a member of the stack is for an approver to say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session, joinedload

from lti_tool.badges.models import StackBadge
from lti_tool.errors import NotFound, Refused
from lti_tool.holdings import keeping
from lti_tool.holdings.models import HeldBadge, HeldState
from lti_tool.people.audit import note
from lti_tool.people.models import Person
from lti_tool.programs.models import Program, ProgramVersion
from lti_tool.programs.stacks import stacks_in
from lti_tool.stacks import proposals
from lti_tool.stacks.models import BroughtBadge, BroughtState
from lti_tool.stacks.reading import MemberState, Reading

MOST_WAITING = 10
"""Badges of one person that may wait at one time."""
MAY_COUNT = (HeldState.VALID, HeldState.UNCHECKED)
"""What may be handed in. One that expires after it was accepted goes on counting."""
SAME_MOMENT = timedelta(seconds=5)
"""By how much a decision may be later than a newer copy and still be about the older one."""


class NotToBeCounted(Refused):
    """The badge is not valid any more, or stands for nothing that is missing."""

    status = 422


@dataclass(frozen=True)
class Place:
    """Something a badge from elsewhere may stand for."""

    name: str
    """Slug of a member, or the title of what the program accepts from elsewhere."""
    words: str


def places(one: Reading) -> tuple[Place, ...]:
    """What of a stack a badge from elsewhere could stand for: what is missing, in its order."""
    if one.holds is not None:
        return ()
    taken = {row.stands_for for row in one.brought if row.state is not BroughtState.DECLINED}
    taken |= {member.slug for member in one.members if member.state is MemberState.EARNED}
    return tuple(place for place in places_of_all(one) if place.name not in taken)


def places_of_all(one: Reading) -> list[Place]:
    """Everything of a stack a badge from elsewhere could ever stand for."""
    outside = [Place(title, f"{title} ({by})") for title, by in one.stack.external]
    return [*(Place(member.slug, member.title) for member in one.members), *outside]


def offered(session: Session, person: Person, one: Reading) -> list[HeldBadge]:
    """What somebody holds that could be handed in for a stack; nothing where it lacks nothing."""
    if not places(one):
        return []
    taken = _taken(one)
    return [
        held
        for held in keeping.held_by(session, person)
        if held.state in MAY_COUNT and held.id not in taken
    ]


def _taken(one: Reading) -> set[int]:
    """Numbers of what was handed in for a stack and not declined."""
    return {row.held_id for row in one.brought if row.state is not BroughtState.DECLINED}


def hand_in(
    session: Session, held: HeldBadge, one: Reading, *, stands_for: str, now: datetime
) -> BroughtBadge:
    """Let an approver look at a badge its earner holds. Raises `NotToBeCounted`."""
    person = held.person
    if stands_for not in {place.name for place in places(one)}:
        raise NotToBeCounted("Choose what it is to stand for.")
    if held.state not in MAY_COUNT:
        raise NotToBeCounted("This badge is not valid any more, so it cannot count.")
    if held.id in _taken(one):
        raise NotToBeCounted("This badge is handed in for this stack already.")
    waiting = session.scalars(
        select(BroughtBadge.id).where(
            BroughtBadge.person_id == person.id, BroughtBadge.state == BroughtState.WAITING
        )
    ).all()
    if len(waiting) >= MOST_WAITING:
        raise NotToBeCounted("Several of your badges wait already. Let those be looked at first.")
    fresh = BroughtBadge(
        person_id=person.id,
        program_id=one.program_id,
        stack=one.stack.slug,
        stands_for=stands_for,
        held_id=held.id,
        brought_at=now,
    )
    session.add(fresh)
    session.flush()
    note(session, "stacks.bring", fresh.public_id, actor=person, now=now)
    return fresh


@dataclass(frozen=True)
class Use:
    """A stack that a held badge was handed in for."""

    program_slug: str
    stack: str
    title: str
    state: BroughtState


def uses_of(session: Session, held: Sequence[HeldBadge]) -> dict[int, list[Use]]:
    """What held badges were handed in for, by their numbers; one query."""
    rows = session.execute(
        select(BroughtBadge, Program.slug, ProgramVersion.document["stacks"])
        .join(Program, Program.id == BroughtBadge.program_id)
        .join(ProgramVersion, ProgramVersion.program_id == Program.id)
        .where(BroughtBadge.held_id.in_([one.id for one in held]))
        .order_by(BroughtBadge.id, ProgramVersion.number)
    )
    found: dict[int, dict[int, Use]] = {}
    for row, program, stacks in rows:
        uses = found.setdefault(row.held_id, {})
        for stack in stacks_in({"stacks": stacks}):
            if stack.slug == row.stack:  # the newest version has the last word on its title
                state = BroughtState.WAITING if row.is_asked_again else row.state
                uses[row.id] = Use(program, row.stack, stack.title, state)
    return {number: list(uses.values()) for number, uses in found.items()}


def fallen(session: Session, badge: StackBadge) -> set[str]:
    """Addresses of badges from elsewhere that a stack was awarded for and that hold no more.

    One whose newer copy nobody has accepted yet is among them.
    """
    accepted = BroughtBadge.state == BroughtState.ACCEPTED
    again = and_(BroughtBadge.state == BroughtState.WAITING, BroughtBadge.decided_at.is_not(None))
    is_off = or_(HeldBadge.state == HeldState.OVER, BroughtBadge.decided_at < HeldBadge.held_at)
    return set(
        session.scalars(
            select(HeldBadge.address)
            .join(BroughtBadge, BroughtBadge.held_id == HeldBadge.id)
            .where(
                BroughtBadge.person_id == badge.person_id,
                BroughtBadge.program_id == badge.program_version.program_id,
                BroughtBadge.stack == badge.stack,
                or_(again, and_(accepted, is_off)),
            )
        )
    )


def let_go(session: Session, held: HeldBadge, *, now: datetime) -> None:
    """Take a held badge out of every stack, so that its earner can remove it.

    A stack that rests on it is in question then, as if the badge had been taken back.
    """
    rows = session.scalars(select(BroughtBadge).where(BroughtBadge.held_id == held.id)).all()
    for row in rows:
        note(session, "stacks.let-go", row.public_id, actor=held.person, now=now)
        session.delete(row)
    session.flush()
    for whose in sorted({row.person_id for row in rows if row.state is BroughtState.ACCEPTED}):
        proposals.look(session, whose, now=now)


def ask_again(session: Session, held_id: int, *, now: datetime) -> None:
    """Let an approver decide anew where they had accepted an older copy of a held badge.

    What rests on it meanwhile is in question, or not complete.
    """
    rows = session.scalars(
        select(BroughtBadge).where(
            BroughtBadge.held_id == held_id, BroughtBadge.state == BroughtState.ACCEPTED
        )
    ).all()
    for whose in sorted({row.person_id for row in rows}):
        proposals.lock(session, whose)
    for row in rows:
        session.refresh(row)
        is_older = row.decided_at is None or row.decided_at <= row.held.held_at + SAME_MOMENT
        if row.state is BroughtState.ACCEPTED and is_older:
            row.state, row.decided_at = BroughtState.WAITING, row.decided_at or now
            note(session, "stacks.ask-again", row.public_id, actor=None, now=now)
    session.flush()
    for whose in sorted({row.person_id for row in rows}):
        proposals.look(session, whose, now=now)


def find(session: Session, public_id: str, *, by: Person, now: datetime) -> BroughtBadge:
    """A badge from elsewhere somebody may decide on. Raises `NotFound` for everybody else."""
    found = session.scalar(select(BroughtBadge).where(BroughtBadge.public_id == public_id))
    if found is None:
        raise NotFound("There is no such badge for you to decide on.")
    proposals.require_decider(session, by, found.program_id, found.person_id, now=now)
    return found


def accept(
    session: Session, brought: BroughtBadge, *, stamp: str, by: Person, now: datetime
) -> None:
    """Let it count towards the stack; `stamp` is that of the held badge as it was shown.

    Raises `NotToBeCounted`, `proposals.NotWaiting`, `proposals.SomethingChanged`, and what `find`
    raises.
    """
    proposals.require_decider(session, by, brought.program_id, brought.person_id, now=now)
    proposals.lock(session, brought.person_id)
    session.refresh(brought.held)  # nobody replaces it from here on
    if stamp != brought.held.stamp:
        raise proposals.SomethingChanged(
            "A newer copy took the place of this badge since you looked, and it may say something"
            " else. Go back to the list and look again."
        )
    if not brought.held.counts:
        raise NotToBeCounted(
            "This badge is not valid any more, so it cannot count. Decline it with the reason."
        )
    # Clocks of two machines may differ: what was decided on is never newer than the decision.
    at = max(now, brought.held.held_at)
    _decide(session, brought, BroughtState.ACCEPTED, by=by, reason="", now=at)
    note(session, "stacks.accept", brought.public_id, actor=by, now=now)
    proposals.look(session, brought.person_id, now=now)


def decline(
    session: Session, brought: BroughtBadge, *, by: Person, reason: str, now: datetime
) -> None:
    """Do not let it count, and say why. Raises `proposals.ReasonMissing` and `NotWaiting`."""
    if not reason.strip():
        raise proposals.ReasonMissing("Say why, in words for the person it is about.")
    _decide(session, brought, BroughtState.DECLINED, by=by, reason=reason, now=now)
    note(session, "stacks.decline-badge", brought.public_id, actor=by, now=now)


def _decide(
    session: Session,
    brought: BroughtBadge,
    state: BroughtState,
    *,
    by: Person,
    reason: str,
    now: datetime,
) -> None:
    proposals.require_decider(session, by, brought.program_id, brought.person_id, now=now)
    # Of two who decide at the same moment, the row changes for one only.
    changed = session.execute(
        update(BroughtBadge)
        .where(BroughtBadge.id == brought.id, BroughtBadge.state == BroughtState.WAITING)
        .values(
            state=state,
            decided_by_id=by.id,
            decided_at=now,
            reason=reason.strip()[: proposals.REASON_LIMIT],
        )
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise proposals.NotWaiting("Nothing is to be decided here: a colleague has just done it.")
    session.refresh(brought)


def waiting_in(session: Session, person: Person, programs: Sequence[int]) -> list[BroughtBadge]:
    """What waits for somebody with a seat in these programs, oldest first; nothing of their own."""
    return list(
        session.scalars(
            select(BroughtBadge)
            .where(
                BroughtBadge.program_id.in_(programs),
                BroughtBadge.state == BroughtState.WAITING,
                BroughtBadge.person_id != person.id,
            )
            .options(joinedload(BroughtBadge.held).defer(HeldBadge.content))
            .options(joinedload(BroughtBadge.person))
            .order_by(BroughtBadge.brought_at, BroughtBadge.id)
        )
    )
