"""A joined account leaves again, with what came along, as far as nobody else has built on it."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.accounts import built_on, journal, moving, works
from lti_tool.accounts.models import Fate, JoinedAccount, Moved
from lti_tool.badges.awards import stand_again
from lti_tool.badges.models import Award
from lti_tool.cohorts import conflicts
from lti_tool.database import Base
from lti_tool.errors import NotFound, Refused
from lti_tool.launch.models import Deployment, LegacyId, PlatformContext, PlatformUser
from lti_tool.people.audit import note
from lti_tool.people.models import Membership, Person, Visit
from lti_tool.portfolio.enrolments import enrolment_of
from lti_tool.portfolio.models import Enrolment
from lti_tool.portfolio.set_aside import included
from lti_tool.programs.models import CredentialVersion

MAY_LEAVE = timedelta(days=30)
"""How long a joined account may be separated again by the person."""


class TooLateToSeparate(Refused):
    """The time in which a joined account may leave by itself is over."""


class Way(enum.Enum):
    """Whether rows that came along leave with the account again."""

    BACK = enum.auto()
    WITH_CREDENTIAL = enum.auto()
    """Unless somebody else has built on what was done for that credential since."""
    WITH_STACK = enum.auto()
    """Likewise, if all it rests on goes back."""
    STAYS = enum.auto()
    """Seats, and what was done in them: one person has judged, and is not to look like two."""


WAYS: Mapping[str, Way] = {
    "account_request.other_id": Way.STAYS,
    "account_request.person_id": Way.STAYS,
    "affiliation.person_id": Way.BACK,
    "appointment.person_id": Way.STAYS,
    "assessment.assessor_id": Way.STAYS,
    "audit_event.actor_id": Way.STAYS,
    "award.person_id": Way.WITH_CREDENTIAL,
    "badge_connection.person_id": Way.BACK,
    "brought_badge.decided_by_id": Way.STAYS,
    "brought_badge.person_id": Way.BACK,
    "circumstances.person_id": Way.BACK,
    "coach_meeting.logged_by_id": Way.STAYS,
    "coaching_entry.coach_id": Way.STAYS,
    "coaching_entry.learner_id": Way.BACK,
    "cohort_member.person_id": Way.BACK,
    "cohort_staff.person_id": Way.STAYS,
    "completion.person_id": Way.WITH_CREDENTIAL,
    "credit_posting.person_id": Way.WITH_CREDENTIAL,
    "credit_reminder.person_id": Way.BACK,
    "decision.approver_id": Way.STAYS,
    "declared_conflict.declared_by_id": Way.STAYS,
    "declared_conflict.judge_id": Way.STAYS,
    "declared_conflict.learner_id": Way.STAYS,
    "deployment.guest_id": Way.STAYS,
    "disclosure_choice.person_id": Way.BACK,
    "draft_share.person_id": Way.WITH_CREDENTIAL,
    "election.person_id": Way.WITH_CREDENTIAL,
    "enrolment.person_id": Way.WITH_CREDENTIAL,
    "held_badge.person_id": Way.BACK,
    "hours_approval.approver_id": Way.STAYS,
    "hours_entry.person_id": Way.WITH_CREDENTIAL,
    "hours_entry.recorded_by_id": Way.STAYS,
    "hours_withdrawal.withdrawn_by_id": Way.STAYS,
    "intention.person_id": Way.WITH_CREDENTIAL,
    "joined_account.person_id": Way.BACK,
    "launch_record.person_id": Way.BACK,
    "legacy_id.person_id": Way.BACK,
    "licence_number.person_id": Way.BACK,
    "licence_term.person_id": Way.BACK,
    "licence_years.person_id": Way.BACK,
    "membership.person_id": Way.BACK,
    "moved.person_id": Way.BACK,
    "platform_user.person_id": Way.BACK,
    "privacy_request.person_id": Way.BACK,
    "rule_exception.granted_by_id": Way.STAYS,
    "rule_exception.person_id": Way.BACK,
    "score_delivery.person_id": Way.BACK,
    "stack_award.person_id": Way.WITH_STACK,
    "stack_proposal.decided_by_id": Way.STAYS,
    "stack_proposal.person_id": Way.WITH_STACK,
    "stack_recognition.recorded_by_id": Way.STAYS,
    "submission.decided_by_id": Way.STAYS,
    "supervisor_wish.person_id": Way.WITH_CREDENTIAL,
    "team_member.person_id": Way.BACK,
    "visit.person_id": Way.STAYS,
    "went_on.person_id": Way.BACK,
    "wrong_code.person_id": Way.STAYS,
}
"""What becomes of each column that names a person when an account leaves again."""


@dataclass(frozen=True)
class Outlook:
    """What separating would do, by name; the same is then done."""

    accounts: Sequence[JoinedAccount]
    """All that leave together, because they came together."""
    goes: Sequence[str]
    """Titles of credentials whose work goes back."""
    stays: Sequence[built_on.BuiltOn]
    """Credentials that stay, each with its reason."""
    has_judged: bool
    """Whether seats or judgements came along, which stay."""


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


def outlook(session: Session, joined: JoinedAccount) -> Outlook:
    """What would go back and what would stay."""
    moved = journal.read(session, joined.joining)
    came = built_on.credentials_of(session, moved)
    stays = built_on.since(session, moved, joined)
    staying = {one.credential_id for one in stays}
    judged = {"appointment", "assessment", "decision", "hours_approval", "cohort_staff"}
    return Outlook(
        accounts=_together(session, joined),
        goes=[title for credential_id, title in came.items() if credential_id not in staying],
        stays=stays,
        has_judged=any(one.table in judged for one in moved),
    )


def separate(session: Session, joined: JoinedAccount, *, by: Person, now: datetime) -> Person:
    """Let a joined account go: it becomes a fresh person with the name it had before.

    What came along goes with it, and what gave way to it is there again, but for credentials on
    which somebody else has built since (`outlook`), for seats, and for what was done in them.
    Visits from that LMS end, so that nobody there goes on as this person.

    Raises:
        TooLateToSeparate: it was joined too long ago.
        NotFound: it was separated at the same moment.
    """
    works.hold(session, by.id)
    # Whoever adds something, or separates it as well, waits here.
    session.execute(select(Person.id).where(Person.id == by.id).with_for_update())
    held = select(JoinedAccount).where(JoinedAccount.id == joined.id)
    if session.scalars(held.with_for_update()).one_or_none() is None:
        raise NotFound("This account does not belong to you, or it was separated already.")
    if now >= may_leave_until(joined):
        raise TooLateToSeparate(
            "An account can be separated for 30 days after it was joined, and they are over."
        )
    leaving = _together(session, joined)
    moved = journal.read(session, joined.joining)
    staying = {one.credential_id for one in built_on.since(session, moved, joined)}
    fresh = Person(name=joined.name, email=joined.email, created_at=now)
    session.add(fresh)
    session.flush()
    for one in moved:
        if one.what is Fate.MOVED:
            _give_back(session, one, staying, by=by, fresh=fresh)
    for account in [joint.account for joint in leaving]:
        _leave(session, account, by=by, fresh=fresh, now=now)
    session.expire_all()
    for one in moved:
        if one.what is Fate.GONE:
            _put_again(session, one, staying, by=by, fresh=fresh)
        elif one.what is Fate.ASIDE:
            _take_up_again(session, one.rows, staying)
        elif one.what is Fate.BESIDE:
            _let_stand(session, one.rows, staying, now=now)
    conflicts.keep_apart(session, by, fresh, now=now)
    note(
        session,
        "accounts.separate",
        f"person {by.id}",
        actor=by,
        now=now,
        became=fresh.id,
        lms=", ".join(one.account.registration.name for one in leaving),
    )
    journal.forget(session, joined.joining)
    for gone in leaving:
        session.delete(gone)
    session.flush()
    session.expire_all()
    return fresh


def _together(session: Session, joined: JoinedAccount) -> list[JoinedAccount]:
    """What came at once leaves at once: nobody can say which of two brought a row."""
    return list(
        session.scalars(
            select(JoinedAccount)
            .where(
                JoinedAccount.joining == joined.joining,
                JoinedAccount.person_id == joined.person_id,
            )
            .order_by(JoinedAccount.id)
        )
    )


def _give_back(
    session: Session, one: Moved, staying: set[int], *, by: Person, fresh: Person
) -> None:
    """Rows that moved, as far as they are still this person's."""
    way = WAYS[f"{one.table}.{one.column}"]
    if way is Way.STAYS:
        return
    ids = one.rows
    if way is not Way.BACK:
        ids = built_on.free(session, one, staying)
    table = Base.metadata.tables[one.table]
    session.execute(
        update(table)
        .where(table.c.id.in_(ids), table.c[one.column] == by.id)
        .values({one.column: fresh.id})
    )


