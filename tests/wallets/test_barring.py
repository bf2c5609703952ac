"""`cairn service` as an operator types it."""

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from lti_tool.cli import cairn
from lti_tool.settings import Settings
from lti_tool.wallets.models import BadgeHost, Connection
from tests.badges.exhibition import Shown
from tests.wallets.host import Browser, Host, metadata
from tests.wallets.test_api import a_token

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@only_sqlite
def test_a_host_is_barred_with_all_its_connections_and_let_in_again(
    host: Host,
    ada: Browser,
    badge: Shown,
    engine: Engine,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("CAIRN_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("CAIRN_DATA_DIR", str(settings.data_dir))

    def type_(*words: str) -> str:
        done = CliRunner().invoke(cairn, ["service", *words])
        return f"{done.exit_code} {done.output}"

    assert "No service is connected" in type_("list")
    token = a_token(host, ada)
    assert host.get("/profile", token).status_code == 200
    assert "backpack.example  connections 1, last used" in type_("list")

    assert "Connections ended: 1" in type_("bar", "Backpack.example", "--reason", "It phishes.")

    assert host.get("/profile", token).status_code == 401
    refused = host.ask_to_register(metadata())
    assert refused.status_code == 400
    assert "not let in" in refused.json()["error_description"]
    assert "barred: It phishes." in type_("list")
    with Session(engine) as session:
        assert session.scalars(select(Connection)).all() == []
        assert session.scalars(select(BadgeHost)).all() == []
    assert type_("admit", "backpack.example").startswith("0")
    assert type_("admit", "backpack.example").startswith("1")
    assert host.ask_to_register(metadata()).status_code == 201
