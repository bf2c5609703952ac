"""Rows: line items in LMS gradebooks, and the outbox of scores on their way there."""

import enum
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.database import Base, LongText, word
from lti_tool.launch.models import Registration, ResourceLink
from lti_tool.people.models import Person
from lti_tool.programs.models import Credential


class DeliveryState(enum.StrEnum):
    """Where a score is on its way. Nothing is ever dropped."""

    WAITING = "waiting"
    """Due at `next_at`; `last_error` says why it was not delivered before."""
    SENDING = "sending"
    """Claimed by a worker until `leased_until`."""
    UNKNOWN = "unknown"
    """Sent, but the answer never came: the result is read before anything is sent again."""
    DELIVERED = "delivered"
    OVERRIDDEN = "overridden"
    """The LMS keeps another grade, set there by a person."""
    NEEDS_PERSON = "needs-person"
    """The LMS refused for a reason a retry cannot mend, or the plan ran out."""
    SUPERSEDED = "superseded"
    """A newer score for the same cell was queued before this one was sent."""


class Trouble(enum.StrEnum):
    """Why a score is not in the gradebook yet, as far as we know."""

    NONE = ""
    UNREACHABLE = "unreachable"
    """No answer, or one that says the LMS itself is in trouble."""
    THROTTLED = "throttled"
    UNAUTHORISED = "unauthorised"
    """The LMS gives no token, or takes back the one it gave (T-109)."""
    NO_PERMISSION = "no-permission"
    """The LMS does not let us post scores in this course (T-110)."""
    COLUMN_GONE = "column-gone"
    SEVERAL_COLUMNS = "several-columns"
    """Several columns there could be the one meant; an instructor chooses."""
    STALE = "stale"
    """The LMS holds something newer than what was sent."""
    REFUSED = "refused"
    """The LMS said no to this very score; a retry says it again."""


OF_THE_PLATFORM = frozenset({Trouble.UNREACHABLE, Trouble.THROTTLED, Trouble.UNAUTHORISED})
"""Troubles of the platform as a whole: what they parked goes on as soon as one score arrives."""


class ScoreEvent(enum.StrEnum):
    """What happened to the work, in our words; each product encodes it its own way."""

    SUBMITTED = "submitted"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"
    """A decision was taken back: the cell is to be empty again (T-114)."""


OF_THE_GRADE = frozenset({ScoreEvent.DECIDED, ScoreEvent.WITHDRAWN})
"""Events that say what the cell holds; a newer one replaces an older one."""


