"""What an LMS called people and links while the tool was still an LTI 1.1 tool there (T-082).

The claim is believed only where the registration knows the old consumer key and its secret, and
the claim's own signature proves that whoever made the launch knows the secret too. Canvas's own
claim carries no signature of the secret, but stands in the signed token of that registration.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.launch.claims import DEPLOYMENT_ID, Launch, Legacy
from lti_tool.launch.models import LegacyId, Registration, ResourceLink
from lti_tool.launch.seals import unseal
from lti_tool.launch.upkeep import made
from lti_tool.people.models import Person
from lti_tool.settings import Settings

log = structlog.get_logger(__name__)

USER = "user"
LINK = "link"


def proven(
    registration: Registration, launch: Launch, body: Mapping[str, Any], settings: Settings
) -> Legacy | None:
    """The launch's legacy ids where they may be believed; `None` for all others.

    A claim that cannot be believed is as good as none: the launch itself goes on.
    """
    legacy = launch.legacy
    if legacy is None or not registration.legacy_key:
        return None
    if not legacy.consumer_key:
        return legacy if legacy.user_id else None
    secret = unseal(settings, registration.legacy_secret)
    is_key = hmac.compare_digest(legacy.consumer_key.encode(), registration.legacy_key.encode())
    expected = signature(body, registration, secret) if secret else b""
    if is_key and expected and hmac.compare_digest(expected, legacy.signature):
        # Ids are only sent where they differ from those of LTI 1.3.
        return Legacy(
            legacy.consumer_key,
            legacy.signature,
            legacy.user_id or launch.sub,
            legacy.link_id or launch.resource_link_id or "",
        )
    log.warning("launch.legacy-unproven", registration=registration.id, key=legacy.consumer_key)
    return None


def signature(body: Mapping[str, Any], registration: Registration, secret: str) -> bytes:
    """What `oauth_consumer_key_sign` has to be: HMAC-SHA256 over what names this one launch."""
    parts = (
        registration.legacy_key,
        body.get(DEPLOYMENT_ID),
        registration.issuer,
        registration.client_id,
        body.get("exp"),
        body.get("nonce"),
    )
    base = "&".join(str(part) for part in parts)
    digest = hmac.new(secret.encode(), base.encode("utf-8", "surrogatepass"), hashlib.sha256)
    return base64.b64encode(digest.digest())


def person_called(
    session: Session, registration: Registration, legacy: Legacy | None
) -> Person | None:
    """The person a legacy user id already stands for, or `None`."""
    found = _find(session, registration, USER, legacy.user_id) if legacy else None
    return found.person if found else None


def link_called(
    session: Session, registration: Registration, legacy: Legacy | None
) -> ResourceLink | None:
    """The link a legacy resource link id already stands for, or `None`."""
    found = _find(session, registration, LINK, legacy.link_id) if legacy else None
    return found.link if found else None


def note(
    session: Session,
    registration: Registration,
    legacy: Legacy,
    *,
    person: Person | None,
    link: ResourceLink | None,
    now: datetime,
) -> None:
    """Write down what the legacy ids stand for; the first to be proven keeps one."""
    for kind, value, row in ((USER, legacy.user_id, person), (LINK, legacy.link_id, link)):
        if row is None or not value or _find(session, registration, kind, value):
            continue
        made(
            session,
            _named(registration, kind, value),
            lambda kind=kind, value=value: LegacyId(  # type: ignore[misc]
                registration=registration,
                kind=kind,
                value=value,
                person=person if kind == USER else None,
                link=link if kind == LINK else None,
                noted_at=now,
            ),
        )


def _named(registration: Registration, kind: str, value: str) -> Any:
    return select(LegacyId).where(
        LegacyId.registration_id == registration.id,
        LegacyId.kind == kind,
        LegacyId.value == value,
    )


def _find(session: Session, registration: Registration, kind: str, value: str) -> LegacyId | None:
    found: LegacyId | None = None
    if value:
        found = session.scalars(_named(registration, kind, value)).one_or_none()
    return found
