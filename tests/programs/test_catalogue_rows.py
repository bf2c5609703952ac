"""What anybody reads of the shipped programs before they begin, on the pages themselves."""

import re

import pytest

from tests.programs.house import House
from tests.programs.shipped import (
    ACADEMIES,
    DUPAGE,
    EXCEL,
    LEAD_HUBS,
    LOS_ANGELES,
    catalogue,
    tasks_of,
)

FROM_AFAR = re.compile(r"\b(phone|video|call|online|shared page|recorded)\b", re.IGNORECASE)
PARAGRAPHS = re.compile(r"\n\n|\n *(?=- |\d\. )")
"""Between the paragraphs of a prompt and the points of its lists."""
IN_A_PLACE = re.compile(r"\b(on site|in person|visit|meet with|lead the meeting)\b", re.IGNORECASE)


def in_order(page: str, *words: str) -> bool:
    """Whether these stand on a page, each after the one before."""
    at = -1
    for one in words:
        at = page.find(one, at + 1)
        if at < 0:
            return False
    return True


@pytest.mark.row("S1-02")
@pytest.mark.row("S1-03")
@pytest.mark.row("S3-10")
@pytest.mark.row("S4-13")
@pytest.mark.row("S4-32")
def test_a_program_says_who_stands_behind_it_and_how_it_is_held(house: House) -> None:
    academies, dupage, excel = house.page(ACADEMIES), house.page(DUPAGE), house.page(EXCEL)

    assert "Held online and in person" in academies
    assert (
        "Offered by DuPage Regional Office of Education, Other Regional Offices of Education,"
        " Intermediate Service Centers, Illinois Principals Association (IPA)," in academies
    )
    assert "Created by BloomBoard, Latino Policy Forum and Partners to Lead" in dupage
    assert "Issued by UCLA Center X and Shelton Public Schools" in excel
    # Sessions may be held in person, and nothing binds anybody to one
    assert "Held blended" in excel
    assert "self-paced and blended, online and in person" in excel


@pytest.mark.row("S1-11")
@pytest.mark.row("S1-12")
@pytest.mark.row("S1-15")
def test_each_academy_asks_its_question_leads_through_steps_and_shows_an_example_of_the_state(
    house: House,
) -> None:
    asked = set()
    for academy in catalogue()[ACADEMIES]["credentials"]:
        page = house.page(ACADEMIES, academy["slug"])

        steps = [step["title"] for step in catalogue()[ACADEMIES]["cycle"]["steps"]]
        assert len(steps) == 5
        assert in_order(page, academy["guiding_question"], "What you will make", *steps)
        asked.add(academy["guiding_question"])
        examples = [one for one in academy["resources"] if one["kind"] == "example"]
        assert examples
        for example in examples:
            assert "Illinois" in example["location"]
            assert f"{example['title']} An example to look at, {example['location']}" in page
    assert len(asked) == 4
    assert all(question.endswith("?") for question in asked)


@pytest.mark.row("S2-06")
def test_a_stack_has_variants_for_audiences_that_share_members(house: House) -> None:
    page = house.page(LEAD_HUBS)

    for stack, role in (
        ("Stack for district leaders", "District leader"),
        ("Stack for school principals", "School leader or principal"),
        ("Stack for aspiring leaders", "Aspiring leader"),
    ):
        assert re.search(rf"{stack}.{{0,60}}Program for {role}\b", page)
    shared = next(
        one["title"]
        for one in catalogue()[LEAD_HUBS]["credentials"]
        if one["slug"] == "rights-into-practice"
    )
    map_of_stacks = page.split("What you can earn")[1].split("What it is")[0]
    assert map_of_stacks.count(shared) == 3


@pytest.mark.row("S2-10")
def test_a_section_of_the_handbook_leads_to_the_credentials_and_criteria_made_from_it(
    house: House,
) -> None:
    credentials = catalogue()[LEAD_HUBS]["credentials"]

    page = house.page(LEAD_HUBS)

    traced = page.split("What it is based on")[1].split("Research")[0]
    for one in credentials:
        rows = [
            (alignment["title"], row["title"])
            for part in one["parts"]
            for row in part["rubric"]["criteria"]
            for alignment in row.get("alignments", ())
            if alignment["framework"] == "el-handbook"
        ]
        assert rows, one["slug"]
        for section, criterion in rows:
            assert in_order(traced, section, one["title"], criterion), (section, criterion)


