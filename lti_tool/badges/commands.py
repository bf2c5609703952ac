"""`cairn badge`: verify anybody's badges, extract them from images, revoke our own."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import Engine, inspect, make_url, select

from lti_tool.badges import awards, baking, verification
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import Award
from lti_tool.badges.published import Published
from lti_tool.badges.report import Outcome, Report
from lti_tool.badges.sources import Fetched, OwnDocuments, World
from lti_tool.database import connect, read_session, sessions
from lti_tool.keyring import Keyring
from lti_tool.settings import Settings

EXIT = {Outcome.VALID: 0, Outcome.NOT_VALID: 1, Outcome.UNCHECKED: 2}
MARKS = {"passed": "ok", "noted": "--", "unknown": "??", "failed": "NO"}


def _now() -> datetime:
    return datetime.now(UTC)


@click.group()
def badge() -> None:
    """Badges: verify anybody's, extract, revoke our own."""


@badge.command()
@click.argument("what", metavar="FILE|URL")
@click.option("--recipient", help="E-mail address the badge must belong to.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def verify(what: str, recipient: str | None, as_json: bool) -> None:
    """Check a badge by every named check; exit 0 valid, 1 not valid, 2 could not be checked."""
    settings = Settings.load()
    with _own_documents(settings) as own:
        world = World(own=own, allow=tuple(settings.lti_http_allow))
        report = _verified(what, world, recipient)
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
    else:
        click.echo(report.sentence)
        for check in report.checks:
            click.echo(f"  {MARKS[check.verdict]}  {check.name}: {check.saw}")
    sys.exit(EXIT[report.outcome])


def _verified(what: str, world: World, recipient: str | None) -> Report:
    if what.startswith(("https://", "http://")):
        return verification.verify_address(what, world, now=_now(), recipient=recipient)
    return verification.verify(_read(Path(what)), world, now=_now(), recipient=recipient)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(verification.LARGEST + 1)
    except OSError as error:
        click.echo(f"{path} cannot be read: {error.strerror}", err=True)
        sys.exit(EXIT[Outcome.UNCHECKED])


class _NobodyHome:
    """Where there is no installation: nothing is our own."""

    def answer(self, url: str) -> Fetched | None:
        """Never ours."""
        return None


@contextmanager
def _own_documents(settings: Settings) -> Iterator[OwnDocuments]:
    """The documents of this installation, or nobody's where none was set up here."""
    url = make_url(settings.database_url)
    if settings.is_sqlite and not (url.database and Path(url.database).exists()):
        yield _NobodyHome()
        return
    engine = connect(settings.database_url)
    try:
        if not inspect(engine).has_table(Award.__tablename__):
            yield _NobodyHome()
            return
        keyring = Keyring.open(settings, engine, _now())
        with read_session(engine) as session:
            yield Published(session, keyring, Addresses(settings.base_url))
    finally:
        engine.dispose()


@badge.command()
@click.argument("image", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def extract(image: Path) -> None:
    """Write the credential that is baked into a PNG or SVG."""
    try:
        found = baking.extract(_read(image))
    except baking.NothingBaked as error:
        raise click.ClickException(f"{error}.") from error
    click.echo(found.text)


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
