"""Dynamic registration: what an LMS is told before, the application itself, and what is kept.

Between the platform's answer and our rows nothing is half-done: the invitation is held while the
platform is asked, used up in the transaction that stores the registration, and let go of when
anything went wrong (T-130, T-131).
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.connect import applications, configuration, invitations
from lti_tool.connect.applications import Asked, Granted
from lti_tool.connect.configuration import Configuration, ConfigurationNotGood
from lti_tool.connect.models import Invitation, RegistrationAnswer
from lti_tool.launch import platforms
from lti_tool.launch.models import Deployment, DeploymentState, Registration
from lti_tool.settings import Settings

HINTS = {
    400: "The LMS found something in the application it does not take. If it speaks of a domain or"
    " an address, compare CAIRN_BASE_URL with the address at which the LMS reaches Cairn.",
    401: "The LMS's registration token was used already or has expired. Begin again in the LMS: it"
    " makes a new token each time. This address stays good.",
    403: "The person who began this in the LMS may not register tools there. An administrator of"
    " the whole LMS or account has to do it.",
    404: "The LMS has no dynamic registration at the address it named itself. Connect it by hand.",
    422: "The LMS found something in the application it does not take. Its words above say what;"
    " connect it by hand if nothing there can be changed.",
}


@dataclass(frozen=True)
class Summary:
    """What an LMS administrator sees before anything is sent."""

    configuration: Configuration
    asked: Asked
    seal: str
    """Binds the button to what was shown."""


def summarise(settings: Settings, *, address: str, token: str, invitation: str) -> Summary:
    """Ask the platform who it is. Raises `ConfigurationNotGood`."""
    known = configuration.fetch(settings, address, token)
    return Summary(known, applications.asked_of(known), _seal(settings, known, token, invitation))


def is_as_shown(summary: Summary, seal: str) -> bool:
    """Whether the platform still says what the administrator saw when they pressed the button."""
    return hmac.compare_digest(summary.seal.encode(), seal.encode("utf-8", "replace"))


def _seal(settings: Settings, known: Configuration, token: str, invitation: str) -> str:
    secret = settings.secret_key.get_secret_value().encode()
    shown = f"{known.fingerprint()}\n{token}\n{invitation}".encode()
    return hmac.new(secret, b"register:" + shown, hashlib.sha256).hexdigest()


def apply(settings: Settings, summary: Summary, token: str) -> Granted:
    """Send the application; the platform's answer. Raises `ConfigurationNotGood` in its words."""
    known = summary.configuration
    answer = configuration.call(
        settings,
        "POST",
        known.registration_endpoint,
        token,
        json=applications.body(settings, summary.asked),
    )
    if not answer.ok:
        hint = HINTS.get(answer.status, "Try again in a few minutes, from the LMS.")
        raise ConfigurationNotGood(
            f"{known.host} did not register Cairn ({answer.status})"
            f"{configuration.quoted(answer) or '.'} {hint} Nothing was kept here."
        )
    try:
        told = answer.json()
    except ValueError:
        told = None
    return applications.granted_by(told, summary.asked)


def keep(
    session: Session,
    settings: Settings,
    summary: Summary,
    granted: Granted,
    *,
    invitation_token: str,
    now: datetime,
) -> Registration:
    """Store what a platform granted, and use the invitation up.

    A platform that registers again is corrected: what it is called here stays, and a deployment
    that was blocked stays blocked. Raises `InvitationNotGood`.
    """
    known = summary.configuration
    before = session.scalars(
        select(Registration).where(
            Registration.issuer == known.issuer, Registration.client_id == granted.client_id
        )
    ).one_or_none()
    registration = platforms.add_platform(
        session,
        name=before.name if before else _name(known),
        issuer=known.issuer,
        client_id=granted.client_id,
        auth_login_url=known.authorization_endpoint,
        auth_token_url=known.token_endpoint,
        jwks_url=known.jwks_uri,
        deployment_ids=_new_deployments(session, before, granted),
        product=known.product,
        auth_audience=known.audience,
        http_allow=settings.lti_http_allow,
        now=now,
    )
    invitation = invitations.use_up(session, invitation_token, registration, now=now)
    if before is None and invitation.approves_deployments:
        platforms.change(
            session,
            registration,
            settings=settings,
            actor=None,
            now=now,
            approves_deployments=True,
        )
    _note_answer(session, registration, summary, granted, now=now)
    return registration


def _name(known: Configuration) -> str:
    return (known.account or known.host)[:255]


def _new_deployments(
    session: Session, before: Registration | None, granted: Granted
) -> tuple[str, ...]:
    """The deployment the answer names, unless somebody here has blocked it."""
    if granted.deployment_id is None:
        return ()
    if before is not None:
        blocked = session.scalar(
            select(Deployment.id).where(
                Deployment.registration_id == before.id,
                Deployment.deployment_id == granted.deployment_id,
                Deployment.state == DeploymentState.BLOCKED,
            )
        )
        if blocked is not None:
            return ()
    return (granted.deployment_id,)


def _note_answer(
    session: Session,
    registration: Registration,
    summary: Summary,
    granted: Granted,
    *,
    now: datetime,
) -> None:
    row = answer_of(session, registration)
    if row is not None:
        session.delete(row)
        session.flush()  # one row a registration
    session.add(
        RegistrationAnswer(
            registration=registration,
            at=now,
            family=summary.configuration.family,
            account=summary.configuration.account,
            asked_scopes=list(summary.asked.scopes),
            granted_scopes=list(granted.scopes),
            asked_messages=list(summary.asked.messages),
            granted_messages=list(granted.messages),
            asked_claims=list(summary.asked.claims),
            granted_claims=list(granted.claims),
        )
    )


def answer_of(session: Session, registration: Registration) -> RegistrationAnswer | None:
    """What was granted on dynamic registration; `None` for one that came another way."""
    return session.scalars(
        select(RegistrationAnswer).where(RegistrationAnswer.registration_id == registration.id)
    ).one_or_none()


__all__ = [
    "ConfigurationNotGood",
    "Invitation",
    "Summary",
    "answer_of",
    "apply",
    "is_as_shown",
    "keep",
    "summarise",
]
