"""A key that may have been stolen: another signs, nobody believes the old one, nothing is lost.

Whoever has the key can sign what they like, so nothing that it signed is believed any more: it
leaves the did document and the profile, and verifiers refuse copies from before. What we keep for
our own awards and endorsements is true nevertheless, and is signed anew with the key that follows.
"""

import base64
import binascii
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from lti_tool import jobs
from lti_tool.badges import documents
from lti_tool.badges.models import (
    Award,
    Badge,
    Endorsement,
    Issuer,
    Rendering,
    SignedBeginning,
    SignedDocument,
)
from lti_tool.errors import NotFound, Refused
from lti_tool.keyring import (
    PUBLISHED,
    KeyFolder,
    Keyring,
    KeyState,
    Purpose,
    SigningKey,
    rotation,
)
from lti_tool.people.audit import note
from lti_tool.people.models import Person

KEEP_WHAT_THEY_SIGNED = (Purpose.BADGE_PROOF, Purpose.BADGE_JWT)
"""Purposes of which signed bytes are kept. Signed Open Badges 2.0 are made when asked for."""
CLOCKS_DIFFER = timedelta(hours=1)
"""How far the clocks of two hosts may be apart."""
AT_ONCE = 200
"""Documents that are looked into in one go, about 3 MB."""


class AlreadyOver(Refused):
    """The key is published no longer, so there is nothing left to take from it."""

    status = 409


def give_up(
    session: Session,
    folder: KeyFolder,
    kid: str,
    *,
    pace: rotation.Pace,
    actor: Person | None,
    now: datetime,
) -> SigningKey:
    """Believe a badge key no longer, from now on; where it signs, another follows at once.

    Raises:
        NotFound: there is no such key for badges.
        AlreadyOver: it was revoked before.
    """
    row = session.scalars(select(SigningKey).where(SigningKey.kid == kid)).one_or_none()
    if row is None or row.purpose is Purpose.LTI:
        raise NotFound("There is no such key for badges.")
    if row.state not in PUBLISHED:
        raise AlreadyOver("This key is published no longer: there is nothing left to do.")
    if row.state is KeyState.ACTIVE:
        rotation.rotate(
            session, folder, row.purpose, pace=pace, now=now, at_once=True, holder=row.holder
        )
    row = rotation.revoke(session, folder, kid, now=now)
    note(
        session,
        "keys.revoke",
        f"key {kid}",
        actor=actor,
        now=now,
        purpose=row.purpose.value,
        issuer=row.holder,
    )
    follow_up(session, row)
    return row


def follow_up(session: Session, row: SigningKey) -> None:
    """Ask for everything a revoked key signed to be signed anew, as far as we keep it."""
    if row.purpose in KEEP_WHAT_THEY_SIGNED:
        jobs.enqueue(session, "badges.sign-again", row.kid, key=row.kid)


@dataclass(frozen=True)
class Kept:
    """A signed document that names a key."""

    id: int
    award_id: int
    rendering: Rendering


def still_signs(session: Session, kids: Collection[str]) -> bool:
    """Whether none of these keys was revoked meanwhile.

    The rows stay as they are until the transaction ends, so what is kept in it is found by whoever
    looks for what a revoked key signed.
    """
    rows = session.scalars(
        select(SigningKey).where(SigningKey.kid.in_(kids)).with_for_update(read=True)
    )
    return all(row.state in PUBLISHED for row in rows)


def endorsements_of(session: Session, kid: str) -> list[int]:
    """Ids of signed endorsements in which a key is named."""
    rows = session.execute(
        select(Endorsement.id, Endorsement.content).where(Endorsement.content != b"")
    )
    return [id_ for id_, content in rows if names(content, kid)]


def concerned(session: Session, keyring: Keyring, row: SigningKey) -> ColumnElement[bool]:
    """Badges of issuers that signed with this key, and those that hold what they endorsed."""
    ids = [
        issuer.id
        for issuer in session.scalars(select(Issuer))
        if any(key.kid == row.kid for key in documents.keys_of(issuer, keyring, row.purpose))
    ]
    about = Endorsement.issuer_id.in_(ids)
    endorsed = select(Endorsement.credential_version_id).where(
        about, Endorsement.credential_version_id.is_not(None)
    )
    stacks = select(Endorsement.program_version_id).where(
        about, Endorsement.program_version_id.is_not(None)
    )
    table = Badge.__table__.c
    return or_(
        Badge.issuer_id.in_(ids),
        Award.credential_version_id.in_(endorsed),
        table.program_version_id.in_(stacks),
    )


def documents_of(
    session: Session, row: SigningKey, concerned: ColumnElement[bool], *, after: int = 0
) -> tuple[list[Kept], int | None]:
    """Kept documents in which a key is named, and where to go on; `None` at the end.

    `AT_ONCE` of the `concerned` badges are looked into. Also those are found in which only an
    endorsement was signed with the key.
    """
    looked_into = session.execute(
        select(
            SignedDocument.id,
            SignedDocument.award_id,
            SignedDocument.rendering,
            SignedBeginning.content,
            SignedDocument.rest,
        )
        .join(Badge, Badge.id == SignedDocument.award_id)
        .outerjoin(SignedDocument.beginning)
        .where(
            SignedDocument.id > after,
            SignedDocument.signed_at >= row.made_at - CLOCKS_DIFFER,
            Badge.erased_at.is_(None),
            concerned,
        )
        .order_by(SignedDocument.id)
        .limit(AT_ONCE)
    ).all()
    found = [
        Kept(id_, award_id, rendering)
        for id_, award_id, rendering, beginning, rest in looked_into
        if names((beginning or b"") + rest, row.kid)
    ]
    return found, looked_into[-1][0] if len(looked_into) == AT_ONCE else None


def names(content: bytes, kid: str) -> bool:
    """Whether a signed document names a key, in its own signature or in one inside it."""
    wanted = kid.encode("ascii")
    return any(wanted in part for part in _readable(content))


def _readable(content: bytes) -> Iterator[bytes]:
    yield content
    if content[:1] == b"{":
        return
    for part in content.split(b".")[:2]:
        try:
            yield base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))
        except binascii.Error:
            continue
