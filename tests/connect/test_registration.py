"""Dynamic registration over real HTTP, with both practice LMSs and with one that lies."""

import contextlib
import threading
from datetime import timedelta

import pytest
import requests
from sqlalchemy import Engine, select

from lti_tool import outward
from lti_tool.connect import health
from lti_tool.connect.models import Invitation, RegistrationAnswer
from lti_tool.database import sessions
from lti_tool.launch.claims import GROUPS_READ, NOTICE_HANDLERS, Message
from lti_tool.launch.connector import Service
from lti_tool.launch.models import Deployment, DeploymentState, Product, Registration
from lti_tool.people.models import AuditEvent
from lti_tool.practice_lms import PracticeLms, RunningLms, serve
from lti_tool.practice_lms.mood import SCOPE_LINE_ITEM, SCOPE_MEMBERS, SCOPE_SCORE, SCOPES
from lti_tool.practice_lms.registration import TOOL
from tests.conftest import Served
from tests.connect.kit import (
    LyingLms,
    fields,
    invite,
    lying_lms,
    nothing_kept,
    now,
    opened,
    pressed,
    query_of,
    words,
)


def registration_of(engine: Engine) -> Registration:
    """The one registration."""
    with sessions(engine)() as session:
        return session.scalars(select(Registration)).one()


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


# -- T-132: products ---------------------------------------------------------------------------


@pytest.mark.row("T-132")
def test_each_product_is_asked_in_its_own_way(tool: Served, engine: Engine, liar: LyingLms) -> None:
    sent = {}
    platform = "https://purl.imsglobal.org/spec/lti-platform-configuration"
    for family in ("canvas", "moodle", "BlackboardLearn"):
        liar.configuration = liar.told(**{platform: {"product_family_code": family}})
        liar.answer = {"client_id": f"of-{family}"}
        assert pressed(opened(liar.link(invite(engine, tool.settings)))).status_code == 200
        sent[family] = liar.applications()[-1]

    host = tool.url.removeprefix("http://")
    for body in sent.values():
        assert body["redirect_uris"] == [f"{tool.url}/lti/launch"]
        assert body[TOOL]["domain"] == host
        assert body[TOOL]["target_link_uri"] == f"{tool.url}/lti/launch"
        assert body["token_endpoint_auth_method"] == "private_key_jwt"
        assert all(isinstance(one, str) for one in body[TOOL]["custom_parameters"].values())
    pickers = {
        family: next(
            one for one in body[TOOL]["messages"] if one["type"] == "LtiDeepLinkingRequest"
        )
        for family, body in sent.items()
    }
    privacy = "https://canvas.instructure.com/lti/privacy_level"
    assert "assignment_selection" in pickers["canvas"]["placements"]
    assert sent["canvas"][TOOL][privacy] == "public"
    assert "$Canvas.masqueradingUser.id" in sent["canvas"][TOOL]["custom_parameters"].values()
    for family in ("moodle", "BlackboardLearn"):
        assert "placements" not in pickers[family]
        assert privacy not in sent[family][TOOL]
    with sessions(engine)() as session:
        products = {row.client_id: row.product for row in session.scalars(select(Registration))}
    assert products == {
        "of-canvas": Product.CANVAS,
        "of-moodle": Product.MOODLE,
        "of-BlackboardLearn": Product.GENERIC,
    }


@pytest.mark.row("T-132")
def test_hosted_canvas_speaks_for_itself_from_two_hosts() -> None:
    from lti_tool.launch.products.wishes import may_register_at, same_operator

    assert same_operator("canvas.instructure.com", "sso.canvaslms.com")
    assert same_operator("canvas.beta.instructure.com", "sso.beta.canvaslms.com")
    assert not same_operator("canvas.instructure.com", "sso.beta.canvaslms.com")
    assert not same_operator("canvas.instructure.com", "canvas.example.edu")
    assert may_register_at("prairie.instructure.com", "sso.canvaslms.com")
    assert not may_register_at("prairie.instructure.com", "canvas.example.edu")
    assert not may_register_at("evil-instructure.com", "sso.canvaslms.com")


# -- T-133: less than was asked ----------------------------------------------------------------


