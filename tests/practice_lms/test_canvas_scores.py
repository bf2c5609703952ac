"""Scores in the Canvas mood: attempts, appended comments, erased and preserved scores."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from lti_tool.practice_lms.school import Cell
from tests.practice_lms.conftest import Desk

SUBMISSION = "https://canvas.instructure.com/lti/submission"


def the_cell(desk: Desk) -> Cell:
    cell = desk.lms.school.grade(desk.column, desk.person("ada"))
    assert cell is not None
    return cell


def quiet(**more: Any) -> dict[str, Any]:
    return {SUBMISSION: {"new_submission": False, **more}}


def test_a_score_is_rescaled_and_answered_with_its_result(canvas_desk: Desk) -> None:
    answer = canvas_desk.post()

    assert answer.status_code == 200
    result = canvas_desk.book.call("GET", answer.json()["resultUrl"])
    assert (result.json()["resultScore"], result.json()["resultMaximum"]) == (80, 100)
    assert canvas_desk.shown() == (80, "Well done.")
    assert "X-Rate-Limit-Remaining" in answer.headers


def test_an_equal_timestamp_is_allowed_and_an_earlier_one_is_400(canvas_desk: Desk) -> None:
    canvas_desk.post()

    equal = canvas_desk.post(scoreGiven=9)
    earlier = canvas_desk.post(
        scoreGiven=1, timestamp=(canvas_desk.time.now - timedelta(milliseconds=1)).isoformat()
    )

    assert (equal.status_code, earlier.status_code) == (200, 400)
    assert canvas_desk.shown()[0] == 90


def test_a_timestamp_from_a_fast_clock_blocks_what_comes_after(canvas_desk: Desk) -> None:
    ahead = {"timestamp": (canvas_desk.time.now + timedelta(seconds=50)).isoformat()}
    canvas_desk.post(**ahead)

    assert canvas_desk.post(scoreGiven=9).status_code == 400


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"userId": "nobody"}, 422),
        ({"timestamp": None}, 400),
        ({"timestamp": "soon"}, 400),
        ({"scoreMaximum": None}, 422),
        ({"scoreMaximum": -1}, 422),
        ({"scoreMaximum": 0}, 422),
        ({"scoreGiven": -1}, 422),
        ({SUBMISSION: {"submission_type": "carrier_pigeon"}}, 422),
        ({SUBMISSION: {"submission_type": "online_upload"}}, 422),
        ({"submission": {"submittedAt": "2027-01-01T00:00:00Z"}}, 400),
        ({"scoreGiven": 12}, 200),
    ],
)
def test_what_is_missing_or_wrong_has_its_status(
    canvas_desk: Desk, changed: dict[str, Any], status: int
) -> None:
    assert canvas_desk.post(**changed).status_code == status


@pytest.mark.parametrize("key", ["ben", "dora", "ivan", "student-view"])
def test_whoever_is_not_a_student_of_the_course_is_422(canvas_desk: Desk, key: str) -> None:
    assert canvas_desk.post(key).status_code == 422


def test_scores_above_the_maximum_are_not_clipped(canvas_desk: Desk) -> None:
    canvas_desk.post(scoreGiven=12)

    assert canvas_desk.shown()[0] == 120


@pytest.mark.parametrize("progress", ["Pending", "NotReady", "Failed"])
def test_other_progress_erases_unless_the_score_is_preserved(
    canvas_desk: Desk, progress: str
) -> None:
    canvas_desk.post()

    canvas_desk.post(gradingProgress=progress, **quiet(preserve_score=True))
    preserved = canvas_desk.shown()[0]
    canvas_desk.post(gradingProgress=progress, **quiet())

    assert (preserved, canvas_desk.shown()[0]) == (80, None)


def test_pending_manual_keeps_a_score_that_is_given(canvas_desk: Desk) -> None:
    canvas_desk.post(gradingProgress="PendingManual")

    assert canvas_desk.shown()[0] == 80


def test_comments_are_appended_one_for_each_post(canvas_desk: Desk) -> None:
    canvas_desk.post(comment="One.")
    canvas_desk.post(comment="One.")
    canvas_desk.post(comment=None)

    assert [comment.text for comment in the_cell(canvas_desk).comments] == ["One.", "One."]


def test_every_careless_post_is_an_attempt(canvas_desk: Desk) -> None:
    canvas_desk.post()
    canvas_desk.time.tick()
    canvas_desk.post()
    careless = the_cell(canvas_desk).attempt

    canvas_desk.post(**quiet())

    assert (careless, the_cell(canvas_desk).attempt) == (2, 2)


def test_the_same_moment_of_submission_changes_the_attempt_that_is_there(
    canvas_desk: Desk,
) -> None:
    submitted: dict[str, Any] = {"submission": {"submittedAt": "2026-11-20T10:00:00Z"}}

    canvas_desk.post(**submitted)
    canvas_desk.time.tick()
    canvas_desk.post(scoreGiven=9, **submitted)

    assert (the_cell(canvas_desk).attempt, canvas_desk.shown()[0]) == (1, 90)


def test_more_attempts_than_allowed_are_422(canvas_desk: Desk) -> None:
    canvas_desk.column.allowed_attempts = 1
    canvas_desk.post()
    canvas_desk.time.tick()

    assert canvas_desk.post().status_code == 422
    assert canvas_desk.post(**quiet()).status_code == 200


def test_only_the_first_column_of_a_link_counts_attempts(canvas_desk: Desk) -> None:
    lms = canvas_desk.lms
    second = lms.add_column(lms.school.course("1"), "More", 10, link_id=canvas_desk.column.link_id)

    canvas_desk.book.score(lms.mood.column_url(lms, second), canvas_desk.body())

    cell = lms.school.grade(second, canvas_desk.person("ada"))
    assert cell is not None
    assert (cell.score, cell.attempt, cell.submission) == (8, 0, None)


def test_a_teachers_grade_is_replaced_unless_it_has_priority(canvas_desk: Desk) -> None:
    canvas_desk.post()
    canvas_desk.lms.override(canvas_desk.column, "ada", 55)

    canvas_desk.post(scoreGiven=9, **quiet(prioritize_non_tool_grade=True))
    kept = canvas_desk.shown()[0]
    canvas_desk.post(scoreGiven=9, **quiet())

    assert (kept, canvas_desk.shown()[0]) == (55, 90)


def test_results_of_somebody_who_is_not_a_student_are_empty(canvas_desk: Desk) -> None:
    canvas_desk.post()

    everybody = canvas_desk.book.results(canvas_desk.url).json()
    teacher = canvas_desk.book.results(
        canvas_desk.url, f"user_id={canvas_desk.person('dora').sub}"
    ).json()

    assert [row["resultScore"] for row in everybody] == [80]
    assert teacher == []


def test_a_concluded_course_takes_no_scores(canvas_desk: Desk) -> None:
    canvas_desk.lms.school.course("1").concluded = True

    assert canvas_desk.post().status_code == 404


def test_plain_json_is_read_as_a_score(canvas_desk: Desk) -> None:
    plain = canvas_desk.book.score(canvas_desk.url, canvas_desk.body(), media="application/json")

    assert plain.status_code == 200
