"""What an approver of stacks has to look at, and has looked at, for all their programs at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload

from lti_tool.badges.models import OVER, Award, AwardState
from lti_tool.holdings.models import HeldBadge
from lti_tool.people.models import Person
from lti_tool.programs import appointments
from lti_tool.programs.models import CredentialVersion, ProgramVersion
from lti_tool.programs.stacks import stacks_in
from lti_tool.stacks import elsewhere, proposals
from lti_tool.stacks.models import (
    BroughtBadge,
    BroughtState,
    ProposalState,
    Recognition,
    StackAward,
    StackAwardState,
    StackProposal,
)
from lti_tool.stacks.proposals import DECIDING
from lti_tool.stacks.reading import Reading
from lti_tool.verification import kept_reports
from lti_tool.verification.report import Report


@dataclass(frozen=True)
class Part:
    """One award a stack rests on."""

    title: str
    earned_at: datetime
    is_revoked: bool
    why: str = ""
    """What the last look at it found, where it came from elsewhere and counts no more."""
    is_corrected: bool = False
    """A corrected badge stands in its place, and holds."""


@dataclass(frozen=True)
class Pending:
    """One stack of one person that somebody has to look at, or has looked at."""

    public_id: str
    """Of the proposal, or of the award where it was awarded."""
    person: str
    title: str
    program: str
    designation: str
    number: int
    since: datetime
    parts: tuple[Part, ...]
    words: str = ""
    """The reason, where there is one."""
    recognitions: tuple[Recognition, ...] = ()
    stamp: str = ""
    """What approving it repeats; empty where nothing in it is from elsewhere."""


@dataclass(frozen=True)
class Brought:
    """A badge from elsewhere that waits, beside what it is to stand for."""

    row: BroughtBadge
    report: Report
    """What the last look at it found."""
    person: str
    stack: str
    stands_for: str


@dataclass(frozen=True)
class Desk:
    """All stacks one decider may see: what waits, what is in question, and what was decided."""

    waiting: tuple[Pending, ...]
    in_question: tuple[Pending, ...]
    declined: tuple[Pending, ...]
    awarded: tuple[Pending, ...]
    brought: tuple["Brought", ...] = ()
    """Badges from elsewhere that are to count towards a stack."""

    @property
    def count(self) -> int:
        """How many wait for somebody."""
        return len(self.waiting) + len(self.in_question) + len(self.brought)


REMOVED = "A badge from elsewhere that its earner has removed since"

NEWER = "A newer copy of it came since it was accepted. It counts again once that is accepted too."

SHOWN = 50
"""Awarded stacks on one page, the newest."""


def programs_of(session: Session, person: Person, *, now: datetime) -> list[int]:
    """Ids of the programs in which a person decides on stacks."""
    seats = appointments.seats_of(session, person, now=now)
    return sorted({one.program_id for one in seats if one.seat in DECIDING})


def count_waiting(session: Session, person: Person, programs: Sequence[int]) -> int:
    """How many stacks wait for somebody with a seat in these programs; three queries."""
    suggested = select(StackProposal.id).where(
        StackProposal.program_id.in_(programs),
        StackProposal.state == ProposalState.WAITING,
        StackProposal.person_id != person.id,
    )
    questions = select(StackAward.id).where(
        StackAward.program_id.in_(programs),
        StackAward.state == StackAwardState.IN_QUESTION,
        StackAward.person_id != person.id,
    )
    badges = select(BroughtBadge.id).where(
        BroughtBadge.program_id.in_(programs),
        BroughtBadge.state == BroughtState.WAITING,
        BroughtBadge.person_id != person.id,
    )
    return sum(len(session.scalars(one).all()) for one in (suggested, questions, badges))


def desk(session: Session, person: Person, *, now: datetime) -> Desk:
    """What this decider may decide on, oldest first. Nothing of their own is there."""
    programs = programs_of(session, person, now=now)
    open_ones = session.scalars(
        select(StackProposal)
        .join(StackProposal.person)
        .where(
            StackProposal.program_id.in_(programs),
            StackProposal.state.in_((ProposalState.WAITING, ProposalState.DECLINED)),
            StackProposal.person_id != person.id,
        )
        .options(contains_eager(StackProposal.person))
        .order_by(StackProposal.proposed_at, StackProposal.id)
    ).all()
    held = session.scalars(
        select(StackAward)
        .join(StackAward.person)
        .where(
            StackAward.program_id.in_(programs),
            StackAward.state != StackAwardState.REVOKED,
            StackAward.person_id != person.id,
        )
        .options(contains_eager(StackAward.person), joinedload(StackAward.proposal))
        .order_by(StackAward.state.desc(), StackAward.awarded_at.desc(), StackAward.id.desc())
        .limit(SHOWN)
    ).all()
    tell = _Teller(session, open_ones, held)
    waiting = [one for one in open_ones if one.state is ProposalState.WAITING]
    declined = [one for one in open_ones if one.state is ProposalState.DECLINED]
    current = [one for one in held if one.state is StackAwardState.CURRENT]
    questioned = [one for one in held if one.state is StackAwardState.IN_QUESTION]
    questioned.sort(key=lambda one: one.in_question_since or one.awarded_at)
    return Desk(
        waiting=tuple(map(tell.proposal, waiting)),
        in_question=tuple(map(tell.award, questioned)),
        declined=tuple(map(tell.proposal, _last(declined, open_ones, held))),
        awarded=tuple(map(tell.award, current)),
        brought=tuple(_brought(session, person, programs)),
    )


def _brought(session: Session, person: Person, programs: Sequence[int]) -> Iterator[Brought]:
    for row in elsewhere.waiting_in(session, person, programs):
        one = proposals.reading_of(session, row.person_id, row.program_id, row.stack)
        if one is None:
            continue
        titles = {place.name: place.words for place in elsewhere.places_of_all(one)}
        stands_for = titles.get(row.stands_for, row.stands_for)
        report = kept_reports.from_json(row.held.report)
        yield Brought(row, report, row.person.name, one.stack.title, stands_for)


def _last(
    declined: Sequence[StackProposal],
    all_open: Sequence[StackProposal],
    held: Sequence[StackAward],
) -> list[StackProposal]:
    """Declined ones that nothing came after: neither a new proposal nor an award."""
    newest = {(one.person_id, one.program_id, one.stack): one.id for one in all_open}
    settled = {(one.person_id, one.program_id, one.stack) for one in held}
    return [
        one
        for one in declined
        if newest[one.person_id, one.program_id, one.stack] == one.id
        and (one.person_id, one.program_id, one.stack) not in settled
    ]


def _still_hold(session: Session, replaced: Sequence[int | None]) -> set[int]:
    """Which of these corrected badges hold, or were corrected again and hold now."""
    ends = {one: one for one in replaced if one is not None}
    holding: set[int] = set()
    while ends:
        rows = session.execute(
            select(Award.id, Award.state, Award.replaced_by_id).where(Award.id.in_(ends))
        ).all()
        holding |= {ends[id_] for id_, state, _ in rows if state not in OVER}
        ends = {
            fresh: ends[id_]
            for id_, state, fresh in rows
            if state is AwardState.SUPERSEDED and fresh is not None
        }
    return holding


def _resting_on_others(session: Session, found: Sequence[StackProposal]) -> dict[int, Reading]:
    """By proposal: what it rests on now, where badges from elsewhere were accepted for it."""
    accepted = {
        (whose, program_id, stack)
        for whose, program_id, stack in session.execute(
            select(BroughtBadge.person_id, BroughtBadge.program_id, BroughtBadge.stack).where(
                BroughtBadge.person_id.in_({row.person_id for row in found}),
                BroughtBadge.state == BroughtState.ACCEPTED,
            )
        )
    }
    resting: dict[int, Reading] = {}
    for row in found:
        where = (row.person_id, row.program_id, row.stack)
        if where in accepted and (one := proposals.reading_of(session, *where)) is not None:
            resting[row.id] = one
    return resting


class _Teller:
    """Titles and parts of many stacks, asked for once."""

    def __init__(
        self, session: Session, found: Sequence[StackProposal], held: Sequence[StackAward]
    ) -> None:
        versions = {one.program_version_id for one in found}
        versions |= {one.program_version_id for one in held}
        self._versions = {
            id_: (title, number, {stack.slug: stack for stack in stacks_in({"stacks": stacks})})
            for id_, title, number, stacks in session.execute(
                select(
                    ProgramVersion.id,
                    ProgramVersion.title,
                    ProgramVersion.number,
                    ProgramVersion.document["stacks"],
                ).where(ProgramVersion.id.in_(versions))
            )
        }
        self._now = _resting_on_others(session, found)
        self._stamps = {id_: proposals.stamp_of(one) for id_, one in self._now.items()}
        basis = {one for row in found for one in self._basis(row)}
        basis |= {one for row in held for one in row.proposal.basis}
        rows = session.execute(
            select(
                Award.public_id,
                CredentialVersion.title,
                Award.issued_at,
                Award.state,
                Award.replaced_by_id,
            )
            .join(Award.credential_version)
            .where(Award.public_id.in_(basis))
        ).all()
        replaced = [row.replaced_by_id for row in rows if row.state is AwardState.SUPERSEDED]
        holds = _still_hold(session, replaced)
        self._parts = {
            public_id: Part(
                title,
                at,
                is_revoked=state in OVER and fresh not in holds,
                is_corrected=state is AwardState.SUPERSEDED and fresh in holds,
            )
            for public_id, title, at, state, fresh in rows
        }
        for award in session.scalars(select(StackAward).where(StackAward.public_id.in_(basis))):
            title = self._stack(award)[0]
            is_off = award.state is not StackAwardState.CURRENT
            self._parts[award.public_id] = Part(title, award.awarded_at, is_off)
        for brought in session.scalars(
            select(BroughtBadge)
            .where(BroughtBadge.public_id.in_(basis))
            .options(joinedload(BroughtBadge.held).defer(HeldBadge.content))
        ):
            badge = brought.held
            words = f"{badge.title}, from {badge.issuer_name}"
            why = NEWER if brought.is_asked_again else ""
            why = why if badge.counts else kept_reports.from_json(badge.report).sentence
            self._parts[brought.public_id] = Part(words, brought.brought_at, bool(why), why)
        self._recognitions: dict[int, list[Recognition]] = {}
        for row in session.scalars(
            select(Recognition)
            .where(Recognition.award_id.in_([one.id for one in held]))
            .order_by(Recognition.recognised_on, Recognition.id)
        ):
            self._recognitions.setdefault(row.award_id, []).append(row)

    def _basis(self, row: StackProposal) -> Sequence[str]:
        """What it would be awarded for: as it was proposed, or as it is now."""
        now = self._now.get(row.id)
        return row.basis if now is None else now.basis

    def _stack(self, row: StackProposal | StackAward) -> tuple[str, str, str, int]:
        program, number, stacks = self._versions.get(row.program_version_id, ("", 0, {}))
        stack = stacks.get(row.stack)
        if stack is None:
            return row.stack, program, "", number
        return stack.title, program, stack.designation, number

    def _on(self, basis: Sequence[str], at: datetime) -> tuple[Part, ...]:
        known = [self._parts.get(one, Part(REMOVED, at, is_revoked=True)) for one in basis]
        return tuple(sorted(known, key=lambda part: (part.earned_at, part.title)))

    def proposal(self, row: StackProposal) -> Pending:
        """A proposal as the page shows it."""
        title, program, designation, number = self._stack(row)
        return Pending(
            row.public_id,
            row.person.name,
            title,
            program,
            designation,
            number,
            row.proposed_at,
            self._on(self._basis(row), row.proposed_at),
            row.reason,
            stamp=self._stamps.get(row.id, ""),
        )

    def award(self, row: StackAward) -> Pending:
        """An award as the page shows it."""
        title, program, designation, number = self._stack(row)
        return Pending(
            row.public_id,
            row.person.name,
            title,
            program,
            designation,
            number,
            row.in_question_since or row.awarded_at,
            self._on(row.proposal.basis, row.awarded_at),
            "",
            tuple(self._recognitions.get(row.id, ())),
        )
