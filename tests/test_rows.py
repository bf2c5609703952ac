"""Requirement rows: what tests carry is what the documents explain, no more and no less."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools import conformance, rows

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def carried() -> dict[str, list[str]]:
    """The rows of all tests, collected apart so that a part of the suite sees all of them too."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.rows"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    *lines, closing = done.stdout.splitlines()
    assert " rows carried by " in closing
    found: dict[str, list[str]] = {}
    row = ""
    for line in lines:
        if line.startswith(" "):
            found[row].append(line.strip())
        else:
            row = line
            found[row] = []
    return found


def test_every_row_has_the_shape_of_a_row(carried):
    assert [row for row in carried if not rows.ROW.fullmatch(row)] == []


@pytest.mark.parametrize("document", sorted(rows.DOCUMENTS))
def test_a_document_explains_exactly_the_rows_that_tests_carry(carried, document):
    families = rows.DOCUMENTS[document]

    expected = {row for row in carried if row.split("-")[0].startswith(families)}

    explained = set(rows.explained(document))
    assert sorted(expected - explained) == [], "carried by a test and not explained"
    assert sorted(explained - expected) == [], "explained and carried by no test"


def test_the_page_of_what_is_shown_lists_exactly_what_there_is(carried):
    """Sentences, files of tests, measured column; results are those of the run it names."""
    page = conformance.PAGE.read_text()
    shown = conformance.results_on(page)

    expected = conformance.page(carried, shown)

    said = "docs/conformance.md is written by `python -m tools.conformance`: run it"
    assert page.splitlines() == expected.splitlines(), said
    assert set(shown.of.values()) == {"passed"}, said


def test_an_explanation_is_a_sentence():
    for document in rows.DOCUMENTS:
        for row, words in rows.explained(document).items():
            assert len(words.split()) >= 5, row
            assert words.endswith("."), row
