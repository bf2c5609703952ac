"""The Canvas mood's gradebook (after its source): attempts, appended comments, erased scores."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from typing_extensions import override

from lti_tool.practice_lms.mood import (
    LINE_ITEM,
    LINE_ITEMS,
    RESULTS,
    SCORE,
    Answer,
    Mood,
    Refusal,
    number,
    tidy,
)
from lti_tool.practice_lms.school import Cell, Change, Column, Comment, Course, Submission

if TYPE_CHECKING:
    from lti_tool.practice_lms.lms import PracticeLms

SUBMISSION = "https://canvas.instructure.com/lti/submission"
Row = TypeVar("Row")

KINDS = (
    "none",
    "basic_lti_launch",
    "online_text_entry",
    "online_url",
    "external_tool",
    "online_upload",
)
TOOL = "the tool"
PAGE = 10


class CanvasGrades(Mood, ABC):
    """Columns and scores in the manner of Canvas."""

    @property
    def budget(self) -> dict[str, str]:
        """What is left of the tool's share, as Canvas says with every answer."""
        return {"X-Request-Cost": "0.08", "X-Rate-Limit-Remaining": str(self.remaining)}

    @override
    def columns_url(self, lms: PracticeLms, course: Course) -> str:
        return lms.base_url + self.path("lineitems", course_id=course.id)

    @override
    def column_url(self, lms: PracticeLms, column: Column) -> str:
        path = self.path("lineitem", course_id=column.course_id, item_id=column.id)
        return lms.base_url + path

    @override
    def accepts(self, request_media: str, accept: str, kind: str, method: str) -> bool:
        # Rails reads any JSON media type as parameters; what is sent as a form is not a score.
        return method in ("GET", "DELETE") or "json" in request_media

    @override
    def refuse(self, status: int, reason: str, media: str = "application/json") -> Answer:
        words = {400: "bad_request", 401: "unauthorized", 404: "not_found", 412: "precondition"}
        body = {
            "errors": {
                "type": words.get(status, "unprocessable_entity"),
                "message": reason,
            }
        }
        return Answer(status, body, "application/json; charset=utf-8", headers=self.budget)

    # -- columns -------------------------------------------------------------------------------

    @override
    def line_item(self, lms: PracticeLms, column: Column) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "id": self.column_url(lms, column),
            "scoreMaximum": column.maximum,
            "label": column.label,
        }
        if column.resource_id:
            shown["resourceId"] = column.resource_id
        if column.tag:
            shown["tag"] = column.tag
        if column.link_id is not None:
            shown["resourceLinkId"] = lms.school.link(column.link_id).lti_id
        return shown

    @override
    def page_of_columns(
        self, lms: PracticeLms, course: Course, columns: list[Column], query: Mapping[str, str]
    ) -> Answer:
        url = self.columns_url(lms, course)
        kept = {
            name: query[name]
            for name in ("tag", "resource_id", "resource_link_id")
            if name in query
        }
        part, link = _page(url, columns, kept, query)
        shown = [self.line_item(lms, column) for column in part]
        return Answer(200, shown, LINE_ITEMS, headers={**self.budget, "Link": link})

    @override
    def create_column(self, lms: PracticeLms, course: Course, body: dict[str, Any]) -> Answer:
        label, maximum = body.get("label"), number(body.get("scoreMaximum"))
        if not label or maximum is None:
            missing = "label" if not label else "scoreMaximum"
            return self.refuse(400, f"param is missing or the value is empty: {missing}")
        if maximum < 0:
            return self.refuse(422, "scoreMaximum must be greater than or equal to 0")
        link_id = body.get("resourceLinkId")
        if link_id is not None:
            if not isinstance(link_id, str) or not link_id:
                return self.refuse(412, "Invalid LTI link id")
            known = {link.lti_id: link for link in lms.school.links_of(course)}
            if link_id not in known:
                return self.refuse(404, "The specified resource does not exist.")
            link_id = known[link_id].id
        column = lms.add_column(
            course,
            str(label),
            maximum,
            link_id=link_id,
            resource_id=str(body.get("resourceId") or ""),
            tag=str(body.get("tag") or ""),
        )
        return Answer(201, self.line_item(lms, column), LINE_ITEM, headers=self.budget)

    @override
    def change_column(self, lms: PracticeLms, column: Column, body: dict[str, Any]) -> Answer:
        maximum = number(body["scoreMaximum"]) if "scoreMaximum" in body else column.maximum
        if maximum is None or maximum < 0:
            return self.refuse(422, "scoreMaximum must be greater than or equal to 0")
        with lms.school.change():
            column.maximum = maximum
            column.label = str(body.get("label") or column.label)
            column.resource_id = str(body.get("resourceId", column.resource_id) or "")
            column.tag = str(body.get("tag", column.tag) or "")
        return Answer(200, self.line_item(lms, column), LINE_ITEM, headers=self.budget)

    @override
    def delete_column(self, lms: PracticeLms, column: Column) -> Answer:
        if column.coupled:
            return self.refuse(401, "You can't delete the line item of a resource link")
        lms.school.remove_column(column)
        return Answer(204, None, LINE_ITEM, headers=self.budget)

    # -- scores --------------------------------------------------------------------------------

    @override
    def take_score(
        self, lms: PracticeLms, column: Column, body: dict[str, Any], now: datetime
    ) -> Answer:
        course = lms.school.course(column.course_id)
        if course.concluded:
            raise self._refusal(404, "The specified resource does not exist.")
        person = lms.school.by_sub(str(body.get("userId", "")))
        if person is None or person not in lms.school.gradable(course):
            raise self._refusal(422, "User not found in course or is not a student")
        stamp = moment(body.get("timestamp"))
        if stamp is None:
            raise self._refusal(400, "timestamp is missing or cannot be parsed")
        fault = _fault_in(body, column)
        if fault is not None:
            raise self._refusal(422, fault)
        extension = body.get(SUBMISSION) or {}
        submitted = (
            (body.get("submission") or {}).get("submittedAt")
            or extension.get("submitted_at")
            or body["timestamp"]
        )
        when = moment(submitted)
        if when is None or when > now + timedelta(minutes=1):
            raise self._refusal(400, "submittedAt is invalid or in the future")
        with lms.school.change():
            cell = lms.school.cell(column, person)
            if cell.tool_stamp is not None and stamp < cell.tool_stamp:  # equal is allowed
                raise self._refusal(400, "timestamp is earlier than the last one saved")
            kind = extension.get("submission_type", "external_tool")
            takes_submissions = self._is_first(lms, column) and kind != "none"
            if takes_submissions and not _attempt(cell, column, extension, kind, submitted):
                raise self._refusal(422, "max number of attempts reached")
            _save(cell, body, column, stamp=stamp, now=now)
        result = self.path("result", course_id=course.id, item_id=column.id, user_id=person.sub)
        return Answer(200, {"resultUrl": lms.base_url + result}, SCORE, headers=self.budget)

    def _refusal(self, status: int, reason: str) -> Refusal:
        return Refusal(self.refuse(status, reason))

    def _is_first(self, lms: PracticeLms, column: Column) -> bool:
        """Only the first column of a link (or one without a link) takes submissions."""
        if column.link_id is None:
            return True
        return lms.school.columns_for(lms.school.link(column.link_id))[0] is column

    @override
    def results(self, lms: PracticeLms, column: Column, query: Mapping[str, str]) -> Answer:
        course = lms.school.course(column.course_id)
        url = f"{self.column_url(lms, column)}/results"
        rows: list[dict[str, Any]] = []
        for person in lms.school.gradable(course):
            cell = lms.school.grade(column, person)
            if cell is None or query.get("user_id", person.sub) != person.sub:
                continue
            row: dict[str, Any] = {"id": f"{url}/{person.sub}", "userId": person.sub}
            if cell.visible is not None:
                row |= {"resultScore": tidy(cell.visible), "resultMaximum": tidy(column.maximum)}
            if cell.comment:
                row["comment"] = cell.comment
            rows.append({**row, "scoreOf": self.column_url(lms, column)})
        kept = {"user_id": query["user_id"]} if "user_id" in query else {}
        part, link = _page(url, rows, kept, query)
        return Answer(200, part, RESULTS, headers={**self.budget, "Link": link})

    @override
    def set_by_hand(
        self, cell: Cell, score: float | None, comment: str, teacher: str, now: datetime
    ) -> None:
        cell.overridden = score is not None
        cell.override = score
        cell.saved_at = now
        if comment:
            cell.comments.append(Comment(now, teacher, comment))
        note = "set by hand" if score is not None else "hand-set grade taken away"
        cell.changes.append(Change(now, teacher, score, comment or None, note))


