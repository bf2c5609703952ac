"""Addresses for scripts: the gradebook, the journal, links, faults and keys as JSON.

| address | what |
|---|---|
| `GET /api/registration.json` | what an administrator would hand over |
| `GET /api/people.json` | who there is, with the `sub` and the courses of each |
| `GET /api/gradebook.json?course=1` | columns, people, cells with comments and history |
| `GET /api/requests.json?group=scores` | what the LMS received (`DELETE` forgets it) |
| `GET·POST /api/links?course=1` | links; make one `{title, custom, points, url}` |
| `POST /api/override` | a teacher's grade `{column, person, score, comment, teacher}` |
| `GET·POST·DELETE /api/faults` | faults `{group, kind, count, probability, seed}` |
| `POST /api/storage` | LTI Platform Storage: `{"storage": "named" or "parent" or "off"}` |
| `POST /api/registrations` | a tool's registration address `{address}`, opened with a token |
| `POST /api/keys/rotate` | sign with a new key from now on |
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, get_args

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import BadRequest

from lti_tool.practice_lms.faults import UnknownFault
from lti_tool.practice_lms.mood import Storage, number
from lti_tool.practice_lms.oidc import this_lms
from lti_tool.practice_lms.school import Cell, Column, Course, Link, Person

bp = Blueprint("api", __name__, url_prefix="/api")


@bp.get("/registration.json")
def registration() -> Response:
    """The registration as `cairn platform add` takes it."""
    return jsonify(this_lms().registration())


@bp.get("/people.json")
def people() -> Response:
    """Everybody with an account."""
    school = this_lms().school
    with school.lock:
        rows = [
            {
                "key": person.key,
                "sub": person.sub,
                "name": person.name,
                "part": person.part,
                "courses": {
                    course.id: course.roles[person.key]
                    for course in school.courses.values()
                    if person.key in course.roles
                },
            }
            for person in school.people.values()
        ]
    return jsonify(rows)


@bp.get("/gradebook.json")
def gradebook() -> Response:
    """One course's gradebook, whole."""
    lms = this_lms()
    school = lms.school
    with school.lock:
        course = school.course(request.args.get("course", "1"))
        columns = school.columns_of(course)
        learners = school.gradable(course)
        cells = [
            _cell(column, person, cell)
            for column in columns
            for person in learners
            if (cell := school.grade(column, person)) is not None
        ]
        return jsonify(
            course=_course(course),
            columns=[
                {
                    **asdict(column),
                    "line_item": lms.mood.column_url(lms, column),
                }
                for column in columns
            ],
            people=[{"key": one.key, "sub": one.sub, "name": one.name} for one in learners],
            cells=cells,
        )


def _course(course: Course) -> dict[str, Any]:
    return {
        "id": course.id,
        "lti_id": course.lti_id,
        "title": course.title,
        "deployment_id": course.deployment_id,
    }


def _cell(column: Column, person: Person, cell: Cell) -> dict[str, Any]:
    """A cell as JSON: `score` is what people see, `tool_score` what the tool achieved."""
    return {
        "column": column.id,
        "person": person.key,
        "sub": person.sub,
        "score": cell.visible,
        "maximum": column.maximum,
        "tool_score": cell.score,
        "overridden": cell.overridden,
        "comment": cell.comment,
        "comments": [
            {"at": one.at.isoformat(), "author": one.author, "text": one.text}
            for one in cell.comments
        ],
        "attempt": cell.attempt,
        "submission": asdict(cell.submission) if cell.submission else None,
        "activity_progress": cell.activity_progress,
        "grading_progress": cell.grading_progress,
        "changes": [{**asdict(one), "at": one.at.isoformat()} for one in cell.changes],
    }


@bp.get("/requests.json")
def requests_received() -> Response:
    """The journal, oldest first."""
    kept = this_lms().journal.all(request.args.get("group"))
    return jsonify([one.shown() for one in kept])


@bp.delete("/requests.json")
def forget_requests() -> tuple[str, int]:
    """Empty the journal."""
    this_lms().journal.clear()
    return "", 204


@bp.get("/links")
def links() -> Response:
    """A course's links."""
    lms = this_lms()
    course = lms.school.course(request.args.get("course", "1"))
    return jsonify([_link(link) for link in lms.school.links_of(course)])


@bp.post("/links")
def add_link() -> tuple[Response, int]:
    """A link made by hand, with custom parameters."""
    lms = this_lms()
    body = _body()
    title = body.get("title")
    custom = body.get("custom") or {}
    if not isinstance(title, str) or not title or not isinstance(custom, dict):
        raise BadRequest("A link needs a title; custom is an object of texts.")
    link = lms.add_link(
        str(body.get("course", request.args.get("course", "1"))),
        title,
        custom={str(name): str(value) for name, value in custom.items()},
        url=body.get("url"),
        points=number(body.get("points", 100)),
    )
    return jsonify(_link(link)), 201


def _link(link: Link) -> dict[str, Any]:
    lms = this_lms()
    columns = lms.school.columns_for(link)
    return {**asdict(link), "columns": [column.id for column in columns]}


@bp.post("/override")
def override() -> tuple[str, int]:
    """A grade set by hand; `score: null` takes it away."""
    body = _body()
    score = body.get("score")
    if score is not None and number(score) is None:
        raise BadRequest("The score must be a number or null.")
    this_lms().override(
        str(body.get("column")),
        str(body.get("person")),
        number(score),
        comment=str(body.get("comment") or ""),
        teacher=str(body.get("teacher") or "dora"),
    )
    return "", 204


@bp.get("/faults")
def faults() -> Response:
    """The faults that are on."""
    return jsonify([fault.shown() for fault in this_lms().faults.on()])


@bp.post("/faults")
def switch_on() -> tuple[Response, int]:
    """Switch a fault on."""
    body = _body()
    try:
        fault = this_lms().faults.switch_on(
            str(body.get("group", "all")),
            str(body.get("kind", "")),
            count=body.get("count"),
            probability=body.get("probability", 1),
            seed=body.get("seed", 0),
        )
    except (UnknownFault, TypeError) as unknown:
        raise BadRequest(str(unknown)) from unknown
    return jsonify(fault.shown()), 201


@bp.delete("/faults")
def switch_off() -> tuple[str, int]:
    """Switch faults off, all or one service's."""
    this_lms().faults.switch_off(request.args.get("group"))
    return "", 204


@bp.post("/storage")
def store() -> tuple[str, int]:
    """Switch LTI Platform Storage to another way, or off."""
    wanted: Storage = _body().get("storage", "off")
    if wanted not in get_args(Storage):
        raise BadRequest(f"storage must be one of {', '.join(get_args(Storage))}.")
    this_lms().storage = wanted
    return "", 204


@bp.post("/keys/rotate")
def rotate() -> tuple[Response, int]:
    """A new signing key."""
    return jsonify(kid=this_lms().rotate_keys()), 201


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object.")
    return body
