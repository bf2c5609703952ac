"""What became of each test, for `docs/conformance.md`: `pytest --outcomes build/outcomes.json`.

Under xdist the process that hands out the tests hears of every one, so the file is written once.
A run adds to what the file knows already: a part of the suite changes only what it ran.
"""

import json
from pathlib import Path

import pytest

FILE = Path(__file__).resolve().parent.parent / "build" / "outcomes.json"
"""Where `make test` and `make conformance` keep it; nobody commits it."""

PASSED = "passed"


class Outcomes:
    """Listens to the reports of one run."""

    def __init__(self, path: Path) -> None:
        """Write to this file in the end."""
        self.path = path
        self.found: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember how the test went; set-up and clean-up belong to it."""
        if report.outcome != PASSED:
            self.found[report.nodeid] = report.outcome
        elif report.when == "call":
            self.found.setdefault(report.nodeid, PASSED)

    def pytest_sessionfinish(self) -> None:
        """Add this run to the file."""
        if self.found:
            whole = read(self.path) | self.found
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self.path.with_suffix(".fresh")
            fresh.write_text(json.dumps(dict(sorted(whole.items())), indent=0, ensure_ascii=False))
            fresh.replace(self.path)


def read(path: Path = FILE) -> dict[str, str]:
    """The outcome of each test that was run, by its whole name; empty where none was."""
    if not path.exists():
        return {}
    known: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return known
