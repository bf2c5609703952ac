"""`cairn walk --program`: each of the five programs, played by people of the practice LMSs.

Nothing is written behind the pages: the company is gathered, the work done and judged, and the
stack awarded over HTTP, as its own people would. ExcEL is played for one credential of its first
tier; the whole of it (`--whole`) takes minutes and is for a person to start.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from lti_tool.walk.expedition import Earned, Expedition
from lti_tool.walk.installation import Installation, beside, fresh_port, prepare, settings_for
from lti_tool.walk.journey import Step
from lti_tool.walk.plans import plan_for

pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True)
class Walked:
    """What a walk told and what was earned."""

    steps: list[Step]
    earned: list[Earned]

    def said(self, name: str) -> list[str]:
        """The words of every step of a name, in order."""
        return [step.words for step in self.steps if step.name == name]


@pytest.fixture
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[Installation]]:
    """A tool with the program of the test, beside a Canvas and a Moodle."""
    host = prepare(
        settings_for(tmp_path, fresh_port()), mood="canvas", company=False, program=request.param
    )
    try:
        host.start()
        yield [host, beside(host, "moodle", company=False)]
    finally:
        host.stop()


def walked(installations: list[Installation], program: str, *, legs: int | None = None) -> Walked:
    """Play a program; `legs` shortens it to so many credentials, without its stack."""
    plan = plan_for(installations[0].engine, program, whole=False)
    if legs is not None:
        plan = replace(plan, legs=plan.legs[:legs], stacks=())
    party = Expedition(installations, plan)
    steps = list(party.steps())
    return Walked(steps, party.earned())


@pytest.mark.row("S3-21", "S3-31", "S3-35", "S3-36", "S3-37", "S3-39")
def test_a_dupage_team_from_two_lmss_earns_a_micro_endorsement() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lti_tool", "walk", "--json", "--program", "dupage-leadership-hub"],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    told = json.loads(done.stdout)
    assert (done.returncode, told["fault"]) == (0, "")

    # Four make a team; with three nobody begins, and one alone does not begin in an open cohort
    assert "refused with 3: Your team “Lakeside team” is not complete" in _saw(told, "join")[0]
    assert "1 member; 3 more needed, 4 is the least." in _saw(told, "open")[0]
    # The cohort opens with four organisations, and facilitator and coach of both partners
    first, second = _saw(told, "refused")
    assert "It has 1 of 4 different organizations" in first
    assert "A coach from BloomBoard is missing." in first
    assert second.endswith("It has 1 of 4 different organizations: 3 more are needed.")
    # A coach met everybody and the whole cohort in each of the five phases
    assert _saw(told, "coach") == ["Samir Nowak wrote 10 meetings down"]
    # Scores reach the gradebook each person has
    assert _saw(told, "gradebook") == ["scores and comments: 2 in canvas, 2 in moodle"] * 3
    assert _saw(told, "stack") == ["4 proposed and awarded by Cleo Marsh"]

    assert [one["lms"] for one in told["earned"]] == ["canvas", "moodle"] * 2
    for number, one in enumerate(told["earned"]):
        assert len(one["credentials"]) == 3
        assert one["stacks"] == ["Social Emotional Learning"]
        # Academy credit once in a year for those who chose it, units for everything else
        units = [line.split(" (CPDU)")[0] for line in one["credit"]]
        assert (
            units[-1]
            == f"{90 if number % 2 else 60} units Continuing Professional Development Units"
        )
        assert len(units) == (1 if number % 2 else 2)


def _saw(told: dict[str, list[dict[str, str]]], name: str) -> list[str]:
    return [step["saw"] for step in told["steps"] if step["step"] == name]


@pytest.mark.row("S1-18", "S1-19")
@pytest.mark.parametrize("both", ["el-administrator-academies"], indirect=True)
def test_the_four_academies_bring_an_endorsement_and_one_academy_credit_a_year(
    both: list[Installation],
) -> None:
    found = walked(both, "el-administrator-academies")

    # The series is proposed with the fourth, not before
    assert [words.split("; ")[1:] for words in found.said("award")] == [
        ["everybody has 1", "no stack waits yet"],
        ["everybody has 2", "no stack waits yet"],
        ["everybody has 3", "no stack waits yet"],
        ["everybody has 4"],
    ]
    assert found.said("stack") == ["2 proposed and awarded by Cleo Marsh"]
    # The second of the year may not be academy credit again, and the page says why
    begun = found.said("begin")
    assert "Amara Osei: administrator-academy" in begun[0]
    assert "Only the first award of a year brings it" in begun[1]
    amara, bruno = found.earned
    assert [line.split(",")[0] for line in amara.credit] == [
        "1 credit Administrators' Academy credit",
        "90 hours Professional development hours",
    ]
    assert [line.split(",")[0] for line in bruno.credit] == [
        "120 hours Professional development hours"
    ]
    assert amara.stacks == bruno.stacks == ("English Learner micro-endorsement",)


@pytest.mark.row("S2-04", "S2-09")
@pytest.mark.parametrize("both", ["lead-hubs"], indirect=True)
def test_a_lead_hub_cohort_of_two_districts_earns_a_stack(both: list[Installation]) -> None:
    found = walked(both, "lead-hubs")

    assert found.said("gradebook") == ["scores and comments: 1 in canvas, 1 in moodle"] * 3
    # One award brings academy credit or thirty hours, never both
    amara, bruno = found.earned
    assert [line.split(",")[0] for line in amara.credit] == [
        "1 credit Illinois Administrator Academy credit",
        "60 hours Professional development hours",
    ]
    assert [line.split(",")[0] for line in bruno.credit] == [
        "90 hours Professional development hours"
    ]
    assert amara.stacks == bruno.stacks == ("Stack for district leaders",)


@pytest.mark.row("S5-11", "S5-16")
@pytest.mark.parametrize("both", ["lausd-english-learners"], indirect=True)
def test_los_angeles_awards_once_every_artifact_the_capstone_and_the_hours_are_there(
    both: list[Installation],
) -> None:
    found = walked(both, "lausd-english-learners")

    assert [words.split(":")[-1].strip() for words in found.said("submit")][-1] == (
        "one artifact enacted in your setting"
    )
    assert len(found.said("approve")) == 6  # five artifacts and the capstone
    # All is met, and the award waits for each kind of hours
    (waits,) = found.said("waits")
    assert waits.startswith("The award waits for hours: 30 more of “Face-to-face")
    names = [step.name for step in found.steps]
    assert names.index("waits") < names.index("hours") < names.index("award")
    for one in found.earned:
        assert (len(one.credentials), one.hours, one.credit) == (1, "105", ())


@pytest.mark.row("S4-02", "S4-12", "S4-30", "S4-40")
@pytest.mark.parametrize("both", ["excel-leadership-academy"], indirect=True)
def test_an_excel_team_across_two_lmss_goes_stage_by_stage(both: list[Installation]) -> None:
    found = walked(both, "excel-leadership-academy", legs=1)

    assert "leads a virtual team of 2" in found.said("team")[0]
    assert [words.split(": ")[-1] for words in found.said("submit")[1:]] == [
        "Design",
        "Implement",
        "Self-evaluate",
    ]
    assert len(found.said("approve")) == 4
    # Nobody wrote hours down, and the award is there
    for one in found.earned:
        assert (len(one.credentials), one.hours) == (1, "")
        assert one.credit[0].startswith("1 credit Graduate credit")
