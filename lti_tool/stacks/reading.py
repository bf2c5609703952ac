"""Where a person stands in every stack they can reach, in a fixed number of queries.

Who began a member of a stack keeps the stack as that version of the program has it (S3-05); a
stack nobody began is read from the current version. Stacks within a stack, and stacks that come
before one, count once they are awarded: a person has approved each.
"""

import enum
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, defer, joinedload

from lti_tool.badges.models import Award, AwardState
from lti_tool.holdings.models import HeldBadge
from lti_tool.portfolio.models import Enrolment
from lti_tool.programs.models import Credential, CredentialVersion, Program, ProgramVersion
from lti_tool.programs.stacks import Stack, stacks_in
from lti_tool.stacks.models import (
    BroughtBadge,
    BroughtState,
    ProposalState,
    StackAward,
    StackAwardState,
    StackProposal,
)


class MemberState(enum.StrEnum):
    """Where a person stands in one member."""

    EARNED = "earned"
    TAKEN_BACK = "taken-back"
    """It was earned, and revoked since."""
    UNDER_WAY = "under-way"
    NOT_BEGUN = "not-begun"
    OUTLINE = "outline"


MEMBER_WORDS = {
    MemberState.EARNED: "Earned",
    MemberState.TAKEN_BACK: "Taken back",
    MemberState.UNDER_WAY: "Under way",
    MemberState.NOT_BEGUN: "Still to begin",
    MemberState.OUTLINE: "In preparation",
}


@dataclass(frozen=True)
class Member:
    """One credential of a stack, for one person."""

    slug: str
    credential_id: int
    title: str
    state: MemberState
    begun_at: datetime | None
    earned_at: datetime | None
    award: str
    """Public id of the award that is held; empty without one."""
    also: tuple[str, ...]
    """Titles of the other stacks it counts toward."""
    topics: tuple[str, ...]
    hours: Decimal | None
    """Hours it takes at least, where its package says so."""

    @property
    def words(self) -> str:
        """The state in words."""
        return MEMBER_WORDS[self.state]


@dataclass(frozen=True)
class Other:
    """A stack that another one counts or waits for."""

    slug: str
    title: str
    award: str
    """Public id of the award that holds; empty without one."""

    @property
    def is_awarded(self) -> bool:
        """Whether a person has approved it, and nothing is in question."""
        return bool(self.award)


@dataclass(frozen=True)
class Rules:
    """What a version of a program says that plans depend on; empty where it says nothing."""

    plan: dict[str, Any]
    pace: list[dict[str, Any]]
    calendar: dict[str, Any]
    credit: dict[str, Any]


