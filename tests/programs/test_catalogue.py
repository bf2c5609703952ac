"""The packages that come with Cairn: fit, and true to their sources."""

import re
from pathlib import Path

import pytest

from lti_tool.programs.packages import check
from lti_tool.programs.shipped import shipped_packages
from tests.programs.shipped import (
    ACADEMIES,
    DUPAGE,
    EXCEL,
    LEAD_HUBS,
    LOS_ANGELES,
    PROGRAMS,
    catalogue,
    named,
    texts,
    titles,
)


def test_the_five_programs_are_shipped() -> None:
    assert set(catalogue()) == PROGRAMS


@pytest.mark.parametrize("folder", shipped_packages(), ids=lambda folder: folder.name)
def test_a_shipped_package_has_no_faults(folder: Path) -> None:
    assert check(folder) == []


@pytest.mark.parametrize("slug", sorted(PROGRAMS))
def test_a_shipped_package_issues_as_a_demonstration(slug: str) -> None:
    assert catalogue()[slug]["demonstration"] is True


@pytest.mark.parametrize("folder", shipped_packages(), ids=lambda folder: folder.name)
def test_a_shipped_package_holds_no_address_of_a_person(folder: Path) -> None:
    written = "".join(file.read_text(encoding="utf-8") for file in folder.rglob("*.yaml"))

    assert not re.search(r"\S@\S", written)
    assert not re.search(r"mailto:|\(\d{3}\)|\d{3}-\d{3}-\d{4}", written)
    assert not re.search(r"\b(Mr|Mrs|Ms|Dr|Prof)\. [A-Z]", written)


def test_colours_tell_the_programs_apart() -> None:
    assert len({program["accent"] for program in catalogue().values()}) == len(PROGRAMS)


@pytest.mark.parametrize("slug", sorted(PROGRAMS))
def test_a_placeholder_is_never_presented_as_the_programs_own(slug: str) -> None:
    placeholder = re.compile(r"\b\d of \d\b|micro-credential \d")

    owners = {
        origin
        for field, text, origin in texts(catalogue()[slug])
        if field == "title" and placeholder.search(text)
    }

    assert owners <= {"cairn"}


@pytest.mark.parametrize("slug", sorted(PROGRAMS))
def test_long_texts_on_a_program_are_marked_as_ours(slug: str) -> None:
    program = catalogue()[slug]
    ours = {"summary", "explained", "logistics", "process", "registration"}

    assert ours <= set(program)
    assert ours <= set(program["cairn_wrote"])


@pytest.mark.parametrize("slug", sorted(PROGRAMS))
def test_what_cannot_be_begun_holds_no_work(slug: str) -> None:
    states = {
        entry["slug"]: "parts" in entry
        for entry in catalogue()[slug]["credentials"]
        if entry["status"] == "outline"
    }

    assert not any(states.values())


# S1: English Learner Administrator Academies


@pytest.mark.row("S1-14")
def test_the_academies_have_four_themes() -> None:
    program = catalogue()[ACADEMIES]

    assert titles(program, "english-learners") == [
        "Staff attitudes",
        "Program quality",
        "Performance through an English Learner lens",
        "School-community buy-in",
    ]
    assert named(program["stacks"], "english-learners")["rule"] == "all-of"


@pytest.mark.row("S1-10")
def test_every_academy_names_the_handbook_it_rests_on() -> None:
    program = catalogue()[ACADEMIES]

    sources = {entry["alignments"][0]["framework"] for entry in program["credentials"]}

    assert sources == {"el-handbook"}
    assert named(program["frameworks"], "el-handbook")["title"] == (
        "Illinois English Learner Handbook"
    )


def test_the_academies_say_how_much_is_wise_and_what_credit_it_brings() -> None:
    program = catalogue()[ACADEMIES]

    (pace,) = program["pace"]
    academy, hours = program["credit"]["options"]

    assert (pace["count"], pace["per"], pace["enforcement"]) == (2, "credit-year", "advice")
    assert program["plan"]["counts"] == [2, 2]
    assert program["duration"]["count"] == 3
    assert program["credit"]["choose"] == "one"
    assert (academy["amount"], academy["awards"]) == (1, "first-in-year")
    assert (hours["kind"], hours["awards"]) == ("professional-development", "any")


