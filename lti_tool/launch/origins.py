"""A link in a copied course opens what its origin opened (T-121, T-137).

A copy may lose the link's custom parameters. Where the course came from is known from a notice of
the platform or from the launch itself (`$Context.id.history`), and which link it was from
`$ResourceLink.id.history` or by its title.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import unquote

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from lti_tool.launch.claims import ID_LENGTH, Launch, text
from lti_tool.launch.models import ContextOrigin, Deployment, PlatformContext, ResourceLink
from lti_tool.people.audit import note

CONTEXT_HISTORY = ("context_history", "context_id_history")
LINK_HISTORY = ("link_history", "resource_link_id_history")
"""Names under which administrators write the variables down; the first is the one we ask for."""

FARTHEST = 20
"""How many courses back is looked; a course that is copied every year reaches twenty years."""


def open_as_origin(session: Session, link: ResourceLink, launch: Launch, *, now: datetime) -> None:
    """Let a link without a purpose open what the link it was copied from opens, if that is plain.

    Only links of the same registration are looked at. Where several would fit, the page to choose
    on comes as ever.
    """
    if launch.context_id is None:
        return
    registration_id = link.deployment.registration_id
    origin = _by_link(session, registration_id, launch) or _by_course(
        session, registration_id, link, launch
    )
    if origin is None:
        return
    link.program, link.credential = origin.program, origin.credential
    link.part_slug = origin.part_slug
    session.flush()  # the link may be new, and the trail names it by number
    note(
        session,
        "launch.open-as-origin",
        f"resource-link {link.id}",
        actor=None,
        now=now,
        origin=origin.id,
    )


def _by_link(session: Session, registration_id: int, launch: Launch) -> ResourceLink | None:
    """The link the LMS itself names, the newest first."""
    named = _history(launch, LINK_HISTORY)
    if not named:
        return None
    found = {
        one.resource_link_id: one
        for one in session.scalars(
            _purposeful(registration_id).where(ResourceLink.resource_link_id.in_(named))
        )
    }
    return next((found[one] for one in named if one in found), None)


def _by_course(
    session: Session, registration_id: int, link: ResourceLink, launch: Launch
) -> ResourceLink | None:
    """The link of the same title in the nearest course that this one was copied from."""
    title = _plain(link.title)
    if not title:
        return None
    for course in _courses(session, registration_id, launch):
        there = session.scalars(
            _purposeful(registration_id)
            .join(PlatformContext, PlatformContext.course_id == ResourceLink.course_id)
            .where(
                PlatformContext.context_id == course,
                PlatformContext.deployment_id == ResourceLink.deployment_id,
                ResourceLink.id != link.id,
            )
            .order_by(ResourceLink.id)
        ).all()
        alike = [one for one in there if _plain(one.title) == title]
        if len({(one.program_id, one.credential_id, one.part_slug) for one in alike}) == 1:
            return alike[0]
        if there:
            return None  # the origin is known, and leaves the choice open
    return None


def _courses(session: Session, registration_id: int, launch: Launch) -> Iterable[str]:
    """Ids of the courses this one came from, the nearest first: as told, and as the launch says."""
    seen = {launch.context_id}
    waiting = [*_told(session, registration_id, launch.context_id or "")]
    waiting += _history(launch, CONTEXT_HISTORY)
    while waiting and len(seen) <= FARTHEST:
        course = waiting.pop(0)
        if course in seen:
            continue
        seen.add(course)
        yield course
        waiting += _told(session, registration_id, course)


def _told(session: Session, registration_id: int, context_id: str) -> Sequence[str]:
    """What notices said; the newest copy first."""
    return session.scalars(
        select(ContextOrigin.origin_id)
        .where(
            ContextOrigin.registration_id == registration_id,
            ContextOrigin.context_id == context_id,
        )
        .order_by(ContextOrigin.copied_at.desc(), ContextOrigin.id.desc())
        .limit(FARTHEST)
    ).all()


def _history(launch: Launch, names: Sequence[str]) -> list[str]:
    """The ids of a history variable: comma-separated, URL-encoded, the newest first."""
    written = next((launch.custom[name] for name in names if launch.custom.get(name)), "")
    ids = (unquote(one.strip()) for one in written.split(",")[:FARTHEST])
    return [one for one in ids if one and text(one, ID_LENGTH) == one]


def _purposeful(registration_id: int) -> Select[ResourceLink]:
    """Links of one platform that open something."""
    return (
        select(ResourceLink)
        .join(ResourceLink.deployment)
        .where(Deployment.registration_id == registration_id, ResourceLink.program_id.is_not(None))
    )


def _plain(title: str) -> str:
    return " ".join(title.split()).casefold()
