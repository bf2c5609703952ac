"""Answering for hours that participants entered: one by one, or a heap of them with one click.

An approval is never changed. One made by mistake is withdrawn by a row of its own, and the hours
wait again; the click that made it is what is withdrawn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import Select, exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, contains_eager

from lti_tool.credit.hours import rule_of
from lti_tool.credit.models import HoursApproval, HoursEntry, HoursWithdrawal
from lti_tool.credit.recording import AlreadyTakenBack, let_complete, read_words
from lti_tool.database import opaque_id
from lti_tool.errors import NotAllowed, NotFound, Refused
from lti_tool.people.audit import note
from lti_tool.people.models import Person
from lti_tool.programs.models import CredentialVersion

NONE = Decimal(0)
LATELY = timedelta(days=30)
"""How long an approval stands on the page where it can be withdrawn."""
CLICKS = 10
"""Clicks shown there."""


class NothingToApprove(Refused):
    """All of it was approved or taken back meanwhile."""


class NothingToWithdraw(Refused):
    """The approval was withdrawn before."""


@dataclass(frozen=True)
class Heap:
    """Waiting hours that one button approves: all of one person, or all of one kind."""

    title: str
    """The person's name, or the kind of hours with its credential."""
    is_person: bool
    people: int
    hours: Decimal
    entries: tuple[str, ...]
    """Public ids: what is approved is what was seen, not what came in meanwhile."""

    @property
    def count(self) -> int:
        """How many entries."""
        return len(self.entries)


@dataclass(frozen=True)
class Click:
    """What one click approved and still stands."""

    batch: str
    people: tuple[str, ...]
    count: int
    hours: Decimal
    at: datetime


def heaps(
    waiting: Sequence[HoursEntry], versions: Mapping[int, CredentialVersion], viewer: Person
) -> list[Heap]:
    """What can be approved together, people first; one entry alone is no heap, nor are one's own.

    `versions` gives the version of each credential, by the credential's id.
    """
    of_person: dict[int, list[HoursEntry]] = {}
    of_kind: dict[tuple[int, str], list[HoursEntry]] = {}
    for one in waiting:
        if one.person_id != viewer.id:
            of_person.setdefault(one.person_id, []).append(one)
            of_kind.setdefault((one.credential_id, one.category), []).append(one)
    found = [_heap(mine[0].person.name, mine, is_person=True) for mine in of_person.values()]
    for (credential_id, slug), these in of_kind.items():
        version = versions[credential_id]
        category = rule_of(version).category(slug)
        title = category.title if category else slug
        if len({one.credential_id for one in waiting}) > 1:
            title = f"{version.title}: {title}"
        if len({one.person_id for one in these}) > 1:
            found.append(_heap(title, these, is_person=False))
    return [heap for heap in found if heap.count > 1]


def approve(
    session: Session, entry: HoursEntry, version: CredentialVersion, *, by: Person, now: datetime
) -> None:
    """Answer for hours a participant entered. Approving twice changes nothing.

    Raises:
        NotAllowed: they are one's own.
        AlreadyTakenBack: they were taken back meanwhile.
    """
    if entry.person_id == by.id:
        raise NotAllowed("These are your own hours: somebody else has to approve them.")
    if not _live(session, [entry]):
        raise AlreadyTakenBack("These hours were taken back meanwhile.")
    approve_all(session, [entry], {version.credential_id: version}, by=by, now=now, strictly=False)


def approve_all(
    session: Session,
    entries: Sequence[HoursEntry],
    versions: Mapping[int, CredentialVersion],
    *,
    by: Person,
    now: datetime,
    strictly: bool = True,
) -> Click:
    """Answer for all of these hours with one click; what is approved or taken back is left out.

    Raises:
        NothingToApprove: nothing of it waits any more, unless not `strictly`.
    """
    batch = opaque_id()
    rounds = _rounds(session, entries)
    done = []
    for entry in _live(session, entries):
        last, stands = rounds.get(entry.id, (0, False))
        if stands or entry.person_id == by.id:
            continue
        try:
            with session.begin_nested():
                session.add(
                    HoursApproval(
                        entry_id=entry.id,
                        approver_id=by.id,
                        approved_at=now,
                        round=last + 1,
                        batch=batch,
                    )
                )
        except IntegrityError:
            continue  # a colleague was faster
        done.append(entry)
    if strictly and not done:
        raise NothingToApprove("These hours were approved or taken back meanwhile.")
    for person_id, credential_id in {(one.person_id, one.credential_id) for one in done}:
        what = f"approvals-{batch}-{person_id}-{credential_id}"
        let_complete(session, person_id, versions[credential_id], what)
    names = tuple(dict.fromkeys(one.person.name for one in done))
    return Click(batch, names, len(done), sum((one.hours for one in done), NONE), now)


