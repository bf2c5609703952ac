"""Two accounts become one person, once both have confirmed and every choice is made."""

import enum
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from lti_tool import jobs
from lti_tool.accounts import journal, moving, obstacles, works
from lti_tool.accounts.models import AccountRequest, Fate, JoinedAccount
from lti_tool.accounts.moving import Change
from lti_tool.badges.awards import put_beside
from lti_tool.cohorts.models import DeclaredConflict
from lti_tool.credit.models import Election
from lti_tool.credit.recording import AWARD
from lti_tool.database import Base, opaque_id
from lti_tool.errors import NotFound, Refused
from lti_tool.launch.personal_data import accounts_of
from lti_tool.people.audit import note
from lti_tool.people.models import Person
from lti_tool.portfolio.models import Enrolment, Submission
from lti_tool.portfolio.set_aside import set_aside

BY_CHOICE = (
    "You had worked on this in two accounts. When you joined them, you chose to go on with the"
    " other work. This one was done in your account of {lmss}."
)
BY_RULE = (
    "You had worked on this in two accounts. When you joined them, the other work went on, because"
    " it had earned the badge or was being judged. This one was done in your account of {lmss}."
)
EARNED_TWICE = "Earned in two accounts of one person, and counted once."


class CannotBeJoined(Refused):
    """Something stands between the two accounts; the message says all of it."""


class ChoiceMissing(Refused):
    """Something was worked on in both accounts, and it was not said which work goes on."""

    status = 422


class Step(enum.Enum):
    """What came of a confirmation."""

    WAITING = enum.auto()
    """The other account has to confirm."""
    CHOOSE = enum.auto()
    """Both have confirmed; there is work on one credential in both, and one of it goes on."""
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

    Where there is work on one credential in both, they are joined by `choose` instead. `request`
    must be held (`find`), so that of two confirmations at once exactly one joins.

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
    if not both_confirmed(request):
        return Step.WAITING
    if obstacles.worked_in_both(session, keep, leave):
        return Step.CHOOSE
    join(session, keep=keep, leave=leave, now=now)
    return Step.JOINED


def both_confirmed(request: AccountRequest) -> bool:
    """Whether both accounts have given their word."""
    return request.person_confirmed_at is not None and request.other_confirmed_at is not None


def choose(
    session: Session, request: AccountRequest, chosen: Mapping[int, int], *, now: datetime
) -> None:
    """Join after both have confirmed, with what goes on: an enrolment for each credential.

    `request` must be held (`find`), so that of two choices at once exactly one counts.

    Raises:
        ChoiceMissing: a choice is missing, or not possible any more.
        CannotBeJoined: something stands between the two accounts, or one has not confirmed.
    """
    if not both_confirmed(request):
        raise CannotBeJoined("Both accounts have to confirm first.")
    assert request.other is not None
    join(session, keep=request.person, leave=request.other, chosen=chosen, now=now)


def decline(session: Session, request: AccountRequest, *, by: Person, now: datetime) -> None:
    """Either side says no; nothing was changed but the code, which is used up."""
    note(session, "accounts.decline", f"person {by.id}", actor=by, now=now)
    session.delete(request)


