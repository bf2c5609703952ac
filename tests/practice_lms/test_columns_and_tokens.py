"""Line items, the roster, and who may have a token for them."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lti_tool.practice_lms import PracticeLms
from lti_tool.practice_lms.mood import LINE_ITEM, MEMBERS, SCOPE_SCORE, SCOPES
from tests.practice_lms.conftest import Clock, Desk
from tests.practice_lms.stand_in import StandIn, a_key


def test_a_column_that_the_tool_makes_can_be_found_by_its_names(desk: Desk) -> None:
    made = desk.book.make(
        {"label": "Extra", "scoreMaximum": 20, "resourceId": "quiz-77", "tag": "badge"}
    )

    assert made.status_code == 201
    assert made.json()["id"]
    for more in ("tag=badge", "resource_id=quiz-77"):
        found = desk.book.columns(more=more).json()
        assert [row["id"] for row in found] == [made.json()["id"]]
    assert desk.book.columns(more="tag=nope").json() == []


def test_posting_twice_makes_two_columns(desk: Desk) -> None:
    body = {"label": "Extra", "scoreMaximum": 20, "resourceId": "r"}

    desk.book.make(body)
    desk.book.make(body)

    assert len(desk.book.columns(more="resource_id=r").json()) == 2


def test_columns_of_a_link_are_found_by_its_lti_id(desk: Desk) -> None:
    assert desk.column.link_id is not None
    link = desk.lms.school.link(desk.column.link_id)

    rows = desk.book.columns(more=f"resource_link_id={link.lti_id}").json()

    assert [row["id"] for row in rows] == [desk.url]
    assert rows[0]["resourceLinkId"] == link.lti_id


def test_a_link_of_somebody_else_cannot_have_a_column(desk: Desk) -> None:
    body = {"label": "Extra", "scoreMaximum": 20, "resourceLinkId": "777"}

    assert desk.book.make(body).status_code == {"moodle": 403, "canvas": 404}[desk.lms.mood.name]


def test_moodle_blanks_what_a_put_leaves_out_and_rescales(moodle_desk: Desk) -> None:
    moodle_desk.post()
    moodle_desk.column.tag = "badge"
    body = json.dumps({"label": "Renamed", "scoreMaximum": 50})

    answer = moodle_desk.book.call("PUT", moodle_desk.url, media=LINE_ITEM, data=body)

    assert answer.status_code == 200
    assert (moodle_desk.column.label, moodle_desk.column.tag) == ("Renamed", "")
    assert moodle_desk.shown()[0] == 40


def test_canvas_keeps_what_a_put_leaves_out(canvas_desk: Desk) -> None:
    canvas_desk.column.tag = "badge"
    body = json.dumps({"label": "Renamed"})

    answer = canvas_desk.book.call("PUT", canvas_desk.url, media=LINE_ITEM, data=body)

    assert answer.status_code == 200
    assert (canvas_desk.column.label, canvas_desk.column.tag) == ("Renamed", "badge")


def test_the_column_of_an_activity_can_be_deleted_in_moodle_only(desk: Desk) -> None:
    answer = desk.book.call("DELETE", desk.url)

    assert answer.status_code == {"moodle": 204, "canvas": 401}[desk.lms.mood.name]
    assert (desk.column.id in desk.lms.school.columns) == (desk.lms.mood.name == "canvas")


def test_moodle_pages_only_when_asked_with_crooked_quotes(moodle_desk: Desk) -> None:
    for number in range(3):
        moodle_desk.book.make({"label": str(number), "scoreMaximum": 1})

    whole, page = moodle_desk.book.columns(), moodle_desk.book.columns(more="limit=2")

    assert (len(whole.json()), len(page.json())) == (4, 2)
    assert "Link" not in whole.headers
    link = page.headers["Link"].encode("latin-1").decode()
    assert "&amp;limit=2&amp;from=2>; rel=\u201cnext\u201d" in link


def test_canvas_pages_by_ten(canvas_desk: Desk) -> None:
    for number in range(11):
        canvas_desk.book.make({"label": str(number), "scoreMaximum": 1})

    first = canvas_desk.book.columns()
    second = canvas_desk.book.call("GET", first.links["next"]["url"])

    assert (len(first.json()), len(second.json())) == (10, 2)
    assert "next" not in second.links


@pytest.mark.parametrize(
    ("accept", "status"),
    [("application/json", 400), ("*/*", 400), (None, 400)],
)
def test_moodle_wants_its_own_media_type_for_the_list(
    moodle_desk: Desk, accept: str | None, status: int
) -> None:
    url = moodle_desk.lms.mood.columns_url(moodle_desk.lms, moodle_desk.lms.school.course("1"))

    assert moodle_desk.book.call("GET", url, accept=accept).status_code == status


# -- the roster --------------------------------------------------------------------------------


def roster(desk: Desk, more: str = "") -> Any:
    url = desk.lms.mood.members_url(desk.lms, desk.lms.school.course("1"))
    return desk.book.call("GET", url + more, accept=MEMBERS)


def test_the_roster_names_members_and_roles_as_each_product_does(desk: Desk) -> None:
    members = {row["name"]: row for row in roster(desk).json()["members"]}

    assert set(members) == {
        "Ada Reyes",
        "Fay Okafor",
        "Ben Castillo",
        "Cleo Marsh",
        "Dora Lindqvist",
    }
    prefix = (
        ""
        if desk.lms.mood.name == "moodle"
        else "http://purl.imsglobal.org/vocab/lis/v2/membership#"
    )
    assert members["Ada Reyes"]["roles"] == [f"{prefix}Learner"]
    # A non-editing teacher is Learner in Moodle's roster although Instructor at launch.
    cleo = {"moodle": "Learner", "canvas": f"{prefix}Instructor"}[desk.lms.mood.name]
    assert members["Cleo Marsh"]["roles"][0] == cleo


def test_the_roster_pages_by_limit(desk: Desk) -> None:
    first = roster(desk, "?limit=3")
    second = desk.book.call("GET", first.links["next"]["url"], accept=MEMBERS)

    assert (len(first.json()["members"]), len(second.json()["members"])) == (3, 2)
    assert "next" not in second.links


def test_canvas_never_gives_more_than_fifty(canvas_desk: Desk) -> None:
    for number in range(60):
        canvas_desk.lms.enrol(f"P{number}", "Example")

    assert len(roster(canvas_desk, "?limit=500").json()["members"]) == 50


def test_a_suspended_person_is_missing_from_the_roster(desk: Desk) -> None:
    desk.lms.school.course("1").inactive.add("fay")

    names = [row["name"] for row in roster(desk).json()["members"]]

    assert "Fay Okafor" not in names


def test_the_roster_can_be_asked_for_one_role(desk: Desk) -> None:
    names = [row["name"] for row in roster(desk, "?role=Instructor").json()["members"]]

    assert "Dora Lindqvist" in names
    assert "Ada Reyes" not in names


# -- tokens ------------------------------------------------------------------------------------


def test_a_good_assertion_gets_a_token_for_an_hour(lms: PracticeLms, tool: StandIn) -> None:
    answer = tool.ask_token(lms)

    assert answer.status_code == 200
    assert answer.json()["expires_in"] == 3600
    assert set(answer.json()["scope"].split()) == set(SCOPES)
    kind = "text/html" if lms.mood.name == "moodle" else "application/json"
    assert answer.headers["Content-Type"].startswith(kind)


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "other"},
        {"sub": "other"},
        {"aud": "https://other.example/token"},
        {"exp": 1},
        {"exp": None},
        {"iat": None},
        {"jti": None},
        {"iat": "1795301573"},
    ],
)
def test_an_assertion_with_a_wrong_claim_is_refused(
    lms: PracticeLms, tool: StandIn, changed: dict[str, Any]
) -> None:
    answer = tool.ask_token(lms, tool.assertion(lms, **changed))

    assert answer.status_code == {"moodle": 400, "canvas": 401}[lms.mood.name]
    assert answer.json()["error"] == "invalid_client"


@pytest.mark.parametrize(
    ("seconds", "canvas_takes", "moodle_takes"),
    [(1, True, False), (29, True, False), (31, False, False), (0, True, True), (-301, False, True)],
)
def test_the_moment_of_issue_is_read_as_strictly_as_each_product_does(
    lms: PracticeLms, tool: StandIn, seconds: int, canvas_takes: bool, moodle_takes: bool
) -> None:
    issued = int(lms.clock().timestamp()) + seconds

    answer = tool.ask_token(lms, tool.assertion(lms, iat=issued, exp=issued + 400))

    takes = canvas_takes if lms.mood.name == "canvas" else moodle_takes
    assert answer.ok is takes


def test_an_assertion_can_be_used_once(lms: PracticeLms, tool: StandIn) -> None:
    assertion = tool.assertion(lms)

    assert tool.ask_token(lms, assertion).ok
    assert not tool.ask_token(lms, assertion).ok


def test_a_signature_by_another_key_is_refused(lms: PracticeLms, tool: StandIn) -> None:
    stranger = StandIn(kid=tool.kid, key=a_key())

    assert not tool.ask_token(lms, stranger.assertion(lms)).ok
    assert not tool.ask_token(lms, "no.jwt.atall").ok


def test_the_tool_may_rotate_its_key_under_a_warm_cache(
    lms: PracticeLms, own_tool: StandIn
) -> None:
    lms.tool_url = own_tool.url
    assert own_tool.ask_token(lms).ok
    own_tool.key = a_key()
    same_kid = own_tool.ask_token(lms)
    own_tool.kid = "tool-2"
    new_kid = own_tool.ask_token(lms)

    assert same_kid.ok
    assert new_kid.ok


def test_an_unknown_scope_is_dropped_in_moodle_and_refused_in_canvas(
    lms: PracticeLms, tool: StandIn
) -> None:
    answer = tool.ask_token(lms, scope=f"{SCOPE_SCORE} urn:unknown")

    if lms.mood.name == "moodle":
        assert answer.json()["scope"] == SCOPE_SCORE
    else:
        assert answer.json()["error"] == "invalid_scope"


def test_a_service_wants_a_token_with_its_scope_that_has_not_expired(
    desk: Desk, tool: StandIn, time: Clock
) -> None:
    narrow = tool.ask_token(desk.lms, scope=SCOPE_SCORE).json()["access_token"]

    desk.book.token, whole = narrow, desk.book.token
    without_scope = desk.book.results(desk.url).status_code
    desk.book.token = "nonsense"
    unknown = desk.post().status_code
    desk.book.token = whole
    time.tick(3601)

    assert (without_scope, unknown, desk.post().status_code) == (401, 401, 401)


def test_scores_that_come_at_the_same_time_all_arrive(desk: Desk) -> None:
    people = [desk.lms.enrol(f"P{number}", "Example") for number in range(40)]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda person: desk.post(person.key), people))

    assert {answer.status_code for answer in answers} == {200}
    assert [desk.shown(person.key) for person in people] == [(80, "Well done.")] * 40
