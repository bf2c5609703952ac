"""Connect a service, choose which badges it is given, end it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session, joinedload

from lti_tool.badges import awards
from lti_tool.badges.models import OVER, Badge
from lti_tool.badges.stack_badges import title_of
from lti_tool.errors import NotFound, Refused
from lti_tool.holdings import keeping
from lti_tool.holdings.models import HeldBadge
from lti_tool.people.audit import note
from lti_tool.people.models import Person
from lti_tool.wallets import scopes
from lti_tool.wallets.models import (
    ApiToken,
    BadgeHost,
    CodeGrant,
    ConnectedBadge,
    Connection,
    Reach,
)

USE_IS_NOTED = timedelta(minutes=5)
"""How much time passes between two notes that a connection is used."""

STANDARD = "Open Badges 3.0"
"""What the API speaks; badges from elsewhere may be older."""


class NothingAllowed(Refused):
    """Somebody connects a service and lets it do nothing."""

    status = 422


class NoBadgeChosen(Refused):
    """Only chosen badges are to be given out, and none was chosen."""

    status = 422


@dataclass(frozen=True)
class Wish:
    """What somebody lets a service do."""

    scopes: Collection[str]
    reach: Reach
    badges: Collection[str] = ()
    """Public ids of the chosen ones, where only those are given out."""


def connections_of(session: Session, person: Person) -> Sequence[Connection]:
    """Everything a person has connected, the newest first."""
    return session.scalars(
        select(Connection)
        .where(Connection.person_id == person.id)
        .options(joinedload(Connection.host))
        .order_by(Connection.connected_at.desc(), Connection.id.desc())
    ).all()


def find(session: Session, public_id: str, *, for_: Person) -> Connection:
    """One of the person's connections. Raises `NotFound`."""
    found = session.scalar(select(Connection).where(Connection.public_id == public_id))
    if found is None or found.person_id != for_.id:
        raise NotFound("This service is not connected to your badges, or no longer.")
    return found


def between(session: Session, person: Person, host: BadgeHost) -> Connection | None:
    """The person's connection with this service, if there is one."""
    return session.scalar(
        select(Connection).where(Connection.person_id == person.id, Connection.host_id == host.id)
    )


@dataclass(frozen=True)
class Choosable:
    """A badge that a connection can give out."""

    public_id: str
    title: str
    issuer: str
    issued_at: datetime | None
    is_private: bool
    award_id: int | None = None
    held_id: int | None = None


def badges_to_choose(session: Session, person: Person) -> list[Choosable]:
    """All badges of a person that are still true, the newest first; then those from elsewhere."""
    own = [
        Choosable(
            public_id=one.public_id,
            title=title_of(one),
            issuer=one.issuer.name,
            issued_at=one.issued_at,
            is_private=one.shared_at is None,
            award_id=one.id,
        )
        for one in awards.badges_of(session, person)
        if one.state not in OVER and one.erased_at is None
    ]
    brought = [
        Choosable(
            public_id=one.public_id,
            title=one.title,
            issuer=one.issuer_name,
            issued_at=None,
            is_private=True,
            held_id=one.id,
        )
        for one in keeping.held_by(session, person)
        if can_be_given_out(one)
    ]
    return own + brought


def can_be_given_out(held: HeldBadge) -> bool:
    """Whether one from elsewhere is of the standard that is spoken here, and not over."""
    return held.counts and held.form.startswith(STANDARD)


def chosen(session: Session, connection: Connection) -> set[str]:
    """Public ids of the badges that were chosen for it."""
    own = select(Badge.public_id).join(ConnectedBadge, ConnectedBadge.award_id == Badge.id)
    brought = select(HeldBadge.public_id).join(
        ConnectedBadge, ConnectedBadge.held_id == HeldBadge.id
    )
    of_this = ConnectedBadge.connection_id == connection.id
    return {
        *session.scalars(own.where(of_this)),
        *session.scalars(brought.where(of_this)),
    }


