"""Rows: registered platforms, their deployments, and what each calls people, courses and links."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.database import Base, LongText, word
from lti_tool.people.models import Course, Person
from lti_tool.programs.models import Credential, Program


class Product(enum.StrEnum):
    """The LMS product, which decides how scores are written and cookies behave."""

    CANVAS = "canvas"
    MOODLE = "moodle"
    GENERIC = "generic"


class DeploymentState(enum.StrEnum):
    """Whether launches of a deployment are let in (T-058)."""

    PENDING = "pending"
    ACTIVE = "active"
    BLOCKED = "blocked"


class Registration(Base):
    """One client id on one platform: the unit an LMS administrator registers."""

    __tablename__ = "registration"
    __table_args__ = (UniqueConstraint("issuer", "client_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str]
    issuer: Mapped[str] = mapped_column(LongText)
    client_id: Mapped[str]
    auth_login_url: Mapped[str] = mapped_column(LongText)
    auth_token_url: Mapped[str] = mapped_column(LongText)
    jwks_url: Mapped[str] = mapped_column(LongText)
    """Per registration, not per issuer: two Canvases may claim one issuer."""
    created_at: Mapped[datetime]
    auth_audience: Mapped[str | None] = mapped_column(LongText, default=None)
    """What the token endpoint wants as `aud`; its own address where `None`."""
    product: Mapped[Product] = mapped_column(word(Product), default=Product.GENERIC)

    extra_audiences: Mapped[list[str]] = mapped_column(default_factory=list)
    """Audiences its tokens may name beside this tool; anybody else's are refused (T-048)."""
    sub_may_be_number: Mapped[bool] = mapped_column(default=False)
    """Whether a user id that is a whole number is taken as its digits (T-052)."""
    approves_deployments: Mapped[bool] = mapped_column(default=False)
    """Whether a deployment never seen before is let in at once (T-058)."""
    legacy_key: Mapped[str] = mapped_column(default="")
    """Consumer key the tool had there as LTI 1.1; without one, migration claims are ignored."""
    legacy_secret: Mapped[str] = mapped_column(LongText, default="", repr=False)
    """Its shared secret, sealed with a key from `CAIRN_SECRET_KEY` (T-082)."""

    keys: Mapped[dict[str, Any] | None] = mapped_column(default=None, repr=False)
    """The platform's JSON Web Key Set as last fetched."""
    keys_fetched_at: Mapped[datetime | None] = mapped_column(default=None)
    keys_forced_at: Mapped[datetime | None] = mapped_column(default=None)
    """When a fetch was last forced, which may happen once in thirty seconds (T-028)."""


class Deployment(Base):
    """One installation of the tool under a registration; unknown ones wait as *pending*."""

    __tablename__ = "deployment"
    __table_args__ = (UniqueConstraint("registration_id", "deployment_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"), init=False)
    registration: Mapped[Registration] = relationship(repr=False)
    deployment_id: Mapped[str]
    """At most 255 characters, case-sensitive (LTI Core 1.3, 3.1.3)."""
    state: Mapped[DeploymentState] = mapped_column(word(DeploymentState))
    first_seen_at: Mapped[datetime]
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    allow_anonymous: Mapped[bool] = mapped_column(default=False)
    """Whether a launch that names nobody may look around (T-051)."""
    assistants_grade: Mapped[bool] = mapped_column(default=True)
    """Whether teaching assistants read work and see the gradebook as instructors do (T-076)."""
    guest_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), default=None
    )
    """The one stand-in for everybody who came from here without a name; a test user."""
    notices_url: Mapped[str | None] = mapped_column(LongText, default=None)
    """Where the platform takes our address for notices, if it offers that (T-137)."""
    notices_offered: Mapped[list[str]] = mapped_column(default_factory=list)
    """The kinds of notices it can send."""
    notices_heard: Mapped[list[str]] = mapped_column(default_factory=list)
    """The kinds it sends to `notices_handler`."""
    notices_handler: Mapped[str] = mapped_column(LongText, default="")
    """The address of ours that it was last given."""
    notices_words: Mapped[str] = mapped_column(LongText, default="")
    """Why it sends us nothing, in its words or ours; empty while all is well."""


