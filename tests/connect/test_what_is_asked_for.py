"""What a registration asks of each product, and what the LMS grants of it."""

import pytest
from sqlalchemy import Engine, select

from lti_tool.connect import health
from lti_tool.connect.models import RegistrationAnswer
from lti_tool.database import sessions
from lti_tool.launch.claims import GROUPS_READ, NOTICE_HANDLERS, Message
from lti_tool.launch.connector import Service
from lti_tool.launch.models import Deployment, Product, Registration
from lti_tool.practice_lms import PracticeLms, RunningLms, serve
from lti_tool.practice_lms.mood import SCOPE_LINE_ITEM, SCOPE_MEMBERS, SCOPE_SCORE, SCOPES
from lti_tool.practice_lms.registration import TOOL
from tests.conftest import Served
from tests.connect.kit import (
    LyingLms,
    invite,
    now,
    opened,
    pressed,
    registration_of,
    words,
)


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
