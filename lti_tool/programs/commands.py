"""`cairn program`: check, import, export and list program packages."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import Engine

from lti_tool import schema
from lti_tool.database import connect, read_session, sessions
from lti_tool.errors import Refused
from lti_tool.programs import catalogue, packages, publishing
from lti_tool.programs.interchange import Fault
from lti_tool.settings import Settings

package_path = click.argument("path", type=click.Path(exists=True, path_type=Path, readable=True))


@click.group()
def program() -> None:
    """Program packages: what can be earned."""


@program.command()
@click.argument(
    "paths",
    metavar="PATH...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, path_type=Path, readable=True),
)
@click.option("--json", "as_json", is_flag=True, help="Write faults and advice as JSON.")
def check(paths: tuple[Path, ...], as_json: bool) -> None:
    """Say what is wrong with packages; publishes nothing. Exit code 1 when there are faults.

    Advice is told apart from faults, and a package with advice is fit to be published.
    """
    reports = {path: packages.report(path) for path in paths}
    if as_json:
        told = [{"path": str(path), **asdict(report)} for path, report in reports.items()]
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        for path, report in reports.items():
            if report.faults and len(reports) > 1:
                click.echo(f"{path}:", err=True)
            _tell(report.faults)
            if not report.faults:
                click.echo(f"{path}: no faults.")
            for remark in report.advice:
                click.echo(f"  advice: {remark}")
    if any(report.faults for report in reports.values()):
        sys.exit(1)


@program.command("import")
@package_path
def import_(path: Path) -> None:
    """Publish a package; it becomes the current version of its program."""
    try:
        package = packages.read(path)
        with _database() as engine, sessions(engine).begin() as session:
            version = publishing.import_package(session, package, now=datetime.now(UTC))
            published = f"{package.slug} v{version.number}: {version.title}"
    except packages.PackageFaulty as refusal:
        _tell(refusal.faults)
        click.echo("Nothing was published.", err=True)
        sys.exit(1)
    except Refused as refusal:
        click.echo(str(refusal), err=True)
        sys.exit(1)
    click.echo(f"Published: {published}")


@program.command()
@click.argument("slug")
def export(slug: str) -> None:
    """Write the current version of a program as one YAML file to standard output."""
    try:
        with _database() as engine, read_session(engine) as session:
            text = publishing.export(session, slug)
    except Refused as refusal:
        click.echo(str(refusal), err=True)
        sys.exit(1)
    click.echo(text, nl=False)


@program.command("list")
@click.option("--json", "as_json", is_flag=True, help="Write the list as JSON.")
def list_(as_json: bool) -> None:
    """List the published programs with the slugs of their credentials."""
    with _database() as engine, read_session(engine) as session:
        offers = catalogue.offers(session)
    if as_json:
        listed = [
            {
                "slug": offer.slug,
                "version": offer.number,
                "title": offer.title,
                "credentials": [credential.slug for credential in offer.credentials],
            }
            for offer in offers
        ]
        click.echo(json.dumps(listed, ensure_ascii=False, indent=2))
        return
    if not offers:
        click.echo("No program is published yet: `cairn program import PATH`.")
    for offer in offers:
        click.echo(f"{offer.slug} v{offer.number}: {offer.title}")
        for credential in offer.credentials:
            note = "" if credential.can_begin else "  (in preparation)"
            click.echo(f"  {credential.slug}: {credential.title}{note}")


@contextmanager
def _database() -> Iterator[Engine]:
    """The database; one that was never used gets its tables, an old one is left alone."""
    engine = connect(Settings.load().database_url)
    try:
        if schema.current(engine) is None:
            schema.upgrade(engine)
        if schema.pending(engine):
            raise click.ClickException("The database is not up to date: run `cairn db upgrade`.")
        yield engine
    finally:
        engine.dispose()


def _tell(faults: list[Fault]) -> None:
    for fault in faults:
        click.echo(str(fault), err=True)
