"""Administration pages: signing in, deployments, appointments (issue section 3.4)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse

from lti_tool.database import sessions
from lti_tool.launch.models import Deployment, DeploymentState, PlatformUser
from lti_tool.launch.platforms import add_platform
from lti_tool.people import sign_in_links
from lti_tool.people.models import AuditEvent, Person, SignInLink, Visit
from lti_tool.people.roles import Role, Seat
from lti_tool.programs.models import Appointment
from tests.builders import a_credential_version, a_person

PAGES = ("/admin", "/admin/people", "/admin/people/1")


def now() -> datetime:
    return datetime.now(UTC)


def make_link(engine: Engine) -> str:
    """The path of a fresh sign-in link."""
    with sessions(engine).begin() as session:
        return "/admin/sign-in/" + sign_in_links.make(session, now=now())


@pytest.fixture
def cleo(client: FlaskClient, engine: Engine) -> FlaskClient:
    """A signed-in administrator."""
    assert client.post(make_link(engine)).status_code == 303
    return client


@pytest.fixture
def send(cleo: FlaskClient) -> Callable[..., TestResponse]:
    """Post a form of the administrator's pages, with its token."""

    def post(address: str, **values: str) -> TestResponse:
        page = cleo.get("/".join(address.split("/")[:4]) if "people" in address else "/admin")
        token = page.text.split('name="form_token" value="', 1)[1].split('"', 1)[0]
        return cleo.post(address, data={"form_token": token, **values})

    return post


@pytest.fixture
def deployment(engine: Engine) -> int:
    """A pending deployment of a registered LMS."""
    with sessions(engine).begin() as session:
        registration = add_platform(
            session,
            name="Prairie State LMS",
            issuer="https://lms.example.edu",
            client_id="tool-1",
            auth_login_url="https://lms.example.edu/auth",
            auth_token_url="https://lms.example.edu/token",
            jwks_url="https://lms.example.edu/jwks",
            now=now(),
        )
        row = Deployment(
            registration=registration,
            deployment_id="school-9",
            state=DeploymentState.PENDING,
            first_seen_at=now(),
        )
        session.add(row)
        session.flush()  # the test names it by id
        return row.id


@pytest.fixture
def ben(engine: Engine) -> int:
    """Somebody to appoint, in an installation with one program."""
    with sessions(engine).begin() as session:
        version = a_credential_version()
        person = a_person("Ben Ash")
        session.add_all([person, version])
        session.flush()  # the test names him by id
        return person.id


def program_slug(engine: Engine) -> str:
    """The one program's."""
    with sessions(engine)() as session:
        from lti_tool.programs.models import Program

        return session.scalars(select(Program.slug)).one()


def test_a_link_signs_one_administrator_in_once(client: FlaskClient, engine: Engine) -> None:
    """Looking changes nothing: mail scanners follow links, but press no buttons."""
    link = make_link(engine)
    page = client.get(link)
    assert page.status_code == 200
    assert "<button" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert client.get("/admin").status_code == 401

    signed_in = client.post(link)

    assert (signed_in.status_code, signed_in.location) == (303, "/admin/")
    assert client.get("/admin").status_code == 200
    with sessions(engine)() as session:
        visit = session.scalars(select(Visit)).one()
        assert visit.role is Role.ADMINISTRATOR
    for again in (client.get(link), client.post(link)):
        assert again.status_code == 401


def test_a_link_is_good_for_half_an_hour(client: FlaskClient, engine: Engine) -> None:
    """And an invented one never."""
    link = make_link(engine)
    with sessions(engine).begin() as session:
        session.scalars(select(SignInLink)).one().expires_at = now() - timedelta(seconds=1)

    assert client.get(link).status_code == 401
    assert client.post(link).status_code == 401
    assert client.post("/admin/sign-in/made-up").status_code == 401
    with sessions(engine)() as session:
        assert session.scalars(select(Visit)).all() == []


