"""`cairn service`: services that people connected, and hosts that are not let in."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click
from sqlalchemy.orm import Session

from lti_tool.database import connect, sessions
from lti_tool.settings import Settings
from lti_tool.wallets import barring


@click.group()
def service() -> None:
    """Services that hold badges: which are connected, and which are not let in."""


@service.command(name="list")
def list_() -> None:
    """Every host that somebody has connected, or that is barred; no person is named."""
    with _session() as session:
        found = barring.known_hosts(session)
        for one in found:
            used = f", last used {one.last_used_at:%Y-%m-%d}" if one.last_used_at else ""
            state = f"barred: {one.barred.reason}" if one.barred else ", ".join(one.names)
            click.echo(f"{one.host}  connections {one.connections}{used}  {state}")
    if not found:
        click.echo("No service is connected and no host is barred.")


@service.command()
@click.argument("host")
@click.option("--reason", required=True, help="Kept in the audit trail.")
def bar(host: str, reason: str) -> None:
    """End all connections with HOST at once, and let none of its services register."""
    with _session() as session:
        ended = barring.bar(session, host.lower(), reason=reason, now=_now())
    click.echo(f"{host.lower()} is barred. Connections ended: {ended}.")


@service.command()
@click.argument("host")
def admit(host: str) -> None:
    """Let services of HOST register again."""
    with _session() as session:
        was_barred = barring.admit(session, host.lower(), now=_now())
    if not was_barred:
        raise click.ClickException(f"{host.lower()} is not barred.")
    click.echo(f"{host.lower()} may register again. People have to connect it anew.")


def _now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def _session() -> Iterator[Session]:
    engine = connect(Settings.load().database_url)
    try:
        with sessions(engine).begin() as session:
            yield session
    finally:
        engine.dispose()
