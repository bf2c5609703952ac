"""Access tokens for an LMS's services: one per deployment and set of scopes, for all processes.

Whoever misses a token takes a lease on its row and fetches it; the others wait for the row to be
filled. Waiting and fetching happen between transactions, never inside one.
"""

import base64
import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt
import structlog
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import CursorResult, Engine, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool import outward
from lti_tool.database import read_session
from lti_tool.keyring import Key
from lti_tool.launch.claims import DEPLOYMENT_ID
from lti_tool.launch.models import AccessToken, Deployment, Registration
from lti_tool.outward import Unreachable
from lti_tool.settings import Settings

log = structlog.get_logger(__name__)

BACKDATED = timedelta(seconds=30)
"""How far `iat` lies in the past: Moodle refuses a token dated one second ahead of its clock."""

GOOD_FOR = timedelta(minutes=4)
"""How long an assertion is good for; Canvas takes at most five minutes from `iat`."""

MARGIN = timedelta(seconds=60)
"""A token is not used in its last minute (T-108)."""

LEASE = timedelta(seconds=12)
"""How long one process may take to fetch a token before another tries."""

PAUSE = 0.05
"""Seconds between looks while somebody else fetches."""

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class TokenRefused(Exception):
    """The LMS gave no token. `status` is its answer's; the words are its own."""

    def __init__(self, words: str, *, status: int) -> None:
        super().__init__(words)
        self.status = status


class ScopeMissing(Exception):
    """The LMS granted less than was asked for: an administrator there has to allow it (T-110)."""

    def __init__(self, missing: Iterable[str]) -> None:
        self.missing = tuple(sorted(missing))
        names = ", ".join(scope.rsplit("/", 1)[-1] for scope in self.missing)
        super().__init__(f"The LMS does not allow this tool: {names}.")


@dataclass(frozen=True)
class Line:
    """What it takes to reach one deployment's services. Rows may be detached."""

    engine: Engine
    settings: Settings
    key: Key
    registration: Registration
    deployment: Deployment
    clock: Callable[[], datetime]


@dataclass(frozen=True)
class Token:
    """An access token and what it allows."""

    text: str
    granted: frozenset[str]


