"""Registered platforms and their deployments: add, list, approve, block."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from lti_tool.errors import NotFound, Refused
from lti_tool.launch.claims import ID_LENGTH, web_address
from lti_tool.launch.models import (
    Deployment,
    DeploymentState,
    PlatformUser,
    Product,
    Registration,
)
from lti_tool.launch.seals import seal
from lti_tool.outward import Allowed
from lti_tool.people.audit import note
from lti_tool.people.models import Person, Visit
from lti_tool.settings import Settings


class AddressNotUsable(Refused):
    """An address of a platform is none, or is plain http without permission."""

    status = 422


class NameNotUsable(Refused):
    """An issuer, client id or deployment id is empty or too long."""

    status = 422


@dataclass(frozen=True)
class KnownPlatform:
    """A registration with its deployments, and when somebody last came from it."""

    registration: Registration
    deployments: Sequence[Deployment]
    last_seen_at: datetime | None


def add_platform(
    session: Session,
    *,
    name: str,
    issuer: str,
    client_id: str,
    auth_login_url: str,
    auth_token_url: str,
    jwks_url: str,
    now: datetime,
    deployment_ids: Iterable[str] = (),
    product: Product | str = Product.GENERIC,
    auth_audience: str | None = None,
    http_allow: Sequence[str] | None = None,
    actor: Person | None = None,
) -> Registration:
    """Register a platform; every deployment named is active at once.

    The same issuer and client id again corrects the registration, and its keys are fetched anew.
    With `http_allow` (`settings.lti_http_allow`) addresses that could never be called are refused.

    Raises `AddressNotUsable` or `NameNotUsable`.
    """
    for words, address in (
        ("login address", auth_login_url),
        ("token address", auth_token_url),
        ("key set address", jwks_url),
    ):
        _check_address(words, address, http_allow)
    named = list(deployment_ids)
    for words, value in (("name", name), ("issuer", issuer), ("client id", client_id)):
        _check_name(words, value)
    for deployment_id in named:
        _check_name("deployment id", deployment_id)
    registration = session.scalars(
        select(Registration).where(
            Registration.issuer == issuer, Registration.client_id == client_id
        )
    ).one_or_none()
    if registration is None:
        registration = Registration(
            name=name,
            issuer=issuer,
            client_id=client_id,
            auth_login_url=auth_login_url,
            auth_token_url=auth_token_url,
            jwks_url=jwks_url,
            created_at=now,
        )
        session.add(registration)
    registration.name = name
    registration.auth_login_url = auth_login_url
    registration.auth_token_url = auth_token_url
    registration.jwks_url = jwks_url
    registration.auth_audience = auth_audience
    registration.product = Product(product)
    registration.keys = registration.keys_fetched_at = registration.keys_forced_at = None
    session.flush()  # deployments are looked up by the registration's id
    note(session, "launch.add-platform", f"registration {registration.id}", actor=actor, now=now)
    for deployment_id in dict.fromkeys(named):
        deployment = session.scalars(
            select(Deployment).where(
                Deployment.registration_id == registration.id,
                Deployment.deployment_id == deployment_id,
            )
        ).one_or_none()
        if deployment is None:
            deployment = Deployment(
                registration=registration,
                deployment_id=deployment_id,
                state=DeploymentState.PENDING,
                first_seen_at=now,
            )
            session.add(deployment)
            session.flush()  # the audit trail names it by id
        decide(session, deployment, DeploymentState.ACTIVE, actor=actor, now=now)
    return registration


def _check_address(words: str, address: str, http_allow: Sequence[str] | None) -> None:
    if web_address(address) is None:
        raise AddressNotUsable(f"The {words} “{address}” is not an https address.")
    parts = urlsplit(address)
    if http_allow is None or parts.scheme == "https":
        return
    allowed, host = Allowed.read(http_allow), parts.hostname or ""
    if not allowed.may_be_plain(host):
        raise AddressNotUsable(
            f"The {words} “{address}” is plain http. Platforms use https; for practice, name the"
            f" host in CAIRN_LTI_HTTP_ALLOW={host}."
        )


def _check_name(words: str, value: str) -> None:
    if not 0 < len(value) <= ID_LENGTH or value != value.strip():
        raise NameNotUsable(f"The {words} must have 1 to 255 characters, without spaces around it.")


def known_platforms(session: Session) -> list[KnownPlatform]:
    """Every registration by name, in three queries however many there are."""
    newest = select(
        PlatformUser.registration_id, func.max(PlatformUser.seen_at).label("last")
    ).group_by(PlatformUser.registration_id)
    seen = {row.registration_id: row.last for row in session.execute(newest)}
    by_registration: dict[int, list[Deployment]] = {}
    for deployment in deployments(session):
        by_registration.setdefault(deployment.registration_id, []).append(deployment)
    registrations = session.scalars(
        select(Registration).order_by(func.lower(Registration.name), Registration.id)
    )
    return [
        KnownPlatform(row, by_registration.get(row.id, []), seen.get(row.id))
        for row in registrations
    ]


def deployments(session: Session) -> list[Deployment]:
    """All deployments: those that wait for a decision first, then the newest."""
    rows = list(session.scalars(select(Deployment).order_by(Deployment.id.desc())))
    return sorted(rows, key=lambda row: row.state is not DeploymentState.PENDING)


def find_deployment(session: Session, named: str) -> Deployment:
    """A deployment by our number for it, or by the platform's id where that is unique.

    Raises:
        NotFound: there is none, or several platforms use the id.
    """
    if named.isascii() and named.isdecimal() and len(named) < 10:
        found = session.get(Deployment, int(named))
        if found is not None:
            return found
    rows = list(session.scalars(select(Deployment).where(Deployment.deployment_id == named)))
    if len(rows) != 1:
        raise NotFound(
            f"There is no deployment {named} here. `cairn deployment list` shows their numbers."
        )
    return rows[0]


def find_platform(session: Session, named: str) -> Registration:
    """A registration by our number for it, or by its name or client id where that is unique.

    Raises:
        NotFound: there is none, or several answer to the name.
    """
    if named.isascii() and named.isdecimal() and len(named) < 10:
        found = session.get(Registration, int(named))
        if found is not None:
            return found
    fitting = select(Registration).where(
        or_(Registration.name == named, Registration.client_id == named)
    )
    rows = list(session.scalars(fitting.limit(2)))
    if len(rows) != 1:
        raise NotFound(
            f"There is no platform {named} here. `cairn platform list` shows their numbers."
        )
    return rows[0]


def change(
    session: Session,
    registration: Registration,
    *,
    settings: Settings,
    actor: Person | None,
    now: datetime,
    extra_audiences: Iterable[str] | None = None,
    sub_may_be_number: bool | None = None,
    approves_deployments: bool | None = None,
    legacy: tuple[str, str] | None = None,
    name: str | None = None,
    product: Product | None = None,
    auth_audience: str | None = None,
) -> None:
    """Change what a registration is called and allowed; what is `None` stays as it is.

    An empty `auth_audience` means the token address itself.

    `legacy` is the consumer key and the shared secret the tool had there as LTI 1.1, which makes
    its migration claims count (T-082); two empty texts forget them. Raises `NameNotUsable`.
    """
    said: dict[str, object] = {}
    if name is not None:
        _check_name("name", name)
        said["name"] = registration.name = name
    if product is not None:
        registration.product = product
        said["product"] = product.value
    if auth_audience is not None:
        said["auth_audience"] = registration.auth_audience = auth_audience or None
    if extra_audiences is not None:
        named = list(dict.fromkeys(extra_audiences))
        for audience in named:
            _check_name("audience", audience)
        said["extra_audiences"] = registration.extra_audiences = named
    if sub_may_be_number is not None:
        said["sub_may_be_number"] = registration.sub_may_be_number = sub_may_be_number
    if approves_deployments is not None:
        said["approves_deployments"] = registration.approves_deployments = approves_deployments
    if legacy is not None:
        key, secret = legacy
        if key or secret:
            _check_name("consumer key", key)
            _check_name("shared secret", secret)
        said["legacy_key"] = registration.legacy_key = key
        registration.legacy_secret = seal(settings, secret) if secret else ""
    if said:
        subject = f"registration {registration.id}"
        note(session, "launch.change-platform", subject, actor=actor, now=now, **said)


def change_deployment(
    session: Session,
    deployment: Deployment,
    *,
    actor: Person | None,
    now: datetime,
    allow_anonymous: bool | None = None,
    assistants_grade: bool | None = None,
) -> None:
    """Change what a deployment allows; what is `None` stays as it is (T-051, T-076).

    Guests who are here when they are no longer let in have to leave at once.
    """
    said: dict[str, object] = {}
    if allow_anonymous is not None:
        said["allow_anonymous"] = deployment.allow_anonymous = allow_anonymous
        if not allow_anonymous and deployment.guest_id is not None:
            session.execute(
                update(Visit)
                .where(Visit.person_id == deployment.guest_id, Visit.expires_at > now)
                .values(expires_at=now)
            )
    if assistants_grade is not None:
        said["assistants_grade"] = deployment.assistants_grade = assistants_grade
    if said:
        subject = f"deployment {deployment.id}"
        note(session, "launch.change-deployment", subject, actor=actor, now=now, **said)


def decide(
    session: Session,
    deployment: Deployment,
    state: DeploymentState,
    *,
    actor: Person | None,
    now: datetime,
) -> None:
    """Let a deployment in, or keep it out; deciding the same again changes nothing."""
    if deployment.state is state:
        return
    deployment.state = state
    deployment.decided_at = now
    verb = "approve" if state is DeploymentState.ACTIVE else "block"
    note(
        session,
        f"launch.{verb}-deployment",
        f"deployment {deployment.id}",
        actor=actor,
        now=now,
        deployment_id=deployment.deployment_id,
    )
