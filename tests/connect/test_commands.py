"""`cairn platform invite`."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, select

from lti_tool.cli import cairn
from lti_tool.connect.models import Invitation
from lti_tool.database import sessions
from lti_tool.settings import Settings


@pytest.fixture
def at_home(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A shell where the tool runs."""
    monkeypatch.setenv("CAIRN_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("CAIRN_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("CAIRN_BASE_URL", "https://cairn.example.edu")
    return settings


@pytest.mark.row("T-130")
@pytest.mark.usefixtures("at_home")
def test_an_invitation_is_made_on_the_command_line(engine: Engine, tmp_path: Path) -> None:
    done = CliRunner().invoke(cairn, ["platform", "invite", "--json"])

    assert done.exit_code == 0, done.output
    url = json.loads(done.output)["url"]
    assert url.startswith("https://cairn.example.edu/lti/register?invitation=")
    with sessions(engine)() as session:
        row = session.scalars(select(Invitation)).one()
    assert not row.approves_deployments
    assert row.token_digest not in url


@pytest.mark.usefixtures("at_home")
def test_it_says_in_words_where_to_paste_it() -> None:
    done = CliRunner().invoke(cairn, ["platform", "invite", "--approve-deployments"])

    first, *rest = done.output.splitlines()
    assert "/lti/register?invitation=" in first
    assert any(line.startswith("Moodle:") for line in rest)
