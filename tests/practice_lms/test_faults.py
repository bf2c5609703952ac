"""Faults: each does what it says, for as many requests as it says, and no more."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from lti_tool.practice_lms import PracticeLms
from lti_tool.practice_lms.faults import Faults, UnknownFault
from tests.practice_lms.conftest import Desk
from tests.practice_lms.stand_in import StandIn


def test_down_closes_the_connection_before_the_work(desk: Desk) -> None:
    desk.lms.faults.switch_on("scores", "down", count=1)

    with pytest.raises(requests.ConnectionError):
        desk.post()

    assert desk.shown() == (None, None)
    assert desk.post().status_code == 200


def test_answered_but_lost_does_the_work_and_answers_nothing(desk: Desk) -> None:
    desk.lms.faults.switch_on("scores", "answered-but-lost", count=1)

    with pytest.raises(requests.ConnectionError):
        desk.post()

    assert desk.shown() == (80, "Well done.")
    assert desk.lms.journal.all("scores")[-1].status == 200
    assert desk.lms.journal.all("scores")[-1].fault == "answered-but-lost"


@pytest.mark.parametrize(("kind", "status"), [("500", 500), ("503", 503)])
def test_out_of_order_answers_its_status_without_the_work(
    desk: Desk, kind: str, status: int
) -> None:
    desk.lms.faults.switch_on("scores", kind, count=2)

    statuses = [desk.post().status_code for _ in range(3)]

    assert statuses == [status, status, 200]


def test_throttled_is_said_in_the_words_of_the_product(desk: Desk) -> None:
    desk.lms.faults.switch_on("all", "throttled", count=1)

    answer = desk.post()

    if desk.lms.mood.name == "canvas":
        assert answer.status_code == 403
        assert "Rate Limit Exceeded" in answer.text
        assert answer.headers["X-Rate-Limit-Remaining"] == "0.0"
    else:
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "2"


def test_expired_tokens_refuse_the_old_and_take_a_new_one(desk: Desk, tool: StandIn) -> None:
    desk.lms.faults.switch_on("scores", "expired-tokens", count=1)

    old = desk.post().status_code
    still_old = desk.post().status_code
    desk.book.token = tool.token(desk.lms)

    assert (old, still_old, desk.post().status_code) == (401, 401, 200)


def test_slow_answers_late(desk: Desk) -> None:
    desk.lms.faults.switch_on("scores", "slow:0.3", count=1)

    answer = desk.post()

    assert answer.status_code == 200
    assert answer.elapsed.total_seconds() >= 0.3


def test_a_fault_of_one_service_leaves_the_others_alone(desk: Desk) -> None:
    desk.lms.faults.switch_on("results", "500")

    assert desk.post().status_code == 200
    assert desk.book.results(desk.url).status_code == 500
    desk.lms.faults.switch_off("results")
    assert desk.book.results(desk.url).status_code == 200


def test_all_services_are_not_the_pages(desk: Desk) -> None:
    desk.lms.faults.switch_on("all", "down")

    assert requests.get(f"{desk.lms.base_url}/courses/1?as=dora", timeout=5).status_code == 200
    with pytest.raises(requests.ConnectionError):
        requests.get(desk.lms.jwks_url, timeout=5)


def test_a_chance_is_repeatable_by_its_seed() -> None:
    def met(seed: int) -> list[bool]:
        faults = Faults()
        faults.switch_on("scores", "500", probability=0.5, seed=seed)
        return [faults.meet("scores") is not None for _ in range(40)]

    assert met(7) == met(7)
    assert met(7) != met(8)
    assert 5 < sum(met(7)) < 35


@pytest.mark.parametrize(
    ("group", "kind", "more"),
    [
        ("scores", "earthquake", {}),
        ("gym", "down", {}),
        ("scores", "slow:soon", {}),
        ("scores", "down", {"count": 0}),
        ("scores", "down", {"probability": 0}),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(
    group: str, kind: str, more: dict[str, int]
) -> None:
    with pytest.raises(UnknownFault):
        Faults().switch_on(
            group, kind, count=more.get("count"), probability=more.get("probability", 1)
        )


def test_faults_can_be_switched_by_address(lms: PracticeLms) -> None:
    url = f"{lms.base_url}/api/faults"

    made = requests.post(url, json={"group": "jwks", "kind": "503", "count": 1}, timeout=5)
    wrong = requests.post(url, json={"group": "jwks", "kind": "flood"}, timeout=5)
    on = requests.get(url, timeout=5).json()
    broken = requests.get(lms.jwks_url, timeout=5).status_code

    assert (made.status_code, wrong.status_code, broken) == (201, 400, 503)
    assert [fault["kind"] for fault in on] == ["503"]
    assert requests.get(url, timeout=5).json() == []
    requests.post(url, json={"group": "jwks", "kind": "503"}, timeout=5)
    assert requests.delete(url, timeout=5).status_code == 204
    assert requests.get(lms.jwks_url, timeout=5).status_code == 200


# -- what stays --------------------------------------------------------------------------------


def test_a_school_that_is_opened_again_has_kept_everything(tmp_path: Path) -> None:
    kept = tmp_path / "school.json"
    first = PracticeLms(mood="canvas", base_url="http://x", tool_url="http://t", state_file=kept)
    link = first.add_link("1", "Portfolio", custom={"program": "demo"})
    (column,) = first.school.columns_for(link)
    score = {
        "userId": first.school.person("ada").sub,
        "scoreGiven": 8,
        "scoreMaximum": 10,
        "timestamp": first.clock().isoformat(),
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
    }
    first.mood.take_score(first, column, score, first.clock())
    first.override(column, "ada", 55, comment="Well done.")
    new = first.enrol("Gia", "Example")
    kid = first.rotate_keys()

    again = PracticeLms(mood="canvas", base_url="http://x", tool_url="http://t", state_file=kept)

    cell = again.school.grade(again.school.column(column.id), again.school.person("ada"))
    assert cell == first.school.grade(column, first.school.person("ada"))
    assert cell is not None
    assert cell.submission is not None
    assert again.school.link(link.id) == link
    assert again.school.person(new.key) == new
    assert again.keys.current[0] == kid
    assert again.school.next_number() == first.school.next_number()
    assert kept.stat().st_mode & 0o077 == 0
