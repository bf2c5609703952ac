"""Platform notifications: who wants to hear of what, and telling them, once and never again."""

from __future__ import annotations

import secrets
import threading
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from flask import Response, jsonify, request

from lti_tool.practice_lms.mood import LTI, SCOPE_NOTICES
from lti_tool.practice_lms.oidc import this_lms
from lti_tool.practice_lms.school import Course

if TYPE_CHECKING:
    from lti_tool.practice_lms.lms import PracticeLms
    from lti_tool.practice_lms.tokens import Claims

HELLO = "LtiHelloWorldNotice"
CONTEXT_COPY = "LtiContextCopyNotice"

PATIENCE = 5
"""Seconds the LMS waits for the tool."""


class NoticeHandlers:
    """The address for each kind of notice, deployment by deployment."""

    def __init__(self, lms: PracticeLms) -> None:
        self.lms = lms
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], str] = {}

    def of(self, deployment_id: str) -> dict[str, str]:
        """The addresses of one deployment; empty where nobody listens."""
        with self._lock:
            return {kind: self._known.get((deployment_id, kind), "") for kind in self.kinds}

    @property
    def kinds(self) -> tuple[str, ...]:
        """What this product can tell."""
        return self.lms.mood.notices

    def set(self, deployment_id: str, kind: str, address: str) -> None:
        """Tell this address from now on; an empty one, nobody."""
        with self._lock:
            self._known[deployment_id, kind] = address

    def claim(self, course: Course) -> dict[str, Any]:
        """What launches say of the service: one address for each deployment."""
        courses = self.lms.school.courses.values()
        first = next(one for one in courses if one.deployment_id == course.deployment_id)
        return {
            "service_versions": ["1.0"],
            "platform_notification_service_url": self.lms.base_url
            + self.lms.mood.path("notice_handlers", course_id=first.id),
            "scope": [SCOPE_NOTICES],
            "notice_types_supported": list(self.kinds),
        }

    def token(self, kind: str, course: Course, **more: Any) -> str:
        """A notice, signed."""
        lms = self.lms
        now = lms.clock()
        claims: Claims = {
            "iss": lms.issuer,
            "aud": lms.client_id,
            "azp": lms.client_id,
            "iat": int(now.timestamp()),
            "exp": int(now.timestamp()) + 3600,
            "nonce": str(uuid.UUID(bytes=secrets.token_bytes(16))),
            LTI + "version": "1.3.0",
            LTI + "deployment_id": course.deployment_id,
            LTI + "notice": {
                "id": str(uuid.UUID(bytes=secrets.token_bytes(16))),
                "timestamp": now.isoformat().replace("+00:00", "Z"),
                "type": kind,
            },
            LTI + "context": {"id": course.lti_id, "label": course.label, "title": course.title},
            **{LTI + name: value for name, value in more.items()},
        }
        return lms.keys.sign(claims)

    def tell(self, kind: str, course: Course, **more: Any) -> int | None:
        """Send a notice to whoever listens; the status, or None where nobody does or answers."""
        address = self.of(course.deployment_id).get(kind)
        if not address:
            return None
        body = {"notices": [{"jwt": self.token(kind, course, **more)}]}
        try:
            return requests.post(address, json=body, timeout=PATIENCE).status_code
        except requests.RequestException:
            return None  # Canvas does not try again either


def handlers(course_id: str) -> Response:
    """Who listens to what (GET), or set one address (PUT)."""
    lms = this_lms()
    token = lms.access_tokens.find(request.headers.get("Authorization"), lms.clock())
    if token is None or SCOPE_NOTICES not in token.scopes:
        return lms.mood.refuse(401, "Unauthorized").response()
    course = lms.school.course(course_id)
    if request.method == "PUT":
        body = request.get_json(silent=True)
        told = body if isinstance(body, dict) else {}
        kind, address = told.get("notice_type"), told.get("handler")
        if kind not in lms.notices.kinds or not isinstance(address, str):
            return lms.mood.refuse(400, "Invalid notice_type or handler").response()
        if address and urlsplit(address).netloc != urlsplit(lms.tool_url).netloc:
            return lms.mood.refuse(400, "handler domain does not match the tool's").response()
        lms.notices.set(course.deployment_id, kind, address)
        return jsonify(notice_type=kind, handler=address)
    return jsonify(
        client_id=lms.client_id,
        deployment_id=course.deployment_id,
        notice_handlers=[
            {"notice_type": kind, "handler": address}
            for kind, address in lms.notices.of(course.deployment_id).items()
        ],
    )
