"""Rows: links made for one reader, and what of their work somebody shows behind them."""

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.badges.models import Badge
from lti_tool.database import Base, opaque_id, word
from lti_tool.portfolio.models import Artifact


class Face(enum.StrEnum):
    """How much of one award somebody is shown."""

    PUBLIC = "public"
    """What the signed badge says, for anybody while it is public."""
    EMPLOYER = "employer"
    """That, and the work its earner chose for an employer."""
    FULL = "full"
    """That, all levels and points the program lets be told, and all the work that was chosen."""


class ShareLink(Base):
    """An address made for one reader, whether or not the award is public."""

    __tablename__ = "share_link"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"), init=False, index=True)
    award: Mapped[Badge] = relationship(repr=False)
    face: Mapped[Face] = mapped_column(word(Face))
    note: Mapped[str]
    """For whom it was made, in the earner's words; nobody else is told."""
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    token: Mapped[str] = mapped_column(unique=True, default_factory=opaque_id, repr=False)
    """Stands in `/badges/for/<token>`."""
    views: Mapped[int] = mapped_column(default=0)
    """How often somebody else opened its page."""
    viewed_at: Mapped[datetime | None] = mapped_column(default=None)
    """When that was last."""
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)


class EvidenceChoice(Base):
    """That its maker shows a piece of their work behind links; without a row it stays unseen."""

    __tablename__ = "evidence_choice"
    __table_args__ = (UniqueConstraint("award_id", "artifact_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"), init=False)
    award: Mapped[Badge] = relationship(repr=False)
    artifact_id: Mapped[int] = mapped_column(
        ForeignKey("artifact.id", ondelete="CASCADE"), init=False, index=True
    )
    artifact: Mapped[Artifact] = relationship(repr=False)
    face: Mapped[Face] = mapped_column(word(Face))
    """The smallest face that shows it: for an employer, or the full one alone."""
    chosen_at: Mapped[datetime]