def _fault_in(body: Mapping[str, Any], column: Column) -> str | None:
    """What makes a score unacceptable, in words."""
    extension = body.get(SUBMISSION) or {}
    kind = extension.get("submission_type", "external_tool")
    given, maximum = number(body.get("scoreGiven")), number(body.get("scoreMaximum"))
    scored = body.get("scoreGiven") is not None
    faults = {
        f"submission_type {kind!r} is not known": kind not in KINDS,
        "online_upload needs content_items": kind == "online_upload"
        and not extension.get("content_items"),
        "ScoreGiven must be a number of at least 0": scored and (given is None or given < 0),
        "ScoreMaximum is required when scoreGiven is present": scored and maximum is None,
        "ScoreMaximum must be greater than 0": scored
        and maximum is not None
        and (maximum < 0 or (maximum == 0 and column.maximum != 0)),
    }
    return next((words for words, is_wrong in faults.items() if is_wrong), None)


def _attempt(
    cell: Cell, column: Column, extension: Mapping[str, Any], kind: str, submitted: str
) -> bool:
    """Count an attempt unless this is the one we know; False when no more are allowed.

    `new_submission` is true unless it is said otherwise, so a careless tool makes an attempt with
    every score; the same moment of submission changes the attempt that is there.
    """
    if not extension.get("new_submission", True):
        return True
    known = cell.submission is not None and cell.submission.submitted_at == submitted
    if not known:
        if column.allowed_attempts is not None and cell.attempt >= column.allowed_attempts:
            return False
        cell.attempt += 1
    cell.submission = Submission(kind, str(extension.get("submission_data") or ""), submitted)
    return True


