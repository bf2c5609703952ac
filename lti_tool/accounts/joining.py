"""Two accounts become one person, once both have confirmed; a joined account may leave again."""

import enum
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from lti_tool import jobs
from lti_tool.accounts import moving, obstacles
from lti_tool.accounts.models import AccountRequest, JoinedAccount
from lti_tool.credit.models import Election
from lti_tool.credit.recording import AWARD
from lti_tool.database import opaque_id
from lti_tool.errors import NotFound, Refused
from lti_tool.launch.models import (
    Deployment,
    LegacyId,
    PlatformContext,
    PlatformUser,
)
from lti_tool.launch.personal_data import accounts_of
from lti_tool.people.audit import note
from lti_tool.people.models import Membership, Person, Visit
from lti_tool.portfolio.models import Enrolment, Submission

MAY_LEAVE = timedelta(days=30)
"""How long a joined account may be separated again by the person."""


class CannotBeJoined(Refused):
    """Something stands between the two accounts; the message says all of it."""


class TooLateToSeparate(Refused):
    """The time in which a joined account may leave by itself is over."""


class Step(enum.Enum):
    """What came of a confirmation."""

    WAITING = enum.auto()
    """The other account has to confirm."""
    JOINED = enum.auto()


def find(
    session: Session, public_id: str, *, for_: Person, now: datetime, hold: bool = False
) -> AccountRequest:
    """A request that the person is one side of.

    With `hold` nobody else changes it until the transaction ends.

    Raises:
        NotFound: there is none any more, or it is not theirs.
    """
    query = select(AccountRequest).where(
        AccountRequest.public_id == public_id,
        AccountRequest.other_id.is_not(None),
        AccountRequest.expires_at > now,
        or_(AccountRequest.person_id == for_.id, AccountRequest.other_id == for_.id),
    )
    if hold:
        query = query.with_for_update().execution_options(populate_existing=True)
    request = session.scalars(query).one_or_none()
    if request is None:
        raise NotFound(
            "This request is over: it was carried out, declined, or nobody confirmed it in time."
            " “My accounts” shows which accounts are yours."
        )
    return request


def confirm(session: Session, request: AccountRequest, *, by: Person, now: datetime) -> Step:
    """One side says that both accounts are theirs; with the second word they are joined.

    `request` must be held (`find`), so that of two confirmations at once exactly one joins.

    Raises:
        CannotBeJoined: something stands between the two accounts. Nothing was changed.
    """
    keep, leave = request.person, request.other
    assert leave is not None
    if found := obstacles.between(session, keep, leave):
        raise CannotBeJoined(" ".join(found))
    if by.id == keep.id:
        request.person_confirmed_at = request.person_confirmed_at or now
    else:
        request.other_confirmed_at = request.other_confirmed_at or now
    session.flush()
    if request.person_confirmed_at is None or request.other_confirmed_at is None:
        return Step.WAITING
    join(session, keep=keep, leave=leave, now=now)
    return Step.JOINED


def decline(session: Session, request: AccountRequest, *, by: Person, now: datetime) -> None:
    """Either side says no; nothing was changed but the code, which is used up."""
    note(session, "accounts.decline", f"person {by.id}", actor=by, now=now)
    session.delete(request)


def join(session: Session, *, keep: Person, leave: Person, now: datetime) -> None:
    """Make everything of `leave` the person `keep`'s; `leave` is nobody afterwards.

    Raises:
        CannotBeJoined: something stands between the two; looked at while both are held.
    """
    keep_id, leave_id = keep.id, leave.id
    # Whoever adds something to either waits here; always in the same order, so that two joinings
    # never wait for each other.
    held = session.scalars(
        select(Person.id)
        .where(Person.id.in_((keep_id, leave_id)))
        .order_by(Person.id)
        .with_for_update()
    ).all()
    if len(held) != 2:
        raise CannotBeJoined("One of the two accounts was joined or erased meanwhile.")
    if found := obstacles.between(session, keep, leave):
        raise CannotBeJoined(" ".join(found))
    for enrolment in obstacles.bare_among(session, keep, leave):
        _clear_away(session, enrolment)
    lmss = _remember(session, keep=keep, leave=leave, now=now)
    ids = (keep_id, leave_id)
    session.execute(
        delete(AccountRequest).where(
            or_(AccountRequest.person_id.in_(ids), AccountRequest.other_id.in_(ids))
        )
    )
    session.flush()
    session.expunge(leave)
    session.expire_all()
    moving.move(session, keep=keep_id, leave=leave_id)
    session.expire_all()
    note(
        session,
        "accounts.join",
        f"person {keep_id}",
        actor=keep,
        now=now,
        was=leave_id,
        lmss=lmss,
    )
    _look_again(session, keep_id)


