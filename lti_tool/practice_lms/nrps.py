"""Names and Role Provisioning: the roster of a course."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Response, request

from lti_tool.practice_lms.mood import LTI, MEMBERS, SCOPE_MEMBERS, Answer
from lti_tool.practice_lms.oidc import this_lms
from lti_tool.practice_lms.school import Course, NotInSchool

if TYPE_CHECKING:
    from lti_tool.practice_lms.lms import PracticeLms

Row = dict[str, Any]


class RosterHabits:
    """What this LMS's roster service can do beyond the least; a test or a teacher may change it."""

    def __init__(self) -> None:
        self.lists_inactive = False
        """Suspended people are listed as `Inactive`, instead of being left out."""
        self.offers_differences = False
        """The last page names an address that tells what has changed since."""
        self.smallest_page: int | None = None
        """No page holds more, whatever is asked for."""
        self.hidden: dict[str, set[str]] = {}
        """By the number of a link: who may not see it (`Person.key`)."""
        self._seen: list[dict[str, Row]] = []
        self._lock = threading.Lock()

    def remember(self, rows: list[Row]) -> str:
        """Keep what was told just now; the word that stands for it."""
        with self._lock:
            self._seen.append({row["user_id"]: row for row in rows})
            return str(len(self._seen))

    def forget(self) -> None:
        """Know nothing any more of what was told: addresses of differences stop working."""
        with self._lock:
            self._seen.clear()

    def changes(self, since: str, rows: list[Row]) -> list[Row] | None:
        """What has changed since a word was given; None for a word nobody knows."""
        with self._lock:
            if not since.isdigit() or not 0 < int(since) <= len(self._seen):
                return None
            before = self._seen[int(since) - 1]
        now = {row["user_id"]: row for row in rows}
        gone = [{**row, "status": "Deleted"} for name, row in before.items() if name not in now]
        return [row for name, row in now.items() if before.get(name) != row] + gone


def members(course_id: str, type_id: str | None = None) -> Response:
    """Who is enrolled; a suspended person is left out (as Moodle does)."""
    lms = this_lms()
    token = lms.access_tokens.find(request.headers.get("Authorization"), lms.clock())
    if token is None or SCOPE_MEMBERS not in token.scopes:
        return lms.mood.refuse(401, "Unauthorized", MEMBERS).response()
    try:
        course = lms.school.course(course_id)
    except NotInSchool as missing:
        return lms.mood.refuse(404, str(missing), MEMBERS).response()
    moodle = lms.mood.name == "moodle"
    if moodle and type_id != course.deployment_id:
        return lms.mood.refuse(403, "The tool type is wrong", MEMBERS).response()
    link_id = request.args.get("rlid")
    if link_id is not None and link_id not in {one.lti_id for one in lms.school.links_of(course)}:
        return lms.mood.refuse(404, "There is no such link in this course", MEMBERS).response()
    return _answer(lms, course, request.args).response()


def _answer(lms: PracticeLms, course: Course, query: Mapping[str, str]) -> Answer:
    url = lms.mood.members_url(lms, course)
    habits = lms.roster
    rows = _rows(lms, course, query.get("role", ""), query.get("rlid"))
    told = rows
    if "since" in query:
        changed = habits.changes(query["since"], rows)
        if changed is None:
            return lms.mood.refuse(400, "Nobody remembers what was told then", MEMBERS)
        told = changed
    asked = dict(query)
    if habits.smallest_page is not None:
        asked["limit"] = str(habits.smallest_page)
    shown, following = lms.mood.page_of_members(url, told, asked)
    links = []
    if following:
        since = f"&{urlencode({'since': query['since']})}" if "since" in query else ""
        links.append(f'<{following}{since}>; rel="next"')
    elif habits.offers_differences:
        kept = {name: query[name] for name in ("role", "rlid") if name in query}
        again = f"{url}?{urlencode({**kept, 'since': habits.remember(rows)})}"
        links.append(f'<{again}>; rel="differences"')
    context = {"id": course.lti_id, "label": course.label, "title": course.title}
    media = f"{MEMBERS}; charset=utf-8" if lms.mood.name == "moodle" else MEMBERS
    body = {"id": url, "context": context, "members": shown}
    return Answer(200, body, media, headers={"Link": ", ".join(links)} if links else {})


def _rows(lms: PracticeLms, course: Course, role: str, link_id: str | None) -> list[Row]:
    """Everybody of the course as the roster shows them, one page or not."""
    wanted = role.rpartition("#")[2]
    link = lms.school.link(link_id) if link_id is not None else None
    hidden = lms.roster.hidden.get(link.id, set()) if link is not None else set()
    rows: list[Row] = []
    for person, part in lms.school.members(course):
        roles = lms.mood.short_roles(person, part)
        is_away = person.key in course.inactive
        if part == "test" or person.key in hidden or (is_away and not lms.roster.lists_inactive):
            continue
        if wanted and wanted not in {one.rpartition("#")[2] for one in roles}:
            continue
        row: Row = {
            "status": "Inactive" if is_away else "Active",
            "roles": roles,
            "user_id": person.sub,
            "lis_person_sourcedid": f"sis-{person.key}",
            "name": person.name,
            "given_name": person.given,
            "family_name": person.family,
            "email": person.email,
        }
        if lms.mood.name == "moodle":
            row["ext_user_username"] = person.key
        if link is not None:
            message: Row = {LTI + "message_type": "LtiResourceLinkRequest"}
            if link.custom:
                message[LTI + "custom"] = dict(link.custom)
            row["message"] = [message]
        rows.append(row)
    return rows
