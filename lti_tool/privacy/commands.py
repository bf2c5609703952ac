"""`cairn person export` and `erase`, beside the other commands of the group."""

import os
from pathlib import Path

import click

from lti_tool.launch.commands import change, now, person
from lti_tool.people.audit import note
from lti_tool.portfolio.artifact_store import ArtifactStore
from lti_tool.privacy import erasure, export
from lti_tool.settings import Settings

__all__ = ["person"]


@person.command("export")
@click.argument("person_id", metavar="ID", type=int)
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the ZIP; nothing is written over.",
)
def export_person(person_id: int, out: Path) -> None:
    """Write everything that is kept about one person into a ZIP."""
    settings = Settings.load()
    with change(settings) as session:
        found = erasure.find_person(session, person_id)
        told = export.tell(session, found, now=now())
        note(session, "privacy.export", f"person {found.id}", actor=None, now=now())
    try:
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as fault:
        raise click.ClickException(f"{out} cannot be written: {fault.strerror}.") from fault
    with os.fdopen(handle, "wb") as file:
        for piece in export.archive(told, ArtifactStore(settings.evidence_url)):
            file.write(piece)
    click.echo(f"Written: {out} ({len(told.texts)} texts, {len(told.files)} files)")


@person.command("erase")
@click.argument("person_id", metavar="ID", type=int)
@click.option("--keep-badges", is_flag=True, help="They asked to keep the badges they earned.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase_person(person_id: int, keep_badges: bool, yes: bool) -> None:
    """Erase what is kept about one person, after showing what goes and what stays."""
    settings = Settings.load()
    with change(settings) as session:
        found = erasure.find_person(session, person_id)
        words = erasure.words_to_type(found)
        click.echo(f"{found.name} {found.email or ''}".rstrip())
        for shelf in erasure.preview(session, found, now=now(), keep_badges=keep_badges):
            click.echo(shelf.title)
            for holding in shelf.holdings:
                becomes = f"stays: {holding.stays}" if holding.stays else "goes"
                click.echo(f"  {holding.count} {holding.words}: {becomes}")
    if not yes and click.prompt(f"Nothing brings it back. Type: {words}\n") != words:
        raise click.ClickException("Nothing was erased.")
    with change(settings) as session:
        found = erasure.find_person(session, person_id)
        erasure.erase(session, found, keep_badges=keep_badges, actor=None, now=now())
    click.echo("Erased. Their files are taken away by the next background run.")
