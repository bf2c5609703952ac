"""Canvas's placements, Moodle's second thoughts, and the ways both open a work."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
import requests

from lti_tool.practice_lms import PracticeLms
from lti_tool.practice_lms.mood import LTI
from lti_tool.practice_lms.placements import PLACEMENTS
from tests.practice_lms.conftest import Desk
from tests.practice_lms.stand_in import DL, StandIn, an_item
from tests.practice_lms.test_deep_linking import reviewed, submitted
from tests.practice_lms.visitor import Visitor, forms


def asked(lms: PracticeLms, tool: StandIn, **query: str) -> dict[str, Any]:
    """The request that Dora's picker gets from somewhere in the course."""
    Visitor(lms.base_url, "dora").open("/courses/1/deep-link", **query)
    token = tool.launches[-1]["id_token"]
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def post(request: dict[str, Any], token: str, **more: str) -> requests.Response:
    """The answer as a browser posts it."""
    url = request[DL + "deep_linking_settings"]["deep_link_return_url"]
    return requests.post(url, data={"JWT": token, **more}, timeout=5)


@pytest.mark.parametrize("name", PLACEMENTS)
def test_each_place_says_what_it_takes(canvas: PracticeLms, tool: StandIn, name: str) -> None:
    settings = asked(canvas, tool, placement=name)[DL + "deep_linking_settings"]

    placement = PLACEMENTS[name]
    assert settings["accept_types"] == list(placement.types)
    assert settings["accept_multiple"] is placement.takes_several
    assert settings["auto_create"] is placement.creates_at_once
    assert name in settings["data"]


def test_a_place_nobody_knows_is_not_there(canvas: PracticeLms) -> None:
    answer = requests.get(
        f"{canvas.base_url}/courses/1/add",
        params={"as": "dora", "placement": "moon"},
        timeout=5,
    )

    assert answer.status_code == 404


def test_a_place_for_one_keeps_nothing_of_two(canvas: PracticeLms, tool: StandIn) -> None:
    request = asked(canvas, tool, placement="assignment_selection")
    two = {DL + "content_items": [an_item(canvas), an_item(canvas, title="Another")]}
    before = len(canvas.school.links)

    refused = post(request, tool.picked(canvas, request, **two))

    assert refused.status_code == 400
    assert "takes one item" in refused.text
    assert len(canvas.school.links) == before


def test_the_edit_page_sends_no_link_but_the_assignment(canvas: PracticeLms, tool: StandIn) -> None:
    link = canvas.add_link("1", "Portfolio")

    request = asked(canvas, tool, link=link.id)
    made = post(request, tool.picked(canvas, request))

    assert LTI + "resource_link" not in request
    assert request[LTI + "custom"]["canvas_assignment_id"] == link.id
    assert request[DL + "deep_linking_settings"]["accept_multiple"] is False
    assert made.status_code == 200
    assert canvas.school.link(link.id).custom == {"credential": "one"}
    assert canvas.school.columns_for(link)[0].maximum == 60


def test_moodle_adds_several_once_they_are_confirmed(moodle: PracticeLms, tool: StandIn) -> None:
    request = asked(moodle, tool)
    two = {DL + "content_items": [an_item(moodle), an_item(moodle, title="Another")]}
    before = len(moodle.school.links)

    shown = post(request, tool.picked(moodle, request, **two))
    between = len(moodle.school.links)
    (form,) = forms(shown)
    added = requests.post(form.action, data={"confirmed": "1"}, timeout=5)
    again = requests.post(form.action, data={"confirmed": "1"}, timeout=5)

    assert "Another" in shown.text
    assert between == before
    assert added.status_code == again.status_code == 200
    assert len(moodle.school.links) == before + 2


def test_canvas_keeps_hints_and_moodle_drops_them(lms: PracticeLms, tool: StandIn) -> None:
    request = asked(lms, tool)
    item = an_item(lms, submission={"endDateTime": "2027-02-01T22:00:00Z"})

    made = post(request, tool.picked(lms, request, **{DL + "content_items": [item]}))

    assert made.status_code == 200
    newest = list(lms.school.links.values())[-1]
    assert bool(newest.hints) == (lms.mood.name == "canvas")


def test_the_double_encoding_can_be_switched_off(canvas_desk: Desk, tool: StandIn) -> None:
    submitted(canvas_desk, f"{canvas_desk.lms.tool_url}/lti/review/abc?x=a%20b")
    switch = f"{canvas_desk.lms.base_url}/courses/1/gradebook/encoding"

    requests.post(switch, data={"as": "dora", "once": "1"}, timeout=5)
    once = reviewed(canvas_desk, tool, "dora")[LTI + "target_link_uri"]
    requests.post(switch, data={"as": "dora", "twice": "1"}, timeout=5)
    twice = reviewed(canvas_desk, tool, "dora")[LTI + "target_link_uri"]

    assert once.endswith("?x=a%20b")
    assert twice.endswith("?x=a%2520b")
    assert requests.post(switch, data={"as": "ada"}, timeout=5).status_code == 403


def test_only_addresses_of_the_tool_are_retrieved(canvas: PracticeLms, moodle: PracticeLms) -> None:
    path = "/courses/1/external_tools/retrieve"
    for lms, url in ((canvas, "https://evil.example/x"), (moodle, f"{moodle.tool_url}/lti/launch")):
        asked_for = {"as": "dora", "url": url}
        answer = requests.get(lms.base_url + path, params=asked_for, timeout=5)
        assert answer.status_code == 404


def test_launch_php_is_moodles(moodle_desk: Desk, canvas_desk: Desk, tool: StandIn) -> None:
    query = {"as": "dora", "id": str(moodle_desk.column.link_id), "action": "gradeReport"}
    moodle, canvas = moodle_desk.lms, canvas_desk.lms
    tool.lms = moodle
    Visitor(moodle.base_url, "dora").open("/mod/lti/launch.php", **query, user="ada")

    assert tool.launches
    query["id"] = str(canvas_desk.column.link_id)
    address = f"{canvas.base_url}/mod/lti/launch.php"
    assert requests.get(address, params=query, timeout=5).status_code == 404
