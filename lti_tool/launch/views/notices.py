"""Where platforms send their notices (Platform Notification Service 1.0; T-137)."""

import structlog
from flask import Response, jsonify
from flask import request as http
from werkzeug.exceptions import RequestEntityTooLarge

from lti_tool.launch import notices
from lti_tool.launch.platform_keys import PlatformKeys
from lti_tool.launch.problems import MALFORMED, TOO_LARGE, LaunchProblem, refuse
from lti_tool.launch.views.blueprint import bp
from lti_tool.web.permissions import public
from lti_tool.web.session import clock, house, reading, settings, transaction

log = structlog.get_logger(__name__)

LARGEST = 1_048_576
"""Bytes of one request."""


@bp.post("/notices")
@public
def hear() -> Response:
    """Keep every good notice and refuse the others, each for itself; what follows is a job's.

    The answer names the refused ones by their place in the list. It is 200 as soon as one was
    taken, because the platform would otherwise send that one again or give up on all.
    """
    http.max_content_length = LARGEST
    now = clock()
    try:
        tokens = notices.tokens_of(_body())
    except LaunchProblem as problem:
        return _answer(problem.cause.status, 0, [{"notice": None, "code": problem.cause.code}])
    keys = PlatformKeys(house().engine, settings())
    # Keys may have to be fetched: no transaction that writes is open meanwhile.
    with reading() as session:
        checked = notices.check(session, tokens, keys, now=now)
    again = 0
    codes = {at: one.cause.code for at, one in enumerate(checked) if isinstance(one, LaunchProblem)}
    if len(codes) < len(checked):  # a stranger's refused ones never wait for the database
        with transaction() as session:
            for at, told in enumerate(checked):
                try:
                    if not isinstance(told, LaunchProblem):
                        again += not notices.keep(session, told, now=now)
                except LaunchProblem as problem:
                    codes[at] = problem.cause.code
    taken = len(checked) - len(codes)
    refused = [{"notice": at, "code": code} for at, code in sorted(codes.items())]
    log.info("launch.notices", taken=taken, again=again, refused=refused[:20])
    return _answer(401 if refused and not taken else 200, taken, refused)


def _body() -> object:
    try:
        return http.get_json(force=True, silent=True)
    except RequestEntityTooLarge as error:
        raise refuse(TOO_LARGE, ("size", http.content_length, f"{LARGEST} bytes")) from error
    except RecursionError as error:
        raise refuse(MALFORMED, ("notices", "nested too deeply", "a list")) from error


def _answer(status: int, taken: int, refused: object) -> Response:
    response = jsonify(accepted=taken, refused=refused)
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response
