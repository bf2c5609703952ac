"""Columns: found before they are made, and never made twice."""

from decimal import Decimal

import pytest

from lti_tool.database import read_session, sessions
from lti_tool.grades.gradebook import Gradebook
from lti_tool.grades.models import DeliveryState, LineItem, Trouble
from lti_tool.launch.connector import Service
from lti_tool.launch.models import Deployment, DeploymentState, ResourceLink
from lti_tool.people.models import Membership
from lti_tool.people.roles import Role
from lti_tool.practice_lms.school import Column
from lti_tool.programs.models import Credential
from tests.grades.conftest import EVERYTHING, World

DELIVERED = DeliveryState.DELIVERED


def resource_id(world: World) -> str:
    with read_session(world.engine) as session:
        return session.get_one(Credential, world.credential_id).public_id


def columns(world: World) -> list[Column]:
    return world.lms.school.columns_of(world.lms.school.course("1"))


def gradebook(world: World) -> Gradebook:
    with read_session(world.engine) as session:
        deployment = session.get_one(ResourceLink, world.link_id).deployment_id
    context = world.context
    return Gradebook(
        Service.of(
            context.engine,
            context.settings,
            context.keyring,
            deployment_pk=deployment,
            clock=context.now,
        )
    )


def container(world: World) -> str:
    return world.lms.mood.columns_url(world.lms, world.lms.school.course("1"))


@pytest.mark.row("T-111")
def test_a_launch_that_names_its_column_is_graded_there(world: World) -> None:
    world.change_link(line_items_url=None)

    delivery = world.decide()
    world.drain()

    assert world.state(delivery) is DELIVERED
    assert world.received("lineitems") == []
    assert world.cell().visible == 50


@pytest.mark.row("T-111", "T-120")
def test_a_launch_that_names_only_the_container_gets_a_column_of_its_own(bare: World) -> None:
    delivery = bare.decide()

    bare.drain()

    assert bare.state(delivery) is DELIVERED
    (column,) = columns(bare)
    assert (column.label, column.maximum) == ("Keeping a field journal", 12)
    assert (column.resource_id, column.tag) == (resource_id(bare), "cairn")
    assert column.link_id == bare.link.id
    assert bare.cell(column=column).visible == 6


@pytest.mark.row("T-111")
def test_without_any_gradebook_nothing_is_queued(world: World) -> None:
    world.change_link(line_item_url=None, line_items_url=None, scopes=[])

    assert world.queue() == []


@pytest.mark.row("T-120")
def test_the_column_is_looked_for_by_resource_id_before_one_is_made(bare: World) -> None:
    there = bare.lms.add_column(
        bare.lms.school.course("1"), "By deep linking", 20, resource_id=resource_id(bare)
    )

    bare.decide()
    bare.drain()

    assert columns(bare) == [there]
    assert bare.cell(column=there).visible == 10


@pytest.mark.row("T-120")
def test_the_only_column_of_the_link_is_ours(bare: World) -> None:
    there = bare.lms.add_column(
        bare.lms.school.course("1"), "Made with the activity", 20, link_id=bare.link.id
    )

    bare.decide()
    bare.drain()

    assert columns(bare) == [there]
    assert bare.cell(column=there).visible == 10


@pytest.mark.row("T-120")
def test_a_column_of_our_tag_and_name_is_found_before_one_is_made(bare: World) -> None:
    course = bare.lms.school.course("1")
    there = bare.lms.add_column(course, "Keeping a field journal", 20, tag="cairn")
    other = bare.lms.add_column(course, "Another credential", 20, tag="cairn")

    bare.decide()
    bare.drain()

    assert columns(bare) == [there, other]
    assert bare.cell(column=there).visible == 10


@pytest.mark.row("T-120")
def test_somebody_elses_column_is_left_alone(bare: World) -> None:
    theirs = bare.lms.add_column(
        bare.lms.school.course("1"), "A quiz", 20, link_id=bare.link.id, resource_id="quiz-77"
    )

    bare.decide()
    bare.drain()

    assert len(columns(bare)) == 2
    assert bare.cell(column=theirs).visible is None


@pytest.mark.row("T-120")
def test_a_column_whose_making_was_never_answered_is_found_and_not_made_again(
    bare: World,
) -> None:
    # Given three questions find nothing, and the fourth, which makes a column, is never answered
    delivery = bare.decide()
    bare.lms.faults.switch_on("lineitems", "answered-but-lost", count=1, probability=0.5, seed=17)
    bare.drain()
    assert len(columns(bare)) == 1
    assert bare.state(delivery) is DeliveryState.WAITING

    bare.until_settled()

    assert bare.state(delivery) is DELIVERED
    assert len(columns(bare)) == 1


@pytest.mark.row("T-120")
def test_two_decisions_share_one_column(bare: World) -> None:
    bare.decide("ada")
    bare.decide("fay")

    bare.drain()

    assert len(columns(bare)) == 1
    assert len(bare.received()) == 2


@pytest.mark.row("T-121")
def test_in_a_copied_course_the_column_is_taken_over(bare: World) -> None:
    course = bare.lms.school.course("1")
    original = bare.lms.add_link(course, "The original activity", points=None)
    copied = bare.lms.add_column(
        course, "Copied", 20, link_id=original.id, resource_id=resource_id(bare)
    )

    bare.decide()
    bare.drain()

    assert columns(bare) == [copied]
    assert bare.cell(column=copied).visible == 10


