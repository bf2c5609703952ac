"""The page *Connect your LMS*: what it says, what it makes, and what it watches."""

import html
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse

from lti_tool.connect import chores
from lti_tool.connect.models import Invitation
from lti_tool.database import sessions
from lti_tool.jobs import JobContext, carry_out
from lti_tool.keyring import Keyring
from lti_tool.launch.claims import NOTICE_HANDLERS
from lti_tool.launch.dates import VARIABLES
from lti_tool.launch.models import Deployment, DeploymentState, Product, Registration
from lti_tool.launch.products.wishes import SCOPES
from lti_tool.people import sign_in_links
from lti_tool.people.models import AuditEvent, Visit
from lti_tool.people.roles import Role
from lti_tool.settings import Settings

Send = Callable[..., TestResponse]

BY_HAND = {
    "name": "Prairie State",
    "issuer": "https://lms.example.edu",
    "client_id": "tool-1",
    "auth_login_url": "https://lms.example.edu/auth",
    "auth_token_url": "https://lms.example.edu/token",
    "jwks_url": "https://lms.example.edu/jwks",
    "deployment_ids": "1\n 2 \n\n",
    "auth_audience": "",
}


@pytest.fixture
def cleo(client: FlaskClient, engine: Engine) -> FlaskClient:
    """A signed-in administrator."""
    with sessions(engine).begin() as session:
        link = sign_in_links.make(session, now=datetime.now(UTC))
    assert client.post(f"/admin/sign-in/{link}").status_code == 303
    return client


@pytest.fixture
def send(cleo: FlaskClient) -> Send:
    """Post a form of the administrator's pages, with its token."""
    page = cleo.get("/admin/connect/canvas").text
    token = page.split('name="form_token" value="', 1)[1].split('"', 1)[0]
    return lambda address, **values: cleo.post(address, data={"form_token": token, **values})


def seen(page: TestResponse) -> str:
    return html.unescape(page.text)


@pytest.fixture
def registered(send: Send, engine: Engine) -> int:
    """A platform registered by hand."""
    send("/admin/connect/moodle/by-hand", **BY_HAND)
    with sessions(engine)() as session:
        return session.scalars(select(Registration.id)).one()


# -- the guides --------------------------------------------------------------------------------


@pytest.mark.parametrize("lms", ["canvas", "moodle", "other"])
def test_each_guide_has_the_values_to_copy(cleo: FlaskClient, lms: str) -> None:
    page = seen(cleo.get(f"/admin/connect/{lms}"))

    for address in ("/lti/login", "/lti/launch", "/lti/jwks"):
        assert f'">http://localhost:8000{address}</code>' in page
    assert "Make a registration address" in page
    assert "Register by hand" in page
    assert ("/lti/canvas.json" in page) == (lms == "canvas")


def test_the_start_shows_what_is_connected_and_what_waits(cleo: FlaskClient, send: Send) -> None:
    send("/admin/connect/canvas/invitation")
    send("/admin/connect/other/by-hand", **BY_HAND)

    page = seen(cleo.get("/admin/connect"))

    assert "Registration address made" in page
    assert "Prairie State" in page
    assert "nobody has come from it yet" in page
    assert cleo.get("/admin/connect/blackboard").status_code == 404


@pytest.mark.parametrize(
    "address",
    ["/admin/connect", "/admin/connect/canvas", "/admin/connect/platforms/1"],
)
def test_only_administrators_see_these_pages(
    client: FlaskClient, engine: Engine, address: str
) -> None:
    """Ivan, signed in as an instructor, sees none of them; a stranger neither."""
    assert client.get(address).status_code == 401
    with sessions(engine).begin() as session:
        link = sign_in_links.make(session, now=datetime.now(UTC))
    client.post(f"/admin/sign-in/{link}")
    with sessions(engine).begin() as session:
        session.scalars(select(Visit)).one().role = Role.INSTRUCTOR

    assert client.get(address).status_code == 403


# -- invitations -------------------------------------------------------------------------------


@pytest.mark.row("T-130")
def test_an_administrator_makes_a_registration_address_and_sees_it_again(
    cleo: FlaskClient, send: Send, engine: Engine
) -> None:
    made = send("/admin/connect/moodle/invitation", approves_deployments="yes")

    assert made.status_code == 303
    page = seen(cleo.get(made.location))
    address = page.split('data-copy="the registration address">', 1)[1].split("<", 1)[0]
    assert address.startswith("http://localhost:8000/lti/register?invitation=")
    assert "Activate" in page
    assert address in seen(cleo.get(made.location))
    with sessions(engine)() as session:
        row = session.scalars(select(Invitation)).one()
    assert row.approves_deployments
    assert row.expires_at - row.created_at == timedelta(days=7)


