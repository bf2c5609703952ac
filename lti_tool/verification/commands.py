"""`cairn badge verify` and `extract`: anybody's badges."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import inspect, make_url

from lti_tool.badges.addresses import Addresses
from lti_tool.badges.commands import badge
from lti_tool.badges.models import Award
from lti_tool.badges.published import Published
from lti_tool.database import connect, read_session
from lti_tool.keyring import Keyring
from lti_tool.sealing import baking
from lti_tool.settings import Settings
from lti_tool.verification import checking
from lti_tool.verification.report import Outcome, Report
from lti_tool.verification.sources import OwnDocuments, World

EXIT = {Outcome.VALID: 0, Outcome.NOT_VALID: 1, Outcome.UNCHECKED: 2}
MARKS = {"passed": "ok", "noted": "--", "unknown": "??", "failed": "NO"}


def _now() -> datetime:
    return datetime.now(UTC)


@badge.command()
@click.argument("what", metavar="FILE|URL|-")
@click.option("--recipient", help="E-mail address the badge must belong to.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def verify(what: str, recipient: str | None, as_json: bool) -> None:
    """Check a badge by every named check; exit 0 valid, 1 not valid, 2 could not be checked.

    Reads Open Badges 3.0 and 2.0, learner records and endorsements; - reads standard input.
    """
    settings = Settings.load()
    with _own_documents(settings) as own:
        world = World(own=own, allow=tuple(settings.lti_http_allow))
        report = _verified(what, world, recipient)
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
    else:
        click.echo(report.sentence)
        click.echo(f"  Intact: {report.intact}. Issuer known: {report.issuer_known}.")
        _write(report)
    sys.exit(EXIT[report.outcome])


def _verified(what: str, world: World, recipient: str | None) -> Report:
    if what.startswith(checking.ADDRESS):
        return checking.check_address(
            what, world, now=_now(), recipient=recipient, asks_around=True
        )
    data = sys.stdin.buffer.read(checking.LARGEST + 1) if what == "-" else _read(Path(what))
    return checking.check_file(data, world, now=_now(), recipient=recipient, asks_around=True)


def _write(report: Report, indent: str = "") -> None:
    """The checks by name, and below them those of what is inside."""
    for check in report.checks:
        click.echo(f"{indent}  {MARKS[check.verdict]}  {check.name}: {check.saw}")
    for number, part in enumerate(report.parts, start=1):
        click.echo(f"{indent}  {part.kind} {number} inside, by itself: {part.report.sentence}")
        _write(part.report, f"{indent}    ")


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(checking.LARGEST + 1)
    except OSError as error:
        click.echo(f"{path} cannot be read: {error.strerror}", err=True)
        sys.exit(EXIT[Outcome.UNCHECKED])


class _NobodyHome:
    """Where there is no installation: nothing is our own."""

    def answer(self, url: str) -> tuple[int, bytes] | None:
        """Never ours."""
        return None

    def parts_taken_back(self, url: str) -> list[str]:
        """Nothing of ours rests on anything."""
        return []


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
