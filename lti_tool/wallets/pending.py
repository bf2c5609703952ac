"""A request that waits for its person: sealed, for half an hour, kept by their browser alone."""

import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer

from lti_tool.errors import NotFound

WAITS = timedelta(minutes=30)
_SALT = "wallets.request"
_WINDOW = "wallets.window"
OPENS_FOR = timedelta(minutes=15)

PARAMETERS = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
)


class NothingWaits(NotFound):
    """No request waits here, or it waited for too long."""


def seal(given: Mapping[str, Sequence[str]], secret: str, *, now: datetime) -> str:
    """An authorization request as a text that only we can have written."""
    kept = {name: list(given[name]) for name in PARAMETERS if name in given}
    return _sealer(secret, _SALT).dumps([json.dumps(kept), int((now + WAITS).timestamp())])


def unseal(sealed: str, secret: str, *, now: datetime) -> dict[str, list[str]]:
    """The request again. Raises `NothingWaits`."""
    kept: dict[str, list[str]] = json.loads(_open(sealed, secret, _SALT, now))
    return kept


def seal_visit(visit_id: int, secret: str, *, now: datetime) -> str:
    """What a page in a frame posts into a window of its own, to be known there."""
    end = int((now + OPENS_FOR).timestamp())
    return _sealer(secret, _WINDOW).dumps([f"{visit_id} {secrets.token_urlsafe(16)}", end])


def unseal_visit(sealed: str, secret: str, *, now: datetime) -> tuple[int, str]:
    """The id of the visit that goes on, and the token of the one in which it does.

    What was sealed once leads to one token, and no two visits have the same: so it opens one
    window. Only we can tell the token, for it is made with our secret.

    Raises `NothingWaits`.
    """
    kept = _open(sealed, secret, _WINDOW, now)
    token = hmac.new(secret.encode(), f"{_WINDOW} {kept}".encode(), "sha256").hexdigest()
    return int(kept.partition(" ")[0]), token


def _open(sealed: str, secret: str, salt: str, now: datetime) -> str:
    try:
        kept, end = _sealer(secret, salt).loads(sealed)
    except (BadSignature, ValueError, UnicodeError) as error:
        raise _nothing() from error
    if now.timestamp() >= end:
        raise _nothing()
    return str(kept)


def _nothing() -> NothingWaits:
    return NothingWaits(
        "No service waits for your answer here. A request waits for half an hour, in the browser"
        " in which it began. Go back to the service and begin again."
    )


def _sealer(secret: str, salt: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt=salt)
