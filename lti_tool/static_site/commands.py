"""`cairn badge export-site`: everything public as plain files, for the time after us."""

from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import click

from lti_tool.badges.commands import badge
from lti_tool.database import connect, read_session
from lti_tool.settings import Settings
from lti_tool.verification import commands as verifying

__all__ = ["badge", "verifying"]  # which adds its own to the group

STEP = 100
"""Badges between two lines of progress."""


@badge.command("export-site")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def export_site(folder: Path) -> None:
    """Write everything public as a static site to DIR.

    DIR is made, or replaced where it holds an earlier export. README.txt in it says how a web
    server has to serve it.
    """
    from lti_tool.badges.addresses import Addresses
    from lti_tool.badges.published import Published
    from lti_tool.keyring import Keyring
    from lti_tool.static_site import writing
    from lti_tool.static_site.contents import Contents

    settings = Settings.load()
    now = datetime.now(UTC)
    engine = connect(settings.database_url)
    try:
        keyring = Keyring.open(settings, engine, now)
        with read_session(engine) as session:
            published = Published(session, keyring, Addresses(settings.base_url))
            contents = Contents(published, settings, now=now)
            count = writing.write(
                folder, chain(writing.furniture(settings), contents.files(_progress))
            )
    except writing.PlaceTaken as taken:
        raise click.ClickException(str(taken)) from taken
    finally:
        engine.dispose()
    tally = contents.tally
    click.echo(f"{count} files, {tally.badges} shared badges, in {folder}")
    click.echo(f"Serve them at {settings.base_url}; {folder / 'README.txt'} says how.")
    for address in tally.unsigned:
        click.echo(f"Left out, because it is not signed yet: {address}", err=True)
    for address in tally.doubtful:
        click.echo(f"Written, although it does not verify now: {address}", err=True)


def _progress(done: int, of: int) -> None:
    if done % STEP == 0 or done == of:
        click.echo(f"  {done} of {of} badges")
