"""Hosts that whoever runs the installation lets in no longer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from lti_tool.people.audit import note
from lti_tool.wallets.models import BadgeHost, BarredHost, Connection


@dataclass(frozen=True)
class KnownHost:
    """A host, and what is known of it."""

    host: str
    names: Sequence[str]
    """What its services call themselves."""
    connections: int
    last_used_at: datetime | None
    barred: BarredHost | None


def is_barred(session: Session, host: str) -> bool:
    """Whether services of this host are refused."""
    return session.scalar(select(BarredHost.id).where(BarredHost.host == host)) is not None


def bar(session: Session, host: str, *, reason: str, now: datetime) -> int:
    """End every connection with a host, now and for good; how many there were."""
    services = select(BadgeHost.id).where(BadgeHost.host == host)
    ended = session.scalars(
        delete(Connection).where(Connection.host_id.in_(services)).returning(Connection.id)
    ).all()
    session.execute(delete(BadgeHost).where(BadgeHost.host == host))
    if not is_barred(session, host):
        session.add(BarredHost(host=host, reason=reason, barred_at=now))
    note(session, "wallets.bar", host, actor=None, now=now, reason=reason, ended=len(ended))
    return len(ended)


def admit(session: Session, host: str, *, now: datetime) -> bool:
    """Let a host register again; whether it was barred."""
    found = session.scalar(select(BarredHost).where(BarredHost.host == host))
    if found is not None:
        session.delete(found)
        note(session, "wallets.admit", host, actor=None, now=now)
    return found is not None


def known_hosts(session: Session) -> list[KnownHost]:
    """Every host that somebody has connected, or that is barred, by name."""
    used = {
        host: (count, last)
        for host, count, last in session.execute(
            select(BadgeHost.host, func.count(Connection.id), func.max(Connection.used_at))
            .join(Connection, Connection.host_id == BadgeHost.id)
            .group_by(BadgeHost.host)
        )
    }
    names: dict[str, list[str]] = {}
    for host, name in session.execute(select(BadgeHost.host, BadgeHost.name).distinct()):
        names.setdefault(host, []).append(name)
    barred = {one.host: one for one in session.scalars(select(BarredHost))}
    return [
        KnownHost(host, sorted(names.get(host, [])), *used.get(host, (0, None)), barred.get(host))
        for host in sorted(used.keys() | barred.keys())
    ]
