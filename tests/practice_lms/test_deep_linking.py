"""Picking from the tool, and opening a work from the gradebook."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
import requests

from lti_tool.practice_lms import PracticeLms
from lti_tool.practice_lms.mood import LTI
from tests.practice_lms.conftest import Desk
from tests.practice_lms.stand_in import DL, StandIn, a_key, an_item
from tests.practice_lms.visitor import Visitor


def asked(lms: PracticeLms, tool: StandIn) -> dict[str, Any]:
    """The deep-linking request that Dora's picker gets."""
    Visitor(lms.base_url, "dora").open("/courses/1/deep-link")
    token = tool.launches[-1]["id_token"]
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def answer(lms: PracticeLms, request: dict[str, Any], token: str) -> requests.Response:
    url = request[DL + "deep_linking_settings"]["deep_link_return_url"]
    return requests.post(url, data={"JWT": token}, params={"format": "json"}, timeout=5)


def test_the_request_says_what_each_product_says(lms: PracticeLms, tool: StandIn) -> None:
    request = asked(lms, tool)
    settings = request[DL + "deep_linking_settings"]

    assert request[LTI + "message_type"] == "LtiDeepLinkingRequest"
    assert LTI + "resource_link" not in request
    assert settings["accept_types"] == ["ltiResourceLink"]
    assert settings["accept_multiple"] is True
    assert ("data" in settings) == (lms.mood.name == "canvas")
    assert ("accept_lineitem" in settings) == (lms.mood.name == "canvas")


def test_what_was_picked_becomes_an_activity_with_its_column(
    lms: PracticeLms, tool: StandIn
) -> None:
    request = asked(lms, tool)

    made = answer(lms, request, tool.picked(lms, request))

    assert made.status_code == 200
    link = lms.school.link(made.json()["links"][0])
    (column,) = lms.school.columns_for(link)
    assert (link.custom, link.origin) == ({"credential": "one"}, "deep linking")
    assert (column.maximum, column.resource_id, column.tag) == (60, "one", "cairn")
    # Moodle drops the column's label and keeps submissionReview; Canvas the other way round.
    moodle = lms.mood.name == "moodle"
    assert column.label == ("Portfolio one" if moodle else "Column one")
    assert (column.submission_review is not None) == moodle


def test_several_items_and_none_at_all_are_fine(lms: PracticeLms, tool: StandIn) -> None:
    first = asked(lms, tool)
    two = {DL + "content_items": [an_item(lms), an_item(lms, title="Portfolio two")]}
    several = answer(lms, first, tool.picked(lms, first, **two)).json()["links"]
    second = asked(lms, tool)
    nothing = answer(lms, second, tool.picked(lms, second, **{DL + "content_items": []}))

    assert len(several) == 2
    assert nothing.json()["links"] == []


def test_an_item_without_a_line_item_has_no_column(lms: PracticeLms, tool: StandIn) -> None:
    request = asked(lms, tool)
    item = an_item(lms)
    del item["lineItem"]

    made = answer(lms, request, tool.picked(lms, request, **{DL + "content_items": [item]}))

    assert lms.school.columns_for(lms.school.link(made.json()["links"][0])) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "other"},
        {"aud": "https://other.example"},
        {"exp": 1},
        {"iat": None},
        {"nonce": None},
        {LTI + "deployment_id": "other"},
        {LTI + "message_type": "LtiResourceLinkRequest"},
        {LTI + "version": "1.1"},
        {DL + "data": "made up"},
        {DL + "content_items": [{"type": "html"}]},
        {DL + "content_items": [{"type": "ltiResourceLink", "title": None}]},
        {DL + "content_items": [{"type": "ltiResourceLink", "custom": {"n": 1}}]},
        {DL + "content_items": [{"type": "ltiResourceLink", "url": "https://evil.example/"}]},
        {DL + "content_items": [{"type": "ltiResourceLink", "lineItem": {}}]},
    ],
)
def test_a_response_that_is_wrong_anywhere_adds_nothing(
    lms: PracticeLms, tool: StandIn, changed: dict[str, Any]
) -> None:
    request = asked(lms, tool)
    before = len(lms.school.links)

    refused = answer(lms, request, tool.picked(lms, request, **changed))

    assert refused.status_code == 400
    assert len(lms.school.links) == before