def _save(
    cell: Cell, body: Mapping[str, Any], column: Column, *, stamp: datetime, now: datetime
) -> None:
    """Keep a score: scaled, not clipped; any state but two erases it unless told to preserve."""
    extension = body.get(SUBMISSION) or {}
    given, maximum = number(body.get("scoreGiven")), number(body.get("scoreMaximum"))
    graded = body.get("gradingProgress") in ("FullyGraded", "PendingManual") and given is not None
    score: float | None = None
    if graded and given is not None and maximum is not None:
        score = given * column.maximum / maximum if maximum else given
    note = "score" if score is not None else "no score"
    if score is None and extension.get("preserve_score"):
        score, note = cell.score, "score preserved"
    elif score is None and cell.score is not None:
        note = "erased"
    if extension.get("prioritize_non_tool_grade") and cell.overridden:
        note = "kept out of sight: a teacher has set this grade"
    elif note != "score preserved":
        cell.overridden, cell.override = False, None  # a tool's score replaces a teacher's
    cell.score = score
    cell.tool_stamp = stamp
    cell.saved_at = now
    cell.activity_progress = str(body.get("activityProgress", ""))
    cell.grading_progress = str(body.get("gradingProgress", ""))
    comment = body.get("comment")
    if comment:
        cell.comments.append(Comment(now, TOOL, str(comment)))
    cell.changes.append(Change(now, TOOL, score, str(comment) if comment else None, note))


def moment(text: object) -> datetime | None:
    """An ISO 8601 moment as an aware datetime, or None."""
    if not isinstance(text, str):
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _page(
    url: str, rows: list[Row], kept: Mapping[str, str], query: Mapping[str, str]
) -> tuple[list[Row], str]:
    """One page and its `Link` header."""
    size = int(query["limit"]) if query.get("limit", "").isdigit() else PAGE
    size = max(1, min(size, 100))
    page = max(1, int(query["page"])) if query.get("page", "").isdigit() else 1
    last = max(1, -(-len(rows) // size))
    pages = {"current": page, "first": 1, "last": last}
    if page < last:
        pages["next"] = page + 1
    if page > 1:
        pages["prev"] = page - 1
    header = ",".join(
        f'<{url}?{urlencode({**kept, "page": str(where), "limit": str(size)})}>; rel="{name}"'
        for name, where in pages.items()
    )
    return rows[(page - 1) * size : page * size], header
