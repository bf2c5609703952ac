"""Several columns fit: an instructor chooses, and everything that waited goes there."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from lti_tool.database import read_session, sessions
from lti_tool.grades import conflicts
from lti_tool.grades.models import DeliveryState, LineItem, Trouble
from lti_tool.people.models import Person
from lti_tool.people.roles import Role
from lti_tool.practice_lms.school import Column
from tests.grades.conftest import World
from tests.grades.test_line_items import columns, resource_id
from tests.grades.test_views import form_token, sign_in

DELIVERED, NEEDS_PERSON = DeliveryState.DELIVERED, DeliveryState.NEEDS_PERSON

pytestmark = [pytest.mark.row("T-120"), pytest.mark.usefixtures("app")]


def three(world: World, **marks: Any) -> list[Column]:
    """Three columns of one name, as copying a course again and again leaves them."""
    course = world.lms.school.course("1")
    name = "Keeping a field journal"
    made = [world.lms.add_column(course, name, maximum, **marks) for maximum in (12, 20, 100)]
    world.lms.override(made[1], "ada", 7)
    world.lms.override(made[1], "fay", 8)
    return made


def line_item(world: World) -> LineItem:
    with read_session(world.engine) as session:
        (found,) = session.query(LineItem).all()
        session.expunge_all()
        return found


def url_of(world: World, column: Column) -> str:
    return world.lms.mood.column_url(world.lms, column)


def choose(world: World, url: str) -> None:
    with sessions(world.engine).begin() as session:
        found = session.get_one(LineItem, line_item(world).id)
        dora = session.get_one(Person, world.people["dora"])
        conflicts.choose(session, found, url, by=dora, now=world.clock())


@pytest.mark.parametrize("mark", ["resource id", "tag", "link"])
def test_scores_wait_for_a_choice_and_no_column_is_made(bare: World, mark: str) -> None:
    marks = {
        "resource id": {"resource_id": resource_id(bare), "tag": "cairn"},
        "tag": {"tag": "cairn"},
        "link": {"link_id": bare.link.id},
    }[mark]
    made = three(bare, **marks)

    first, second = bare.decide("ada"), bare.decide("fay")
    bare.drain()

    assert bare.state(first) is bare.state(second) is NEEDS_PERSON
    assert bare.delivery(first).trouble is Trouble.SEVERAL_COLUMNS
    assert columns(bare) == made
    told = conflicts.candidates_of(line_item(bare))
    assert [one.url for one in told] == [url_of(bare, column) for column in made]
    assert [(one.maximum, one.results) for one in told] == [("12", 0), ("20", 2), ("100", 0)]


def test_the_column_that_was_chosen_gets_what_waited_and_what_follows(bare: World) -> None:
    made = three(bare, tag="cairn")
    first = bare.decide("ada")
    bare.drain()

    choose(bare, url_of(bare, made[2]))
    bare.drain()
    second = bare.decide("fay")
    bare.drain()

    assert bare.state(first) is bare.state(second) is DELIVERED
    assert bare.cell("ada", made[2]).visible == bare.cell("fay", made[2]).visible == 50
    assert columns(bare) == made


def test_none_of_them_makes_a_new_one(bare: World) -> None:
    made = three(bare, resource_id=resource_id(bare))
    delivery = bare.decide("ada")
    bare.drain()

    choose(bare, conflicts.NEW)
    bare.drain()

    assert bare.state(delivery) is DELIVERED
    assert len(columns(bare)) == 4
    assert bare.cell("ada", columns(bare)[3]).visible == 6
    assert all(not bare.cell("ada", column).changes for column in (made[0], made[2]))


def test_a_choice_that_is_changed_takes_the_delivered_scores_along(bare: World) -> None:
    made = three(bare, tag="cairn")
    bare.decide("ada")
    bare.drain()
    choose(bare, url_of(bare, made[0]))
    bare.drain()

    choose(bare, url_of(bare, made[2]))
    bare.drain()

    assert bare.cell("ada", made[2]).visible == 50
    assert [one.text for one in bare.cell("ada", made[2]).comments] == [
        "Criterion 1: Proficient (3)"
    ]
    assert bare.cell("ada", made[0]).visible == 6  # what was written there stays for its teacher


def test_a_column_that_was_not_offered_cannot_be_chosen(bare: World) -> None:
    three(bare, tag="cairn")
    bare.decide("ada")
    bare.drain()

    with pytest.raises(conflicts.NotOffered):
        choose(bare, "https://elsewhere.example/lineitem/1")

    assert line_item(bare).url is None


def test_an_instructor_chooses_undoes_and_looks_again(bare: World, client: FlaskClient) -> None:
    made = three(bare, tag="cairn")
    delivery = bare.decide("ada")
    bare.drain()
    sign_in(client, bare, bare.people["dora"], Role.INSTRUCTOR)
    column_id = line_item(bare).id
    at = f"/grades/columns/{column_id}"

    shown = client.get("/grades/", base_url="https://localhost").text
    assert "Choose the column" in shown
    page = client.get(at, base_url="https://localhost").text
    assert page.count("Keeping a field journal") >= 3
    assert "2 people have a grade there" in " ".join(page.split())

    def post(where: str, **values: str) -> int:
        return client.post(
            where,
            data={"form_token": form_token(page), **values},
            base_url="https://localhost",
            headers={"Origin": "https://localhost"},
        ).status_code

    assert post(at) == 422
    assert post(at, column=url_of(bare, made[0])) == 303
    bare.clock.pass_by(3600 * 24 * 365)
    bare.drain()
    assert bare.state(delivery) is DELIVERED
    assert "Choose another" in client.get("/grades/", base_url="https://localhost").text

    assert post(f"{at}/undo") == 303
    assert line_item(bare).url is None
    assert post(f"{at}/look") == 303
    assert line_item(bare).candidates == []


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.INSTRUCTOR])
def test_only_instructors_choose(bare: World, client: FlaskClient, role: Role) -> None:
    three(bare, tag="cairn")
    bare.decide("ada")
    bare.drain()
    sign_in(client, bare, bare.people["ada"], role)

    answer = client.get(f"/grades/columns/{line_item(bare).id}", base_url="https://localhost")

    assert answer.status_code == 403


@pytest.mark.row("T-121")
def test_a_copied_course_with_one_fitting_column_asks_nobody(bare: World) -> None:
    course = bare.lms.school.course("1")
    ours_id = resource_id(bare)
    original = bare.lms.add_link(course, "The original activity", points=None)
    bare.lms.add_column(course, "Original", 20, link_id=original.id, resource_id=ours_id)
    ours = bare.lms.add_column(course, "Copied", 20, link_id=bare.link.id, resource_id=ours_id)

    delivery = bare.decide()
    bare.drain()

    assert bare.state(delivery) is DELIVERED
    assert bare.cell(column=ours).visible == 10
