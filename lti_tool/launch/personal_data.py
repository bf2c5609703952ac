"""What LMSs call a person, and what is known of their launches, given out and erased (T-135)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session, joinedload

from lti_tool.launch.models import (
    DeepLinkRequest,
    LaunchRecord,
    LegacyId,
    LoginAttempt,
    PlatformUser,
    PrivacyRequest,
)
from lti_tool.launch.records import ACCEPTED
from lti_tool.people.models import Person, Visit
from lti_tool.people.personal_data import Holding, Identity, Plan, count, mentions, when


def accounts_of(session: Session, person: Person) -> list[PlatformUser]:
    """What each platform calls the person."""
    return list(
        session.scalars(
            select(PlatformUser)
            .where(PlatformUser.person_id == person.id)
            .options(joinedload(PlatformUser.registration))
            .order_by(PlatformUser.id)
        )
    )


def identity_of(session: Session, person: Person) -> Identity:
    """Everything that could name a person, to be looked for when they are erased."""
    subs = [account.sub for account in accounts_of(session, person)]
    old = session.scalars(select(LegacyId.value).where(LegacyId.person_id == person.id))
    return Identity(person.name, person.email, [*subs, *old])


def export_of(session: Session, person: Person) -> Mapping[str, Any]:
    """Their accounts, and the launches that are still on record."""
    records = session.scalars(
        select(LaunchRecord).where(LaunchRecord.person_id == person.id).order_by(LaunchRecord.id)
    )
    return {
        "accounts": [
            {
                "LMS": account.registration.name,
                "issuer": account.registration.issuer,
                "id there": account.sub,
                "last seen": when(account.seen_at),
            }
            for account in accounts_of(session, person)
        ],
        "ids of LTI 1.1": list(
            session.scalars(select(LegacyId.value).where(LegacyId.person_id == person.id))
        ),
        "launches": [
            {
                "at": when(record.at),
                "outcome": record.code,
                "message": record.message,
                "reference": record.reference,
                "how the browser was known again": record.way,
                "compared": record.compared,
            }
            for record in records
        ],
    }


def holdings(session: Session, person: Person, _plan: Plan) -> list[Holding]:
    """What `erase` takes and what it leaves."""
    records = count(session, LaunchRecord.id, LaunchRecord.person_id == person.id)
    return [
        Holding("accounts", count(session, PlatformUser.id, PlatformUser.person_id == person.id)),
        Holding("ids of LTI 1.1", count(session, LegacyId.id, LegacyId.person_id == person.id)),
        Holding(
            "records of launches",
            records,
            "That a launch came, when, and what became of it, stays for as long as records are"
            " kept, without saying whose it was.",
        ),
    ]


def erase(session: Session, person: Person, _plan: Plan) -> None:
    """Take accounts, logins and open questions; leave launches counted, but nobody's."""
    visits = select(Visit.id).where(Visit.person_id == person.id)
    for account in accounts_of(session, person):
        _forget_logins(session, account)
        _forget_values(session, account)
    session.execute(delete(LoginAttempt).where(LoginAttempt.visit_id.in_(visits)))
    session.execute(delete(DeepLinkRequest).where(DeepLinkRequest.visit_id.in_(visits)))
    session.execute(delete(PrivacyRequest).where(PrivacyRequest.visit_id.in_(visits)))
    for kind in (PrivacyRequest, LaunchRecord):
        session.execute(update(kind).where(kind.person_id == person.id).values(person_id=None))
    session.execute(delete(LegacyId).where(LegacyId.person_id == person.id))
    session.execute(delete(PlatformUser).where(PlatformUser.person_id == person.id))


def _forget_logins(session: Session, account: PlatformUser) -> None:
    """Logins that carry the account's id as their hint, as Moodle's do; they live for minutes."""
    begun = session.scalars(
        select(LoginAttempt).where(LoginAttempt.registration_id == account.registration_id)
    )
    for attempt in begun:
        if attempt.parameters.get("login_hint") == account.sub:
            session.delete(attempt)
    session.flush()


def _forget_values(session: Session, account: PlatformUser) -> None:
    """Values that were compared when a launch of theirs was refused: they may be their id."""
    theirs: ColumnElement[bool] = LaunchRecord.person_id == account.person_id
    named = (LaunchRecord.registration_id == account.registration_id) & mentions(
        LaunchRecord.compared, account.sub
    )
    session.execute(
        update(LaunchRecord)
        .where(LaunchRecord.code != ACCEPTED, or_(theirs, named))
        .values(compared=[])
        .execution_options(synchronize_session=False)
    )
