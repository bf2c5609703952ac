"""Write `docs/conformance.md`: every case with its words, its result, and where its tests are.

`python -m tools.conformance` (or `make conformance`). The sentences stand in
`lti_tool/certification/words.toml`; the tests are those that carry a case's number; their results
come from what the last runs wrote down (`make test` does), and tests nobody has run yet are run
now. The column of stock PyLTI1p3 is what `python -m benchmarks.stock_cases` measured.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import stock_cases
from lti_tool.certification.case import sections
from tools import outcomes, rows

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "conformance.md"

OPENING = """\
# What the standards ask, and what is shown

<!-- Written by `python -m tools.conformance`.
     The sentences stand in lti_tool/certification/words.toml. -->

Each line says, in our words, one thing that LTI 1.3 and LTI Advantage (T), Open Badges 2.0 (B2) or
Open Badges 3.0 (B3) ask, or that Canvas, Moodle and the public validators are known to insist on.
Tests carry the line's number (`@pytest.mark.row("T-020")`), and `make rows` names them one by one.
What no test shows is not in this list, and nothing here claims a certificate.

The cases whose tests include [test_cases]({cases})
can be tried on any installation from outside, by `cairn certify` or on the page *Certification* of
the administration.

The last column of the LTI cases was measured, not read: the smallest tool that stock {library}
{version} ({beside}) makes possible, on the same server, was tried with the
very same launches. “✓” is what the case asks for and “✗” is not; what was seen stands beside it.
That tool does nothing after a launch: cases that look further than a login and a launch are marked
“not tried”.
"""
CASES = "../tests/certification/test_cases.py"
RUN = re.compile(r"^Results of (\d{4}-\d\d-\d\d): (\d+) tests, (\d+) cases\.$", re.MULTILINE)
LINE = re.compile(rf"^\| ({rows.ROW.pattern}) \|(?:[^|\\]|\\.)*\| ([^|]+) \|", re.MULTILINE)


@dataclass(frozen=True)
class Results:
    """What the newest runs said."""

    day: str
    tests: int
    """How many tests carry a case."""
    of: Mapping[str, str]
    """By row: `passed`, or what is the matter."""


def page(shown_by: Mapping[str, Iterable[str]], results: Results) -> str:
    """The whole page. `shown_by` has the tests of every row."""
    measured = stock_cases.kept()
    parts = [OPENING.format(cases=CASES, **{name: measured[name] for name in TOLD})]
    parts.append(f"Results of {results.day}: {results.tests} tests, {len(results.of)} cases.\n")
    for title, sentences in sections().items():
        is_lti = any(row.startswith("T-") for row in sentences)
        head = ["Case", "What is asked", "Result", "Shown by"]
        head += [f"{measured['library']} {measured['version']}"] if is_lti else []
        parts += ["", f"## {title}", "", _line(head), _line(["---"] * len(head))]
        for row, words in sentences.items():
            cells = [row, words, results.of.get(row, "not run"), _places(shown_by.get(row, ()))]
            cells += [_stock(measured["cases"].get(row))] if is_lti else []
            parts.append(_line(cells))
    return "\n".join(parts).replace("\n\n\n", "\n\n") + "\n"


WORKERS = os.environ.get("WORKERS", "2")

TOLD = ("library", "version", "beside")


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _places(tests: Iterable[str]) -> str:
    """The files that hold a row's tests, as links from docs/."""
    files = sorted({test.split("::")[0] for test in tests})
    return ", ".join(f"[{Path(file).stem}](../{file})" for file in files)


def _stock(one: Mapping[str, Any] | None) -> str:
    return "not tried" if one is None else f"{'✓' if one['met'] else '✗'} {one['seen']}"


def results_of(collected: Mapping[str, Iterable[str]], known: Mapping[str, str]) -> Results:
    """What the tests of each row came to: the worst of them."""
    ours = {row: list(tests) for row, tests in collected.items() if not row.startswith("S")}
    of = {}
    for row, tests in ours.items():
        bad = sorted({known.get(test, "not run") for test in tests} - {outcomes.PASSED})
        of[row] = ", ".join(bad) or outcomes.PASSED
    count = len({test for tests in ours.values() for test in tests})
    return Results(f"{datetime.now(UTC):%Y-%m-%d}", count, of)


def results_on(text: str) -> Results:
    """The results that a page shows.

    Raises:
        ValueError: it says nothing of its run.
    """
    run = RUN.search(text)
    if run is None:
        raise ValueError("the page does not say when its results are from")
    return Results(run[1], int(run[2]), dict(LINE.findall(text)))


def run_missing(collected: Mapping[str, Iterable[str]]) -> None:
    """Run the tests of which nobody has written down that they passed."""
    known = {test for test, said in outcomes.read().items() if said == outcomes.PASSED}
    wanted = {test for row, tests in collected.items() if row[0] != "S" for test in tests}
    missing = sorted({test.split("[")[0] for test in wanted - known})
    if not missing:
        return
    print(f"running {len(missing)} tests that have not passed yet", flush=True)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as names:
        names.write("\n".join(missing))
        names.flush()
        subprocess.run(
            [
                sys.executable, "-m", "pytest", "--quiet", "--outcomes", str(outcomes.FILE),
                "-n", WORKERS, "--dist", "worksteal", f"@{names.name}",
            ],
            cwd=ROOT,
            check=False,
        )  # fmt: skip


def main() -> int:
    """Write the page; 1 where a case is not shown."""
    collected = rows.collect()
    run_missing(collected)
    results = results_of(collected, outcomes.read())
    PAGE.write_text(page(collected, results), encoding="utf-8")
    open_ones = {row: said for row, said in results.of.items() if said != outcomes.PASSED}
    for row, said in open_ones.items():
        print(f"{row}: {said}")
    print(f"{PAGE.relative_to(ROOT)}: {len(results.of)} cases, {results.tests} tests")
    return 1 if open_ones else 0


if __name__ == "__main__":
    sys.exit(main())
