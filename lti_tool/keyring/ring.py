"""The keys of this installation as a process holds them: each private part loaded once."""

import logging
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from lti_tool.database import read_session, sessions
from lti_tool.keyring.folder import Key, KeyFolder, stem
from lti_tool.keyring.models import PUBLISHED, KeyState, Purpose, SigningKey
from lti_tool.settings import Settings

log = logging.getLogger(__name__)

BADGES = (Purpose.BADGE_PROOF, Purpose.BADGE_JWT, Purpose.BADGE_JWS)
"""What an issuer has keys for."""

LOOK_AGAIN = 20.0
"""Seconds after which a process looks whether another key signs now. A key that has just retired
stays published for weeks, so nobody notices who was late by less than that."""


@dataclass(frozen=True)
class PublishedKey:
    """What everybody may know of a key."""

    purpose: Purpose
    kid: str
    algorithm: str
    state: KeyState
    made_at: datetime
    retired_at: datetime | None
    public_jwk: dict[str, Any]
    holder: str = ""
    """The issuer it belongs to, by its slug; empty for keys of the installation itself."""
    signs_from: datetime | None = None
    withdrawn_at: datetime | None = None


class Keyring:
    """The keys of this installation, each loaded once as a key object."""

    def __init__(
        self,
        engine: Engine,
        folder: KeyFolder,
        keys: dict[Purpose, Key],
        look_again: float = LOOK_AGAIN,
    ) -> None:
        """Hold `keys`, one for every purpose; `engine` is asked for what is published."""
        self._engine = engine
        self.folder = folder
        self._keys = {(purpose, ""): key for purpose, key in keys.items()}
        self._look_again = look_again
        self._looked_at = time.monotonic()
        self._looking = threading.Lock()
        self._last_set: dict[str, Any] | None = None

    @classmethod
    def open(
        cls, settings: Settings, engine: Engine, now: datetime, *, look_again: float = LOOK_AGAIN
    ) -> Self:
        """Load every key, making those that are missing; the tables must exist.

        Raises `OSError` when the keys folder cannot be read or written, and `ValueError`
        naming the file when one of them is not the key its name says or cannot be unsealed.
        """
        folder = KeyFolder.of(settings)
        folder.prepare()
        signing = _signing(engine)
        keys = {
            purpose: _loaded(folder, signing.get((purpose, "")))
            or _settled(engine, folder, purpose, "", now)
            for purpose in Purpose
        }
        return cls(engine, folder, keys, look_again)

    def key(self, purpose: Purpose, holder: str = "") -> Key:
        """The key that signs for this purpose now, whichever process made it so.

        Raises `KeyError` for a holder whose keys were not prepared.
        """
        if time.monotonic() - self._looked_at >= self._look_again:
            self.look()
        return self._keys[purpose, holder]

    def prepare(self, holder: str, now: datetime) -> None:
        """Load the badge keys of an issuer, making those that are missing.

        What is loaded already costs nothing. Raises as `open` does.
        """
        if all((purpose, holder) in self._keys for purpose in BADGES):
            return
        signing = _signing(self._engine)
        made = {
            (purpose, holder): _loaded(self.folder, signing.get((purpose, holder)))
            or _settled(self._engine, self.folder, purpose, holder, now)
            for purpose in BADGES
        }
        self._keys = {**made, **self._keys}

    def lti_key(self) -> Key:
        """The RS256 key platforms know us by."""
        return self.key(Purpose.LTI)

    def all(self) -> list[PublishedKey]:
        """Every key there is a row for, oldest first, also those no longer published."""
        with read_session(self._engine) as session:
            return [
                PublishedKey(
                    purpose=row.purpose,
                    kid=row.kid,
                    algorithm=row.algorithm,
                    state=row.state,
                    made_at=row.made_at,
                    retired_at=row.retired_at,
                    public_jwk=row.public_jwk,
                    holder=row.holder,
                    signs_from=row.signs_from,
                    withdrawn_at=row.withdrawn_at,
                )
                for row in session.scalars(select(SigningKey).order_by(SigningKey.id))
            ]

    def published(self, purpose: Purpose, holder: str = "") -> list[PublishedKey]:
        """The keys of a purpose that others may rely on: staged, active and retired ones."""
        return [
            key
            for key in self.all()
            if key.purpose is purpose and key.holder == holder and key.state in PUBLISHED
        ]

    def public_jwks(self) -> dict[str, Any]:
        """The JWK Set of `/lti/jwks`: public parts only, each with `kid`, `use` and `alg`.

        While the database does not answer it is the last one this process gave: Canvas asks for it
        with every token, and a retired key in it harms nobody.
        """
        try:
            published = self.published(Purpose.LTI)
        except SQLAlchemyError:
            if self._last_set is None:
                raise
            log.warning("the key set is the last one known: the database does not answer")
            return self._last_set
        self._last_set = {
            "keys": [
                {**key.public_jwk, "kid": key.kid, "use": "sig", "alg": key.algorithm}
                for key in published
            ]
        }
        return self._last_set

    def look(self) -> None:
        """See whether another key signs now; whoever asks meanwhile gets the one before."""
        if not self._looking.acquire(blocking=False):
            return
        try:
            self._looked_at = time.monotonic()
            signing = _signing(self._engine)
            for place, held in list(self._keys.items()):
                row = signing.get(place)
                if row is not None and row.kid != held.kid:
                    self._change(row)
        except SQLAlchemyError:
            # What signed until now is still published, so signing goes on with it.
            log.exception("cannot look which keys sign now")
        finally:
            self._looking.release()

    def _change(self, row: SigningKey) -> None:
        purpose = row.purpose
        try:
            key = _loaded(self.folder, row)
        except (OSError, ValueError):
            log.exception("key %s (%s) cannot be loaded", row.kid, purpose)
            return
        if key is None:
            log.error(
                "key %s (%s) signs now, and its file %s is not in the keys folder of this host",
                row.kid,
                purpose,
                row.file,
            )
            return
        self._keys = {**self._keys, (purpose, row.holder): key}
        log.info("key %s (%s) signs now", key.kid, purpose)


