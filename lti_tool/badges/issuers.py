"""Who awards: the installation's own issuer, and the one that demonstrates.

Sample packages always issue as the demonstration issuer. An installation without a name of its
own (`CAIRN_ISSUER_NAME`) has only that one.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.badges import wording
from lti_tool.badges.models import Award, Issuer
from lti_tool.programs.models import CredentialVersion
from lti_tool.settings import Settings

OWN = "main"
"""Slug of the installation's own issuer."""

DEMONSTRATION = "demonstration"
DEMONSTRATION_NAME = "Cairn demonstration issuer"
DEMONSTRATION_EMAIL = "demonstration@example.org"
DEMONSTRATION_WORDS = (
    "Issues the badges of sample packages, to show how they work. They certify nothing."
)


def find_issuer(session: Session, slug: str) -> Issuer | None:
    """An issuer by the name in its addresses."""
    return session.scalar(select(Issuer).where(Issuer.slug == slug))


def default_issuer(session: Session, settings: Settings, now: datetime) -> Issuer:
    """The installation's issuer, whose did document lies at `/.well-known/did.json`.

    Made when absent and kept in step with the settings. The root identifier never changes hands
    once something was issued under it: an issuer named later then gets its own below `/issuers/`.
    """
    if not settings.issuer_name:
        return demonstration_issuer(session, now)
    own = find_issuer(session, OWN) or _make(
        session,
        Issuer(slug=OWN, name=settings.issuer_name, email=settings.issuer_email, created_at=now),
    )
    if (own.name, own.email) != (settings.issuer_name, settings.issuer_email):
        own.name, own.email = settings.issuer_name, settings.issuer_email
    if not own.is_default:
        holder = _default(session)
        has_issued = select(Award.id).where(Award.issuer == holder).limit(1)
        if holder is None or session.scalar(has_issued) is None:
            if holder is not None:
                holder.is_default = False
            own.is_default = True
    return own


def demonstration_issuer(session: Session, now: datetime) -> Issuer:
    """The issuer of sample packages, made when absent."""
    return find_issuer(session, DEMONSTRATION) or _make(
        session,
        Issuer(
            slug=DEMONSTRATION,
            is_default=_default(session) is None,
            name=DEMONSTRATION_NAME,
            email=DEMONSTRATION_EMAIL,
            description=DEMONSTRATION_WORDS,
            is_demonstration=True,
            created_at=now,
        ),
    )


def issuer_of(session: Session, version: CredentialVersion, now: datetime) -> Issuer:
    """Who awards this version of a credential; the demonstration issuer is made when absent."""
    return awarding_issuer(session, version) or demonstration_issuer(session, now)


def awarding_issuer(session: Session, version: CredentialVersion) -> Issuer | None:
    """Who awards this version of a credential, as far as the issuer is known yet."""
    own = None if wording.is_demonstration(version) else find_issuer(session, OWN)
    return own or find_issuer(session, DEMONSTRATION)


def _default(session: Session) -> Issuer | None:
    return session.scalar(select(Issuer).where(Issuer.is_default))


def _make(session: Session, issuer: Issuer) -> Issuer:
    slug = issuer.slug
    try:
        with session.begin_nested():
            session.add(issuer)
    except IntegrityError:
        # Another transaction made the same issuer meanwhile.
        return session.scalars(select(Issuer).where(Issuer.slug == slug)).one()
    return issuer
