"""Opening a work from the gradebook by the products' own addresses, with their own mistakes.

Canvas: SpeedGrader, whose frame is `external_tools/retrieve` with the submitted address in its
query. Moodle: `launch.php`, whose pop-up writes `&amp;` where `&` was meant and loses the person.
"""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound

from lti_tool.practice_lms import oidc
from lti_tool.practice_lms.oidc import this_lms
from lti_tool.practice_lms.pages import member, session_id, target, teacher

bp = Blueprint("works", __name__)


@bp.get("/courses/<course_id>/gradebook/speed_grader")
def speed_grader(course_id: str) -> str:
    """Canvas's page to go through everybody's work in one column: `?assignment_id=&student_id=`."""
    here, _ = member(course_id)
    lms = this_lms()
    column = lms.school.column(request.args.get("assignment_id", ""))
    whose = lms.school.person(request.args.get("student_id", ""))
    if lms.mood.name != "canvas" or column.course_id != here.id:
        raise NotFound("There is nothing to grade at this address.")
    way = lms.mood.review_launch(lms, column, whose)
    people = lms.school.gradable(here)
    at = people.index(whose) if whose in people else 0
    query = {
        "display": "borderless",
        "assignment_id": column.id,
        "resource_link_lookup_uuid": column.link_id or "",
        "url": way.target_link_uri if way else "",
    }
    carry = {"as": request.args["as"]} if "as" in request.args else {}
    address = url_for(".retrieve", course_id=here.id, target="iframe", **query, **carry)  # type: ignore[arg-type]
    return render_template(
        "speed_grader.html",
        course=here,
        column=column,
        person=whose,
        people=people,
        before=people[at - 1],
        after=people[(at + 1) % len(people)],
        place=at + 1,
        cell=lms.school.grade(column, whose),
        address=address if way else None,
    )


@bp.get("/courses/<course_id>/external_tools/retrieve")
def retrieve(course_id: str) -> Response:
    """Open an address of the tool: a plain launch whose resource link is the course (#1952)."""
    here, me = member(course_id)
    lms = this_lms()
    address = request.args.get("url", "")
    if lms.mood.name != "canvas" or urlsplit(address)[:2] != urlsplit(lms.tool_url)[:2]:
        raise NotFound("No tool of this LMS answers at that address.")
    begun = lms.begin_launch(
        me,
        here,
        message="retrieve",
        target=target(),
        target_link_uri=address,
        session=session_id(),
    )
    return oidc.start(lms, begun)


@bp.post("/courses/<course_id>/gradebook/encoding")
def encode(course_id: str) -> Response:
    """Switch the double encoding of submitted addresses on or off."""
    teacher(course_id)
    this_lms().encodes_twice = "twice" in request.form
    return make_response(redirect(request.form.get("back") or url_for("pages.home"), code=303))


@bp.get("/mod/lti/launch.php")
def launch_php() -> Response:
    """Moodle's own launch address: `?id=7`, for the grade report also `&action=gradeReport&user=5`.

    Whoever may see the activity may ask for anybody's work: the tool decides.
    """
    lms = this_lms()
    link = lms.school.link(request.args.get("id", ""))
    here, me = member(link.course_id)
    if lms.mood.name != "moodle":
        raise NotFound("There is nothing at this address.")
    if request.args.get("action") != "gradeReport":
        begun = lms.begin_launch(me, here, link, target="window", session=session_id())
        return oidc.start(lms, begun)
    columns = lms.school.columns_for(link)
    whose = lms.school.person(request.args.get("user", ""))
    way = lms.mood.review_launch(lms, columns[0], whose) if columns else None
    if way is None:
        raise NotFound("The gradebook offers nothing to open here.")
    begun = lms.begin_launch(
        me,
        here,
        link,
        message=way.message,
        target="window",
        target_link_uri=way.target_link_uri,
        for_user=whose.sub,
        session=session_id(),
        custom=way.custom,
    )
    return oidc.start(lms, begun)


def pop_up(link_id: str, sub: str, carry: dict[str, str]) -> str:
    """The address that Moodle's pop-up opens: written for a page, and taken by a script."""
    known = urlencode({**carry, "id": link_id})
    return f"/mod/lti/launch.php?{known}&amp;action=gradeReport&amp;user={sub}"
