"""Scores in the Moodle mood answer as the recorded Moodle 4.5.5 did."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from lti_tool.practice_lms import PracticeLms
from tests.practice_lms.conftest import Desk


def test_a_score_is_rescaled_and_its_comment_becomes_the_feedback(moodle_desk: Desk) -> None:
    answer = moodle_desk.post()

    assert (answer.status_code, answer.text) == (200, "")
    assert answer.headers["Content-Type"].startswith("application/vnd.ims.lis.v1.score+json")
    assert moodle_desk.shown() == (80, "Well done.")


def test_an_equal_or_older_timestamp_is_refused_with_409(moodle_desk: Desk) -> None:
    moodle_desk.post()

    equal = moodle_desk.post(scoreGiven=9)
    older = moodle_desk.post(
        scoreGiven=9, timestamp=(moodle_desk.time.now - timedelta(minutes=10)).isoformat()
    )
    moodle_desk.time.tick(0.9)
    same_second = moodle_desk.post(scoreGiven=9)
    moodle_desk.time.tick(0.1)
    next_second = moodle_desk.post(scoreGiven=9)

    assert [equal.status_code, older.status_code, same_second.status_code] == [409, 409, 409]
    assert equal.reason.startswith("Refusing score with an earlier timestamp for item")
    assert next_second.status_code == 200
    assert moodle_desk.shown()[0] == 90


def test_a_future_timestamp_is_taken_and_does_not_block_the_next(moodle_desk: Desk) -> None:
    ahead = (moodle_desk.time.now + timedelta(days=1)).isoformat()

    first = moodle_desk.post(scoreGiven=6, timestamp=ahead)
    moodle_desk.time.tick(2)
    second = moodle_desk.post(scoreGiven=7)

    assert (first.status_code, second.status_code) == (200, 200)
    assert moodle_desk.shown()[0] == 70


@pytest.mark.parametrize("comment", [None, ""])
def test_a_score_without_a_comment_clears_the_feedback(
    moodle_desk: Desk, comment: str | None
) -> None:
    moodle_desk.post()
    moodle_desk.time.tick()

    moodle_desk.post(comment=comment)

    assert moodle_desk.shown() == (80, None)


@pytest.mark.parametrize("progress", ["PendingManual", "Pending", "NotReady", "Failed", "Nonsense"])
def test_any_progress_but_fully_graded_erases_the_grade_and_answers_200(
    moodle_desk: Desk, progress: str
) -> None:
    moodle_desk.post()
    moodle_desk.time.tick()

    answer = moodle_desk.post(gradingProgress=progress)

    assert answer.status_code == 200
    assert moodle_desk.shown()[0] is None
    result = moodle_desk.book.results(moodle_desk.url).json()
    assert [set(row) for row in result] == [{"id", "userId"}]


def test_fully_graded_without_a_score_erases_too(moodle_desk: Desk) -> None:
    moodle_desk.post()
    moodle_desk.time.tick()

    answer = moodle_desk.post(scoreGiven=None, scoreMaximum=None)

    assert answer.status_code == 200
    assert moodle_desk.shown()[0] is None


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"scoreMaximum": None}, 400),
        ({"timestamp": None}, 400),
        ({"timestamp": "yesterday"}, 400),
        ({"activityProgress": None}, 400),
        ({"gradingProgress": None}, 400),
        ({"userId": "9999"}, 400),
        ({"userId": "5"}, 400),
        ({"userId": "6"}, 400),
        ({"userId": None}, 400),
        ({"userId": "6ba7b810-9dad-11d1-80b4-00c04fd430c8"}, 502),
        ({"userId": 3}, 200),
        ({"scoreGiven": "8.5"}, 200),
        ({"activityProgress": "Nonsense"}, 200),
    ],
)
def test_what_is_missing_or_wrong_has_the_recorded_status(
    moodle_desk: Desk, changed: dict[str, Any], status: int
) -> None:
    # Dora is 7, Ben (assessor) 5, Cleo (approver) 6: not gradable, as recorded for teachers.
    answer = moodle_desk.post(**changed)

    assert answer.status_code == status
    if status == 400:
        assert answer.reason.startswith("Incorrect score received{")


@pytest.mark.parametrize(
    ("given", "maximum", "shown"),
    [(12, 10, 100), (-3, 10, 0), (0, 10, 0), (77, 100, 77), (8, 0, 8), (30, 10, 100)],
)
def test_scores_are_scaled_and_clipped_to_the_column(
    moodle_desk: Desk, given: float, maximum: float, shown: float
) -> None:
    answer = moodle_desk.post(scoreGiven=given, scoreMaximum=maximum)

    assert answer.status_code == 200
    assert moodle_desk.shown()[0] == shown


def test_the_media_type_must_be_the_score_type(moodle_desk: Desk) -> None:
    score = "application/vnd.ims.lis.v1.score+json"
    url, body = moodle_desk.url, moodle_desk.body()

    plain = moodle_desk.book.score(url, body, media="application/json")
    with_charset = moodle_desk.book.score(url, body, media=f"{score}; charset=utf-8")

    assert plain.status_code == 400
    assert plain.json()["reason"].startswith("No handler found")
    assert with_charset.status_code == 200


def test_a_path_glued_behind_the_query_finds_nothing(moodle_desk: Desk) -> None:
    score = "application/vnd.ims.lis.v1.score+json"

    glued = moodle_desk.book.call("POST", f"{moodle_desk.url}/scores", media=score, data="{}")
    without_query = moodle_desk.book.score(moodle_desk.url.split("?")[0], moodle_desk.body())

    assert glued.status_code == 405
    assert without_query.status_code == 401


def test_a_teachers_grade_stays_and_only_the_results_tell(moodle_desk: Desk) -> None:
    moodle_desk.post()
    moodle_desk.time.tick()
    moodle_desk.lms.override(moodle_desk.column, "ada", 55, comment="Talked it over.")

    at_once = moodle_desk.post(scoreGiven=9)
    moodle_desk.time.tick()
    later = moodle_desk.post(scoreGiven=9)

    assert (at_once.status_code, later.status_code) == (409, 200)
    assert moodle_desk.shown() == (55, "Talked it over.")
    (row,) = moodle_desk.book.results(moodle_desk.url).json()
    assert (row["resultScore"], row["comment"]) == (55, "Talked it over.")


def test_a_hand_set_grade_taken_away_shows_the_tools_again(moodle_desk: Desk) -> None:
    moodle_desk.lms.override(moodle_desk.column, "ada", 55)
    moodle_desk.time.tick()
    moodle_desk.post()

    moodle_desk.lms.override(moodle_desk.column, "ada", None)

    assert moodle_desk.shown()[0] == 80


def test_results_name_person_score_and_comment_and_refuse_a_limit(moodle_desk: Desk) -> None:
    moodle_desk.post("ada")
    moodle_desk.post("fay", scoreGiven=0)

    rows = moodle_desk.book.results(moodle_desk.url).json()
    fay = moodle_desk.book.results(moodle_desk.url, "user_id=4").json()
    limited = moodle_desk.book.results(moodle_desk.url, "limit=1")

    assert rows[0] == {
        "id": moodle_desk.url.replace("?", "/results?") + "&user_id=3",
        "userId": "3",
        "resultScore": 80,
        "resultMaximum": 100,
        "comment": "Well done.",
        "scoreOf": moodle_desk.url,
        "timestamp": "2026-11-20T12:00:00+00:00",
    }
    assert [row["resultScore"] for row in fay] == [0]
    assert limited.status_code == 404
    assert "html" in limited.headers["Content-Type"]


def test_a_suspended_student_can_still_be_scored(moodle_desk: Desk) -> None:
    moodle_desk.lms.school.course("1").inactive.add("ada")

    assert moodle_desk.post().status_code == 200


def test_every_accepted_change_is_in_the_history(moodle_desk: Desk) -> None:
    moodle_desk.post()
    moodle_desk.post()
    moodle_desk.time.tick()
    moodle_desk.post(gradingProgress="Pending")

    cell = moodle_desk.lms.school.grade(moodle_desk.column, moodle_desk.person("ada"))

    assert cell is not None
    assert [change.note for change in cell.changes] == ["score", "erased"]


def test_numbers_are_short(moodle: PracticeLms) -> None:
    assert [moodle.school.person(key).sub for key in ("ada", "dora", "ivan")] == ["3", "7", "8"]
    assert moodle.registration()["deployment_ids"] == ["1", "2"]