def _clear_away(session: Session, enrolment: Enrolment) -> None:
    """An enrolment with nothing in it gives way to the one of the other account."""
    session.execute(
        delete(Election).where(
            Election.person_id == enrolment.person_id,
            Election.credential_id == enrolment.credential_version.credential_id,
        )
    )
    session.execute(delete(Submission).where(Submission.enrolment_id == enrolment.id))
    session.delete(enrolment)
    session.flush()


def _remember(session: Session, *, keep: Person, leave: Person, now: datetime) -> list[str]:
    """Who each account was before; the names of their LMSs."""
    known = set(
        session.scalars(select(JoinedAccount.account_id).where(JoinedAccount.person_id == leave.id))
    )
    accounts = accounts_of(session, leave)
    session.add_all(
        JoinedAccount(
            account=account, person=keep, name=leave.name, email=leave.email, joined_at=now
        )
        for account in accounts
        if account.id not in known
    )
    return [account.registration.name for account in accounts]


def _look_again(session: Session, person_id: int) -> None:
    """What was one short in each account may be complete in both together."""
    key = f"joined-{opaque_id()}"
    jobs.enqueue(session, "stacks.look", person_id, key=key)
    begun = session.scalars(select(Enrolment).where(Enrolment.person_id == person_id)).all()
    for enrolment in begun:
        credential_id = enrolment.credential_version.credential_id
        jobs.enqueue(session, AWARD, person_id, credential_id, key=f"{key}-{enrolment.id}")


# -- and apart again ---------------------------------------------------------------------------


def joined_of(session: Session, person: Person) -> dict[int, JoinedAccount]:
    """The person's accounts that came by joining, by the number of the account."""
    rows = session.scalars(select(JoinedAccount).where(JoinedAccount.person_id == person.id))
    return {row.account_id: row for row in rows}


def find_joined(session: Session, joined_id: int, *, for_: Person) -> JoinedAccount:
    """An account of the person that came by joining. Raises `NotFound`."""
    found = session.get(JoinedAccount, joined_id)
    if found is None or found.person_id != for_.id:
        raise NotFound("This account does not belong to you, or it was separated already.")
    return found


def may_leave_until(joined: JoinedAccount) -> datetime:
    """When the account can no longer be separated."""
    return joined.joined_at + MAY_LEAVE


def separate(session: Session, joined: JoinedAccount, *, by: Person, now: datetime) -> Person:
    """Let a joined account go: it becomes a fresh person with the name it had before.

    Its places in courses go with it; work, awards and teams stay where they are. Visits from that
    LMS end, so that nobody there goes on as this person.

    Raises:
        TooLateToSeparate: it was joined too long ago.
    """
    if now >= may_leave_until(joined):
        raise TooLateToSeparate(
            "An account can be separated for 30 days after it was joined, and they are over."
        )
    account: PlatformUser = joined.account
    fresh = Person(name=joined.name, email=joined.email, created_at=now)
    session.add(fresh)
    session.flush()
    courses = (
        select(PlatformContext.course_id)
        .join(Deployment, Deployment.id == PlatformContext.deployment_id)
        .where(Deployment.registration_id == account.registration_id)
    )
    for kind, theirs in (
        (PlatformUser, PlatformUser.id == account.id),
        (Membership, Membership.course_id.in_(courses)),
        (LegacyId, LegacyId.registration_id == account.registration_id),
    ):
        session.execute(
            update(kind)
            .where(kind.person_id == by.id, theirs)
            .values(person_id=fresh.id)
            .execution_options(synchronize_session=False)
        )
    session.execute(
        update(Visit)
        .where(
            Visit.person_id == by.id,
            Visit.expires_at > now,
            or_(Visit.course_id.in_(courses), Visit.course_id.is_(None)),
        )
        .values(expires_at=now)
        .execution_options(synchronize_session=False)
    )
    note(
        session,
        "accounts.separate",
        f"person {by.id}",
        actor=by,
        now=now,
        became=fresh.id,
        lms=account.registration.name,
    )
    session.delete(joined)
    session.flush()
    session.expire_all()
    return fresh
