"""How one key follows another without anybody noticing (T-138, decision 0021).

A key is published before it signs, because platforms keep copies of our key set; it stays published
after it has signed for the last time, because what it signed may be on its way, or be a badge.
Processes look now and then which key is active (`Keyring.key`), so all of them change within
seconds, and whoever is late signs with a key that is still published.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from lti_tool.errors import NotFound, Refused
from lti_tool.keyring.folder import Key, KeyFolder
from lti_tool.keyring.models import KeyState, Purpose, SigningKey
from lti_tool.keyring.ring import next_name
from lti_tool.settings import Settings

log = logging.getLogger(__name__)

PRUNED = frozenset({Purpose.LTI})
"""Purposes whose retired keys are withdrawn in time. A badge is as good as its key is published."""


class AlreadyStaged(Refused):
    """The next key waits for its turn already."""

    status = 409


class StillSigning(Refused):
    """A key that signs cannot be withdrawn: another has to follow first."""

    status = 409


@dataclass(frozen=True)
class Pace:
    """How fast keys follow each other."""

    stage: timedelta
    """How long a key is published before it signs."""
    keep: timedelta
    """How long a retired key stays published, and a retired private part on the disk."""
    every: timedelta | None
    """How long the LTI key signs; `None` for until somebody says so."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The pace that the settings give."""
        days = settings.key_rotation_days
        return cls(
            stage=timedelta(hours=settings.key_stage_hours),
            keep=timedelta(days=settings.key_keep_days),
            every=timedelta(days=days) if days else None,
        )


def rotate(
    session: Session,
    folder: KeyFolder,
    purpose: Purpose,
    *,
    pace: Pace,
    now: datetime,
    at_once: bool = False,
    holder: str = "",
) -> SigningKey:
    """Make and publish the next key of a purpose; it signs when its stage is over.

    `holder` is the issuer it is for, by its slug; empty for the installation's own keys.
    With `at_once` it signs from now on, staged before or not: for a key that may have been stolen.
    Platforms that keep our key set and do not look again will refuse it for a while.

    Raises:
        AlreadyStaged: the next key is published already and waits.
        Unsealable: whoever asks has another secret than the one that seals the present key.
    """
    for present in _lock(session, purpose, holder):
        if folder.has(present.file):
            folder.load(present.file, purpose)
    row = session.scalars(_in(purpose, holder, KeyState.STAGED)).first()
    if row is not None and not _is_there(folder, row):
        row.state, row.withdrawn_at = KeyState.WITHDRAWN, now
        row = None
    if row is not None and not at_once:
        raise AlreadyStaged(
            f"The next key for {purpose.value} is published already and waits for its turn."
        )
    if row is None:
        row = _staged(session, folder, purpose, holder, now, signs_from=now + pace.stage)
    if at_once:
        _begin(session, row, now)
    return row


def keep(session: Session, folder: KeyFolder, *, pace: Pace, now: datetime) -> list[str]:
    """Do what is due: let staged keys begin, withdraw retired ones, rotate by the calendar.

    Doing it twice, late or by two processes at once changes nothing. Answers what was done.
    """
    done: list[str] = []
    places = {(purpose, "") for purpose in Purpose}
    places |= {(row.purpose, row.holder) for row in session.scalars(select(SigningKey))}
    for purpose, holder in sorted(places):
        _lock(session, purpose, holder)
        done += [
            _begin_if_there(session, folder, row, now)
            for row in session.scalars(_in(purpose, holder, KeyState.STAGED)).all()
            if row.signs_from is not None and row.signs_from <= now
        ]
        for row in session.scalars(_in(purpose, holder, KeyState.RETIRED)).all():
            if row.retired_at is not None and row.retired_at <= now - pace.keep:
                done += _put_away(session, folder, row, now)
        if purpose in PRUNED and _is_due(session, purpose, pace, now):
            row = _staged(session, folder, purpose, holder, now, signs_from=now + pace.stage)
            done.append(f"{row.kid} ({purpose.value}) is published")
    return done


