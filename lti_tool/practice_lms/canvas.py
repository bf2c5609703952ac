"""The Canvas mood: names, launches, roster, deep linking and SpeedGrader as Canvas does them."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from typing_extensions import override

from lti_tool.practice_lms.canvas_grades import CanvasGrades
from lti_tool.practice_lms.launches import Launch
from lti_tool.practice_lms.mood import LIS, LTI, Answer, ReviewLaunch, number
from lti_tool.practice_lms.notices import CONTEXT_COPY, HELLO
from lti_tool.practice_lms.placements import PLACEMENTS, USUAL
from lti_tool.practice_lms.school import Column, Course, Link, Person, Role
from lti_tool.practice_lms.tokens import AssertionRules, Claims

if TYPE_CHECKING:
    from lti_tool.practice_lms.lms import PracticeLms

MEMBERSHIP = LIS + "membership#"
INSTITUTION = LIS + "institution/person#"
SYSTEM_USER = LIS + "system/person#User"
TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"
ASSISTANT = LIS + "membership/Instructor#TeachingAssistant"
EXTENSION = "https://canvas.instructure.com/"
HINTS = ("available", "submission", "window", "iframe", "icon")
ROSTER_PAGE_MOST = 50


class CanvasMood(CanvasGrades):
    """Canvas: long ids, launches consumed once, comments appended, attempts counted."""

    name = "canvas"
    title = "Canvas-like"
    product = "canvas"
    default_client_id = "10000000000042"
    login_method = "get"
    id_token_seconds = 3600
    launch_used_once = True
    assertion_rules = AssertionRules(oldest=timedelta(minutes=5), ahead=timedelta(seconds=30))
    appends_comments = True
    storage = "named"
    notices = (HELLO, "LtiAssetProcessorSubmissionNotice", CONTEXT_COPY)
    tool_custom: ClassVar[Mapping[str, str]] = {
        "canvas_course_id": "$Canvas.course.id",
        "canvas_assignment_id": "$Canvas.assignment.id",
        "canvas_due_at": "$Canvas.assignment.dueAt.iso8601",
    }
    paths: ClassVar[Mapping[str, str]] = {
        "authorise": "/api/lti/authorize_redirect",
        "token": "/login/oauth2/token",
        "jwks": "/api/lti/security/jwks",
        "configuration": "/api/lti/security/openid-configuration",
        "registration": "/api/lti/registrations",
        "lineitems": "/api/lti/courses/{course_id}/line_items",
        "lineitem": "/api/lti/courses/{course_id}/line_items/{item_id}",
        "scores": "/api/lti/courses/{course_id}/line_items/{item_id}/scores",
        "results": "/api/lti/courses/{course_id}/line_items/{item_id}/results",
        "result": "/api/lti/courses/{course_id}/line_items/{item_id}/results/{user_id}",
        "notice_handlers": "/api/lti/notice-handlers/{course_id}",
        "members": "/api/lti/courses/{course_id}/names_and_roles",
        "deep_link_return": "/courses/{course_id}/deep_linking_response",
        "return": "/courses/{course_id}/external_content/success/external_tool_redirect",
    }

    @override
    def sub(self, school: str, number: int, key: str) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{school}/people/{key}"))

    @override
    def long_id(self, school: str, kind: str, number: str) -> str:
        if kind == "course":
            return _digest(f"{school}/courses/{number}")
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{school}/{kind}/{number}"))

    @override
    def deployment_id(self, school: str, number: int) -> str:
        return f"{105 + number}:{_digest(f'{school}/deployments/{number}')}"

    @override
    def key_name(self) -> str:
        return f"2026-11-01T01:16:43Z_{uuid.UUID(bytes=secrets.token_bytes(16))}"

    # -- launches ------------------------------------------------------------------------------

    @override
    def hints(self, lms: PracticeLms, launch: Launch) -> dict[str, str]:
        return {
            "login_hint": _digest(launch.person.sub),
            "lti_message_hint": launch.id,
            "deployment_id": launch.course.deployment_id,
            "canvas_region": "practice",
            "canvas_environment": "prod",
        }

    @override
    def launch_named(self, message_hint: str) -> str | None:
        return message_hint or None

    def roles(self, person: Person, role: Role) -> list[str]:
        """Context, institution and system roles in one list, over all courses (T-074, T-075)."""
        if role == "test":
            return [MEMBERSHIP + "Learner", TEST_USER]
        if role == "learner":
            roles = [INSTITUTION + "Student", MEMBERSHIP + "Learner", SYSTEM_USER]
            return [INSTITUTION + "Instructor", *roles] if person.elsewhere else roles
        roles = [INSTITUTION + "Instructor", MEMBERSHIP + "Instructor", SYSTEM_USER]
        return [*roles, ASSISTANT] if role == "tutor" else roles

    @override
    def claims(self, lms: PracticeLms, launch: Launch, now: datetime) -> Claims:
        course, person = launch.course, launch.person
        claims: Claims = {
            "azp": lms.client_id,
            "locale": "en",
            "picture": f"{lms.base_url}/images/messages/avatar-50.png",
            LTI + "roles": self.roles(person, course.roles.get(person.key, "learner")),
            LTI + "context": {
                "id": course.lti_id,
                "label": course.label,
                "title": course.title,
                "type": [LIS + "course#CourseOffering"],
            },
            LTI + "lis": {
                "person_sourcedid": f"sis-{person.key}",
                "course_offering_sourcedid": course.label.lower(),
            },
            LTI + "tool_platform": {
                "guid": f"{_digest(lms.school.name)[:24]}:canvas-lms",
                "name": lms.school.name,
                "version": "cloud",
                "product_family_code": "canvas",
            },
            LTI + "launch_presentation": {
                "document_target": launch.target,
                "return_url": lms.base_url + self.path("return", course_id=course.id),
                "locale": "en",
                **({"height": 640, "width": 960} if launch.target == "iframe" else {}),
            },
            LTI + "lti11_legacy_user_id": _digest(person.sub),
            LTI + "lti1p1": {"user_id": _digest(person.sub)},
            "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice": {
                "context_memberships_url": self.members_url(lms, course),
                "service_versions": ["2.0"],
            },
            "https://www.instructure.com/placement": None,
        }
        if launch.message == "retrieve":
            # canvas-lms #1952: the resource link of a SpeedGrader launch is the course itself.
            claims[LTI + "resource_link"] = {"id": course.lti_id, "title": lms.tool_name}
        elif launch.link is not None:
            claims[LTI + "resource_link"] = {
                "id": launch.link.lti_id,
                "title": launch.link.title,
                "description": launch.link.description or None,
                "validation_context": None,
                "errors": {"errors": {}},
            }
        return claims

    @override
    def variables(self, lms: PracticeLms, launch: Launch) -> dict[str, str | None]:
        course, person, link = launch.course, launch.person, launch.link
        known: dict[str, str | None] = {
            "User.id": person.sub,
            "User.username": person.key,
            "Person.name.full": person.name,
            "Person.name.given": person.given,
            "Person.name.family": person.family,
            "Person.email.primary": person.email,
            "Person.address.timezone": "America/Chicago",
            "Context.id": course.lti_id,
            "Context.title": course.title,
            "Context.id.history": course.history,
            "Canvas.course.previousContextIds": course.history,
            "Canvas.course.id": course.id,
            "Canvas.course.name": course.title,
            "Canvas.api.domain": urlsplit(lms.base_url).netloc,
            "ToolConsumerInstance.guid": _digest(lms.school.name)[:24],
            "Message.locale": "en",
        }
        if launch.replaces is not None:
            # The edit page of an assignment sends no resource link, only what it is called inside.
            known["Canvas.assignment.id"] = launch.replaces.id
        if link is not None and launch.message != "retrieve":
            known["ResourceLink.id"] = link.lti_id
            known["ResourceLink.title"] = link.title
            known |= _dates(link)
            coupled = [column for column in lms.school.columns_for(link) if column.coupled]
            if coupled:  # an assignment; elsewhere the variable stays as it was written (T-080)
                known["Canvas.assignment.id"] = coupled[0].id
                known["Canvas.assignment.title"] = coupled[0].label
        return known

    # -- roster --------------------------------------------------------------------------------

    @override
    def short_roles(self, person: Person, role: Role) -> list[str]:
        return [one for one in self.roles(person, role) if one.startswith(LIS + "membership")]

    @override
    def members_url(self, lms: PracticeLms, course: Course) -> str:
        return lms.base_url + self.path("members", course_id=course.id)

    @override
    def page_of_members(
        self, url: str, members: list[dict[str, Any]], query: Mapping[str, str]
    ) -> tuple[list[dict[str, Any]], str | None]:
        asked = int(query["limit"]) if query.get("limit", "").isdigit() else ROSTER_PAGE_MOST
        size = max(1, min(asked, ROSTER_PAGE_MOST))
        page = int(query["page"]) if query.get("page", "").isdigit() else 1
        kept = {name: query[name] for name in ("role", "rlid", "limit") if name in query}
        more = f"{url}?{urlencode({**kept, 'page': str(page + 1)})}"
        shown = members[(page - 1) * size : page * size]
        return shown, more if page * size < len(members) else None

    # -- deep linking and review ---------------------------------------------------------------

    @override
    def deep_linking_settings(self, lms: PracticeLms, launch: Launch) -> dict[str, Any]:
        path = self.path("deep_link_return", course_id=launch.course.id)
        placement = PLACEMENTS[launch.placement or USUAL]
        query = urlencode({"modal": "true", "placement": placement.name, "data": launch.id})
        return {
            "deep_link_return_url": f"{lms.base_url}{path}?{query}",
            **placement.settings(),
            "data": f"placement={placement.name}&launch={launch.id}",
        }

    @override
    def place(self, lms: PracticeLms, course: Course, item: dict[str, Any]) -> Link:
        column = item.get("lineItem")
        points: float | None = None
        if column is not None:
            points = number(column.get("scoreMaximum"))
            if points is None or points <= 0:
                raise ValueError("lineItem.scoreMaximum must be a number above 0.")
        link = lms.add_link(
            course,
            (column or {}).get("label") or item.get("title") or lms.tool_name,
            custom={str(name): str(value) for name, value in (item.get("custom") or {}).items()},
            url=item.get("url"),
            description=item.get("text") or "",
            points=points,
            origin="deep linking",
            hints={name: item[name] for name in HINTS if name in item},
        )
        if column is not None:
            made = lms.school.columns_for(link)[0]
            made.resource_id = str(column.get("resourceId", ""))
            made.tag = str(column.get("tag", ""))
        return link

    @override
    def review_launch(
        self, lms: PracticeLms, column: Column, person: Person
    ) -> ReviewLaunch | None:
        cell = lms.school.grade(column, person)
        submission = cell.submission if cell is not None else None
        if submission is None or submission.kind != "basic_lti_launch" or not submission.data:
            return None
        address = _encoded_twice(submission.data) if lms.encodes_twice else submission.data
        return ReviewLaunch("SpeedGrader", address, "retrieve")

    @override
    def throttled(self) -> Answer:
        return Answer(
            403,
            "403 Forbidden (Rate Limit Exceeded)\n",
            "text/plain",
            headers={"X-Request-Cost": "0.9", "X-Rate-Limit-Remaining": "0.0"},
        )


def _dates(link: Link) -> dict[str, str]:
    """The dates a link was placed with, as the variables of LTI Core call them."""
    said = {
        f"ResourceLink.{group}.{name}": link.hints.get(group, {}).get(name)
        for group in ("available", "submission")
        for name in ("startDateTime", "endDateTime")
    }
    known = {name: moment for name, moment in said.items() if moment}
    if "ResourceLink.submission.endDateTime" in known:
        known["Canvas.assignment.dueAt.iso8601"] = known["ResourceLink.submission.endDateTime"]
    return known


def _digest(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def _encoded_twice(address: str) -> str:
    """The submission's address with the query values encoded once too often (canvas-lms #1486)."""
    parts = urlsplit(address)
    twice = "&".join(
        f"{name}={quote(quote(value, safe=''), safe='')}"
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    )
    return urlunsplit(parts._replace(query=twice))
