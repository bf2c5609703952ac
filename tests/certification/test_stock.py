"""What docs/conformance.md says of stock PyLTI1p3, measured again: a handful, in this run."""

from collections.abc import Iterator
from importlib.metadata import version

import pytest

from benchmarks import stock_cases
from lti_tool.certification.cases import CASES
from lti_tool.certification.stage import Stage

HANDFUL = ("T-016", "T-020", "T-030", "T-040", "T-043", "T-045", "T-050", "T-059", "T-060", "T-067")
"""Cases it meets and cases it does not, of every kind: accepted, refused, broken."""


@pytest.fixture(scope="module")
def stock() -> Iterator[Stage]:
    """The smallest tool on the library, served."""
    with stock_cases.stock_stage() as stage:
        yield stage


@pytest.mark.parametrize("number", HANDFUL)
def test_it_still_does_what_was_measured(stock: Stage, number: str) -> None:
    found = stock_cases.measure(stock, [CASES[number]])

    assert found == {number: stock_cases.kept()["cases"][number]}


def test_every_case_that_can_be_tried_on_it_was_measured_with_this_version() -> None:
    kept = stock_cases.kept()

    assert kept["version"] == version(stock_cases.LIBRARY)
    assert set(kept["cases"]) == {case.number for case in stock_cases.portable()}
