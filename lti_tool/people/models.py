"""Rows: people, courses, who is what in which course, visits, and the audit trail."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.database import Base, LongText, word
from lti_tool.people.roles import Role


class Person(Base):
    """A human, whatever an LMS calls them. What each platform says of them is `PlatformUser`."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str]
    """As the LMS sent it, at most 255 characters; a label such as "Learner 3f9c" without one."""
    email: Mapped[str | None] = mapped_column(default=None)
    is_test: Mapped[bool] = mapped_column(default=False)
    """An LMS's test user (T-078): never graded, never awarded, hidden from rosters."""
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None] = mapped_column(default=None)
    """When everything personal went; the row stays for figures that refer to it (T-135)."""


class Course(Base):
    """A course of an LMS, or the space of a single link where the LMS names no course (T-072)."""

    __tablename__ = "course"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    title: Mapped[str]
    label: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]


class Membership(Base):
    """That a person is in a course, and as what; the newest launch wins."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("person_id", "course_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), init=False)
    person: Mapped[Person] = relationship(repr=False)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), init=False, index=True)
    course: Mapped[Course] = relationship(repr=False)
    role: Mapped[Role] = mapped_column(word(Role))
    seen_at: Mapped[datetime]


class Visit(Base):
    """One person's time in the tool after one launch or one sign-in link: the server-side session.

    Only a digest of the token is kept; the token itself lives in the browser's cookie, or in the
    memory of a page where cookies are blocked.
    """

    __tablename__ = "visit"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    token_digest: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), init=False, index=True)
    person: Mapped[Person] = relationship(repr=False)
    course_id: Mapped[int | None] = mapped_column(ForeignKey("course.id"), init=False)
    course: Mapped[Course | None] = relationship(repr=False, default=None)
    role: Mapped[Role] = mapped_column(word(Role))
    resource_link_id: Mapped[int | None] = mapped_column(default=None)
    """The link that was followed. No foreign key: this room knows nothing of LTI."""
    is_preview: Mapped[bool] = mapped_column(default=False)
    """Looks like a learner but leaves nothing behind (Student View, acting as somebody: T-078)."""
    watched: Mapped[list[Any]] = mapped_column(default_factory=list)
    """Ids of the people an observer may follow in this visit, and no others (T-077)."""
    dates: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    """The LMS's dates for what was opened, ISO 8601 by name; shown, never a gate (T-084)."""
    return_url: Mapped[str | None] = mapped_column(LongText, default=None)
    """Where *Back to the course* leads, if the LMS said so."""
    frame_origins: Mapped[list[str]] = mapped_column(default_factory=list)
    """Origins of the LMS whose pages may show ours in a frame."""
    way: Mapped[str] = mapped_column(default="")
    """How the browser was known again at the launch: see `launch.ways`; empty without a launch."""
    by_token: Mapped[bool] = mapped_column(default=False)
    """The token lives in a page's memory, since the browser keeps no cookie here (T-104)."""
    notes: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    """Notes for the next page, where no cookie can carry them."""
    began_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class SignInLink(Base):
    """A one-time address that signs a tool administrator in (`cairn admin link`)."""

    __tablename__ = "sign_in_link"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    token_digest: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None] = mapped_column(default=None)


class AuditEvent(Base):
    """Who did what to what, when. Rows are added, never changed."""

    __tablename__ = "audit_event"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), default=None)
    """The person; `None` for the operator at the command line."""
    action: Mapped[str]
    """A verb with its room: `badges.revoke`, `people.appoint`, `launch.approve-deployment`."""
    subject: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