@pytest.mark.row("T-121")
def test_a_column_of_another_of_our_links_is_not_taken_over(bare: World) -> None:
    course = bare.lms.school.course("1")
    other = bare.lms.add_link(course, "For the other group", points=None)
    theirs = bare.lms.add_column(
        course, "Other group", 20, link_id=other.id, resource_id=resource_id(bare)
    )
    with sessions(bare.engine).begin() as session:
        mine = session.get_one(ResourceLink, bare.link_id)
        beside = ResourceLink(
            deployment=mine.deployment,
            resource_link_id=other.lti_id,
            course=mine.course,
            credential=mine.credential,
            program=mine.program,
            line_items_url=None,
            scopes=list(EVERYTHING),
            seen_at=bare.clock(),
        )
        session.add(
            LineItem(
                resource_link=beside,
                credential=session.get_one(Credential, bare.credential_id),
                label="Other group",
                score_maximum=Decimal(20),
                url=bare.lms.mood.column_url(bare.lms, theirs),
                created_at=bare.clock(),
            )
        )

    bare.decide()
    bare.drain()

    assert len(columns(bare)) == 2
    assert bare.cell(column=theirs).visible is None


@pytest.mark.row("T-123")
def test_the_address_of_the_newest_launch_wins(world: World) -> None:
    world.decide(points="3")
    world.drain()
    moved = world.lms.add_column(world.lms.school.course("1"), "Moved", 100)
    world.change_link(line_item_url=world.lms.mood.column_url(world.lms, moved))

    world.decide(points="6")
    world.drain()

    assert world.cell(column=moved).visible == 50
    with read_session(world.engine) as session:
        (item,) = session.query(LineItem).all()
        assert item.url == world.lms.mood.column_url(world.lms, moved)


@pytest.mark.row("T-111")
def test_a_permission_only_to_read_columns_finds_but_never_makes_one(bare: World) -> None:
    bare.change_link(scopes=[scope for scope in EVERYTHING if not scope.endswith("/lineitem")])
    bare.lms.scopes = tuple(s for s in bare.lms.scopes if not s.endswith("/lineitem"))

    delivery = bare.decide()
    bare.drain()

    assert bare.state(delivery) is DeliveryState.NEEDS_PERSON
    assert bare.delivery(delivery).trouble is Trouble.NO_PERMISSION
    assert columns(bare) == []


def test_a_link_to_a_whole_program_gets_a_column_for_each_credential(bare: World) -> None:
    bare.change_link(credential=None, credential_id=None)

    bare.decide()
    bare.drain()

    (column,) = columns(bare)
    assert column.resource_id == resource_id(bare)


def test_a_blocked_deployment_gets_no_scores(world: World) -> None:
    with sessions(world.engine).begin() as session:
        link = session.get_one(ResourceLink, world.link_id)
        session.get_one(Deployment, link.deployment_id).state = DeploymentState.BLOCKED

    assert world.queue() == []


def test_only_learners_of_the_course_are_graded_there(world: World) -> None:
    with sessions(world.engine).begin() as session:
        for membership in session.query(Membership).filter_by(person_id=world.people["ada"]):
            membership.role = Role.OBSERVER

    assert world.queue() == []


@pytest.mark.row("T-120")
def test_a_column_is_changed_without_losing_what_is_not_ours(world: World) -> None:
    column = world.column
    column.resource_id, column.tag = "quiz-77", "theirs"
    url = world.lms.mood.column_url(world.lms, column)

    changed = gradebook(world).change(url, label="Field journal, renamed")

    assert changed.label == column.label == "Field journal, renamed"
    assert (column.resource_id, column.tag) == ("quiz-77", "theirs")


@pytest.mark.row("T-120")
def test_a_column_is_read_and_taken_away(bare: World) -> None:
    book = gradebook(bare)
    made = book.create(
        container(bare),
        label="Journal",
        maximum=Decimal("7.5"),
        resource_id="r",
        tag="t",
        link_id=bare.link.lti_id,
    )

    assert book.column(made.url).maximum == Decimal("7.5")
    book.delete(made.url)

    assert columns(bare) == []


@pytest.mark.row("T-119", "T-120")
def test_a_list_of_columns_is_read_over_all_its_pages(bare: World) -> None:
    for number in range(23):
        bare.lms.add_column(bare.lms.school.course("1"), f"Quiz {number}", 10, tag="quiz")

    found = gradebook(bare).columns(container(bare), scopes=EVERYTHING, tag="quiz")

    assert len(found) == 23
    assert all(
        "limit" not in one.query or bare.lms.mood.name == "canvas"
        for one in bare.received("lineitems")
    )


@pytest.mark.row("T-119")
def test_crooked_page_links_are_followed_as_they_come_over_the_wire(bare: World) -> None:
    """Moodle's have typographic quotes and `&amp;` once a limit is given; Canvas's are straight."""
    for number in range(7):
        bare.lms.add_column(bare.lms.school.course("1"), f"Quiz {number}", 10, tag="quiz")
    at = container(bare)

    found = gradebook(bare).columns(f"{at}{'&' if '?' in at else '?'}limit=3", scopes=EVERYTHING)

    assert len(found) == 7
    assert len(bare.received("lineitems")) == 3