@pytest.mark.row("S2-12")
def test_every_step_of_the_hubs_can_be_taken_from_anywhere_at_any_time(house: House) -> None:
    program = catalogue()[LEAD_HUBS]

    page = house.page(LEAD_HUBS)

    assert "Held online" in page
    assert "every step can be done online, at a time that suits you" in page
    assert not program["hours"].get("categories")
    meetings = 0
    for one in program["credentials"]:
        for task in (task for part in one["parts"] for task in tasks_of(part)):
            # What is handed over is written here, sent as a file or linked to
            assert all(set(row["kinds"]) & {"text", "file", "link"} for row in task["artifacts"])
            # Where people meet, it says how to do so from afar
            for words in filter(IN_A_PLACE.search, PARAGRAPHS.split(task["prompt"])):
                assert FROM_AFAR.search(words), (one["slug"], task["slug"], words)
                meetings += 1
    assert meetings >= 10


@pytest.mark.row("S3-10")
@pytest.mark.row("S3-16")
def test_coach_peers_and_assessors_are_all_around_and_creators_are_named(house: House) -> None:
    page = house.page(DUPAGE)

    assert "One-on-one and cohort-based coaching at each stage of the process." in page
    assert "Work with other educators in your team and cohort." in page
    assert (
        "An assessor rates every criterion of the rubric, and a different person decides." in page
    )
    assert "Designed by Latino Policy Forum, Partners to Lead and BloomBoard." in house.page(
        DUPAGE, "el-data-trends"
    )


@pytest.mark.row("S4-22")
def test_one_cycle_of_improvement_is_the_way_through_all_twelve(house: House) -> None:
    steps = ("Focus", "Baseline", "Design", "Implement", "Self-evaluate")

    page = house.page(EXCEL)

    assert in_order(page, "The path: Rigorous, reflective cycle of improvement", *steps)
    for one in catalogue()[EXCEL]["credentials"]:
        made = house.page(EXCEL, one["slug"]).split("What you will make")[1]
        assert in_order(made, *(f"{step} " for step in steps)), one["slug"]
        assert [phase["slug"] for part in one["parts"] for phase in part["phases"]] == [
            step["slug"] for step in catalogue()[EXCEL]["cycle"]["steps"]
        ]


@pytest.mark.row("S4-28")
def test_each_credential_has_resources_of_its_own(house: House) -> None:
    lists = {}
    for one in catalogue()[EXCEL]["credentials"]:
        page = house.page(EXCEL, one["slug"]).split("Help along the way")[1]
        titles = [resource["title"] for resource in one["resources"]]
        assert in_order(page, *titles)
        lists[one["slug"]] = frozenset(titles)

    for slug, own in lists.items():
        others = frozenset().union(*(there for other, there in lists.items() if other != slug))
        assert len(own - others) >= 2, f"{slug} has hardly a resource that no other has"


@pytest.mark.row("S4-43")
@pytest.mark.row("S5-03")
@pytest.mark.parametrize("program", [EXCEL, LOS_ANGELES])
def test_rubrics_tell_knowledge_from_skill(house: House, program: str) -> None:
    for one in catalogue()[program]["credentials"]:
        page = house.page(program, one["slug"]).split("How it is judged")[1]
        rows = [row for part in one["parts"] for row in part["rubric"]["criteria"]]

        assert {row["kind"] for row in rows} >= {"knowledge", "skill"}
        for row in rows:
            assert f"{row['title']} {row['kind'].capitalize()} " in page


@pytest.mark.row("S7-06")
def test_a_plan_to_pass_it_on_is_offered_and_never_asked_for(house: House) -> None:
    for one in catalogue()[ACADEMIES]["credentials"]:
        (task,) = (task for part in one["parts"] for task in tasks_of(part) if task.get("optional"))
        (plan,) = task["artifacts"]

        page = house.page(ACADEMIES, one["slug"])

        assert plan["slug"] == "dissemination-plan"
        assert f"{plan['title']} if you like" in page
