"""The commands of those who run an installation."""

import socket
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from lti_tool.checkup import Finding, examine
from lti_tool.cli import cairn, main
from lti_tool.database import connect, sessions
from lti_tool.launch.models import DeploymentState
from lti_tool.launch.platforms import add_platform, deployments
from lti_tool.people.roles import Seat
from lti_tool.settings import Settings
from tests.builders import a_credential_version, an_appointment
from tests.cast import ben, cleo
from tests.conftest import some_settings


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """The command line on an embedded installation of its own."""
    monkeypatch.setenv("CAIRN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CAIRN_KEYS_DIR", str(tmp_path / "keys"))
    return CliRunner()


def called(run: CliRunner, *words: str) -> Result:
    """What a command answers."""
    return run.invoke(cairn, list(words))


def test_help_lists_every_command(run: CliRunner) -> None:
    answer = called(run, "--help")

    assert answer.exit_code == 0
    for name in (
        "demo",
        "walk",
        "serve",
        "worker",
        "platform",
        "program",
        "badge",
        "keys",
        "launch",
    ):
        assert name in answer.output


@pytest.mark.parametrize("words", [["platform", "fly"], ["keys", "melt"], ["fly"]])
def test_what_does_not_exist_is_an_unknown_command(run: CliRunner, words: list[str]) -> None:
    assert called(run, *words).exit_code == 2


def test_sqlite_has_one_web_process_and_no_separate_worker(run: CliRunner) -> None:
    served = called(run, "serve", "--workers", "2")
    worked = called(run, "worker")

    assert (served.exit_code, worked.exit_code) == (2, 2)
    assert "SQLite has one writer" in served.output
    assert "needs PostgreSQL" in worked.output


def test_a_port_that_is_taken_is_refused_before_anything_starts(
    run: CliRunner, tmp_path: Path
) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        answer = called(run, "serve", "--port", port)

    assert answer.exit_code == 1
    assert f"Port {port} of 127.0.0.1 is taken" in answer.output
    assert not (tmp_path / "data" / "cairn.sqlite3").exists()


def test_settings_that_make_no_sense_end_a_command_with_their_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CAIRN_BASE_URL", "https://example.org/tool")
    monkeypatch.setattr("sys.argv", ["cairn", "doctor"])

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 2
    assert "CAIRN_BASE_URL: must have no path" in capsys.readouterr().err


def test_the_database_is_brought_up_to_date_by_command(run: CliRunner, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    assert "migrations are pending" in called(run, "doctor").output

    answer = called(run, "db", "upgrade")

    assert answer.exit_code == 0
    assert "migrations are pending" not in called(run, "doctor").output


def finding(settings: Settings, name: str) -> Finding:
    """What the check-up says of one thing."""
    return next(one for one in examine(settings) if one.name == name)


def test_the_doctor_names_what_an_installation_still_lacks(
    settings: Settings, engine: Engine, noon: datetime
) -> None:
    settings.data_dir.mkdir(exist_ok=True)
    lacking = {one.name for one in examine(settings) if not one.is_well}
    assert lacking == {"platforms", "programs", "judges"}

    with sessions(engine).begin() as session:
        add_platform(
            session,
            name="Lakeside",
            issuer="https://lms.example.edu",
            client_id="1024",
            auth_login_url="https://lms.example.edu/auth",
            auth_token_url="https://lms.example.edu/token",
            jwks_url="https://lms.example.edu/jwks",
            deployment_ids=["1"],
            now=noon,
        )
        version = a_credential_version()
        program = version.program_version.program
        session.add_all(
            [
                version,
                an_appointment(ben(), program, Seat.ASSESSOR),
                an_appointment(cleo(), program, Seat.APPROVER),
            ]
        )
    assert all(one.is_well for one in examine(settings))

    with sessions(engine).begin() as session:
        deployments(session)[0].state = DeploymentState.PENDING
    assert "1 wait for approval" in finding(settings, "deployments").words


def test_the_doctor_finds_plain_http_and_keys_that_others_can_read(
    database_url: str, tmp_path: Path
) -> None:
    settings = some_settings(database_url, tmp_path, base_url="http://cairn.example.org")
    settings.keys_dir.mkdir()
    key = settings.keys_dir / "one.pem"
    key.write_text("a key")
    key.chmod(0o644)

    assert not finding(settings, "address").is_well
    assert "chmod 600" in finding(settings, "keys folder").words
    key.chmod(0o600)
    assert finding(settings, "keys folder").is_well


def test_the_doctor_says_when_the_database_does_not_answer(tmp_path: Path) -> None:
    settings = some_settings(f"sqlite:///{tmp_path / 'nowhere' / 'cairn.sqlite3'}", tmp_path)

    assert not finding(settings, "database").is_well
    connect(settings.database_url).dispose()
