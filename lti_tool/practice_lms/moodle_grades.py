"""The Moodle mood's gradebook, as measured on Moodle 4.5.5."""

from __future__ import annotations

import json
import re
from abc import ABC
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from lti_tool.practice_lms.mood import (
    LINE_ITEM,
    LINE_ITEMS,
    RESULTS,
    SCORE,
    Answer,
    Mood,
    number,
    tidy,
)
from lti_tool.practice_lms.school import Cell, Change, Column, Comment, Course

if TYPE_CHECKING:
    from lti_tool.practice_lms.lms import PracticeLms

WHEN = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?$")
TOOL = "the tool"
WANTED = {
    ("lineitems", "GET"): LINE_ITEMS,
    ("lineitems", "POST"): LINE_ITEM,
    ("lineitem", "GET"): LINE_ITEM,
    ("lineitem", "PUT"): LINE_ITEM,
    ("scores", "POST"): SCORE,
    ("results", "GET"): RESULTS,
}


def charset(media: str) -> str:
    """Moodle names the character set after every service media type."""
    return f"{media}; charset=utf-8"


class MoodleGrades(Mood, ABC):
    """Columns and scores in the manner of Moodle."""

    @override
    def columns_url(self, lms: PracticeLms, course: Course) -> str:
        path = self.path("lineitems", course_id=course.id)
        return f"{lms.base_url}{path}?type_id={course.deployment_id}"

    @override
    def column_url(self, lms: PracticeLms, column: Column) -> str:
        return self._below(lms, "lineitem", column)

    def _below(self, lms: PracticeLms, name: str, column: Column) -> str:
        course = lms.school.course(column.course_id)
        path = self.path(name, course_id=course.id, item_id=column.id)
        return f"{lms.base_url}{path}?type_id={course.deployment_id}"

    @override
    def accepts(self, request_media: str, accept: str, kind: str, method: str) -> bool:
        wanted = WANTED.get((kind, method))
        if wanted is None:
            return method == "DELETE"
        if method in ("POST", "PUT"):
            return request_media == wanted  # application/json is refused everywhere (§8.11)
        offered = [part.split(";")[0].strip() for part in accept.split(",")]
        # The container answers two media types, so it cannot guess what */* means (§8.11).
        return wanted in offered or (kind != "lineitems" and "*/*" in offered)

    @override
    def refuse(self, status: int, reason: str, media: str = "application/json") -> Answer:
        body: object = {"status": status, "reason": reason} if media == "application/json" else []
        return Answer(status, body, charset(media), reason=reason)

    # -- columns -------------------------------------------------------------------------------

    @override
    def line_item(self, lms: PracticeLms, column: Column) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "id": self.column_url(lms, column),
            "label": column.label,
            "scoreMaximum": tidy(column.maximum),
            "resourceId": column.resource_id,
            "tag": column.tag,
        }
        if column.link_id is not None:
            shown["resourceLinkId"] = column.link_id
            shown["ltiLinkId"] = column.link_id
        if column.submission_review is not None:
            shown["submissionReview"] = column.submission_review
        return shown

    @override
    def page_of_columns(
        self, lms: PracticeLms, course: Course, columns: list[Column], query: Mapping[str, str]
    ) -> Answer:
        headers: dict[str, str] = {}
        if query.get("limit", "").isdigit() and int(query["limit"]) > 0:
            limit = int(query["limit"])
            start = int(query["from"]) if query.get("from", "").isdigit() else 0
            headers["Link"] = self._crooked_links(lms, course, limit, start, len(columns))
            columns = columns[start : start + limit]
        shown = [self.line_item(lms, column) for column in columns]
        return Answer(200, shown, charset(LINE_ITEMS), headers=headers)

    def _crooked_links(
        self, lms: PracticeLms, course: Course, limit: int, start: int, total: int
    ) -> str:
        """The header with typographic quotes and `&amp;` that Moodle sends (§8.10).

        The quotes go out as UTF-8 bytes, which WSGI wants spelled as Latin-1.
        """
        pages = {"first": 0, "canonical": start, "last": max(0, (total - 1) // limit * limit)}
        if start > 0:
            pages["prev"] = max(0, start - limit)
        if start + limit < total:
            pages["next"] = start + limit
        address = self.columns_url(lms, course)
        header = ", ".join(
            f"<{address}&amp;limit={limit}&amp;from={first}>; rel=\u201c{name}\u201d"
            for name, first in pages.items()
        )
        return header.encode().decode("latin-1")

    @override
    def create_column(self, lms: PracticeLms, course: Course, body: dict[str, Any]) -> Answer:
        label, maximum = body.get("label"), number(body.get("scoreMaximum"))
        if not label or maximum is None:
            return self.refuse(400, "No label or score maximum", LINE_ITEM)
        link_id = body.get("resourceLinkId")
        if link_id is not None:
            links = {link.lti_id for link in lms.school.links_of(course)}
            if str(link_id) not in links:
                return self.refuse(403, "Forbidden", LINE_ITEM)
        column = lms.add_column(
            course,
            str(label),
            maximum,
            link_id=str(link_id) if link_id is not None else None,
            resource_id=str(body.get("resourceId", "")),
            tag=str(body.get("tag", "")),
            submission_review=body.get("submissionReview"),
        )
        # Dates and gradesReleased are echoed and not kept (§8.12).
        echo = {**body, "id": self.column_url(lms, column)}
        return Answer(201, echo, charset(LINE_ITEM), reason="Created")

    @override
    def change_column(self, lms: PracticeLms, column: Column, body: dict[str, Any]) -> Answer:
        label, maximum = body.get("label"), number(body.get("scoreMaximum"))
        if not label or maximum is None:
            return self.refuse(400, "No label or score maximum", LINE_ITEM)
        with lms.school.change():
            rescale = maximum / column.maximum if column.maximum else 1.0
            column.label = str(label)
            column.maximum = maximum
            # What is left out is blanked, not kept.
            column.resource_id = str(body.get("resourceId", ""))
            column.tag = str(body.get("tag", ""))
            column.submission_review = body.get("submissionReview")
            for cell in lms.school.cells.values():
                if cell.column_id == column.id:
                    cell.maximum = maximum
                    cell.score = None if cell.score is None else cell.score * rescale
                    cell.override = None if cell.override is None else cell.override * rescale
        return Answer(200, {**body, "id": self.column_url(lms, column)}, charset(LINE_ITEM))

    @override
    def delete_column(self, lms: PracticeLms, column: Column) -> Answer:
        lms.school.remove_column(column)  # the coupled one too (§8.12)
        return Answer(204, None, "text/html; charset=utf-8", reason="OK")

    # -- scores --------------------------------------------------------------------------------

    @override
    def take_score(
        self, lms: PracticeLms, column: Column, body: dict[str, Any], now: datetime
    ) -> Answer:
        user = body.get("userId")
        if user and not str(user).isdigit():
            # The database layer falls over and the proxy in front of it answers (§8.9).
            page = "<html><head><title>502 Bad Gateway</title></head><body></body></html>\n"
            return Answer(502, page, "text/html", reason="Bad Gateway")
        stamp = _whole_second(body.get("timestamp"))
        given, maximum = number(body.get("scoreGiven")), number(body.get("scoreMaximum"))
        course = lms.school.course(column.course_id)
        person = lms.school.by_sub(str(user))
        if (
            not user
            or stamp is None
            or not body.get("activityProgress")
            or not body.get("gradingProgress")
            or ("scoreGiven" in body and given is None)
            or (given is not None and maximum is None)
            or person is None
            or person not in lms.school.gradable(course)
        ):
            return self.refuse(400, f"Incorrect score received{json.dumps(body)}", SCORE)
        with lms.school.change():
            cell = lms.school.cell(column, person)
            if cell.saved_at is not None and int(cell.saved_at.timestamp()) >= stamp:
                reason = (
                    f"Refusing score with an earlier timestamp for item {column.id}"
                    f" and user {person.sub}"
                )
                return self.refuse(409, reason, SCORE)
            graded = body["gradingProgress"] == "FullyGraded" and given is not None
            score: float | None = None
            if graded and given is not None:
                scaled = given * column.maximum / maximum if maximum else given
                score = min(max(scaled, 0.0), column.maximum)
            self._save(cell, score, str(body.get("comment") or ""), body, now)
        return Answer(200, None, charset(SCORE))

    def _save(
        self, cell: Cell, score: float | None, comment: str, body: dict[str, Any], now: datetime
    ) -> None:
        """Keep a score; under a teacher's override it is kept out of sight (§8.7)."""
        erased = score is None and cell.score is not None
        cell.score = score
        cell.saved_at = now
        cell.grading_progress = str(body["gradingProgress"])
        if cell.overridden:
            note = "kept out of sight: a teacher has set this grade"
        else:
            cell.comments = [Comment(now, TOOL, comment)] if comment else []
            note = "erased" if erased else ("score" if score is not None else "no score")
        cell.changes.append(Change(now, TOOL, score, comment or None, note))

    @override
    def results(self, lms: PracticeLms, column: Column, query: Mapping[str, str]) -> Answer:
        if "limit" in query:
            # Measured: an HTML page, not an answer of the service.
            page = "<!DOCTYPE html><html lang='en'><head><title>Error</title></head></html>\n"
            return Answer(404, page, "text/html; charset=utf-8", reason="Not Found")
        shown: list[dict[str, Any]] = []
        course = lms.school.course(column.course_id)
        for person in lms.school.gradable(course):
            cell = lms.school.grade(column, person)
            if cell is None or query.get("user_id", person.sub) != person.sub:
                continue
            address = f"{self._below(lms, 'results', column)}&user_id={person.sub}"
            result: dict[str, Any] = {"id": address, "userId": person.sub}
            if cell.visible is not None and cell.saved_at is not None:
                result |= {
                    "resultScore": tidy(cell.visible),
                    "resultMaximum": tidy(column.maximum),
                    "comment": cell.comment or "",
                    "scoreOf": self.column_url(lms, column),
                    "timestamp": cell.saved_at.replace(microsecond=0).isoformat(),
                }
            shown.append(result)
        return Answer(200, shown, charset(RESULTS))

    @override
    def set_by_hand(
        self, cell: Cell, score: float | None, comment: str, teacher: str, now: datetime
    ) -> None:
        cell.overridden = score is not None
        cell.override = score
        cell.saved_at = now
        if score is not None or comment:
            cell.comments = [Comment(now, teacher, comment)] if comment else []
        note = "set by hand" if score is not None else "hand-set grade taken away"
        cell.changes.append(Change(now, teacher, score, comment or None, note))


def _whole_second(text: object) -> int | None:
    """A timestamp cut to whole seconds, as `strtotime` reads it; without a zone it means UTC."""
    if not isinstance(text, str) or not WHEN.match(text):
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())
