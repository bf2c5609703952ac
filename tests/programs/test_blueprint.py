"""The rules of sense a package is held to before it is published."""

from collections.abc import Callable
from typing import Any

import pytest

from lti_tool.programs.colours import DARK_PAPER, WHITE, contrast
from lti_tool.programs.packages import PackageFaulty, parse
from tests.programs.samples import a_document, manual_example, rules_broken

Document = dict[str, Any]


def the_credential(document: Document) -> Document:
    """The example's one credential."""
    credential: Document = document["credentials"][0]
    return credential


def the_part(document: Document) -> Document:
    """Its one part."""
    part: Document = the_credential(document)["parts"][0]
    return part


def the_criterion(document: Document) -> Document:
    """Its one criterion."""
    criterion: Document = the_part(document)["rubric"]["criteria"][0]
    return criterion


def the_artifact(document: Document) -> Document:
    """Its one artifact."""
    artifact: Document = the_part(document)["phases"][0]["tasks"][0]["artifacts"][0]
    return artifact


def a_second_credential(document: Document, slug: str = "survey", **fields: Any) -> Document:
    """Another credential of the program, in preparation."""
    credential = {"slug": slug, "status": "outline", "title": "Pond survey", **fields}
    document["credentials"].append(credential)
    return credential


def a_stack(document: Document, **fields: Any) -> None:
    """A stack of the two credentials, with fields changed."""
    if len(document["credentials"]) == 1:
        a_second_credential(document)
    stack = {"slug": "ponds", "title": "Ponds", "rule": "all-of", "members": ["journal", "survey"]}
    document.setdefault("stacks", []).append(stack | fields)


def test_the_example_breaks_no_rule() -> None:
    document = a_document()
    a_stack(document)

    assert rules_broken(document) == set()


def spoil(rule: str, row: str = "") -> Callable[[Callable[[Document], None]], Any]:
    """Collects a way to break a rule, with the requirement row it shows."""

    def collect(change: Callable[[Document], None]) -> Any:
        marks = [pytest.mark.row(row)] if row else []
        name = change.__name__.strip("_")
        CASES.append(pytest.param(rule, change, id=f"{rule}-{name}", marks=marks))
        return change

    return collect


CASES: list[Any] = []


@spoil("unique-slugs")
def _two_scales_of_one_slug(document: Document) -> None:
    document["scales"].append({**document["scales"][0], "title": "Another"})


@spoil("unique-slugs")
def _two_credentials_of_one_slug(document: Document) -> None:
    a_second_credential(document, "journal")


@spoil("criteria-exist")
def _an_artifact_for_an_unknown_criterion(document: Document) -> None:
    the_artifact(document)["criteria"].append("beauty")


@spoil("criteria-covered", "S3-25")
def _a_criterion_without_an_artifact(document: Document) -> None:
    the_artifact(document)["criteria"] = []


@spoil("criteria-covered", "S3-25")
def _a_criterion_only_an_optional_artifact_shows(document: Document) -> None:
    the_artifact(document)["min"] = 0


@spoil("criteria-covered", "S3-25")
def _a_criterion_only_an_optional_task_shows(document: Document) -> None:
    the_part(document)["phases"][0]["tasks"][0]["optional"] = True


@spoil("levels-rise")
def _points_that_fall(document: Document) -> None:
    the_criterion(document)["levels"][1]["points"] = 0.5


@spoil("levels-rise")
def _levels_worth_nothing(document: Document) -> None:
    for level in the_criterion(document)["levels"]:
        level["points"] = 0


@spoil("list-size")
def _a_single_level(document: Document) -> None:
    the_criterion(document)["levels"].pop()
    the_criterion(document)["required_level"] = 1


@spoil("required-level-exists")
def _a_required_level_above_the_highest(document: Document) -> None:
    the_criterion(document)["required_level"] = 3


@spoil("one-competency", "S3-13")
def _no_competency(document: Document) -> None:
    del the_credential(document)["competency"]


@spoil("one-competency", "S3-22")
def _no_goal(document: Document) -> None:
    del the_credential(document)["goal"]


@spoil("author-and-research", "S3-14")
def _nobody_designed_it(document: Document) -> None:
    del document["creators"]


@spoil("author-and-research", "S3-14")
def _nothing_cited(document: Document) -> None:
    document["research"] = []


@spoil("outline-has-no-parts")
def _an_outline_with_parts(document: Document) -> None:
    the_credential(document)["status"] = "outline"


@spoil("complete-has-parts")
def _complete_without_parts(document: Document) -> None:
    del the_credential(document)["parts"]


@spoil("baseline-has-items", "S4-25")
def _a_baseline_with_nothing_to_rate(document: Document) -> None:
    del the_credential(document)["self_assessment"]
    del the_credential(document)["resources"]


@spoil("evidence-asked")
def _required_evidence_nobody_asks_for(document: Document) -> None:
    the_credential(document)["evidence_required"] = ["student-outcome"]


