"""`cairn badge`: revoke our own; other rooms add what they do with badges."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta

import click
from sqlalchemy import Engine

from lti_tool.badges import corrections, stack_badges
from lti_tool.badges.corrections import Wanted
from lti_tool.database import connect, sessions
from lti_tool.errors import Refused
from lti_tool.settings import Settings


def _now() -> datetime:
    return datetime.now(UTC)


@click.group()
def badge() -> None:
    """Badges: verify anybody's, extract, revoke our own."""


def _days(
    _context: click.Context, _option: click.Parameter, given: str
) -> tuple[date, date] | None:
    """Two days, `2026-11-01..2026-11-07`, as they were typed."""
    if not given:
        return None
    first, _, last = given.partition("..")
    try:
        days = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        raise click.BadParameter("write two days, such as 2026-11-01..2026-11-07.") from None
    return days


@badge.command()
@click.argument("award_ids", metavar="[ID]...", nargs=-1)
@click.option("--reason", required=True, help="Anybody who checks the badge may read it.")
@click.option("--program", default="", help="Every badge of this program, by its slug.")
@click.option("--credential", default="", help="Of this micro-credential only, by its slug.")
@click.option("--stack", default="", help="Of this stack only, by its slug.")
@click.option(
    "--between",
    default="",
    callback=_days,
    help="Awarded from one day to another: 2026-11-01..2026-11-07, both included.",
)
@click.option("--yes", is_flag=True, help="Do not ask once more.")
def revoke(  # noqa: PLR0917  click gives them by name
    award_ids: tuple[str, ...],
    reason: str,
    program: str,
    credential: str,
    stack: str,
    between: tuple[date, date] | None,
    yes: bool,
) -> None:
    """Take badges back. ID stands in a badge's address; the whole address will do.

    Several are shown first, and taken back all together or not at all.
    """
    if not reason.strip():
        raise click.UsageError("--reason must say why.")
    ids = tuple(one.rstrip("/").rpartition("/")[2] for one in award_ids)
    settings = Settings.load()
    since, before = _moments(between, settings) if between else (None, None)
    if credential and stack:
        raise click.UsageError("Name a --credential or a --stack, not both.")
    wanted = Wanted(
        program=program, credential=credential, stack=stack, since=since, before=before, ids=ids
    )
    if wanted.is_open:
        raise click.UsageError("Name badges by their IDs, or a --program.")
    with _engine(settings) as engine, sessions(engine).begin() as session:
        try:
            seen = corrections.preview(session, wanted)
            if not seen.count:
                raise click.ClickException("There is no badge in force here that fits.")
            if missing := set(ids) - {one.public_id for one in seen.awards}:
                raise click.ClickException(
                    f"There is no badge {', '.join(sorted(missing))} in force here that fits."
                )
            for one in seen.awards:
                title = stack_badges.title_of(one)
                click.echo(
                    f"{one.public_id}  {one.issued_at:%Y-%m-%d}  {one.recipient_name}, {title}"
                )
            if seen.count > 1 and not yes:
                click.confirm(f"Take these {seen.count} badges back?", abort=True)
            corrections.revoke_all(
                session, seen, stamp=seen.stamp, reason=reason, actor=None, now=_now()
            )
        except Refused as refusal:
            raise click.ClickException(str(refusal)) from refusal
    click.echo(f"Revoked: {seen.count}. Verifiers see it within five minutes.")


def _moments(days: tuple[date, date], settings: Settings) -> tuple[datetime, datetime]:
    """When the first day begins and the last one is over, where the installation stands."""
    first, last = (
        datetime.combine(day, time.min, settings.zone).astimezone(UTC)
        for day in (days[0], days[1] + timedelta(days=1))
    )
    return first, last


@contextmanager
def _engine(settings: Settings) -> Iterator[Engine]:
    engine = connect(settings.database_url)
    try:
        yield engine
    finally:
        engine.dispose()
