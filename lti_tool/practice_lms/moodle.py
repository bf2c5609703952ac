"""The Moodle mood: names, launches, roster and deep linking as Moodle 4.5 does them."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlencode

from typing_extensions import override

from lti_tool.practice_lms.launches import Launch
from lti_tool.practice_lms.mood import LIS, LTI, Answer, ReviewLaunch, number
from lti_tool.practice_lms.moodle_grades import MoodleGrades
from lti_tool.practice_lms.school import Column, Course, Link, Person, Role
from lti_tool.practice_lms.tokens import AssertionRules, Claims

if TYPE_CHECKING:
    from lti_tool.practice_lms.lms import PracticeLms

INSTRUCTOR = LIS + "membership#Instructor"
LEARNER = LIS + "membership#Learner"


class MoodleMood(MoodleGrades):
    """Moodle: short numbers everywhere, tokens that live a minute, feedback replaced each time."""

    name = "moodle"
    title = "Moodle-like"
    product = "moodle"
    default_client_id = "kQ7practice4LmS"
    login_method = "post"
    id_token_seconds = 60
    launch_used_once = False
    assertion_rules = AssertionRules(oldest=None, ahead=timedelta(0))
    appends_comments = False
    posts_again = True
    asks_before_adding = True
    tool_custom: ClassVar[Mapping[str, str]] = {
        "user_username": "$User.username",
        "ctx_history": "$Context.id.history",
        "due": "$ResourceLink.submission.endDateTime",
    }
    paths: ClassVar[Mapping[str, str]] = {
        "authorise": "/mod/lti/auth.php",
        "token": "/mod/lti/token.php",
        "jwks": "/mod/lti/certs.php",
        "configuration": "/mod/lti/openid-configuration.php",
        "registration": "/mod/lti/openid-registration.php",
        "lineitems": "/mod/lti/services.php/{course_id}/lineitems",
        "lineitem": "/mod/lti/services.php/{course_id}/lineitems/{item_id}/lineitem",
        "scores": "/mod/lti/services.php/{course_id}/lineitems/{item_id}/lineitem/scores",
        "results": "/mod/lti/services.php/{course_id}/lineitems/{item_id}/lineitem/results",
        "members": "/mod/lti/services.php/CourseSection/{course_id}/bindings/{type_id}/memberships",
        "deep_link_return": "/mod/lti/contentitem_return.php",
        "return": "/mod/lti/return.php",
    }

    @override
    def sub(self, school: str, number: int, key: str) -> str:
        return str(number)

    @override
    def long_id(self, school: str, kind: str, number: str) -> str:
        return number

    @override
    def deployment_id(self, school: str, number: int) -> str:
        return str(number)

    @override
    def key_name(self) -> str:
        return secrets.token_hex(10)

    # -- launches ------------------------------------------------------------------------------

    @override
    def hints(self, lms: PracticeLms, launch: Launch) -> dict[str, str]:
        number_of_activity = int(launch.link.id) if launch.link is not None else 0
        hint = {"cmid": number_of_activity, "launchid": f"ltilaunch_{launch.id}"}
        return {
            "login_hint": launch.person.sub,
            "lti_message_hint": json.dumps(hint, separators=(",", ":")),
        }

    @override
    def launch_named(self, message_hint: str) -> str | None:
        try:
            hint = json.loads(message_hint)
        except ValueError:
            return None
        named = hint.get("launchid") if isinstance(hint, dict) else None
        return named.removeprefix("ltilaunch_") if isinstance(named, str) else None

    @override
    def claims(self, lms: PracticeLms, launch: Launch, now: datetime) -> Claims:
        course, link, person = launch.course, launch.link, launch.person
        role = course.roles.get(person.key, "learner")
        sourced_id = course.label.lower()
        claims: Claims = {
            LTI + "roles": [INSTRUCTOR if role in ("teacher", "tutor") else LEARNER],
            LTI + "context": {
                "id": course.lti_id,
                "label": course.label,
                "title": course.title,
                "type": ["CourseSection"],
            },
            LTI + "lis": {
                "person_sourcedid": f"sis-{person.key}",
                "course_section_sourcedid": sourced_id,
            },
            LTI + "ext": {"user_username": person.key, "lms": "moodle-2"},
            LTI + "tool_platform": {
                "product_family_code": "moodle",
                "version": "2024100705.01",
                "guid": _digest(lms.school.name),
                "name": lms.school.name[:12].upper(),
                "description": lms.school.name,
            },
            LTI + "launch_presentation": {"locale": "en"},
        }
        if link is not None:
            claims |= self._activity_claims(lms, launch, link)
        return claims

    def _activity_claims(self, lms: PracticeLms, launch: Launch, link: Link) -> Claims:
        """What only the launch of an activity carries; a deep-linking request does not."""
        container = {"iframe": "3", "window": "4"}[launch.target]
        query = urlencode(
            {
                "course": launch.course.id,
                "launch_container": container,
                "instanceid": link.id,
                "sesskey": launch.id[:10],
            }
        )
        source = {
            "data": {
                "instanceid": link.id,
                "userid": launch.person.sub,
                "typeid": launch.course.deployment_id,
                "launchid": int(launch.id[:8], 16),
            },
            "hash": _digest(launch.id),
        }
        return {
            LTI + "resource_link": {
                "title": link.title,
                "description": link.description,
                "id": link.lti_id,
            },
            "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome": {
                "lis_result_sourcedid": json.dumps(source, separators=(",", ":")),
                "lis_outcome_service_url": f"{lms.base_url}/mod/lti/service.php",
            },
            LTI + "launch_presentation": {
                "locale": "en",
                "document_target": launch.target,
                "return_url": f"{lms.base_url}{self.path('return')}?{query}",
            },
            "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice": {
                "context_memberships_url": self.members_url(lms, launch.course),
                "service_versions": ["1.0", "2.0"],
            },
        }

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
            "Person.sourcedId": f"sis-{person.key}",
            "Person.address.timezone": "99",
            "Context.id": course.lti_id,
            "Context.title": course.title,
            "Context.label": course.label,
            "Context.sourcedId": course.label.lower(),
            "Context.id.history": course.history,
            "CourseSection.title": course.title,
            "CourseSection.sourcedId": course.label.lower(),
            "Moodle.Person.userGroupIds": "",
        }
        known["ResourceLink.id"] = None  # null in deep linking, measured
        if link is not None:
            known |= {
                "ResourceLink.id": link.lti_id,
                "ResourceLink.title": link.title,
                "ResourceLink.description": link.description,
            }
        return known

    # -- roster --------------------------------------------------------------------------------

    @override
    def short_roles(self, person: Person, role: Role) -> list[str]:
        # Measured: a non-editing teacher is Instructor at launch and Learner in the roster.
        return ["Instructor" if role == "teacher" else "Learner"]

    @override
    def members_url(self, lms: PracticeLms, course: Course) -> str:
        return lms.base_url + self.path(
            "members", course_id=course.id, type_id=course.deployment_id
        )

    @override
    def page_of_members(
        self, url: str, members: list[dict[str, Any]], query: Mapping[str, str]
    ) -> tuple[list[dict[str, Any]], str | None]:
        if not query.get("limit", "").isdigit() or int(query["limit"]) < 1:
            return members, None
        limit = int(query["limit"])
        start = int(query["from"]) if query.get("from", "").isdigit() else 0
        kept = {name: query[name] for name in ("role", "rlid") if name in query}
        more = {**kept, "limit": str(limit), "from": str(start + limit)}
        following = f"{url}?{urlencode(more)}" if start + limit < len(members) else None
        return members[start : start + limit], following

    # -- deep linking and review ---------------------------------------------------------------

    @override
    def deep_linking_settings(self, lms: PracticeLms, launch: Launch) -> dict[str, Any]:
        query = urlencode(
            {
                "course": launch.course.id,
                "id": launch.course.deployment_id,
                "sesskey": launch.id,
            }
        )
        return {
            "accept_types": ["ltiResourceLink"],
            "accept_presentation_document_targets": ["frame", "iframe", "window"],
            "accept_copy_advice": False,
            "accept_multiple": True,
            "accept_unsigned": False,
            "auto_create": False,
            "can_confirm": False,
            "deep_link_return_url": f"{lms.base_url}{self.path('deep_link_return')}?{query}",
            "title": lms.tool_name,
            "text": "",
        }

    @override
    def place(self, lms: PracticeLms, course: Course, item: dict[str, Any]) -> Link:
        column = item.get("lineItem")
        maximum = 100.0
        if column is not None:
            stated = number(column.get("scoreMaximum"))
            if stated is None:
                raise ValueError("lineItem.scoreMaximum is missing or not a number.")
            maximum = stated
        link = lms.add_link(
            course,
            item.get("title") or lms.tool_name,
            custom=self.kept_custom(item.get("custom") or {}),
            url=item.get("url"),
            description=item.get("text") or "",
            points=maximum if column is not None else None,
            origin="deep linking",
        )
        if column is not None:
            # Measured: the label is dropped, the activity's name heads the column.
            made = lms.school.columns_for(link)[0]
            made.resource_id = str(column.get("resourceId", ""))
            made.tag = str(column.get("tag", ""))
            made.submission_review = column.get("submissionReview")
        return link

    @override
    def kept_custom(self, custom: Mapping[str, Any]) -> dict[str, str]:
        return _as_lines_keep(custom)

    @override
    def review_launch(
        self, lms: PracticeLms, column: Column, person: Person
    ) -> ReviewLaunch | None:
        if column.link_id is None:
            return None
        link = lms.school.link(column.link_id)
        review = column.submission_review or {}
        return ReviewLaunch(
            words="Grade analysis",
            target_link_uri=review.get("url") or link.url or lms.redirect_uri,
            message="review",
            custom={str(name): str(value) for name, value in (review.get("custom") or {}).items()},
        )

    @override
    def throttled(self) -> Answer:
        # Moodle itself has no limit; this is what a proxy before it answers.
        return Answer(429, "Too many requests\n", "text/plain", headers={"Retry-After": "2"})


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _as_lines_keep(custom: Mapping[str, Any]) -> dict[str, str]:
    """Custom parameters as they come back out of Moodle's `name=value` lines."""
    kept: dict[str, str] = {}
    for line in "\n".join(f"{name}={value}" for name, value in custom.items()).splitlines():
        name, equals, value = line.partition("=")
        if equals:
            kept[name] = value
    return kept
