"""What became of every launch, good or bad: the rows that the launch doctor reads."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.orm import Session

from lti_tool.database import table_of
from lti_tool.launch.models import LaunchRecord, PlatformUser
from lti_tool.launch.problems import Seen, Value
from lti_tool.logs import without_secrets

ACCEPTED = "accepted"
"""The code of a launch that was let in; every other code is that of a problem."""

MOST_REFUSED_A_MINUTE = 300
"""Refused launches written down in a minute: whoever floods us fills no disk, only the log."""

_RECORD = insert(table_of(LaunchRecord))
_REFUSED = (
    select(func.count())
    .select_from(table_of(LaunchRecord))
    .where(
        table_of(LaunchRecord).c.at > bindparam("since"),
        table_of(LaunchRecord).c.code != ACCEPTED,
    )
)
_USER = select(PlatformUser.person_id).where(
    PlatformUser.registration_id == bindparam("registration_id"),
    PlatformUser.sub == bindparam("sub"),
)
_ADDRESS = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+\.[^\s@<>\"']+")


def keep(
    session: Session,
    code: str,
    seen: Seen,
    *,
    reference: str,
    now: datetime,
    person_id: int | None = None,
    compared: Sequence[Value] = (),
    way: str = "",
) -> None:
    """Write one launch down. `reference` is the request's id, which a refused person sees."""
    session.execute(
        _RECORD,
        {
            "reference": reference[:64],
            "at": now,
            "code": code,
            "registration_id": seen.registration_id,
            "person_id": person_id,
            # Also what is only claimed: an unsigned message may say anything anywhere.
            "issuer": without_personal(seen.issuer[:4096]),
            "client_id": without_personal(seen.client_id[:255])[:255],
            "deployment_id": without_personal(seen.deployment_id[:255])[:255],
            "message": without_personal(seen.message[:255])[:255],
            "compared": [
                [without_personal(text) for text in (value.name, value.received, value.expected)]
                for value in compared
            ],
            "skew": seen.skew,
            "way": way,
        },
    )


def keep_refused(
    session: Session,
    code: str,
    seen: Seen,
    *,
    reference: str,
    now: datetime,
    compared: Sequence[Value] = (),
    way: str = "",
) -> None:
    """Write a refused launch down, with the person if the platform named one we know.

    In a flood only the first of each minute are written; the log has them all.
    """
    refused: int = session.scalars(_REFUSED, {"since": now - timedelta(minutes=1)}).one()
    if refused >= MOST_REFUSED_A_MINUTE:
        return
    person_id = None
    if seen.sub and seen.registration_id is not None:
        known = {"registration_id": seen.registration_id, "sub": seen.sub}
        person_id = session.scalars(_USER, known).one_or_none()
    keep(
        session,
        code,
        seen,
        reference=reference,
        now=now,
        person_id=person_id,
        compared=compared,
        way=way,
    )


def without_personal(text: str) -> str:
    """A text without secrets and without addresses of people."""
    hidden: str = without_secrets(text)
    return _ADDRESS.sub("[address]", hidden) if "@" in hidden else hidden
