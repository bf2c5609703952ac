"""Rows: programs and their frozen versions, credentials, parts, tasks, rubrics, appointments.

A program package is imported as one `ProgramVersion`. Once published nothing below it changes;
who has begun a credential keeps the version they began.
"""

import enum
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.database import Base, LongText, opaque_id, word
from lti_tool.people.models import Person
from lti_tool.people.roles import Seat


class ArtifactKind(enum.StrEnum):
    """The form an artifact may take."""

    TEXT = "text"
    FILE = "file"
    LINK = "link"


class Program(Base):
    """A program of micro-credentials, known by its slug across all its versions."""

    __tablename__ = "program"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    slug: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]


class ProgramVersion(Base):
    """One published version of a program, frozen. `document` is the whole package as imported."""

    __tablename__ = "program_version"
    __table_args__ = (UniqueConstraint("program_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"), init=False)
    program: Mapped[Program] = relationship(repr=False)
    number: Mapped[int]
    title: Mapped[str]
    digest: Mapped[str]
    """SHA-256 over the canonical document: the same package imported twice is one version."""
    document: Mapped[dict[str, Any]] = mapped_column(repr=False)
    published_at: Mapped[datetime]

    credentials: Mapped[list["CredentialVersion"]] = relationship(
        back_populates="program_version",
        order_by="CredentialVersion.position",
        default_factory=list,
        repr=False,
    )