@dataclass(frozen=True)
class Reading:
    """One stack, as one person stands in it."""

    stack: Stack
    person_id: int
    program_id: int
    program_slug: str
    program_title: str
    accent: str
    version_id: int
    number: int
    is_older: bool
    """The person keeps a version that is not the current one any more."""
    rules: Rules
    members: tuple[Member, ...]
    inner: tuple[Other, ...]
    before: tuple[Other, ...]
    """Stacks that come first."""
    proposal: StackProposal | None
    """The newest one."""
    award: StackAward | None
    """The one that holds or is in question, else the last that was taken back."""
    brought: tuple[BroughtBadge, ...] = ()
    """Badges from elsewhere that were handed in for it, oldest first."""

    @property
    def brought_that_count(self) -> list[BroughtBadge]:
        """Accepted ones that hold, unless what they stand for was earned here meanwhile."""
        earned = {one.slug for one in self.members if one.state is MemberState.EARNED}
        return [
            row
            for row in self.brought
            if row.state is BroughtState.ACCEPTED
            and row.held.counts
            and not row.is_asked_again
            and row.stands_for not in earned
        ]

    @property
    def have(self) -> int:
        """How many of what it needs are there."""
        earned = sum(member.state is MemberState.EARNED for member in self.members)
        inner = sum(one.is_awarded for one in self.inner)
        return earned + inner + len(self.brought_that_count)

    @property
    def missing(self) -> int:
        """How many members are still to come."""
        return max(self.stack.needed - self.have, 0)

    @property
    def is_complete(self) -> bool:
        """Whether all it asks for is there, stacks that come first included."""
        return not self.missing and all(one.is_awarded for one in self.before)

    @property
    def is_begun(self) -> bool:
        """Whether anything of it was begun."""
        return any(
            member.state in {MemberState.EARNED, MemberState.TAKEN_BACK, MemberState.UNDER_WAY}
            for member in self.members
        ) or any(one.is_awarded for one in self.inner)

    @property
    def holds(self) -> StackAward | None:
        """The award, where it holds or is in question."""
        award = self.award
        return award if award and award.state is not StackAwardState.REVOKED else None

    @property
    def waits(self) -> bool:
        """Whether a person has to decide on it."""
        return self.proposal is not None and self.proposal.state is ProposalState.WAITING

    @property
    def basis(self) -> list[str]:
        """Public ids of the awards that count here, from elsewhere too, in a fixed order."""
        held = [*(member.award for member in self.members), *(one.award for one in self.inner)]
        held += [one.public_id for one in self.brought_that_count]
        return sorted(award for award in held if award)

    @property
    def words(self) -> str:
        """How far it is, in a sentence."""
        if self.holds is not None:
            if self.holds.state is StackAwardState.IN_QUESTION:
                return "A part of it was taken back, so the program looks at it again."
            return "Complete, and awarded."
        if self.waits:
            return "Everything is there. An approver of the program looks at it and awards it."
        if self.missing:
            many = f"{self.have} of {self.stack.needed}: {self.missing} to go."
            return "You are one away." if self.missing == 1 else many
        first = next((one.title for one in self.before if not one.is_awarded), "")
        return f"All of it is there. It is awarded after “{first}”." if first else "All is there."


@dataclass(frozen=True)
class _Version:
    id: int
    program_id: int
    program_slug: str
    title: str
    number: int
    accent: str
    entries: list[dict[str, Any]]
    rules: Rules

    @property
    def stacks(self) -> list[Stack]:
        return stacks_in({"stacks": self.entries})


@dataclass(frozen=True)
class _Known:
    """What one person has begun and earned in one program."""

    begun: Mapping[str, tuple[int, datetime]]
    """By slug: the version that was begun, and when; oldest first."""
    earned: Mapping[str, tuple[str, datetime]]
    taken_back: Collection[str]


