"""`cairn`: the command line. Each room keeps its own commands; this file only lists them."""

import importlib
import sys
from collections.abc import Mapping

import click

from lti_tool.settings import SettingsRefused

COMMANDS: Mapping[str, str] = {
    "admin": "lti_tool.launch.commands:admin",
    "badge": "lti_tool.static_site.commands:badge",
    "certify": "lti_tool.certification.command:certify",
    "db": "lti_tool.operation:db",
    "demo": "lti_tool.demo:demo",
    "deployment": "lti_tool.launch.set_commands:deployment",
    "doctor": "lti_tool.operation:doctor",
    "keys": "lti_tool.admin.commands:keys",
    "launch": "lti_tool.admin.commands:launch",
    "person": "lti_tool.privacy.commands:person",
    "platform": "lti_tool.connect.commands:platform",
    "program": "lti_tool.programs.commands:program",
    "serve": "lti_tool.operation:serve",
    "service": "lti_tool.wallets.commands:service",
    "walk": "lti_tool.walk.command:walk",
    "worker": "lti_tool.operation:worker",
}
"""Where each command lives; imported only when it is called, so that `--help` is quick."""


class Lazy(click.Group):
    """A group that imports a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order of the alphabet."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command, or `None` where there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command


@click.command(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cairn-lti", prog_name="cairn")
def cairn() -> None:
    """Cairn: micro-credentials inside the LMS."""


def main() -> None:
    """Run the command line; a setting that makes no sense ends it with its name."""
    try:
        cairn()
    except SettingsRefused as refusal:
        click.echo(f"Settings refused:\n{refusal}", err=True)
        sys.exit(2)
