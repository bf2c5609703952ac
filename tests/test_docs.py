"""The documents keep their word: commands exist, links lead somewhere, settings are all named."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from lti_tool.cli import cairn
from lti_tool.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("keys/*.md")])


def commands(page: Path) -> Iterator[str]:
    """Every `cairn …` of a page: in its code blocks and between backticks."""
    text = page.read_text()
    for block in re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            found = re.match(r"\s*(?:\.venv/bin/)?(cairn .*?)(?:\s+#.*)?$", line)
            if found:
                yield found[1]
    yield from re.findall(r"`(?:\.venv/bin/)?(cairn [^`\n]+)`", text)


def resolve(words: list[str]) -> None:
    """Walk down the groups, then see that each option is one the command takes.

    Raises:
        AssertionError: a command or an option does not exist.
    """
    command: click.Command = cairn
    context = click.Context(cairn)
    rest = list(words)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        # `approve|block` in a table stands for both.
        group = command
        for name in rest[0].split("|"):
            child = group.get_command(context, name)
            assert child is not None, f"there is no command {name!r} in {' '.join(words)!r}"
            command = child
        rest = rest[1:]
    known = {"--help"}
    for parameter in command.params:
        known.update((*parameter.opts, *parameter.secondary_opts))
    for word in rest:
        option = word.strip("[]").split("=")[0]
        if option.startswith("--") and option != "--":
            assert option in known, f"{' '.join(words)!r}: there is no option {option}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_in_the_documents_exists_with_its_options(page: Path) -> None:
    for words in commands(page):
        resolve(shlex.split(words.replace("…", "x"), comments=True)[1:])


def test_a_command_that_does_not_exist_is_noticed() -> None:
    with pytest.raises(AssertionError, match="no command 'fly'"):
        resolve(["badge", "fly"])
    with pytest.raises(AssertionError, match="no option --loudly"):
        resolve(["badge", "verify", "FILE", "--loudly"])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), f"{page.name} leads to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_targets_in_the_documents_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    for name in re.findall(r"`make ([a-z]+)", page.read_text()):
        assert name in targets


def test_every_setting_is_explained_and_nothing_else_is() -> None:
    text = (ROOT / "docs" / "operate.md").read_text()
    named = set(re.findall(r"`CAIRN_([A-Z_]+)`", text))
    known = {name.upper() for name in Settings.model_fields}

    assert named == known
