"""A service that somebody has connected, with everything that can hang on it."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from lti_tool.badges.models import Badge
from lti_tool.people.models import Person
from lti_tool.wallets import registering, scopes, tokens
from lti_tool.wallets.models import (
    ApiToken,
    BadgeHost,
    CodeGrant,
    ConnectedBadge,
    Connection,
    Reach,
    TokenKind,
)
from tests.builders import NOON
from tests.wallets.host import BACK, metadata


def a_host(session: Session, now: datetime = NOON) -> BadgeHost:
    """A service that has registered and been connected before."""
    host = registering.register(session, metadata(), now=now, allows_loopback=False).host
    host.connected_at = now
    return host


def with_everything(session: Session, person: Person, badge: Badge) -> Connection:
    """A connection that has been used, with a chosen badge, a code and its tokens."""
    connection = Connection(
        person=person,
        host=a_host(session),
        scopes=list(scopes.ALL),
        reach=Reach.CHOSEN,
        reach_changed_at=NOON,
        connected_at=NOON,
        used_at=NOON,
        profile_url="https://backpack.example/somebody",
        profile_words=f"I am {person.name}.",
    )
    session.add(connection)
    session.flush()
    chosen = ConnectedBadge(connection_id=connection.id, award_id=badge.id, chosen_at=NOON)
    grant = CodeGrant(
        connection=connection,
        code_digest=tokens.digest(tokens.fresh()),
        redirect_uri=BACK,
        scopes=list(scopes.ALL),
        challenge="c" * 43,
        made_at=NOON,
        expires_at=NOON + timedelta(minutes=10),
        used_at=NOON,
    )
    session.add_all([chosen, grant])
    for kind in TokenKind:
        session.add(
            ApiToken(
                grant=grant,
                kind=kind,
                digest=tokens.digest(tokens.fresh()),
                scopes=list(scopes.ALL),
                made_at=NOON,
                expires_at=NOON + timedelta(hours=1),
            )
        )
    session.flush()
    return connection