def test_a_link_s_token_is_neither_kept_nor_logged(
    client: FlaskClient, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only its digest lies in the database."""
    link = make_link(engine)
    token = link.rsplit("/", 1)[1]

    client.get(link)
    client.post(link)

    assert token not in "".join(capsys.readouterr())
    with sessions(engine)() as session:
        assert session.scalars(select(SignInLink)).one().token_digest != token


def test_all_links_lead_to_the_same_person(app: Flask, engine: Engine) -> None:
    """Administrators are nobody's learners; the audit trail says when one signed in."""
    for _ in range(2):
        app.test_client().post(make_link(engine))

    with sessions(engine)() as session:
        (person,) = session.scalars(select(Person))
        acts = [event.action for event in session.scalars(select(AuditEvent))]
    assert person.name == "Tool administrator"
    assert acts.count("people.sign-in") == 2


@pytest.mark.parametrize("address", PAGES)
def test_only_administrators_see_these_pages(
    client: FlaskClient, engine: Engine, address: str
) -> None:
    """Ivan, signed in as an instructor, sees none of them; a stranger neither."""
    assert client.get(address).status_code == 401

    client.post(make_link(engine))
    with sessions(engine).begin() as session:
        session.scalars(select(Visit)).one().role = Role.INSTRUCTOR
    assert client.get(address).status_code == 403


def test_what_needs_somebody_stands_first(cleo: FlaskClient, deployment: int) -> None:
    """Before the platforms."""
    page = cleo.get("/admin").text

    assert deployment
    assert page.index("Waiting for your decision") < page.index(">Platforms</h2>")
    assert "school-9" in page
    assert "never" in page


def test_an_empty_installation_says_what_to_do(cleo: FlaskClient) -> None:
    """In words."""
    page = cleo.get("/admin").text

    assert "No deployment is waiting" in page
    assert "cairn platform add" in page


@pytest.mark.row("T-058")
def test_a_deployment_is_approved_and_blocked_on_the_page(
    send: Callable[..., TestResponse], engine: Engine, deployment: int
) -> None:
    """T-058: with a line in the audit trail for each."""
    for act, state in (("approve", DeploymentState.ACTIVE), ("block", DeploymentState.BLOCKED)):
        assert send(f"/admin/deployments/{deployment}/{act}").status_code == 303
        with sessions(engine)() as session:
            assert session.get_one(Deployment, deployment).state is state

    with sessions(engine)() as session:
        acts = [event.action for event in session.scalars(select(AuditEvent))]
    assert {"launch.approve-deployment", "launch.block-deployment"} <= set(acts)


def test_a_form_without_its_token_changes_nothing(
    cleo: FlaskClient, engine: Engine, deployment: int
) -> None:
    """Another site cannot approve for an administrator."""
    assert cleo.post(f"/admin/deployments/{deployment}/approve").status_code == 403
    with sessions(engine)() as session:
        assert session.get_one(Deployment, deployment).state is DeploymentState.PENDING


def test_people_are_found_by_name_address_and_lms_id(
    cleo: FlaskClient, engine: Engine, deployment: int, ben: int
) -> None:
    """In any case; a wildcard is only a letter."""
    with sessions(engine).begin() as session:
        session.add(
            PlatformUser(
                registration=session.get_one(Deployment, deployment).registration,
                sub="user-77",
                person=session.get_one(Person, ben),
                seen_at=now(),
            )
        )

    for text in ("ben", "ASH", "ben@example", "user-77"):
        assert "Ben Ash" in cleo.get("/admin/people", query_string={"q": text}).text
    for text in ("%", "user-7", "xyz"):
        assert "Ben Ash" not in cleo.get("/admin/people", query_string={"q": text}).text


@pytest.mark.row("S3-28")
def test_judges_are_appointed_until_a_day(
    send: Callable[..., TestResponse], cleo: FlaskClient, engine: Engine, ben: int
) -> None:
    """S3-28: until the end of the last day in the installation's zone, or ended at once."""
    tomorrow = (now() + timedelta(days=1)).date()
    values = {"seat": "assessor", "program": program_slug(engine)}

    answer = send(f"/admin/people/{ben}", **values, until=tomorrow.isoformat())

    assert answer.status_code == 303
    with sessions(engine)() as session:
        row = session.scalars(select(Appointment)).one()
    assert row.seat is Seat.ASSESSOR
    assert row.until is not None
    assert (row.until.hour, row.until.minute) in {(5, 0), (6, 0)}  # midnight in Chicago
    assert "Assessor" in cleo.get(f"/admin/people/{ben}").text

    assert send(f"/admin/people/{ben}/appointments/{row.id}/end").status_code == 303
    with sessions(engine)() as session:
        assert session.scalars(select(Appointment)).one().ended_at is not None


@pytest.mark.parametrize(
    "wrong",
    [
        {"seat": "king"},
        {"program": "no-such"},
        {"until": "2020-01-01"},
        {"until": "soon"},
        {"seat": ""},
    ],
)
def test_an_appointment_that_makes_no_sense_is_asked_again(
    send: Callable[..., TestResponse], engine: Engine, ben: int, wrong: dict[str, str]
) -> None:
    """422, and nobody is appointed."""
    values = {"seat": "approver", "program": program_slug(engine), "until": ""} | wrong

    assert send(f"/admin/people/{ben}", **values).status_code == 422

    with sessions(engine)() as session:
        assert session.scalars(select(Appointment)).all() == []