def _leave(
    session: Session, account: PlatformUser, *, by: Person, fresh: Person, now: datetime
) -> None:
    """The account itself, places it got in courses since, and the end of its visits."""
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


def _put_again(
    session: Session, one: Moved, staying: set[int], *, by: Person, fresh: Person
) -> None:
    """Rows that gave way, unless there is another for the same thing by now."""
    name = f"{one.table}.{one.column}"
    table = Base.metadata.tables[one.table]
    owner = by.id if one.was_kept else fresh.id
    for told in one.rows:
        if one.table == "submission":  # a draft of an enrolment that gave way: of nobody else
            row = journal.row_of(one.table, told, one.column, None)
        elif WAYS[name] is Way.STAYS or built_on.credential_of(session, told) in staying:
            continue
        else:
            row = journal.row_of(one.table, told, one.column, owner)
            if _has_one(session, name, row, owner):
                continue
        try:
            with session.begin_nested():
                session.execute(table.insert().values(row))
        except IntegrityError:
            continue  # what it belongs to is no longer there


def _has_one(session: Session, name: str, row: Mapping[str, Any], owner: int) -> bool:
    rule = moving.RULES[name]
    table = Base.metadata.tables[name.split(".", maxsplit=1)[0]]
    if table.name == "enrolment":
        version = session.get_one(CredentialVersion, row["credential_version_id"])
        person = session.get_one(Person, owner)
        return enrolment_of(session, person, version.credential) is not None
    if not isinstance(rule, moving.OneStays):
        return False
    same = [table.c[column] == row[column] for column in rule.same]
    held = select(table.c.id).where(table.c[name.split(".")[1]] == owner, rule.where(table), *same)
    return session.execute(held.limit(1)).first() is not None


def _take_up_again(session: Session, ids: Sequence[int], staying: set[int]) -> None:
    with included(session):
        for enrolment in session.scalars(select(Enrolment).where(Enrolment.id.in_(ids))):
            if enrolment.credential_version.credential_id not in staying:
                enrolment.set_aside_at, enrolment.set_aside_words = None, ""
    session.flush()


def _let_stand(session: Session, ids: Sequence[int], staying: set[int], *, now: datetime) -> None:
    for award in session.scalars(select(Award).where(Award.id.in_(ids))):
        if award.credential_id not in staying:
            stand_again(session, award, now=now)
    session.flush()
