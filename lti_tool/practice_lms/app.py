"""The LMS as a WSGI application: its addresses, its journal, and its faults at the door."""

from __future__ import annotations

import contextlib
import copy
import socket
import time
from collections.abc import Callable, Iterable
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, g, render_template, request
from werkzeug.exceptions import HTTPException

from lti_tool.practice_lms import (
    administration,
    ags,
    api,
    deep_linking,
    notices,
    nrps,
    oidc,
    pages,
    teaching,
    tools,
    works,
)
from lti_tool.practice_lms.faults import Fault
from lti_tool.practice_lms.journal import Received
from lti_tool.practice_lms.mood import Mood, Refusal
from lti_tool.practice_lms.oidc import this_lms, wants_json
from lti_tool.practice_lms.school import NotInSchool

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from lti_tool.practice_lms.lms import PracticeLms

CUT = "X-Practice-Cut"
"""Marks an answer that the browser or tool must never get."""

GROUP_OF = {
    "token": "token",
    "jwks": "jwks",
    "lineitems": "lineitems",
    "lineitem": "lineitems",
    "scores": "scores",
    "results": "results",
    "result": "results",
    "members": "memberships",
    "authorise": "launch",
    "deep_link_return": "deep-linking",
    "configuration": "registration",
    "registration": "registration",
    "notice_handlers": "notices",
}


def make_app(lms: PracticeLms) -> Flask:
    """The application of one LMS, with the addresses of its mood."""
    assembled = _assembled(type(lms.mood))
    app = copy.copy(assembled)
    app.config = copy.copy(assembled.config)
    app.extensions = {"practice_lms": lms}
    app.wsgi_app = _Door(app.wsgi_app)  # type: ignore[method-assign]
    return app


@cache
def _assembled(kind: type[Mood]) -> Flask:
    """Addresses, pages and what surrounds them, once for all LMSs of a mood in this process."""
    mood = kind()
    app = Flask("lti_tool.practice_lms", template_folder="templates", static_folder="static")
    app.config["MAX_CONTENT_LENGTH"] = 4 * 1024 * 1024
    app.json.sort_keys = False  # type: ignore[attr-defined]  # Flask's default provider has it
    services: dict[str, tuple[Callable[..., Response | str], list[str]]] = {
        "authorise": (oidc.authorise, ["GET", "POST"]),
        "jwks": (oidc.jwks, ["GET"]),
        "token": (oidc.token, ["POST"]),
        "lineitems": (ags.lineitems, ["GET", "POST"]),
        "lineitem": (ags.lineitem, ["GET", "PUT", "DELETE"]),
        "scores": (ags.scores, ["POST"]),
        "results": (ags.results, ["GET"]),
        "result": (ags.result, ["GET"]),
        "members": (nrps.members, ["GET"]),
        "deep_link_return": (deep_linking.come_back, ["POST"]),
        "return": (pages.come_back, ["GET"]),
        "configuration": (tools.configuration, ["GET"]),
        "registration": (tools.application, ["POST"]),
        "notice_handlers": (notices.handlers, ["GET", "PUT"]),
    }
    for name, (view, methods) in services.items():
        if name in mood.paths:
            app.add_url_rule(mood.rule(name), name, view, methods=methods)
    app.register_blueprint(pages.bp)
    app.register_blueprint(teaching.bp)
    app.register_blueprint(tools.bp)
    app.register_blueprint(works.bp)
    app.register_blueprint(administration.bp)
    app.register_blueprint(api.bp)
    app.before_request(_arrive)
    app.after_request(_leave)
    app.register_error_handler(NotInSchool, _not_here)
    app.register_error_handler(Refusal, lambda refusal: refusal.answer.response())
    app.register_error_handler(HTTPException, _http_problem)
    app.context_processor(pages.about)
    return app


def _arrive() -> Response | None:
    """Write the request down, and let a fault meet it."""
    lms = this_lms()
    group = GROUP_OF.get(request.endpoint or "")
    if group is None:
        return None
    received = Received(
        at=lms.clock(),
        group=group,
        method=request.method,
        path=request.path,
        query=request.query_string.decode("utf-8", "replace"),
        media=request.content_type or "",
        body=request.get_data(as_text=True)[: lms.journal.BODY_MOST],
    )
    g.received = lms.journal.add(received)
    fault = lms.faults.meet(group)
    if fault is None:
        return None
    received.fault = fault.kind
    return _meet(lms, fault)


def _meet(lms: PracticeLms, fault: Fault) -> Response | None:
    """What the fault does before the work; None when the work goes on."""
    if fault.kind == "slow":
        time.sleep(fault.seconds)
    elif fault.kind == "down":
        return Response(status=503, headers={CUT: "1"})
    elif fault.kind == "throttled":
        return lms.mood.throttled().response()
    elif fault.kind.isdigit() and int(fault.kind) >= 500:
        words = HTTPStatus(int(fault.kind)).phrase
        return Response(f"<html><h1>{words}</h1></html>", status=int(fault.kind))
    elif fault.kind.isdigit():
        status = HTTPStatus(int(fault.kind))
        return lms.mood.refuse(status.value, status.phrase).response()
    elif fault.kind == "expired-tokens":
        lms.access_tokens.revoke_all()
    elif fault.kind == "answered-but-lost":
        g.lose_answer = True
    elif fault.kind == "login-required" and request.endpoint == "authorise":
        return oidc.login_required()
    return None


def _leave(response: Response) -> Response:
    """Close the journal's entry; say what pages of the LMS may load and where forms may go."""
    received: Received | None = g.get("received")
    if received is not None:
        received.status = response.status_code
    if g.get("lose_answer"):
        response.headers[CUT] = "1"
    if response.mimetype == "text/html":
        tool = this_lms().tool_origin
        response.headers["Content-Security-Policy"] = (
            "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'self'; "
            f"frame-src 'self' {tool}; form-action 'self' {tool}"
        )
        response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _not_here(problem: NotInSchool) -> tuple[Any, int]:
    if wants_json() or request.path.startswith("/api/"):
        return {"error": str(problem)}, 404
    return render_template("problem.html", title="Not found", words=str(problem)), 404


def _http_problem(problem: HTTPException) -> Any:
    endpoint = request.endpoint or ""
    if wants_json() or request.path.startswith("/api/") or GROUP_OF.get(endpoint) == "scores":
        return {"error": problem.description}, problem.code or 500
    page = render_template("problem.html", title=problem.name, words=problem.description)
    return page, problem.code or 500


class _Door:
    """Cuts the connection of an answer that is to be lost."""

    def __init__(self, inner: WSGIApplication) -> None:
        self.inner = inner

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        lost = False

        def begin(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            nonlocal lost
            lost = any(name == CUT for name, _ in headers)
            return start_response(status, headers, *more)

        answer = self.inner(environ, begin)
        connection = environ.get("werkzeug.socket")
        if lost and connection is not None:
            with contextlib.suppress(OSError):  # the other side may have left already
                connection.shutdown(socket.SHUT_RDWR)
            raise ConnectionAbortedError("cut on purpose")
        return answer