def test_an_invitation_can_be_withdrawn(cleo: FlaskClient, send: Send) -> None:
    made = send("/admin/connect/canvas/invitation")
    page = seen(cleo.get(made.location))
    address = page.split('data-copy="the registration address">', 1)[1].split("<", 1)[0]

    send(made.location.partition("?")[0] + "/withdraw")

    assert "Not good any more" in seen(cleo.get(made.location))
    assert cleo.get(address.removeprefix("http://localhost:8000")).status_code == 403


def test_invitations_that_are_long_over_are_forgotten(
    send: Send, engine: Engine, settings: Settings
) -> None:
    """One that ran out, one that was used and one that is good; the trail keeps who made them."""
    for _ in range(3):
        send("/admin/connect/canvas/invitation")
    now = datetime.now(UTC)
    with sessions(engine).begin() as session:
        old, used, good = session.scalars(select(Invitation).order_by(Invitation.id)).all()
        old.expires_at = now - chores.KEPT - timedelta(minutes=1)
        used.used_at = used.expires_at = now - chores.KEPT + timedelta(minutes=1)
        good_id, used_id = good.id, used.id

    def go_by(days: int) -> list[int]:
        keyring = Keyring.open(settings, engine, now)
        later = now + timedelta(days=days)
        carry_out(
            JobContext(settings, engine, keyring, lambda: later), "connect.forget-invitations"
        )
        with sessions(engine)() as session:
            return list(session.scalars(select(Invitation.id).order_by(Invitation.id)))

    assert go_by(0) == [used_id, good_id]
    assert go_by(1) == [good_id]
    with sessions(engine)() as session:
        acts = session.scalars(select(AuditEvent.action)).all()
    assert acts.count("connect.invite") == 3


def test_a_form_from_elsewhere_makes_no_invitation(cleo: FlaskClient, engine: Engine) -> None:
    assert cleo.post("/admin/connect/canvas/invitation").status_code == 403
    with sessions(engine)() as session:
        assert session.scalars(select(Invitation)).all() == []


# -- by hand -----------------------------------------------------------------------------------


def test_a_platform_is_registered_by_hand(send: Send, cleo: FlaskClient, engine: Engine) -> None:
    answer = send("/admin/connect/moodle/by-hand", **BY_HAND)

    assert answer.status_code == 303
    with sessions(engine)() as session:
        row = session.scalars(select(Registration)).one()
        deployments = {one.deployment_id: one.state for one in session.scalars(select(Deployment))}
        acts = {event.action for event in session.scalars(select(AuditEvent))}
    assert (row.product, row.auth_audience) == (Product.MOODLE, None)
    assert deployments == {"1": DeploymentState.ACTIVE, "2": DeploymentState.ACTIVE}
    assert "launch.add-platform" in acts
    assert "Is Prairie State connected?" in seen(cleo.get(answer.location))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": ""}, "Give it a name."),
        ({"issuer": ""}, "Copy it from the LMS"),
        ({"client_id": "x" * 300}, "The client id must have 1 to 255 characters"),
        ({"auth_login_url": "javascript:alert(1)"}, "The login address"),
        ({"auth_token_url": "lms.example.edu/token"}, "The token address"),
        ({"jwks_url": "ftp://lms.example.edu/jwks"}, "The key set address"),
        ({"deployment_ids": "y" * 300}, "The deployment id must have"),
    ],
)
def test_what_cannot_be_is_asked_again_with_what_was_typed(
    send: Send, engine: Engine, wrong: dict[str, str], words: str
) -> None:
    answer = send("/admin/connect/other/by-hand", **(BY_HAND | wrong))

    assert answer.status_code == 422
    page = seen(answer)
    assert words in page
    assert 'aria-invalid="true"' in page
    kept = next(name for name in ("client_id", "issuer") if name not in wrong)
    assert BY_HAND[kept] in page
    with sessions(engine)() as session:
        assert session.scalars(select(Registration)).all() == []


# -- one platform ------------------------------------------------------------------------------


