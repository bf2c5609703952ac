"""Rows: proposals of stacks, stacks that were awarded, plans, and what others take a stack for."""

import enum
from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.database import Base, LongText, opaque_id, word
from lti_tool.holdings.models import HeldBadge
from lti_tool.people.models import Person
from lti_tool.programs.models import Credential, Program, ProgramVersion


class ProposalState(enum.StrEnum):
    """What became of a proposal."""

    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    """A member was taken back before anybody had decided."""


class StackAwardState(enum.StrEnum):
    """Whether a stack that was awarded still holds."""

    CURRENT = "current"
    IN_QUESTION = "in-question"
    """A member was taken back since: a person has to look at it again."""
    REVOKED = "revoked"


class BroughtState(enum.StrEnum):
    """What became of a badge from elsewhere."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class StackProposal(Base):
    """That somebody has all a stack asks for: made by itself, decided by a person (S1-19)."""

    __tablename__ = "stack_proposal"
    __table_args__ = (
        Index(
            "uq_stack_proposal_waiting",
            "person_id",
            "program_id",
            "stack",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    public_id: Mapped[str] = mapped_column(unique=True, default_factory=opaque_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship(init=False, repr=False, foreign_keys=[person_id])
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"), index=True)
    program: Mapped[Program] = relationship(init=False, repr=False)
    program_version_id: Mapped[int] = mapped_column(ForeignKey("program_version.id"))
    """The version the person began, whose rule was met (S3-05)."""
    program_version: Mapped[ProgramVersion] = relationship(init=False, repr=False)
    stack: Mapped[str]
    """Slug of the stack in that version."""
    basis: Mapped[list[str]]
    """Public ids of the awards it rests on, those of stacks within it among them."""
    proposed_at: Mapped[datetime]
    state: Mapped[ProposalState] = mapped_column(word(ProposalState), default=ProposalState.WAITING)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    reason: Mapped[str] = mapped_column(LongText, default="")
    """Why it was declined, in words for the person it is about."""


class StackAward(Base):
    """That a person completed a stack, approved by a person."""

    __tablename__ = "stack_award"
    __table_args__ = (
        Index(
            "uq_stack_award_live",
            "person_id",
            "program_id",
            "stack",
            unique=True,
            sqlite_where=text("state <> 'revoked'"),
            postgresql_where=text("state <> 'revoked'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    public_id: Mapped[str] = mapped_column(unique=True, default_factory=opaque_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship(init=False, repr=False)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"), index=True)
    program: Mapped[Program] = relationship(init=False, repr=False)
    program_version_id: Mapped[int] = mapped_column(ForeignKey("program_version.id"))
    program_version: Mapped[ProgramVersion] = relationship(init=False, repr=False)
    stack: Mapped[str]
    proposal_id: Mapped[int] = mapped_column(ForeignKey("stack_proposal.id"))
    proposal: Mapped[StackProposal] = relationship(init=False, repr=False)
    awarded_at: Mapped[datetime]
    state: Mapped[StackAwardState] = mapped_column(
        word(StackAwardState), default=StackAwardState.CURRENT
    )
    in_question_since: Mapped[datetime | None] = mapped_column(default=None)
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)
    revocation_reason: Mapped[str] = mapped_column(LongText, default="")


class BroughtBadge(Base):
    """That a badge from elsewhere is to count towards a stack, and what an approver says to it."""

    __tablename__ = "brought_badge"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    public_id: Mapped[str] = mapped_column(unique=True, default_factory=opaque_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship(init=False, repr=False, foreign_keys=[person_id])
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"), index=True)
    stack: Mapped[str]
    stands_for: Mapped[str]
    """Slug of the member it replaces, or the title of what the program accepts from elsewhere."""
    held_id: Mapped[int] = mapped_column(ForeignKey("held_badge.id"), index=True)
    held: Mapped[HeldBadge] = relationship(init=False, repr=False)
    """The badge itself, which its earner keeps, and what the last look at it found."""
    brought_at: Mapped[datetime]
    state: Mapped[BroughtState] = mapped_column(word(BroughtState), default=BroughtState.WAITING)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    reason: Mapped[str] = mapped_column(LongText, default="")
    """Why it was declined, in words for the person it is about."""

    @property
    def is_asked_again(self) -> bool:
        """Whether a newer copy took the place of the one that an approver accepted."""
        if self.state is BroughtState.ACCEPTED:
            return self.decided_at is None or self.decided_at < self.held.held_at
        return self.state is BroughtState.WAITING and self.decided_at is not None


class Intention(Base):
    """When a person means to work on a credential: the first day of a term or year (S1-20)."""

    __tablename__ = "intention"
    __table_args__ = (UniqueConstraint("person_id", "credential_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    credential_id: Mapped[int] = mapped_column(ForeignKey("credential.id"))
    credential: Mapped[Credential] = relationship(init=False, repr=False)
    begins_on: Mapped[date]
    planned_at: Mapped[datetime]


class Recognition(Base):
    """That somebody outside took a stack for something of theirs, as the program heard (S3-12)."""

    __tablename__ = "stack_recognition"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    award_id: Mapped[int] = mapped_column(ForeignKey("stack_award.id"), index=True)
    award: Mapped[StackAward] = relationship(init=False, repr=False)
    title: Mapped[str]
    """What it was taken for, such as a certification or a part of a degree."""
    by: Mapped[str]
    """Who took it for that."""
    recognised_on: Mapped[date]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime]
