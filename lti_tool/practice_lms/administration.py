"""What the LMS's own administrator does: copy a course, ask about a person, try messages."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from flask import (
    Blueprint,
    Response,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.exceptions import BadRequest

from lti_tool.practice_lms import oidc
from lti_tool.practice_lms.launches import Message
from lti_tool.practice_lms.notices import CONTEXT_COPY, HELLO
from lti_tool.practice_lms.oidc import this_lms
from lti_tool.practice_lms.pages import target
from lti_tool.practice_lms.school import Course, Person

if TYPE_CHECKING:
    from lti_tool.practice_lms.lms import PracticeLms

bp = Blueprint("administration", __name__)

OTHERS: dict[Message, str] = {
    "eula": "LtiEulaRequest",
    "report": "LtiReportReviewRequest",
    "settings": "LtiAssetProcessorSettingsRequest",
}
"""Messages of document processing, for tools that may not know them."""


def principal(lms: PracticeLms) -> Person:
    """Who administers the LMS, and is enrolled nowhere."""
    sub = lms.mood.sub(lms.school.name, 98, "principal")
    return Person("principal", sub, "Olga", "Holm", "administrator of the LMS")


def copy_course(lms: PracticeLms, course: Course, *, keeps_custom: bool = False) -> Course:
    """A copy with everybody and every activity, as for a new term; whoever listens is told.

    Columns keep the tool's resource id and tag. Activities lose their custom parameters unless
    `keeps_custom`: that is what makes a copied course hard for a tool.
    """
    school, mood = lms.school, lms.mood
    with school.change():
        number = school.next_number()
        copy = replace(
            course,
            id=number,
            lti_id=mood.long_id(school.name, "course", number),
            label=f"{course.label}-{number}",
            title=f"{course.title} (copy)",
            roles=dict(course.roles),
            inactive=set(),
            copied_from=[course.lti_id, *course.copied_from],
        )
        school.courses[copy.id] = copy
        for link in school.links_of(course):
            made = lms.add_link(
                copy,
                link.title,
                custom=link.custom if keeps_custom else {},
                url=link.url,
                description=link.description,
                points=None,
                origin=link.origin,
            )
            for column in school.columns_for(link):
                lms.add_column(
                    copy,
                    column.label,
                    column.maximum,
                    link_id=made.id,
                    resource_id=column.resource_id,
                    tag=column.tag,
                    coupled=column.coupled,
                    submission_review=column.submission_review,
                )
    lms.notices.tell(CONTEXT_COPY, copy, origin_contexts=[course.lti_id])
    return copy


@bp.get("/administration")
def overview() -> str:
    """People to ask about, courses to copy, messages to try."""
    lms = this_lms()
    return render_template(
        "administration.html",
        people=list(lms.school.people.values()),
        courses=list(lms.school.courses.values()),
        others=OTHERS,
        said=request.args.get("said", ""),
    )


@bp.get("/administration/launch")
def launch() -> Response:
    """A launch from the LMS's own settings: about a person's data, or of document processing."""
    lms = this_lms()
    message = request.args.get("message", "privacy")
    if message != "privacy" and message not in OTHERS:
        raise BadRequest("No such message.")
    about = lms.school.person(request.args.get("person", "ada")) if message == "privacy" else None
    begun = lms.begin_launch(
        principal(lms),
        lms.school.course(request.args.get("course", "1")),
        message=cast(Message, message),
        target=target(),
        for_user=about.sub if about else None,
    )
    return oidc.start(lms, begun)


@bp.post("/administration/copy")
def copy() -> Response:
    """Copy a course, and go there."""
    lms = this_lms()
    made = copy_course(
        lms,
        lms.school.course(request.form.get("course", "1")),
        keeps_custom="keeps_custom" in request.form,
    )
    return make_response(redirect(url_for(".overview", said=f"Copied: {made.title}"), code=303))


@bp.post("/administration/hello")
def hello() -> Response:
    """Send the notice by which an administrator tries whether notices arrive."""
    lms = this_lms()
    course = lms.school.course(request.form.get("course", "1"))
    status = lms.notices.tell(HELLO, course)
    said = "Nobody listens, or nobody answered." if status is None else f"Answered with {status}."
    return make_response(redirect(url_for(".overview", said=said), code=303))


@bp.post("/api/courses/copy")
def copy_for_scripts() -> tuple[Response, int]:
    """For scripts: `{"course": …, "keeps_custom": …}` gives `{"id": …}`."""
    body = request.get_json(silent=True)
    told = body if isinstance(body, dict) else {}
    lms = this_lms()
    made = copy_course(
        lms,
        lms.school.course(str(told.get("course", "1"))),
        keeps_custom=bool(told.get("keeps_custom")),
    )
    return jsonify(id=made.id, lti_id=made.lti_id), 201
