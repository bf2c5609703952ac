"""Who awards: the installation's own issuer, and the one that demonstrates.

Sample packages always issue as the demonstration issuer. An installation without a name of its
own (`CAIRN_ISSUER_NAME`) has only that one.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.badges import wording
from lti_tool.badges.models import Award, Badge, Issuer, Issuing
from lti_tool.programs.models import CredentialVersion, ProgramVersion
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
        Issuer(
            slug=OWN,
            name=settings.issuer_name,
            email=settings.issuer_email,
            created_at=now,
            own_keys_since=now,
        ),
    )
    if (own.name, own.email) != (settings.issuer_name, settings.issuer_email):
        own.name, own.email = settings.issuer_name, settings.issuer_email
    if not own.is_default:
        holder = _default(session)
        has_issued = select(Badge.id).where(Badge.issuer == holder).limit(1)
        if holder is None or session.scalar(has_issued) is None:
            if holder is not None:
                holder.is_default = False
                session.flush()
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
            own_keys_since=now,
        ),
    )


def give_own_keys(session: Session, now: datetime) -> list[str]:
    """Let issuers from the time of shared keys have their own; answers all holders of keys.

    What they signed until now stays believed: their did documents go on listing the shared keys
    there were until this moment.
    """
    holders = []
    for issuer in session.scalars(select(Issuer).order_by(Issuer.id)):
        issuer.own_keys_since = issuer.own_keys_since or now
        holders.append(issuer.key_holder)
    return holders


def issuer_of(session: Session, version: CredentialVersion, now: datetime) -> Issuer:
    """Who awards this version of a credential; the demonstration issuer is made when absent."""
    return awarding_issuer(session, version) or demonstration_issuer(session, now)


def awarding_issuer(session: Session, version: CredentialVersion) -> Issuer | None:
    """Who awards this version of a credential, as far as the issuer is known yet."""
    if wording.is_demonstration(version):
        return find_issuer(session, DEMONSTRATION)
    if first := _first_issuer(session, version):
        return first
    for appointed in appointed_issuers(session, version.program_version):
        return appointed
    return find_issuer(session, OWN) or find_issuer(session, DEMONSTRATION)


def _first_issuer(session: Session, version: CredentialVersion) -> Issuer | None:
    """Who awarded this version before: its badge class names one issuer for good.

    The demonstration issuer binds nobody.
    """
    return session.scalar(
        select(Issuer)
        .join(Award, Award.issuer_id == Issuer.id)
        .where(Award.credential_version_id == version.id, Issuer.is_demonstration.is_(False))
        .limit(1)
    )


def partners_who_issue(version: ProgramVersion) -> list[tuple[str, str]]:
    """Slug and name of each partner to which the package gives the role `issuer`, in its order.

    The first one that an administrator appointed signs; the others issue together with it.
    """
    partners = version.document.get("partners", ())
    return [(str(one["slug"]), str(one["name"])) for one in partners if "issuer" in one["roles"]]


def appointed_issuers(session: Session, version: ProgramVersion) -> list[Issuer]:
    """Our issuers behind the partners who issue, in the order of the package.

    A package names whom it likes; only what an administrator appointed counts.
    """
    named = [slug for slug, _ in partners_who_issue(version)]
    if not named:
        return []
    rows = session.scalars(
        select(Issuing).where(Issuing.program_id == version.program_id, Issuing.partner.in_(named))
    )
    found = {row.partner: row.issuer for row in rows}
    return [found[slug] for slug in named if slug in found]


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
