"""Badges from elsewhere that somebody holds: kept, found, given back, let go.

Whoever takes one in looks at it first (`looking.look_at`), which may ask other addresses; then
`hold` keeps what was seen, in one short transaction.
"""

import enum
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from lti_tool import jobs
from lti_tool.errors import NotFound
from lti_tool.holdings.looking import LONGEST_ADDRESS, NotHeld, Seen
from lti_tool.holdings.models import HeldBadge, HeldState
from lti_tool.people.audit import note
from lti_tool.people.models import Person
from lti_tool.sealing.members import is_absolute
from lti_tool.verification import credential_rules, kept_reports
from lti_tool.verification.facts import Facts
from lti_tool.verification.report import Rung, Verdict

MOST = 300
"""Badges from elsewhere of one person."""
MOST_BYTES = 64 * 1024 * 1024
"""Bytes of all of them together."""
TITLE = 255

AGAIN = timedelta(days=1)
"""When a badge is looked at again."""
SOONER = timedelta(hours=4)
"""The same, where something did not answer."""


class Became(enum.StrEnum):
    """What became of a badge that was handed in."""

    ADDED = "added"
    REPLACED = "replaced"
    """It is newer than the copy that was there."""
    SAME = "same"
    """It was there already, as new or newer."""


@dataclass(frozen=True)
class Held:
    """A badge that is held now, and what it took."""

    badge: HeldBadge
    became: Became


def hold(session: Session, person: Person, seen: Seen, *, now: datetime) -> Held:
    """Keep a badge that was looked at; the newer of two copies stays (Open Badges 3.0).

    Who rests on a copy that was replaced is told so: it may say something else.

    Raises:
        NotHeld: there are too many already.
    """
    # Of two that are handed in at the same moment, the later finds the earlier.
    session.scalars(
        select(Person.id).where(Person.id == person.id).with_for_update(key_share=True)
    ).one()
    identity = identity_of(seen.report.facts, seen.content)
    held = session.scalar(
        select(HeldBadge)
        .where(HeldBadge.person_id == person.id, HeldBadge.identity == identity)
        .order_by(HeldBadge.id.desc())
        .limit(1)
    )
    if held is None:
        _has_room(session, person, seen)
        fresh = HeldBadge(
            person_id=person.id,
            identity=identity,
            came_by=seen.came_by,
            came_from=_plain(seen.came_from),
            made_out_to=_plain(seen.made_out_to),
            held_at=now,
            **_told(seen),
            **_found(seen, now),
        )
        session.add(fresh)
        session.flush()
        note(session, "holdings.hold", fresh.public_id, actor=person, now=now)
        return Held(fresh, Became.ADDED)
    is_newer = _moment(seen.report.facts.issued) > _moment(held.issued)
    is_newer = is_newer and _may_replace(held, seen)
    if is_newer:
        _has_room(session, person, seen, instead_of=held)
        for name, value in _told(seen).items():
            setattr(held, name, value)
        held.made_out_to = _plain(seen.made_out_to)
        held.held_at = max(now, held.held_at)
        key = f"{held.public_id}-{held.stamp}"
        jobs.enqueue(session, "stacks.replaced", held.id, key=key)
    if is_newer or seen.content == held.content:
        renew(session, held, seen, now=now)
    session.flush()
    return Held(held, Became.REPLACED if is_newer else Became.SAME)


def _may_replace(held: HeldBadge, seen: Seen) -> bool:
    """Whether a newer copy may take the place of the one that is held.

    Anybody can sign another's words with a key of their own. Such a copy takes the place only of
    one that nobody vouched for either, and never brings back what is over. Who vouches for the
    held one is open while its issuer's host is silent, so that is not enough.
    """
    if seen.state is not HeldState.VALID:
        return False
    if seen.report.issuer_known is Rung.REACHED:
        return True
    before = kept_reports.from_json(held.report).issuer_known
    return held.state is not HeldState.OVER and before is Rung.MISSED


def renew(session: Session, held: HeldBadge, seen: Seen, *, now: datetime) -> None:
    """Write down what another look found; who rests on it learns of a change."""
    if held.state is HeldState.OVER and _is_silent(seen):
        # What was said against it stands until it can be asked again.
        held.checked_at, held.check_at = now, now + SOONER
        return
    did_count = held.counts
    for name, value in _found(seen, now).items():
        setattr(held, name, value)
    held.over_since = None if held.counts else held.over_since or now
    if held.counts is not did_count:
        action = "holdings.over" if did_count else "holdings.holds-again"
        note(session, action, held.public_id, actor=None, now=now)
        key = f"held-{held.public_id}-{now.timestamp():.3f}"
        jobs.enqueue(session, "stacks.look", held.person_id, key=key)


