"""Rows for tests: plain functions that fill in what a test does not care about.

Nothing here touches a database; the caller adds the result to its session, and
everything it hangs on comes along.
"""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from lti_tool.people.models import Course, Membership, Person
from lti_tool.people.roles import Role, Seat
from lti_tool.programs.models import (
    Appointment,
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

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
"""The moment most tests play at; the fixture `noon` is the same."""

LEVEL_NAMES = ("Beginning", "Developing", "Proficient", "Exemplary", "Leading")
SCALE_STEPS = ["Not yet", "Sometimes", "Often", "Always"]

_serial = itertools.count(1)


def a_person(name: str = "Somebody", *, email: str | None = None, is_test: bool = False) -> Person:
    """A person; without `email` the address is made from the first name."""
    address = email or f"{name.split(maxsplit=1)[0].lower()}@example.org"
    return Person(name=name, email=address, is_test=is_test, created_at=NOON)


def a_course(title: str = "Leading for English learners") -> Course:
    """A course of an LMS."""
    return Course(title=title, created_at=NOON)


def a_membership(person: Person, course: Course, role: Role = Role.LEARNER) -> Membership:
    """That `person` is in `course`."""
    return Membership(person=person, course=course, role=role, seen_at=NOON)


def a_program(slug: str | None = None) -> Program:
    """A program without a version; every call makes another slug."""
    return Program(slug=slug or f"program-{next(_serial)}", created_at=NOON)


def a_program_version(
    program: Program | None = None, *, number: int = 1, title: str = "Field Studies"
) -> ProgramVersion:
    """A published version of a program, with a small but truthful document."""
    program = program or a_program()
    return ProgramVersion(
        program=program,
        number=number,
        title=title,
        digest=f"{next(_serial):064x}",
        document={
            "format": "cairn-program/1",
            "slug": program.slug,
            "version": number,
            "title": title,
            "language": "en",
            "summary": "Learn to look closely.",
            "origin": "cairn",
            "demonstration": True,
            "audience": {"text": "Teachers."},
            "contact": {"role": "Program office"},
            "accent": "#2b7f5c",
            "deciders": {
                "assessors": 1,
                "approver": True,
                "distinct": True,
                "appointed": True,
            },
            "credentials": [],
        },
        published_at=NOON,
    )


def a_credential(program: Program | None = None, slug: str | None = None) -> Credential:
    """A credential without a version."""
    return Credential(program=program or a_program(), slug=slug or f"credential-{next(_serial)}")


def a_credential_version(
    *,
    parts: int = 1,
    criteria: int = 3,
    levels: int = 4,
    phases: Sequence[str] = ("Prepare", "Do"),
    items: int = 2,
    resources: int = 0,
    title: str = "Keeping a field journal",
    slug: str | None = None,
    program_version: ProgramVersion | None = None,
    credential: Credential | None = None,
    required_level: int = 3,
    baseline_required: bool = True,
    coverage_required: bool = True,
) -> CredentialVersion:
    """A credential that can be begun, with its program, parts, tasks and rubrics.

    Each phase has one task asking for one artifact; the criteria of a part are
    covered by its artifacts in turn. Levels are worth 1, 2, 3, … points, and
    `required_level` is lowered to the highest where there are fewer levels.
    """
    if program_version is None:
        program_version = a_program_version(credential.program if credential else None)
    if credential is None:
        credential = a_credential(program_version.program, slug)
    version = CredentialVersion(
        credential=credential,
        program_version=program_version,
        position=len(program_version.credentials) + 1,
        title=title,
        goal="Keep a journal that others can learn from.",
        competency="The teacher records what can be observed apart from what is concluded.",
        guiding_question="What did you see?",
        hours_min=Decimal(30),
        hours_max=Decimal(30),
        baseline_required=baseline_required,
        coverage_required=coverage_required,
        details={
            "status": "complete" if parts else "outline",
            "make": "A journal of five visits to one place.",
            "scales": [
                {"slug": scale, "title": scale.title(), "steps": SCALE_STEPS}
                for scale in ("knowledge", "use")
            ],
        },
    )
    for number in range(1, parts + 1):
        a_part(
            version,
            number,
            criteria=criteria,
            levels=levels,
            phases=phases,
            required_level=required_level,
        )
    for number in range(1, items + 1):
        SelfAssessmentItem(
            credential_version=version,
            slug=f"practice-{number}",
            position=number,
            statement=f"I do practice {number}.",
            scales=["knowledge", "use"],
        )
    for number in range(1, resources + 1):
        a_resource(version, number)
    return version


def a_part(
    version: CredentialVersion,
    number: int = 1,
    *,
    criteria: int = 3,
    levels: int = 4,
    phases: Sequence[str] = ("Prepare", "Do"),
    required_level: int = 3,
) -> Part:
    """One part with its phases, tasks, artifact requirements and rubric."""
    part = Part(
        credential_version=version,
        slug=f"part-{number}",
        position=number,
        title=f"Part {number}",
    )
    for row in range(1, criteria + 1):
        a_criterion(part, row, levels=levels, required_level=required_level)
    for place, name in enumerate(phases, start=1):
        word = name.lower().replace(" ", "-")
        phase = Phase(part=part, slug=word, position=place, title=name, purpose=f"To {word}.")
        task = Task(
            phase=phase,
            slug="task",
            position=1,
            title=f"{name} something",
            prompt=f"*{name}* it.",
        )
        ArtifactRequirement(
            task=task,
            slug="artifact",
            position=1,
            title=f"What you made to {word}",
            instructions="Say what it shows.",
            kinds=["text", "file", "link"],
            criteria=[
                c.slug for c in part.criteria if c.position % len(phases) == place % len(phases)
            ],
        )
    return part


def a_criterion(
    part: Part, number: int = 1, *, levels: int = 4, required_level: int = 3
) -> Criterion:
    """One row of a rubric with its levels."""
    criterion = Criterion(
        part=part,
        slug=f"criterion-{number}",
        position=number,
        title=f"Criterion {number}",
        statement=f"What is judged by criterion {number}.",
        required_level=min(required_level, levels),
    )
    for step in range(1, levels + 1):
        Level(
            criterion=criterion,
            number=step,
            name=LEVEL_NAMES[step - 1],
            descriptor=f"Work at level {step} of criterion {number}.",
            points=Decimal(step),
        )
    return criterion


def a_resource(
    version: CredentialVersion,
    number: int = 1,
    *,
    item: str | None = None,
    scale: str | None = None,
    at_most: int = 2,
) -> Resource:
    """Help for the learner; with `item` it is recommended to who rated themselves low on it."""
    rule: dict[str, object] = {"item": item, "at_most": at_most}
    if scale:
        rule["scale"] = scale
    return Resource(
        credential_version=version,
        slug=f"resource-{number}",
        position=number,
        title=f"Resource {number}",
        description="Worth an hour.",
        url=f"https://example.org/resource-{number}",
        recommend=[rule] if item else [],
    )


def an_appointment(
    person: Person,
    program: Program,
    seat: Seat = Seat.ASSESSOR,
    *,
    until: datetime | None = None,
    days: int | None = 365,
) -> Appointment:
    """That `person` holds `seat` in `program`; for a year unless said otherwise."""
    end = until or (NOON + timedelta(days=days) if days is not None else None)
    return Appointment(
        person=person,
        program=program,
        seat=seat,
        appointed_at=NOON - timedelta(days=1),
        until=end,
    )
