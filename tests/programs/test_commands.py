"""`cairn program` as somebody types it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lti_tool.cli import cairn
from lti_tool.programs.packages import read
from tests.programs.samples import manual_example

Run = Callable[..., Result]


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """The manual's example in a folder."""
    folder = tmp_path / "field-studies"
    folder.mkdir()
    (folder / "program.yaml").write_text(manual_example(), encoding="utf-8")
    return folder


@pytest.fixture
def cairn_with(empty_database_url: str, tmp_path: Path) -> Run:
    """Runs the command line on a database that nobody has used yet."""

    def run(*arguments: str) -> Result:
        environment = {
            "CAIRN_DATABASE_URL": empty_database_url,
            "CAIRN_DATA_DIR": str(tmp_path / "data"),
        }
        return CliRunner().invoke(cairn, ["program", *arguments], env=environment)

    return run


def spoilt(package: Path) -> None:
    """Make the package faulty."""
    text = manual_example().replace("required_level: 2", "required_level: 7")
    (package / "program.yaml").write_text(text, encoding="utf-8")


def test_a_package_without_faults_is_said_to_be_fit(package: Path) -> None:
    result = CliRunner().invoke(cairn, ["program", "check", str(package)])

    assert result.exit_code == 0
    assert result.stdout.startswith(f"{package}: no faults.\n")


def test_faults_are_told_with_file_line_and_rule(package: Path) -> None:
    spoilt(package)

    result = CliRunner().invoke(cairn, ["program", "check", str(package)])

    assert result.exit_code == 1
    assert result.stderr.startswith("program.yaml:")
    assert result.stderr.endswith("so level 7 is not there. [required-level-exists]\n")


def test_faults_are_told_to_programs_too(package: Path) -> None:
    spoilt(package)

    result = CliRunner().invoke(cairn, ["program", "check", str(package), "--json"])

    ((fault,),) = [told["faults"] for told in json.loads(result.stdout)]
    assert result.exit_code == 1
    assert (fault["file"], fault["rule"]) == ("program.yaml", "required-level-exists")
    assert fault["line"] > 1


def test_advice_is_told_apart_and_keeps_nothing_from_being_published(
    package: Path, tmp_path: Path
) -> None:
    faulty = tmp_path / "faulty"
    faulty.mkdir()
    spoilt(faulty)

    alone = CliRunner().invoke(cairn, ["program", "check", str(package)])
    both = CliRunner().invoke(cairn, ["program", "check", str(package), str(faulty), "--json"])

    advice = [line for line in alone.stdout.splitlines() if line.startswith("  advice: ")]
    assert alone.exit_code == 0
    assert [line.partition("[")[2] for line in advice] == ["practice-dated]", "reading-level]"]
    assert both.exit_code == 1
    assert [(len(told["faults"]), len(told["advice"])) for told in json.loads(both.stdout)] == [
        (0, 2),
        (1, 0),
    ]


def test_a_package_goes_in_is_listed_and_comes_out_again(
    package: Path, cairn_with: Run, tmp_path: Path
) -> None:
    assert cairn_with("list").stdout.startswith("No program is published yet")

    first, again = cairn_with("import", str(package)), cairn_with("import", str(package))
    listed = cairn_with("list", "--json")
    exported = cairn_with("export", "field-studies")

    assert first.stdout == again.stdout == "Published: field-studies v1: Field Studies\n"
    assert json.loads(listed.stdout) == [
        {
            "slug": "field-studies",
            "version": 1,
            "title": "Field Studies",
            "credentials": ["journal"],
        }
    ]
    assert "  journal: Keeping a field journal\n" in cairn_with("list").stdout
    back = tmp_path / "back.yaml"
    back.write_text(exported.stdout, encoding="utf-8")
    assert read(back).digest == read(package).digest


def test_a_faulty_package_is_not_imported(package: Path, cairn_with: Run) -> None:
    spoilt(package)

    result = cairn_with("import", str(package))

    assert result.exit_code == 1
    assert "[required-level-exists]" in result.stderr
    assert "Nothing was published." in result.stderr
    assert cairn_with("list", "--json").stdout == "[]\n"


def test_a_changed_package_needs_a_new_number(package: Path, cairn_with: Run) -> None:
    cairn_with("import", str(package))
    changed = manual_example().replace("title: Field Studies", "title: Fields")
    (package / "program.yaml").write_text(changed, encoding="utf-8")

    result = cairn_with("import", str(package))

    assert result.exit_code == 1
    assert "Set `version: 2` in the package." in result.stderr


def test_an_unknown_program_is_not_exported(cairn_with: Run) -> None:
    result = cairn_with("export", "pottery")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "no program “pottery”" in result.stderr
