"""Rows: invitations to register, what a platform granted, and how healthy it is."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.database import Base, opaque_id
from lti_tool.launch.models import Registration


class Invitation(Base):
    """A one-time address at which an LMS registers itself (LTI Dynamic Registration 1.0)."""

    __tablename__ = "invitation"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    public_id: Mapped[str] = mapped_column(unique=True, default_factory=opaque_id, init=False)
    """Names it on the administrator's pages; it opens nothing."""
    token_digest: Mapped[str] = mapped_column(unique=True, repr=False)
    approves_deployments: Mapped[bool]
    """Whether deployments of the registration it leads to are let in without being looked at."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    held_until: Mapped[datetime | None] = mapped_column(default=None)
    """Until then somebody is registering with it; nobody else may at the same time."""
    used_at: Mapped[datetime | None] = mapped_column(default=None)
    registration_id: Mapped[int | None] = mapped_column(
        ForeignKey("registration.id", ondelete="SET NULL"), init=False
    )
    registration: Mapped[Registration | None] = relationship(repr=False, default=None)
    """What it led to."""


class RegistrationAnswer(Base):
    """What was asked of a platform when it registered us, and what it granted (T-133)."""

    __tablename__ = "registration_answer"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE"), unique=True, init=False
    )
    registration: Mapped[Registration] = relationship(repr=False)
    at: Mapped[datetime]
    family: Mapped[str]
    """The product family code the platform gives itself."""
    account: Mapped[str]
    """The account or site the platform names; empty where it names none."""
    asked_scopes: Mapped[list[str]]
    granted_scopes: Mapped[list[str]]
    asked_messages: Mapped[list[str]]
    granted_messages: Mapped[list[str]]
    asked_claims: Mapped[list[str]]
    granted_claims: Mapped[list[str]]


class HealthReport(Base):
    """The newest look at one platform's health."""

    __tablename__ = "health_report"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE"), unique=True, init=False
    )
    registration: Mapped[Registration] = relationship(repr=False)
    at: Mapped[datetime]
    seconds: Mapped[float]
    """How long looking took."""
    lines: Mapped[list[Any]]
    """What was looked at: an object for each line, as `health.Line` has it."""