def revoke(session: Session, folder: KeyFolder, kid: str, *, now: datetime) -> SigningKey:
    """Publish a key no longer, at once: for one that may have been stolen.

    Raises:
        NotFound: there is no such key.
        StillSigning: it signs; `rotate` with `at_once` comes first.
    """
    row = session.scalars(select(SigningKey).where(SigningKey.kid == kid)).one_or_none()
    if row is None:
        raise NotFound(f"There is no key {kid} here. `cairn keys list` shows them.")
    if row.state is KeyState.ACTIVE:
        raise StillSigning(
            "This key signs. Let another follow at once first:"
            f" cairn keys rotate --purpose {row.purpose.value}"
            + (f" --issuer {row.holder} --now" if row.holder else " --now")
        )
    row.state, row.withdrawn_at = KeyState.REVOKED, now
    _remove(session, folder, row)
    return row


def _in(purpose: Purpose, holder: str, *states: KeyState) -> Select[SigningKey]:
    return (
        select(SigningKey)
        .where(
            SigningKey.purpose == purpose,
            SigningKey.holder == holder,
            SigningKey.state.in_(states),
        )
        .order_by(SigningKey.id)
    )


def _lock(session: Session, purpose: Purpose, holder: str) -> Sequence[SigningKey]:
    """The keys that sign; one process at a time changes the keys of a purpose and a holder.

    SQLite has one writer anyway.
    """
    return session.scalars(_in(purpose, holder, KeyState.ACTIVE).with_for_update()).all()


def _is_due(session: Session, purpose: Purpose, pace: Pace, now: datetime) -> bool:
    if pace.every is None or session.scalars(_in(purpose, "", KeyState.STAGED)).first():
        return False
    row = session.scalars(_in(purpose, "", KeyState.ACTIVE)).first()
    # The stage is part of the interval: keys change every so many days, not a day later each time.
    return row is not None and (row.signs_from or row.made_at) <= now - pace.every + pace.stage


def _staged(
    session: Session,
    folder: KeyFolder,
    purpose: Purpose,
    holder: str,
    now: datetime,
    *,
    signs_from: datetime,
) -> SigningKey:
    files: Sequence[str] = session.scalars(
        select(SigningKey.file).where(SigningKey.purpose == purpose, SigningKey.holder == holder)
    ).all()
    key = Key.new(purpose)
    folder.prepare()
    while not folder.place(key, name := next_name(folder, purpose, holder, rows_files=list(files))):
        pass  # another process took the name meanwhile
    row = SigningKey(
        kid=key.kid,
        purpose=purpose,
        algorithm=key.algorithm,
        public_jwk=key.public_jwk,
        made_at=now,
        state=KeyState.STAGED,
        file=name,
        holder=holder,
        signs_from=signs_from,
    )
    session.add(row)
    session.flush()
    return row


def _begin(session: Session, row: SigningKey, now: datetime) -> None:
    for other in session.scalars(_in(row.purpose, row.holder, KeyState.ACTIVE)).all():
        other.state, other.retired_at = KeyState.RETIRED, now
    row.state, row.signs_from = KeyState.ACTIVE, now
    session.flush()


def _begin_if_there(session: Session, folder: KeyFolder, row: SigningKey, now: datetime) -> str:
    """Let a staged key sign, unless its private part is lost: then nobody ever relied on it."""
    if not _is_there(folder, row):
        row.state, row.withdrawn_at = KeyState.WITHDRAWN, now
        return f"{row.kid} ({row.purpose.value}) is withdrawn: its file is lost"
    _begin(session, row, now)
    return f"{row.kid} ({row.purpose.value}) signs"


def _is_there(folder: KeyFolder, row: SigningKey) -> bool:
    """Whether a key's private part can be opened; no key begins to sign without it."""
    try:
        return folder.load(row.file, row.purpose).kid == row.kid
    except (OSError, ValueError):
        log.exception("key %s (%s) cannot be loaded", row.kid, row.purpose)
        return False


def _put_away(session: Session, folder: KeyFolder, row: SigningKey, now: datetime) -> list[str]:
    """Delete a retired key's private part; of what only platforms relied on, the public one too."""
    had_file = bool(row.file)
    _remove(session, folder, row)
    if row.purpose in PRUNED:
        row.state, row.withdrawn_at = KeyState.WITHDRAWN, now
        return [f"{row.kid} ({row.purpose.value}) is withdrawn"]
    return [f"{row.kid} ({row.purpose.value}) keeps its public part only"] if had_file else []


def _remove(session: Session, folder: KeyFolder, row: SigningKey) -> None:
    """Delete a private file, unless another key's row names it."""
    named = session.scalars(
        select(SigningKey.kid).where(SigningKey.file == row.file, SigningKey.kid != row.kid)
    ).first()
    if row.file and named is None:
        folder.remove(row.file)
    row.file = ""
