"""What carrying one score needs, read in one go: no transaction ever waits for an LMS."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.grades.line_items import is_own, own, resource_id
from lti_tool.grades.models import (
    OF_THE_GRADE,
    DeliveryState,
    LineItem,
    ScoreDelivery,
    ScoreEvent,
)
from lti_tool.grades.outbox import Claim
from lti_tool.launch.models import Product, ResourceLink

SPACING = timedelta(seconds=1)
"""Least time between two stamps of a cell: Moodle compares whole seconds (T-115)."""

TOLERANCE = Decimal("0.0006")
"""Two shares of a maximum this near are the same grade: LMSs round to two decimals and more."""


@dataclass(frozen=True)
class Placement:
    """Where a column is, or how to find or make it."""

    line_item_id: int
    own_url: str | None
    """The link's own column, as the newest launch named it."""
    kept_url: str | None
    """The address found or made before."""
    container: str | None
    scopes: frozenset[str]
    resource_id: str
    link_id: str
    is_whole_link: bool
    """The link opens this credential and nothing else, and the column is for all of it."""
    label: str
    maximum: Decimal
    taken: frozenset[str]
    """Addresses of our other columns in the same course, and of those an instructor turned down."""
    candidates: frozenset[str] = frozenset()
    """Addresses among which an instructor has to choose."""
    wants_new: bool = False
    """The instructor wants none of them."""


@dataclass(frozen=True)
class Errand:
    """One claimed delivery."""

    claim: Claim
    product: Product
    deployment_pk: int
    placement: Placement
    user_id: str
    event: ScoreEvent
    points: Decimal | None
    possible: Decimal
    comment: str
    comment_confirmed: bool
    review_id: str
    started_at: datetime | None
    submitted_at: datetime | None
    tries: int
    """This one included."""
    score_before: Decimal | None
    stamped_before: datetime | None
    """The stamp of this row's own last sending."""
    last_stamp: datetime | None
    """The newest stamp of the cell."""
    last_arrival: datetime | None
    """When we last heard that a score of the cell had arrived."""
    last_share: Decimal | None
    """What we last delivered to the cell."""
    last_comment: str
    """The comment that stands beside it for certain; empty where there is none."""
    insists: bool = False
    """It shall replace a grade that was set by hand."""

    @property
    def is_of_the_grade(self) -> bool:
        """Whether it says what the cell holds."""
        return self.event in OF_THE_GRADE

    @property
    def share(self) -> Decimal | None:
        """The score as a share of its maximum."""
        return None if self.points is None else self.points / self.possible

    def stamp(self, now: datetime, saved_at: datetime | None = None) -> datetime:
        """A stamp that is later than all that went before, whatever the clocks did (T-115).

        Moodle compares with the time of its own last save, so that has to be passed too.
        """
        earlier = [
            moment
            for moment in (self.last_stamp, self.last_arrival, saved_at)
            if moment is not None
        ]
        at = max([now, *(moment + SPACING for moment in earlier)])
        # Milliseconds travel; rounding down could make two stamps equal.
        return at.replace(microsecond=at.microsecond // 1000 * 1000)


def same(one: Decimal | None, other: Decimal | None) -> bool:
    """Whether two cells hold the same grade."""
    if one is None or other is None:
        return one is other
    return abs(one - other) <= TOLERANCE


def shows(standing: Decimal | None, sent: Decimal | None) -> bool:
    """Whether a cell shows what was sent; some LMSs clip what is above the maximum (T-116)."""
    is_clipped = sent is not None and sent > 1 and same(standing, Decimal(1))
    return is_clipped or same(standing, sent)


def errand_of(session: Session, claim: Claim) -> Errand:
    """Read everything about a claimed delivery."""
    delivery = session.get_one(ScoreDelivery, claim.delivery_id)
    cell = (
        ScoreDelivery.line_item_id == delivery.line_item_id,
        ScoreDelivery.person_id == delivery.person_id,
    )
    last_stamp = session.scalar(select(func.max(ScoreDelivery.stamped_at)).where(*cell))
    last = session.scalars(
        select(ScoreDelivery)
        .where(
            *cell,
            ScoreDelivery.state.in_((DeliveryState.DELIVERED, DeliveryState.OVERRIDDEN)),
            ScoreDelivery.id != delivery.id,
        )
        .order_by(ScoreDelivery.id.desc())
    ).all()
    graded = next((row for row in last if row.event in OF_THE_GRADE), None)
    return Errand(
        claim=claim,
        product=delivery.registration.product,
        deployment_pk=delivery.line_item.resource_link.deployment_id,
        placement=_placement(session, delivery.line_item),
        user_id=delivery.sub,
        event=delivery.event,
        points=delivery.points,
        possible=delivery.points_possible,
        comment=delivery.comment,
        comment_confirmed=delivery.comment_confirmed,
        review_id=delivery.review_id,
        started_at=delivery.started_at,
        submitted_at=delivery.submitted_at,
        tries=delivery.tries,
        score_before=delivery.score_before,
        stamped_before=delivery.stamped_at,
        last_stamp=last_stamp,
        last_arrival=max((row.settled_at for row in last if row.settled_at), default=None),
        last_share=graded.points / graded.points_possible
        if graded is not None and graded.points is not None
        else None,
        last_comment=graded.comment if graded is not None and graded.comment_confirmed else "",
        insists=delivery.insists,
    )


def _placement(session: Session, column: LineItem) -> Placement:
    link = column.resource_link
    others = session.scalars(
        select(LineItem.url)
        .join(LineItem.resource_link)
        .where(
            ResourceLink.course_id == link.course_id,
            LineItem.id != column.id,
            LineItem.url.is_not(None),
        )
    ).all()
    candidates = frozenset(str(entry["url"]) for entry in column.candidates)
    return Placement(
        line_item_id=column.id,
        own_url=own(column),
        kept_url=column.url,
        container=link.line_items_url,
        scopes=frozenset(link.scopes),
        resource_id=resource_id(column),
        link_id=link.resource_link_id,
        is_whole_link=is_own(column),
        label=column.label,
        maximum=column.score_maximum,
        taken=frozenset(url for url in others if url)
        | (candidates if column.wants_new else frozenset()),
        candidates=candidates,
        wants_new=column.wants_new,
    )