class Credential(Base):
    """What can be earned, known by its slug in its program across all versions."""

    __tablename__ = "credential"
    __table_args__ = (UniqueConstraint("program_id", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"), init=False)
    program: Mapped[Program] = relationship(repr=False)
    slug: Mapped[str] = mapped_column(index=True)
    public_id: Mapped[str] = mapped_column(unique=True, default_factory=opaque_id)
    """Stands in the achievement's address: `/badges/achievements/<public_id>/v<number>`."""


class CredentialVersion(Base):
    """One frozen version of a credential: exactly one competency (S3-13)."""

    __tablename__ = "credential_version"
    __table_args__ = (UniqueConstraint("credential_id", "program_version_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    credential_id: Mapped[int] = mapped_column(ForeignKey("credential.id"), init=False)
    credential: Mapped[Credential] = relationship(repr=False)
    program_version_id: Mapped[int] = mapped_column(ForeignKey("program_version.id"), init=False)
    program_version: Mapped[ProgramVersion] = relationship(back_populates="credentials", repr=False)
    position: Mapped[int]
    title: Mapped[str] = mapped_column(LongText)
    goal: Mapped[str] = mapped_column(LongText)
    """One sentence, shown before starting (S3-22)."""
    competency: Mapped[str] = mapped_column(LongText)
    guiding_question: Mapped[str] = mapped_column(LongText, default="")
    hours_min: Mapped[Decimal | None] = mapped_column(Numeric(6, 1), default=None)
    hours_max: Mapped[Decimal | None] = mapped_column(Numeric(6, 1), default=None)
    baseline_required: Mapped[bool] = mapped_column(default=True)
    """Nothing can be uploaded before the baseline self-assessment is complete (S4-25)."""
    coverage_required: Mapped[bool] = mapped_column(default=True)
    """Every criterion needs an artifact before work can be submitted (S3-25)."""
    details: Mapped[dict[str, Any]] = mapped_column(default_factory=dict, repr=False)
    """The credential's own part of the package: status, outcomes, alignments, scales and so on."""

    parts: Mapped[list["Part"]] = relationship(
        back_populates="credential_version",
        order_by="Part.position",
        default_factory=list,
        repr=False,
    )
    items: Mapped[list["SelfAssessmentItem"]] = relationship(
        back_populates="credential_version",
        order_by="SelfAssessmentItem.position",
        default_factory=list,
        repr=False,
    )
    resources: Mapped[list["Resource"]] = relationship(
        back_populates="credential_version",
        order_by="Resource.position",
        default_factory=list,
        repr=False,
    )

    @property
    def number(self) -> int:
        """The version's number: that of the program version it came in."""
        return self.program_version.number

    @property
    def can_begin(self) -> bool:
        """False for an outline: it is listed as in preparation."""
        return self.details.get("status") == "complete"


class Part(Base):
    """What is submitted and judged as one: the whole portfolio or one stage of it."""

    __tablename__ = "part"
    __table_args__ = (UniqueConstraint("credential_version_id", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    credential_version_id: Mapped[int] = mapped_column(
        ForeignKey("credential_version.id"), init=False
    )
    credential_version: Mapped[CredentialVersion] = relationship(back_populates="parts", repr=False)
    slug: Mapped[str]
    position: Mapped[int]
    title: Mapped[str] = mapped_column(LongText)

    phases: Mapped[list["Phase"]] = relationship(
        back_populates="part",
        order_by="Phase.position",
        default_factory=list,
        repr=False,
    )
    criteria: Mapped[list["Criterion"]] = relationship(
        back_populates="part",
        order_by="Criterion.position",
        default_factory=list,
        repr=False,
    )

    @property
    def tasks(self) -> list["Task"]:
        """All tasks of the part in the order of its phases."""
        return [task for phase in self.phases for task in phase.tasks]

    @property
    def requirements(self) -> list["ArtifactRequirement"]:
        """All artifacts the part asks for, in the order of its tasks."""
        return [requirement for task in self.tasks for requirement in task.requirements]


class Phase(Base):
    """A step on the path through a part, such as one of the five of ADDIE (S3-18)."""

    __tablename__ = "phase"
    __table_args__ = (UniqueConstraint("part_id", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id"), init=False)
    part: Mapped[Part] = relationship(back_populates="phases", repr=False)
    slug: Mapped[str]
    position: Mapped[int]
    title: Mapped[str] = mapped_column(LongText)
    purpose: Mapped[str] = mapped_column(LongText, default="")

    tasks: Mapped[list["Task"]] = relationship(
        back_populates="phase",
        order_by="Task.position",
        default_factory=list,
        repr=False,
    )


class Task(Base):
    """One thing to do, with a prompt and the artifacts it asks for."""

    __tablename__ = "task"
    __table_args__ = (UniqueConstraint("phase_id", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    phase_id: Mapped[int] = mapped_column(ForeignKey("phase.id"), init=False)
    phase: Mapped[Phase] = relationship(back_populates="tasks", repr=False)
    slug: Mapped[str]
    position: Mapped[int]
    title: Mapped[str] = mapped_column(LongText)
    prompt: Mapped[str] = mapped_column(LongText)
    """Markdown."""

    requirements: Mapped[list["ArtifactRequirement"]] = relationship(
        back_populates="task",
        order_by="ArtifactRequirement.position",
        default_factory=list,
        repr=False,
    )


class ArtifactRequirement(Base):
    """An artifact the program asks for; `Artifact` is what the learner gives."""

    __tablename__ = "artifact_requirement"
    __table_args__ = (UniqueConstraint("task_id", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), init=False)
    task: Mapped[Task] = relationship(back_populates="requirements", repr=False)
    slug: Mapped[str]
    position: Mapped[int]
    title: Mapped[str] = mapped_column(LongText)
    instructions: Mapped[str] = mapped_column(LongText, default="")
    kinds: Mapped[list[str]]
    """The `ArtifactKind` words that are accepted."""
    minimum: Mapped[int] = mapped_column(default=1)
    maximum: Mapped[int] = mapped_column(default=5)
    is_private: Mapped[bool] = mapped_column(default=False)
    """Never public evidence of a badge, such as a reflection on bias (S3-09)."""
    needs_date: Mapped[bool] = mapped_column(default=False)
    """Tells of something done in school, so it carries the date it was done (S3-26)."""
    criteria: Mapped[list[str]] = mapped_column(default_factory=list)
    """Slugs of the criteria an artifact of this kind is tagged with to begin with."""


class Criterion(Base):
    """One row of a part's rubric."""

    __tablename__ = "criterion"
    __table_args__ = (UniqueConstraint("part_id", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id"), init=False)
    part: Mapped[Part] = relationship(back_populates="criteria", repr=False)
    slug: Mapped[str]
    position: Mapped[int]
    title: Mapped[str] = mapped_column(LongText)
    statement: Mapped[str] = mapped_column(LongText, default="")
    kind: Mapped[str] = mapped_column(default="skill")
    """`knowledge`, `skill` or `disposition` (S4-43, S5-03)."""
    required_level: Mapped[int]
    """The number of the lowest level that counts as met."""

    levels: Mapped[list["Level"]] = relationship(
        back_populates="criterion",
        order_by="Level.number",
        default_factory=list,
        repr=False,
    )


class Level(Base):
    """One described level of a criterion; numbers run from 1, low to high."""

    __tablename__ = "level"
    __table_args__ = (UniqueConstraint("criterion_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    criterion_id: Mapped[int] = mapped_column(ForeignKey("criterion.id"), init=False)
    criterion: Mapped[Criterion] = relationship(back_populates="levels", repr=False)
    number: Mapped[int]
    name: Mapped[str]
    descriptor: Mapped[str] = mapped_column(LongText)
    points: Mapped[Decimal] = mapped_column(Numeric(7, 2))

    @property
    def is_met(self) -> bool:
        """Whether reaching this level meets the criterion."""
        return self.number >= self.criterion.required_level


class SelfAssessmentItem(Base):
    """One practice a learner rates themselves on, on each of its scales (S4-24)."""

    __tablename__ = "self_assessment_item"
    __table_args__ = (UniqueConstraint("credential_version_id", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    credential_version_id: Mapped[int] = mapped_column(
        ForeignKey("credential_version.id"), init=False
    )
    credential_version: Mapped[CredentialVersion] = relationship(back_populates="items", repr=False)
    slug: Mapped[str]
    position: Mapped[int]
    statement: Mapped[str] = mapped_column(LongText)
    scales: Mapped[list[str]]
    """Slugs of the scales, such as `knowledge` and `use`; described in the credential's details."""


class Resource(Base):
    """Help for the learner; never a gate (S4-03)."""

    __tablename__ = "resource"
    __table_args__ = (UniqueConstraint("credential_version_id", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    credential_version_id: Mapped[int] = mapped_column(
        ForeignKey("credential_version.id"), init=False
    )
    credential_version: Mapped[CredentialVersion] = relationship(
        back_populates="resources", repr=False
    )
    slug: Mapped[str]
    position: Mapped[int]
    title: Mapped[str] = mapped_column(LongText)
    description: Mapped[str] = mapped_column(LongText, default="")
    url: Mapped[str | None] = mapped_column(LongText, default=None)
    phase_slug: Mapped[str | None] = mapped_column(default=None)
    recommend: Mapped[list[Any]] = mapped_column(default_factory=list)
    """Rules `{"item": slug, "scale": slug, "at_most": step}`; any that fits puts it first."""


class Appointment(Base):
    """That a person may judge, coach or administer in a program, until a date (S3-28)."""

    __tablename__ = "appointment"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), init=False, index=True)
    person: Mapped[Person] = relationship(repr=False)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"), init=False, index=True)
    program: Mapped[Program] = relationship(repr=False)
    seat: Mapped[Seat] = mapped_column(word(Seat))
    appointed_at: Mapped[datetime]
    until: Mapped[datetime | None] = mapped_column(default=None)
    """The first moment at which it no longer holds; `None` for open-ended."""
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
