"""Making issuers, and saying for which partner of which program each stands.

A package names its partners itself, so a name in it proves nothing: only an administrator of the
installation says that the partner is one of our issuers (deny by default).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lti_tool.badges import issuers
from lti_tool.badges.models import Issuer, Issuing
from lti_tool.errors import Refused
from lti_tool.people.audit import note
from lti_tool.people.models import Person
from lti_tool.programs.catalogue import current_version
from lti_tool.programs.models import Program, ProgramVersion

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
WEB = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?(/[^\s<>\"{}|\\^`]*)?")
ADDRESS = re.compile(r"[^@\s]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


class IssuerFaulty(Refused):
    """Something about an issuer is missing or not what it should be; `member` says what."""

    status = 422

    def __init__(self, member: str, words: str) -> None:
        """Refuse one member, in these words."""
        super().__init__(words)
        self.member = member


class NoSuchPartner(Refused):
    """The program's package gives no partner of this name the role of an issuer."""

    status = 422


@dataclass(frozen=True)
class Profile:
    """What everybody may know of an issuer."""

    name: str
    email: str
    url: str = ""
    description: str = ""
    parent_name: str = ""
    parent_url: str = ""

    def check(self) -> None:
        """Raise `IssuerFaulty` for the first thing that is wrong."""
        if not 1 <= len(self.name) <= 255:
            raise IssuerFaulty("name", "Say what it is called.")
        if not ADDRESS.fullmatch(self.email):
            raise IssuerFaulty("email", "Give an e-mail address: every badge names it.")
        for member, url in (("url", self.url), ("parent_url", self.parent_url)):
            if url and not WEB.fullmatch(url):
                raise IssuerFaulty(member, "Give a web address that begins with https://")
        if self.parent_url and not self.parent_name:
            raise IssuerFaulty("parent_name", "Say what the organisation above it is called.")
        if len(self.parent_name) > 255 or len(self.description) > 2_000:
            raise IssuerFaulty("description", "Say it in fewer words.")


def make(
    session: Session, slug: str, profile: Profile, *, actor: Person | None, now: datetime
) -> Issuer:
    """Make an issuer; its keys are made as soon as the change stands (`Keyring.prepare`).

    Its slug stands in its did:web identifier and never changes. Raises `IssuerFaulty`.
    """
    if not SLUG.fullmatch(slug):
        words = "Use small letters, digits and hyphens: up to 40, such as north-office."
        raise IssuerFaulty("slug", words)
    if issuers.find_issuer(session, slug) or slug in {issuers.OWN, issuers.DEMONSTRATION}:
        raise IssuerFaulty("slug", "There is an issuer of this name already.")
    profile.check()
    fresh = Issuer(
        slug=slug,
        name=profile.name,
        email=profile.email,
        url=profile.url,
        description=profile.description,
        parent_name=profile.parent_name,
        parent_url=profile.parent_url,
        created_at=now,
        own_keys_since=now,
    )
    session.add(fresh)
    session.flush()
    note(session, "issuers.make", f"issuer {slug}", actor=actor, now=now, name=profile.name)
    return fresh


def describe(
    session: Session, issuer: Issuer, profile: Profile, *, actor: Person | None, now: datetime
) -> None:
    """Change what everybody may know of an issuer; badges that are signed keep what they say.

    Name and address of the installation's own issuer come from its settings. Raises `IssuerFaulty`.
    """
    profile.check()
    if issuer.slug != issuers.OWN:
        issuer.name, issuer.email = profile.name, profile.email
    issuer.url, issuer.description = profile.url, profile.description
    issuer.parent_name, issuer.parent_url = profile.parent_name, profile.parent_url
    note(session, "issuers.describe", f"issuer {issuer.slug}", actor=actor, now=now)


def appoint(
    session: Session,
    issuer: Issuer,
    program: Program,
    partner: str,
    *,
    actor: Person | None,
    now: datetime,
) -> Issuing:
    """Let an issuer stand for a partner of a program; who stood for it before no longer does.

    A version that somebody was awarded already keeps its issuer. Raises `NoSuchPartner`.
    """
    named = {slug for slug, _ in issuers.partners_who_issue(current_version(session, program))}
    if partner not in named:
        raise NoSuchPartner("The program's package names no such partner who issues.")
    row = session.scalar(
        select(Issuing).where(Issuing.program_id == program.id, Issuing.partner == partner)
    )
    if row is None:
        row = Issuing(issuer=issuer, program=program, partner=partner, appointed_at=now)
        session.add(row)
    else:
        row.issuer, row.appointed_at = issuer, now
    session.flush()
    note(
        session,
        "issuers.appoint",
        f"issuer {issuer.slug}",
        actor=actor,
        now=now,
        program=program.slug,
        partner=partner,
    )
    return row


def dismiss(session: Session, row: Issuing, *, actor: Person | None, now: datetime) -> None:
    """Let an issuer stand for a partner no longer; what it awarded stays its own."""
    note(
        session,
        "issuers.dismiss",
        f"issuer {row.issuer.slug}",
        actor=actor,
        now=now,
        program=row.program.slug,
        partner=row.partner,
    )
    session.delete(row)


@dataclass(frozen=True)
class Place:
    """A partner of a program that issues, and which of our issuers it is."""

    program: Program
    title: str
    partner: str
    name: str
    issuer: Issuer | None
    row_id: int | None
    signs: bool
    """Whether it is the one whose keys sign; the others issue together with it."""


def places(session: Session, programs: Sequence[int] | None = None) -> list[Place]:
    """Every partner who issues, of all programs that are published or of these.

    Sample packages are left out: the demonstration issuer signs theirs.
    """
    newest: dict[int, ProgramVersion] = {}
    query = select(ProgramVersion).options(joinedload(ProgramVersion.program))
    if programs is not None:
        query = query.where(ProgramVersion.program_id.in_(programs))
    for version in session.scalars(query.order_by(ProgramVersion.number)):
        newest[version.program_id] = version
    rows = session.scalars(select(Issuing).options(joinedload(Issuing.issuer))).all()
    known = {(row.program_id, row.partner): row for row in rows}
    found = []
    for version in sorted(newest.values(), key=lambda one: one.title):
        if version.document.get("demonstration", False):
            continue
        is_first = True
        for slug, name in issuers.partners_who_issue(version):
            row = known.get((version.program_id, slug))
            signs = row is not None and is_first
            is_first = is_first and row is None
            found.append(
                Place(
                    program=version.program,
                    title=version.title,
                    partner=slug,
                    name=name,
                    issuer=row.issuer if row else None,
                    row_id=row.id if row else None,
                    signs=signs,
                )
            )
    return found
