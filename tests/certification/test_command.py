"""`cairn certify` on the command line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from lti_tool.certification.case import Case, Section, sentences
from lti_tool.certification.cases import CASES
from lti_tool.certification.command import certify
from lti_tool.certification.platform import LEFT_OUT
from lti_tool.certification.stage import Stage
from lti_tool.certification.trial import Trial


def run(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The command as it is run on a machine, with settings of an installation there."""
    environment = {
        **os.environ,
        "CAIRN_DATA_DIR": str(folder),
        "CAIRN_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/live",
        "CAIRN_SECRET_KEY": "a secret of the installation, which no copy is told",
    }
    return subprocess.run(
        [sys.executable, "-m", "lti_tool", "certify", *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
    )


def test_cases_are_run_without_the_installation_s_own_database(tmp_path: Path) -> None:
    """The live database of this test cannot even be reached."""
    done = run("--case", "T-041", "--case", "T-014", "--json", folder=tmp_path)

    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout)
    assert [one["number"] for one in told["results"]] == ["T-014", "T-041"]
    assert told["passed"] == told["total"] == 2
    assert all(one["log"] and one["reference"] for one in told["results"])
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_case_is_named_with_those_there_are() -> None:
    done = CliRunner().invoke(certify, ["--case", "T-999"])

    assert done.exit_code == 1
    assert "T-999 cannot be run" in done.output
    assert "T-041" in done.output


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_each_case_has_a_sentence_and_a_source(case: Case) -> None:
    assert case.words.endswith(".")
    assert case.source
    assert case.run.__doc__
    assert case.number in sentences()


def test_a_case_that_is_not_met_is_told_with_what_was_seen(stage: Stage) -> None:
    # Given a case that asks for something else than what a strict tool does
    section = Section()

    @section.case("T-041", "nobody")
    def wants_the_opposite(trial: Trial) -> None:
        """Without exp."""
        trial.accepted("no exp", trial.browser().launch(exp=LEFT_OUT))

    # Then it fails, and says what was seen and where the tool wrote it down
    outcome = stage.run(section.cases[0])
    assert not outcome.passed
    assert outcome.seen == "no exp: 401 claim-missing"
    assert outcome.reference
    assert any(outcome.reference in line for line in outcome.log)


def test_a_case_that_cannot_be_run_to_its_end_is_not_passed(stage: Stage) -> None:
    section = Section()

    @section.case("T-041", "nobody")
    def begins_nothing(trial: Trial) -> None:
        """From an LMS that nobody registered."""
        trial.browser(trial.platform(registered=False)).launch()

    outcome = stage.run(section.cases[0])

    assert not outcome.passed
    assert outcome.fault == "Unbegun: the login was not begun: 401 unknown-platform"
