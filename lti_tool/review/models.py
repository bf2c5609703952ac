"""Rows: an assessor's assessment with its ratings, and the second person's decision."""

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.database import Base, LongText, word
from lti_tool.people.models import Person
from lti_tool.portfolio.models import Submission
from lti_tool.programs.models import Criterion, Level


class AssessmentState(enum.StrEnum):
    """Where one judge's reading of one attempt stands."""

    OPEN = "open"
    RECOMMENDED = "recommended"
    DECIDED = "decided"
    SENT_BACK = "sent-back"
    """The approver asked the assessor to look again; a new assessment follows."""


class Outcome(enum.StrEnum):
    """What the approver decided."""

    APPROVED = "approved"
    RETURNED = "returned"
    """To the learner: at least one criterion is not met yet."""
    SENT_BACK = "sent-back"
    """To the assessor, with a note."""


class Assessment(Base):
    """One judge's ratings of one attempt; fixed once recommended."""

    __tablename__ = "assessment"
    __table_args__ = (
        Index(
            "uq_assessment_live",
            "submission_id",
            unique=True,
            sqlite_where=text("state IN ('open', 'recommended', 'decided')"),
            postgresql_where=text("state IN ('open', 'recommended', 'decided')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), init=False, index=True)
    submission: Mapped[Submission] = relationship(repr=False)
    assessor_id: Mapped[int] = mapped_column(ForeignKey("person.id"), init=False, index=True)
    assessor: Mapped[Person] = relationship(repr=False)
    state: Mapped[AssessmentState] = mapped_column(
        word(AssessmentState), default=AssessmentState.OPEN
    )
    note: Mapped[str] = mapped_column(LongText, default="")
    """To the approver; the learner never sees it (S6-06)."""
    begun_at: Mapped[datetime]
    recommended_at: Mapped[datetime | None] = mapped_column(default=None)

    ratings: Mapped[list["Rating"]] = relationship(
        back_populates="assessment", default_factory=list, repr=False
    )


class Rating(Base):
    """The level one criterion reached, and why."""

    __tablename__ = "rating"
    __table_args__ = (UniqueConstraint("assessment_id", "criterion_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), init=False)
    assessment: Mapped[Assessment] = relationship(back_populates="ratings", init=False, repr=False)
    """Set by appending to `Assessment.ratings`."""
    criterion_id: Mapped[int] = mapped_column(ForeignKey("criterion.id"), init=False)
    criterion: Mapped[Criterion] = relationship(repr=False)
    level_id: Mapped[int | None] = mapped_column(ForeignKey("level.id"), init=False)
    level: Mapped[Level | None] = relationship(repr=False, default=None)
    comment: Mapped[str] = mapped_column(LongText, default="")
    is_carried: Mapped[bool] = mapped_column(default=False)
    """Met in an earlier attempt and carried over: met criteria stay met."""


class Decision(Base):
    """The second signature: approve, return to the learner, or send back to the assessor."""

    __tablename__ = "decision"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), init=False, unique=True)
    assessment: Mapped[Assessment] = relationship(repr=False)
    approver_id: Mapped[int] = mapped_column(ForeignKey("person.id"), init=False, index=True)
    approver: Mapped[Person] = relationship(repr=False)
    outcome: Mapped[Outcome] = mapped_column(word(Outcome))
    reason: Mapped[str] = mapped_column(LongText, default="")
    decided_at: Mapped[datetime]
