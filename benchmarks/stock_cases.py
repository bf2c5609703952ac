"""What stock PyLTI1p3 does with the cases that can be tried on any tool, measured.

`python -m benchmarks.stock_cases` runs them against the smallest tool that the library makes
possible, served by the server that serves Cairn, and writes what it saw into `stock_cases.json`;
`docs/conformance.md` shows it in a column. A case is the very one that Cairn is tried with, but for
codes and pages: here it only counts whether a login or launch is accepted, refused, or breaks.
"""

import json
import platform as machine
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import requests

from benchmarks.tools import free_port, running
from lti_tool.certification.case import Case, Outcome, Verdict
from lti_tool.certification.cases import CASES
from lti_tool.certification.platform import Platform, serving
from lti_tool.certification.school import School
from lti_tool.certification.stage import Stage
from lti_tool.practice_lms.mood import MoodName
from lti_tool.walk.visitor import Lost

MEASURED = Path(__file__).parent / "stock_cases.json"
LIBRARY = "pylti1p3"


@dataclass
class StockTool:
    """The smallest tool on the library, as a case sees it."""

    url: str
    file: Path
    is_ours: bool = False
    program: str = ""
    known: list[dict[str, Any]] = field(default_factory=list)

    def school(self, mood: MoodName, trouble: str) -> School:
        """None can be put beside it."""
        raise Lost(f"no practice LMS stands beside this tool ({mood}, {trouble})")

    def register(self, platform: Platform, **changes: Any) -> None:
        """Put a platform into the file that the tool reads."""
        facts = platform.described() | {"deployment_id": platform.deployment_id} | changes
        self.known.append(facts)
        fresh = self.file.with_suffix(".fresh")
        fresh.write_text(json.dumps(self.known))
        fresh.replace(self.file)

    def verdict(self, answer: requests.Response) -> Verdict:
        """Led on to the LMS, or greeted; refused; or an error that nobody meant."""
        if answer.status_code >= 500:
            return Verdict.BREAKS
        is_in = answer.status_code == 302 or (answer.ok and "Hello" in answer.text)
        return Verdict.ACCEPTS if is_in else Verdict.REFUSES

    def log_of(self, references: Iterable[str]) -> tuple[str, ...]:
        """It keeps none."""
        return ()


@contextmanager
def stock_stage() -> Iterator[Stage]:
    """The tool on a free port until the end, served as Cairn is."""
    port = free_port()
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "--host", "127.0.0.1",
        "--port", str(port), "--workers", "1", "--blocking-threads", "4", "--log-level", "error",
        "benchmarks.stock:create_app",
    ]  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="stock-cases-") as folder:
        file = Path(folder) / "platforms.json"
        file.write_text("[]")
        told = {"BENCH_PLATFORMS": str(file)}
        with running(command, told, port), serving() as platforms:
            yield Stage(StockTool(f"http://127.0.0.1:{port}", file), platforms)


def portable() -> list[Case]:
    """The cases that can be tried on any tool."""
    return [case for case in CASES.values() if case.elsewhere]


def in_words(outcome: Outcome) -> str:
    """What was seen, in the few words of a table."""
    if outcome.fault:
        return "HTTP 500" if Verdict.BREAKS in outcome.fault else outcome.fault
    unmet = [step for step in outcome.steps if not step.is_met]
    if not unmet:
        found = {step.verdict.value for step in outcome.steps if step.verdict is not None}
        return found.pop() if len(found) == 1 else "as it must"
    words: dict[str, list[str]] = {}
    for step in unmet:
        words.setdefault(step.verdict.value if step.verdict else step.seen, []).append(step.words)
    told = [
        seen if len(outcome.steps) == len(tried) == 1 else f"{seen} ({', '.join(tried)})"
        for seen, tried in words.items()
    ]
    return "; ".join(told)


def measure(stage: Stage, cases: Iterable[Case]) -> dict[str, dict[str, Any]]:
    """What the tool did with each case."""
    found = {}
    for case in cases:
        outcome = stage.run(case)
        found[case.number] = {"met": outcome.passed, "seen": in_words(outcome)}
    return found


def kept() -> dict[str, Any]:
    """What was measured last, with the versions it was measured with."""
    found: dict[str, Any] = json.loads(MEASURED.read_text(encoding="utf-8"))
    return found


def main() -> int:
    """Measure all of them and keep what was seen."""
    with stock_stage() as stage:
        found = measure(stage, portable())
    whole = {
        "library": LIBRARY,
        "version": version(LIBRARY),
        "beside": f"PyJWT {version('pyjwt')}, Flask {version('flask')}",
        "python": machine.python_version(),
        "cases": found,
    }
    MEASURED.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n")
    met = sum(one["met"] for one in found.values())
    print(f"{LIBRARY} {whole['version']}: {met} of {len(found)} cases met, {MEASURED.name} written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
