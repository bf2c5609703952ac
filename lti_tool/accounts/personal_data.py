"""Joined accounts and open requests of a person, given out and erased (T-135)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session, joinedload

from lti_tool.accounts.models import AccountRequest, JoinedAccount, Moved, WrongCode
from lti_tool.launch.models import PlatformUser
from lti_tool.people.models import Person
from lti_tool.people.personal_data import Holding, Identity, Plan, count, when, withhold


def export_of(session: Session, person: Person) -> Mapping[str, Any]:
    """Accounts that were joined, with who they were before, and requests under way."""
    joined = session.scalars(
        select(JoinedAccount)
        .where(JoinedAccount.person_id == person.id)
        .options(joinedload(JoinedAccount.account).joinedload(PlatformUser.registration))
        .order_by(JoinedAccount.id)
    )
    requests = session.scalars(
        select(AccountRequest).where(_theirs(person)).order_by(AccountRequest.id)
    )
    return {
        "joined accounts": [
            {
                "LMS": row.account.registration.name,
                "id there": row.account.sub,
                "name before": row.name,
                "e-mail before": row.email,
                "joined": when(row.joined_at),
            }
            for row in joined
        ],
        "what came along, so that it can go back": [
            {"of": row.table, "rows": len(row.rows), "what": row.what.value, "on": when(row.at)}
            for row in session.scalars(
                select(Moved).where(Moved.person_id == person.id).order_by(Moved.id)
            )
        ],
        "requests to join": [
            {
                "asked": when(row.asked_at),
                "by": "this person" if row.person_id == person.id else "another account",
                "code entered": when(row.entered_at),
                "ends": when(row.expires_at),
            }
            for row in requests
        ],
    }


def holdings(session: Session, person: Person, _plan: Plan) -> list[Holding]:
    """What `erase` takes: all of it."""
    return [
        Holding(
            "names that joined accounts had before",
            count(session, JoinedAccount.id, JoinedAccount.person_id == person.id),
        ),
        Holding(
            "notes of what came along with a joined account",
            count(session, Moved.id, Moved.person_id == person.id),
        ),
        Holding("requests to join accounts", count(session, AccountRequest.id, _theirs(person))),
        Holding(
            "codes that did not fit",
            count(session, WrongCode.id, WrongCode.person_id == person.id),
        ),
    ]


def erase(session: Session, person: Person, _plan: Plan) -> None:
    """Take everything, and the names from before out of the audit trail."""
    rows = session.scalars(select(JoinedAccount).where(JoinedAccount.person_id == person.id)).all()
    withhold(session, [text for row in rows for text in Identity(row.name, row.email, []).texts()])
    session.execute(delete(JoinedAccount).where(JoinedAccount.person_id == person.id))
    session.execute(delete(Moved).where(Moved.person_id == person.id))
    session.execute(delete(AccountRequest).where(_theirs(person)))
    session.execute(delete(WrongCode).where(WrongCode.person_id == person.id))


def _theirs(person: Person) -> ColumnElement[bool]:
    return or_(AccountRequest.person_id == person.id, AccountRequest.other_id == person.id)
