"""What every test may ask for.

`settings`, `engine`, `session`, `app`, `client` and `tool` stand on a database, so a test that
asks for one of them runs twice: on SQLite and on PostgreSQL. Each test finds an empty, migrated
database of its own.

`session` holds a write transaction as soon as it is used, and SQLite has one writer: commit
before you ask `client` or `tool` for anything, or write with
`with sessions(engine).begin() as session:`.
"""

import copy
import os
import shutil
import socket
import sqlite3
import threading
from asyncio import events
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from lti_tool.database import connect, sessions
from lti_tool.keyring import Keyring
from lti_tool.keyring.models import SigningKey
from lti_tool.launch.platforms import add_platform
from lti_tool.practice_lms import PracticeLms, RunningLms, serve
from lti_tool.practice_lms.server import closing
from lti_tool.practice_lms.tokens import SigningKeys
from lti_tool.settings import Settings
from tests import databases
from tools import browser as browsers
from tools.outcomes import Outcomes

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)

# Speed is measured in benchmarks/, never in a test: a busy machine must not fail one.
hypothesis.settings.register_profile(
    "house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("house")


class Postgresql:
    """The server of this run, started the first time a test asks for it."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._started: Any = None
        self._url: str = getattr(config, "workerinput", {}).get("postgresql", "")

    def url(self) -> str:
        """The address of the server's `postgres` database."""
        if not self._url:
            self._started = databases.postgresql_server()
            self._url = self._started.__enter__()
        return self._url

    def stop(self) -> None:
        """End what was started here."""
        if self._started is not None:
            self._started.__exit__(None, None, None)
            self._started = None


POSTGRESQL = pytest.StashKey[Postgresql]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where to write down what became of each test, for docs/conformance.md."""
    parser.addoption("--outcomes", metavar="FILE", help="add the outcome of each test to FILE")


def pytest_configure(config: pytest.Config) -> None:
    """Keep hold of the run's PostgreSQL, and of what becomes of the tests."""
    outcomes_file = config.getoption("--outcomes")
    if outcomes_file and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Outcomes(Path(outcomes_file)))
    for name in [name for name in os.environ if name.startswith("CAIRN_")]:
        if name != "CAIRN_CHROMIUM":
            del os.environ[name]
    config.stash[POSTGRESQL] = Postgresql(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the run's PostgreSQL."""
    config.stash[POSTGRESQL].stop()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Start PostgreSQL once for a parallel run and tell every worker where it is."""
    node.workerinput["postgresql"] = node.config.stash[POSTGRESQL].url()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Journeys first: at the end, the longest would keep one worker after the others are done."""
    items.sort(key=lambda item: "journeys" not in item.path.parts)


def pytest_report_header() -> list[str]:
    """Say which browser and which PostgreSQL the run uses."""
    found = browsers.find()
    browser = str(found) if found else "none found; `make test` finds or installs one"
    return [f"browser: {browser}", databases.postgresql_in_use()]


@pytest.fixture(autouse=True)
def no_loop_of_others(request: pytest.FixtureRequest) -> Iterator[None]:
    """Playwright leaves its event loop current in this thread between its calls.

    Whoever runs after a test with a browser would find it, and the job engine refuses to.
    """
    if "browser" in request.fixturenames:
        yield
        return
    loop = events._get_running_loop()
    events._set_running_loop(None)
    yield
    events._set_running_loop(loop)


@pytest.fixture(scope="session")
def postgresql(pytestconfig: pytest.Config) -> str:
    """The address of the PostgreSQL server's `postgres` database."""
    return pytestconfig.stash[POSTGRESQL].url()


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql: str) -> Iterator[str]:
    """One migrated PostgreSQL database for this process; each test wipes it."""
    with databases.postgresql_database(postgresql) as url:
        databases.migrate(url)
        yield url


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One migrated SQLite file; each test copies it."""
    path = tmp_path_factory.mktemp("migrated") / "cairn.sqlite3"
    databases.migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def sqlite_place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the SQLite file of the test that runs now lies."""
    return tmp_path_factory.mktemp("database") / "cairn.sqlite3"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, sqlite_place: Path) -> str:
    """The address of a migrated database without a row in it."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("migrated_postgresql")
        databases.wipe(url)
        return url
    # A new file each time: what an earlier test left open keeps the file it had.
    for left in sqlite_place.parent.iterdir():
        left.unlink()
    sqlite_place.write_bytes(request.getfixturevalue("migrated_sqlite").read_bytes())
    return f"sqlite:///{sqlite_place}"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without a table in it."""
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql")
        with databases.postgresql_database(server) as url:
            yield url
        return
    path = tmp_path / "empty.sqlite3"
    sqlite3.connect(path).close()
    yield f"sqlite:///{path}"


def some_settings(database_url: str, data_dir: Path, **given: Any) -> Settings:
    """Settings for a test: everything below `data_dir`, platforms on loopback let in."""
    values: dict[str, Any] = {
        "base_url": "http://localhost:8000",
        "database_url": database_url,
        "data_dir": data_dir,
        "keys_dir": data_dir / "keys",
        "secret_key": "a secret that is only good for tests",
        "lti_http_allow": ("localhost", "127.0.0.1", "::1"),
    }
    return Settings(**(values | given))