def readings(session: Session, person_id: int) -> list[Reading]:
    """Every stack of every program a person has begun, program by program.

    Seven queries, however many there are.
    """
    known = _known(session, person_id)
    if not known:
        return []
    kept = {version for one in known.values() for version, _ in one.begun.values()}
    versions = _versions(session, list(known), kept)
    credentials = _credentials(session, [version.id for version in versions])
    proposals = {
        (row.program_id, row.stack): row
        for row in session.scalars(
            select(StackProposal)
            .where(StackProposal.person_id == person_id)
            .order_by(StackProposal.id)
        )
    }
    awards = {
        (row.program_id, row.stack): row
        for row in session.scalars(
            select(StackAward).where(StackAward.person_id == person_id).order_by(StackAward.id)
        )
    }
    brought = defaultdict[tuple[int, str], list[BroughtBadge]](list)
    for row in session.scalars(
        select(BroughtBadge)
        .where(BroughtBadge.person_id == person_id)
        .options(
            joinedload(BroughtBadge.held).options(defer(HeldBadge.content), defer(HeldBadge.report))
        )
        .order_by(BroughtBadge.id)
    ):
        brought[row.program_id, row.stack].append(row)
    found: list[Reading] = []
    for program_id, own in known.items():
        mine = [version for version in versions if version.program_id == program_id]
        if not mine:
            continue
        newest = mine[-1]
        chosen = _chosen(mine, own)
        titles = {slug: stack.title for slug, (stack, _) in chosen.items()}
        counts: dict[str, list[str]] = defaultdict(list)
        for stack, _ in chosen.values():
            for slug in stack.members:
                counts[slug].append(stack.slug)

        def other(slug: str, titles: Mapping[str, str] = titles, at: int = program_id) -> Other:
            award = awards.get((at, slug))
            holds = award is not None and award.state is StackAwardState.CURRENT
            return Other(slug, titles.get(slug, slug), award.public_id if award and holds else "")

        for stack, version in chosen.values():
            found.append(
                Reading(
                    stack=stack,
                    person_id=person_id,
                    program_id=program_id,
                    program_slug=version.program_slug,
                    program_title=newest.title,
                    accent=newest.accent,
                    version_id=version.id,
                    number=version.number,
                    is_older=version.id != newest.id,
                    rules=version.rules,
                    members=tuple(
                        _member(
                            credentials[version.id][slug],
                            own,
                            [titles[one] for one in counts[slug] if one != stack.slug],
                        )
                        for slug in stack.members
                        if slug in credentials[version.id]
                    ),
                    inner=tuple(map(other, stack.member_stacks)),
                    before=tuple(map(other, stack.requires)),
                    proposal=proposals.get((program_id, stack.slug)),
                    award=awards.get((program_id, stack.slug)),
                    brought=tuple(brought[program_id, stack.slug]),
                )
            )
    return found


def _known(session: Session, person_id: int) -> dict[int, _Known]:
    """By program, in the order in which they were begun."""
    begun: dict[int, dict[str, tuple[int, datetime]]] = defaultdict(dict)
    for program_id, slug, version_id, at in session.execute(
        select(
            Credential.program_id,
            Credential.slug,
            CredentialVersion.program_version_id,
            Enrolment.begun_at,
        )
        .join(Enrolment.credential_version)
        .join(CredentialVersion.credential)
        .where(Enrolment.person_id == person_id)
        .order_by(Enrolment.id)
    ):
        begun[program_id].setdefault(slug, (version_id, at))
    earned: dict[int, dict[str, tuple[str, datetime]]] = defaultdict(dict)
    lost: dict[int, set[str]] = defaultdict(set)
    for program_id, slug, version_id, public_id, at, state in session.execute(
        select(
            Credential.program_id,
            Credential.slug,
            CredentialVersion.program_version_id,
            Award.public_id,
            Award.issued_at,
            Award.state,
        )
        .join(Award.credential_version)
        .join(CredentialVersion.credential)
        .where(Award.person_id == person_id, Award.erased_at.is_(None))
        .order_by(Award.id)
    ):
        begun[program_id].setdefault(slug, (version_id, at))
        if state is AwardState.CURRENT:
            earned[program_id][slug] = (public_id, at)
        elif state is AwardState.REVOKED:
            lost[program_id].add(slug)
    return {
        program_id: _Known(own, earned[program_id], lost[program_id] - set(earned[program_id]))
        for program_id, own in begun.items()
    }


def _versions(session: Session, programs: list[int], kept: Collection[int]) -> list[_Version]:
    """The current version of each program and those that are kept, old to new.

    Only the pieces that matter here: a whole package is large.
    """
    newest = (
        select(ProgramVersion.program_id, func.max(ProgramVersion.number).label("number"))
        .where(ProgramVersion.program_id.in_(programs))
        .group_by(ProgramVersion.program_id)
        .subquery()
    )
    document = ProgramVersion.document
    rows = session.execute(
        select(
            ProgramVersion.id,
            ProgramVersion.program_id,
            Program.slug,
            ProgramVersion.title,
            ProgramVersion.number,
            document["accent"],
            document["stacks"],
            document["plan"],
            document["pace"],
            document["calendar"],
            document["credit"],
        )
        .join(ProgramVersion.program)
        .join(newest, newest.c.program_id == ProgramVersion.program_id)
        .where(or_(ProgramVersion.number == newest.c.number, ProgramVersion.id.in_(kept)))
        .order_by(ProgramVersion.number)
    )
    return [
        _Version(
            id=id_,
            program_id=program_id,
            program_slug=slug,
            title=title,
            number=number,
            accent=accent or "",
            entries=stacks or [],
            rules=Rules(plan or {}, pace or [], calendar or {}, credit or {}),
        )
        for (
            id_,
            program_id,
            slug,
            title,
            number,
            accent,
            stacks,
            plan,
            pace,
            calendar,
            credit,
        ) in rows
    ]


