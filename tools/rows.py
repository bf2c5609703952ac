"""The requirement rows that tests carry, each with its tests: `make rows`.

A test that shows a row says so with `@pytest.mark.row("S3-28")`. What each row asks for stands, in
our own words, in `docs/requirements.md` (S) and, for `docs/conformance.md` (T, B2, B3), in
`lti_tool/certification/words.toml`.
"""

import contextlib
import io
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from lti_tool.certification.case import sentences

ROOT = Path(__file__).resolve().parent.parent
ROW = re.compile(r"S[1-7]-\d{2}|T-\d{3}|B[23]-\d{3}")
EXPLAINED = re.compile(rf"^- \*\*({ROW.pattern})\*\* (.+)$", re.MULTILINE)
DOCUMENTS = {"requirements.md": ("S",), "conformance.md": ("T", "B2", "B3")}


class Collected:
    """Remembers which test carries which row while pytest collects."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.rows: dict[str, set[str]] = {}
        """By row: the whole names of its tests, parameters included."""

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Read the marks of every test."""
        for item in session.items:
            for mark in item.iter_markers("row"):
                for row in mark.args:
                    self.rows.setdefault(row, set()).add(item.nodeid)


def carried() -> Mapping[str, list[str]]:
    """Every row that a test carries, in order, with the tests; parameters make no other test."""
    return {row: sorted({test.split("[")[0] for test in tests}) for row, tests in collect().items()}


def collect() -> Mapping[str, list[str]]:
    """Every row that a test carries, in order, with the whole names of those tests.

    Raises:
        RuntimeError: the tests cannot be collected.
    """
    collected = Collected()
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = pytest.main(
            ["--collect-only", "--quiet", "-p", "no:cacheprovider", str(ROOT / "tests")],
            plugins=[collected],
        )
    if code != pytest.ExitCode.OK:
        raise RuntimeError(f"the tests cannot be collected:\n{said.getvalue()[-2000:]}")
    return {row: sorted(tests) for row, tests in sorted(collected.rows.items())}


def explained(document: str) -> dict[str, str]:
    """The rows a document explains, with its words; those of a generated one from their source."""
    if document == "conformance.md":
        return dict(sentences())
    path = ROOT / "docs" / document
    return dict(EXPLAINED.findall(path.read_text())) if path.exists() else {}


def main() -> int:
    """Print the rows and the closing figure."""
    rows = carried()
    for row, tests in rows.items():
        print(row)
        for test in tests:
            print(f"    {test}")
    families: dict[str, int] = {}
    for row in rows:
        families[row.split("-")[0]] = families.get(row.split("-")[0], 0) + 1
    counted = ", ".join(f"{family} {number}" for family, number in sorted(families.items()))
    carrying = {test for tests in rows.values() for test in tests}
    print(f"{len(rows)} rows carried by {len(carrying)} tests ({counted})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
