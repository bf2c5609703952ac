"""Rows: a code and what came of it, accounts that were joined, and codes that did not fit."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.database import Base, opaque_id
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


class WrongCode(Base):
    """That somebody entered a code that did not fit: so many an hour and no more."""

    __tablename__ = "wrong_code"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