def _is_silent(seen: Seen) -> bool:
    """Whether nothing new speaks against it, but something did not answer."""
    return seen.state is not HeldState.OVER and any(
        check.verdict is Verdict.UNKNOWN and check.name != credential_rules.RECIPIENT
        for check in seen.report.checks
    )


def _told(seen: Seen) -> dict[str, Any]:
    """What a badge says of itself, as columns."""
    facts = seen.report.facts
    return {
        "title": _short(facts.name),
        "issuer_name": _short(facts.issuer_name or facts.issuer_id),
        "issuer_id": _plain(facts.issuer_id)[:LONGEST_ADDRESS],
        "address": _address(facts.address, seen.content),
        "form": _short(seen.report.form),
        "issued": _short(facts.issued),
        "expires": _short(facts.expires),
        "content": seen.content,
        "size": len(seen.content),
    }


def _found(seen: Seen, now: datetime) -> dict[str, Any]:
    """What a look at it found, as columns."""
    is_open = seen.state is HeldState.UNCHECKED
    return {
        "state": seen.state,
        "is_vouched_for": seen.report.issuer_known is Rung.REACHED,
        "report": kept_reports.to_json(seen.report),
        "checked_at": now,
        "check_at": now + (SOONER if is_open else AGAIN),
    }


def identity_of(facts: Facts, content: bytes) -> str:
    """By what two copies are the same credential: issuer and id (Open Badges 3.0)."""
    named = f"{facts.issuer_id.strip()}\n{facts.address.strip()}".encode("utf-8", "replace")
    return hashlib.sha256(named if facts.address.strip() else content).hexdigest()


def _has_room(
    session: Session, person: Person, seen: Seen, instead_of: HeldBadge | None = None
) -> None:
    count, size = session.execute(
        select(func.count(HeldBadge.id), func.coalesce(func.sum(HeldBadge.size), 0)).where(
            HeldBadge.person_id == person.id
        )
    ).one()
    if instead_of is not None:
        count, size = count - 1, size - instead_of.size
    if count >= MOST or size + len(seen.content) > MOST_BYTES:
        raise NotHeld(
            "You keep as many badges from elsewhere as there is room for. Remove one first.",
            seen.report,
        )


def _address(told: str, content: bytes) -> str:
    """What it calls itself, as far as that can stand in what we sign; else a name of its own."""
    if len(told) <= LONGEST_ADDRESS and is_absolute(told):
        return told
    return uuid.UUID(bytes=hashlib.sha256(content).digest()[:16], version=4).urn


def _plain(text: str) -> str:
    return text.replace("\x00", "")


def _short(text: str) -> str:
    return _plain(text)[:TITLE]


def _moment(written: str) -> float:
    """When a badge says it was issued, to be compared; what cannot be read is old."""
    try:
        found = credential_rules.moment(written)
    except ValueError:
        return 0.0
    return found.timestamp() if found else 0.0


def held_by(session: Session, person: Person) -> list[HeldBadge]:
    """What somebody holds, newest first, without the files; one query."""
    return list(
        session.scalars(
            select(HeldBadge)
            .where(HeldBadge.person_id == person.id)
            .options(defer(HeldBadge.content), defer(HeldBadge.report))
            .order_by(HeldBadge.id.desc())
        )
    )


def find(session: Session, public_id: str, *, of: Person) -> HeldBadge:
    """One of somebody's own. Raises `NotFound`, whether or not somebody else has it."""
    found = session.scalar(
        select(HeldBadge).where(HeldBadge.public_id == public_id, HeldBadge.person_id == of.id)
    )
    if found is None:
        raise NotFound("You keep no such badge here.")
    return found


def since(
    session: Session, person: Person, *, moment: datetime | None, limit: int, offset: int
) -> tuple[Sequence[HeldBadge], int]:
    """A page of what somebody holds, oldest first, with the files; and how many there are."""
    where = [HeldBadge.person_id == person.id]
    if moment is not None:
        where.append(HeldBadge.held_at >= moment)
    total = session.scalar(select(func.count(HeldBadge.id)).where(*where)) or 0
    rows = session.scalars(
        select(HeldBadge).where(*where).order_by(HeldBadge.id).limit(limit).offset(offset)
    ).all()
    return rows, total


def remove(session: Session, held: HeldBadge, *, now: datetime) -> None:
    """Let a badge go for good. What was made of it in other rooms has to be gone before."""
    note(session, "holdings.remove", held.public_id, actor=held.person, now=now)
    session.delete(held)
    session.flush()