def connect(
    session: Session,
    host: BadgeHost,
    *,
    person: Person,
    scopes: Sequence[str],
    wish: Wish,
    now: datetime,
) -> Connection:
    """Let a service do these things, from now on and instead of what was agreed before.

    Raises:
        NothingAllowed: the wish leaves nothing it could do.
        NoBadgeChosen: only chosen badges are to be given out, and none was.
    """
    if not _does_something(scopes):
        raise NothingAllowed(
            "Choose at least one thing that it may do, or choose not to connect it."
        )
    # Of two consents at the same moment, the later finds the earlier.
    session.scalars(
        select(Person.id).where(Person.id == person.id).with_for_update(key_share=True)
    ).one()
    found = between(session, person, host)
    if found is None:
        found = Connection(
            person=person,
            host=host,
            scopes=list(scopes),
            reach=wish.reach,
            reach_changed_at=now,
            connected_at=now,
        )
        session.add(found)
        session.flush()
        host.connected_at = host.connected_at or now
    found.scopes = list(scopes)
    found.connected_at = now
    if reads(found):
        choose(session, found, wish, now=now)
    note(session, "wallets.connect", host.host, actor=person, now=now, scopes=list(scopes))
    return found


def _does_something(given: Sequence[str]) -> bool:
    return any(one != scopes.STAY for one in given)


def reads(connection: Connection) -> bool:
    """Whether it may see badges at all, so that there is something to choose."""
    return scopes.READ in connection.scopes


def choose(session: Session, connection: Connection, wish: Wish, *, now: datetime) -> None:
    """Give out these badges from now on. Raises `NoBadgeChosen`."""
    wanted = set(wish.badges) if wish.reach is Reach.CHOSEN else set()
    mine = {
        (one.award_id, one.held_id)
        for one in badges_to_choose(session, connection.person)
        if one.public_id in wanted
    }
    if wish.reach is Reach.CHOSEN and not mine:
        raise NoBadgeChosen("Choose at least one badge, or all of them.")
    if connection.reach is not wish.reach:
        connection.reach, connection.reach_changed_at = wish.reach, now
    rows = session.scalars(
        select(ConnectedBadge).where(ConnectedBadge.connection_id == connection.id)
    )
    there = {(row.award_id, row.held_id): row for row in rows}
    for key in there.keys() - mine:
        session.delete(there[key])
    for award_id, held_id in mine - there.keys():
        session.add(
            ConnectedBadge(
                connection_id=connection.id, award_id=award_id, held_id=held_id, chosen_at=now
            )
        )
    session.flush()


def disconnect(session: Session, connection: Connection, *, now: datetime) -> str:
    """End it, with every code and token; returns the host's name."""
    host = connection.host.host
    note(session, "wallets.disconnect", host, actor=connection.person, now=now)
    session.execute(delete(Connection).where(Connection.id == connection.id))
    session.expire_all()
    return host


def is_use_to_be_noted(connection: Connection, *, now: datetime) -> bool:
    """Whether its last noted use is a while ago."""
    return connection.used_at is None or now - connection.used_at > USE_IS_NOTED


def note_use(session: Session, connection_id: int, *, now: datetime) -> None:
    """Write down that the service asked, for the person's page."""
    found = session.get(Connection, connection_id)
    if found is not None:
        found.used_at = now


def sweep(session: Session, connection: Connection, *, now: datetime) -> None:
    """Let go of what has run out under a connection: tokens, and codes nothing hangs on."""
    session.flush()
    grants = select(CodeGrant.id).where(CodeGrant.connection_id == connection.id)
    session.execute(
        delete(ApiToken).where(ApiToken.grant_id.in_(grants), ApiToken.expires_at <= now)
    )
    alive = select(ApiToken.grant_id)
    session.execute(
        delete(CodeGrant).where(
            CodeGrant.connection_id == connection.id,
            CodeGrant.expires_at <= now,
            or_(CodeGrant.used_at.is_(None), CodeGrant.id.not_in(alive)),
        )
    )