# S2: LEAD Hubs


@pytest.mark.row("S2-02")
def test_the_lead_hubs_name_many_partners_with_their_parts() -> None:
    partners = catalogue()[LEAD_HUBS]["partners"]

    roles = {role for partner in partners for role in partner["roles"]}

    assert named(partners, "hubs")["count"] == 6
    assert named(partners, "isc-40")["kind"] == "service-center"
    assert {"author", "funder", "issuer", "host", "assessor"} <= roles


def test_the_lead_hubs_give_one_credit_or_thirty_hours_or_none() -> None:
    program = catalogue()[LEAD_HUBS]
    academy, hours = program["credit"]["options"]

    assert program["credit"]["choose"] == "one"
    assert program["credit"]["none_allowed"] is True
    assert "board-member" not in academy["roles"]
    assert (academy["amount"], hours["amount"]) == (1, 30)
    assert program["funding"][0]["amount"] == 60000


# S3: DuPage County Leadership Hub


@pytest.mark.row("S3-01")
def test_dupage_offers_three_micro_endorsements() -> None:
    stacks = catalogue()[DUPAGE]["stacks"]

    assert [stack["title"] for stack in stacks] == [
        "Social Emotional Learning",
        "Equity",
        "English Learners",
    ]
    assert {stack["rule"] for stack in stacks} == {"all-of"}


@pytest.mark.row("S3-02")
def test_social_emotional_learning_has_its_three_micro_credentials() -> None:
    assert titles(catalogue()[DUPAGE], "social-emotional-learning") == [
        "Elevating Social Emotional Learning",
        "Assessing Social Emotional Learning Implementation in the School Setting",
        "Building a School Culture for Student Success",
    ]


@pytest.mark.row("S3-03")
def test_equity_has_its_three_micro_credentials() -> None:
    assert titles(catalogue()[DUPAGE], "equity") == [
        "Exploring and Deepening an Equity Mindset",
        "Assessing the Current Culture for Equity",
        "Leading Systems Change",
    ]


@pytest.mark.row("S3-04")
def test_english_learners_has_its_three_micro_credentials() -> None:
    assert titles(catalogue()[DUPAGE], "english-learners") == [
        "Evaluating Personal Mindset & the Existing Culture for English Learners",
        "Evaluating Data Trends on EL Programs & Outcomes",
        "Developing a Systemic Improvement Plan for EL Programs",
    ]


@pytest.mark.row("S3-34")
def test_every_dupage_credential_takes_thirty_hours() -> None:
    sizes = [entry["hours"] for entry in catalogue()[DUPAGE]["credentials"]]

    assert sizes == [{"min": 30, "max": 30}] * 9


@pytest.mark.row("S3-38")
def test_the_price_is_recorded_per_team_and_stack() -> None:
    (price,) = catalogue()[DUPAGE]["price"]

    assert (price["amount"], price["currency"]) == (1250, "USD")
    assert (price["per"], price["covers"]) == ("team", "stack")
    assert "four or more" in price["condition"]


def test_dupage_says_who_belongs_to_a_team_a_cohort_and_the_judgement() -> None:
    program = catalogue()[DUPAGE]
    seats = {seat["seat"]: seat["from"] for seat in program["cohort"]["staff"]}

    assert program["team"]["members"] == {"min": 4, "max": 10}
    assert program["cohort"]["organisations"] == {"min": 4}
    assert seats == {
        "facilitator": ["dupage-roe", "bloomboard"],
        "coach": ["dupage-roe", "bloomboard"],
    }
    assert program["deciders"]["approver"] is True
    assert program["deciders"]["distinct"] is True
    assert [step["title"] for step in program["cycle"]["steps"]] == [
        "Analyze",
        "Design",
        "Develop",
        "Implement",
        "Evaluate",
    ]
    assert {option["kind"] for option in program["credit"]["options"]} == {
        "administrator-academy",
        "cpdu",
    }


# S4: ExcEL Leadership Academy


@pytest.mark.row("S4-07")
def test_excel_begins_with_six_basic_micro_credentials() -> None:
    stack = named(catalogue()[EXCEL]["stacks"], "basic")

    assert stack["tier"] == 1
    assert stack["rule"] == "all-of"
    assert len(stack["members"]) == 6


