"""Placing programs and credentials in a course (DL 2.0; T-086…T-095)."""

import time
from html import unescape
from typing import Any

import jwt
import pytest
from flask import Flask
from sqlalchemy import Engine

from lti_tool.database import sessions
from lti_tool.launch import claims as names
from tests.builders import a_credential_version
from tests.launch.kit import BASE, INSTRUCTOR, LEFT_OUT, Browser, problem

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
RETURN = "https://lms.example.edu/deep_link?course=7"


def settings(**changes: Any) -> dict[str, Any]:
    """The settings claim of a platform that accepts all we offer."""
    told: dict[str, Any] = {
        "deep_link_return_url": RETURN,
        "accept_types": ["ltiResourceLink", "link"],
        "accept_presentation_document_targets": ["iframe", "window"],
        "accept_multiple": True,
        "data": "csrf=1&x=<>",
    }
    whole = told | changes
    return {name: value for name, value in whole.items() if value is not LEFT_OUT}


class Picker:
    """An instructor with an open picker."""

    def __init__(self, browser: Browser, **changes: Any) -> None:
        self.browser = browser
        answer = browser.launch(
            roles=[INSTRUCTOR],
            sub="dora",
            message_type="LtiDeepLinkingRequest",
            resource_link=LEFT_OUT,
            deep_linking_settings=settings(**changes),
        )
        assert answer.status_code == 303, answer.text
        self.address = answer.location
        self.page = browser.client.get(self.address)

    def pick(self, *choices: str, **more: str) -> Any:
        """Press the button; the answer page, or the picker again."""
        token = self.page.text.split('name="form_token" value="', 1)[1].split('"', 1)[0]
        form = {"form_token": token, "pick": list(choices), **more}
        return self.browser.client.post(self.address, data=form)


@pytest.fixture
def slugs(engine: Engine) -> tuple[str, list[str]]:
    """A program with two credentials: its slug and theirs."""
    first = a_credential_version(title="Keeping a field\njournal")
    first.details = {"status": "complete"}
    second = a_credential_version(program_version=first.program_version, title="Pond survey")
    second.details = {"status": "complete"}
    second.credential.program = first.credential.program
    with sessions(engine).begin() as session:
        session.add_all([first, second])
    return first.credential.program.slug, [first.credential.slug, second.credential.slug]


def told_by(answer: Any, app: Flask) -> dict[str, Any]:
    """The claims of the posted answer, its signature checked with our published key."""
    assert answer.status_code == 200, answer.text
    token = answer.text.split('name="JWT" value="', 1)[1].split('"', 1)[0]
    header = jwt.get_unverified_header(token)
    (published,) = app.test_client().get("/lti/jwks").get_json()["keys"]
    assert (header["alg"], header["kid"]) == ("RS256", published["kid"])
    claims: dict[str, Any] = jwt.decode(
        token,
        jwt.PyJWK.from_dict(published).key,
        algorithms=["RS256"],
        audience="https://lms.example.edu",
    )
    return claims


def nulls(value: Any) -> bool:
    """Whether there is a null anywhere inside."""
    if isinstance(value, dict):
        return any(nulls(one) for one in value.values())
    return any(nulls(one) for one in value) if isinstance(value, list) else value is None


@pytest.mark.row("T-086")
@pytest.mark.row("T-094")
def test_several_credentials_are_placed_with_their_columns(
    browser: Browser, app: Flask, slugs: tuple[str, list[str]]
) -> None:
    """T-086, T-094: one item per credential, each with a column; no nulls anywhere."""
    program, (journal, survey) = slugs
    picker = Picker(browser)
    assert 'type="checkbox"' in picker.page.text

    answer = picker.pick(f"credential:{program}/{journal}", f"credential:{program}/{survey}")

    assert f'action="{RETURN}"' in unescape(answer.text)
    assert "<button" in answer.text
    assert "https://lms.example.edu" in answer.headers["Content-Security-Policy"]
    claims = told_by(answer, app)
    first, second = claims[DL + "content_items"]
    assert not nulls(claims)
    assert first["type"] == "ltiResourceLink"
    assert first["url"] == f"{BASE}/lti/launch"
    assert first["title"] == "Keeping a field journal"
    assert first["custom"] == {"program": program, "credential": journal}
    column = first["lineItem"]
    assert column["scoreMaximum"] > 0
    assert column["label"] == "Keeping a field journal"
    assert column["resourceId"]
    assert column["tag"] == "cairn"
    review = column["submissionReview"]
    assert review["url"] == f"{BASE}/lti/review/{column['resourceId']}"
    assert review["custom"] == first["custom"]
    assert second["custom"]["credential"] == survey


@pytest.mark.row("T-086")
def test_a_whole_program_is_one_link(
    browser: Browser, app: Flask, slugs: tuple[str, list[str]]
) -> None:
    """T-086: its columns follow per credential."""
    claims = told_by(Picker(browser).pick(f"program:{slugs[0]}"), app)

    (item,) = claims[DL + "content_items"]
    assert item["custom"] == {"program": slugs[0]}
    assert "lineItem" not in item


