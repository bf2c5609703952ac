"""Points, what is met, and the words for a gradebook."""

from decimal import Decimal

import pytest

from lti_tool.programs.models import CredentialVersion, Criterion, Level
from lti_tool.programs.rubrics import Points, is_met, missing, points, possible, shown, summary
from tests.builders import a_credential_version


def a_judged_version(criteria: int = 3) -> tuple[CredentialVersion, list[Criterion]]:
    """A credential whose criteria and levels have ids, as if they came from a database."""
    version = a_credential_version(criteria=criteria)
    rows = version.parts[0].criteria
    for place, row in enumerate(rows, start=1):
        row.id = place
    return version, rows


def reached(rows: list[Criterion], *numbers: int) -> dict[int, Level]:
    """The level of each criterion by its number; 0 leaves one out."""
    return {
        row.id: row.levels[number - 1] for row, number in zip(rows, numbers, strict=True) if number
    }


def test_points_are_those_of_the_reached_levels_against_the_highest() -> None:
    _, rows = a_judged_version()

    assert points(rows, reached(rows, 4, 3, 1)) == Points(Decimal(8), Decimal(12))
    assert points(rows, reached(rows, 4, 0, 0)) == Points(Decimal(4), Decimal(12))
    assert points(rows, {}) == Points(Decimal(0), Decimal(12))


def test_points_are_exact() -> None:
    _, rows = a_judged_version()
    for row in rows:
        row.levels[3].points = Decimal("3.35")

    assert points(rows, reached(rows, 4, 4, 4)) == Points(Decimal("10.05"), Decimal("10.05"))


def test_a_credential_can_bring_the_points_of_all_its_parts() -> None:
    assert possible(a_credential_version(parts=2, criteria=3, levels=4)) == Decimal(24)
    assert Points(Decimal(1), Decimal(2)) + Points(Decimal(3), Decimal(4)) == Points(
        Decimal(4), Decimal(6)
    )


@pytest.mark.row("S6-05")
@pytest.mark.parametrize(
    ("levels", "met", "left"),
    [
        ((3, 3, 3), True, []),
        ((4, 4, 2), False, ["criterion-3"]),
        ((4, 4, 0), False, ["criterion-3"]),
        ((1, 3, 2), False, ["criterion-1", "criterion-3"]),
    ],
)
def test_every_criterion_must_be_met(levels: tuple[int, ...], met: bool, left: list[str]) -> None:
    _, rows = a_judged_version()

    assert is_met(rows, reached(rows, *levels)) is met
    assert [row.slug for row in missing(rows, reached(rows, *levels))] == left


@pytest.mark.row("T-117")
def test_a_summary_has_one_line_a_criterion() -> None:
    _, rows = a_judged_version()
    rows[0].title = "Seen and\nthought  apart"
    rows[0].levels[2].points = Decimal("2.50")

    assert summary(rows, reached(rows, 3, 4, 0), link="https://cairn.example/lti/review/x") == (
        "Seen and thought apart: Proficient (2.5)\n"
        "Criterion 2: Exemplary (4)\n"
        "Criterion 3: not judged yet"
    )


@pytest.mark.row("T-117")
@pytest.mark.parametrize("link", ["", "https://cairn.example/lti/review/3aXk"])
def test_a_summary_too_long_for_a_gradebook_ends_with_the_way_to_the_rest(link: str) -> None:
    _, rows = a_judged_version(criteria=30)
    for row in rows:
        row.title = f"{row.title} {'and so on ' * 8}"

    text = summary(rows, reached(rows, *[4] * 30), link=link)

    assert len(text) <= 1_000
    lines = text.splitlines()
    assert lines[-1] == f"… and {30 - len(lines) + 1} more" + (f": {link}" if link else "")
    assert all(line.endswith("Exemplary (4)") for line in lines[:-1])
    assert len(text) + len(lines[0]) > 1_000


def test_a_single_line_that_is_too_long_leaves_only_the_link() -> None:
    _, rows = a_judged_version(criteria=1)
    rows[0].title = "x" * 1_200

    assert summary(rows, reached(rows, 1), link="https://c.example/r") == (
        "… and 1 more: https://c.example/r"
    )


@pytest.mark.parametrize(("length", "fits"), [(1_000, True), (1_001, False)])
def test_a_summary_has_at_most_a_thousand_characters(length: int, fits: bool) -> None:
    _, rows = a_judged_version(criteria=1)
    rows[0].title = "x" * (length - len(": Exemplary (4)"))

    text = summary(rows, reached(rows, 4))

    assert text.endswith("Exemplary (4)") is fits


@pytest.mark.parametrize(
    ("value", "words"), [("4", "4"), ("10", "10"), ("2.50", "2.5"), ("0.07", "0.07"), ("0", "0")]
)
def test_points_are_written_as_people_do(value: str, words: str) -> None:
    assert shown(Decimal(value)) == words
