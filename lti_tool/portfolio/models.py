"""Rows: enrolments, submissions attempt by attempt, artifacts and self-assessments."""

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Table, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.cohorts.models import Team
from lti_tool.database import Base, LongText, opaque_id, word
from lti_tool.people.models import Person
from lti_tool.portfolio.at_rest import leave_out_what_rests
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


class ConsentKind(enum.StrEnum):
    """Whose word it is that somebody may be seen or heard (S6-23)."""

    PARENT = "parent"
    """A parent or guardian signed."""
    OWN = "own"
    """An adult agreed for themselves."""
    RELEASE = "release"
    """The school's own release covers it."""


class Enrolment(Base):
    """A person on the way to one version of a credential.

    One that was set aside is found by nobody who does not ask for such (`set_aside.included`).
    """

    __tablename__ = "enrolment"
    __table_args__ = (
        Index(
            "uq_enrolment_live",
            "person_id",
            "credential_version_id",
            unique=True,
            sqlite_where=text("set_aside_at IS NULL"),
            postgresql_where=text("set_aside_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), init=False, index=True)
    person: Mapped[Person] = relationship(repr=False)
    credential_version_id: Mapped[int] = mapped_column(
        ForeignKey("credential_version.id"), init=False, index=True
    )
    credential_version: Mapped[CredentialVersion] = relationship(repr=False)
    focus: Mapped[str] = mapped_column(LongText, default="")
    goal: Mapped[str] = mapped_column(LongText, default="")
    """What the learner wants to reach, in their own words (S4-17)."""
    setting: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    """The place the work is done in, by the words of the package: `school`, `learners` (S1-05)."""
    begun_at: Mapped[datetime]
    set_aside_at: Mapped[datetime | None] = mapped_column(default=None)
    """When its person went on with another piece of work on the same credential instead."""
    set_aside_words: Mapped[str] = mapped_column(LongText, default="")
    """Why, for the person who reads it later."""


leave_out_what_rests(Enrolment, Enrolment.set_aside_at.is_(None))

submission_takes_up = Table(
    "submission_takes_up",
    Base.metadata,
    Column("submission_id", ForeignKey("submission.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "taken_id", ForeignKey("submission.id", ondelete="CASCADE"), primary_key=True, index=True
    ),
)


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
    goal: Mapped[str] = mapped_column(LongText, default="")
    """The learner's goal as it stood when they submitted."""
    setting: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    """The setting as it stood when they submitted (S1-05)."""
    context: Mapped[str] = mapped_column(LongText, default="")
    """In a later attempt: what is different, such as another lesson in another class (S6-14)."""
    opened_at: Mapped[datetime | None] = mapped_column(default=None)
    """When a judge first opened it to judge; from then on it cannot be taken back."""
    incomplete_at: Mapped[datetime | None] = mapped_column(default=None)
    """When it came back unjudged because something was missing; such a try is not counted."""
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)
    """When the learner last took it back before anybody judged it; not counted either."""

    lacking: Mapped[list["Lack"]] = relationship(
        back_populates="submission",
        order_by="Lack.id",
        cascade="save-update, merge, delete-orphan, delete",
        passive_deletes=True,
        default_factory=list,
        repr=False,
    )
    """Why it came back unjudged, sign by sign."""
    takes_up: Mapped[list["Submission"]] = relationship(
        secondary=submission_takes_up,
        primaryjoin=lambda: Submission.id == submission_takes_up.c.submission_id,
        secondaryjoin=lambda: Submission.id == submission_takes_up.c.taken_id,
        default_factory=list,
        repr=False,
    )
    """The learner's own earlier work that this part builds on (S5-15)."""

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

    def given_for(self, requirement: ArtifactRequirement) -> list["Artifact"]:
        """The artifacts with something in them that answer one requirement."""
        return [
            artifact
            for artifact in self.artifacts
            if artifact.requirement_id == requirement.id and artifact.counts
        ]


class Lack(Base):
    """One sign of completeness that a submitted work did not show; told before it is judged."""

    __tablename__ = "lack"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    submission_id: Mapped[int] = mapped_column(
        ForeignKey("submission.id", ondelete="CASCADE"), init=False, index=True
    )
    submission: Mapped[Submission] = relationship(back_populates="lacking", repr=False)
    requirement_id: Mapped[int | None] = mapped_column(
        ForeignKey("artifact_requirement.id"), init=False
    )
    requirement: Mapped[ArtifactRequirement | None] = relationship(repr=False, default=None)
    sign: Mapped[str] = mapped_column(LongText)
    """The sign in the words of the package, or ours."""
    words: Mapped[str] = mapped_column(LongText, default="")
    """What the judge adds."""
    told_at: Mapped[datetime]


class CoachMeeting(Base):
    """That a coach met the learner after the last attempt the program allows by itself (S6-12)."""

    __tablename__ = "coach_meeting"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), init=False, index=True)
    enrolment: Mapped[Enrolment] = relationship(repr=False)
    logged_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), init=False)
    logged_by: Mapped[Person] = relationship(repr=False)
    met_on: Mapped[date]
    words: Mapped[str] = mapped_column(LongText, default="")
    """What was agreed; the learner sees it."""
    logged_at: Mapped[datetime]


