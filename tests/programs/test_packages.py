"""Packages on disk: folders, files to include, digests."""

from pathlib import Path

import pytest

from lti_tool.programs.interchange import write
from lti_tool.programs.packages import PackageFaulty, check, packages_in, parse, read
from tests.programs.samples import a_document, a_package, manual_example


def a_folder(folder: Path, name: str = "field-studies") -> Path:
    """A package whose credential lies in a file of its own."""
    document = a_document()
    package = folder / name
    (package / "credentials").mkdir(parents=True)
    (package / "credentials" / "journal.yaml").write_text(
        write(document["credentials"][0]), encoding="utf-8"
    )
    document["credentials"] = [{"include": "credentials/journal.yaml"}]
    (package / "program.yaml").write_text(write(document), encoding="utf-8")
    return package


def test_a_package_in_several_files_equals_the_same_in_one(tmp_path: Path) -> None:
    package = a_folder(tmp_path)

    assert check(package) == []
    assert read(package).digest == read(package / "program.yaml").digest
    assert read(package).digest == parse(manual_example()).digest


def test_a_fault_in_an_included_file_names_that_file_and_its_line(tmp_path: Path) -> None:
    package = a_folder(tmp_path)
    journal = package / "credentials" / "journal.yaml"
    lines = journal.read_text(encoding="utf-8").replace("required_level: 2", "required_level: 9")
    journal.write_text(lines, encoding="utf-8")

    (fault,) = check(package)

    assert (fault.file, fault.rule) == ("credentials/journal.yaml", "required-level-exists")
    assert lines.splitlines()[fault.line - 1].strip() == "required_level: 9"


def test_a_fault_of_a_whole_included_credential_stands_in_its_file(tmp_path: Path) -> None:
    package = a_folder(tmp_path)
    journal = package / "credentials" / "journal.yaml"
    text = journal.read_text(encoding="utf-8").replace("status: complete\n", "")
    journal.write_text(text, encoding="utf-8")

    (fault,) = check(package)

    assert (fault.file, fault.line, fault.rule) == ("credentials/journal.yaml", 1, "missing-field")


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("credentials/pottery.yaml", "file-missing"),
        ("../outside.yaml", "include"),
        ("/etc/passwd", "include"),
        ("credentials/link.yaml", "include"),
    ],
)
def test_only_files_of_the_package_s_folder_are_included(
    tmp_path: Path, name: str, rule: str
) -> None:
    package = a_folder(tmp_path)
    (tmp_path / "outside.yaml").write_text("slug: outside\n", encoding="utf-8")
    (package / "credentials" / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    document = a_document(credentials=[{"include": name}])
    (package / "program.yaml").write_text(write(document), encoding="utf-8")

    (fault,) = check(package)

    assert (fault.file, fault.rule) == ("program.yaml", rule)
    assert fault.line > 1


def test_a_folder_without_a_program_file_is_a_fault(tmp_path: Path) -> None:
    (fault,) = check(tmp_path)

    assert str(fault) == "program.yaml: There is no file of this name. [file-missing]"


def test_a_file_of_no_measure_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "program.yaml"
    path.write_bytes(b"#" * 2_000_001)

    assert [fault.rule for fault in check(path)] == ["too-large"]


def test_reading_a_faulty_package_tells_all_faults_at_once(tmp_path: Path) -> None:
    path = tmp_path / "program.yaml"
    path.write_text("format: cairn-program/1\nslug: A\nversion: x\n", encoding="utf-8")

    with pytest.raises(PackageFaulty) as refusal:
        read(path)

    assert refusal.value.faults == check(path)
    assert {fault.rule for fault in refusal.value.faults} == {
        "wrong-form",
        "wrong-kind",
        "missing-field",
    }


def test_the_digest_is_of_the_meaning() -> None:
    package = a_package()
    document = a_document()
    turned = dict(reversed(list(document.items())))
    turned["summary"] = f"  {turned['summary']}\n"

    assert parse(write(turned)).digest == package.digest
    assert a_package(summary="Something else.").digest != package.digest
    assert a_package(version=2).digest != package.digest


def test_packages_are_found_by_their_program_files(tmp_path: Path) -> None:
    later, earlier = a_folder(tmp_path, "ponds"), a_folder(tmp_path, "forests")
    (tmp_path / "notes").mkdir()

    assert packages_in(tmp_path) == [earlier, later]
