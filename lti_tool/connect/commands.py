"""`cairn platform invite`, beside the other commands of the group."""

import click

from lti_tool.connect import invitations
from lti_tool.launch.commands import as_json, change, now, write
from lti_tool.launch.set_commands import platform
from lti_tool.settings import Settings

__all__ = ["platform"]


@platform.command()
@click.option(
    "--approve-deployments",
    "approves_deployments",
    is_flag=True,
    help="Let in every deployment of the LMS that registers, without looking at each.",
)
@as_json
def invite(approves_deployments: bool, as_json: bool) -> None:
    """Make a one-time address at which an LMS registers itself, good for a week."""
    settings = Settings.load()
    with change(settings) as session:
        made = invitations.make(
            session, settings, approves_deployments=approves_deployments, actor=None, now=now()
        )
        address = invitations.address(settings, made.token)
        expires_at = made.invitation.expires_at
    if as_json:
        write({"url": address, "expires_at": expires_at.isoformat()})
        return
    click.echo(address)
    click.echo(f"Good for one registration until {expires_at:%Y-%m-%d %H:%M} UTC.")
    click.echo("Canvas: Admin > Apps > Manage > Install a New App > Dynamic Registration.")
    click.echo("Moodle: Site administration > Plugins > External tool > Manage tools > Tool URL.")