@pytest.mark.row("T-133")
def test_what_the_lms_cut_is_kept_as_granted_and_listed(
    lms: RunningLms, invitation: str, engine: Engine
) -> None:
    # Given an administrator who allows no scores and no roster
    allowed = tuple(one for one in SCOPES if one not in (SCOPE_SCORE, SCOPE_MEMBERS))
    done = pressed(opened(lms.lms.registrations.begin(invitation, scopes=allowed)))

    read = words(done)
    assert "allows less than Cairn can use" in read
    assert "no score reaches the gradebook" in read
    assert "learners are known only after" in read
    with sessions(engine)() as session:
        row = session.scalars(select(RegistrationAnswer)).one()
    assert SCOPE_SCORE in row.asked_scopes
    assert set(row.granted_scopes) == set(allowed)


@pytest.mark.row("T-133")
def test_what_the_lms_does_not_offer_is_not_asked_for(
    lms: RunningLms, invitation: str, engine: Engine
) -> None:
    lms.lms.registrations.offers = (SCOPE_LINE_ITEM, SCOPE_SCORE)

    page = opened(lms.lms.registrations.begin(invitation))
    assert "What this LMS does not offer" in page.text
    assert "learners are known only after" in words(pressed(page))

    with sessions(engine)() as session:
        row = session.scalars(select(RegistrationAnswer)).one()
    assert set(row.asked_scopes) == {SCOPE_LINE_ITEM, SCOPE_SCORE}


@pytest.mark.row("T-132", "T-085", "T-137")
@pytest.mark.parametrize("family", ["canvas", "moodle", "BlackboardLearn"])
def test_what_few_lmss_have_is_asked_of_those_that_name_it(
    tool: Served, engine: Engine, liar: LyingLms, family: str
) -> None:
    """Groups, notices, and messages about a person's data; nobody else hears of them."""
    few = {GROUPS_READ, NOTICE_HANDLERS}
    messages = [{"type": kind} for kind in (*Message, "LtiTeaRequest")]
    platform = "https://purl.imsglobal.org/spec/lti-platform-configuration"
    for offers in (False, True):
        told = {"product_family_code": family}
        liar.configuration = liar.told(**{platform: told})
        if offers:
            told["messages_supported"] = messages  # type: ignore[assignment]
            liar.configuration["scopes_supported"] = ["openid", *few, SCOPE_SCORE]
        page = opened(liar.link(invite(engine, tool.settings)))
        assert ("see the groups of a course" in words(page)) is offers
        assert pressed(page).status_code == 200

        sent = liar.applications()[-1]
        assert (few <= set(sent["scope"].split())) is offers
        assert bool(few & set(sent["scope"].split())) is offers
        kinds = {one["type"] for one in sent[TOOL]["messages"]}
        assert (Message.DATA_PRIVACY in kinds) is offers
        assert "LtiTeaRequest" not in kinds


@pytest.mark.row("T-133")
def test_moodle_s_generous_answer_is_not_the_last_word(
    tool: Served, engine: Engine, invitation: str, signing_key: str
) -> None:
    """Its answer names the permission for columns whenever scores are allowed; a token does not."""
    school = PracticeLms(mood="moodle", base_url="", tool_url=tool.url, signing_key=signing_key)
    running = serve(school)
    try:
        done = pressed(opened(school.registrations.begin(invitation, scopes=(SCOPE_SCORE,))))
        school.registrations.activate()
        assert "no gradebook columns of its own" not in words(done)
        with sessions(engine)() as session:
            row = session.scalars(select(RegistrationAnswer)).one()
            deployment = session.scalars(select(Deployment)).one()
        service = Service.of(
            engine,
            tool.settings,
            tool.app.extensions["cairn"].keyring,
            deployment_pk=deployment.id,
            clock=now,
        )

        told, proved = row.granted_scopes, health.grant(service).granted

        assert set(told) == {SCOPE_SCORE, SCOPE_LINE_ITEM}
        assert proved == frozenset({SCOPE_SCORE})
    finally:
        running.stop()