def test_a_response_signed_by_somebody_else_or_sent_twice_is_refused(
    lms: PracticeLms, tool: StandIn
) -> None:
    request = asked(lms, tool)
    stranger = StandIn(kid=tool.kid, key=a_key())
    good = tool.picked(lms, request)

    forged = answer(lms, request, stranger.picked(lms, request))
    first, second = answer(lms, request, good), answer(lms, request, good)

    assert (forged.status_code, first.status_code, second.status_code) == (400, 200, 400)


def test_data_that_is_null_is_not_the_same_as_no_data(moodle: PracticeLms, tool: StandIn) -> None:
    request = asked(moodle, tool)
    whole = jwt.decode(tool.picked(moodle, request), options={"verify_signature": False})
    null = jwt.encode({**whole, DL + "data": None}, tool.key, "RS256", {"kid": tool.kid})

    assert answer(moodle, request, null).status_code == 400


def test_a_line_break_in_a_custom_value_is_cut_in_moodle(
    moodle: PracticeLms, tool: StandIn
) -> None:
    request = asked(moodle, tool)
    item = an_item(moodle, custom={"one": "a\nb", "two": "c"})

    made = answer(moodle, request, tool.picked(moodle, request, **{DL + "content_items": [item]}))

    assert moodle.school.link(made.json()["links"][0]).custom == {"one": "a", "two": "c"}


def test_only_teachers_may_pick(lms: PracticeLms) -> None:
    url = f"{lms.base_url}/courses/1/deep-link"

    assert requests.get(url, params={"as": "ada"}, timeout=5).status_code == 403


# -- opening a work ----------------------------------------------------------------------------


def reviewed(desk: Desk, tool: StandIn, viewer: str, whose: str = "ada") -> dict[str, Any]:
    """The claims of the launch that opens somebody's work from the gradebook."""
    path = f"/courses/1/columns/{desk.column.id}/people/{whose}/review/launch"
    Visitor(desk.lms.base_url, viewer).open(path)
    token = tool.launches[-1]["id_token"]
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def test_moodle_asks_for_a_review_of_one_person(moodle_desk: Desk, tool: StandIn) -> None:
    url = f"{moodle_desk.lms.tool_url}/lti/review/x"
    moodle_desk.column.submission_review = {"url": url, "custom": {"review": "1"}}

    claims = reviewed(moodle_desk, tool, "dora")

    assert claims[LTI + "message_type"] == "LtiSubmissionReviewRequest"
    assert claims[LTI + "for_user"] == {"user_id": moodle_desk.person("ada").sub}
    assert claims[LTI + "target_link_uri"] == url
    assert claims[LTI + "custom"]["review"] == "1"
    assert claims["sub"] == moodle_desk.person("dora").sub


def test_moodle_lets_a_student_mint_a_review_of_another(moodle_desk: Desk, tool: StandIn) -> None:
    claims = reviewed(moodle_desk, tool, "fay", whose="ada")

    assert claims["sub"] == moodle_desk.person("fay").sub
    assert claims[LTI + "for_user"] == {"user_id": moodle_desk.person("ada").sub}


def submitted(desk: Desk, url: str) -> None:
    extension = {"submission_type": "basic_lti_launch", "submission_data": url}
    body = desk.body() | {"https://canvas.instructure.com/lti/submission": extension}
    assert desk.book.score(desk.url, body).ok


def test_canvas_opens_the_submitted_address_as_a_plain_launch(
    canvas_desk: Desk, tool: StandIn
) -> None:
    submitted(canvas_desk, f"{canvas_desk.lms.tool_url}/lti/review/abc?x=a%20b")

    claims = reviewed(canvas_desk, tool, "dora")

    course = canvas_desk.lms.school.course("1")
    assert claims[LTI + "message_type"] == "LtiResourceLinkRequest"
    # The query comes back encoded twice, and the resource link is the course: known defects.
    assert claims[LTI + "target_link_uri"].endswith("/lti/review/abc?x=a%2520b")
    assert claims[LTI + "resource_link"]["id"] == course.lti_id
    assert claims["sub"] == canvas_desk.person("dora").sub
    assert LTI + "for_user" not in claims
    assert "lineitem" not in claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]


def test_canvas_offers_nothing_to_open_before_a_submission_came(canvas_desk: Desk) -> None:
    canvas_desk.post(comment="Scored, nothing handed in.", scoreGiven=8)
    path = f"/courses/1/columns/{canvas_desk.column.id}/people/ada/review"

    page = requests.get(f"{canvas_desk.lms.base_url}{path}", params={"as": "dora"}, timeout=5)

    assert page.status_code == 404
