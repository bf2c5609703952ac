"""Services somebody connected, given out and ended (T-135)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from lti_tool.people.models import Person
from lti_tool.people.personal_data import Holding, Plan, count, when
from lti_tool.wallets import connections
from lti_tool.wallets.models import Connection


def export_of(session: Session, person: Person) -> Mapping[str, Any]:
    """Every connection: which host, what it may, which badges, when."""
    return {
        "connected services": [
            {
                "host": one.host.host,
                "calls itself": one.host.name,
                "may": one.scopes,
                "badges": one.reach.value,
                "chosen badges": sorted(connections.chosen(session, one)),
                "knows you as": one.subject,
                "your page there": one.profile_url,
                "your words there": one.profile_words,
                "connected": when(one.connected_at),
                "last used": when(one.used_at),
            }
            for one in connections.connections_of(session, person)
        ]
    }


def holdings(session: Session, person: Person, _plan: Plan) -> list[Holding]:
    """What `erase` takes, also where badges are kept: nobody is left to ask for them."""
    found = count(session, Connection.id, Connection.person_id == person.id)
    return [Holding("connected services", found)]


def erase(session: Session, person: Person, _plan: Plan) -> None:
    """End every connection, with its codes and tokens, in the same moment."""
    session.execute(delete(Connection).where(Connection.person_id == person.id))