@spoil("stack-of-two", "S3-11")
def _a_stack_of_one(document: Document) -> None:
    a_stack(document, members=["journal"])


@spoil("stack-of-two")
def _more_needed_than_there_are(document: Document) -> None:
    a_stack(document, rule="n-of", count=3)


@spoil("stack-of-two")
def _any_of_without_a_count(document: Document) -> None:
    a_stack(document, rule="n-of")


@spoil("stack-of-two")
def _all_of_with_another_count(document: Document) -> None:
    a_stack(document, count=1)


@spoil("members-exist", "S3-11")
def _a_member_that_is_not_there(document: Document) -> None:
    a_stack(document, members=["journal", "pottery"])


@spoil("members-exist")
def _a_stack_that_requires_nothing_known(document: Document) -> None:
    a_stack(document, requires=["lakes"])


@spoil("members-exist")
def _a_prerequisite_that_is_not_there(document: Document) -> None:
    the_credential(document)["prerequisites"] = ["pottery"]


@spoil("stacks-end")
def _stacks_that_require_each_other(document: Document) -> None:
    a_stack(document, requires=["lakes"])
    a_stack(document, slug="lakes", requires=["ponds"])


@spoil("stacks-end")
def _credentials_that_wait_for_each_other(document: Document) -> None:
    the_credential(document)["prerequisites"] = ["survey"]
    a_second_credential(document, prerequisites=["journal"])


@spoil("scales-exist")
def _an_item_on_an_unknown_scale(document: Document) -> None:
    the_credential(document)["self_assessment"][0]["scales"] = ["joy"]


@spoil("items-exist")
def _a_recommendation_for_an_unknown_item(document: Document) -> None:
    the_credential(document)["resources"][0]["recommend"][0]["item"] = "joy"


@spoil("items-exist")
def _a_recommendation_for_everybody(document: Document) -> None:
    the_credential(document)["resources"][0]["recommend"][0]["at_most"] = 4


@spoil("scales-exist")
def _a_recommendation_on_a_scale_the_item_lacks(document: Document) -> None:
    the_credential(document)["resources"][0]["recommend"][0]["scale"] = "knowledge"


@spoil("phases-exist")
def _a_resource_for_an_unknown_phase(document: Document) -> None:
    the_credential(document)["resources"][0]["phase"] = "dream"


@spoil("frameworks-exist")
def _an_alignment_to_an_unknown_framework(document: Document) -> None:
    the_credential(document)["alignments"] = [{"framework": "handbook", "title": "Section 1"}]


@spoil("frameworks-exist")
def _a_criterion_aligned_to_an_unknown_framework(document: Document) -> None:
    the_criterion(document)["alignments"] = [{"framework": "handbook", "title": "Section 1"}]


@spoil("partners-exist")
def _staff_from_an_unknown_partner(document: Document) -> None:
    document["cohort"] = {"required": True, "staff": [{"seat": "coach", "from": ["office"]}]}


@spoil("roles-exist")
def _credit_for_an_unknown_role(document: Document) -> None:
    option = {"slug": "aa", "title": "AA", "kind": "other", "amount": 1, "unit": "credit"}
    document["credit"] = {"choose": "one", "options": [{**option, "roles": ["king"]}]}


@spoil("taxonomies-exist")
def _exemplars_under_an_unknown_taxonomy(document: Document) -> None:
    document["exemplars"] = {"policy": "consented", "taxonomies": ["approaches"]}


@spoil("parts-exist")
def _a_part_that_takes_up_a_later_one(document: Document) -> None:
    the_part(document)["builds_on"] = {"parts": ["capstone"], "choose": 1}


@spoil("modules-exist")
def _a_part_that_rests_on_an_unknown_module(document: Document) -> None:
    the_part(document)["modules"] = [{"course": "first", "module": "talk"}]


@spoil("accent-contrast")
def _an_accent_too_light_for_white(document: Document) -> None:
    document["accent"] = "#ffe08a"


@spoil("accent-contrast")
def _an_accent_too_dark_for_the_dark_paper(document: Document) -> None:
    document["accent"] = "#102a43"


@spoil("no-personal-contact")
def _an_address(document: Document) -> None:
    document["contact"]["text"] = "Write to somebody@example.org."


@spoil("no-personal-contact")
def _a_telephone_number(document: Document) -> None:
    document["registration"] = "Call (630) 555-0100."


@spoil("range")
def _a_team_of_ten_to_four(document: Document) -> None:
    document["team"] = {"modes": ["team"], "required": True, "members": {"min": 10, "max": 4}}


@spoil("range")
def _more_artifacts_at_least_than_at_most(document: Document) -> None:
    the_artifact(document).update(min=3, max=2)


@spoil("disclosure-default")
def _a_default_that_nobody_may_choose(document: Document) -> None:
    document["disclosure"] = {"allowed": ["pass", "nothing"], "default": "levels"}


