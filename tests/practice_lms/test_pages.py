"""The LMS's pages over plain HTTP: who sees what, and what a form does."""

from __future__ import annotations

import re
from pathlib import Path

import jwt
import requests

from lti_tool import practice_lms
from lti_tool.practice_lms import PracticeLms
from lti_tool.practice_lms.mood import LTI
from tests.practice_lms.conftest import Desk
from tests.practice_lms.stand_in import StandIn
from tests.practice_lms.visitor import Visitor, forms


def page(lms: PracticeLms, path: str, person: str | None = "dora") -> requests.Response:
    return requests.get(
        f"{lms.base_url}{path}", params={"as": person} if person else None, timeout=5
    )


def test_anybody_can_be_anybody_and_nobody(lms: PracticeLms) -> None:
    browser = requests.Session()

    browser.post(f"{lms.base_url}/be/ada", timeout=5)
    ada = browser.get(f"{lms.base_url}/", timeout=5).text
    arrived = browser.post(f"{lms.base_url}/be", data={"person": "ivan"}, timeout=5)
    browser.post(f"{lms.base_url}/be/nobody", timeout=5)
    nobody = browser.get(f"{lms.base_url}/courses/1", timeout=5)

    assert "Good day, Ada" in ada
    assert arrived.url.endswith("/courses/2")
    assert nobody.status_code == 401


def test_the_page_says_that_it_is_for_practice(lms: PracticeLms) -> None:
    text = page(lms, "/", None).text

    assert "Practice LMS" in text
    assert lms.mood.title in text


def test_a_teacher_sees_how_to_add_and_a_learner_does_not(lms: PracticeLms) -> None:
    assert "Add from Cairn" in page(lms, "/courses/1").text
    assert "Add from Cairn" not in page(lms, "/courses/1", "ada").text
    assert page(lms, "/courses/1/add-by-hand", "ada").status_code == 403


def test_an_activity_added_by_hand_has_its_custom_parameters(
    lms: PracticeLms, tool: StandIn
) -> None:
    url = f"{lms.base_url}/courses/1/add-by-hand"
    form = {"as": "dora", "title": "Portfolio", "points": "50"}

    requests.post(url, data=form | {"custom": "program=demo\ncredential=one"}, timeout=5)

    (link,) = [one for one in lms.school.links.values() if one.title == "Portfolio"]
    assert link.custom == {"program": "demo", "credential": "one"}
    assert [column.maximum for column in lms.school.columns_for(link)] == [50]


def test_a_form_filled_in_wrongly_keeps_what_was_written(lms: PracticeLms) -> None:
    url = f"{lms.base_url}/courses/1/add-by-hand"
    form = {"as": "dora", "title": "", "points": "many", "custom": "no equals sign"}

    answer = requests.post(url, data=form, timeout=5)

    assert answer.status_code == 422
    for words in ("Give the activity a title", "above 0", "name=value", "no equals sign"):
        assert words in answer.text


def test_the_gradebook_shows_scores_comments_and_what_was_set_by_hand(desk: Desk) -> None:
    desk.post("ada", scoreGiven=8.55)
    desk.lms.override(desk.column, "fay", 70, comment="By hand.")

    text = page(desk.lms, "/courses/1/gradebook").text

    assert "85.5" in text
    assert "1 comment" in text
    assert "set by hand" in text


def test_a_learner_sees_their_own_row_only(desk: Desk) -> None:
    path = f"/courses/1/columns/{desk.column.id}/people"

    mine = page(desk.lms, "/courses/1/gradebook", "ada").text

    assert "Ada Reyes" in mine
    assert 'scope="row">Fay Okafor' not in mine
    assert page(desk.lms, f"{path}/ada", "ada").status_code == 200
    assert page(desk.lms, f"{path}/ada", "fay").status_code == 403
    assert page(desk.lms, f"{path}/ada", "ivan").status_code == 403


def test_a_cell_shows_its_history_and_takes_a_grade_by_hand(desk: Desk) -> None:
    desk.post()
    url = f"{desk.lms.base_url}/courses/1/columns/{desk.column.id}/people/ada"

    wrong = requests.post(url, data={"as": "dora", "score": "high"}, timeout=5)
    requests.post(url, data={"as": "dora", "score": "60", "comment": "We talked."}, timeout=5)
    forbidden = requests.post(url, data={"as": "ada", "score": "100"}, timeout=5)

    assert (wrong.status_code, forbidden.status_code) == (422, 403)
    text = page(desk.lms, f"/courses/1/columns/{desk.column.id}/people/ada").text
    assert desk.shown() == (60, "We talked.")
    assert "set by hand" in text
    assert "Dora Lindqvist" in text
    assert "the tool" in text


def test_what_a_tool_writes_is_shown_as_text(desk: Desk) -> None:
    desk.post(comment="<script>alert(1)</script>\nline two")

    text = page(desk.lms, f"/courses/1/columns/{desk.column.id}/people/ada").text

    assert "<script>alert" not in text
    assert "&lt;script&gt;" in text


