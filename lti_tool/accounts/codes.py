"""One-time codes: shown in one account, entered in another, worth nothing afterwards."""

import hashlib
import hmac
import re
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from lti_tool.accounts.models import AccountRequest, WrongCode
from lti_tool.cohorts.models import short_code
from lti_tool.errors import Refused
from lti_tool.people.models import Person

GOOD_FOR = timedelta(minutes=10)
"""How long a code can be entered."""

TO_CONFIRM = timedelta(days=1)
"""How long both accounts have to confirm, once the code was entered."""

MOST_WRONG = 10
"""Codes that do not fit, within `COUNTED`, before somebody has to wait."""

COUNTED = timedelta(hours=1)


class TooManyCodes(Refused):
    """Somebody entered so many codes that did not fit that it looks like guessing."""

    status = 429


def digest(code: str, *, secret: str) -> str:
    """What is kept of a code, however it was typed.

    Keyed with `CAIRN_SECRET_KEY`: eight letters could be found by trying from a plain digest.
    """
    letters = re.sub(r"[^A-Z0-9]", "", code.upper())
    return hmac.new(secret.encode(), f"account:{letters}".encode(), hashlib.sha256).hexdigest()


def ask(session: Session, person: Person, *, secret: str, now: datetime) -> str:
    """A new code for a person, as it is shown; one they asked for before is worth nothing now."""
    session.execute(
        delete(AccountRequest).where(
            AccountRequest.person_id == person.id, AccountRequest.other_id.is_(None)
        )
    )
    code = short_code()
    session.add(
        AccountRequest(
            person=person,
            code_digest=digest(code, secret=secret),
            asked_at=now,
            expires_at=now + GOOD_FOR,
        )
    )
    session.flush()
    return f"{code[:4]}-{code[4:]}"


def enter(
    session: Session, person: Person, code: str, *, secret: str, now: datetime
) -> AccountRequest | None:
    """Use a code up in another account; `None` where it does not fit, which is counted.

    A code that is over, was used, or is the person's own does not fit either, and nobody is told
    which of these it is.

    Raises:
        TooManyCodes: too many did not fit within the hour.
    """
    recent = select(func.count(WrongCode.id)).where(
        WrongCode.person_id == person.id, WrongCode.at > now - COUNTED
    )
    # Of two tries at once the second counts after the first.
    session.execute(select(Person.id).where(Person.id == person.id).with_for_update())
    if (session.scalar(recent) or 0) >= MOST_WRONG:
        raise TooManyCodes(
            "So many codes did not fit that no more are tried for an hour. Then ask for a new code"
            " in your other account and enter it here."
        )
    wanted = digest(code, secret=secret)
    used = session.execute(
        update(AccountRequest)
        .where(
            AccountRequest.code_digest == wanted,
            AccountRequest.person_id != person.id,
            AccountRequest.other_id.is_(None),
            AccountRequest.expires_at > now,
        )
        .values(other_id=person.id, entered_at=now, expires_at=now + TO_CONFIRM)
        .execution_options(synchronize_session=False)
    )
    if isinstance(used, CursorResult) and used.rowcount == 1:
        return session.scalars(
            select(AccountRequest).where(AccountRequest.code_digest == wanted)
        ).one()
    session.add(WrongCode(person_id=person.id, at=now))
    session.flush()
    return None


def forget_old(session: Session, *, now: datetime) -> None:
    """Delete requests whose time is over, and wrong codes that no longer count."""
    session.execute(delete(AccountRequest).where(AccountRequest.expires_at <= now))
    session.execute(delete(WrongCode).where(WrongCode.at <= now - COUNTED))


def of_person(session: Session, person: Person, *, now: datetime) -> list[AccountRequest]:
    """Requests a person is one side of, with the code entered and the time not over."""
    return list(
        session.scalars(
            select(AccountRequest)
            .where(
                or_(AccountRequest.person_id == person.id, AccountRequest.other_id == person.id),
                AccountRequest.other_id.is_not(None),
                AccountRequest.expires_at > now,
            )
            .order_by(AccountRequest.id)
        )
    )


def is_asked(session: Session, person: Person, *, now: datetime) -> bool:
    """Whether a request waits for something that this person has to do; one query."""
    mine = and_(
        AccountRequest.person_id == person.id,
        or_(
            AccountRequest.person_confirmed_at.is_(None),
            AccountRequest.other_confirmed_at.is_not(None),
        ),
    )
    theirs = and_(
        AccountRequest.other_id == person.id,
        or_(
            AccountRequest.other_confirmed_at.is_(None),
            AccountRequest.person_confirmed_at.is_not(None),
        ),
    )
    waits = exists().where(
        or_(mine, theirs), AccountRequest.other_id.is_not(None), AccountRequest.expires_at > now
    )
    return bool(session.scalar(select(waits)))