@pytest.mark.row("T-087")
def test_the_answer_is_what_platforms_check(
    browser: Browser, app: Flask, slugs: tuple[str, list[str]]
) -> None:
    """T-087: issuer, audience, times, nonce, deployment, type, version."""
    now = time.time()
    first = told_by(Picker(browser).pick(f"program:{slugs[0]}"), app)
    second = told_by(Picker(browser).pick(f"program:{slugs[0]}"), app)

    assert first["iss"] == "tool-1"
    assert first["aud"] == "https://lms.example.edu"
    assert now - 60 <= first["iat"] <= now
    assert now + 60 <= first["exp"] <= first["iat"] + 600
    assert first["nonce"] != second["nonce"]
    assert first[names.DEPLOYMENT_ID] == "1"
    assert first[names.MESSAGE_TYPE] == "LtiDeepLinkingResponse"
    assert first[names.VERSION] == "1.3.0"


@pytest.mark.row("T-088")
@pytest.mark.parametrize("data", ["csrf=1&x=<>", "", {"a": [1, None]}, LEFT_OUT])
def test_data_comes_back_untouched_or_not_at_all(
    browser: Browser, app: Flask, slugs: tuple[str, list[str]], data: Any
) -> None:
    """T-088: never as null."""
    claims = told_by(Picker(browser, data=data).pick(f"program:{slugs[0]}"), app)

    assert claims.get(DL + "data", LEFT_OUT) == data


@pytest.mark.row("T-089")
@pytest.mark.parametrize("several", [False, "false", LEFT_OUT])
def test_where_one_is_accepted_one_can_be_picked(
    browser: Browser, slugs: tuple[str, list[str]], several: Any
) -> None:
    """T-089: on the page, and whatever is posted."""
    picker = Picker(browser, accept_multiple=several)
    assert 'type="radio"' in picker.page.text

    both = [f"credential:{slugs[0]}/{slug}" for slug in slugs[1]]
    assert picker.pick(*both).status_code == 422
    assert picker.pick().status_code == 422


@pytest.mark.row("T-090")
def test_a_place_that_takes_no_links_gets_an_empty_answer(browser: Browser, app: Flask) -> None:
    """T-090: explained here, and to the LMS; never a type that was not accepted."""
    picker = Picker(browser, accept_types=["link", "html"])
    assert "does not take assignments" in picker.page.text

    claims = told_by(picker.pick("program:x", cancel="1"), app)

    assert claims[DL + "content_items"] == []
    assert "link" in claims[DL + "errormsg"]


@pytest.mark.row("T-091")
@pytest.mark.parametrize("accepts", [False, "false"])
def test_without_columns_the_author_is_warned(
    browser: Browser, app: Flask, slugs: tuple[str, list[str]], accepts: Any
) -> None:
    """T-091."""
    picker = Picker(browser, accept_lineitem=accepts)
    assert "will not reach the gradebook" in picker.page.text

    claims = told_by(picker.pick(f"credential:{slugs[0]}/{slugs[1][0]}"), app)

    assert "lineItem" not in claims[DL + "content_items"][0]


@pytest.mark.row("T-092")
def test_what_is_placed_at_once_is_announced(
    browser: Browser, slugs: tuple[str, list[str]]
) -> None:
    """T-092."""
    assert slugs
    assert "as soon as you press" in Picker(browser, auto_create=True).page.text
    assert "as soon as you press" not in Picker(browser).page.text


@pytest.mark.row("T-093")
def test_cancelling_places_nothing(
    browser: Browser, app: Flask, slugs: tuple[str, list[str]]
) -> None:
    """T-093: even with something picked."""
    claims = told_by(Picker(browser).pick(f"program:{slugs[0]}", cancel="1"), app)

    assert claims[DL + "content_items"] == []
    assert claims[DL + "data"] == "csrf=1&x=<>"


@pytest.mark.row("T-095")
def test_learners_place_nothing(browser: Browser) -> None:
    """T-095."""
    answer = browser.launch(message_type="LtiDeepLinkingRequest", deep_linking_settings=settings())

    assert problem(answer) == (403, "not-yours-to-choose")


@pytest.mark.row("T-095")
def test_a_return_address_is_escaped(
    browser: Browser, app: Flask, slugs: tuple[str, list[str]]
) -> None:
    """T-095: quotation marks do not end the form's address."""
    nasty = 'https://lms.example.edu/x?a="><script>alert(1)</script>'

    answer = Picker(browser, deep_link_return_url=nasty).pick(f"program:{slugs[0]}")

    assert "<script>alert" not in answer.text
    assert told_by(answer, app)


@pytest.mark.parametrize("address", [LEFT_OUT, "javascript:alert(1)", "", 7])
def test_an_answer_needs_an_address(browser: Browser, address: Any) -> None:
    """Refused by name."""
    answer = browser.launch(
        roles=[INSTRUCTOR],
        message_type="LtiDeepLinkingRequest",
        deep_linking_settings=settings(deep_link_return_url=address),
    )

    assert problem(answer) == (401, "claim-missing")
    assert "deep_link_return_url" in answer.text


def test_nobody_else_s_picker_can_be_answered(browser: Browser, app: Flask) -> None:
    """The question belongs to the visit that it came with."""
    Picker(browser)

    assert app.test_client().get("/lti/choose").status_code == 401
    browser.launch(sub="ivan")
    assert browser.client.get("/lti/choose").status_code == 404
