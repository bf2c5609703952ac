"""A link to one stage has a column of that stage, and nothing else goes there (T-111, T-120)."""

from decimal import Decimal

import pytest

from lti_tool.grades.models import DeliveryState
from lti_tool.grades.pieces import Piece, stages_of
from lti_tool.programs.rubrics import Points
from tests.builders import a_credential_version
from tests.grades.conftest import World
from tests.grades.test_line_items import columns, resource_id

STAGE = Piece("part-1", "Journal: Part 1", Points(Decimal(9), Decimal(12)), "Looking: good (3)")
OTHER = Piece("part-2", "Journal: Part 2", Points(Decimal(2), Decimal(8)), "Telling: fair (2)")


@pytest.mark.row("T-111")
def test_a_stage_goes_to_the_column_of_its_link(world: World) -> None:
    world.change_link(part_slug="part-1")

    (delivery,) = world.queue("ada", "11", possible="20", stages=[STAGE, OTHER])
    world.drain()

    assert world.state(delivery) is DeliveryState.DELIVERED
    assert world.cell().visible == 75  # 9 of 12, in a column of 100
    assert world.comments() == ["Looking: good (3)"]
    assert len(columns(world)) == 1


@pytest.mark.row("T-111")
def test_another_stage_leaves_the_column_alone(world: World) -> None:
    world.change_link(part_slug="part-1")

    assert world.queue("ada", "2", possible="20", stages=[OTHER], pieces=[OTHER]) == []
    # The whole is not what the link stands for
    assert world.queue("ada", "2", possible="20") == []


@pytest.mark.row("T-111")
def test_an_attempt_at_a_stage_is_counted_in_its_column_only(canvas: World) -> None:
    canvas.change_link(part_slug="part-1")

    canvas.submit(part_slug="part-2")
    canvas.drain()
    before = canvas.cell().attempt
    canvas.submit(part_slug="part-1")
    canvas.drain()

    assert (before, canvas.cell().attempt) == (0, 1)


@pytest.mark.row("T-120")
def test_a_stage_s_column_is_made_where_there_is_none(bare: World) -> None:
    bare.change_link(part_slug="part-1")

    bare.queue("ada", "9", stages=[STAGE])
    bare.drain()

    (column,) = columns(bare)
    assert column.resource_id == f"{resource_id(bare)}/part-1"
    assert (column.maximum, column.label) == (12, "Keeping a field journal: Part 1")
    assert bare.cell(column=column).visible == 9


@pytest.mark.row("T-120")
def test_a_stage_that_is_gone_needs_no_column(world: World) -> None:
    world.change_link(part_slug="part-9")

    assert world.queue("ada", "9", stages=[STAGE], part_slug="part-9") == []


def test_stages_count_once_all_their_criteria_are_judged() -> None:
    version = a_credential_version(parts=2)
    number = 0
    for part in version.parts:
        for criterion in part.criteria:
            number += 1
            criterion.id = number
    first, second = version.parts
    judged = [*first.criteria, second.criteria[0]]

    found = stages_of(version, {row.id: row.levels[-1] for row in judged})

    assert [piece.measure for piece in found] == ["part-1"]
