"""Columns: which ones a person's score belongs in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.grades.models import LineItem, ScoreEvent
from lti_tool.grades.pieces import TOTAL, Piece, wanted
from lti_tool.launch.models import Deployment, DeploymentState, PlatformUser, ResourceLink
from lti_tool.people.models import Membership, Person
from lti_tool.people.roles import Role
from lti_tool.programs.catalogue import current_credential_version
from lti_tool.programs.models import Credential, CredentialVersion
from lti_tool.programs.rubrics import highest, possible
from lti_tool.settings import Settings


@dataclass(frozen=True)
class Place:
    """A column, and the piece that goes there; without one, the total does."""

    column: LineItem
    piece: Piece | None = None


@dataclass(frozen=True)
class Shape:
    """What a column is made as."""

    measure: str
    label: str
    maximum: Decimal


def places_for(
    session: Session,
    person: Person,
    credential: Credential,
    *,
    event: ScoreEvent,
    pieces: Sequence[Piece] = (),
    stages: Sequence[Piece] = (),
    part_slug: str = "",
    now: datetime,
) -> list[Place]:
    """Every column a score of this person in this credential belongs in.

    `stages` are those that were judged, for links to a single stage; `part_slug` is the one that
    was handed in. One set for each link to the credential, or to its whole program, in a course
    where the person learns and whose LMS has offered a gradebook (T-111). Rows that are missing
    are made here; the column itself is found or made at the LMS by the background.
    """
    version = current_credential_version(session, credential)
    has_total = TOTAL in wanted(version) or (event is not ScoreEvent.SUBMITTED and not pieces)
    total = Shape(
        "",
        " ".join(version.title.split())[:255],
        possible(version) or Settings.model_fields["score_maximum"].default,
    )
    places = []
    for link in _links(session, person, credential):
        if link.part_slug:
            shape = _shape_of_stage(version, link.part_slug)
            judged = [piece for piece in stages if piece.measure == link.part_slug]
            if shape is not None and (judged or part_slug == link.part_slug):
                column = _column_of(session, link, credential, shape, now=now)
                places.append(Place(column, judged[0] if judged else None))
            continue
        may_make = link.line_items_url is not None
        # A link to a whole program whose LMS names one column and lets us make none has no room
        # for several credentials.
        is_own = link.credential_id == credential.id and link.line_item_url is not None
        # Attempts live in the link's own column, and where none can be made everything does.
        if (may_make and has_total) or (
            is_own and (has_total or not may_make or event is ScoreEvent.SUBMITTED)
        ):
            places.append(Place(_column_of(session, link, credential, total, now=now)))
        if may_make:
            for piece in pieces:
                shape = Shape(piece.measure, piece.label, piece.score.possible)
                column = _column_of(session, link, credential, shape, now=now)
                places.append(Place(column, piece))
    return places


def _shape_of_stage(version: CredentialVersion, part_slug: str) -> Shape | None:
    """The column of a link to one stage; `None` where the version has no such stage any more."""
    for part in version.parts:
        maximum = highest(part.criteria)
        if part.slug == part_slug and maximum > 0:
            label = " ".join(f"{version.title}: {part.title}".split())[:255]
            return Shape(part.slug, label, maximum)
    return None


def _links(session: Session, person: Person, credential: Credential) -> Sequence[ResourceLink]:
    """Links to the credential or its program, with a gradebook, where the person learns."""
    return (
        session.scalars(
            select(ResourceLink)
            .join(ResourceLink.deployment)
            .join(
                Membership,
                (Membership.course_id == ResourceLink.course_id)
                & (Membership.person_id == person.id)
                & (Membership.role == Role.LEARNER),
            )
            .join(
                PlatformUser,
                (PlatformUser.registration_id == Deployment.registration_id)
                & (PlatformUser.person_id == person.id),
            )
            .where(
                Deployment.state == DeploymentState.ACTIVE,
                or_(
                    ResourceLink.line_items_url.is_not(None),
                    ResourceLink.line_item_url.is_not(None),
                ),
                or_(
                    ResourceLink.credential_id == credential.id,
                    ResourceLink.credential_id.is_(None)
                    & (ResourceLink.program_id == credential.program_id),
                ),
            )
            .order_by(ResourceLink.id)
        )
        .unique()
        .all()
    )


def own(column: LineItem) -> str | None:
    """The address of the link's own column, where it holds what the link stands for (T-123).

    The column of a link to a whole program belongs to no single credential.
    """
    return column.resource_link.line_item_url if is_own(column) else None


def is_own(column: LineItem) -> bool:
    """Whether a column holds just what its link stands for: a credential, or one stage of it."""
    link = column.resource_link
    return link.credential_id == column.credential_id and column.measure == link.part_slug


def resource_id(column: LineItem) -> str:
    """What the column carries at the LMS, also in a copied course (T-121)."""
    public_id = column.credential.public_id
    return f"{public_id}/{column.measure}" if column.measure else public_id


def _column_of(
    session: Session,
    link: ResourceLink,
    credential: Credential,
    shape: Shape,
    *,
    now: datetime,
) -> LineItem:
    known = select(LineItem).where(
        LineItem.resource_link_id == link.id,
        LineItem.credential_id == credential.id,
        LineItem.measure == shape.measure,
    )
    column = session.scalars(known).one_or_none()
    if column is not None:
        return column
    try:
        with session.begin_nested():
            column = LineItem(
                resource_link=link,
                credential=credential,
                measure=shape.measure,
                label=shape.label,
                score_maximum=shape.maximum,
                created_at=now,
            )
            session.add(column)
    except IntegrityError:  # another request made it in the same moment
        return session.scalars(known).one()
    return column
