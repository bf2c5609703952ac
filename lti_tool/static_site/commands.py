"""`cairn badge export-site`: everything public as plain files, for the time after us."""

import sys
import time
from concurrent.futures.process import BrokenProcessPool
from datetime import UTC, datetime
from pathlib import Path

import click

from lti_tool.badges.commands import badge
from lti_tool.settings import Settings
from lti_tool.verification import commands as verifying

__all__ = ["badge", "verifying"]  # which adds its own to the group


@badge.command("export-site")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--processes",
    type=click.IntRange(1),
    help="How many work at once, at the most; as many as there are cores, if you do not say.",
)
def export_site(folder: Path, processes: int | None) -> None:
    """Write everything public as a static site to DIR.

    DIR is made, or replaced where it holds an earlier export. README.txt in it says how a web
    server has to serve it.
    """
    from lti_tool.static_site import exporting, writing

    settings = Settings.load()
    progress = Progress(time.monotonic())
    try:
        done = exporting.export(
            folder,
            settings,
            now=datetime.now(UTC),
            processes=processes or exporting.cores(),
            tell=progress.tell,
        )
    except writing.PlaceTaken as taken:
        raise click.ClickException(str(taken)) from taken
    except BrokenProcessPool as broken:
        raise click.ClickException(
            f"One of the processes was ended from outside, perhaps for want of memory. {folder} is "
            "as it was. Try again with --processes 1."
        ) from broken
    except OSError as error:
        raise click.ClickException(f"{error}. {folder} is as it was.") from error
    finally:
        progress.end()
    files, tally = done.files, done.tally
    kept = f", {files.kept} of them as they were" if files.kept else ""
    click.echo(f"{files.count} files{kept}; {tally.badges} shared badges, in {folder}")
    click.echo(f"Serve them at {settings.base_url}; {folder / 'README.txt'} says how.")
    for address in tally.unsigned:
        click.echo(f"Left out, because it is not signed yet: {address}", err=True)
    for address in tally.doubtful:
        click.echo(f"Written, although it does not verify now: {address}", err=True)


class Progress:
    """One line that changes, for somebody who watches; nothing for a file or another program."""

    def __init__(self, began: float) -> None:
        """Begin to count, at a time of the monotonic clock."""
        self._began = began
        self._is_watched = sys.stderr.isatty()

    def tell(self, done: int, of: int) -> None:
        """Say how far it is."""
        if self._is_watched and of:
            words = in_words(done, of, time.monotonic() - self._began)
            click.echo(f"\r\033[K{words}", nl=False, err=True)

    def end(self) -> None:
        """Leave the line as if nothing had been there."""
        if self._is_watched:
            click.echo("\r\033[K", nl=False, err=True)


def in_words(done: int, of: int, seconds: float) -> str:
    """How far it is, how fast it goes, and what is left."""
    words = f"{done} of {of} badges"
    if not done or seconds <= 0:
        return words
    rate = done / seconds
    left = round((of - done) / rate)
    minutes = f"{left // 60} min {left % 60} s" if left >= 60 else f"{left} s"
    return f"{words}, {rate:.1f} a second, about {minutes} left" if done < of else words
