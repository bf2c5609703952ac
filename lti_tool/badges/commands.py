"""`cairn badge`: revoke our own; other rooms add what they do with badges."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click
from sqlalchemy import Engine, select

from lti_tool.badges import awards
from lti_tool.badges.models import Award
from lti_tool.database import connect, sessions
from lti_tool.settings import Settings


def _now() -> datetime:
    return datetime.now(UTC)


@click.group()
def badge() -> None:
    """Badges: verify anybody's, extract, revoke our own."""


@badge.command()
@click.argument("award_id", metavar="ID")
@click.option("--reason", required=True, help="Anybody who checks the badge may read it.")
def revoke(award_id: str, reason: str) -> None:
    """Take a badge back. ID stands in its address; the whole address will do."""
    public_id = award_id.rstrip("/").rpartition("/")[2]
    if not reason.strip():
        raise click.UsageError("--reason must say why.")
    with _engine() as engine, sessions(engine).begin() as session:
        found = session.scalar(select(Award).where(Award.public_id == public_id))
        if found is None:
            raise click.ClickException(f"There is no badge {public_id} here.")
        awards.revoke(session, found, reason=reason.strip(), actor=None, now=_now())
        name = found.credential_version.title
    click.echo(f"Revoked: {name}, {public_id}. Verifiers see it within five minutes.")


@contextmanager
def _engine() -> Iterator[Engine]:
    engine = connect(Settings.load().database_url)
    try:
        yield engine
    finally:
        engine.dispose()
