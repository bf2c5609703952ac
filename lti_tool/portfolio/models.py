"""Rows: enrolments, submissions attempt by attempt, artifacts and self-assessments."""

import enum
from datetime import date, datetime

from sqlalchemy import Column, ForeignKey, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.database import Base, LongText, opaque_id, word
from lti_tool.people.models import Person
from lti_tool.programs.models import (
    ArtifactKind,
    ArtifactRequirement,
    CredentialVersion,
    Criterion,
    Level,
    Part,
    SelfAssessmentItem,
)


class SubmissionState(enum.StrEnum):
    """Where one attempt at one part stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ASSESSED = "assessed"
    """An assessor has recommended; the approver has not decided."""
    RETURNED = "returned"
    APPROVED = "approved"


class Occasion(enum.StrEnum):
    """When a learner rates their own practice."""

    BASELINE = "baseline"
    FINAL = "final"


class Enrolment(Base):
    """A person on the way to one version of a credential."""

    __tablename__ = "enrolment"
    __table_args__ = (UniqueConstraint("person_id", "credential_version_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), init=False, index=True)
    person: Mapped[Person] = relationship(repr=False)
    credential_version_id: Mapped[int] = mapped_column(
        ForeignKey("credential_version.id"), init=False, index=True
    )
    credential_version: Mapped[CredentialVersion] = relationship(repr=False)
    focus: Mapped[str] = mapped_column(LongText, default="")
    begun_at: Mapped[datetime]


class Submission(Base):
    """One attempt at one part. Once submitted it never changes; the next attempt is a new row."""

    __tablename__ = "submission"
    __table_args__ = (UniqueConstraint("enrolment_id", "part_id", "attempt"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    public_id: Mapped[str] = mapped_column(unique=True, default_factory=opaque_id)
    """Stands in `/lti/review/<public_id>`; says nothing to who reads it."""
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), init=False)
    enrolment: Mapped[Enrolment] = relationship(repr=False)
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id"), init=False, index=True)
    part: Mapped[Part] = relationship(repr=False)
    attempt: Mapped[int] = mapped_column(default=1)
    state: Mapped[SubmissionState] = mapped_column(
        word(SubmissionState), default=SubmissionState.DRAFT, index=True
    )
    begun_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None] = mapped_column(default=None)
    attested_at: Mapped[datetime | None] = mapped_column(default=None)
    attestation: Mapped[str] = mapped_column(LongText, default="")
    """The words the learner agreed to, as they stood on the page (S3-15)."""
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), init=False)
    decided_by: Mapped[Person | None] = relationship(repr=False, default=None)
    decision_words: Mapped[str] = mapped_column(LongText, default="")
    """What the approver says to the learner about the work as a whole."""

    artifacts: Mapped[list["Artifact"]] = relationship(
        back_populates="submission",
        order_by="Artifact.id",
        cascade="save-update, merge, delete-orphan, delete",
        default_factory=list,
        repr=False,
    )

    @property
    def kept(self) -> list["Artifact"]:
        """The artifacts that were not taken away again."""
        return [artifact for artifact in self.artifacts if artifact.removed_at is None]


artifact_criterion = Table(
    "artifact_criterion",
    Base.metadata,
    Column("artifact_id", ForeignKey("artifact.id", ondelete="CASCADE"), primary_key=True),
    Column("criterion_id", ForeignKey("criterion.id"), primary_key=True, index=True),
)


class Artifact(Base):
    """Something a learner offers as proof: a text, a file or a link, tagged to criteria."""

    __tablename__ = "artifact"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    public_id: Mapped[str] = mapped_column(unique=True, default_factory=opaque_id)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), init=False, index=True)
    submission: Mapped[Submission] = relationship(back_populates="artifacts", repr=False)
    requirement_id: Mapped[int] = mapped_column(
        ForeignKey("artifact_requirement.id"), init=False, index=True
    )
    requirement: Mapped[ArtifactRequirement] = relationship(repr=False)
    kind: Mapped[ArtifactKind] = mapped_column(word(ArtifactKind))
    title: Mapped[str]
    text: Mapped[str] = mapped_column(LongText, default="")
    """The words themselves, or a note on a file or link."""
    url: Mapped[str | None] = mapped_column(LongText, default=None)
    file_key: Mapped[str | None] = mapped_column(default=None)
    """Where the bytes lie in the evidence store; attempts share the bytes of unchanged files."""
    file_name: Mapped[str | None] = mapped_column(default=None)
    media_type: Mapped[str | None] = mapped_column(default=None)
    size: Mapped[int | None] = mapped_column(default=None)
    """Bytes."""
    sha256: Mapped[str | None] = mapped_column(default=None)
    done_on: Mapped[date | None] = mapped_column(default=None)
    """The day something was done in school, where the requirement asks for it (S3-26)."""
    added_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    """Carried by every form: a save that began from an older state is refused, never merged."""
    removed_at: Mapped[datetime | None] = mapped_column(default=None)
    """Taken away, and restorable until the work is submitted; deleted then."""

    criteria: Mapped[list[Criterion]] = relationship(
        secondary=artifact_criterion,
        order_by=Criterion.position,
        default_factory=list,
        repr=False,
    )


class DiscardedFile(Base):
    """Bytes in the evidence store that are to be taken away at once (T-135)."""

    __tablename__ = "discarded_file"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    file_key: Mapped[str] = mapped_column(unique=True)
    discarded_at: Mapped[datetime]


class Feedback(Base):
    """What the learner is told about one criterion of one attempt, once the judges have decided.

    The judges' own rows stay in the review room; this is what was released, so it never changes.
    """

    __tablename__ = "feedback"
    __table_args__ = (UniqueConstraint("submission_id", "criterion_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), init=False)
    submission: Mapped[Submission] = relationship(repr=False)
    criterion_id: Mapped[int] = mapped_column(ForeignKey("criterion.id"), init=False)
    criterion: Mapped[Criterion] = relationship(repr=False)
    level_id: Mapped[int] = mapped_column(ForeignKey("level.id"), init=False)
    level: Mapped[Level] = relationship(repr=False)
    comment: Mapped[str] = mapped_column(LongText, default="")
    is_met: Mapped[bool]
    released_at: Mapped[datetime]


class SelfAssessment(Base):
    """A learner's ratings of their own practice on one occasion."""

    __tablename__ = "self_assessment"
    __table_args__ = (UniqueConstraint("enrolment_id", "occasion"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), init=False)
    enrolment: Mapped[Enrolment] = relationship(repr=False)
    occasion: Mapped[Occasion] = mapped_column(word(Occasion))
    begun_at: Mapped[datetime]
    completed_at: Mapped[datetime | None] = mapped_column(default=None)

    ratings: Mapped[list["SelfRating"]] = relationship(
        back_populates="self_assessment", default_factory=list, repr=False
    )


class SelfRating(Base):
    """One value on one scale for one practice."""

    __tablename__ = "self_rating"
    __table_args__ = (UniqueConstraint("self_assessment_id", "item_id", "scale"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    self_assessment_id: Mapped[int] = mapped_column(ForeignKey("self_assessment.id"), init=False)
    self_assessment: Mapped[SelfAssessment] = relationship(back_populates="ratings", repr=False)
    item_id: Mapped[int] = mapped_column(ForeignKey("self_assessment_item.id"), init=False)
    item: Mapped[SelfAssessmentItem] = relationship(repr=False)
    scale: Mapped[str]
    value: Mapped[int]
    """1 to the number of the scale's steps."""
