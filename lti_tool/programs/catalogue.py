"""What can be earned: programs, credentials, and the versions that are current."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from lti_tool.errors import NotFound
from lti_tool.programs.models import (
    Credential,
    CredentialVersion,
    Criterion,
    Part,
    Phase,
    Program,
    ProgramVersion,
    Task,
)


@dataclass(frozen=True)
class CredentialOffer:
    """One credential as it can be chosen."""

    slug: str
    title: str
    goal: str
    can_begin: bool
    """False while it is in preparation."""
    credential_id: int


@dataclass(frozen=True)
class Offer:
    """One program with all its credentials, in their order."""

    slug: str
    title: str
    number: int
    program_id: int
    document: dict[str, Any]
    credentials: tuple[CredentialOffer, ...]


def whole() -> tuple[ExecutableOption, ...]:
    """Options that load a credential version and all below it in a fixed number of queries."""
    parts = selectinload(CredentialVersion.parts)
    return (
        joinedload(CredentialVersion.credential).joinedload(Credential.program),
        joinedload(CredentialVersion.program_version),
        parts.selectinload(Part.phases).selectinload(Phase.tasks).selectinload(Task.requirements),
        parts.selectinload(Part.criteria).selectinload(Criterion.levels),
        selectinload(CredentialVersion.items),
        selectinload(CredentialVersion.resources),
    )


def find_program(session: Session, slug: str) -> Program:
    """The program of a slug.

    Raises:
        NotFound: there is none.
    """
    program = session.scalars(select(Program).where(Program.slug == slug)).one_or_none()
    if program is None:
        raise NotFound(f"There is no program “{slug}” here.")
    return program


def current_version(session: Session, program: Program) -> ProgramVersion:
    """The newest published version of a program.

    Raises:
        NotFound: nothing of it was published.
    """
    version = session.scalars(
        select(ProgramVersion)
        .where(ProgramVersion.program_id == program.id)
        .order_by(ProgramVersion.number.desc())
        .limit(1)
    ).one_or_none()
    if version is None:
        raise NotFound(f"Nothing of the program “{program.slug}” is published yet.")
    return version


def find_credential(session: Session, slug: str, program_slug: str | None = None) -> Credential:
    """The credential of a slug, looked for in one program or in all.

    Raises:
        NotFound: there is none, or several programs have one and none was named.
    """
    query = select(Credential).where(Credential.slug == slug)
    if program_slug is not None:
        query = query.join(Credential.program).where(Program.slug == program_slug)
    found = session.scalars(query.limit(2)).all()
    if not found:
        place = f" in the program “{program_slug}”" if program_slug else ""
        raise NotFound(f"There is no credential “{slug}”{place} here.")
    if len(found) > 1:
        raise NotFound(f"Several programs have a credential “{slug}”: name the program as well.")
    return found[0]


def current_credential_version(session: Session, credential: Credential) -> CredentialVersion:
    """The credential as the current version of its program has it, with everything below it.

    Raises:
        NotFound: the current version of the program no longer has it.
    """
    newest = (
        select(func.max(ProgramVersion.number))
        .where(ProgramVersion.program_id == credential.program_id)
        .scalar_subquery()
    )
    version = session.scalars(
        select(CredentialVersion)
        .join(CredentialVersion.program_version)
        .where(CredentialVersion.credential_id == credential.id, ProgramVersion.number == newest)
        .options(*whole())
    ).one_or_none()
    if version is None:
        raise NotFound(f"“{credential.slug}” is no longer offered in its program.")
    return version


def credentials_of(session: Session, version: ProgramVersion) -> list[CredentialOffer]:
    """The credentials of one program version, in their order; one query."""
    return _offered(session, [version.id])[version.id]


def _offered(session: Session, version_ids: list[int]) -> dict[int, list[CredentialOffer]]:
    found: dict[int, list[CredentialOffer]] = {version_id: [] for version_id in version_ids}
    rows = session.execute(
        select(
            CredentialVersion.program_version_id,
            Credential.slug,
            CredentialVersion.title,
            CredentialVersion.goal,
            CredentialVersion.details,
            Credential.id,
        )
        .join(Credential, Credential.id == CredentialVersion.credential_id)
        .where(CredentialVersion.program_version_id.in_(version_ids))
        .order_by(CredentialVersion.position)
    )
    for version_id, slug, title, goal, details, credential_id in rows:
        found[version_id].append(
            CredentialOffer(slug, title, goal, details.get("status") == "complete", credential_id)
        )
    return found


def offers(session: Session) -> list[Offer]:
    """Every program that has a published version, by title; two queries however many there are."""
    newest = (
        select(ProgramVersion.program_id, func.max(ProgramVersion.number).label("number"))
        .group_by(ProgramVersion.program_id)
        .subquery()
    )
    versions = session.scalars(
        select(ProgramVersion)
        .join(
            newest,
            (ProgramVersion.program_id == newest.c.program_id)
            & (ProgramVersion.number == newest.c.number),
        )
        .order_by(ProgramVersion.title, ProgramVersion.id)
    ).all()
    credentials = _offered(session, [version.id for version in versions])
    return [
        Offer(
            slug=version.document["slug"],
            title=version.title,
            number=version.number,
            program_id=version.program_id,
            document=version.document,
            credentials=tuple(credentials[version.id]),
        )
        for version in versions
    ]
