"""The nine complete credentials of DuPage: usable by those who learn and those who judge."""

import re

import pytest

from tests.programs.shipped import (
    DUPAGE,
    DUPAGE_CREDENTIALS,
    EQUITY,
    catalogue,
    credential,
    named,
    tasks_of,
    texts,
)


@pytest.mark.parametrize("slug", DUPAGE_CREDENTIALS)
def test_only_title_and_hours_of_a_complete_credential_are_the_programs(slug: str) -> None:
    entry = credential(slug)

    stated = {field for field, _, origin in texts(entry) if origin == "source"}
    title = next(origin for field, _, origin in texts(entry) if field == "title")

    assert title == "source"
    assert stated <= {"slug", "status", "title", "origin", "topics", "cairn_wrote"}
    assert entry["status"] == "complete"


@pytest.mark.row("S3-13")
@pytest.mark.parametrize("slug", DUPAGE_CREDENTIALS)
def test_a_complete_credential_has_one_competency_and_a_goal_in_one_sentence(slug: str) -> None:
    entry = credential(slug)

    for text in (entry["goal"], entry["competency"]):
        assert text.endswith(".")
        assert ". " not in text
    assert entry["guiding_question"].endswith("?")


@pytest.mark.row("S3-18")
@pytest.mark.parametrize("slug", DUPAGE_CREDENTIALS)
def test_a_complete_credential_goes_through_the_five_phases(slug: str) -> None:
    (portfolio,) = credential(slug)["parts"]

    cycle = [step["slug"] for step in catalogue()[DUPAGE]["cycle"]["steps"]]

    assert [phase["slug"] for phase in portfolio["phases"]] == cycle
    assert {len(phase["tasks"]) for phase in portfolio["phases"]} <= {1, 2}


@pytest.mark.parametrize("slug", DUPAGE_CREDENTIALS)
def test_a_prompt_is_long_enough_to_follow_and_short_enough_to_read(slug: str) -> None:
    (portfolio,) = credential(slug)["parts"]

    lengths = {task["slug"]: len(task["prompt"].split()) for task in tasks_of(portfolio)}

    assert {name: words for name, words in lengths.items() if not 80 <= words <= 200} == {}


@pytest.mark.parametrize("slug", DUPAGE_CREDENTIALS)
def test_what_is_carried_out_is_dated_and_reflection_stays_private(slug: str) -> None:
    (portfolio,) = credential(slug)["parts"]
    carried_out = next(phase for phase in portfolio["phases"] if phase["slug"] == "implement")

    dated = [
        artifact
        for task in carried_out["tasks"]
        for artifact in task["artifacts"]
        if artifact.get("needs_date") and artifact.get("min", 1) >= 1
    ]
    reflections = [
        artifact.get("private", False)
        for task in tasks_of(portfolio)
        for artifact in task["artifacts"]
        if artifact["content"] == "reflection"
    ]

    assert dated
    assert reflections
    assert all(reflections)


@pytest.mark.parametrize("slug", DUPAGE_CREDENTIALS)
def test_a_rubric_has_five_or_six_criteria_of_four_levels_that_can_be_told_apart(
    slug: str,
) -> None:
    (portfolio,) = credential(slug)["parts"]
    criteria = portfolio["rubric"]["criteria"]

    assert len(criteria) in {5, 6}
    for criterion in criteria:
        levels = criterion["levels"]
        assert criterion["kind"] in {"knowledge", "skill", "disposition"}
        assert criterion["required_level"] == 3
        assert [level["points"] for level in levels] == [1, 2, 3, 4]
        assert len({level["name"] for level in levels}) == 4
        assert len({level["descriptor"] for level in levels}) == 4
        assert all(8 <= len(level["descriptor"].split()) <= 60 for level in levels)


def test_no_two_criteria_of_the_nine_rubrics_share_a_description() -> None:
    written = [
        level["descriptor"]
        for slug in DUPAGE_CREDENTIALS
        for part in credential(slug)["parts"]
        for criterion in part["rubric"]["criteria"]
        for level in criterion["levels"]
    ]

    assert len(set(written)) == len(written)


@pytest.mark.parametrize("slug", DUPAGE_CREDENTIALS)
def test_every_criterion_has_an_artifact_that_must_be_given(slug: str) -> None:
    (portfolio,) = credential(slug)["parts"]

    covered = {
        criterion
        for task in tasks_of(portfolio)
        for artifact in task["artifacts"]
        if artifact.get("min", 1) >= 1
        for criterion in artifact["criteria"]
    }

    assert covered == {criterion["slug"] for criterion in portfolio["rubric"]["criteria"]}


@pytest.mark.parametrize("slug", DUPAGE_CREDENTIALS)
def test_every_practice_of_the_baseline_leads_to_a_resource(slug: str) -> None:
    entry = credential(slug)
    scales = {scale["slug"]: len(scale["steps"]) for scale in catalogue()[DUPAGE]["scales"]}

    practices = {item["slug"] for item in entry["self_assessment"]}
    recommended = {
        rule["item"] for resource in entry["resources"] for rule in resource.get("recommend", [])
    }

    assert scales == {"knowledge": 4, "use": 4}
    assert all(item["scales"] == ["knowledge", "use"] for item in entry["self_assessment"])
    assert 6 <= len(practices) <= 8
    assert 6 <= len(entry["resources"]) <= 10
    assert recommended == practices


@pytest.mark.parametrize("slug", DUPAGE_CREDENTIALS)
def test_students_are_not_described_by_what_they_lack(slug: str) -> None:
    deficit = re.compile(
        r"low[- ]performing|at[- ]risk|struggling|non-English|limited English|\bLEP\b|deficien",
        re.IGNORECASE,
    )

    found = [text for _, text, _ in texts(credential(slug)) if deficit.search(text)]

    assert found == []


@pytest.mark.row("S3-06")
def test_the_trauma_tool_may_be_used_and_is_asked_for_nowhere() -> None:
    entry = credential("sel-elevating")
    tool = named(entry["resources"], "trauma-assessment")
    stated = {field for field, _, origin in texts(tool) if origin == "source"}

    assert (tool["title"], tool["kind"]) == ("The Lorie's Trauma Assessment Tool", "instrument")
    assert {"title", "kind"} & stated == {"title"}
    assert "recommend" not in tool
    assert catalogue()[DUPAGE]["resources_required"] is False
    assert not any("Lorie" in text for _, text, _ in texts(entry["parts"]))


@pytest.mark.row("S3-07")
def test_sel_teams_evaluate_analyze_and_communicate() -> None:
    (portfolio,) = credential("sel-assessing-implementation")["parts"]
    asked = {
        (task["verb"], artifact["content"])
        for task in tasks_of(portfolio)
        for artifact in task["artifacts"]
    }

    assert ("analyse", "data-analysis") in asked
    assert {verb for verb, _ in asked} >= {"evaluate", "analyse", "communicate"}
    assert ("communicate", "communication") in asked


@pytest.mark.parametrize("slug", EQUITY)
def test_what_learners_are_told_is_private_is_marked_so(slug: str) -> None:
    (portfolio,) = credential(slug)["parts"]

    promised = {
        artifact["slug"]: artifact.get("private", False)
        for task in tasks_of(portfolio)
        for artifact in task["artifacts"]
        if "**private**" in " ".join(task["prompt"].split())
        or "reflection is private**" in " ".join(task["prompt"].split())
    }

    assert promised
    assert all(promised.values())
