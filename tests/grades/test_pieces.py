"""A column per stage or criterion, where a program asks for it."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from sqlalchemy import select

from lti_tool.database import sessions
from lti_tool.grades import pieces
from lti_tool.grades.models import DeliveryState
from lti_tool.grades.pieces import Piece
from lti_tool.practice_lms.school import Column
from lti_tool.programs.models import CredentialVersion
from lti_tool.programs.rubrics import Points
from tests.builders import a_credential_version, a_part
from tests.grades.conftest import World
from tests.grades.test_line_items import columns, resource_id

FIRST = Piece("observe", "Journal: Observe", Points(Decimal(3), Decimal(4)), "Looking: good (3)")
SECOND = Piece("reflect", "Journal: Reflect", Points(Decimal(2), Decimal(8)), "Telling: fair (2)")

pytestmark = pytest.mark.row("T-120")


def ask_for(world: World, *kinds: str) -> None:
    """Let the program say which columns it wants."""
    with sessions(world.engine).begin() as session:
        version = session.scalars(
            select(CredentialVersion).where(CredentialVersion.credential_id == world.credential_id)
        ).one()
        version.details = {**version.details, "gradebook_columns": list(kinds)}


def by_label(world: World) -> dict[str, Column]:
    return {column.label: column for column in columns(world)}


def decide(world: World, *given: Piece, points: str = "6") -> Sequence[int]:
    return world.queue("ada", points, pieces=given)


def test_without_a_word_there_is_one_column(bare: World) -> None:
    decide(bare)
    bare.drain()

    assert list(by_label(bare)) == ["Keeping a field journal"]


def test_each_stage_gets_a_column_of_its_own_beside_the_total(bare: World) -> None:
    ask_for(bare, "total", "stages")

    decide(bare, FIRST)
    bare.drain()
    bare.clock.pass_by(60)
    decide(bare, FIRST, SECOND, points="9")
    bare.drain()

    made = by_label(bare)
    assert sorted(made) == ["Journal: Observe", "Journal: Reflect", "Keeping a field journal"]
    observe, reflect = made["Journal: Observe"], made["Journal: Reflect"]
    assert observe.resource_id == f"{resource_id(bare)}/observe"
    assert (observe.maximum, bare.cell(column=observe).visible) == (4, 3)
    assert (reflect.maximum, bare.cell(column=reflect).visible) == (8, 2)
    assert bare.cell(column=made["Keeping a field journal"]).visible == 9
    # A stage whose score did not change is not sent again
    assert [comment.text for comment in bare.cell(column=observe).comments] == ["Looking: good (3)"]
    assert len(bare.cell(column=observe).changes) == 1
    # And it is tied to no link: Moodle would no longer name the link's own column (8.12)
    assert observe.link_id is None


def test_stages_alone_make_no_total(bare: World) -> None:
    ask_for(bare, "stages")

    decide(bare, FIRST, SECOND)
    bare.drain()

    assert sorted(by_label(bare)) == ["Journal: Observe", "Journal: Reflect"]


def test_where_no_column_can_be_made_the_links_own_takes_the_total(world: World) -> None:
    ask_for(world, "stages")
    world.change_link(line_items_url=None)

    (delivery,) = decide(world, FIRST, SECOND)
    world.drain()

    assert world.state(delivery) is DeliveryState.DELIVERED
    assert world.cell().visible == 50


def test_an_attempt_lives_in_the_links_own_column(canvas: World) -> None:
    ask_for(canvas, "stages")

    canvas.submit()
    canvas.drain()

    assert canvas.cell().attempt == 1


def test_withdrawing_empties_every_column(bare: World) -> None:
    ask_for(bare, "total", "stages")
    decide(bare, FIRST, SECOND)
    bare.drain()

    bare.withdraw()
    bare.drain()

    assert [bare.cell(column=column).visible for column in columns(bare)] == [None] * 3


def test_pieces_follow_the_rubric_and_only_what_was_judged() -> None:
    # Given two stages of two criteria, of which the first is judged and the second half so
    version = a_credential_version(parts=0)
    for number, part in enumerate((a_part(version, 1), a_part(version, 2)), start=1):
        part.slug, part.title = f"stage-{number}", f"Stage {number}"
        part.id = number
        for place, criterion in enumerate(part.criteria, start=1):
            criterion.id = 10 * number + place
    first, second = version.parts
    judged = [*first.criteria, second.criteria[0]]
    levels = {criterion.id: criterion.levels[-1] for criterion in judged}

    version.details = {"gradebook_columns": ["stages", "criteria"]}
    found = [piece.measure for piece in pieces.pieces_of(version, levels)]

    expected = ["stage-1", *(f"stage-1/{row.slug}" for row in first.criteria)]
    assert found == [*expected, f"stage-2/{second.criteria[0].slug}"]
    version.details = {}
    assert pieces.pieces_of(version, levels) == []
