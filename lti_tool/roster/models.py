"""Rows: the roster of a course as its LMS told it, and no more of anybody than is needed."""

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.database import Base, LongText, word
from lti_tool.launch.models import Deployment
from lti_tool.people.models import Course
from lti_tool.people.roles import Role


class Status(enum.StrEnum):
    """What the LMS says of a membership (NRPS 2.0, 2.2). Who is deleted has no row."""

    ACTIVE = "active"
    INACTIVE = "inactive"


class Roster(Base):
    """What one deployment told of one course, and when it is asked again."""

    __tablename__ = "roster"
    __table_args__ = (UniqueConstraint("deployment_id", "course_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"), init=False)
    deployment: Mapped[Deployment] = relationship(repr=False)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), init=False, index=True)
    course: Mapped[Course] = relationship(repr=False)
    url: Mapped[str] = mapped_column(LongText, default="")
    """What was asked, with its query: an address of differences holds for this alone."""
    differences_url: Mapped[str | None] = mapped_column(LongText, default=None)
    """Where the LMS tells what has changed since; never looked into (T-128)."""
    read_at: Mapped[datetime | None] = mapped_column(default=None)
    """When it was last read without trouble, whole or by differences."""
    whole_at: Mapped[datetime | None] = mapped_column(default=None)
    """When it was last read whole."""
    next_at: Mapped[datetime]
    failures: Mapped[int] = mapped_column(default=0)
    words: Mapped[str] = mapped_column(LongText, default="")
    """Why it could not be read, in the LMS's words or ours; empty while all is well."""


class Member(Base):
    """One learner of a roster. Somebody who has launched is known by name elsewhere already."""

    __tablename__ = "roster_member"
    __table_args__ = (UniqueConstraint("roster_id", "sub"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    roster_id: Mapped[int] = mapped_column(ForeignKey("roster.id", ondelete="CASCADE"), init=False)
    roster: Mapped[Roster] = relationship(repr=False)
    sub: Mapped[str]
    """What the platform calls the person."""
    name: Mapped[str] = mapped_column(default="")
    """Only of people who never came here, so that an instructor can tell who is missing."""
    role: Mapped[Role] = mapped_column(word(Role))
    """As the roster says; what a launch says counts more (a Moodle tutor is a learner here)."""
    status: Mapped[Status] = mapped_column(word(Status))