@pytest.mark.row("T-133")
def test_messages_that_were_cut_are_listed(engine: Engine, liar: LyingLms, invitation: str) -> None:
    liar.answer = {
        "client_id": 4711,
        "scope": "",
        TOOL: {"deployment_id": 5, "messages": [{"type": "LtiResourceLinkRequest"}], "claims": []},
    }

    done = pressed(opened(liar.link(invitation)))

    assert "let people pick a micro-credential" in words(done)
    with sessions(engine)() as session:
        answer = session.scalars(select(RegistrationAnswer)).one()
        deployment = session.scalars(select(Deployment)).one()
    assert registration_of(engine).client_id == "4711"
    assert answer.granted_messages == ["LtiResourceLinkRequest"]
    assert (answer.granted_scopes, answer.granted_claims) == ([], [])
    assert deployment.deployment_id == "5"


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


# -- T-131: the LMS refuses --------------------------------------------------------------------


@pytest.mark.row("T-131")
def test_a_token_that_was_used_is_explained_and_the_invitation_stays_good(
    tool: Served, engine: Engine, lms: RunningLms, invitation: str
) -> None:
    # Given a token the LMS has seen already, by way of another invitation
    address = lms.lms.registrations.begin(invite(engine, tool.settings))
    pressed(opened(address))
    again = address.replace(query_of(address)["invitation"], query_of(invitation)["invitation"])

    page = opened(again)
    if page.status_code == 200:  # Moodle shows its configuration to anybody
        page = pressed(page)

    assert page.status_code == 422
    word = "token_already_used" if lms.lms.mood.name == "moodle" else "invalid_token"
    assert word in words(page)
    assert "egin again" in words(page)
    with sessions(engine)() as session:
        assert len(session.scalars(select(Registration)).all()) == 1
    fresh = pressed(opened(lms.lms.registrations.begin(invitation)))
    assert fresh.status_code == 200


@pytest.mark.row("T-131")
@pytest.mark.parametrize(
    ("status", "answer", "said", "hint"),
    [
        (400, {"error": "domain_targetlinkuri_mismatch"}, "domain_targetlinkuri", "CAIRN_BASE_URL"),
        (401, {"error": "token_already_used"}, "token_already_used", "makes a new token"),
        (403, {}, "403", "administrator of the whole LMS"),
        (422, {"errors": ["scope is not valid"]}, "scope is not valid", "by hand"),
        (422, {"errors": [{"field": "domain", "message": "is <b>bad</b>"}]}, "is <b>bad</b>", ""),
        (500, ["odd"], "odd", "few minutes"),
        (302, {}, "redirects", "final address"),
    ],
)
def test_a_refusal_is_shown_in_the_lms_s_words_with_what_to_do(
    engine: Engine,
    liar: LyingLms,
    invitation: str,
    status: int,
    answer: dict[str, object],
    said: str,
    hint: str,
) -> None:
    page = opened(liar.link(invitation))
    liar.status, liar.answer = status, answer

    refused = pressed(page)

    assert refused.status_code == 422
    assert "<b>bad" not in refused.text
    assert said in words(refused) or said in refused.text.replace("&lt;", "<").replace("&gt;", ">")
    assert hint in words(refused)
    assert nothing_kept(engine)
    liar.status, liar.answer = 200, {"client_id": "tool-78"}
    assert pressed(page).status_code == 200


@pytest.mark.row("T-131")
@pytest.mark.parametrize("client_id", [None, "", " ", [], {"a": 1}, True, "x" * 300])
def test_an_answer_without_a_client_id_keeps_nothing(
    engine: Engine, liar: LyingLms, invitation: str, client_id: object
) -> None:
    liar.answer = {"client_id": client_id}

    refused = pressed(opened(liar.link(invitation)))

    assert refused.status_code == 422
    assert "without a client id" in words(refused)
    assert nothing_kept(engine)


# -- under attack ------------------------------------------------------------------------------


@pytest.mark.row("T-130")
@pytest.mark.parametrize(
    "address",
    [
        "",
        "not an address",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "http://169.254.169.254/latest/meta-data/",
        "https://10.1.2.3/configuration",
        "https://[::ffff:10.1.2.3]/configuration",
        "https://user:secret@127.0.0.1/configuration",
        "https://192.168.0.1:99999/",
        "http://[::1",
        "https://lms.invalid/configuration",
        "https://example.edu/" + "x" * 3000,
    ],
)
def test_an_address_that_must_not_be_called_is_not(
    engine: Engine, liar: LyingLms, invitation: str, address: str
) -> None:
    page = opened(liar.link(invitation, configuration=address or " "))

    assert page.status_code == 422
    assert "Cairn was not registered" in page.text
    assert liar.asked == []
    assert nothing_kept(engine)


