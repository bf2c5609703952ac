"""Settings: the environment is read once, and nonsense is refused by the variable's name."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from lti_tool.settings import Settings, SettingsRefused


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("CAIRN_BASE_URL", "https://tool.example.edu/cairn", "no path"),
        ("CAIRN_BASE_URL", "https://tool.example.edu/", "no trailing slash"),
        ("CAIRN_BASE_URL", "tool.example.edu", "http or https"),
        ("CAIRN_DATABASE_URL", "mysql://localhost/cairn", "sqlite:/// or postgresql://"),
        ("CAIRN_EVIDENCE_URL", "ftp://files.example.edu", "file:///"),
        ("CAIRN_SECRET_KEY", "short", "32 characters"),
        ("CAIRN_LTI_HTTP_ALLOW", "http://lms.example.edu", "host name or a network"),
        ("CAIRN_LTI_HTTP_ALLOW", "10.0.0.0/99", ""),
        ("CAIRN_TIMEZONE", "Chicago", "America/Chicago"),
        ("CAIRN_BACKOFF", "60, 0", "above zero"),
        ("CAIRN_UPLOAD_LIMIT", "lots", ""),
        ("CAIRN_VISIT_HOURS", "48", ""),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_by_name(
    variable, value, words, monkeypatch, tmp_path
):
    monkeypatch.setenv("CAIRN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv(variable, value)

    with pytest.raises(SettingsRefused) as refused:
        Settings.load()

    assert str(refused.value).startswith(f"{variable}: ")
    assert words in str(refused.value)


def test_all_that_is_wrong_is_said_at_once(monkeypatch, tmp_path):
    monkeypatch.setenv("CAIRN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CAIRN_BASE_URL", "nowhere")
    monkeypatch.setenv("CAIRN_TIMEZONE", "Nowhere")

    with pytest.raises(SettingsRefused) as refused:
        Settings.load()

    assert [line.split(":")[0] for line in str(refused.value).splitlines()] == [
        "CAIRN_BASE_URL",
        "CAIRN_TIMEZONE",
    ]


def test_the_command_line_ends_with_the_name_of_the_variable(tmp_path: Path):
    environment = os.environ | {"CAIRN_DATA_DIR": str(tmp_path), "CAIRN_BASE_URL": "nowhere"}

    done = subprocess.run(
        [sys.executable, "-m", "lti_tool", "db", "upgrade"],
        env=environment,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 2
    assert "CAIRN_BASE_URL: must be an http or https address" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_an_environment_everything_lies_in_the_data_folder(tmp_path: Path):
    settings = Settings(data_dir=tmp_path)

    assert settings.base_url == "http://localhost:8000"
    assert settings.database_url == f"sqlite:///{tmp_path}/cairn.sqlite3"
    assert settings.evidence_url == (tmp_path / "evidence").as_uri()
    assert settings.lti_http_allow == ()


def test_the_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path):
    first = Settings(data_dir=tmp_path).secret_key.get_secret_value()

    assert len(first) >= 32
    assert Settings(data_dir=tmp_path).secret_key.get_secret_value() == first
    assert (tmp_path / "secret-key").stat().st_mode & 0o077 == 0


def test_secrets_do_not_show_when_settings_are_printed(tmp_path: Path):
    settings = Settings(data_dir=tmp_path, metrics_token=SecretStr("a token nobody may read"))

    shown = f"{settings!r} {settings}"

    assert settings.secret_key.get_secret_value() not in shown
    assert "nobody may read" not in shown


def test_a_plain_postgresql_address_is_understood(tmp_path: Path):
    settings = Settings(data_dir=tmp_path, database_url="postgres://cairn:x@db/cairn")

    assert settings.database_url == "postgresql+psycopg://cairn:x@db/cairn"
    assert not settings.is_sqlite


def test_every_setting_reaches_another_process_by_its_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Settings.load(
        data_dir=tmp_path,
        base_url="http://localhost:8123",
        backoff=(1.5, 2.0),
        lti_http_allow=("localhost", "10.0.0.0/8"),
        secret_key="a secret of more than thirty-two characters",
        metrics_token="another",
        issuer_name="Prärie, “North”",
        score_maximum="12.5",
    )

    for name, value in made.as_environment().items():
        monkeypatch.setenv(name, value)

    assert Settings.load() == made