class ModuleDone(Base):
    """That a learner finished a module of a course (S5-10)."""

    __tablename__ = "module_done"
    __table_args__ = (UniqueConstraint("enrolment_id", "course", "module"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), init=False)
    enrolment: Mapped[Enrolment] = relationship(repr=False)
    course: Mapped[str]
    """Slug of the course in the package."""
    module: Mapped[str]
    """Slug of the module in its course."""
    done_at: Mapped[datetime]


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
    done_until: Mapped[date | None] = mapped_column(default=None)
    """The last day, where it took several."""
    scope: Mapped[str] = mapped_column(default="")
    """Whose goal it serves: `classroom`, `school`, `district`, or nothing (S1-08)."""
    goal: Mapped[str] = mapped_column(LongText, default="")
    """The goal it serves, in words (S1-08)."""
    instrument: Mapped[str] = mapped_column(default="")
    """The assessment its data come from (S5-02)."""
    implements: Mapped[str] = mapped_column(default="")
    """What was carried out: `program`, `policy` or `strategy` (S4-34)."""
    shows_people: Mapped[bool | None] = mapped_column(default=None)
    """Whether somebody can be recognised in it; `None` until the learner has said (S6-23)."""
    ticked: Mapped[list[str]] = mapped_column(default_factory=list)
    """The signs of completeness the learner has found in it, in the words of the package."""
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
    entries: Mapped[list["DatedEntry"]] = relationship(
        back_populates="artifact",
        order_by="(DatedEntry.on_day, DatedEntry.id)",
        cascade="save-update, merge, delete-orphan, delete",
        passive_deletes=True,
        default_factory=list,
        repr=False,
    )
    consents: Mapped[list["Consent"]] = relationship(
        back_populates="artifact",
        order_by="Consent.id",
        cascade="save-update, merge, delete-orphan, delete",
        passive_deletes=True,
        default_factory=list,
        repr=False,
    )
    pointers: Mapped[list["Pointer"]] = relationship(
        back_populates="artifact",
        order_by="Pointer.criterion_id",
        cascade="save-update, merge, delete-orphan, delete",
        passive_deletes=True,
        default_factory=list,
        repr=False,
    )

    @property
    def counts(self) -> bool:
        """Whether there is anything in it: a text without words is a place to write, no more."""
        if self.removed_at is not None:
            return False
        if self.kind is ArtifactKind.TEXT:
            return bool(self.text.strip()) or bool(self.entries)
        return True


class DatedEntry(Base):
    """What was seen or done on one day, in an artifact that grows over time (S4-37)."""

    __tablename__ = "dated_entry"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    public_id: Mapped[str] = mapped_column(unique=True, default_factory=opaque_id)
    artifact_id: Mapped[int] = mapped_column(
        ForeignKey("artifact.id", ondelete="CASCADE"), init=False, index=True
    )
    artifact: Mapped[Artifact] = relationship(back_populates="entries", repr=False)
    on_day: Mapped[date]
    text: Mapped[str] = mapped_column(LongText)
    changed_at: Mapped[datetime]


class Consent(Base):
    """That one person may be seen or heard in an artifact: never by their name (S6-23)."""

    __tablename__ = "consent"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    artifact_id: Mapped[int] = mapped_column(
        ForeignKey("artifact.id", ondelete="CASCADE"), init=False, index=True
    )
    artifact: Mapped[Artifact] = relationship(back_populates="consents", repr=False)
    who: Mapped[str]
    """Initials or a number, at most nine characters."""
    kind: Mapped[ConsentKind] = mapped_column(word(ConsentKind))
    given_on: Mapped[date]
    noted_at: Mapped[datetime]


class Pointer(Base):
    """Where in an artifact a criterion shows, in the learner's words (S6-19)."""

    __tablename__ = "pointer"
    __table_args__ = (UniqueConstraint("artifact_id", "criterion_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    artifact_id: Mapped[int] = mapped_column(
        ForeignKey("artifact.id", ondelete="CASCADE"), init=False
    )
    artifact: Mapped[Artifact] = relationship(back_populates="pointers", repr=False)
    criterion_id: Mapped[int] = mapped_column(ForeignKey("criterion.id"), init=False)
    criterion: Mapped[Criterion] = relationship(repr=False)
    words: Mapped[str] = mapped_column(LongText)


class TeamWork(Base):
    """That an artifact is one member's copy of what the team made, and what they did for it.

    Copies of one thing carry the same `shared_id`. Each is its member's own artifact, which they
    attest to and answer for; who changes theirs is seen to have another one (S6-18).
    """

    __tablename__ = "team_work"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    artifact_id: Mapped[int] = mapped_column(
        ForeignKey("artifact.id", ondelete="CASCADE"), init=False, unique=True
    )
    artifact: Mapped[Artifact] = relationship(repr=False)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), init=False)
    team: Mapped[Team] = relationship(repr=False)
    shared_id: Mapped[str] = mapped_column(index=True, default_factory=opaque_id)
    contribution: Mapped[str] = mapped_column(LongText)
    """What this member did for it, in their own words; never empty."""
    written_at: Mapped[datetime]


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


class GrowthEvidence(Base):
    """The work that shows best how one practice has changed, chosen by the learner (S4-27)."""

    __tablename__ = "growth_evidence"
    __table_args__ = (UniqueConstraint("self_assessment_id", "item_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    self_assessment_id: Mapped[int] = mapped_column(
        ForeignKey("self_assessment.id", ondelete="CASCADE"), init=False
    )
    self_assessment: Mapped[SelfAssessment] = relationship(repr=False)
    item_id: Mapped[int] = mapped_column(ForeignKey("self_assessment_item.id"), init=False)
    item: Mapped[SelfAssessmentItem] = relationship(repr=False)
    artifact_id: Mapped[int] = mapped_column(
        ForeignKey("artifact.id", ondelete="CASCADE"), init=False, index=True
    )
    artifact: Mapped[Artifact] = relationship(repr=False)
