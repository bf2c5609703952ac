"""`cairn platform set` and `cairn deployment set`: what one LMS is allowed beyond the rule."""

from typing import Any

import click

from lti_tool.launch import platforms
from lti_tool.launch.commands import change, deployment, now, platform
from lti_tool.settings import Settings

__all__ = ["deployment", "platform"]


@platform.command("set")
@click.argument("named", metavar="ID")
@click.option(
    "--extra-audience",
    "extra_audiences",
    multiple=True,
    help="An audience its launches may name beside this tool. May be repeated; replaces the list.",
)
@click.option("--no-extra-audiences", is_flag=True, help="Only this tool as audience again.")
@click.option(
    "--numbers-as-user-ids/--text-user-ids",
    "sub_may_be_number",
    default=None,
    help="Take a user id that is a whole number as its digits, or refuse it.",
)
@click.option(
    "--approve-deployments/--ask-for-deployments",
    "approves_deployments",
    default=None,
    help="Let deployments in at once, or ask an administrator first.",
)
@click.option("--legacy-key", default=None, help="Consumer key the tool had there as LTI 1.1.")
@click.option("--no-legacy-key", is_flag=True, help="Forget the LTI 1.1 key and its secret.")
def set_platform(
    named: str,
    extra_audiences: tuple[str, ...],
    no_extra_audiences: bool,
    legacy_key: str | None,
    no_legacy_key: bool,
    **allowed: Any,
) -> None:
    """Change what a platform is allowed; the secret of --legacy-key is asked for."""
    settings = Settings.load()
    legacy = ("", "") if no_legacy_key else None
    if legacy_key:
        secret = click.prompt("Shared secret of the LTI 1.1 tool", hide_input=True)
        legacy = (legacy_key, secret)
    wanted = extra_audiences if extra_audiences or no_extra_audiences else None
    with change(settings) as session:
        row = platforms.find_platform(session, named)
        platforms.change(
            session,
            row,
            extra_audiences=wanted,
            legacy=legacy,
            settings=settings,
            actor=None,
            now=now(),
            **allowed,
        )
        click.echo(f"{row.name} ({row.issuer}, {row.client_id})")
        click.echo(f"  audiences beside this tool: {', '.join(row.extra_audiences) or 'none'}")
        click.echo(f"  user ids that are numbers: {_taken(row.sub_may_be_number)}")
        click.echo(f"  new deployments: {'let in' if row.approves_deployments else 'ask first'}")
        click.echo(f"  LTI 1.1 consumer key: {row.legacy_key or 'none'}")


def _taken(is_taken: bool) -> str:
    return "taken" if is_taken else "refused"


@deployment.command("set")
@click.argument("named", metavar="ID")
@click.option(
    "--guests/--no-guests",
    "allow_anonymous",
    default=None,
    help="Let launches that name nobody look around, or refuse them.",
)
@click.option(
    "--assistants-grade/--assistants-look",
    "assistants_grade",
    default=None,
    help="What teaching assistants may: all that instructors may, or see progress only.",
)
def set_deployment(named: str, **allowed: Any) -> None:
    """Change what an installation of the tool allows."""
    with change(Settings.load()) as session:
        row = platforms.find_deployment(session, named)
        platforms.change_deployment(session, row, actor=None, now=now(), **allowed)
        click.echo(f"Deployment {row.deployment_id} of {row.registration.name}")
        click.echo(f"  launches that name nobody: {_taken(row.allow_anonymous)}")
        may = "what instructors may" if row.assistants_grade else "see progress only"
        click.echo(f"  teaching assistants: {may}")
