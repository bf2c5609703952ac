"""Every case that can be tried from outside, against a served tool, as `cairn certify` tries it."""

import pytest

from lti_tool.certification.case import Case
from lti_tool.certification.cases import CASES
from lti_tool.certification.stage import Stage


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=pytest.mark.row(case.number)) for case in CASES.values()],
    ids=list(CASES),
)
def test_the_case_is_met(stage: Stage, case: Case) -> None:
    outcome = stage.run(case)

    assert outcome.passed, outcome.seen