@pytest.fixture(scope="session")
def made_keys(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of keys, made once because that takes long; each test works with a copy."""
    folder = tmp_path_factory.mktemp("made-keys")
    shutil.copy(migrated_sqlite, folder / "cairn.sqlite3")
    engine = connect(f"sqlite:///{folder}/cairn.sqlite3")
    settings = some_settings("", folder)
    Keyring.open(settings, engine, NOON)
    engine.dispose()
    return settings.keys_dir


@pytest.fixture(scope="session")
def made_key_rows(made_keys: Path) -> list[dict[str, Any]]:
    """What is written down of these keys; a keyring that finds no rows writes them one by one."""
    engine = connect(f"sqlite:///{made_keys.parent}/cairn.sqlite3")
    with engine.connect() as connection:
        found = connection.execute(select(SigningKey.__table__)).mappings()
        rows = [{name: row[name] for name in row if name != "id"} for row in found]
    engine.dispose()
    return rows


@pytest.fixture
def data_dir(made_keys: Path, tmp_path: Path) -> Path:
    """A data folder with keys in it."""
    shutil.copytree(made_keys, tmp_path / "keys")
    return tmp_path


@pytest.fixture
def settings(database_url: str, data_dir: Path) -> Settings:
    """Settings on an empty, migrated database."""
    return some_settings(database_url, data_dir)


@pytest.fixture(scope="session")
def engines() -> dict[str, Engine]:
    """The engine of each database this process has used: one knows what it once compiled."""
    return {}


@pytest.fixture
def engine(engines: dict[str, Engine], database_url: str) -> Iterator[Engine]:
    """The engine on the test's database, `app`'s and `tool`'s too."""
    engine = engines.get(database_url) or engines.setdefault(database_url, connect(database_url))
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session that may write; what it has not committed is gone at the end."""
    with Session(engine, expire_on_commit=False) as session:
        yield session
        session.rollback()


@pytest.fixture
def noon() -> datetime:
    """The hour at which tests happen: noon on 20 November 2026, UTC."""
    return NOON


@pytest.fixture(scope="session")
def assembled() -> Flask:
    """The tool without settings and database: its 200 addresses take longer than most tests."""
    from lti_tool.app import assemble

    return assemble()


def opened(assembled: Flask, settings: Settings, engine: Engine) -> Flask:
    """The assembled tool opened on a database, beside others that were opened from it.

    Addresses, rooms and compiled templates are the same for all of them; whoever adds to these
    works with `create_app`.
    """
    from lti_tool.app import open_on

    app = copy.copy(assembled)
    app.extensions = {}
    app.config = copy.copy(assembled.config)
    return open_on(app, settings, engine)


def know(engine: Engine, key_rows: list[dict[str, Any]]) -> None:
    """Write down which keys there are, unless the test did."""
    with sessions(engine).begin() as session:
        if session.scalar(select(SigningKey.id).limit(1)) is None:
            session.execute(insert(SigningKey), key_rows)


@pytest.fixture
def app(
    assembled: Flask,
    settings: Settings,
    engine: Engine,
    made_key_rows: list[dict[str, Any]],
) -> Flask:
    """The tool as a WSGI application."""
    know(engine, made_key_rows)
    app = opened(assembled, settings, engine)
    app.testing = True
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Somebody who asks `app` for pages without a network."""
    return app.test_client()


@dataclass(frozen=True)
class Served:
    """The tool behind a real port."""

    app: Flask
    settings: Settings
    url: str
    """Its address, which is also its `base_url`: `http://localhost:<port>`."""


@pytest.fixture
def tool(
    assembled: Flask,
    engine: Engine,
    database_url: str,
    data_dir: Path,
    made_key_rows: list[dict[str, Any]],
) -> Iterator[Served]:
    """The tool on a free port of 127.0.0.1, many requests at a time, until the test ends."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(128)
        port = listening.getsockname()[1]
        url = f"http://localhost:{port}"
        settings = some_settings(database_url, data_dir, base_url=url)
        know(engine, made_key_rows)
        app = opened(assembled, settings, engine)
        server = make_server("127.0.0.1", port, closing(app), threaded=True, fd=listening.fileno())
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield Served(app=app, settings=settings, url=url)
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="session")
def signing_key() -> str:
    """One key for all practice LMSs: making one takes longer than most tests."""
    return SigningKeys(lambda: "practice").pem()


@pytest.fixture(params=["canvas", "moodle"])
def lms(
    request: pytest.FixtureRequest, tool: Served, engine: Engine, signing_key: str
) -> Iterator[RunningLms]:
    """A registered practice LMS on another site than the tool."""
    school = PracticeLms(
        mood=request.param, base_url="", tool_url=tool.url, signing_key=signing_key
    )
    running = serve(school)
    with sessions(engine).begin() as session:
        add_platform(session, **school.registration(), now=datetime.now(UTC))
    yield running
    running.stop()
