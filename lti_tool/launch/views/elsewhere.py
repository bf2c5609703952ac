"""Going on in a window of its own, where cookies work although they did not in the frame."""

from flask import make_response, redirect, url_for

from lti_tool.launch.views.blueprint import Page, bp
from lti_tool.launch.ways import Way
from lti_tool.people.models import Course
from lti_tool.web.permissions import signed_in
from lti_tool.web.session import (
    begin_visit,
    clock,
    here,
    latest_end,
    set_visit_cookie,
    transaction,
    visit,
)


@bp.post("/window")
@signed_in
def open_window() -> Page:
    """The visit of a page's memory goes on in a window, with a cookie of its own (T-104).

    The page posts its token in a hidden field, since another window brings no header.
    """
    present = visit()
    answer = make_response(redirect(url_for("home.show"), 303))
    if not present.by_token:
        return answer
    with transaction() as session:
        course = session.get(Course, present.course_id) if present.course_id else None
        _, token = begin_visit(
            session,
            person=here(),
            role=present.role,
            course=course,
            resource_link_id=present.resource_link_id,
            watched=present.watched,
            dates=present.dates,
            return_url=present.return_url,
            frame_origins=present.frame_origins,
            way=Way.NEW_WINDOW,
            until=latest_end(present),
            now=clock(),
        )
    set_visit_cookie(answer, token)
    return answer
