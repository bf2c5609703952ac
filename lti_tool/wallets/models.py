"""Rows: services that registered, who connected them to which badges, and what they may ask with.

Of every secret only the SHA-256 is kept.
"""

import enum
import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.database import Base, LongText, opaque_id, word
from lti_tool.people.models import Person


class BadgeHost(Base):
    """A service that registered by itself. Anybody may: it is known by its host name alone."""

    __tablename__ = "badge_host"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    client_id: Mapped[str] = mapped_column(unique=True, default_factory=opaque_id)
    secret_digest: Mapped[str] = mapped_column(repr=False)
    host: Mapped[str]
    """Host name of all its addresses."""
    name: Mapped[str]
    """What it calls itself."""
    site: Mapped[str] = mapped_column(LongText)
    terms: Mapped[str] = mapped_column(LongText)
    """Address of its terms of service."""
    policy: Mapped[str] = mapped_column(LongText)
    """Address of its privacy policy."""
    logo: Mapped[str] = mapped_column(LongText)
    """Kept because it is told back; never fetched and never shown."""
    software_id: Mapped[str]
    software_version: Mapped[str]
    redirect_uris: Mapped[list[str]]
    scopes: Mapped[list[str]]
    grant_types: Mapped[list[str]]
    contacts: Mapped[list[str]]
    registered_at: Mapped[datetime]
    connected_at: Mapped[datetime | None] = mapped_column(default=None)
    """When somebody connected it first; one that nobody ever did is forgotten after a while."""


class BarredHost(Base):
    """That whoever runs this installation lets no service of this host in."""

    __tablename__ = "barred_host"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    host: Mapped[str] = mapped_column(unique=True)
    reason: Mapped[str] = mapped_column(LongText)
    barred_at: Mapped[datetime]


class Reach(enum.StrEnum):
    """Which of somebody's badges a connection gives out."""

    ALL = "all"
    """All they have, and those to come."""
    CHOSEN = "chosen"
    """Those they chose."""


class Connection(Base):
    """That somebody lets a service ask for their badges.

    Ending it deletes the row and all that hangs on it: nothing made under it works any longer.
    """

    __tablename__ = "badge_connection"
    __table_args__ = (UniqueConstraint("person_id", "host_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    public_id: Mapped[str] = mapped_column(unique=True, default_factory=opaque_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), init=False)
    person: Mapped[Person] = relationship(repr=False)
    host_id: Mapped[int] = mapped_column(ForeignKey("badge_host.id"), init=False, index=True)
    host: Mapped[BadgeHost] = relationship(repr=False)
    scopes: Mapped[list[str]]
    """What was consented to last; a token never reaches further."""
    reach: Mapped[Reach] = mapped_column(word(Reach))
    reach_changed_at: Mapped[datetime]
    subject: Mapped[str] = mapped_column(default_factory=lambda: uuid.uuid4().urn)
    """What this service, and no other, is told as the person's id."""
    profile_url: Mapped[str] = mapped_column(LongText, default="")
    """Address of the person's page there, if the service told it."""
    profile_words: Mapped[str] = mapped_column(LongText, default="")
    """How the person describes themselves there, if the service told it."""
    connected_at: Mapped[datetime]
    used_at: Mapped[datetime | None] = mapped_column(default=None)


class ConnectedBadge(Base):
    """That a connection gives out this badge, where only chosen ones are.

    It is one that was awarded here, or one from elsewhere that the person keeps here.
    """

    __tablename__ = "connected_badge"
    __table_args__ = (
        UniqueConstraint("connection_id", "award_id"),
        UniqueConstraint("connection_id", "held_id"),
        CheckConstraint("(award_id IS NULL) <> (held_id IS NULL)", name="one_badge"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    connection_id: Mapped[int] = mapped_column(
        ForeignKey("badge_connection.id", ondelete="CASCADE")
    )
    award_id: Mapped[int | None] = mapped_column(ForeignKey("award.id"), default=None, index=True)
    held_id: Mapped[int | None] = mapped_column(
        ForeignKey("held_badge.id", ondelete="CASCADE"), default=None, index=True
    )
    chosen_at: Mapped[datetime]


class CodeGrant(Base):
    """One consent on its way: the authorization code, and afterwards the root of its tokens."""

    __tablename__ = "code_grant"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    connection_id: Mapped[int] = mapped_column(
        ForeignKey("badge_connection.id", ondelete="CASCADE"), init=False, index=True
    )
    connection: Mapped[Connection] = relationship(repr=False)
    code_digest: Mapped[str] = mapped_column(unique=True, repr=False)
    redirect_uri: Mapped[str] = mapped_column(LongText)
    scopes: Mapped[list[str]]
    challenge: Mapped[str]
    """PKCE, S256."""
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None] = mapped_column(default=None)
    """When the code was exchanged; a second time ends its tokens."""


class TokenKind(enum.StrEnum):
    """What a token is good for."""

    ACCESS = "access"
    REFRESH = "refresh"


class ApiToken(Base):
    """What a service shows to ask for badges, or for a new such token. Revoking deletes it."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    grant_id: Mapped[int] = mapped_column(
        ForeignKey("code_grant.id", ondelete="CASCADE"), init=False, index=True
    )
    grant: Mapped[CodeGrant] = relationship(repr=False)
    kind: Mapped[TokenKind] = mapped_column(word(TokenKind))
    digest: Mapped[str] = mapped_column(unique=True, repr=False)
    scopes: Mapped[list[str]]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
