"""Rows: artifacts that a team made together, each member's copy with their own contribution."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.cohorts.models import Team
from lti_tool.database import Base, LongText, opaque_id
from lti_tool.portfolio.models import Artifact


class TeamWork(Base):
    """That an artifact is one member's copy of what the team made, and what they did for it.

    Copies of one thing carry the same `shared_id`. Each is its member's own artifact, which they
    attest to and answer for; who changes theirs is seen to have another one (S6-18).
    """

    __tablename__ = "team_work"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    artifact_id: Mapped[int] = mapped_column(
        ForeignKey("artifact.id", ondelete="CASCADE"), init=False, unique=True
    )
    artifact: Mapped[Artifact] = relationship(repr=False)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), init=False)
    team: Mapped[Team] = relationship(repr=False)
    shared_id: Mapped[str] = mapped_column(index=True, default_factory=opaque_id)
    contribution: Mapped[str] = mapped_column(LongText)
    """What this member did for it, in their own words; never empty."""
    written_at: Mapped[datetime]
