"""Badges that were made wrong: many taken back at once after a look at who, or one made anew.

A correction is a new award beside the old row: what was signed never changes. The old badge is
superseded, its bit is set, and it says why and what stands in its place. The credit and the grade
stay, since the person did earn it.
"""

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from lti_tool import jobs
from lti_tool.badges import awards, stack_badges, status_list, wording
from lti_tool.badges.awards import Result
from lti_tool.badges.models import OVER, Award, AwardState, Badge, Disclosure, StackBadge
from lti_tool.cohorts import supervisors
from lti_tool.credit import journal
from lti_tool.errors import Refused
from lti_tool.people.audit import note
from lti_tool.people.models import Person
from lti_tool.programs.models import Credential, CredentialVersion, Program, ProgramVersion

MOST = 1_000
"""Badges that are taken back at once; more are taken back in several goes."""
REASON_LIMIT = 2_000
CREDIT_DECIDED = "What it counts as was decided after it was made. A badge made anew says it."
"""The reason strangers read, at the badge that was replaced."""


class ReasonMissing(Refused):
    """Whoever checks the badge reads why it was taken back, so there has to be a reason."""

    status = 422


class SomethingChanged(Refused):
    """Between the look and the confirmation another badge was awarded or taken back."""

    status = 409


class TooMany(Refused):
    """More than `MOST` are meant."""

    status = 422


class NothingWrong(Refused):
    """A correction that changes nothing."""

    status = 422


@dataclass(frozen=True)
class Wanted:
    """Which badges are meant; everything that is given has to fit."""

    program: str = ""
    """Slug of the program."""
    credential: str = ""
    """Slug of the credential in it."""
    stack: str = ""
    """Slug of the stack in it; of several members that make up one badge."""
    since: datetime | None = None
    """Awarded at this moment or later."""
    before: datetime | None = None
    """Awarded before this moment."""
    ids: tuple[str, ...] = ()
    """Public ids."""

    @property
    def is_open(self) -> bool:
        """Whether nothing was given at all, which would mean every badge there is."""
        return not (self.program or self.ids)


@dataclass(frozen=True)
class Preview:
    """The badges that would be taken back."""

    awards: Sequence[Badge]
    """Of credentials and of stacks, in the order in which they were awarded."""

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.awards)

    @property
    def stamp(self) -> str:
        """What a confirmation repeats: it fits these badges and no others."""
        told = " ".join(str(one.id) for one in self.awards)
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    @property
    def by_title(self) -> list[tuple[str, int]]:
        """How many of each credential."""
        titles: dict[str, int] = {}
        for one in self.awards:
            name = stack_badges.title_of(one)
            titles[name] = titles.get(name, 0) + 1
        return sorted(titles.items())


def preview(session: Session, wanted: Wanted, *, programs: Sequence[int] | None = None) -> Preview:
    """The badges that still hold and fit; only those of `programs` where it is given.

    Raises `TooMany`.
    """
    if wanted.is_open:
        return Preview(())
    found = list(_awards(session, wanted, programs)) if not wanted.stack else []
    if not wanted.credential:
        found += _stacks(session, wanted, programs)
    if len(found) > MOST:
        raise TooMany(f"That would be more than {MOST} badges. Name a shorter time or fewer.")
    return Preview(sorted(found, key=lambda one: one.id))


def _awards(session: Session, wanted: Wanted, programs: Sequence[int] | None) -> Sequence[Badge]:
    """Badges of credentials that fit; the first of them where there are too many."""
    query = (
        select(Award)
        .join(Credential, Credential.id == Award.credential_id)
        .where(*_of(wanted, Award))
        .options(joinedload(Award.person), joinedload(Award.credential_version))
    )
    if programs is not None:
        query = query.where(Credential.program_id.in_(programs))
    if wanted.program:
        query = query.join(Program, Program.id == Credential.program_id)
        query = query.where(Program.slug == wanted.program)
    if wanted.credential:
        query = query.where(Credential.slug == wanted.credential)
    return session.scalars(query.order_by(Award.id).limit(MOST + 1)).all()


def _stacks(session: Session, wanted: Wanted, programs: Sequence[int] | None) -> Sequence[Badge]:
    """Badges of stacks that fit; the first of them where there are too many."""
    query = (
        select(StackBadge)
        .join(StackBadge.program_version)
        .where(*_of(wanted, StackBadge))
        .options(joinedload(StackBadge.person), contains_eager(StackBadge.program_version))
    )
    if programs is not None:
        query = query.where(ProgramVersion.program_id.in_(programs))
    if wanted.program:
        query = query.join(Program, Program.id == ProgramVersion.program_id)
        query = query.where(Program.slug == wanted.program)
    if wanted.stack:
        query = query.where(StackBadge.stack == wanted.stack)
    return session.scalars(query.order_by(StackBadge.id).limit(MOST + 1)).all()


def _of(wanted: Wanted, kind: type[Badge]) -> Iterator[ColumnElement[bool]]:
    """What holds for either kind of badge."""
    yield kind.state.not_in(OVER)
    if wanted.since is not None:
        yield kind.issued_at >= wanted.since
    if wanted.before is not None:
        yield kind.issued_at < wanted.before
    if wanted.ids:
        yield kind.public_id.in_(wanted.ids)


