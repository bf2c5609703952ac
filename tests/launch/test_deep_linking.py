"""Placing programs and credentials in a course (DL 2.0; T-086…T-095)."""

import re
import time
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from lti_tool.certification.platform import INSTRUCTOR, LEARNER, LEFT_OUT
from lti_tool.database import sessions
from lti_tool.launch import claims as names
from tests.builders import a_credential_version
from tests.launch.kit import BASE, Browser, problem, visits
from tests.launch.picker import DL, RETURN, Picker, nulls, settings, told_by


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
@pytest.mark.parametrize(
    "types", [["link", "html"], ["ltiAssetProcessor"], [], LEFT_OUT, "ltiResourceLink"]
)
def test_a_place_that_takes_no_links_gets_an_empty_answer(
    browser: Browser, app: Flask, types: Any
) -> None:
    """T-090: explained here, and to the LMS; never a type that was not accepted."""
    picker = Picker(browser, accept_types=types)
    assert "does not take assignments" in picker.page.text

    claims = told_by(picker.pick("program:x"), app)

    assert claims[DL + "content_items"] == []
    assert "link" in claims[DL + "errormsg"]
    assert "ltiResourceLink" in claims[DL + "errorlog"]
    assert DL + "msg" not in claims


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
@pytest.mark.parametrize("at_once", [True, "true"])
def test_what_is_placed_at_once_is_confirmed_first(
    browser: Browser, app: Flask, slugs: tuple[str, list[str]], at_once: Any
) -> None:
    """T-092: shown once more with everything that was filled in, and nothing of *cancel*."""
    picker = Picker(browser, auto_create=at_once)
    key = f"credential:{slugs[0]}/{slugs[1][0]}"
    given = {f"points-{key}": "40", "due": "2027-02-01T16:00"}

    asked = picker.pick(key, **given)
    assert asked.status_code == 200
    assert "JWT" not in asked.text
    assert "a column of 40 points" in asked.text
    assert "at once" in asked.text
    assert "ancel" not in asked.text
    kept = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', unescape(asked.text))
    changed = browser.client.post(picker.address, data=dict(kept) | {"change": "1"})
    assert 'value="40"' in changed.text
    placed = browser.client.post(picker.address, data=dict(kept) | {"confirmed": "1"})

    (item,) = told_by(placed, app)[DL + "content_items"]
    assert item["lineItem"]["scoreMaximum"] == 40
    assert item["submission"] == {"endDateTime": "2027-02-01T22:00:00Z"}


@pytest.mark.row("T-092")
def test_where_the_lms_asks_itself_nothing_is_asked_twice(
    browser: Browser, app: Flask, slugs: tuple[str, list[str]]
) -> None:
    """T-092."""
    assert told_by(Picker(browser, auto_create=False).pick(f"program:{slugs[0]}"), app)


@pytest.mark.row("T-093")
def test_cancelling_places_nothing(
    browser: Browser, app: Flask, slugs: tuple[str, list[str]]
) -> None:
    """T-093: even with something picked; the LMS is told in words."""
    claims = told_by(Picker(browser).pick(f"program:{slugs[0]}", cancel="1"), app)

    assert claims[DL + "content_items"] == []
    assert claims[DL + "data"] == "csrf=1&x=<>"
    assert claims[DL + "msg"] == "Nothing was placed in the course."
    assert claims[DL + "log"]
    assert not {DL + "errormsg", DL + "errorlog"} & set(claims)


@pytest.mark.row("T-095")
@pytest.mark.parametrize(
    "roles",
    [
        [LEARNER],
        [],
        ["http://purl.imsglobal.org/vocab/lis/v2/membership#Mentor"],
        ["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator"],
        ["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor", LEARNER],
    ],
    ids=["learner", "nobody", "observer", "administrator", "teaches elsewhere"],
)
def test_who_builds_no_course_places_nothing(
    browser: Browser, engine: Engine, roles: list[str]
) -> None:
    """T-095: whatever is posted afterwards."""
    answer = browser.launch(
        roles=roles, message_type="LtiDeepLinkingRequest", deep_linking_settings=settings()
    )

    assert problem(answer) == (403, "not-yours-to-choose")
    assert visits(engine) == []
    assert browser.client.post("/lti/choose", data={"pick": "program:x"}).status_code == 401


@pytest.mark.row("T-095")
def test_a_return_address_is_escaped(
    browser: Browser, app: Flask, slugs: tuple[str, list[str]]
) -> None:
    """T-095: quotation marks do not end the form's address."""
    nasty = 'https://lms.example.edu/x?a="><script>alert(1)</script>'

    answer = Picker(browser, deep_link_return_url=nasty).pick(f"program:{slugs[0]}")

    assert "<script>alert" not in answer.text
    assert told_by(answer, app)


@pytest.mark.row("T-095")
@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://lms.example.edu:8443/x", "https://lms.example.edu:8443"),
        ("https://школа.example/x", "https://xn--80atdl2c.example"),
        ("http://[::1]:8100/x", "http://[::1]:8100"),
        ("https://lms.example.edu; frame-ancestors */x", ""),
        ("https://lms.example.edu,x/y", ""),
        ("https://lms.example.edu:99999/x", ""),
    ],
)
def test_a_return_address_adds_nothing_to_the_policy_but_its_origin(
    browser: Browser, slugs: tuple[str, list[str]], address: str, origin: str
) -> None:
    """T-095: the header that names where the form may go is one policy, in ASCII."""
    answer = Picker(browser, deep_link_return_url=address).pick(f"program:{slugs[0]}")

    policy = answer.headers["Content-Security-Policy"]
    assert policy.isascii()
    assert "," not in policy
    (target,) = [one for one in policy.split("; ") if one.startswith("form-action")]
    assert target.split() == ["form-action", "'self'", *([origin] if origin else [])]
    assert policy.count("frame-ancestors") == 1


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