def lately(
    session: Session, by: Person, credential_ids: Sequence[int], *, now: datetime
) -> list[Click]:
    """One's own approvals in these credentials that can be withdrawn, the newest first; a query."""
    rows = session.scalars(
        _standing()
        .where(
            HoursApproval.approver_id == by.id,
            HoursApproval.approved_at > now - LATELY,
            HoursEntry.credential_id.in_(credential_ids),
        )
        .order_by(HoursApproval.id.desc())
    ).all()
    batches: dict[str, list[HoursApproval]] = {}
    for row in rows:
        batches.setdefault(row.batch, []).append(row)
    return [_click(batch, mine) for batch, mine in list(batches.items())[:CLICKS]]


def of_batch(session: Session, batch: str) -> Sequence[HoursApproval]:
    """The approvals of one click that still stand, with their entries.

    Raises:
        NotFound: there is no such click, or everything of it was withdrawn.
    """
    found = session.scalars(
        _standing().where(HoursApproval.batch == batch).order_by(HoursApproval.id)
    ).all()
    if not found:
        raise NotFound("There is no such approval, or it was withdrawn already.")
    return found


def withdraw(
    session: Session,
    approvals: Sequence[HoursApproval],
    *,
    by: Person,
    reason: str,
    now: datetime,
) -> int:
    """Take approvals back: the hours wait again; answers how many.

    An award that was made with these hours is not unmade by it: that is a decision of people.

    Raises:
        HoursRefused: there is no reason.
        NothingToWithdraw: a colleague has just done it.
    """
    words = read_words(reason)
    count = 0
    for approval in approvals:
        try:
            with session.begin_nested():
                session.add(
                    HoursWithdrawal(
                        approval_id=approval.id,
                        withdrawn_by_id=by.id,
                        withdrawn_at=now,
                        reason=words,
                    )
                )
        except IntegrityError:
            continue  # withdrawn at the same moment
        count += 1
    if not count:
        raise NothingToWithdraw("This was withdrawn already.")
    note(
        session,
        "credit.withdraw-approval",
        approvals[0].batch,
        actor=by,
        now=now,
        entries=count,
        reason=words,
    )
    return count


def _heap(title: str, entries: Sequence[HoursEntry], *, is_person: bool) -> Heap:
    return Heap(
        title=title,
        is_person=is_person,
        people=len({one.person_id for one in entries}),
        hours=sum((one.hours for one in entries), NONE),
        entries=tuple(one.public_id for one in entries),
    )


def _click(batch: str, approvals: Sequence[HoursApproval]) -> Click:
    return Click(
        batch=batch,
        people=tuple(dict.fromkeys(one.entry.person.name for one in approvals)),
        count=len(approvals),
        hours=sum((one.entry.hours for one in approvals), NONE),
        at=approvals[0].approved_at,
    )


def _standing() -> Select[HoursApproval]:
    return (
        select(HoursApproval)
        .join(HoursApproval.entry)
        .where(~exists().where(HoursWithdrawal.approval_id == HoursApproval.id))
        .options(contains_eager(HoursApproval.entry).joinedload(HoursEntry.person))
    )


def _live(session: Session, entries: Sequence[HoursEntry]) -> list[HoursEntry]:
    """The entries that nobody took back, and that take nothing back."""
    ids = [one.id for one in entries]
    taken = set(
        session.scalars(select(HoursEntry.counters_id).where(HoursEntry.counters_id.in_(ids)))
    )
    return [one for one in entries if one.counters_id is None and one.id not in taken]


def _rounds(session: Session, entries: Sequence[HoursEntry]) -> dict[int, tuple[int, bool]]:
    """By entry: the number of its last approval, and whether one stands."""
    rows = session.execute(
        select(
            HoursApproval.entry_id,
            func.max(HoursApproval.round),
            func.count(HoursApproval.id) - func.count(HoursWithdrawal.id),
        )
        .outerjoin(HoursWithdrawal, HoursWithdrawal.approval_id == HoursApproval.id)
        .where(HoursApproval.entry_id.in_([one.id for one in entries]))
        .group_by(HoursApproval.entry_id)
    )
    return {entry_id: (last, standing > 0) for entry_id, last, standing in rows}
