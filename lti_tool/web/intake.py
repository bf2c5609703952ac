"""What may come in at all: numbers a row can have, texts a database can keep, nobody's host."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from werkzeug.routing import IntegerConverter, Map

from lti_tool.errors import Refused
from lti_tool.web.permissions import PUBLIC

LARGEST_NUMBER = 2**31 - 1
"""No row has a higher one; PostgreSQL refuses even to look for it."""


class Unkeepable(Refused):
    """A text holds the one character that no database keeps."""

    status = 400


class RowNumber(IntegerConverter):
    """A number in an address: plain digits, small enough for a row; anything else is a 404."""

    regex = r"[0-9]{1,10}"

    def __init__(self, url_map: Map) -> None:
        """Take no options: every number in an address is one of a row."""
        super().__init__(url_map, max=LARGEST_NUMBER)


def _no_zero_characters() -> None:
    """PostgreSQL keeps no text with U+0000, and nobody writes it by hand.

    The path is looked at for everybody. Public views keep nothing of queries and forms; the
    launch, which does, refuses such texts with a page of its own.
    """
    _refuse_zero([request.path])
    if request.endpoint is None or g.guard == PUBLIC:
        return
    _refuse_zero(word for values in request.args.listvalues() for word in values)
    _refuse_zero(request.args)
    if request.method == "POST":
        _refuse_zero(word for values in request.form.listvalues() for word in values)
        _refuse_zero(request.form)


def _refuse_zero(words: Iterable[str]) -> None:
    if any("\0" in word for word in words):
        raise Unkeepable(
            "What was sent holds a character that cannot be kept (U+0000). It usually comes along"
            " with pasted text: type the passage by hand, or paste it as plain text."
        )


def _believe_no_host(response: Response) -> Response:
    """Let a corrected address (a slash too many or too few) lead nowhere but here.

    Werkzeug makes it absolute from the `Host` header, which is whatever the sender likes.
    """
    if response.status_code == 308:
        parts = urlsplit(response.location or "")
        path = "/" + parts.path.lstrip("/")
        response.location = f"{path}?{parts.query}" if parts.query else path
    return response


def install(app: Flask) -> None:
    """Read numbers in addresses with care, and look at what comes in. After the guard."""
    app.after_request(_believe_no_host)
    app.url_map.converters = {**app.url_map.converters, "int": RowNumber}
    app.before_request(_no_zero_characters)
