"""Where an LMS's browser begins: the login, and what of ours that browser will keep."""

import re
from collections.abc import Mapping

import structlog
from flask import jsonify, make_response, redirect, url_for
from flask import request as http
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from lti_tool.launch import attempts
from lti_tool.launch import login as logins
from lti_tool.launch.claims import text
from lti_tool.launch.problems import (
    COOKIES_BLOCKED,
    LAUNCH_GONE,
    LaunchProblem,
    Offer,
    refuse,
)
from lti_tool.launch.views import storage
from lti_tool.launch.views.blueprint import Page, bp
from lti_tool.launch.views.problem_page import problem_page
from lti_tool.launch.views.received import asked, keepable, received
from lti_tool.launch.ways import STORAGE_TARGET, without_storage
from lti_tool.web.permissions import public
from lti_tool.web.session import clock, reading, set_cookie, settings, transaction

log = structlog.get_logger(__name__)

PROBE = "cairn_probe"
MOST_LOGIN_COOKIES = 30

WINDOW = "window"
"""The field with the handle of a window that was opened from a frame (T-106)."""

_HANDLE = re.compile(r"[\w-]{20,64}")


@bp.route("/login", methods=["GET", "POST"])
@public
def login() -> Page:
    """Third-party initiated login: send the browser to its LMS, which knows who it is."""
    parameters: Mapping[str, str] = {}
    try:
        parameters = received()
        if _shows_no_cookie():
            if _is_frame():
                return _probe(parameters)
            if parameters.get(STORAGE_TARGET) and "Sec-Fetch-Dest" not in http.headers:
                # A browser that does not say where it is: storage if the LMS has it, or cookie.
                return _store(parameters)
        return _begin(parameters)
    except LaunchProblem as problem:
        problem.seen = asked(parameters)
        return problem_page(problem)


@bp.get("/login/cookie")
@public
def login_cookie() -> Page:
    """Where a browser in a frame shows whether it keeps our cookies, before the LMS is asked."""
    parameters: Mapping[str, str] = {}
    try:
        parameters = keepable(http.args.to_dict())
        if PROBE in http.cookies:
            return _begin(parameters)
        if parameters.get(STORAGE_TARGET):
            otherwise = url_for(".login_cookie", **_kept(without_storage(parameters)))  # type: ignore[arg-type]
            return _store(parameters, otherwise=otherwise)
        # The LMS's one-time hint is still unused, so a new window can begin with it.
        problem = refuse(COOKIES_BLOCKED)
        problem.offer = Offer(_kept(parameters))
        raise problem
    except LaunchProblem as problem:
        problem.seen = asked(parameters)
        return problem_page(problem)


@bp.post("/login/window")
@public
def window() -> Response:
    """What became of the window that a frame opened: asked by the frame, with its own handle.

    Says nothing about the person: `waiting`, `opened`, `inside` or `over`.
    """
    http.max_content_length = 1024
    handle = http.form.get(WINDOW, "")
    word = "waiting"
    if _HANDLE.fullmatch(handle):
        with reading() as session:
            attempt = attempts.of_window(session, handle)
        if attempt is not None:
            word = "opened" if attempt.expires_at > clock() else "over"
            if attempt.consumed_at is not None:
                word = "inside" if attempt.visit_id is not None else "over"
    response = jsonify(window=word)
    response.headers["Cache-Control"] = "no-store"
    return response


def _kept(parameters: Mapping[str, str]) -> dict[str, str]:
    return {name: parameters[name] for name in logins.KEPT if parameters.get(name)}


def _is_frame() -> bool:
    return http.headers.get("Sec-Fetch-Dest") in {"iframe", "frame"}


def _shows_no_cookie() -> bool:
    """Whether this browser has not shown us a cookie of ours yet."""
    return not any(name.startswith("cairn_") for name in http.cookies)


def _probe(parameters: Mapping[str, str]) -> Page:
    response = make_response(redirect(url_for(".login_cookie", **_kept(parameters)), 303))  # type: ignore[arg-type]
    set_cookie(response, PROBE, "1", max_age=3600, path="/lti")
    response.headers["Cache-Control"] = "no-store"
    return response


def _store(parameters: Mapping[str, str], *, otherwise: str = "") -> Page:
    """A page that hands state and nonce to the LMS's page, then goes on (T-012, T-098)."""
    begun = _write_down(parameters, is_stored=True)
    page = storage.keeping_page(
        begun, target=parameters[STORAGE_TARGET], otherwise=otherwise or begun.address
    )
    return _with_cookie(page, begun)


def _begin(parameters: Mapping[str, str]) -> Page:
    begun = _write_down(parameters)
    return _with_cookie(redirect(begun.address, 302), begun)


def _with_cookie(answer: str | Response, begun: logins.Begun) -> Page:
    """The answer with this login's own cookie; a browser carries a few of them at most."""
    response = make_response(answer)
    lifetime = int(attempts.LIFETIME.total_seconds())
    set_cookie(response, begun.cookie, begun.secret, max_age=lifetime, path="/lti")
    ours = [name for name in http.cookies if name.startswith(attempts.COOKIE_PREFIX)]
    for name in ours[:-MOST_LOGIN_COOKIES]:
        set_cookie(response, name, "", max_age=0, path="/lti")
    response.headers["Cache-Control"] = "no-store"
    return response


def _write_down(parameters: Mapping[str, str], *, is_stored: bool = False) -> logins.Begun:
    handle = parameters.get(WINDOW, "")
    try:
        # A login that a power cut takes along is begun again by a click.
        with transaction(durable=False) as session:
            begun = logins.begin(
                session,
                parameters,
                redirect_uri=settings().base_url + url_for(".launch"),
                is_stored=is_stored,
                window=handle if _HANDLE.fullmatch(handle) else "",
                now=clock(),
            )
    except IntegrityError as error:  # two windows with one handle, at the same moment
        raise refuse(LAUNCH_GONE, ("window", "one that began a login already")) from error
    log.info(
        "launch.login",
        issuer=begun.issuer,
        client_id=begun.client_id,
        is_stored=is_stored,
        beside=_beside(parameters),
    )
    return begun


def _beside(parameters: Mapping[str, str]) -> list[str]:
    """The names of a few parameters that only one product sends: noted, never used (T-013)."""
    ours = {*logins.KEPT, WINDOW}
    return sorted(text(name, 40) for name in parameters if name not in ours)[:10]
