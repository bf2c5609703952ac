"""The blueprint that every view of this room hangs from, and how its endpoints answer."""

import functools
import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, g, request, url_for
from werkzeug.wrappers import Response

from lti_tool.errors import Refused
from lti_tool.sealing import strict_json
from lti_tool.wallets import status_info
from lti_tool.wallets.authorization import Answer, Asked
from lti_tool.wallets.status_info import ApiRefused
from lti_tool.web.restraint import TooMuch
from lti_tool.web.session import settings

bp = Blueprint("wallets", __name__)

Page = str | Response | tuple[str, int]
NO_STORE = "no-store"
JSON = "application/json"
LARGEST_BODY = 64 * 1024
"""Bytes of a registration or a profile."""


class TooLarge(Refused):
    """Somebody sends more than such a thing can need."""

    status = 413


def address(endpoint: str, **values: Any) -> str:
    """The public address of an endpoint."""
    return settings().base_url + url_for(endpoint, **values)


def asked(endpoint: str) -> Asked:
    """The request as plain values: the query of a GET, the form of a POST."""
    given = request.form if request.method == "POST" else request.args
    return Asked(
        method=request.method,
        uri=address(endpoint),
        given=dict(given.lists()),
        authorization=request.headers.get("Authorization", ""),
    )


def as_json(body: Any, status: int = 200, cache: str = NO_STORE) -> Response:
    """A JSON answer that is kept by nobody, unless told otherwise."""
    content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    response = Response(content, status=status, content_type=JSON)
    response.headers["Cache-Control"] = cache
    return response


def json_body(most: int) -> Any:
    """The JSON that was sent, `None` where it is none. Raises `TooLarge` beyond so many bytes."""
    if (request.content_length or 0) > most:
        raise TooLarge(f"The body may have at most {most} bytes.")
    if request.mimetype not in (JSON, "application/ld+json"):
        return None
    try:
        return strict_json.read(request.get_data())
    except ValueError:
        return None


def answered(answer: Answer) -> Response:
    """What Authlib answers, as a response."""
    status, body, headers = answer
    response = as_json(body or {}, status)
    for name, value in headers:
        response.headers[name] = value
    return response


def speaking_oauth(view: Callable[..., Response]) -> Callable[..., Response]:
    """A view whose refusals are OAuth's: an error's word and a sentence in ASCII."""

    @functools.wraps(view)
    def speaking(**values: Any) -> Response:
        try:
            return view(**values)
        except Refused as refusal:
            word = getattr(refusal, "error", None) or (
                "temporarily_unavailable" if refusal.status == 429 else "invalid_request"
            )
            body = {"error": word, "error_description": str(refusal)}
            return _later(as_json(body, refusal.status), refusal)

    return speaking


def speaking_api(view: Callable[..., Response]) -> Callable[..., Response]:
    """A view whose refusals are the Open Badges API's: `Imsx_StatusInfo`."""

    @functools.wraps(view)
    def speaking(**values: Any) -> Response:
        g.broken_body = status_info.body(status_info.BROKEN, "Something broke on our side.")
        try:
            return view(**values)
        except Refused as refusal:
            code = status_info.BUSY if refusal.status == 429 else status_info.DATA
            challenge = ""
            if isinstance(refusal, ApiRefused):
                code, challenge = refusal.code, refusal.challenge
            response = as_json(status_info.body(code, str(refusal)), refusal.status)
            if challenge:
                response.headers["WWW-Authenticate"] = challenge
            return _later(response, refusal)

    return speaking


def _later(response: Response, refusal: Refused) -> Response:
    if isinstance(refusal, TooMuch):
        response.headers["Retry-After"] = str(int(refusal.wait.total_seconds()))
    return response
