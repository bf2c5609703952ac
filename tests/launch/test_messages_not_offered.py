"""Messages that LTI knows and this tool does not answer (T-136)."""

from typing import Any

import pytest
from sqlalchemy import Engine, select

from lti_tool.certification.platform import LEFT_OUT
from lti_tool.database import sessions
from lti_tool.launch.models import LaunchRecord
from tests.launch.kit import Browser, problem, visits

pytestmark = pytest.mark.row("T-136")

NOT_OFFERED = ("LtiEulaRequest", "LtiReportReviewRequest", "LtiAssetProcessorSettingsRequest")
LEAN: dict[str, Any] = {"resource_link": LEFT_OUT, "context": LEFT_OUT}
BACK = {"return_url": "https://lms.example.edu/back?course=7"}


@pytest.mark.parametrize("message", NOT_OFFERED)
def test_a_message_of_document_processing_is_answered_with_a_page_and_a_way_back(
    browser: Browser, engine: Engine, message: str
) -> None:
    answer = browser.launch(message_type=message, launch_presentation=BACK, **LEAN)

    assert problem(answer) == (400, "not-offered")
    assert message in answer.text
    assert "https://lms.example.edu/back?course=7&amp;lti_errormsg=" in answer.text
    assert visits(engine) == []
    with sessions(engine)() as session:
        written = session.scalars(select(LaunchRecord)).one()
        assert (written.code, written.message) == ("not-offered", message)


@pytest.mark.parametrize("message", NOT_OFFERED)
def test_it_is_checked_like_any_other_launch_first(browser: Browser, message: str) -> None:
    assert problem(browser.launch(message_type=message, aud="another-tool"))[0] == 401
    assert problem(browser.launch(message_type=message, exp=LEFT_OUT))[0] == 401


def test_a_message_nobody_knows_is_told_apart(browser: Browser) -> None:
    for message in ("LtiEulaRequest ", "ltieularequest", "LtiTeaRequest", ["LtiEulaRequest"]):
        status, code = problem(browser.launch(message_type=message))
        assert (status, code) == (400, "unsupported-message"), message


def test_its_login_is_used_up_all_the_same(browser: Browser) -> None:
    begun = browser.begin()
    told = browser.platform.claims(begun.nonce, message_type="LtiEulaRequest", **LEAN)
    good = browser.platform.sign(browser.platform.claims(begun.nonce))

    assert problem(browser.post(begun.state, browser.platform.sign(told)))[1] == "not-offered"
    assert problem(browser.post(begun.state, good)) == (401, "replay")
