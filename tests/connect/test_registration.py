"""Dynamic registration over real HTTP, with both practice LMSs and with one that lies."""

import contextlib
import threading
from datetime import timedelta

import pytest
import requests
from sqlalchemy import Engine, select

from lti_tool.connect.models import Invitation, RegistrationAnswer
from lti_tool.database import sessions
from lti_tool.launch.models import Deployment, DeploymentState, Registration
from lti_tool.people.models import AuditEvent
from lti_tool.practice_lms import RunningLms
from lti_tool.practice_lms.registration import TOOL
from tests.conftest import Served
from tests.connect.kit import (
    LyingLms,
    invite,
    nothing_kept,
    now,
    opened,
    pressed,
    query_of,
    registration_of,
    words,
)

# -- T-130: the whole way ----------------------------------------------------------------------


@pytest.mark.row("T-130")
def test_an_lms_registers_itself_after_its_administrator_has_read_what_for(
    lms: RunningLms, invitation: str, engine: Engine
) -> None:
    # Given the address, pasted into the LMS
    address = lms.lms.registrations.begin(invitation)

    # When the administrator looks, nothing has been sent; when they press the button, it is
    page = opened(address)
    assert page.status_code == 200
    assert lms.lms.registrations.newest is None
    done = pressed(page)

    # Then both sides know each other
    assert done.status_code == 200, words(done)
    assert "Cairn is registered" in done.text
    entry = lms.lms.registrations.newest
    assert entry is not None
    row = registration_of(engine)
    assert (row.issuer, row.client_id) == (lms.lms.issuer, entry.client_id)
    assert row.auth_login_url == lms.lms.auth_login_url
    assert row.auth_token_url == lms.lms.auth_token_url
    assert row.jwks_url == lms.lms.jwks_url
    assert row.product.value == lms.lms.mood.product
    with sessions(engine)() as session:
        deployments = [
            (one.deployment_id, one.state) for one in session.scalars(select(Deployment))
        ]
        used = session.scalars(select(Invitation)).one()
    if lms.lms.mood.name == "moodle":
        assert deployments == [(entry.deployment_id, DeploymentState.ACTIVE)]
        assert "Activate" in words(done)
    else:
        assert deployments == []
        assert "waits for approval" in words(done)
    assert used.used_at is not None
    assert used.registration_id == row.id


@pytest.mark.row("T-130")
def test_the_page_says_who_asks_and_what_for(lms: RunningLms, invitation: str) -> None:
    page = opened(lms.lms.registrations.begin(invitation))

    read = words(page)
    assert lms.lms.issuer in read
    assert "write scores into its own columns" in read
    assert "read who is in a course" in read
    assert "pick a micro-credential" in read
    assert "which a badge is made out to" in read
    assert page.text.count("<button") == 1


@pytest.mark.row("T-130")
def test_the_finish_page_tells_the_lms_to_close_it(lms: RunningLms, invitation: str) -> None:
    done = pressed(opened(lms.lms.registrations.begin(invitation)))

    script = requests.get(invitation.partition("/lti/")[0] + "/static/connect.js", timeout=10)
    assert "connect.js" in done.text
    assert "data-close" in done.text
    assert "org.imsglobal.lti.close" in script.text
    assert "window.opener" in script.text
    assert "window.parent" in script.text


@pytest.mark.row("T-130")
def test_it_works_in_a_frame_without_cookies(lms: RunningLms, invitation: str) -> None:
    page = opened(lms.lms.registrations.begin(invitation))

    assert "Set-Cookie" not in page.headers
    assert "frame-ancestors *" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert pressed(page).status_code == 200


@pytest.mark.row("T-130")
def test_tokens_get_into_no_log(
    lms: RunningLms, invitation: str, capsys: pytest.CaptureFixture[str]
) -> None:
    address = lms.lms.registrations.begin(invitation)
    pressed(opened(address))
    opened(address)

    written = "".join(capsys.readouterr())
    assert "connect.register" in written
    for secret in ("invitation", "registration_token"):
        assert query_of(address)[secret] not in written


@pytest.mark.row("T-130")
def test_configuration_and_application_carry_the_token(liar: LyingLms, invitation: str) -> None:
    pressed(opened(liar.link(invitation, token="tok-9")))

    assert [method for method, *_ in liar.asked] == ["GET", "GET", "POST"]
    assert {bearer for _, _, bearer, _ in liar.asked} == {"Bearer tok-9"}


# -- invitations -------------------------------------------------------------------------------


