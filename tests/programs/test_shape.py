"""The schema's refusals, in words."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from lti_tool.programs import shape
from lti_tool.programs.interchange import Fault
from lti_tool.programs.packages import PackageFaulty, parse
from tests.programs.samples import MANUAL, a_document, manual_example, rules_broken
from tools import package_reference


def faults_of(text: str) -> list[Fault]:
    """The faults of a package's text."""
    with pytest.raises(PackageFaulty) as refusal:
        parse(text)
    return refusal.value.faults


def line_of(text: str, part: str) -> int:
    """The line a part of a text stands in."""
    return text[: text.index(part)].count("\n") + 1


@pytest.mark.parametrize(
    ("part", "instead", "rule", "words"),
    [
        ("summary:", "sumary:", "unknown-field", "Did you mean “summary”?"),
        ("summary:", "nonsense:", "unknown-field", "Known here: format, slug"),
        ("version: 1", "version: one", "wrong-kind", "“version”: this must be a whole number."),
        ("version: 1", "version: 0", "out-of-range", "0 must be at least 1."),
        ("origin: cairn", "origin: us", "not-a-choice", "“us” is not one of: source, cairn."),
        ("slug: field-studies", "slug: Field Studies", "wrong-form", "small letters, digits"),
        ("cairn-program/1", "cairn-program/9", "format", "reads “cairn-program/1” only"),
        ("title: Field Studies", "title: ''", "text-size", "must not be empty"),
        ("kinds: [file, text]", "kinds: []", "list-size", "at least 1"),
        ("kinds: [file, text]", "kinds: [file, file]", "listed-twice", "twice"),
        ("kinds: [file, text]", "kinds: [painting]", "not-a-choice", "text, file, link"),
        ("status: complete", "status: done", "not-a-choice", "complete, outline"),
        ("points: 1}", "points: one}", "wrong-kind", "this must be a number"),
        ("demonstration: true", "demonstration: yes", "wrong-kind", "true or false"),
    ],
)
def test_a_slip_is_named_with_its_line(part: str, instead: str, rule: str, words: str) -> None:
    text = manual_example().replace(part, instead, 1)

    (found,) = [fault for fault in faults_of(text) if fault.rule == rule]

    assert (found.file, found.line) == ("program.yaml", line_of(text, instead))
    assert words in found.words


def test_a_missing_field_is_named_where_it_is_missing() -> None:
    text = manual_example().replace("    status: complete\n", "")

    assert faults_of(text) == [
        Fault(
            "program.yaml",
            line_of(text, "- slug: journal"),
            "missing-field",
            "Number 1 of “credentials”: “status” is missing here.",
        )
    ]


def test_a_text_that_is_too_long_says_by_how_much() -> None:
    text = manual_example().replace("title: Field Studies", f"title: {'x' * 201}")

    (fault,) = faults_of(text)
    assert fault.words == "“title”: this text has 201 characters; at most 200 fit."


def test_an_empty_file_is_no_package() -> None:
    (fault,) = faults_of("")
    assert (fault.file, fault.rule) == ("program.yaml", "wrong-kind")


@pytest.mark.row("S3-13")
def test_two_competencies_do_not_fit_in_one_credential() -> None:
    document = a_document()
    document["credentials"][0]["competency"] = ["One thing.", "Another thing."]

    assert rules_broken(document) == {"wrong-kind"}


def test_the_schema_is_valid_and_says_what_everything_means() -> None:
    Draft202012Validator.check_schema(shape.schema())

    mute = [
        f"{name}.{field}"
        for name, part in [("package", shape.schema()), *shape.schema()["$defs"].items()]
        for field, about in part.get("properties", {}).items()
        if "description" not in about and "$ref" not in about
    ]
    assert mute == []


def test_nothing_unknown_fits_anywhere() -> None:
    def open_objects(part: Any) -> list[str]:
        if isinstance(part, list):
            return [found for child in part for found in open_objects(child)]
        if not isinstance(part, dict):
            return []
        own = part.get("type") == "object" and part.get("additionalProperties", True) is not False
        inner = [found for child in part.values() for found in open_objects(child)]
        return ([json.dumps(part)[:80]] if own else []) + inner

    assert open_objects(shape.schema()) == []


def test_the_manual_lists_every_field() -> None:
    page = MANUAL.read_text(encoding="utf-8")

    assert package_reference.rewritten(page) == page


def test_the_manual_s_example_has_no_faults() -> None:
    assert parse(manual_example()).slug == "field-studies"
