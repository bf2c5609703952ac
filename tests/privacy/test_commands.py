"""`cairn person export` and `cairn person erase` (T-135)."""

import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from lti_tool.cli import cairn
from lti_tool.database import sessions
from lti_tool.people.models import Person
from lti_tool.people.personal_data import ERASED_NAME
from lti_tool.privacy.rooms import ROOMS
from lti_tool.settings import Settings
from tests.privacy.conftest import Residents

pytestmark = pytest.mark.row("T-135")

Cairn = Callable[..., Result]


@pytest.fixture
def run(settings: Settings) -> Cairn:
    """Run a command on the test's database; it must succeed unless told otherwise."""

    def command(*words: str, expect: int = 0, typed: str = "") -> Result:
        environment = {
            "CAIRN_DATABASE_URL": settings.database_url,
            "CAIRN_DATA_DIR": str(settings.data_dir),
            "CAIRN_KEYS_DIR": str(settings.keys_dir),
            "CAIRN_BASE_URL": settings.base_url,
        }
        result = CliRunner().invoke(cairn, list(words), env=environment, input=typed)
        assert result.exit_code == expect, result.output
        return result

    return command


def _name(engine: Engine, person_id: int) -> str:
    with sessions(engine)() as session:
        return session.get_one(Person, person_id).name


def test_everything_is_written_into_a_file_that_only_its_owner_reads(
    run: Cairn, residents: Residents, tmp_path: Path
) -> None:
    out = tmp_path / "ada.zip"

    told = run("person", "export", str(residents.ada_id), "--out", str(out))

    assert f"{len(ROOMS) + 1} texts, 3 files" in told.output
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    with zipfile.ZipFile(out) as archive:
        assert "Adaline Quillfeather" in archive.read("READ ME.txt").decode()
    again = run("person", "export", str(residents.ada_id), "--out", str(out), expect=1)
    assert "cannot be written" in again.output


def test_erasing_shows_what_happens_and_asks_first(
    run: Cairn, residents: Residents, engine: Engine
) -> None:
    person = str(residents.ada_id)

    refused = run("person", "erase", person, typed="yes\n", expect=1)
    assert "3 texts, links and files: goes" in refused.output
    assert "stays: " in refused.output
    assert "Nothing was erased" in refused.output
    assert _name(engine, residents.ada_id) == "Adaline Quillfeather"

    run("person", "erase", person, typed=f"erase person {person}\n")
    assert _name(engine, residents.ada_id) == ERASED_NAME
    assert _name(engine, residents.fay_id) == "Fayette Unterberg"
    assert "was erased on" in run("person", "erase", person, "--yes", expect=1).output


def test_badges_may_be_kept_and_nobody_is_asked_where_it_says_yes(
    run: Cairn, residents: Residents, engine: Engine
) -> None:
    told = run("person", "erase", str(residents.ada_id), "--yes", "--keep-badges")

    assert "They asked to keep it" in told.output
    assert _name(engine, residents.ada_id) == ERASED_NAME


def test_nobody_of_that_number_is_said_so(run: Cairn, tmp_path: Path) -> None:
    for words in (("export", "999", "--out", str(tmp_path / "x.zip")), ("erase", "999", "--yes")):
        assert "There is no person 999" in run("person", *words, expect=1).output
    assert not (tmp_path / "x.zip").exists()