@pytest.mark.row("T-130")
def test_no_redirect_takes_the_token_away(engine: Engine, liar: LyingLms, invitation: str) -> None:
    with lying_lms() as elsewhere:
        for location in (f"{elsewhere.url}/configuration", f"{liar.url}/other-configuration"):
            liar.configuration_status, liar.location = 302, location

            page = opened(liar.link(invitation))

            assert page.status_code == 422
            assert "redirects" in words(page)
        assert elsewhere.asked == []
    assert len(liar.asked) == 2
    assert nothing_kept(engine)


@pytest.mark.row("T-130")
@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://lms.example.edu"},
        {"issuer": "https://canvas.instructure.com"},
        {"issuer": ""},
        {"issuer": 5},
        {"issuer": "javascript:alert(1)"},
        {"registration_endpoint": "https://elsewhere.example.edu/register"},
        {"registration_endpoint": "http://127.0.0.1:1/register"},
        {"registration_endpoint": "http://localhost/register"},
        {"registration_endpoint": None},
        {"token_endpoint": "http://93.184.216.34/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
    ids=str,
)
def test_an_lms_speaks_only_for_itself(
    engine: Engine, liar: LyingLms, invitation: str, changes: dict[str, object]
) -> None:
    liar.configuration = liar.told(**changes)

    page = opened(liar.link(invitation))

    assert page.status_code == 422, words(page)
    assert [method for method, *_ in liar.asked] == ["GET"]
    assert nothing_kept(engine)


@pytest.mark.row("T-130")
@pytest.mark.parametrize(
    "body",
    [
        b"<html>Moodle</html>",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"issuer": ' * 5000,
        b"[" * 100_000,
        b"{" + b" " * (10 * 1024 * 1024) + b"}",
    ],
    ids=["html", "list", "null", "bytes", "unfinished", "nested", "10 MB"],
)
def test_an_odd_answer_is_explained(
    engine: Engine, liar: LyingLms, invitation: str, body: bytes
) -> None:
    liar.body = body

    page = opened(liar.link(invitation))

    assert page.status_code == 422
    assert "Cairn was not registered" in page.text
    assert nothing_kept(engine)


@pytest.mark.row("T-130")
def test_a_slow_lms_is_given_up(engine: Engine, liar: LyingLms, invitation: str) -> None:
    """Within the installation's time-out; and whoever asks again later is not in the way."""
    gone = threading.Event()

    def wait() -> None:
        gone.wait(outward.TIME_OUT + 2)

    liar.before_configuration = wait

    page = opened(liar.link(invitation))
    gone.set()

    assert page.status_code == 422
    assert "did not answer in time" in words(page)
    assert nothing_kept(engine)


@pytest.mark.row("T-131")
def test_an_answer_too_large_keeps_nothing(engine: Engine, liar: LyingLms, invitation: str) -> None:
    page = opened(liar.link(invitation))
    liar.answer = {"client_id": "tool-1", "padding": "x" * (outward.SIZE_CAP + 1)}

    refused = pressed(page)

    assert refused.status_code == 422
    assert nothing_kept(engine)


def test_hostile_words_are_only_words(liar: LyingLms, invitation: str) -> None:
    platform = "https://purl.imsglobal.org/spec/lti-platform-configuration"
    liar.configuration = liar.told(
        **{
            platform: {
                "product_family_code": "<script>alert(1)</script>",
                "version": ["1"],
                "messages_supported": [1, {"type": 2}, {"type": "LtiDeepLinkingRequest"}],
                "https://canvas.instructure.com/lti/account_name": "\u202e<img src=x>" * 100,
            },
            "scopes_supported": {"a": 1},
            "claims_supported": [1, "sub"],
        }
    )

    page = opened(liar.link(invitation))

    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "<img" not in page.text
    assert fields(page.text)["registration_token"] == "tok-1"
    assert pressed(page).status_code == 200
