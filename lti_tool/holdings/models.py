"""Rows: badges from elsewhere that a person keeps here."""

import enum
import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.database import Base, LongText, opaque_id, word
from lti_tool.people.models import Person


class HeldState(enum.StrEnum):
    """What the last look at it found."""

    VALID = "valid"
    UNCHECKED = "unchecked"
    """Nothing speaks against it, but not everything could be checked."""
    EXPIRED = "expired"
    """Genuine, and only its time is over."""
    OVER = "over"
    """Revoked where it came from, or not valid for another reason."""


class CameBy(enum.StrEnum):
    """How a badge came here."""

    FILE = "file"
    ADDRESS = "address"
    PASTED = "pasted"
    ARCHIVE = "archive"
    PROGRAM = "program"
    """A program that its earner let in brought it."""


class HeldBadge(Base):
    """A badge of another issuer that somebody keeps here: theirs alone, and never ours."""

    __tablename__ = "held_badge"
    __table_args__ = (Index("ix_held_badge_same", "person_id", "identity"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    public_id: Mapped[str] = mapped_column(unique=True, default_factory=opaque_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    person: Mapped[Person] = relationship(init=False, repr=False)
    identity: Mapped[str]
    """SHA-256 of its issuer's id and its own, or of its bytes: two copies have the same.

    Two may lie here all the same, where somebody kept it in two accounts and joined them."""
    title: Mapped[str]
    issuer_name: Mapped[str]
    issuer_id: Mapped[str] = mapped_column(LongText)
    address: Mapped[str] = mapped_column(LongText)
    """What it calls itself, else a `urn:uuid` made of it."""
    form: Mapped[str]
    """What it is in words: `Open Badges 3.0 as a JWT`."""
    issued: Mapped[str]
    """As it says itself."""
    expires: Mapped[str]
    """As it says itself; empty where it does not expire."""
    content: Mapped[bytes] = mapped_column(LargeBinary, repr=False)
    """As it was given: JSON, a JWT, a PNG or an SVG."""
    size: Mapped[int]
    """Bytes of `content`."""
    came_by: Mapped[CameBy] = mapped_column(word(CameBy))
    came_from: Mapped[str] = mapped_column(LongText)
    """The address, or the name of the program that brought it; empty for files and texts."""
    made_out_to: Mapped[str]
    """An address they named, which no LMS told; empty where it is made out to the one we know."""
    held_at: Mapped[datetime]
    """When this copy of it came; a newer one that took its place has a later date."""
    state: Mapped[HeldState] = mapped_column(word(HeldState))
    is_vouched_for: Mapped[bool]
    """Whether its issuer's own address answers for it: the second level of trust."""
    report: Mapped[dict[str, Any]] = mapped_column(repr=False)
    """All that the last look found (`verification.kept_reports`)."""
    checked_at: Mapped[datetime]
    check_at: Mapped[datetime] = mapped_column(index=True)
    """When it is looked at next."""
    over_since: Mapped[datetime | None] = mapped_column(default=None)
    """When it was first found not to be valid any more."""

    @property
    def counts(self) -> bool:
        """Whether it may stand for something: nothing speaks against it but its date."""
        return self.state is not HeldState.OVER

    @property
    def stamp(self) -> str:
        """What a decision on it repeats: it fits this copy, and none that takes its place."""
        told = (
            *(self.public_id, self.held_at.isoformat(), self.issued, self.expires),
            *(self.title, self.issuer_name, self.issuer_id, self.address, self.made_out_to),
        )
        return hashlib.sha256("\n".join(told).encode("utf-8", "replace")).hexdigest()[:16]