@spoil("cairn-wrote-fields")
def _our_wording_of_what_is_not_there(document: Document) -> None:
    document["cairn_wrote"] = ["logistics"]


@spoil("zone-exists")
def _a_zone_nobody_knows(document: Document) -> None:
    document["calendar"] = {"timezone": "Illinois", "year_begins": "07-01"}


@spoil("day-exists")
def _a_year_that_begins_on_a_leap_day(document: Document) -> None:
    document["calendar"] = {"timezone": "America/Chicago", "year_begins": "02-29"}


@spoil("plain-characters")
def _a_character_nobody_sees(document: Document) -> None:
    document["summary"] = "Look\x07closely."


@spoil("one-line")
def _a_title_on_two_lines(document: Document) -> None:
    document["title"] = "Field\nStudies"


@spoil("tidy-numbers")
def _points_with_three_decimals(document: Document) -> None:
    the_criterion(document)["levels"][1]["points"] = 2.125


@spoil("tidy-numbers")
def _hours_with_two_decimals(document: Document) -> None:
    the_credential(document)["hours"] = {"min": 10.25}


@spoil("research-cited", "S3-14")
def _research_nobody_could_look_up(document: Document) -> None:
    document["research"] = [{"citation": "Research on looking closely"}]


@spoil("blueprint-shown", "S4-18")
def _a_design_element_that_nothing_shows(document: Document) -> None:
    document["blueprint"] = ["Of sustained duration"]


@spoil("blueprint-shown", "S3-19")
def _a_design_element_only_an_optional_task_shows(document: Document) -> None:
    document["blueprint"] = ["Active learning"]
    spare = {"slug": "spare", "title": "Spare", "prompt": "Draw.", "optional": True}
    the_part(document)["phases"][0]["tasks"].append({**spare, "blueprint": ["Active learning"]})


@spoil("blueprint-exists", "S4-18")
def _a_design_element_the_program_does_not_have(document: Document) -> None:
    the_part(document)["phases"][0]["tasks"][0]["blueprint"] = ["Fun"]


@spoil("strands-exist")
def _a_course_with_an_unknown_strand(document: Document) -> None:
    the_credential(document)["courses"] = [{"slug": "one", "title": "One", "strands": ["Media"]}]


@spoil("levels-differ", "S3-19")
def _levels_that_differ_in_degree_only(document: Document) -> None:
    low, high = the_criterion(document)["levels"]
    low["descriptor"] = "Some notes rarely name what was seen."
    high["descriptor"] = "All three notes clearly name what was seen."


@spoil("levels-differ")
def _a_description_that_stands_twice(document: Document) -> None:
    low, high = the_criterion(document)["levels"]
    high["descriptor"] = low["descriptor"].upper()


@spoil("levels-described")
def _a_level_that_only_gives_a_verdict(document: Document) -> None:
    the_criterion(document)["levels"][1]["descriptor"] = "Fully meets all expectations."


@pytest.mark.parametrize(("rule", "change"), CASES)
def test_a_package_that_breaks_a_rule_is_refused(
    rule: str, change: Callable[[Document], None]
) -> None:
    document = a_document()
    change(document)

    assert rules_broken(document) == {rule}


def test_a_fault_stands_at_its_line_in_words_for_its_author() -> None:
    text = manual_example().replace("criteria: [apart]}", "criteria: [beauty]}")
    line = text[: text.index("criteria: [beauty]")].count("\n") + 1

    with pytest.raises(PackageFaulty) as refusal:
        parse(text)

    covered, exist = sorted(refusal.value.faults, key=lambda fault: fault.rule)
    assert str(exist) == (
        f"program.yaml:{line}: There is no criterion “beauty”. There are: apart. [criteria-exist]"
    )
    assert "No artifact that must be given is evidence for “Seen and thought apart”" in str(covered)


def test_points_with_two_decimals_and_equal_points_are_fine() -> None:
    document = a_document()
    for level in the_criterion(document)["levels"]:
        level["points"] = 0.07

    assert rules_broken(document) == set()


@pytest.mark.row("S4-18")
def test_a_design_element_is_shown_by_a_task_or_by_the_program_s_people() -> None:
    document = a_document(blueprint=["Active learning", "Coaching"])
    document["coaching"] = {"kinds": ["online"], "blueprint": ["Coaching"]}
    the_part(document)["phases"][0]["tasks"][0]["blueprint"] = ["Active learning"]

    assert rules_broken(document) == set()


def test_nested_stacks_count_as_members() -> None:
    document = a_document()
    a_stack(document)
    a_stack(document, slug="lakes")
    a_stack(document, slug="waters", members=[], member_stacks=["ponds", "lakes"])

    assert rules_broken(document) == set()


def test_contrast_is_wcag_s() -> None:
    assert contrast("#000000", WHITE) == pytest.approx(21)
    assert contrast("#777777", WHITE) == pytest.approx(4.48, abs=0.01)
    assert contrast(WHITE, DARK_PAPER) == pytest.approx(contrast(DARK_PAPER, WHITE))
