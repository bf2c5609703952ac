"""Logins under way: state, nonce and browser in one row, used up exactly once (T-017…T-024)."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, bindparam, delete, exists, func, insert, select, update
from sqlalchemy.orm import Session, joinedload

from lti_tool.database import table_of
from lti_tool.launch.models import LoginAttempt, Registration
from lti_tool.launch.problems import LAUNCH_GONE, TOO_MANY, refuse

LIFETIME = timedelta(minutes=10)
"""How long a platform may take to send the browser back."""

MOST_A_MINUTE = 1_200
"""Unfinished logins of one registration in a minute: several lecture halls at once."""

COOKIE_PREFIX = "cairn_login_"

_ATTEMPT = table_of(LoginAttempt)
"""Logins are counted and written as plain rows: only a launch reads one back."""

_TRAFFIC = select(
    select(func.count())
    .select_from(_ATTEMPT)
    .where(
        _ATTEMPT.c.registration_id == bindparam("registration_id"),
        _ATTEMPT.c.created_at > bindparam("since"),
        _ATTEMPT.c.consumed_at.is_(None),
    )
    .scalar_subquery(),
    exists().where(_ATTEMPT.c.expires_at < bindparam("now")),
)
"""How many logins of a platform are unfinished, and whether anything has expired."""

_BEGIN = insert(_ATTEMPT)

_FIND = (
    select(LoginAttempt)
    .where(
        LoginAttempt.state_digest == bindparam("state_digest"),
        LoginAttempt.expires_at > bindparam("now"),
    )
    .options(joinedload(LoginAttempt.registration))
)

_CONSUME = (
    update(_ATTEMPT)
    .where(_ATTEMPT.c.id == bindparam("attempt"), _ATTEMPT.c.consumed_at.is_(None))
    .values(consumed_at=bindparam("now"), visit_id=bindparam("visit"))
)


def digest(secret: str) -> str:
    """What is kept of a secret: its SHA-256, in hex."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def cookie_name(state: str) -> str:
    """The cookie of one login; each has its own, so that two tabs do not disturb each other."""
    return COOKIE_PREFIX + digest(state)[:12]


def begin(
    session: Session,
    registration: Registration,
    *,
    state: str,
    nonce: str,
    parameters: Mapping[str, str],
    now: datetime,
    window: str = "",
) -> str:
    """Write down a login, and give the secret that proves its browser, for cookie or storage.

    `window` is the handle of a window opened for it, good for one login only (T-106).

    Raises `LaunchProblem`: `too-many` where one platform floods us, `launch-gone` where the
    window's handle was used before. Forgets expired logins.
    """
    unfinished, expired = session.execute(
        _TRAFFIC,
        {"registration_id": registration.id, "since": now - timedelta(minutes=1), "now": now},
    ).one()
    if expired:
        _forget_expired(session, now=now)
    if unfinished >= MOST_A_MINUTE:
        raise refuse(TOO_MANY, ("unfinished logins in a minute", unfinished, MOST_A_MINUTE))
    if window and of_window(session, window) is not None:
        raise refuse(LAUNCH_GONE, ("window", "one that began a login already"))
    secret = secrets.token_urlsafe(32)
    session.execute(
        _BEGIN,
        {
            "state_digest": digest(state),
            "nonce_digest": digest(nonce),
            "browser_digest": digest(secret),
            "registration_id": registration.id,
            "parameters": dict(parameters),
            "created_at": now,
            "expires_at": now + LIFETIME,
            "window_digest": digest(window) if window else None,
        },
    )
    return secret


def of_window(session: Session, window: str) -> LoginAttempt | None:
    """The login that began in the window with this handle, if it has begun."""
    return session.scalars(
        select(LoginAttempt).where(LoginAttempt.window_digest == digest(window))
    ).one_or_none()


def find(session: Session, state: str, *, now: datetime) -> LoginAttempt | None:
    """The login with this state, unless it has expired; used ones are found too."""
    return session.scalars(_FIND, {"state_digest": digest(state), "now": now}).one_or_none()


def is_same_browser(attempt: LoginAttempt, secret: str | None) -> bool:
    """Whether the browser that began the login is the one that finishes it."""
    return bool(secret) and hmac.compare_digest(digest(secret or ""), attempt.browser_digest)


def is_its_nonce(attempt: LoginAttempt, nonce: str) -> bool:
    """Whether a nonce is the one that was sent with this login's state."""
    return hmac.compare_digest(digest(nonce), attempt.nonce_digest)


def consume(
    session: Session, attempt_id: int, *, now: datetime, visit_id: int | None = None
) -> bool:
    """Use a login up. True for exactly one caller, however many try at once (T-021).

    `visit_id` is the visit it became, so that the same form may return to it.
    """
    changed = session.execute(_CONSUME, {"attempt": attempt_id, "now": now, "visit": visit_id})
    return isinstance(changed, CursorResult) and changed.rowcount == 1


def _forget_expired(session: Session, *, now: datetime) -> None:
    """Drop a handful of expired logins, so that the table stays as small as the traffic (T-011)."""
    expired = (
        select(LoginAttempt.id)
        .where(LoginAttempt.expires_at < now)
        .order_by(LoginAttempt.id)
        .limit(20)
        # Two logins at once must not wait for each other's rubbish.
        .with_for_update(skip_locked=True)
    )
    stale = list(session.scalars(expired))
    if stale:
        session.execute(delete(LoginAttempt).where(LoginAttempt.id.in_(stale)))
