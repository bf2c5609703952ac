"""Assignment and Grade Services: find the column, check token and media type, ask the mood."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, request

from lti_tool.practice_lms.mood import (
    LINE_ITEM,
    LINE_ITEMS,
    RESULTS,
    SCOPE_LINE_ITEM,
    SCOPE_LINE_ITEM_READ,
    SCOPE_RESULT,
    SCOPE_SCORE,
    SCORE,
    Answer,
    Refusal,
)
from lti_tool.practice_lms.oidc import this_lms
from lti_tool.practice_lms.school import Column, Course, NotInSchool

MEDIA = {"lineitems": LINE_ITEMS, "lineitem": LINE_ITEM, "scores": SCORE, "results": RESULTS}


def lineitems(course_id: str) -> Response:
    """The columns of a course: the list, or one more."""
    lms = this_lms()
    reading = request.method == "GET"
    scopes = (SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READ) if reading else (SCOPE_LINE_ITEM,)
    course = _admit("lineitems", course_id, *scopes)
    if not reading:
        return lms.mood.create_column(lms, course, _body(LINE_ITEM)).response()
    asked = request.args
    link_id = asked.get("resource_link_id", asked.get("lti_link_id"))
    links = {link.id for link in lms.school.links_of(course) if link.lti_id == link_id}
    kept = [
        one
        for one in lms.school.columns_of(course)
        if asked.get("resource_id", one.resource_id) == one.resource_id
        and asked.get("tag", one.tag) == one.tag
        and (link_id is None or one.link_id in links)
    ]
    return lms.mood.page_of_columns(lms, course, kept, asked).response()


def lineitem(course_id: str, item_id: str) -> Response:
    """One column: look, change, take away."""
    lms = this_lms()
    reading = request.method == "GET"
    scopes = (SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READ) if reading else (SCOPE_LINE_ITEM,)
    column = _column("lineitem", course_id, item_id, *scopes)
    if request.method == "PUT":
        return lms.mood.change_column(lms, column, _body(LINE_ITEM)).response()
    if request.method == "DELETE":
        return lms.mood.delete_column(lms, column).response()
    charset = "; charset=utf-8" if lms.mood.name == "moodle" else ""
    return Answer(200, lms.mood.line_item(lms, column), LINE_ITEM + charset).response()


def scores(course_id: str, item_id: str) -> Response:
    """A score for somebody in a column."""
    lms = this_lms()
    column = _column("scores", course_id, item_id, SCOPE_SCORE)
    return lms.mood.take_score(lms, column, _body(SCORE), lms.clock()).response()


def results(course_id: str, item_id: str) -> Response:
    """The grades of a column as they stand."""
    lms = this_lms()
    column = _column("results", course_id, item_id, SCOPE_RESULT)
    return lms.mood.results(lms, column, request.args).response()


def result(course_id: str, item_id: str, user_id: str) -> Response:
    """One person's grade (Canvas)."""
    lms = this_lms()
    column = _column("results", course_id, item_id, SCOPE_RESULT)
    answer = lms.mood.results(lms, column, {"user_id": user_id})
    if not answer.body:
        return lms.mood.refuse(404, "The specified resource does not exist.").response()
    return Answer(200, answer.body[0], answer.media).response()


def _admit(kind: str, course_id: str, *scopes: str) -> Course:
    """The course, when media types, token and address are as the product wants them.

    Raises `Refusal` with the product's own answer.
    """
    lms = this_lms()
    accept = request.headers.get("Accept", "*/*")
    # `mimetype` leaves parameters away: `; charset=utf-8` is let pass, as measured.
    if not lms.mood.accepts(request.mimetype, accept, kind, request.method):
        offered = request.mimetype if request.method in ("POST", "PUT") else accept
        raise Refusal(lms.mood.refuse(400, f"No handler found for {request.path}  {offered}"))
    token = lms.access_tokens.find(request.headers.get("Authorization"), lms.clock())
    if token is None or not set(scopes) & set(token.scopes):
        raise Refusal(lms.mood.refuse(401, "Unauthorized", MEDIA[kind]))
    try:
        course = lms.school.course(course_id)
    except NotInSchool as missing:
        raise Refusal(lms.mood.refuse(404, str(missing), MEDIA[kind])) from missing
    if lms.mood.name == "moodle" and request.args.get("type_id") != course.deployment_id:
        raise Refusal(lms.mood.refuse(401, "The tool type is missing or wrong", MEDIA[kind]))
    return course


def _column(kind: str, course_id: str, item_id: str, *scopes: str) -> Column:
    """The column, admitted in the same way; raises `Refusal`."""
    lms = this_lms()
    course = _admit(kind, course_id, *scopes)
    column = lms.school.columns.get(item_id)
    if column is None or column.course_id != course.id:
        words = f"There is no line item {item_id} in this course"
        raise Refusal(lms.mood.refuse(404, words, MEDIA[kind]))
    return column


def _body(media: str) -> dict[str, Any]:
    """The JSON object that was sent; raises `Refusal`."""
    try:
        body = json.loads(request.get_data())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refusal(this_lms().mood.refuse(400, "The body is not a JSON object", media))
    return body
