"""Registrations that come to nothing: the LMS refuses, answers oddly, or lies."""

import threading

import pytest
from sqlalchemy import Engine, select

from lti_tool import outward
from lti_tool.database import sessions
from lti_tool.launch.models import Registration
from lti_tool.practice_lms import RunningLms
from tests.conftest import Served
from tests.connect.kit import (
    LyingLms,
    fields,
    invite,
    lying_lms,
    nothing_kept,
    opened,
    pressed,
    query_of,
    words,
)


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