def test_pages_allow_no_foreign_scripts_and_only_the_tools_frames(lms: PracticeLms) -> None:
    policy = page(lms, "/courses/1").headers["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert f"frame-src 'self' {lms.tool_url}" in policy
    assert "unsafe-inline" not in policy


def test_no_template_has_a_script_style_or_unescaped_text_of_its_own() -> None:
    folder = Path(practice_lms.__file__).parent / "templates"

    for path in folder.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=|\|\s*safe", text), (
            path
        )


def test_the_gradebook_can_be_read_as_json(desk: Desk) -> None:
    desk.post()

    book = requests.get(f"{desk.lms.base_url}/api/gradebook.json", timeout=5).json()

    (cell,) = book["cells"]
    assert (cell["person"], cell["score"], cell["maximum"]) == ("ada", 80, 100)
    assert cell["comments"][0]["text"] == "Well done."
    assert book["columns"][0]["line_item"] == desk.url
    assert [one["key"] for one in book["people"]] == ["ada", "fay"]


def test_what_the_tool_asked_can_be_read_and_forgotten(desk: Desk) -> None:
    desk.post()
    url = f"{desk.lms.base_url}/api/requests.json"

    kept = requests.get(url, params={"group": "scores"}, timeout=5).json()
    requests.delete(url, timeout=5)

    assert [(one["method"], one["status"]) for one in kept] == [("POST", 200)]
    assert '"scoreGiven": 8' in kept[0]["body"]
    assert requests.get(url, timeout=5).json() == []


def test_links_can_be_made_by_address(lms: PracticeLms) -> None:
    url = f"{lms.base_url}/api/links"

    made = requests.post(url, json={"title": "P", "custom": {"program": "x"}}, timeout=5)
    bare = requests.post(url, json={"title": "Q", "points": None}, timeout=5)
    wrong = requests.post(url, json={"custom": 1}, timeout=5)
    elsewhere = requests.post(url, json={"title": "P", "course": "9"}, timeout=5)

    assert len(made.json()["columns"]) == 1
    assert bare.json()["columns"] == []
    assert (wrong.status_code, elsewhere.status_code) == (400, 404)
    titles = [link["title"] for link in requests.get(url, timeout=5).json()]
    assert titles == ["Micro-credentials", "P", "Q"]


def test_the_registration_is_what_the_tools_command_takes(lms: PracticeLms) -> None:
    handed_over = requests.get(f"{lms.base_url}/api/registration.json", timeout=5).json()

    assert set(handed_over) == {
        "name",
        "issuer",
        "client_id",
        "auth_login_url",
        "auth_token_url",
        "jwks_url",
        "deployment_ids",
        "product",
        "auth_audience",
    }
    assert len(handed_over["deployment_ids"]) == 2


def test_a_script_picks_from_the_tool_without_a_browser(lms: PracticeLms, tool: StandIn) -> None:
    dora = Visitor(lms.base_url, "dora")

    picker = dora.open("/courses/1/deep-link")
    added = dora.submit(picker, forms(picker)[0])

    assert "Added to Teaching English learners" in added.text
    assert "Portfolio one" in page(lms, "/courses/1").text or "Column one" in added.text


def test_coming_back_from_the_tool_leads_to_the_course_and_shows_its_message(
    lms: PracticeLms, tool: StandIn
) -> None:
    link = lms.add_link("1", "Portfolio")
    Visitor(lms.base_url, "ada").launch("1", link.id)
    claims = jwt.decode(tool.launches[-1]["id_token"], options={"verify_signature": False})
    url = claims[LTI + "launch_presentation"]["return_url"]

    back = requests.get(url, timeout=5).text
    told = requests.get(url, params={"lti_errormsg": "Not set up <yet>"}, timeout=5).text

    assert 'href="/courses/1"' in back
    assert "back.js" in back
    assert "Not set up &lt;yet&gt;" in told
    assert "back.js" not in told


def test_the_pages_of_faults_and_requests_work_by_form(lms: PracticeLms) -> None:
    url = f"{lms.base_url}/faults"
    form = {"group": "jwks", "kind": "slow", "seconds": "0.1", "count": "2"}

    requests.post(url, data=form, timeout=5)
    wrong = requests.post(url, data=form | {"count": "two"}, timeout=5)
    requests.get(lms.jwks_url, timeout=5)
    shown = page(lms, "/faults").text
    requests.post(url, data={"do": "off"}, timeout=5)
    requests.post(f"{lms.base_url}/keys", timeout=5)

    assert wrong.status_code == 422
    assert "slow, 0.1 s" in shown
    assert "1 to go" in shown
    assert lms.faults.on() == []
    assert len(lms.keys.jwks()["keys"]) == 2
    assert lms.mood.path("jwks") in page(lms, "/requests").text