class PlatformUser(Base):
    """What one registration calls a person (`sub`). One person may have several."""

    __tablename__ = "platform_user"
    __table_args__ = (UniqueConstraint("registration_id", "sub"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"), init=False)
    registration: Mapped[Registration] = relationship(repr=False)
    sub: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), init=False, index=True)
    person: Mapped[Person] = relationship(repr=False)
    seen_at: Mapped[datetime]


class LegacyId(Base):
    """What LTI 1.1 called a person or a link, proven by its shared secret (T-082)."""

    __tablename__ = "legacy_id"
    __table_args__ = (UniqueConstraint("registration_id", "kind", "value"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE"), init=False
    )
    registration: Mapped[Registration] = relationship(repr=False)
    kind: Mapped[str]
    """`user` or `link`."""
    value: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), init=False, index=True
    )
    person: Mapped[Person | None] = relationship(repr=False, default=None)
    link_id: Mapped[int | None] = mapped_column(
        ForeignKey("resource_link.id", ondelete="CASCADE"), init=False
    )
    link: Mapped["ResourceLink | None"] = relationship(repr=False, default=None)
    noted_at: Mapped[datetime]


class PlatformContext(Base):
    """What one deployment calls a course (`context.id`), or a link without a course (T-072)."""

    __tablename__ = "platform_context"
    __table_args__ = (UniqueConstraint("deployment_id", "context_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"), init=False)
    deployment: Mapped[Deployment] = relationship(repr=False)
    context_id: Mapped[str]
    """The platform's id; `link:<resource link id>` for the space of a link without a course."""
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), init=False, index=True)
    course: Mapped[Course] = relationship(repr=False)


class ResourceLink(Base):
    """One link in one course, and what it opens: a program, one credential, or one part of it."""

    __tablename__ = "resource_link"
    __table_args__ = (UniqueConstraint("deployment_id", "resource_link_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"), init=False)
    deployment: Mapped[Deployment] = relationship(repr=False)
    resource_link_id: Mapped[str]
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), init=False, index=True)
    course: Mapped[Course] = relationship(repr=False)
    seen_at: Mapped[datetime]
    title: Mapped[str] = mapped_column(default="")
    program_id: Mapped[int | None] = mapped_column(ForeignKey("program.id"), init=False)
    program: Mapped[Program | None] = relationship(repr=False, default=None)
    credential_id: Mapped[int | None] = mapped_column(ForeignKey("credential.id"), init=False)
    credential: Mapped[Credential | None] = relationship(repr=False, default=None)
    part_slug: Mapped[str] = mapped_column(default="")
    """The one part of the credential it stands for; empty for all of it (T-086)."""
    line_items_url: Mapped[str | None] = mapped_column(LongText, default=None)
    """The container for line items; the newest launch's wins (T-123)."""
    line_item_url: Mapped[str | None] = mapped_column(LongText, default=None)
    """The link's own column, where the newest launch names exactly one (T-123)."""
    scopes: Mapped[list[str]] = mapped_column(default_factory=list)
    """What the newest launch's AGS claim says we may ask for."""
    memberships_url: Mapped[str | None] = mapped_column(LongText, default=None)
    groups_url: Mapped[str | None] = mapped_column(LongText, default=None)
    """Where the course's groups are read, where the newest launch allows it (T-085)."""


