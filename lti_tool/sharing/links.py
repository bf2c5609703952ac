"""Links for one reader: made, looked at, taken back. And everything at once: stop sharing."""

from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload

from lti_tool.badges import awards
from lti_tool.badges.models import OVER, AwardState, Badge
from lti_tool.errors import NotFound, Refused
from lti_tool.people.audit import note
from lti_tool.sharing.models import Face, ShareLink

DAYS = (7, 30, 90, 365)
"""How long a link may live, to choose from."""
USUAL_DAYS = 30
NOTE_LONGEST = 120
"""Characters that say for whom a link is."""
MOST = 50
"""Links of one award that may lead somewhere at a time."""
FACES = (Face.EMPLOYER, Face.FULL)
"""What a link may show; the public face has the address of the page itself."""


class LinkEnded(NotFound):
    """The link led somewhere once; whether it ran out or was taken back is told to nobody."""

    status = 410


class LinkRefused(Refused):
    """A link without a reader, a face or an end; says which."""

    status = 422


def make(
    session: Session, award: Badge, *, face: str, for_whom: str, days: str, now: datetime
) -> ShareLink:
    """Make a link for one reader.

    Raises:
        AwardRevoked: the badge holds no more, or another one is to be shared.
        LinkRefused: something is missing, or there are too many already.
    """
    if award.state in OVER or award.state is AwardState.BESIDE:
        raise awards.AwardRevoked("This badge is not the one to share, so no link leads to it.")
    for_whom = " ".join(for_whom.split())
    if not for_whom or len(for_whom) > NOTE_LONGEST:
        raise LinkRefused("Say for whom the link is, in a few words; only you see them.")
    if face not in FACES:
        raise LinkRefused("Choose what the link shows.")
    if days not in map(str, DAYS):
        raise LinkRefused("Choose how long the link works.")
    running = select(func.count(ShareLink.id)).where(
        ShareLink.award_id == award.id,
        ShareLink.withdrawn_at.is_(None),
        ShareLink.expires_at > now,
    )
    if (session.scalar(running) or 0) >= MOST:
        raise LinkRefused(f"At most {MOST} links work at a time. Take one back first.")
    link = ShareLink(
        award=award,
        face=Face(face),
        note=for_whom,
        made_at=now,
        expires_at=now + timedelta(days=int(days)),
    )
    session.add(link)
    session.flush()
    note(session, "sharing.link", award.public_id, actor=award.person, now=now, face=face)
    return link


def links_of(session: Session, award: Badge) -> list[ShareLink]:
    """Every link of an award, newest first, ended ones too."""
    return list(
        session.scalars(
            select(ShareLink).where(ShareLink.award_id == award.id).order_by(ShareLink.id.desc())
        )
    )


def is_open(link: ShareLink, now: datetime) -> bool:
    """Whether a link still leads somewhere."""
    return link.withdrawn_at is None and now < link.expires_at


def open_link(session: Session, token: str, *, now: datetime) -> ShareLink:
    """The link of an address.

    Raises:
        NotFound: there never was one, or its earner's data was erased.
        LinkEnded: it ran out, or was taken back.
    """
    link = session.scalar(
        select(ShareLink).where(ShareLink.token == token).options(joinedload(ShareLink.award))
    )
    if link is None or link.award.erased_at is not None:
        raise NotFound("There is nothing at this address. Ask whoever sent it to you.")
    if not is_open(link, now):
        raise LinkEnded(
            "This link leads nowhere any more. If you still need to see the badge, ask whoever "
            "sent it to you for a new one."
        )
    return link


def count_view(session: Session, link: ShareLink, *, now: datetime) -> None:
    """Count that somebody opened the page; in one statement, so that none is lost."""
    session.execute(
        update(ShareLink)
        .where(ShareLink.id == link.id)
        .values(views=ShareLink.views + 1, viewed_at=now)
        .execution_options(synchronize_session=False)
    )


def withdraw(session: Session, award: Badge, number: int, *, now: datetime) -> None:
    """Take one link back; its page and files end at once. Raises `NotFound`."""
    link = session.scalar(
        select(ShareLink).where(ShareLink.id == number, ShareLink.award_id == award.id)
    )
    if link is None:
        raise NotFound("This badge has no such link.")
    if link.withdrawn_at is None:
        link.withdrawn_at = now
        note(session, "sharing.withdraw-link", award.public_id, actor=award.person, now=now)


def stop_everything(session: Session, award: Badge, *, now: datetime) -> int:
    """Make the award its earner's own again: page, files and every link; returns links ended."""
    awards.stop_sharing(session, award, now=now)
    running = [one for one in links_of(session, award) if is_open(one, now)]
    for link in running:
        link.withdrawn_at = now
    if running:
        note(session, "sharing.withdraw-all", award.public_id, actor=award.person, now=now)
    return len(running)


def be_found(session: Session, award: Badge, *, is_wanted: bool, now: datetime) -> None:
    """Ask search engines to list the page while it is public, or no longer."""
    if award.is_findable is not is_wanted:
        award.is_findable = is_wanted
        act = "sharing.be-found" if is_wanted else "sharing.not-be-found"
        note(session, act, award.public_id, actor=award.person, now=now)