def revoke_all(
    session: Session,
    seen: Preview,
    *,
    stamp: str,
    reason: str,
    actor: Person | None,
    now: datetime,
) -> int:
    """Take back what was looked at, each as if by itself; all of it or nothing.

    Raises:
        ReasonMissing: there is no reason, or it is too long.
        SomethingChanged: `stamp` is that of another preview.
    """
    reason = _reason(reason)
    if stamp != seen.stamp:
        raise SomethingChanged(
            "Something changed since you looked: a badge was awarded or taken back. Look again."
        )
    for one in seen.awards:
        awards.revoke(session, one, reason=reason, actor=actor, now=now)
    note(session, "badges.revoke-many", seen.stamp, actor=actor, now=now, count=seen.count)
    return seen.count


def credit_now(session: Session, award: Badge) -> list[dict[str, str]]:
    """The credit an award brings today, as its row would keep it.

    It differs from what the badge says where it was chosen after the award, or changed since.
    """
    completion = journal.completion_of(session, award.public_id)
    return awards.credit_rows(completion.postings) if completion else award.credits


def credit_to_add(session: Session, award: Badge) -> list[dict[str, str]]:
    """The credit a badge could say and does not; empty where it tells all, or is to tell nothing.

    Credit that was taken back alone is the office's to correct.
    """
    if award.state is not AwardState.CURRENT or award.disclosure is Disclosure.NOTHING:
        return []
    now = credit_now(session, award)
    return now if now != award.credits else []


def add_credit(session: Session, award: Badge, *, now: datetime) -> Badge:
    """Make a badge anew that says the credit decided after it was made, at its earner's wish.

    Raises `NothingWrong` where it says all of it already.
    """
    if not credit_to_add(session, award):
        raise NothingWrong("This badge says already what it counts as.")
    return correct(session, award, reason=CREDIT_DECIDED, actor=award.person, now=now)


def correct(
    session: Session,
    old: Badge,
    *,
    reason: str,
    actor: Person | None,
    now: datetime,
    name: str | None = None,
    results: Sequence[Result] | None = None,
) -> Badge:
    """Make a badge anew with another name on it or other levels; the old one is superseded.

    What is not given stays as it was, the day it was earned included in the journal of credit. The
    new badge is private, like every new one. A stack has no levels of its own; its badge made anew
    names its parts as they are now.

    Raises:
        ReasonMissing: there is no reason, or it is too long.
        NothingWrong: nothing would be different.
        awards.AwardRevoked: the old badge is over, or beside another.
    """
    reason = _reason(reason)
    if old.state is not AwardState.CURRENT:
        raise awards.AwardRevoked("Only a badge that is in force can be corrected.")
    name = (old.recipient_name if name is None else name).strip() or old.recipient_name
    rows = old.results if results is None else [awards.row_of(one) for one in results]
    counts = credit_now(session, old)
    if (name, rows, counts) == (old.recipient_name, old.results, old.credits):
        raise NothingWrong("Change what is wrong first: the new badge would be the same.")
    old.state, old.revoked_at, old.revocation_reason = AwardState.SUPERSEDED, now, reason
    status_list.revoke_place(session, old.status_list, old.status_index, now=now)
    session.flush()  # there is one current award of a credential at any time
    # The same issuer, whoever awards today: a badge class has one.
    places, place = status_list.take_place(session, old.issuer, now=now)
    common: dict[str, Any] = {
        "person": old.person,
        "issuer": old.issuer,
        "issued_at": now,
        "recipient_name": name,
        "recipient_salt": secrets.token_urlsafe(awards.SALT_BYTES),
        "recipient_identity": old.recipient_identity,
        "recipient_type": old.recipient_type,
        "results": rows,
        "status_list": places,
        "status_index": place,
        "disclosure": old.disclosure,
        "assessed_by": old.assessed_by,
        "hours": old.hours,
        "credits": counts,
    }
    fresh = _fresh(session, old, common)
    session.add(fresh)
    session.flush()
    old.replaced_by_id = fresh.id
    jobs.enqueue(session, "badges.sign", fresh.id, key=str(fresh.id))
    journal.hand_over(session, old.public_id, fresh.public_id)
    supervisors.reissued(session, old.public_id, fresh.public_id)
    note(
        session,
        "badges.correct",
        old.public_id,
        actor=actor,
        now=now,
        reason=reason,
        replaced_by=fresh.public_id,
    )
    jobs.enqueue(session, "stacks.look", old.person_id, key=f"stacks-{old.public_id}")
    return fresh


def _fresh(session: Session, old: Badge, common: dict[str, Any]) -> Badge:
    """What stands in place of the old badge, of the same kind."""
    if isinstance(old, StackBadge):
        return stack_badges.made_anew(session, old, **common)
    assert isinstance(old, Award)
    return Award(
        credential_id=old.credential_id, credential_version=old.credential_version, **common
    )


def replacement_of(session: Session, old: Badge) -> Badge | None:
    """The badge that stands in place of a superseded one."""
    return session.get(Badge, old.replaced_by_id) if old.replaced_by_id else None


def results_of(award: Badge) -> list[tuple[str, str, int]]:
    """The levels an award holds: part, criterion, level; slugs and a number."""
    return [(row["part"], row["criterion"], int(row["level"])) for row in award.results]


def result_at(version: CredentialVersion, part: str, criterion: str, level: int) -> Result | None:
    """One level of one criterion, with its points; `None` where there is no such level."""
    for one in wording.criteria(version):
        if (one.part.slug, one.slug) == (part, criterion):
            for reached in one.levels:
                if reached.number == level:
                    return Result(part, criterion, level, reached.points)
    return None


def _reason(text: str) -> str:
    text = text.strip()
    if not text or len(text) > REASON_LIMIT:
        raise ReasonMissing(f"Say why, in 1 to {REASON_LIMIT} characters.")
    return text
