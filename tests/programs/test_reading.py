"""How hard a text is to read."""

import pytest

from lti_tool.programs.advice import reading_level
from lti_tool.programs.reading import Count, measure, syllables
from tests.programs.samples import a_document

SPOKEN = {
    1: "cat make used planned schools choose whole rules grade the",
    2: "table people needed science bias being tables settled describes creates statement every",
    3: "radio video family evidence assessment reflection specific initial idea audience",
    4: "situation criteria experience material society",
}


@pytest.mark.parametrize(("count", "words"), SPOKEN.items())
def test_syllables_are_counted_by_spelling(count: int, words: str) -> None:
    assert {word: syllables(word) for word in words.split()} == dict.fromkeys(words.split(), count)


def test_the_grade_is_kincaid_s_formula() -> None:
    text = "The teacher asked a question. Nobody answered it, so the students talked in pairs."

    count = measure(text)

    assert count == Count(words=14, sentences=2, syllables=20)
    assert count.grade == pytest.approx(0.39 * 7 + 11.8 * 20 / 14 - 15.59)
    assert measure("").grade == 0.0


def test_every_item_of_a_list_is_a_sentence_and_markup_is_no_word() -> None:
    text = "Bring\n\n- **one** plan\n- [two notes](https://example.org/notes)\n\nand show\nthem."

    assert measure(text) == Count(words=8, sentences=4, syllables=8)


@pytest.mark.row("S3-19")
def test_a_credential_is_held_against_the_bound_of_its_program() -> None:
    hard = " ".join(["Institutional accountability necessitates comprehensive documentation"] * 15)
    document = a_document(reading_level={"at_most": 10})
    credential = document["credentials"][0]
    ((_, _, fits),) = reading_level(document)

    credential["parts"][0]["phases"][0]["tasks"][0]["prompt"] = hard
    (_, _, whole), (route, _, single) = reading_level(document)

    assert "within the program's 10" in fits
    assert "above the program's 10" in whole
    assert route[-1] == "prompt"
    assert "75 words to a sentence" in single


def test_another_language_is_not_measured_by_an_english_formula() -> None:
    assert list(reading_level(a_document(language="es"))) == []