@pytest.mark.row("S4-08")
def test_excel_goes_on_to_a_second_optional_six() -> None:
    stacks = catalogue()[EXCEL]["stacks"]
    first, second = named(stacks, "basic"), named(stacks, "advanced")

    assert second["tier"] == 2
    assert second["optional"] is True
    assert second["requires"] == ["basic"]
    assert len(second["members"]) == 6
    assert not set(first["members"]) & set(second["members"])
    assert named(stacks, "both-sets")["member_stacks"] == ["basic", "advanced"]


@pytest.mark.row("S4-04")
def test_six_basic_micro_credentials_bring_the_designation() -> None:
    stack = named(catalogue()[EXCEL]["stacks"], "basic")

    assert stack["designation"] == "Effective Educator of English Learners"


@pytest.mark.row("S4-09")
def test_an_excel_credential_is_ten_to_twenty_hours_over_a_year() -> None:
    program = catalogue()[EXCEL]

    assert {(c["hours"]["min"], c["hours"]["max"]) for c in program["credentials"]} == {(10, 20)}
    assert (program["duration"]["count"], program["duration"]["unit"]) == (1, "school-year")


@pytest.mark.row("S4-18")
def test_excel_lists_its_seven_design_elements() -> None:
    assert len(catalogue()[EXCEL]["blueprint"]) == 7


# S5: Los Angeles


@pytest.mark.row("S5-10")
def test_los_angeles_has_three_courses_of_two_modules() -> None:
    (whole,) = catalogue()[LOS_ANGELES]["credentials"]

    assert [len(course["modules"]) for course in whole["courses"]] == [2, 2, 2]


@pytest.mark.row("S5-11")
@pytest.mark.row("S5-12")
def test_los_angeles_has_a_minimum_for_each_kind_of_hours() -> None:
    program = catalogue()[LOS_ANGELES]
    (whole,) = program["credentials"]
    categories = program["hours"]["categories"]

    minima = {category["slug"]: category["minimum"] for category in categories}

    assert minima == {"face-to-face": 30, "elearning": 45, "fieldwork": 30}
    assert sum(minima.values()) == program["hours"]["min"] == 105
    assert named(categories, "face-to-face")["recorded_by"] == "instructor"
    assert whole["hours"] == program["hours"]


@pytest.mark.row("S5-22")
def test_the_issuer_in_los_angeles_is_a_department_of_the_district() -> None:
    department = named(catalogue()[LOS_ANGELES]["partners"], "mmed")

    assert (department["kind"], department["parent"]) == ("department", "lausd")
    assert "issuer" in department["roles"]


# Where the programs contradict each other


@pytest.mark.row("S5-21")
def test_the_size_of_a_micro_credential_is_each_programs_own() -> None:
    sizes = {
        slug: {(c["hours"]["min"], c["hours"]["max"]) for c in catalogue()[slug]["credentials"]}
        for slug in (LEAD_HUBS, DUPAGE, EXCEL, LOS_ANGELES)
    }

    assert sizes == {
        LEAD_HUBS: {(30, 30)},
        DUPAGE: {(30, 30)},
        EXCEL: {(10, 20)},
        LOS_ANGELES: {(105, 105)},
    }


def test_programs_that_disagree_differ_in_fields_only() -> None:
    programs = catalogue()

    gates = {slug: program["hours"]["gate"] for slug, program in programs.items()}
    units = {slug: program.get("submits") for slug, program in programs.items()}
    together = {slug: program.get("team", {}).get("required") for slug, program in programs.items()}
    shown = {slug: program.get("exemplars", {}).get("policy") for slug, program in programs.items()}

    assert [slug for slug, gate in gates.items() if gate] == [LOS_ANGELES]
    assert (units[DUPAGE], units[EXCEL], units[LOS_ANGELES]) == ("portfolio", "stage", "item")
    assert (together[DUPAGE], together[ACADEMIES], together[EXCEL]) == (True, False, False)
    assert (shown[DUPAGE], shown[EXCEL]) == ("none", "consented")
    assert programs[EXCEL]["concurrent"] is True
    assert programs[EXCEL]["resources_required"] is False
    assert programs[LOS_ANGELES]["resources_required"] is True
