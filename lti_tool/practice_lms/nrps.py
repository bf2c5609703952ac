"""Names and Role Provisioning: the roster of a course."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from lti_tool.practice_lms.mood import MEMBERS, SCOPE_MEMBERS, Answer
from lti_tool.practice_lms.oidc import this_lms
from lti_tool.practice_lms.school import NotInSchool


def members(course_id: str, type_id: str | None = None) -> Response:
    """Who is enrolled; a suspended person is left out (lti.md §8.9)."""
    lms = this_lms()
    moodle = lms.mood.name == "moodle"
    token = lms.access_tokens.find(request.headers.get("Authorization"), lms.clock())
    if token is None or SCOPE_MEMBERS not in token.scopes:
        return lms.mood.refuse(401, "Unauthorized", MEMBERS).response()
    try:
        course = lms.school.course(course_id)
    except NotInSchool as missing:
        return lms.mood.refuse(404, str(missing), MEMBERS).response()
    if moodle and type_id != course.deployment_id:
        return lms.mood.refuse(403, "The tool type is wrong", MEMBERS).response()
    url = lms.mood.members_url(lms, course)
    wanted = request.args.get("role", "").rpartition("#")[2]
    rows: list[dict[str, Any]] = []
    for person, role in lms.school.members(course):
        roles = lms.mood.short_roles(person, role)
        if person.key in course.inactive or role == "test":
            continue
        if wanted and wanted not in {one.rpartition("#")[2] for one in roles}:
            continue
        row: dict[str, Any] = {
            "status": "Active",
            "roles": roles,
            "user_id": person.sub,
            "lis_person_sourcedid": f"sis-{person.key}",
            "name": person.name,
            "given_name": person.given,
            "family_name": person.family,
            "email": person.email,
        }
        if moodle:
            row["ext_user_username"] = person.key
        if "rlid" in request.args:
            message = {
                "https://purl.imsglobal.org/spec/lti/claim/message_type": "LtiResourceLinkRequest"
            }
            row["message"] = [message]
        rows.append(row)
    shown, following = lms.mood.page_of_members(url, rows, request.args)
    headers = {"Link": f'<{following}>; rel="next"'} if following else {}
    context = {"id": course.lti_id, "label": course.label, "title": course.title}
    media = f"{MEMBERS}; charset=utf-8" if moodle else MEMBERS
    body = {"id": url, "context": context, "members": shown}
    return Answer(200, body, media, headers=headers).response()
