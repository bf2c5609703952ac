"""The instructor's page: is every grade in the gradebook, and if not, why not."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from lti_tool.database import read_session, sessions
from lti_tool.grades.models import Courier, DeliveryState, ScoreDelivery, Trouble
from lti_tool.launch.models import ResourceLink
from lti_tool.people.models import Course, Membership, Person, Visit
from lti_tool.people.roles import Role
from lti_tool.web.session import VISIT_COOKIE, digest
from tests.builders import a_person
from tests.counting import Counted
from tests.grades.conftest import World

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def world(canvas: World) -> World:
    """One LMS is enough for a page that shows rows."""
    return canvas


def sign_in(client: FlaskClient, world: World, person_id: int, role: Role) -> str:
    """Let somebody in as if they had launched; returns the form token's visit digest."""
    token = f"token-of-{person_id}-{role}"
    now = datetime.now(UTC)
    with sessions(world.engine).begin() as session:
        session.add(
            Visit(
                token_digest=digest(token),
                person=session.get_one(Person, person_id),
                course=session.get_one(Course, world.course_id),
                role=role,
                began_at=now,
                expires_at=now + timedelta(hours=1),
            )
        )
    client.set_cookie(VISIT_COOKIE, token, secure=True, domain="localhost")
    return token


def page(client: FlaskClient) -> str:
    answer = client.get("/grades/", base_url="https://localhost")
    assert answer.status_code == 200
    return " ".join(answer.text.split())


def form_token(text: str) -> str:
    return text.split('name="form_token" value="', 1)[1].split('"', 1)[0]


def dora(client: FlaskClient, world: World) -> None:
    sign_in(client, world, world.people["dora"], Role.INSTRUCTOR)


def test_when_all_is_well_one_sentence_says_so(world: World, client: FlaskClient) -> None:
    world.decide("ada", points="6")
    world.drain()
    dora(client, world)

    shown = page(client)

    assert "every score that was decided stands in your gradebook" in shown
    assert "Ada Reyes" in shown
    assert "6 of 12" in shown
    assert "Delivered" in shown
    assert "Try again" not in shown


def test_before_the_first_decision_the_page_says_what_will_come(
    world: World, client: FlaskClient
) -> None:
    dora(client, world)

    assert "Nothing has been decided yet" in page(client)


@pytest.mark.parametrize(
    ("state", "trouble", "words"),
    [
        (DeliveryState.UNKNOWN, Trouble.UNREACHABLE, "Not known yet"),
        (DeliveryState.OVERRIDDEN, Trouble.NONE, "Somebody set another grade there"),
        (DeliveryState.SENDING, Trouble.NONE, "Being sent now"),
        (DeliveryState.WAITING, Trouble.NONE, "On its way"),
        *[
            (DeliveryState.NEEDS_PERSON, trouble, "Needs you")
            for trouble in Trouble
            if trouble is not Trouble.NONE
        ],
    ],
)
def test_every_state_is_told_in_words(
    world: World, client: FlaskClient, state: DeliveryState, trouble: Trouble, words: str
) -> None:
    delivery = world.decide()
    with sessions(world.engine).begin() as session:
        row = session.get_one(ScoreDelivery, delivery)
        row.state, row.trouble, row.last_error = state, trouble, "Said by the LMS <b>"
        row.settled_at = world.clock()
    dora(client, world)

    shown = page(client)

    assert words in shown
    assert "Said by the LMS &lt;b&gt;" in shown


def test_a_waiting_score_says_until_when_and_why(world: World, client: FlaskClient) -> None:
    first, second = world.decide("ada"), world.decide("fay")
    later = datetime.now(UTC) + timedelta(hours=2)
    with sessions(world.engine).begin() as session:
        row = session.get_one(ScoreDelivery, first)
        row.trouble, row.next_at = Trouble.UNREACHABLE, later
        session.add(
            Courier(
                registration_id=world.registration_id,
                paused_until=later,
                failures=1,
                trouble=Trouble.UNREACHABLE,
            )
        )
    dora(client, world)

    shown = page(client)

    assert shown.count("Waiting until") == 2
    assert shown.count("because your LMS does not answer as it should") == 2
    assert "2 scores are on the way" in shown
    assert world.state(second) is DeliveryState.WAITING


