"""The house with the whole catalogue, made once for a process: its tests share it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from lti_tool.app import create_app
from lti_tool.database import connect, sessions
from lti_tool.programs.packages import read
from lti_tool.programs.publishing import import_package
from lti_tool.programs.shipped import shipped_packages
from tests.builders import NOON
from tests.conftest import some_settings
from tests.programs.house import House


@pytest.fixture(scope="session")
def house(
    migrated_sqlite: Path, made_keys: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """The shipped catalogue in a database of its own; whoever writes there makes new people."""
    folder = tmp_path_factory.mktemp("catalogue")
    shutil.copy(migrated_sqlite, folder / "cairn.sqlite3")
    shutil.copytree(made_keys, folder / "keys")
    settings = some_settings(f"sqlite:///{folder}/cairn.sqlite3", folder)
    engine = connect(settings.database_url)
    with sessions(engine).begin() as session:
        for package in shipped_packages():
            import_package(session, read(package), now=NOON)
    app = create_app(settings)
    app.testing = True
    yield House(app, engine)
    app.extensions["cairn"].engine.dispose()
    engine.dispose()