@dataclass(frozen=True)
class _Offered:
    slug: str
    credential_id: int
    title: str
    can_begin: bool
    topics: tuple[str, ...]
    hours: Decimal | None


def _credentials(session: Session, versions: list[int]) -> dict[int, dict[str, _Offered]]:
    found: dict[int, dict[str, _Offered]] = {version: {} for version in versions}
    for version_id, slug, credential_id, title, status, topics, hours in session.execute(
        select(
            CredentialVersion.program_version_id,
            Credential.slug,
            Credential.id,
            CredentialVersion.title,
            CredentialVersion.details["status"],
            CredentialVersion.details["topics"],
            CredentialVersion.hours_min,
        )
        .join(CredentialVersion.credential)
        .where(CredentialVersion.program_version_id.in_(versions))
    ):
        found[version_id][slug] = _Offered(
            slug, credential_id, title, status == "complete", tuple(topics or ()), hours
        )
    return found


def _chosen(versions: list[_Version], own: _Known) -> dict[str, tuple[Stack, _Version]]:
    """By slug: the stack this person goes by, and the version it is from (S3-05)."""
    by_id = {version.id: version for version in versions}
    chosen: dict[str, tuple[Stack, _Version]] = {}
    for slug, (version_id, _) in own.begun.items():
        version = by_id[version_id]
        there = {stack.slug: stack for stack in version.stacks}
        for stack in there.values():
            if slug in _reached(stack, there):
                for within in (stack.slug, *_within(stack, there)):
                    chosen.setdefault(within, (there[within], version))
    order: dict[str, int] = {}
    for version in reversed(versions):
        for stack in version.stacks:
            order.setdefault(stack.slug, len(order))
    for stack in versions[-1].stacks:
        chosen.setdefault(stack.slug, (stack, versions[-1]))
    return dict(sorted(chosen.items(), key=lambda one: order[one[0]]))


def _within(stack: Stack, there: Mapping[str, Stack]) -> set[str]:
    """Slugs of all stacks inside a stack, however deep; a package has no circles."""
    inside = {slug for slug in stack.member_stacks if slug in there}
    return inside.union(*(_within(there[slug], there) for slug in inside))


def _reached(stack: Stack, there: Mapping[str, Stack]) -> set[str]:
    """Slugs of all credentials that count toward a stack, however deep."""
    inside = (there[slug].members for slug in _within(stack, there))
    return set(stack.members).union(*inside)


def _member(offered: _Offered, own: _Known, also: Iterable[str]) -> Member:
    award, earned_at = own.earned.get(offered.slug, ("", None))
    begun = own.begun.get(offered.slug)
    if earned_at is not None:
        state = MemberState.EARNED
    elif offered.slug in own.taken_back:
        state = MemberState.TAKEN_BACK
    elif begun is not None:
        state = MemberState.UNDER_WAY
    else:
        state = MemberState.NOT_BEGUN if offered.can_begin else MemberState.OUTLINE
    return Member(
        slug=offered.slug,
        credential_id=offered.credential_id,
        title=offered.title,
        state=state,
        begun_at=begun[1] if begun else None,
        earned_at=earned_at,
        award=award,
        also=tuple(also),
        topics=offered.topics,
        hours=offered.hours,
    )
