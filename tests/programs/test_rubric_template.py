"""The rubric as pages show it: one component, four states."""

from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from lti_tool.programs.models import Criterion
from lti_tool.web.pages import number
from tests.builders import a_credential_version

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


@pytest.fixture
def criteria() -> list[Criterion]:
    """Three criteria with four levels each, met from the third on, with ids."""
    rows = a_credential_version(criteria=3).parts[0].criteria
    for place, row in enumerate(rows, start=1):
        row.id = place
        for level in row.levels:
            level.id = place * 10 + level.number
    return rows


def shown(criteria: list[Criterion], state: str, **given: object) -> Element:
    """The component in a state, as a tree."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined
    )
    environment.filters["number"] = number
    macro = environment.get_template("_rubric.html").module.rubric  # type: ignore[attr-defined]
    page: Element = fromstring(str(macro(criteria, state=state, **given)))
    return page


def words(element: Element) -> str:
    """Its text on one line."""
    return " ".join("".join(element.itertext()).split())


def marked(page: Element, name: str, mark: str) -> list[str]:
    """The texts of all elements of a name whose class holds a mark."""
    return [words(one) for one in page.iter(name) if mark in one.get("class", "").split()]


@pytest.mark.row("S3-22")
def test_the_plain_rubric_shows_every_level_and_from_where_it_is_met(
    criteria: list[Criterion],
) -> None:
    page = shown(criteria, "plain")

    assert [words(title) for title in page.iter("h3")] == [
        "1. Criterion 1",
        "2. Criterion 2",
        "3. Criterion 3",
    ]
    levels = [words(level) for level in page.findall("section[1]//li")]
    assert levels[0] == "Beginning 1 point Work at level 1 of criterion 1."
    assert levels[2] == "Proficient 3 points Met from here Work at level 3 of criterion 1."
    assert len(list(page.iter("li"))) == 12
    assert marked(page, "li", "is-reached") == []
    assert page.find(".//input") is None


def test_a_required_level_that_is_the_highest_is_simply_met(criteria: list[Criterion]) -> None:
    criteria[0].required_level = 4

    assert "Exemplary 4 points Met Work" in words(shown(criteria[:1], "plain"))


def test_judging_is_one_row_of_radio_buttons_a_criterion(criteria: list[Criterion]) -> None:
    page = shown(criteria, "judging", reached={2: 23})

    assert [words(legend) for legend in page.iter("legend")] == [
        "1. Criterion 1",
        "2. Criterion 2",
        "3. Criterion 3",
    ]
    buttons = page.findall("fieldset[2]//label/input")
    assert [(button.get("name"), button.get("value")) for button in buttons] == [
        ("level-2", "1"),
        ("level-2", "2"),
        ("level-2", "3"),
        ("level-2", "4"),
    ]
    assert page.findall(".//input[@checked]") == [buttons[2]]


def test_the_reached_level_is_said_in_words_with_the_comment(criteria: list[Criterion]) -> None:
    page = shown(
        criteria, "reached", reached={1: 14, 2: 22}, comments={2: "Show <one> more lesson."}
    )

    assert marked(page, "p", "state") == ["Met: Exemplary", "Not yet: Developing", "Not judged yet"]
    assert marked(page, "li", "is-reached") == [
        "✓ Reached Exemplary 4 points Work at level 4 of criterion 1.",
        "● Reached Developing 2 points Work at level 2 of criterion 2.",
    ]
    assert [words(comment) for comment in page.iter("blockquote")] == ["Show <one> more lesson."]


def test_a_stranger_sees_the_reached_level_and_no_comment(criteria: list[Criterion]) -> None:
    page = shown(
        criteria, "stranger", reached={1: 13, 2: 23, 3: 34}, comments={1: "Between us."}, heading=2
    )

    assert len(marked(page, "li", "is-reached")) == 3
    assert "Between us." not in words(page)
    assert len(list(page.iter("h2"))) == 3