def join(
    session: Session,
    *,
    keep: Person,
    leave: Person,
    now: datetime,
    chosen: Mapping[int, int] | None = None,
) -> None:
    """Make everything of `leave` the person `keep`'s; `leave` is nobody afterwards.

    Args:
        session: the caller's transaction.
        keep: who stays.
        leave: who is nobody afterwards.
        now: the moment of joining.
        chosen: for each credential with work in both the enrolment that goes on.

    Raises:
        CannotBeJoined: something stands between the two; looked at while both are held.
        ChoiceMissing: a choice is missing, or not possible any more. Nothing was changed.
    """
    keep_id, leave_id = keep.id, leave.id
    works.hold(session, keep_id, leave_id)
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
    aside = _to_set_aside(session, keep, leave, chosen or {})
    later = [
        theirs if works.earlier(mine, theirs) is mine else mine
        for mine, theirs in obstacles.earned_in_both(session, keep, leave)
    ]
    changes = [
        change
        for enrolment in obstacles.bare_among(session, keep, leave)
        for change in _clear_away(session, enrolment, is_kept=enrolment.person_id == keep_id)
    ]
    for enrolment, words in aside:
        set_aside(session, enrolment, words=words, now=now)
    for award in later:
        put_beside(session, award, reason=EARNED_TWICE, now=now)
    changes.append(Change(Fate.ASIDE, "enrolment.person_id", [one.id for one, _ in aside]))
    changes.append(Change(Fate.BESIDE, "award.person_id", [one.id for one in later]))
    joining = opaque_id()
    lmss = _remember(session, joining, keep=keep, leave=leave, now=now)
    ids = (keep_id, leave_id)
    session.execute(
        delete(AccountRequest).where(
            or_(AccountRequest.person_id.in_(ids), AccountRequest.other_id.in_(ids))
        )
    )
    session.execute(
        delete(DeclaredConflict).where(
            DeclaredConflict.is_lasting,
            DeclaredConflict.judge_id.in_(ids),
            DeclaredConflict.learner_id.in_(ids),
        )
    )
    session.flush()
    session.expunge(leave)
    session.expire_all()
    changes += moving.move(session, keep=keep_id, leave=leave_id)
    journal.write(
        session,
        [change for change in changes if change.rows],
        joining=joining,
        person_id=keep_id,
        now=now,
    )
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


def _to_set_aside(
    session: Session, keep: Person, leave: Person, chosen: Mapping[int, int]
) -> list[tuple[Enrolment, str]]:
    """What gives way by what was chosen, and why; looked at while the work is held."""
    found = []
    for choice in works.choices(session, keep, leave):
        if choice.is_stuck:
            raise CannotBeJoined(f"“{choice.title}”: {choice.words}")
        piece = choice.going_on(chosen)
        if piece is None:
            raise ChoiceMissing(
                f"Say which work on “{choice.title}” goes on. If you have said so, it has changed"
                " meanwhile: look at both once more."
            )
        why = BY_CHOICE if choice.fixed is None else BY_RULE
        aside = choice.other_than(piece).enrolment
        whose = [account.registration.name for account in accounts_of(session, aside.person)]
        found.append((aside, why.format(lmss=", ".join(whose))))
    return found


def _clear_away(session: Session, enrolment: Enrolment, *, is_kept: bool) -> list[Change]:
    """An enrolment with nothing in it gives way to the one of the other account."""
    tables = Base.metadata.tables
    elections = select(Election.id).where(
        Election.person_id == enrolment.person_id,
        Election.credential_id == enrolment.credential_version.credential_id,
    )
    drafts = select(Submission.id).where(Submission.enrolment_id == enrolment.id)
    gone = [
        Change(Fate.GONE, name, rows, was_kept=is_kept)
        for name, ids in (
            ("enrolment.person_id", [enrolment.id]),
            # Of a draft nobody is named but who decided, and nobody did.
            ("submission.decided_by_id", session.scalars(drafts).all()),
            ("election.person_id", session.scalars(elections).all()),
        )
        if (rows := journal.whole(session, tables[name.split(".")[0]], ids))
    ]
    session.execute(delete(Election).where(Election.id.in_(elections)))
    session.execute(delete(Submission).where(Submission.enrolment_id == enrolment.id))
    session.delete(enrolment)
    session.flush()
    return gone


def _remember(
    session: Session, joining: str, *, keep: Person, leave: Person, now: datetime
) -> list[str]:
    """Who each account was before; the names of their LMSs."""
    known = set(
        session.scalars(select(JoinedAccount.account_id).where(JoinedAccount.person_id == leave.id))
    )
    accounts = accounts_of(session, leave)
    session.add_all(
        JoinedAccount(
            account=account,
            person=keep,
            name=leave.name,
            email=leave.email,
            joined_at=now,
            joining=joining,
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
