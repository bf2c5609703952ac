"""Commands of those who run an installation: serve, worker, db, doctor."""

import sys

import click

from lti_tool.settings import Settings


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--workers",
    default=None,
    type=click.IntRange(1, 64),
    help="Web processes; one per core on PostgreSQL, always one on SQLite.",
)
@click.option("--no-migrate", is_flag=True, help="Do not apply pending migrations first.")
def serve(host: str, port: int, workers: int | None, no_migrate: bool) -> None:
    """Run the web server; on SQLite with its background child."""
    from lti_tool import processes

    settings = Settings.load()
    if settings.is_sqlite and workers not in (None, 1):
        raise click.UsageError(
            "SQLite has one writer, so --workers must be 1. For more, use PostgreSQL:"
            " set CAIRN_DATABASE_URL."
        )
    _require_keys(settings)
    try:
        processes.serve(
            settings, host=host, port=port, workers=workers, migrate_first=not no_migrate
        )
    except processes.PortTaken as refusal:
        raise click.ClickException(str(refusal)) from None


@click.command()
def worker() -> None:
    """Carry out background work (PostgreSQL; as many processes and hosts as wanted)."""
    from lti_tool.worker import run_worker

    settings = Settings.load()
    if settings.is_sqlite:
        raise click.UsageError(
            "On SQLite `cairn serve` runs the one background child itself. A separate worker"
            " needs PostgreSQL: set CAIRN_DATABASE_URL."
        )
    _require_keys(settings)
    run_worker(settings)


def _require_keys(settings: Settings) -> None:
    """Say at once that private keys cannot be opened; each process would fail over it, unseen."""
    from lti_tool.checkup import private_keys

    finding = private_keys(settings)
    if not finding.is_well:
        raise click.ClickException(finding.words)


@click.group()
def db() -> None:
    """The database."""


@db.command()
def upgrade() -> None:
    """Apply pending migrations, one process at a time."""
    from lti_tool import processes

    processes.migrate(Settings.load())
    click.echo("The database is up to date.")


@click.command()
def doctor() -> None:
    """Check this installation's settings and say what is amiss."""
    from lti_tool.checkup import examine

    findings = examine(Settings.load())
    for finding in findings:
        mark = "ok  " if finding.is_well else "AMISS"
        click.echo(f"{mark}  {finding.name}: {finding.words}")
    if not all(finding.is_well for finding in findings):
        sys.exit(1)