def _signing(engine: Engine) -> dict[tuple[Purpose, str], SigningKey]:
    """The row of the active key by purpose and holder; the newest where there are several."""
    with read_session(engine) as session:
        rows = session.scalars(
            select(SigningKey).where(SigningKey.state == KeyState.ACTIVE).order_by(SigningKey.id)
        )
        return {(row.purpose, row.holder): row for row in rows}


def _loaded(folder: KeyFolder, row: SigningKey | None) -> Key | None:
    """The private part of a row's key; `None` where its file is gone or holds another key."""
    if row is None or not folder.has(row.file):
        return None
    key = folder.load(row.file, row.purpose)
    return key if key.kid == row.kid else None


def _settled(
    engine: Engine, folder: KeyFolder, purpose: Purpose, holder: str, now: datetime
) -> Key:
    """Find or make the key of a purpose that has none signing, and write down that it does."""
    with read_session(engine) as session:
        rows = session.scalars(select(SigningKey)).all()
    fit = {KeyState.ACTIVE, KeyState.STAGED}
    # A key of another purpose is spent too: one key, one purpose, wherever its file was moved to.
    # So is another issuer's.
    spent = {
        row.kid
        for row in rows
        if row.state not in fit or row.purpose is not purpose or row.holder != holder
    }
    for name in folder.names(purpose, holder).values():
        key = folder.load(name, purpose)
        if key.kid not in spent:
            break
    else:
        files = [row.file for row in rows if row.purpose is purpose and row.holder == holder]
        name = next_name(folder, purpose, holder, rows_files=files)
        key = Key.new(purpose)
        if not folder.place(key, name):
            key = folder.load(name, purpose)
    _enter(engine, folder, key, name, holder=holder, now=now)
    return key


def next_name(
    folder: KeyFolder, purpose: Purpose, holder: str = "", *, rows_files: list[str]
) -> str:
    """A file name that no key of this purpose has, or ever had as far as rows know."""
    known = [int(name.rpartition("-")[2].partition(".")[0]) for name in rows_files if name]
    return f"{stem(purpose, holder)}-{1 + max([0, *known, *folder.names(purpose, holder)])}.pem"


def _enter(
    engine: Engine, folder: KeyFolder, key: Key, name: str, *, holder: str, now: datetime
) -> None:
    """Write down that this key signs, and retire what has lost its file or its turn."""
    try:
        with sessions(engine).begin() as session:
            rows = session.scalars(
                select(SigningKey).where(
                    SigningKey.purpose == key.purpose, SigningKey.holder == holder
                )
            )
            mine = None
            for row in rows:
                if row.kid == key.kid:
                    mine = row
                elif row.state is KeyState.ACTIVE:
                    log.warning("key %s (%s) is retired: its file is gone", row.kid, row.purpose)
                    row.state, row.retired_at = KeyState.RETIRED, now
                if row is not mine and (row.file == name or not folder.has(row.file)):
                    row.file = ""
            if mine is None:
                session.add(
                    SigningKey(
                        kid=key.kid,
                        purpose=key.purpose,
                        algorithm=key.algorithm,
                        public_jwk=key.public_jwk,
                        made_at=now,
                        file=name,
                        holder=holder,
                        signs_from=now,
                    )
                )
                return
            mine.file = name
            if mine.state is KeyState.STAGED:
                mine.state, mine.signs_from = KeyState.ACTIVE, now
    except IntegrityError:
        pass  # another process that started with us wrote the same row
