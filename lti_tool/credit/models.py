"""Rows: hours, elections, completions, the journal of credit, licences, and reminders.

Hours and postings are only ever added: a correction is another row that takes the first one back.
The database refuses every change of one (`migrations/promises.py`) but whose it is.
"""

import enum
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Numeric,
    UniqueConstraint,
    and_,
    exists,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.database import ADDED_ONLY, Base, LongText, opaque_id, word
from lti_tool.people.models import Person
from lti_tool.programs.models import Credential, CredentialVersion


class HoursSource(enum.StrEnum):
    """Whose word an entry of hours is."""

    ATTENDANCE = "attendance"
    """An instructor saw them there (S5-11)."""
    SELF = "self"
    APPROVER = "approver"


class Choice(enum.StrEnum):
    """What somebody wants an award to count as."""

    OPEN = "open"
    OPTION = "option"
    NONE = "none"


class LicenceStatus(enum.StrEnum):
    """How far an award is on its way to an educator licence (S2-05)."""

    NOT_APPLICABLE = "n/a"
    TO_REPORT = "to-report"
    EXPORTED = "exported"
    CONFIRMED = "confirmed"


class HoursEntry(Base):
    """Hours somebody spent on one credential, or the counter-entry that takes such hours back."""

    __tablename__ = "hours_entry"
    __table_args__ = (
        CheckConstraint(
            "(counters_id IS NULL AND hours > 0) OR (counters_id IS NOT NULL AND hours < 0)",
            name="takes_back_or_adds",
        ),
        Index("ix_hours_entry_whose", "person_id", "credential_id"),
        {"info": ADDED_ONLY},
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    public_id: Mapped[str] = mapped_column(unique=True, default_factory=opaque_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    credential_id: Mapped[int] = mapped_column(ForeignKey("credential.id"), index=True)
    category: Mapped[str]
    """Slug of the program's kind of hours; empty where it names none."""
    hours: Mapped[Decimal] = mapped_column(Numeric(7, 2))
    """Negative in a counter-entry."""
    done_on: Mapped[date]
    words: Mapped[str]
    """What it was: a session's name, what was done, or why it is taken back."""
    source: Mapped[HoursSource] = mapped_column(word(HoursSource))
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    recorded_at: Mapped[datetime]
    counters_id: Mapped[int | None] = mapped_column(
        ForeignKey("hours_entry.id"), unique=True, default=None
    )
    """The entry this one takes back; an entry is taken back once."""
    once: Mapped[str | None] = mapped_column(unique=True, default=None)
    """Names the line of the form it came from, so that a form sent twice is one entry."""

    person: Mapped[Person] = relationship(
        foreign_keys=[person_id], init=False, repr=False, viewonly=True
    )
    recorded_by: Mapped[Person | None] = relationship(
        foreign_keys=[recorded_by_id], init=False, repr=False, viewonly=True
    )
    credential: Mapped[Credential] = relationship(init=False, repr=False, viewonly=True)
    approval: Mapped["HoursApproval | None"] = relationship(
        init=False,
        repr=False,
        viewonly=True,
        uselist=False,
        primaryjoin=lambda: and_(
            HoursEntry.id == HoursApproval.entry_id,
            ~exists().where(HoursWithdrawal.approval_id == HoursApproval.id),
        ),
    )
    """The approval that stands; one that was withdrawn is none."""
    countered_by: Mapped["HoursEntry | None"] = relationship(
        init=False, repr=False, viewonly=True, uselist=False, remote_side=[counters_id]
    )


class HoursApproval(Base):
    """That somebody answers for hours a participant entered: who, and when."""

    __tablename__ = "hours_approval"
    __table_args__ = (UniqueConstraint("entry_id", "round"), {"info": ADDED_ONLY})

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    entry_id: Mapped[int] = mapped_column(ForeignKey("hours_entry.id"))
    approver_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    approved_at: Mapped[datetime]
    round: Mapped[int] = mapped_column(default=1)
    """From 1; after a withdrawal the entry may be approved again, in the next round."""
    batch: Mapped[str] = mapped_column(index=True, default_factory=opaque_id)
    """Names the click that approved it, so that one click can be withdrawn as a whole."""

    entry: Mapped[HoursEntry] = relationship(init=False, repr=False, viewonly=True)
    approver: Mapped[Person] = relationship(init=False, repr=False, viewonly=True)


class HoursWithdrawal(Base):
    """That an approval is taken back, and why; the approval itself stays to be seen."""

    __tablename__ = "hours_withdrawal"
    __table_args__ = ({"info": ADDED_ONLY},)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    approval_id: Mapped[int] = mapped_column(ForeignKey("hours_approval.id"), unique=True)
    withdrawn_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    withdrawn_at: Mapped[datetime]
    reason: Mapped[str]


class Circumstances(Base):
    """What somebody says of themselves in a program that decides which credit they may have."""

    __tablename__ = "circumstances"
    __table_args__ = (UniqueConstraint("person_id", "program_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"), index=True)
    told_at: Mapped[datetime]
    roles: Mapped[list[str]] = mapped_column(default_factory=list)
    """Slugs of the program's audience roles."""
    region: Mapped[str] = mapped_column(default="")
    """ISO 3166-2, such as `US-CT`; empty where it was not said."""


class Election(Base):
    """What somebody wants an award of one credential to count as; locked once it is awarded."""

    __tablename__ = "election"
    __table_args__ = (UniqueConstraint("person_id", "credential_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    credential_id: Mapped[int] = mapped_column(ForeignKey("credential.id"), index=True)
    credential_version_id: Mapped[int] = mapped_column(
        ForeignKey("credential_version.id"), init=False
    )
    credential_version: Mapped[CredentialVersion] = relationship(repr=False)
    """The version that was begun: its rules hold, whatever is published later."""
    begun_at: Mapped[datetime]
    choice: Mapped[Choice] = mapped_column(word(Choice), default=Choice.OPEN)
    option: Mapped[str] = mapped_column(default="")
    """Slug of the option; empty unless `choice` is an option."""
    chosen_at: Mapped[datetime | None] = mapped_column(default=None)


class Completion(Base):
    """One award as far as credit is concerned: when it was complete, who vouches, the licence."""

    __tablename__ = "completion"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    award_ref: Mapped[str] = mapped_column(unique=True)
    """The award's public id. No foreign key: this room knows nothing of badges."""
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship(init=False, repr=False, viewonly=True)
    credential_version_id: Mapped[int] = mapped_column(
        ForeignKey("credential_version.id"), init=False, index=True
    )
    credential_version: Mapped[CredentialVersion] = relationship(repr=False)
    completed_at: Mapped[datetime]
    provider: Mapped[str] = mapped_column(default="")
    begun_at: Mapped[datetime | None] = mapped_column(default=None)
    witnesses: Mapped[list[Any]] = mapped_column(default_factory=list)
    """`{"as": "assessor" | "approver", "person": id, "part": title, "at": ISO 8601}`."""
    is_settled: Mapped[bool] = mapped_column(default=False)
    """Whether what it counts as is decided; until then its earner may still choose."""
    activity_number: Mapped[str] = mapped_column(default="")
    """The number the activity has in the register, such as an academy number (S7-07)."""
    licence_status: Mapped[LicenceStatus] = mapped_column(
        word(LicenceStatus), default=LicenceStatus.NOT_APPLICABLE
    )
    licence_on: Mapped[date | None] = mapped_column(default=None)
    """The day it was exported or confirmed."""
    licence_reference: Mapped[str] = mapped_column(default="")
    reversed_at: Mapped[datetime | None] = mapped_column(default=None)
    """When the award was revoked; its postings add up to nothing from then on."""

    postings: Mapped[list["CreditPosting"]] = relationship(
        back_populates="completion",
        order_by="CreditPosting.slot",
        default_factory=list,
        repr=False,
    )


class CreditPosting(Base):
    """One line of the journal: credit that was brought, or the line that takes it back (S7-02)."""

    __tablename__ = "credit_posting"
    __table_args__ = (
        UniqueConstraint("completion_id", "slot"),
        CheckConstraint(
            "(reverses_id IS NULL AND amount >= 0) OR (reverses_id IS NOT NULL AND amount <= 0)",
            name="brings_or_takes_back",
        ),
        {"info": ADDED_ONLY},
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    completion_id: Mapped[int] = mapped_column(ForeignKey("completion.id"), init=False)
    completion: Mapped[Completion] = relationship(back_populates="postings", repr=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    slot: Mapped[int]
    """Its place among the lines of one award, from 1: two writers cannot take the same one."""
    option: Mapped[str]
    title: Mapped[str]
    kind: Mapped[str]
    unit: Mapped[str]
    amount: Mapped[Decimal] = mapped_column(Numeric(9, 2))
    """Negative where it takes another line back."""
    year: Mapped[int]
    """The credit year as its program names it: fiscal year 2023-24 is 2024 (S7-02)."""
    year_label: Mapped[str]
    posted_at: Mapped[datetime]
    on_licence: Mapped[bool] = mapped_column(default=False)
    reverses_id: Mapped[int | None] = mapped_column(
        ForeignKey("credit_posting.id"), unique=True, default=None
    )
    reason: Mapped[str] = mapped_column(LongText, default="")


class LicenceNumber(Base):
    """Somebody's number in a licence register, sealed; only they and the license export read it."""

    __tablename__ = "licence_number"
    __table_args__ = (UniqueConstraint("person_id", "register"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    register: Mapped[str]
    sealed: Mapped[str] = mapped_column(LongText, repr=False)
    told_at: Mapped[datetime]


class LicenceYears(Base):
    """What somebody says of the years in which a licence asked them for one kind of credit.

    A tool that sees its own awards only would call a year missed that was met elsewhere (S7-03).
    """

    __tablename__ = "licence_years"
    __table_args__ = (UniqueConstraint("person_id", "register", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    register: Mapped[str]
    kind: Mapped[str]
    since: Mapped[int]
    """The first credit year in which it was asked of them."""
    told_at: Mapped[datetime]
    elsewhere: Mapped[list[Any]] = mapped_column(default_factory=list)
    """Numbers of the credit years in which they had it from somewhere else."""
    excused: Mapped[list[Any]] = mapped_column(default_factory=list)
    """Numbers of the credit years in which it was not asked of them."""


class LicenceTerm(Base):
    """Until when somebody's licence runs in a register, as they say."""

    __tablename__ = "licence_term"
    __table_args__ = (UniqueConstraint("person_id", "register"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    register: Mapped[str]
    ends_on: Mapped[date] = mapped_column(index=True)
    """The last day of the renewal cycle."""
    told_at: Mapped[datetime]


class Deadline(enum.StrEnum):
    """What ends on a day that somebody is reminded of."""

    YEAR = "year"
    """A credit year for which a licence asks for credit."""
    CYCLE = "cycle"
    """The renewal cycle of a licence."""


class CreditReminder(Base):
    """That somebody was told of a deadline; once, whatever becomes of it."""

    __tablename__ = "credit_reminder"
    __table_args__ = (UniqueConstraint("person_id", "deadline", "register", "kind", "due_on"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    public_id: Mapped[str] = mapped_column(unique=True, default_factory=opaque_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    deadline: Mapped[Deadline] = mapped_column(word(Deadline))
    register: Mapped[str]
    kind: Mapped[str]
    """The kind of credit; empty for a whole cycle."""
    due_on: Mapped[date]
    """The last day."""
    words: Mapped[str] = mapped_column(LongText)
    """What was said, as it was true on the day it was said."""
    told_at: Mapped[datetime]
    done_at: Mapped[datetime | None] = mapped_column(default=None)
    """When what it reminded of was there, or its day was over."""
    put_away_at: Mapped[datetime | None] = mapped_column(default=None)
    """When the person had read enough of it."""