class ServiceTokens:
    """The tokens of one deployment."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self._fernet = _fernet(line.settings)

    def token(self, scopes: Sequence[str]) -> Token:
        """A token for these scopes; it may allow less, which `Token.granted` says.

        Raises `TokenRefused`, or `Unreachable` (never `maybe_arrived`).
        """
        scope_key = _scope_key(scopes)
        if found := self._kept(scope_key):
            return found
        self._make_row(scope_key)
        give_up = time.monotonic() + 2 * LEASE.total_seconds()
        while time.monotonic() < give_up:
            lease = secrets.token_hex(8)
            if self._take_lease(scope_key, lease):
                return self._fetch(scope_key, lease)
            time.sleep(PAUSE)
            if found := self._kept(scope_key):
                return found
        raise Unreachable("The LMS's token service is slow, and others wait for it too.")

    def drop(self, scopes: Sequence[str], token: Token) -> None:
        """Forget a token the LMS no longer takes, unless somebody has replaced it already."""
        scope_key = _scope_key(scopes)
        with read_session(self.line.engine) as session:
            sealed = session.scalar(self._of_row(select(AccessToken.sealed), scope_key))
        if sealed and self._unsealed(sealed) == token.text:
            self._change(scope_key, AccessToken.sealed == sealed, sealed="")

    # -- the row -----------------------------------------------------------------------------

    def _of_row(self, statement: Any, scope_key: str) -> Any:
        return statement.where(
            AccessToken.registration_id == self.line.registration.id,
            AccessToken.deployment_id == self.line.deployment.id,
            AccessToken.scope_key == scope_key,
        )

    def _kept(self, scope_key: str) -> Token | None:
        with read_session(self.line.engine) as session:
            row = session.scalars(self._of_row(select(AccessToken), scope_key)).one_or_none()
        if row is None or not row.sealed or row.expires_at <= self.line.clock():
            return None
        text = self._unsealed(row.sealed)
        return Token(text, frozenset(row.granted)) if text else None

    def _unsealed(self, sealed: str) -> str | None:
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None  # sealed with a secret key that was changed since

    def _make_row(self, scope_key: str) -> None:
        with read_session(self.line.engine) as session:
            if session.scalar(self._of_row(select(AccessToken.id), scope_key)):
                return
        with Session(self.line.engine) as session:
            session.add(
                AccessToken(
                    registration_id=self.line.registration.id,
                    deployment_id=self.line.deployment.id,
                    scope_key=scope_key,
                    sealed="",
                    granted=[],
                    expires_at=self.line.clock(),
                )
            )
            try:
                session.commit()
            except IntegrityError:
                session.rollback()  # another process made the same row

    def _take_lease(self, scope_key: str, lease: str) -> bool:
        now = self.line.clock()
        return self._change(
            scope_key,
            or_(AccessToken.leased_until.is_(None), AccessToken.leased_until < now),
            or_(AccessToken.sealed == "", AccessToken.expires_at <= now),
            lease=lease,
            leased_until=now + LEASE,
        )

    def _change(self, scope_key: str, *conditions: Any, **values: Any) -> bool:
        """Change the row if the conditions hold; true where they did."""
        with Session(self.line.engine) as session:
            changed = session.execute(
                self._of_row(update(AccessToken), scope_key).where(*conditions).values(**values)
            )
            session.commit()
        return isinstance(changed, CursorResult) and changed.rowcount == 1

    # -- fetching ----------------------------------------------------------------------------

    def _fetch(self, scope_key: str, lease: str) -> Token:
        try:
            token, lifetime = self._ask(scope_key)
        except BaseException:
            self._change(scope_key, AccessToken.lease == lease, lease=None, leased_until=None)
            raise
        self._change(
            scope_key,
            AccessToken.lease == lease,
            sealed=self._fernet.encrypt(token.text.encode()).decode(),
            granted=sorted(token.granted),
            expires_at=self.line.clock() + lifetime,
            lease=None,
            leased_until=None,
        )
        log.info(
            "launch.token-fetched",
            registration=self.line.registration.id,
            scopes=[scope.rsplit("/", 1)[-1] for scope in scope_key.split()],
            granted=len(token.granted),
        )
        return token

    def _ask(self, scope_key: str) -> tuple[Token, timedelta]:
        """Ask the token endpoint, by a form with a signed assertion (SEC 4.1; T-107)."""
        line = self.line
        try:
            answer = outward.post(
                line.registration.auth_token_url,
                allow=line.settings.lti_http_allow,
                headers={"Accept": "application/json"},
                data={
                    "grant_type": "client_credentials",
                    "client_assertion_type": ASSERTION_TYPE,
                    "client_assertion": sign(self._assertion(), line.key),
                    "scope": scope_key,
                },
                time_out=line.settings.http_timeout,
            )
        except Unreachable as error:
            # Whatever became of this request, the service itself was not called.
            raise Unreachable(str(error)) from error
        if answer.status >= 500 or answer.status == 429:
            raise Unreachable(f"The LMS's token service answered with status {answer.status}.")
        try:
            given = answer.json()
        except ValueError:
            given = None
        if not isinstance(given, dict):
            given = {}
        text = given.get("access_token")
        if not answer.ok or not isinstance(text, str) or not text:
            if given.get("error") == "invalid_scope":
                raise ScopeMissing(scope_key.split())  # Canvas names it so; Moodle grants the rest
            words = given.get("error_description") or given.get("error") or answer.text[:200]
            raise TokenRefused(
                f"The LMS gave no access token ({answer.status}): {words}", status=answer.status
            )
        return Token(text, _granted(given.get("scope"), scope_key)), _lifetime(given)

    def _assertion(self) -> dict[str, str | int]:
        registration = self.line.registration
        issued = self.line.clock() - BACKDATED
        return {
            "iss": registration.client_id,
            "sub": registration.client_id,
            "aud": registration.auth_audience or registration.auth_token_url,
            "iat": int(issued.timestamp()),
            "exp": int((issued + GOOD_FOR).timestamp()),
            "jti": secrets.token_urlsafe(24),
            DEPLOYMENT_ID: self.line.deployment.deployment_id,
        }


def sign(message: Mapping[str, Any], key: Key) -> str:
    """A JWT signed with the key object: reading a PEM takes fifty milliseconds each time."""
    private: Any = key.private
    return jwt.encode(dict(message), private, algorithm="RS256", headers={"kid": key.kid})


def _scope_key(scopes: Sequence[str]) -> str:
    return " ".join(sorted(set(scopes)))


def _granted(scope: object, asked: str) -> frozenset[str]:
    # RFC 6749, 5.1: without `scope` in the answer, what was asked for was granted.
    return frozenset((scope if isinstance(scope, str) and scope else asked).split())


def _lifetime(given: Mapping[str, Any]) -> timedelta:
    """How long a token may be used: its lifetime less a margin, never less than five seconds."""
    try:
        seconds = float(given.get("expires_in", 3600))
    except (TypeError, ValueError):
        seconds = 3600.0
    whole = timedelta(seconds=min(max(seconds, 0.0), 86_400.0))
    return max(whole - MARGIN, timedelta(seconds=5))


def _fernet(settings: Settings) -> Fernet:
    """Seals tokens: a database that leaks gives nobody into a gradebook."""
    secret = settings.secret_key.get_secret_value().encode()
    derived = HKDF(SHA256(), 32, salt=None, info=b"cairn access tokens").derive(secret)
    return Fernet(base64.urlsafe_b64encode(derived))
