"""The pages everybody sees: who am I, the course, an activity, and the launch itself."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.exceptions import Forbidden, Unauthorized

from lti_tool.practice_lms import oidc
from lti_tool.practice_lms.launches import Target
from lti_tool.practice_lms.oidc import this_lms
from lti_tool.practice_lms.school import Course, NotInSchool, Person

bp = Blueprint("pages", __name__)

TEACHING = ("teacher", "tutor")


def cookie_name() -> str:
    """The session cookie's name: cookies do not know ports, so the name carries ours."""
    lms = this_lms()
    return f"practice_{lms.mood.name}_{urlsplit(lms.base_url).port or 0}"


def session_id() -> str | None:
    """The browser session of this request, or None when a script names the person itself."""
    return None if "as" in request.values else request.cookies.get(cookie_name())


def who() -> Person | None:
    """Who acts: the one named by `as`, else the one signed in, else nobody."""
    lms = this_lms()
    key = request.values.get("as") or lms.sessions.get(session_id() or "")
    return lms.school.person(key) if key else None


def member(course_id: str) -> tuple[Course, Person]:
    """The course and who acts in it; refuses whoever is not enrolled."""
    lms = this_lms()
    course = lms.school.course(course_id)
    person = who()
    if person is None:
        raise Unauthorized("Choose who you are first, at the top of the page.")
    if person.key not in course.roles:
        raise Forbidden(f"{person.name} is not enrolled in {course.title}.")
    return course, person


def teacher(course_id: str) -> tuple[Course, Person]:
    """The same, for what only teachers may do."""
    course, person = member(course_id)
    if course.roles[person.key] not in TEACHING:
        raise Forbidden("Only teachers of this course may open this page.")
    return course, person


def about() -> dict[str, Any]:
    """What every page shows around its own content."""
    lms = this_lms()
    try:
        me = who()
    except NotInSchool:
        me = None
    courses = [one for one in lms.school.courses.values() if me is None or me.key in one.roles]
    return {
        "lms": lms,
        "me": me,
        "everybody": list(lms.school.people.values()),
        "my_courses": courses,
        "teaches": lambda course: me is not None and course.roles.get(me.key) in TEACHING,
        "carry": {"as": request.values["as"]} if "as" in request.values else {},
    }


@bp.get("/")
def home() -> Response | str:
    """The front door: who am I, which course."""
    return render_template("home.html")


@bp.post("/be")
@bp.post("/be/<key>")
def be(key: str | None = None) -> Response:
    """Be somebody else; `nobody` signs out (launches under way then end in login_required)."""
    lms = this_lms()
    chosen = key or request.form.get("person", "nobody")
    session = request.cookies.get(cookie_name()) or secrets.token_urlsafe(16)
    if chosen == "nobody":
        lms.sessions.pop(session, None)
    else:
        lms.sessions[session] = lms.school.person(chosen).key
    response = redirect(_back(chosen), code=303)
    response.set_cookie(cookie_name(), session, httponly=True, samesite="Lax")
    return make_response(response)


def _back(chosen: str) -> str:
    """Back to the page before when the new person may see it, else to their course."""
    lms = this_lms()
    if chosen == "nobody":
        return url_for("pages.home")
    person = lms.school.person(chosen)
    courses = [course for course in lms.school.courses.values() if person.key in course.roles]
    before = request.form.get("back", "")
    for course in courses:
        if before.rstrip("/") == f"/courses/{course.id}":
            return before
    return url_for("pages.course", course_id=courses[0].id) if courses else url_for("pages.home")


@bp.get("/courses/<course_id>")
def course(course_id: str) -> str:
    """A course with its activities."""
    here, _ = member(course_id)
    lms = this_lms()
    rows = [(link, lms.school.columns_for(link)) for link in lms.school.links_of(here)]
    return render_template("course.html", course=here, rows=rows)


@bp.get("/courses/<course_id>/links/<link_id>")
def activity(course_id: str, link_id: str) -> str:
    """An activity opened here, in a frame."""
    here, _ = member(course_id)
    link = this_lms().school.link(link_id)
    return render_template("activity.html", course=here, link=link)


@bp.get("/courses/<course_id>/links/<link_id>/launch")
def launch(course_id: str, link_id: str) -> Response:
    """Begin the launch of an activity: `?as=ada&target=iframe|window`."""
    here, person = member(course_id)
    lms = this_lms()
    link = lms.school.link(link_id)
    if link.course_id != here.id:
        raise NotInSchool(f"{here.title} has no such activity.")
    begun = lms.begin_launch(person, here, link, target=target(), session=session_id())
    return oidc.start(lms, begun)


@bp.get("/storage")
def storage() -> str:
    """The frame that keeps things for tools which no cookie can (LTI Platform Storage)."""
    return render_template("storage.html")


def target() -> Target:
    """Where the tool opens."""
    return "window" if request.args.get("target") == "window" else "iframe"


def come_back(course_id: str | None = None) -> str:
    """Where the tool leads back to (`return_url`): to the course, with a message if it has one."""
    asked = request.args
    here = this_lms().school.course(course_id or asked.get("course", "1"))
    words = asked.get("lti_errormsg") or asked.get("lti_msg")
    return render_template("returned.html", course=here, words=words)