class LoginAttempt(Base):
    """A login that was sent to the platform: state and nonce, used up together (T-019…T-024)."""

    __tablename__ = "login_attempt"
    __table_args__ = (
        # Only unfinished logins are counted, however many were finished in the same minute.
        Index(
            "ix_login_attempt_recent",
            "registration_id",
            "created_at",
            sqlite_where=text("consumed_at IS NULL"),
            postgresql_where=text("consumed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    state_digest: Mapped[str] = mapped_column(unique=True)
    nonce_digest: Mapped[str]
    browser_digest: Mapped[str]
    """Digest of the value in the login's own cookie: the browser that began must finish (T-018)."""
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"), init=False)
    registration: Mapped[Registration] = relationship(repr=False)
    parameters: Mapped[dict[str, Any]]
    """The login's own parameters, so that it can begin again in a new window."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    consumed_at: Mapped[datetime | None] = mapped_column(default=None)
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), default=None)
    """The visit it became: the same form again in the same browser returns to it (T-020)."""
    window_digest: Mapped[str | None] = mapped_column(unique=True, default=None)
    """Digest of the handle by which a frame asks what became of the window it opened (T-106)."""


class DeepLinkRequest(Base):
    """An open question of the platform: what shall be placed in this course?"""

    __tablename__ = "deep_link_request"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"), init=False)
    deployment: Mapped[Deployment] = relationship(repr=False)
    settings: Mapped[dict[str, Any]]
    """The claim as received: return address, accepted types, and `data` when it was sent."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class PrivacyRequest(Base):
    """What an LMS's administrator may do with one person's data in one visit (T-135)."""

    __tablename__ = "privacy_request"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id", ondelete="CASCADE"), unique=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    """The platform whose administrator asks: it speaks for its own accounts only."""
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    """Whom the platform named; `None` where nobody of that id ever came here, or any more."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Notice(Base):
    """Something a platform told us outside of anybody's visit (PNS 1.0; T-137)."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("registration_id", "notice_id"),
        UniqueConstraint("registration_id", "nonce_digest"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id", ondelete="CASCADE"))
    notice_id: Mapped[str]
    """The platform's id: the same notice may come twice and counts once."""
    nonce_digest: Mapped[str]
    kind: Mapped[str]
    context_id: Mapped[str] = mapped_column(default="")
    """The course it is about; empty where it is about none."""
    origins: Mapped[list[str]] = mapped_column(default_factory=list)
    """Courses whose content was copied into that one."""
    received_at: Mapped[datetime] = mapped_column(index=True)
    done_at: Mapped[datetime | None] = mapped_column(default=None)


class ContextOrigin(Base):
    """That a platform copied one course's content into another (T-121, T-137)."""

    __tablename__ = "context_origin"
    __table_args__ = (UniqueConstraint("registration_id", "context_id", "origin_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    context_id: Mapped[str]
    """The platform's id of the copy; we may never have seen it yet."""
    origin_id: Mapped[str]
    """The platform's id of the course it was copied from."""
    copied_at: Mapped[datetime]


class LaunchRecord(Base):
    """What became of one launch, good or bad, without secrets: what the launch doctor reads."""

    __tablename__ = "launch_record"
    __table_args__ = (Index("ix_launch_record_registration_id_at", "registration_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    reference: Mapped[str] = mapped_column(index=True)
    """The request's id, which a refused person sees on the page and finds in the log."""
    at: Mapped[datetime] = mapped_column(index=True)
    code: Mapped[str]
    """`accepted`, or the code of the problem that stopped it."""
    registration_id: Mapped[int | None] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE"), default=None
    )
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), default=None, index=True
    )
    """Who came in, or who was known although they were refused."""
    issuer: Mapped[str] = mapped_column(LongText, default="")
    client_id: Mapped[str] = mapped_column(default="")
    deployment_id: Mapped[str] = mapped_column(default="")
    message: Mapped[str] = mapped_column(default="")
    """The message type as received; empty where the launch did not get that far."""
    compared: Mapped[list[Any]] = mapped_column(default_factory=list)
    """Name, received and expected of each value that decided: lists of three texts."""
    skew: Mapped[float | None] = mapped_column(default=None)
    """Seconds by which the platform's clock was ahead of ours."""
    way: Mapped[str] = mapped_column(default="")
    """How the browser was known again: see `launch.ways`; empty where it was not."""


class AccessToken(Base):
    """A service token shared between processes until shortly before it expires (T-108)."""

    __tablename__ = "access_token"
    __table_args__ = (UniqueConstraint("registration_id", "deployment_id", "scope_key"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    scope_key: Mapped[str] = mapped_column(LongText)
    """The scopes asked for, sorted and joined by spaces."""
    sealed: Mapped[str] = mapped_column(LongText, repr=False)
    """The token, encrypted with a key from `CAIRN_SECRET_KEY`; empty while there is none."""
    granted: Mapped[list[str]]
    """The scopes the platform granted (T-110)."""
    expires_at: Mapped[datetime]
    """From then on another is fetched; a minute before the platform stops taking it."""
    lease: Mapped[str | None] = mapped_column(default=None)
    """Random token of the process that is fetching just now (T-108)."""
    leased_until: Mapped[datetime | None] = mapped_column(default=None)
