"""What no database keeps is refused by name, before anything is looked up with it."""

import pytest

from lti_tool.certification.platform import INSTRUCTOR
from tests.launch.kit import Browser, problem

ODD = ["\0", "https://lms.example.edu\0", "\ud800"]
"""U+0000, which PostgreSQL refuses, and half a character, which cannot be written at all."""


@pytest.mark.parametrize("name", ["iss", "client_id", "login_hint", "lti_deployment_id", "odd\0"])
def test_a_login_with_a_zero_character_cannot_be_read(browser: Browser, name: str) -> None:
    assert problem(browser.login(**{name: "a\0b"})) == (400, "malformed")
    assert problem(browser.login(method="POST", **{name: "a\0b"})) == (400, "malformed")
    answer = browser.client.get("/lti/login/cookie", query_string={name: "a\0b"})
    assert problem(answer) == (400, "malformed")


@pytest.mark.parametrize("name", ["state", "id_token"])
def test_a_launch_with_a_zero_character_cannot_be_read(browser: Browser, name: str) -> None:
    answer = browser.client.post("/lti/launch", data={"state": "s", "id_token": "t", name: "\0"})

    assert problem(answer) == (400, "malformed")


@pytest.mark.parametrize("issuer", ODD)
def test_an_issuer_that_cannot_be_looked_up_is_refused_by_name(
    browser: Browser, issuer: str
) -> None:
    assert problem(browser.launch(iss=issuer)) == (401, "claim-invalid")


def test_a_deep_linking_question_must_be_json_when_it_is_kept(browser: Browser) -> None:
    question = {"deep_link_return_url": "https://lms.example.edu/back", "data": float("inf")}

    answer = browser.launch(
        message_type="LtiDeepLinkingRequest", roles=[INSTRUCTOR], deep_linking_settings=question
    )

    assert problem(answer) == (401, "claim-invalid")
