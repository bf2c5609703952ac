"""Badges from elsewhere that are to count towards a stack: verified, then accepted by a person.

What our verification saw when the badge was handed in is kept with it, and the badge itself too:
it is part of what the stack rests on. The checks say whether it is genuine; whether it is worth a
member of the stack is for an approver to say.
"""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_tool.errors import NotFound, Refused
from lti_tool.people.audit import note
from lti_tool.people.models import Person
from lti_tool.sealing.members import is_absolute
from lti_tool.stacks import proposals
from lti_tool.stacks.models import BroughtBadge, BroughtState
from lti_tool.stacks.reading import MemberState, Reading
from lti_tool.verification import checking
from lti_tool.verification.report import Outcome, Report
from lti_tool.verification.sources import Source

MOST_WAITING = 10
"""Badges of one person that may wait at one time."""
TITLE = 255


class NotToBeCounted(Refused):
    """The badge is not valid, is ours, or stands for nothing that is missing."""

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


@dataclass(frozen=True)
class Seen:
    """A badge somebody handed in, and what verifying it found."""

    content: bytes
    """The file, or the words that were pasted."""
    report: Report


def look_at(
    data: bytes, words: str, source: Source, *, person: Person, own: str, now: datetime
) -> Seen:
    """Verify a file, or an address or text. Raises `NotToBeCounted` where it cannot count.

    It may ask addresses of others and takes as long as they do; nothing is written. `own` is the
    address of this installation.
    """
    if not data and not words.strip():
        raise NotToBeCounted("Choose the badge's file, or give its address.")
    if data:
        report = checking.check_file(data, source, now=now, recipient=person.email)
    else:
        report = checking.check_words(words, source, now=now, recipient=person.email)
    if report.outcome is Outcome.NOT_VALID:
        raise NotToBeCounted(report.sentence)
    if not report.facts.name:
        raise NotToBeCounted("No badge was found in it.")
    if report.facts.address.startswith(f"{own}/"):
        raise NotToBeCounted("This badge was awarded here, so it counts by itself where it can.")
    return Seen(data or words.encode("utf-8", "replace"), report)


def hand_in(
    session: Session, person: Person, one: Reading, seen: Seen, *, stands_for: str, now: datetime
) -> BroughtBadge:
    """Keep a badge for an approver to look at. Raises `NotToBeCounted`."""
    if stands_for not in {place.name for place in places(one)}:
        raise NotToBeCounted("Choose what it is to stand for.")
    waiting = session.scalars(
        select(BroughtBadge.id).where(
            BroughtBadge.person_id == person.id, BroughtBadge.state == BroughtState.WAITING
        )
    ).all()
    if len(waiting) >= MOST_WAITING:
        raise NotToBeCounted("Several of your badges wait already. Let those be looked at first.")
    facts = seen.report.facts
    fresh = BroughtBadge(
        person_id=person.id,
        program_id=one.program_id,
        stack=one.stack.slug,
        stands_for=stands_for,
        title=facts.name[:TITLE],
        issuer_name=(facts.issuer_name or facts.issuer_id)[:TITLE],
        address=_address(facts.address, seen.content),
        sentence=seen.report.sentence,
        checks=[
            {"name": check.name, "verdict": check.verdict.value, "saw": check.saw}
            for check in seen.report.checks
        ],
        content=seen.content,
        brought_at=now,
    )
    session.add(fresh)
    session.flush()
    note(session, "stacks.bring", fresh.public_id, actor=person, now=now)
    return fresh


def _address(told: str, content: bytes) -> str:
    """What it calls itself, as far as that can stand in what we sign; else a name of its own."""
    if len(told) <= 2_000 and is_absolute(told):
        return told
    return uuid.UUID(bytes=hashlib.sha256(content).digest()[:16], version=4).urn


def find(session: Session, public_id: str, *, by: Person, now: datetime) -> BroughtBadge:
    """A badge from elsewhere somebody may decide on. Raises `NotFound` for everybody else."""
    found = session.scalar(select(BroughtBadge).where(BroughtBadge.public_id == public_id))
    if found is None:
        raise NotFound("There is no such badge for you to decide on.")
    proposals.require_decider(session, by, found.program_id, found.person_id, now=now)
    return found


def accept(session: Session, brought: BroughtBadge, *, by: Person, now: datetime) -> None:
    """Let it count towards the stack. Raises `proposals.NotWaiting` and what `find` raises."""
    _decide(session, brought, BroughtState.ACCEPTED, by=by, reason="", now=now)
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
            .order_by(BroughtBadge.brought_at, BroughtBadge.id)
        )
    )
