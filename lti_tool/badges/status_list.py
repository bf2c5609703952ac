"""Bitstring status lists: one bit an award, set when it is revoked.

Source: W3C Bitstring Status List 1.0, rows B3-049 to B3-056. A list has at least 131,072 places and
places are given out at random, so that the place of an award says nothing about it.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, event, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import Issuer, StatusList, StatusPlace
from lti_tool.sealing import bitstrings, contexts
from lti_tool.sealing.proofs import timestamp

FULL = 0.5
"""The share of given-out places at which a further list is begun; finding one stays cheap."""


def take_place(session: Session, issuer: Issuer, *, now: datetime) -> tuple[StatusList, int]:
    """Give out a random free place on a list of the issuer, beginning a list where needed.

    The place is written at once; where another transaction took the same one, the unique
    constraint says so and the next is tried.
    """
    status_list = _newest(session, issuer) or _begin(session, issuer, now=now)
    while True:
        place = secrets.randbelow(status_list.length)
        try:
            with session.begin_nested():
                session.add(StatusPlace(status_list_id=status_list.id, place=place))
        except IntegrityError:
            continue
        return status_list, place


def _newest(session: Session, issuer: Issuer) -> StatusList | None:
    """The list of the issuer that is in use, or `None` where it is time for another."""
    newest = session.scalar(
        select(StatusList)
        .where(StatusList.issuer == issuer)
        .order_by(StatusList.number.desc())
        .limit(1)
    )
    if newest is None:
        return None
    taken = session.scalar(
        select(func.count(StatusPlace.id)).where(StatusPlace.status_list_id == newest.id)
    )
    return newest if (taken or 0) < newest.length * FULL else None


def _begin(session: Session, issuer: Issuer, *, now: datetime) -> StatusList:
    # The issuer's row is the lock: of two decisions at once the second finds the first's list.
    session.execute(select(Issuer.id).where(Issuer.id == issuer.id).with_for_update())
    if newest := _newest(session, issuer):
        return newest
    while True:
        number = (session.scalar(select(func.max(StatusList.number))) or 0) + 1
        try:
            with session.begin_nested():
                fresh = StatusList(issuer=issuer, number=number, created_at=now, changed_at=now)
                session.add(fresh)
        except IntegrityError:
            continue  # another issuer took the number
        CHANGES.note(session)
        return fresh


def revoke_place(session: Session, status_list: StatusList, place: int, *, now: datetime) -> None:
    """Set the bit of one award."""
    row = session.scalars(
        select(StatusPlace).where(
            StatusPlace.status_list_id == status_list.id, StatusPlace.place == place
        )
    ).one()
    row.is_revoked = True
    status_list.changed_at = now
    CHANGES.note(session)


class _Changes:
    """How many changes this process made to any list."""

    number = 0

    def note(self, session: Session) -> None:
        """Count one now, and once more when others see it."""
        self.count()
        event.listen(session, "after_commit", self.count, once=True)

    def count(self, *_: object) -> None:
        """Count one."""
        self.number += 1


CHANGES = _Changes()


def revoked_places(session: Session, status_list: StatusList) -> list[int]:
    """The places of a list whose bit is set."""
    return list(
        session.scalars(
            select(StatusPlace.place)
            .where(StatusPlace.status_list_id == status_list.id, StatusPlace.is_revoked)
            .order_by(StatusPlace.place)
        )
    )


_STANDING = (
    select(
        StatusList,
        select(func.count())
        .select_from(StatusPlace)
        .where(StatusPlace.status_list_id == StatusList.id, StatusPlace.is_revoked)
        .scalar_subquery(),
    )
    .options(joinedload(StatusList.issuer))
    .where(StatusList.number == bindparam("number"))
)
"""Written once: writing it takes as long as asking."""


def standing(session: Session, number: int) -> tuple[StatusList, int] | None:
    """A list with its issuer, and how many places are set; `None` where there is no such list.

    Places are only ever set, so a list that has as many as before says the same as before.
    """
    row = session.execute(_STANDING, {"number": number}).one_or_none()
    return row and (row[0], row[1])


def credential(
    status_list: StatusList, revoked: Iterable[int], addresses: Addresses
) -> dict[str, Any]:
    """The list as a credential, not yet signed. Equal contents give equal documents."""
    own = addresses.status_list(status_list)
    return {
        "@context": [contexts.CREDENTIALS_V2],
        "id": own,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": addresses.did(status_list.issuer),
        "validFrom": timestamp(status_list.changed_at),
        "credentialSubject": {
            "id": f"{own}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": bitstrings.encode(revoked, status_list.length),
        },
    }
