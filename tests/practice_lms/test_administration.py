"""The LMS's administrator: copies courses, asks about people, and tells tools (T-135, T-137)."""

import json
from typing import Any

import pytest
from werkzeug.test import TestResponse

from lti_tool.practice_lms import PracticeLms
from lti_tool.practice_lms.administration import copy_course
from lti_tool.practice_lms.claims import ADMINISTRATING, id_token_claims
from lti_tool.practice_lms.mood import LTI, SCOPE_NOTICES
from lti_tool.practice_lms.tokens import SigningKeys


def body_of(answer: TestResponse) -> Any:
    """The JSON of an answer."""
    return json.loads(answer.data)


KEY = SigningKeys(lambda: "shared").pem()


@pytest.fixture(params=["canvas", "moodle"])
def lms(request: pytest.FixtureRequest) -> PracticeLms:
    """An LMS that nobody serves."""
    return PracticeLms(
        mood=request.param,
        base_url="http://localhost:9",
        tool_url="http://localhost:8",
        signing_key=KEY,
    )


def test_a_copied_course_keeps_columns_and_loses_custom_parameters(lms: PracticeLms) -> None:
    course = lms.school.course("1")
    link = lms.add_link(course, "Journal", custom={"credential": "journal"})
    lms.school.columns_for(link)[0].resource_id = "abc"

    copy = copy_course(lms, course)
    again = copy_course(lms, copy, keeps_custom=True)

    made = next(one for one in lms.school.links_of(copy) if one.title == "Journal")
    assert made.custom == {}
    assert made.lti_id != link.lti_id
    assert [one.resource_id for one in lms.school.columns_for(made)] == ["abc"]
    assert again.history == f"{copy.lti_id},{course.lti_id}"
    assert (copy.deployment_id, copy.roles) == (course.deployment_id, course.roles)


def test_a_privacy_launch_names_a_person_and_no_course(lms: PracticeLms) -> None:
    client = lms.app.test_client()

    answer = client.get("/administration/launch?message=privacy&person=ada&format=json")

    assert answer.status_code == 200
    launch = next(iter(lms.launches._launches.values()))
    claims = id_token_claims(lms, launch, nonce="n", now=lms.clock())
    assert claims[LTI + "message_type"] == "DataPrivacyLaunchRequest"
    assert claims[LTI + "for_user"] == {"user_id": lms.school.person("ada").sub}
    assert claims[LTI + "roles"] == list(ADMINISTRATING)
    for name in ("context", "resource_link"):
        assert LTI + name not in claims


def test_only_canvas_tells_of_notices(lms: PracticeLms) -> None:
    claims = id_token_claims(
        lms,
        lms.begin_launch("ada", "1", lms.school.links_of(lms.school.course("1"))[0]),
        nonce="n",
        now=lms.clock(),
    )

    assert (LTI + "platformnotificationservice" in claims) == (lms.mood.name == "canvas")
    assert (SCOPE_NOTICES in lms.scopes) == (lms.mood.name == "canvas")


def test_the_page_offers_what_an_administrator_does(lms: PracticeLms) -> None:
    client = lms.app.test_client()

    page = client.get("/administration").text
    copied = client.post("/administration/copy", data={"course": "1"}, follow_redirects=True)

    assert "What does Cairn keep about Ada Reyes?" in page
    assert "Copied: Teaching English learners (copy)" in copied.text
    assert client.get("/administration/launch?message=tea").status_code == 400
    assert ("Send LtiHelloWorldNotice" in page) == (lms.mood.name == "canvas")
    assert "Nobody listens" in client.post("/administration/hello", follow_redirects=True).text
    made = client.post("/api/courses/copy", json={"course": "1"})
    assert (made.status_code, lms.school.course(body_of(made)["id"]).lti_id) == (
        201, body_of(made)["lti_id"],
    )  # fmt: skip