class LineItem(Base):
    """One column of one gradebook: a credential, or a piece of it, behind one resource link."""

    __tablename__ = "line_item"
    __table_args__ = (UniqueConstraint("resource_link_id", "credential_id", "measure"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    resource_link_id: Mapped[int] = mapped_column(ForeignKey("resource_link.id"), init=False)
    resource_link: Mapped[ResourceLink] = relationship(repr=False)
    credential_id: Mapped[int] = mapped_column(ForeignKey("credential.id"), init=False, index=True)
    credential: Mapped[Credential] = relationship(repr=False)
    measure: Mapped[str] = mapped_column(default="")
    """What it measures: empty for the whole credential, `part` for a stage, `part/criterion`."""
    label: Mapped[str]
    score_maximum: Mapped[Decimal] = mapped_column(Numeric(9, 2))
    url: Mapped[str | None] = mapped_column(LongText, default=None)
    """Its address at the LMS; `None` until a launch names it or a worker finds or makes it."""
    candidates: Mapped[list[Any]] = mapped_column(default_factory=list)
    """Columns of the LMS that fit equally well, as `conflicts.Candidate` writes them."""
    chosen_at: Mapped[datetime | None] = mapped_column(default=None)
    """When an instructor chose among the candidates."""
    wants_new: Mapped[bool] = mapped_column(default=False)
    """The instructor chose none of them: the next score makes a new column."""
    read_at: Mapped[datetime | None] = mapped_column(default=None)
    """When its results were last read back."""
    created_at: Mapped[datetime]


class ScoreDelivery(Base):
    """The outbox: one score for one person in one column, written with the decision itself."""

    __tablename__ = "score_delivery"
    __table_args__ = (
        Index("ix_score_delivery_due", "registration_id", "state", "next_at"),
        Index("ix_score_delivery_cell", "line_item_id", "person_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"), init=False)
    registration: Mapped[Registration] = relationship(repr=False)
    """The platform to be called: one job drains all that is due for it."""
    line_item_id: Mapped[int] = mapped_column(ForeignKey("line_item.id"), init=False)
    line_item: Mapped[LineItem] = relationship(repr=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), init=False, index=True)
    person: Mapped[Person] = relationship(repr=False)
    sub: Mapped[str]
    """What the platform calls the person."""
    event: Mapped[ScoreEvent] = mapped_column(word(ScoreEvent))
    points: Mapped[Decimal | None] = mapped_column(Numeric(9, 2), default=None)
    """Reached so far; `None` where nothing has been judged yet."""
    points_possible: Mapped[Decimal] = mapped_column(Numeric(9, 2))
    comment: Mapped[str] = mapped_column(LongText, default="")
    """Plain text, already short enough for a gradebook cell (T-117)."""
    review_id: Mapped[str] = mapped_column(index=True)
    """Public id of the submission, for `/lti/review/<id>`."""
    attempt: Mapped[int] = mapped_column(default=1)
    started_at: Mapped[datetime | None] = mapped_column(default=None)
    submitted_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime]

    state: Mapped[DeliveryState] = mapped_column(word(DeliveryState), default=DeliveryState.WAITING)
    tries: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None] = mapped_column(default=None)
    lease: Mapped[str | None] = mapped_column(default=None)
    """Random token of the claim that holds the row."""
    leased_until: Mapped[datetime | None] = mapped_column(default=None)
    stamped_at: Mapped[datetime | None] = mapped_column(default=None)
    """The timestamp of the newest sending; strictly increasing per cell (AGS 2.0, 3.4.9)."""
    score_before: Mapped[Decimal | None] = mapped_column(Numeric(9, 4), default=None)
    """What stood in the cell before the newest sending, as a share of the maximum."""
    comment_confirmed: Mapped[bool] = mapped_column(default=True)
    """False where a read-back proved the score but nothing can prove the comment."""
    trouble: Mapped[Trouble] = mapped_column(word(Trouble), default=Trouble.NONE)
    last_status: Mapped[int | None] = mapped_column(default=None)
    last_error: Mapped[str] = mapped_column(LongText, default="")
    """The LMS's own words, or ours when it said nothing."""
    settled_at: Mapped[datetime | None] = mapped_column(default=None)
    insists: Mapped[bool] = mapped_column(default=False)
    """An instructor asked for it to replace the grade that was set by hand (T-122)."""
    confirmed_at: Mapped[datetime | None] = mapped_column(default=None)
    """When the LMS was last read and showed this very score."""
    seen_share: Mapped[Decimal | None] = mapped_column(Numeric(9, 4), default=None)
    """What the LMS shows instead, as a share of the maximum, where it was overridden."""


class Courier(Base):
    """One platform's way out: who is carrying scores there now, and until when it is left alone."""

    __tablename__ = "courier"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"), unique=True)
    lease: Mapped[str | None] = mapped_column(default=None)
    leased_until: Mapped[datetime | None] = mapped_column(default=None)
    paused_until: Mapped[datetime | None] = mapped_column(default=None)
    failures: Mapped[int] = mapped_column(default=0)
    """Troubles of the platform in a row; the back-off plan is counted by them."""
    trouble: Mapped[Trouble] = mapped_column(word(Trouble), default=Trouble.NONE)
    """Why it is left alone."""
    turn: Mapped[int] = mapped_column(default=0)
    """How often scores were carried; part of the key of the next job."""
