"""Rows: a code and what came of it, joined accounts with what moved, and codes that did not fit."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.database import Base, opaque_id, word
from lti_tool.launch.models import PlatformUser
from lti_tool.people.models import Person


class AccountRequest(Base):
    """A one-time code, and the wish to join two accounts that it became.

    It begins with whoever asked for the code; the other is known once the code was entered there.
    The row goes when the two are joined, when one declines, or when its time is over.
    """

    __tablename__ = "account_request"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    public_id: Mapped[str] = mapped_column(unique=True, default_factory=opaque_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), init=False, index=True)
    person: Mapped[Person] = relationship(foreign_keys=[person_id], repr=False)
    """Who asked for the code; everything is kept under this person."""
    code_digest: Mapped[str] = mapped_column(unique=True, repr=False)
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    """When the code is over; once it was entered, when the two confirmations are."""
    other_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), init=False, index=True)
    other: Mapped[Person | None] = relationship(foreign_keys=[other_id], default=None, repr=False)
    """Where the code was entered; everything moves from there."""
    entered_at: Mapped[datetime | None] = mapped_column(default=None)
    person_confirmed_at: Mapped[datetime | None] = mapped_column(default=None)
    other_confirmed_at: Mapped[datetime | None] = mapped_column(default=None)


class JoinedAccount(Base):
    """That an account came to a person by joining, and who it was before."""

    __tablename__ = "joined_account"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    account_id: Mapped[int] = mapped_column(
        ForeignKey("platform_user.id", ondelete="CASCADE"), init=False, unique=True
    )
    account: Mapped[PlatformUser] = relationship(repr=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), init=False, index=True)
    person: Mapped[Person] = relationship(repr=False)
    name: Mapped[str]
    """The name the account's person had; a separated account begins with it again."""
    email: Mapped[str | None]
    joined_at: Mapped[datetime]
    joining: Mapped[str] = mapped_column(default_factory=opaque_id, index=True)
    """What was joined at once leaves at once: `Moved` says what came along."""


class Fate(enum.StrEnum):
    """What a joining did to some rows of one table."""

    MOVED = "moved"
    """They named the one person and name the other now."""
    GONE = "gone"
    """They were deleted, because the other account had a row for the same thing."""
    ASIDE = "aside"
    """Enrolments that were set aside."""
    BESIDE = "beside"
    """Awards of a credential that the other account had earned before."""


class Moved(Base):
    """The journal of a joining: what it did to the rows of one table, so that it can be undone.

    It is forgotten once the accounts can no longer be separated.
    """

    __tablename__ = "moved"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    joining: Mapped[str] = mapped_column(index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    """Whose they are since."""
    what: Mapped[Fate] = mapped_column(word(Fate))
    table: Mapped[str] = mapped_column("of_table")
    column: Mapped[str] = mapped_column("of_column")
    """The column that names the person."""
    was_kept: Mapped[bool] = mapped_column(default=False)
    """Of rows that are gone: whether they were those of the person who stayed."""
    rows: Mapped[list[Any]] = mapped_column(default_factory=list, repr=False)
    """Numbers of rows; whole rows, without the column above, of those that are gone."""
    at: Mapped[datetime] = mapped_column(index=True)


class WrongCode(Base):
    """That somebody entered a code that did not fit: so many an hour and no more."""

    __tablename__ = "wrong_code"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
