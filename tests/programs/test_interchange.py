"""YAML in and out."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.programs.interchange import Source, one_form, read_text, write

words = st.text().map(one_form)
numbers = st.integers(-(10**14), 10**14) | st.floats(-1e14, 1e14, allow_nan=False).filter(
    lambda number: number != int(number)
)
values = st.recursive(
    st.none() | st.booleans() | numbers | words,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.from_regex(r"[a-z_]{1,12}", fullmatch=True), inner, max_size=4)
    ),
    max_leaves=25,
)


def read(text: str) -> tuple[Any, Source]:
    source = Source(document=None)
    source.document = read_text(text.encode(), name="program.yaml", source=source)
    return source.document, source


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,12}", fullmatch=True), values, max_size=6))
def test_what_is_written_reads_back_equal(document: dict[str, Any]) -> None:
    back, source = read(write(document))

    assert source.faults == []
    assert back == document


@pytest.mark.parametrize(
    "text",
    [
        "a\x85b",
        "a\u2028b",
        "one\n two\n\nthree",
        "a: b\n- c",
        "# no comment",
        "'\"",
        "1e3",
        "null",
        "=",
        "<<",
    ],
)
def test_awkward_text_reads_back_equal(text: str) -> None:
    document, _ = read(write({"field": text}))

    assert document == {"field": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("Yes", "Yes"),
        ("on", "on"),
        ("07-01", "07-01"),
        ("2026-07-01", "2026-07-01"),
        ("12:30", "12:30"),
        ("0o17", "0o17"),
        ("1_000", "1_000"),
        ("true", True),
        ("30.0", 30),
        ("5.5", 5.5),
        ("~", None),
    ],
)
def test_words_stay_words_and_numbers_have_one_form(text: str, value: object) -> None:
    document, source = read(f"field: {text}")

    assert source.faults == []
    assert document == {"field": value}
    assert type(document["field"]) is type(value)


def test_text_has_one_form() -> None:
    document, _ = read('field: "  Colori\u0301n\\r\\n "')

    assert document == {"field": "Color\u00edn"}


def test_a_fault_says_where_it_stands() -> None:
    _, source = read("title: One\ncredentials:\n  - slug: a\n  - slug: b\n    goal: x\n")

    assert source.fault(("credentials", 1, "goal"), "r", "w").line == 5
    assert source.fault(("credentials", 1), "r", "w").line == 4
    assert source.fault(("credentials", 0, "missing", 3), "r", "w").line == 3
    assert str(source.fault((), "shape", "Words.")) == "program.yaml:1: Words. [shape]"


@pytest.mark.parametrize(
    ("text", "rule", "line"),
    [
        ("a: 1\nb: [1, 2\n", "yaml", 3),
        ("a: 1\nb: 2\na: 3\n", "field-twice", 3),
        ("a: 1e999\n", "number", 1),
        ("a: !!python/object:os.system {}\n", "yaml", 1),
        ("a: !secret x\n", "yaml", 1),
        ("a: &x [*x]\n", "too-large", 1),
        ("? [1, 2]\n: x\n", "yaml", 1),
        ("a: 1\n---\nb: 2\n", "yaml", 2),
        ("a: \x07\n", "yaml", 0),
        ("[" * 5000, "too-large", 0),
        ("- " * 100_000, "too-large", 0),
    ],
)
def test_what_cannot_be_read_is_a_fault(text: str, rule: str, line: int) -> None:
    _, source = read(text)

    assert [(fault.rule, fault.line) for fault in source.faults] == [(rule, line)]


def test_aliases_do_not_unfold_without_end() -> None:
    levels = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]

    _, source = read("\n".join(levels))

    assert {fault.rule for fault in source.faults} == {"too-large"}


def test_bytes_that_are_no_text_are_a_fault() -> None:
    source = Source(document=None)

    assert read_text(b"\xff\xfe\x00", name="program.yaml", source=source) is None
    assert source.faults[0].rule == "yaml"
