"""Invitations: one-time addresses at which an LMS registers itself.

The token is derived from the invitation's random id and the installation's secret, so that the
administrator who made it can see its address again, while the database holds a digest only.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, delete, func, or_, select, update
from sqlalchemy.orm import Session

from lti_tool.connect.models import Invitation
from lti_tool.errors import NotFound, Refused
from lti_tool.launch.models import Registration
from lti_tool.people.audit import note
from lti_tool.people.models import Person
from lti_tool.settings import Settings

LIFETIME = timedelta(days=7)
"""Long enough for a letter to a district's LMS administrator, and for their free afternoon."""

HOLD = timedelta(minutes=2)
"""How long one attempt to register may take before another may begin."""


class InvitationNotGood(Refused):
    """The invitation was never made, has expired, or was used before."""

    status = 403


class InvitationBusy(Refused):
    """Somebody is registering with this invitation at this very moment."""

    status = 409


NOT_GOOD = (
    "This registration address is not good any more: it was used before, it is older than a week,"
    " or a part of it is missing. Ask whoever runs Cairn for another one; they make it on the page"
    " Connect your LMS, or with: cairn platform invite"
)


@dataclass(frozen=True)
class Made:
    """A new invitation and the token that opens it."""

    invitation: Invitation
    token: str


def make(
    session: Session,
    settings: Settings,
    *,
    approves_deployments: bool,
    actor: Person | None,
    now: datetime,
) -> Made:
    """A new invitation, good for a week and for one registration."""
    invitation = Invitation(
        token_digest="",
        approves_deployments=approves_deployments,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    token = _token(settings, invitation)
    invitation.token_digest = _digest(token)
    session.add(invitation)
    session.flush()  # the audit trail names it by id
    note(session, "connect.invite", f"invitation {invitation.id}", actor=actor, now=now)
    return Made(invitation, token)


def token_of(settings: Settings, invitation: Invitation) -> str | None:
    """The token again; `None` where the installation's secret was changed since."""
    token = _token(settings, invitation)
    return token if hmac.compare_digest(_digest(token), invitation.token_digest) else None


def address(settings: Settings, token: str) -> str:
    """What the LMS administrator pastes; the LMS appends its own parameters."""
    return f"{settings.base_url}/lti/register?invitation={token}"


def find(session: Session, token: str, *, now: datetime) -> Invitation:
    """A good invitation. Raises `InvitationNotGood`."""
    found = session.scalars(
        select(Invitation).where(
            Invitation.token_digest == _digest(token),
            Invitation.used_at.is_(None),
            Invitation.expires_at > now,
        )
    ).one_or_none()
    if found is None:
        raise InvitationNotGood(NOT_GOOD)
    return found


def named(session: Session, public_id: str) -> Invitation:
    """An invitation by the name it has on the administrator's pages. Raises `NotFound`."""
    found = session.scalars(
        select(Invitation).where(Invitation.public_id == public_id)
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such invitation, or it was withdrawn.")
    return found


def waiting(session: Session, *, now: datetime) -> Sequence[Invitation]:
    """Invitations nobody has followed yet, newest first."""
    return session.scalars(
        select(Invitation)
        .where(Invitation.used_at.is_(None), Invitation.expires_at > now)
        .order_by(Invitation.id.desc())
    ).all()


def hold(session: Session, token: str, *, now: datetime) -> Invitation:
    """Take a good invitation for one attempt to register.

    Raises `InvitationNotGood`, or `InvitationBusy` while another attempt is under way.
    """
    invitation = find(session, token, now=now)
    taken = session.execute(
        update(Invitation)
        .where(
            Invitation.id == invitation.id,
            Invitation.used_at.is_(None),
            or_(Invitation.held_until.is_(None), Invitation.held_until <= now),
        )
        .values(held_until=now + HOLD)
        .execution_options(synchronize_session=False)
    )
    if not isinstance(taken, CursorResult) or taken.rowcount != 1:
        raise InvitationBusy(
            "Somebody is registering with this address at this very moment. Wait for it to end; if"
            " nothing happens within two minutes, press the button again."
        )
    return invitation


def release(session: Session, token: str) -> None:
    """Let go of an invitation after an attempt that came to nothing: it is good again."""
    session.execute(
        update(Invitation)
        .where(Invitation.token_digest == _digest(token), Invitation.used_at.is_(None))
        .values(held_until=None)
    )


def use_up(
    session: Session, token: str, registration: Registration, *, now: datetime
) -> Invitation:
    """Note what the invitation led to; it is good for nothing else. Raises `InvitationNotGood`."""
    invitation = session.scalars(
        select(Invitation).where(
            Invitation.token_digest == _digest(token), Invitation.used_at.is_(None)
        )
    ).one_or_none()
    if invitation is None:
        raise InvitationNotGood(NOT_GOOD)
    invitation.used_at = now
    invitation.held_until = None
    invitation.registration = registration
    return invitation


def withdraw(
    session: Session, invitation: Invitation, *, actor: Person | None, now: datetime
) -> None:
    """Make an invitation worthless; one that was used stays as the trace of a registration."""
    if invitation.used_at is None:
        invitation.expires_at = min(invitation.expires_at, now)
        note(
            session, "connect.withdraw-invitation", f"invitation {invitation.id}", actor=actor,
            now=now,
        )  # fmt: skip


def forget(session: Session, *, before: datetime) -> int:
    """Delete invitations that were used or ran out before a moment; how many there were."""
    over = func.coalesce(Invitation.used_at, Invitation.expires_at)
    ids = session.scalars(select(Invitation.id).where(over < before)).all()
    session.execute(delete(Invitation).where(Invitation.id.in_(ids)))
    return len(ids)


def _token(settings: Settings, invitation: Invitation) -> str:
    secret = settings.secret_key.get_secret_value().encode()
    words = f"invitation:{invitation.public_id}".encode()
    made = hmac.new(secret, words, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