def test_trying_again_delivers_what_was_stuck(world: World, client: FlaskClient) -> None:
    roles = world.lms.school.course("1").roles
    del roles["ada"]
    delivery = world.decide("ada")
    world.drain()
    roles["ada"] = "learner"
    dora(client, world)
    shown = page(client)
    assert "Needs you" in shown

    answer = client.post(
        f"/grades/{delivery}/retry",
        data={"form_token": form_token(shown)},
        base_url="https://localhost",
        headers={"Origin": "https://localhost"},
    )
    world.clock.now = datetime.now(UTC)
    world.drain()

    assert answer.status_code == 303
    assert world.state(delivery) is DeliveryState.DELIVERED
    assert world.cell().visible == 50


@pytest.mark.row("T-111")
def test_a_link_without_a_gradebook_is_named(world: World, client: FlaskClient) -> None:
    world.change_link(line_item_url=None, line_items_url=None, scopes=[])
    dora(client, world)

    shown = page(client)

    assert "Your LMS offers no gradebook column for <strong>Field journal</strong>" in shown


@pytest.mark.row("T-110")
def test_a_missing_permission_is_named(world: World, client: FlaskClient) -> None:
    world.change_link(scopes=[])
    dora(client, world)

    assert "does not let Cairn write scores for <strong>Field journal</strong>" in page(client)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.INSTRUCTOR])
def test_only_instructors_see_the_page(world: World, client: FlaskClient, role: Role) -> None:
    world.decide()
    sign_in(client, world, world.people["ada"], role)

    answer = client.get("/grades/", base_url="https://localhost")

    assert answer.status_code == 403
    assert "Ada" not in answer.text.split("<main", 1)[1]


def test_an_instructor_of_another_course_sees_and_retries_nothing_here(
    world: World, client: FlaskClient
) -> None:
    delivery = world.decide()
    token = "token-of-ivan"
    now = datetime.now(UTC)
    with sessions(world.engine).begin() as session:
        ivan, elsewhere = a_person("Ivan Petrov"), Course(title="Elsewhere", created_at=now)
        session.add_all(
            [
                Visit(
                    token_digest=digest(token),
                    person=ivan,
                    course=elsewhere,
                    role=Role.INSTRUCTOR,
                    began_at=now,
                    expires_at=now + timedelta(hours=1),
                ),
                Membership(person=ivan, course=elsewhere, role=Role.INSTRUCTOR, seen_at=now),
            ]
        )
    client.set_cookie(VISIT_COOKIE, token, secure=True, domain="localhost")

    shown = page(client)
    answer = client.post(
        f"/grades/{delivery}/retry",
        data={"form_token": form_token_of(client)},
        base_url="https://localhost",
        headers={"Origin": "https://localhost"},
    )

    assert "Ada" not in shown
    assert answer.status_code == 403
    with read_session(world.engine) as session:
        assert session.scalars(select(Courier)).all() == []


def form_token_of(client: FlaskClient) -> str:
    """The token of a visit whose page shows no form: asked of the guard itself."""
    from lti_tool.web.permissions import form_token as token

    with client.application.test_request_context(
        "/grades/",
        base_url="https://localhost",
        headers={"Cookie": f"{VISIT_COOKIE}=token-of-ivan"},
    ):
        return token()


def test_the_page_asks_the_same_number_of_questions_for_any_course(
    world: World, client: FlaskClient, app: Flask
) -> None:
    world.decide("ada")
    dora(client, world)
    engine: Engine = app.extensions["cairn"].engine
    with Counted(engine) as once:
        page(client)
    for number in range(30):
        someone = a_person(f"Learner {number}")
        with Session(world.engine) as session:
            session.add(someone)
            row = session.scalars(select(ScoreDelivery)).first()
            link = session.get_one(ResourceLink, world.link_id)
            assert row is not None
            session.add(
                ScoreDelivery(
                    registration=row.registration,
                    line_item=row.line_item,
                    person=someone,
                    sub=f"{number}",
                    event=row.event,
                    points=row.points,
                    points_possible=row.points_possible,
                    review_id=f"review-{number}",
                    created_at=world.clock(),
                )
            )
            session.add(
                Membership(
                    person=someone, course=link.course, role=Role.LEARNER, seen_at=world.clock()
                )
            )
            session.commit()

    with Counted(engine) as often:
        page(client)

    assert len(often) == len(once)
