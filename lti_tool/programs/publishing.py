"""Publish a package as a frozen version of its program, and write a version out again."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.errors import Refused
from lti_tool.people.audit import note
from lti_tool.programs import interchange
from lti_tool.programs.catalogue import current_version, find_program
from lti_tool.programs.models import (
    ArtifactRequirement,
    Credential,
    CredentialVersion,
    Criterion,
    Level,
    Part,
    Phase,
    Program,
    ProgramVersion,
    Resource,
    SelfAssessmentItem,
    Task,
)
from lti_tool.programs.packages import Package

MOST_ARTIFACTS = 5
"""How many artifacts a requirement takes at most where the package does not say."""


class VersionFrozen(Refused):
    """A published version never changes: the changed package needs a new number."""


def import_package(session: Session, package: Package, *, now: datetime) -> ProgramVersion:
    """Publish a package; it becomes the current version of its program.

    The same package again changes nothing and gives the version it already is.
    Whoever has begun a credential keeps the version they began.

    Raises:
        VersionFrozen: another package was published under this number, or under a higher one.
    """
    program = session.scalars(select(Program).where(Program.slug == package.slug)).one_or_none()
    if program is None:
        program = Program(slug=package.slug, created_at=now)
        session.add(program)
    else:
        published = session.scalars(
            select(ProgramVersion).where(
                ProgramVersion.program == program, ProgramVersion.number == package.version
            )
        ).one_or_none()
        if published is not None and published.digest == package.digest:
            return published
        newest = session.scalar(
            select(func.max(ProgramVersion.number)).where(ProgramVersion.program == program)
        )
        if newest is not None and newest >= package.version:
            raise VersionFrozen(
                f"Version {package.version} of “{package.slug}” cannot be published: version"
                f" {newest} already is, and what is published never changes."
                f" Set `version: {newest + 1}` in the package."
            )
    version = _version(session, program, package, now)
    note(
        session,
        "programs.import",
        f"{package.slug} v{package.version}",
        actor=None,
        now=now,
        digest=package.digest,
    )
    return version


def export(session: Session, slug: str) -> str:
    """The current version of a program as one YAML file that imports to an equal digest.

    Raises:
        NotFound: there is no program of this slug.
    """
    return interchange.write(current_version(session, find_program(session, slug)).document)


def _version(session: Session, program: Program, package: Package, now: datetime) -> ProgramVersion:
    document = package.document
    version = ProgramVersion(
        program=program,
        number=package.version,
        title=document["title"],
        digest=package.digest,
        document=document,
        published_at=now,
    )
    known: dict[str, Credential] = {}
    if program.id is not None:
        known = {
            credential.slug: credential
            for credential in session.scalars(
                select(Credential).where(Credential.program == program)
            )
        }
    for place, entry in enumerate(document["credentials"], start=1):
        credential = known.get(entry["slug"]) or Credential(program=program, slug=entry["slug"])
        _credential(version, credential, place, entry)
    session.add(version)
    session.flush()  # so that the constraints speak here and not at some later query
    return version


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _credential(
    program_version: ProgramVersion, credential: Credential, place: int, entry: dict[str, Any]
) -> None:
    hours = entry.get("hours", {})
    details = {
        name: value
        for name, value in entry.items()
        if name not in ("parts", "self_assessment", "resources", "picture")
    }
    # The program's scales come along, so that a credential can be shown by itself.
    own = {scale["slug"] for scale in entry.get("scales", [])}
    details["scales"] = [
        *(s for s in program_version.document.get("scales", []) if s["slug"] not in own),
        *entry.get("scales", []),
    ]
    version = CredentialVersion(
        credential=credential,
        program_version=program_version,
        position=place,
        title=entry["title"],
        goal=entry.get("goal", ""),
        competency=entry.get("competency", ""),
        guiding_question=entry.get("guiding_question", ""),
        hours_min=_decimal(hours.get("min")),
        hours_max=_decimal(hours.get("max")),
        baseline_required=entry.get("baseline_required", True),
        coverage_required=entry.get("coverage_required", True),
        details=details,
    )
    for position, part in enumerate(entry.get("parts", []), start=1):
        _part(version, position, part)
    for position, item in enumerate(entry.get("self_assessment", []), start=1):
        SelfAssessmentItem(
            credential_version=version,
            slug=item["slug"],
            position=position,
            statement=item["statement"],
            scales=item["scales"],
        )
    for position, resource in enumerate(entry.get("resources", []), start=1):
        Resource(
            credential_version=version,
            slug=resource["slug"],
            position=position,
            title=resource["title"],
            description=resource.get("description", ""),
            url=resource.get("url"),
            phase_slug=resource.get("phase"),
            recommend=resource.get("recommend", []),
        )


def _part(version: CredentialVersion, position: int, entry: dict[str, Any]) -> None:
    part = Part(
        credential_version=version, slug=entry["slug"], position=position, title=entry["title"]
    )
    for place, criterion in enumerate(entry["rubric"]["criteria"], start=1):
        _criterion(part, place, criterion)
    for place, phase in enumerate(entry["phases"], start=1):
        row = Phase(
            part=part,
            slug=phase["slug"],
            position=place,
            title=phase["title"],
            purpose=phase.get("purpose", ""),
        )
        for at, task in enumerate(phase["tasks"], start=1):
            _task(row, at, task)


def _criterion(part: Part, position: int, entry: dict[str, Any]) -> None:
    criterion = Criterion(
        part=part,
        slug=entry["slug"],
        position=position,
        title=entry["title"],
        statement=entry.get("statement", ""),
        kind=entry.get("kind", "skill"),
        required_level=entry["required_level"],
    )
    for number, level in enumerate(entry["levels"], start=1):
        Level(
            criterion=criterion,
            number=number,
            name=level["name"],
            descriptor=level["descriptor"],
            points=Decimal(str(level["points"])),
        )


def _task(phase: Phase, position: int, entry: dict[str, Any]) -> None:
    task = Task(
        phase=phase,
        slug=entry["slug"],
        position=position,
        title=entry["title"],
        prompt=entry["prompt"],
    )
    optional = entry.get("optional", False)
    for place, artifact in enumerate(entry.get("artifacts", []), start=1):
        # What belongs to a task that may be left out may be left out with it (S7-06).
        minimum = 0 if optional else artifact.get("min", 1)
        ArtifactRequirement(
            task=task,
            slug=artifact["slug"],
            position=place,
            title=artifact["title"],
            instructions=artifact.get("instructions", ""),
            kinds=artifact["kinds"],
            minimum=minimum,
            maximum=artifact.get("max", max(MOST_ARTIFACTS, minimum)),
            is_private=artifact.get("private", False),
            needs_date=artifact.get("needs_date", False),
            criteria=artifact.get("criteria", []),
        )
