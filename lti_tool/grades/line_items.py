"""Columns: which ones a person's score belongs in."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.grades.models import LineItem
from lti_tool.launch.models import Deployment, DeploymentState, PlatformUser, ResourceLink
from lti_tool.people.models import Membership, Person
from lti_tool.people.roles import Role
from lti_tool.programs.catalogue import current_credential_version
from lti_tool.programs.models import Credential
from lti_tool.programs.rubrics import possible
from lti_tool.settings import Settings


def columns_for(
    session: Session, person: Person, credential: Credential, *, now: datetime
) -> list[LineItem]:
    """Every column a score of this person in this credential belongs in.

    One for each link to the credential, or to its whole program, in a course where the person
    learns and whose LMS has offered a gradebook (T-111). Rows that are missing are made here; the
    column itself is found or made at the LMS by the background.
    """
    links = (
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
    columns = [_column_of(session, link, credential, now=now) for link in links]
    # A link to a whole program whose LMS names one column and lets us make none has no room for
    # several credentials.
    return [column for column in columns if column.resource_link.line_items_url or own(column)]


def own(column: LineItem) -> str | None:
    """The address of the link's own column, where it is this credential's (T-123).

    The column of a link to a whole program belongs to no single credential.
    """
    link = column.resource_link
    return link.line_item_url if link.credential_id == column.credential_id else None


def _column_of(
    session: Session, link: ResourceLink, credential: Credential, *, now: datetime
) -> LineItem:
    known = select(LineItem).where(
        LineItem.resource_link_id == link.id, LineItem.credential_id == credential.id
    )
    column = session.scalars(known).one_or_none()
    if column is not None:
        return column
    version = current_credential_version(session, credential)
    label = " ".join(version.title.split())[:255]
    maximum = possible(version) or Settings.model_fields["score_maximum"].default
    try:
        with session.begin_nested():
            column = LineItem(
                resource_link=link,
                credential=credential,
                label=label,
                score_maximum=maximum,
                created_at=now,
            )
            session.add(column)
    except IntegrityError:  # another request made it in the same moment
        return session.scalars(known).one()
    return column
