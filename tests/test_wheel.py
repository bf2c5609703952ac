"""The wheel alone, away from the checkout: commands, catalogue and migrations come with it."""

import json
import os
import sqlite3
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder: Path = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("cairn_lti-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory) -> Path:
    """An empty environment that got the wheel and nothing from any index; returns its `bin`."""
    folder: Path = tmp_path_factory.mktemp("elsewhere") / "env"
    venv.create(folder, with_pip=False)
    subprocess.run(
        [
            sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "install",
            "--quiet", "--disable-pip-version-check", "--no-deps", "--no-index", wheel,
        ],
        check=True,
        capture_output=True,
        env=os.environ | {"PIP_ROOT_USER_ACTION": "ignore"},
    )  # fmt: skip
    (packages,) = (folder / "lib").glob("python*/site-packages")
    # The locked environment, for everything the wheel depends on. A path file in an added folder
    # is not read, so the checkout does not come along.
    (packages / "locked.pth").write_text(sysconfig.get_paths()["purelib"])
    return folder / "bin"


@pytest.fixture
def cairn(installed: Path, tmp_path: Path):
    """Runs the installed command outside the checkout; answers with its output."""

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [installed / "cairn", *arguments],
            cwd=tmp_path,
            env={"PATH": os.defpath, "CAIRN_DATA_DIR": str(tmp_path / "data")},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_the_wheel_holds_what_lies_beside_the_package(wheel: Path):
    names = set(zipfile.ZipFile(wheel).namelist())

    def files(folder: str, ending: str) -> set[str]:
        return {
            str(path.relative_to(ROOT))
            for path in (ROOT / folder).rglob(f"*{ending}")
            if path.is_file() and "__pycache__" not in path.parts
        }

    assert {f"lti_tool/{name}" for name in files("templates", ".html")} <= names
    assert {f"lti_tool/{name}" for name in files("catalogue", ".yaml")} <= names
    assert files("lti_tool/static", "") <= names
    assert files("lti_tool/migrations", ".py") <= names
    assert not [name for name in names if name.endswith((".pem", ".sqlite3", ".pyc"))]


def test_the_installed_package_is_the_one_that_runs(installed: Path, tmp_path: Path):
    shown = subprocess.run(
        [installed / "python", "-c", "import lti_tool; print(lti_tool.__file__)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert Path(shown.strip()).is_relative_to(installed.parent)


def test_the_installed_command_says_what_it_can_do(cairn):
    shown = cairn("--help")

    for command in ("admin", "badge", "db", "demo", "keys", "platform", "program", "serve", "walk"):
        assert command in shown


def test_the_installed_command_migrates_outside_the_checkout(cairn, tmp_path: Path):
    cairn("db", "upgrade")

    with sqlite3.connect(tmp_path / "data" / "cairn.sqlite3") as database:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    assert {"alembic_version", "person", "award", "score_delivery"} <= tables


def test_the_installed_command_publishes_a_program_that_came_with_it(cairn, installed: Path):
    (package,) = installed.parent.glob("lib/python*/site-packages/lti_tool/catalogue/lead-hubs")
    cairn("db", "upgrade")

    cairn("program", "import", str(package))
    listed = json.loads(cairn("program", "list", "--json"))

    assert [program["slug"] for program in listed] == ["lead-hubs"]


def test_the_installed_package_knows_where_its_programs_are(installed: Path, tmp_path: Path):
    code = (
        "from lti_tool.programs.shipped import shipped_packages\n"
        "print(*(path for path in shipped_packages()), sep='\\n')"
    )

    found = subprocess.run(
        [installed / "python", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout.splitlines()

    assert len(found) == 5
    assert all(Path(path).is_relative_to(installed.parent) for path in found)