@pytest.mark.row("T-058")
def test_a_pending_deployment_is_approved_where_it_is_waited_for(
    send: Send, cleo: FlaskClient, engine: Engine, registered: int
) -> None:
    with sessions(engine).begin() as session:
        session.add(
            Deployment(
                registration=session.get_one(Registration, registered),
                deployment_id="school-9",
                state=DeploymentState.PENDING,
                first_seen_at=datetime.now(UTC),
            )
        )
    before = seen(cleo.get(f"/admin/connect/platforms/{registered}"))
    with sessions(engine)() as session:
        pk = session.scalars(
            select(Deployment.id).where(Deployment.deployment_id == "school-9")
        ).one()
    assert "Waiting for your decision" in before

    send(f"/admin/connect/platforms/{registered}/deployments/{pk}/approve")

    with sessions(engine)() as session:
        assert session.get_one(Deployment, pk).state is DeploymentState.ACTIVE
    assert "Waiting for your decision" not in seen(
        cleo.get(f"/admin/connect/platforms/{registered}")
    )
    elsewhere = f"/admin/connect/platforms/{registered + 1}/deployments/{pk}/block"
    assert send(elsewhere).status_code == 404


def test_settings_are_changed_on_a_page(
    send: Send, cleo: FlaskClient, engine: Engine, registered: int
) -> None:
    address = f"/admin/connect/platforms/{registered}/settings"
    assert 'value="Prairie State"' in seen(cleo.get(address))
    with sessions(engine)() as session:
        first = session.scalars(select(Deployment.id).order_by(Deployment.id)).first()

    answer = send(
        address,
        name="The college",
        product="generic",
        auth_audience="https://lms.example.edu/aud",
        extra_audiences="other-tool\n",
        approves_deployments="y",
        legacy_key="old-key",
        legacy_secret="old-secret",
        **{f"anonymous-{first}": "yes"},
    )

    assert answer.status_code == 303
    with sessions(engine)() as session:
        row = session.get_one(Registration, registered)
        deployments = session.scalars(select(Deployment).order_by(Deployment.id)).all()
        acts = {event.action for event in session.scalars(select(AuditEvent))}
    assert (row.name, row.product) == ("The college", Product.GENERIC)
    assert row.auth_audience == "https://lms.example.edu/aud"
    assert row.extra_audiences == ["other-tool"]
    assert row.approves_deployments
    assert not row.sub_may_be_number
    assert row.legacy_key == "old-key"
    assert "old-secret" not in row.legacy_secret
    assert [one.allow_anonymous for one in deployments] == [True, False]
    assert [one.assistants_grade for one in deployments] == [False, False]
    assert {"launch.change-platform", "launch.change-deployment"} <= acts
    assert "old-secret" not in cleo.get(address).text


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"product": "sakai"}, {"extra_audiences": "x" * 300}]
)
def test_settings_that_make_no_sense_change_nothing(
    send: Send, engine: Engine, registered: int, wrong: dict[str, str]
) -> None:
    values = {"name": "Another", "product": "canvas"} | wrong

    answer = send(f"/admin/connect/platforms/{registered}/settings", **values)

    assert answer.status_code == 422
    with sessions(engine)() as session:
        row = session.get_one(Registration, registered)
    assert (row.name, row.product) == ("Prairie State", Product.MOODLE)


# -- Canvas's own file -------------------------------------------------------------------------


@pytest.mark.row("T-132")
def test_canvas_reads_a_developer_key_s_configuration(client: FlaskClient) -> None:
    answer = client.get("/lti/canvas.json")

    told = json.loads(answer.data)
    assert answer.mimetype == "application/json"
    assert told["oidc_initiation_url"] == "http://localhost:8000/lti/login"
    assert told["target_link_uri"] == "http://localhost:8000/lti/launch"
    assert told["public_jwk_url"] == "http://localhost:8000/lti/jwks"
    assert told["scopes"] == [*SCOPES, NOTICE_HANDLERS]  # it refuses a key with one it lacks
    assert "$Canvas.masqueradingUser.id" in told["custom_fields"].values()
    assert set(VARIABLES) <= set(told["custom_fields"])
    extension = told["extensions"][0]
    assert extension["platform"] == "canvas.instructure.com"
    assert extension["privacy_level"] == "public"
    for placement in extension["settings"]["placements"]:
        assert placement["message_type"] == "LtiDeepLinkingRequest"