@pytest.mark.row("T-130")
@pytest.mark.parametrize("wrong", ["", "?invitation=", "?invitation=made-up", "?invitation=%00"])
def test_nobody_registers_without_an_invitation(
    tool: Served, engine: Engine, liar: LyingLms, wrong: str
) -> None:
    page = opened(liar.link(f"{tool.url}/lti/register{wrong}"))
    sent = requests.post(f"{tool.url}/lti/register", timeout=10, data={"invitation": wrong})

    assert (page.status_code, sent.status_code) == (403, 403)
    assert "cairn platform invite" in words(page)
    assert liar.asked == []
    assert nothing_kept(engine)


@pytest.mark.row("T-130")
def test_an_invitation_is_good_for_one_registration_and_for_a_week(
    tool: Served, engine: Engine, liar: LyingLms, invitation: str
) -> None:
    page = opened(liar.link(invitation))
    assert pressed(page).status_code == 200

    assert pressed(page).status_code == 403
    assert opened(liar.link(invitation)).status_code == 403

    late = invite(engine, tool.settings)
    with sessions(engine).begin() as session:
        newest = session.scalars(select(Invitation).order_by(Invitation.id.desc())).first()
        assert newest is not None
        newest.expires_at = now() - timedelta(seconds=1)
    assert opened(liar.link(late)).status_code == 403


def test_only_a_digest_of_an_invitation_is_kept(engine: Engine, invitation: str) -> None:
    with sessions(engine)() as session:
        row = session.scalars(select(Invitation)).one()
        acts = [event.action for event in session.scalars(select(AuditEvent))]

    assert query_of(invitation)["invitation"] not in (row.token_digest, row.public_id)
    assert acts == ["connect.invite"]


@pytest.mark.row("T-131")
def test_of_two_presses_at_once_one_registers(
    engine: Engine, liar: LyingLms, invitation: str
) -> None:
    # Given two windows, and an LMS that answers both only when both have asked
    page = opened(liar.link(invitation))
    both = threading.Barrier(2)
    liar.before_configuration = lambda: None if both.broken else _wait(both)
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda: answers.append(pressed(page).status_code)) for _ in range(2)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [200, 409]
    assert len(liar.applications()) == 1
    with sessions(engine)() as session:
        assert len(session.scalars(select(Registration)).all()) == 1


def _wait(both: threading.Barrier) -> None:
    with contextlib.suppress(threading.BrokenBarrierError):
        both.wait(timeout=1)  # the other was turned away at the door, as it should be


@pytest.mark.row("T-058")
def test_an_invitation_may_let_every_deployment_in(
    tool: Served, engine: Engine, liar: LyingLms
) -> None:
    pressed(opened(liar.link(invite(engine, tool.settings, approves_deployments=True))))

    assert registration_of(engine).approves_deployments


def test_the_button_sends_what_was_shown_and_nothing_else(
    engine: Engine, liar: LyingLms, invitation: str
) -> None:
    # Given an LMS that says another token address as soon as the page is shown
    page = opened(liar.link(invitation))
    liar.configuration["token_endpoint"] = f"{liar.url}/another"

    again = pressed(page)

    assert again.status_code == 409
    assert "something else of itself" in words(again)
    assert liar.applications() == []
    assert nothing_kept(engine)
    assert pressed(again).status_code == 200


# -- registering again -------------------------------------------------------------------------


@pytest.mark.row("T-130")
def test_registering_again_corrects_what_is_known(
    tool: Served, engine: Engine, liar: LyingLms
) -> None:
    # Given a registration that somebody here has renamed, with a deployment they have blocked
    liar.answer = {"client_id": "tool-77", TOOL: {"deployment_id": "2"}}
    pressed(opened(liar.link(invite(engine, tool.settings))))
    with sessions(engine).begin() as session:
        session.scalars(select(Registration)).one().name = "The college"
        session.scalars(select(Deployment)).one().state = DeploymentState.BLOCKED

    # When the LMS registers again (Moodle: *update*) with another key set
    liar.configuration["jwks_uri"] = f"{liar.url}/new-keys"
    assert pressed(opened(liar.link(invite(engine, tool.settings)))).status_code == 200

    # Then there is still one, with the name it was given; and blocked stays blocked
    row = registration_of(engine)
    assert (row.name, row.jwks_url) == ("The college", f"{liar.url}/new-keys")
    with sessions(engine)() as session:
        assert session.scalars(select(Deployment)).one().state is DeploymentState.BLOCKED
        assert len(session.scalars(select(RegistrationAnswer)).all()) == 1
