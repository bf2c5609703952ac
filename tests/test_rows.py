"""Requirement rows: what tests carry is what the documents explain, no more and no less."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools import rows

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def carried() -> set[str]:
    """The rows of all tests, collected apart so that a part of the suite sees all of them too."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.rows"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    *lines, closing = done.stdout.splitlines()
    assert " rows carried by " in closing
    return {line for line in lines if not line.startswith(" ")}


def test_every_row_has_the_shape_of_a_row(carried):
    assert [row for row in carried if not rows.ROW.fullmatch(row)] == []


@pytest.mark.parametrize("document", sorted(rows.DOCUMENTS))
def test_a_document_explains_exactly_the_rows_that_tests_carry(carried, document):
    families = rows.DOCUMENTS[document]

    expected = {row for row in carried if row.split("-")[0].startswith(families)}

    explained = set(rows.explained(document))
    assert sorted(expected - explained) == [], "carried by a test and not explained"
    assert sorted(explained - expected) == [], "explained and carried by no test"


def test_an_explanation_is_a_sentence():
    for document in rows.DOCUMENTS:
        for row, words in rows.explained(document).items():
            assert len(words.split()) >= 5, row
            assert words.endswith("."), row
