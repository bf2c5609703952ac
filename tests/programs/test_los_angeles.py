"""The Los Angeles program: courses, five artifacts and a capstone, each judged by itself."""

from typing import Any

import pytest

from tests.programs.shipped import LOS_ANGELES, catalogue, named, tasks_of, texts

PARTS = ["eola-portraits", "eola-lesson", "eola-video", "eola-assessment", "eola-revision"]


def program() -> dict[str, Any]:
    """The program's document."""
    return catalogue()[LOS_ANGELES]


def whole() -> dict[str, Any]:
    """Its one micro-credential."""
    return named(program()["credentials"], "tk-12-english-learner")


def part_of(slug: str) -> dict[str, Any]:
    """One of its five artifacts, or the capstone."""
    return named(whole()["parts"], slug)


def asked_for(part: dict[str, Any]) -> list[dict[str, Any]]:
    """The artifacts a part cannot be submitted without."""
    asked = [artifact for task in tasks_of(part) for artifact in task["artifacts"]]
    return [artifact for artifact in asked if artifact.get("min", 1) > 0]


@pytest.mark.row("S5-01")
def test_it_is_for_teachers_from_transitional_kindergarten_to_grade_twelve() -> None:
    assert program()["audience"]["grade_spans"] == ["TK-12"]


@pytest.mark.row("S5-02")
def test_data_on_students_come_with_the_name_of_their_instrument_and_stay_private() -> None:
    data = [
        artifact
        for part in whole()["parts"]
        for artifact in asked_for(part)
        if artifact["content"] == "data-analysis"
    ]

    assert len(data) == 2
    for artifact in data:
        assert artifact["instruments"][:3] == [
            "Summative ELPAC",
            "Dynamic Indicator of Early Literacy Skills (DIBELS)",
            "Reading Inventory (RI)",
        ]
        assert artifact["private"]
        assert artifact["small_groups_under"] == 10


@pytest.mark.row("S5-03")
@pytest.mark.row("S5-05")
@pytest.mark.row("S5-06")
def test_three_outcomes_say_what_is_known_done_and_cared_for() -> None:
    outcomes = {outcome["kind"]: outcome["text"] for outcome in whole()["outcomes"]}
    judged = {
        criterion["kind"] for part in whole()["parts"] for criterion in part["rubric"]["criteria"]
    }

    assert list(outcomes) == ["knowledge", "skill", "disposition"]
    assert outcomes["skill"] == "Design and deliver rigorous English Learner assessments."
    assert outcomes["disposition"].startswith("Plan, deliver, reflect and revise")
    assert judged == set(outcomes)


@pytest.mark.row("S5-04")
def test_it_is_aligned_to_five_frameworks_and_its_criteria_to_places_in_them() -> None:
    aligned = {alignment["framework"] for alignment in whole()["alignments"]}
    criteria = {
        alignment["framework"]
        for part in whole()["parts"]
        for criterion in part["rubric"]["criteria"]
        for alignment in criterion.get("alignments", [])
    }

    assert aligned == {framework["slug"] for framework in program()["frameworks"]}
    assert len(aligned) == 5
    assert criteria == aligned


@pytest.mark.row("S5-14")
def test_five_artifacts_are_each_submitted_by_themselves_and_rest_on_six_modules() -> None:
    modules = {
        (course["slug"], module["slug"])
        for course in whole()["courses"]
        for module in course["modules"]
    }
    artifacts = [part for part in whole()["parts"] if part["kind"] == "item"]
    rests = [{(one["course"], one["module"]) for one in part["modules"]} for part in artifacts]

    assert program()["submits"] == "item"
    assert [part["slug"] for part in artifacts] == PARTS
    assert len(modules) == 6
    assert set().union(*rests) == modules
    assert all(asked_for(part) and part["rubric"]["criteria"] for part in artifacts)


@pytest.mark.row("S5-15")
def test_the_capstone_enacts_one_of_the_five_and_has_three_required_parts() -> None:
    phases = [(phase["title"], len(phase["tasks"])) for phase in part_of("capstone")["phases"]]
    asked = {artifact["slug"] for artifact in asked_for(part_of("capstone"))}

    assert part_of("capstone")["kind"] == "capstone"
    assert part_of("capstone")["builds_on"] == {"parts": PARTS, "choose": 1}
    assert phases == [("Document", 1), ("Reflect", 1), ("Go on", 1)]
    assert asked >= {"enactment-log", "capstone-reflection", "next-steps"}
    assert named(asked_for(part_of("capstone")), "enactment-log")["needs_date"]


@pytest.mark.row("S5-17")
def test_digital_media_literacy_runs_through_every_course() -> None:
    assert program()["strands"] == whole()["strands"] == ["Digital Media Literacy"]
    assert [course["strands"] for course in whole()["courses"]] == [program()["strands"]] * 3


@pytest.mark.row("S5-19")
def test_three_ways_to_plan_instruction_are_named_and_the_names_are_ours() -> None:
    ways = named(program()["taxonomies"], "instructional-approaches")
    script = tasks_of(part_of("eola-video"))[0]["prompt"]

    assert len(ways["terms"]) == 3
    assert "terms" in ways["cairn_wrote"]
    assert all(way.partition(":")[0] in script for way in ways["terms"])


def test_a_video_is_held_against_the_four_signs_of_the_program() -> None:
    video = named(asked_for(part_of("eola-video")), "video")

    assert video["checklist"] == program()["exemplars"]["checklist"]
    assert len(video["checklist"]) == 4
    assert video["consent"]


def test_the_work_of_all_tasks_is_the_fieldwork_of_the_program() -> None:
    fieldwork = named(whole()["hours"]["categories"], "fieldwork")

    hours = [sum(task["hours"] for task in tasks_of(part)) for part in whole()["parts"]]

    assert hours == [5] * 6
    assert sum(hours) == fieldwork["minimum"]


def test_what_the_program_does_not_state_is_marked_as_ours() -> None:
    stated = {field for field, _, origin in texts(whole()) if origin == "source"}

    assert {"goal", "competency", "prompt", "descriptor", "description"}.isdisjoint(stated)
    assert {origin for field, _, origin in texts(whole()["courses"]) if field == "title"} == {
        "cairn"
    }


@pytest.mark.parametrize("slug", [*PARTS, "capstone"])
def test_each_rubric_has_criteria_of_four_levels_that_name_what_one_sees(slug: str) -> None:
    criteria = part_of(slug)["rubric"]["criteria"]

    assert 3 <= len(criteria) <= 4
    for criterion in criteria:
        points = [level["points"] for level in criterion["levels"]]
        assert points == [1, 2, 3, 4]
        assert criterion["required_level"] == 3
        assert all(8 <= len(level["descriptor"].split()) <= 60 for level in criterion["levels"])


def test_every_practice_is_rated_twice_and_leads_to_a_resource() -> None:
    practices = {item["slug"]: item["scales"] for item in whole()["self_assessment"]}
    led = {rule["item"] for resource in whole()["resources"] for rule in resource["recommend"]}

    assert set(map(tuple, practices.values())) == {("knowledge", "use")}
    assert led == set(practices)
