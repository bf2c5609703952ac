"""How files for anybody's program are answered: media types, caching, an ETag, any site."""

from collections.abc import Mapping
from typing import Any

from flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool.badges import documents
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import Badge
from lti_tool.badges.published import Published
from lti_tool.web.session import house, settings

Page = str | Response | tuple[str, int]

HTML = "text/html"
CREDENTIAL_TYPES = (
    "application/vc",
    "application/vc+ld+json",
    "application/ld+json",
    "application/json",
)
JWT = "application/vc+jwt"
PNG, SVG = "image/png", "image/svg+xml"

A_LITTLE_WHILE = "public, max-age=300"
"""For what may change: status lists, keys."""
FOR_GOOD = "public, max-age=86400"
"""For what never changes at its address: an achievement's version."""
ONLY_THE_EARNER = "private, no-store"
EACH_TIME = "no-cache"
"""For what its earner may stop sharing at any moment."""

ALONE = "default-src 'none'; img-src data:; sandbox"
"""A picture may have a supplied one inside, which stands in it as a `data:` address."""

ID = "<string(length=22):public_id>"


def own_documents(session: Session) -> Published:
    """What this installation publishes, in the transaction of the request."""
    return Published(session, house().keyring, Addresses(settings().base_url))


def answer(
    body: bytes | str | Mapping[str, Any],
    media_type: str,
    *,
    cache: str = EACH_TIME,
    status: int = 200,
) -> Response:
    """A file for anybody's program: cached as told, with an ETag, readable from any site."""
    content = documents.as_json(body) if isinstance(body, Mapping) else body
    response = Response(content, status=status, content_type=_with_charset(media_type))
    response.headers["Cache-Control"] = cache
    response.headers["Access-Control-Allow-Origin"] = "*"
    # A name stands in the pictures: opened by itself, an SVG is a page that runs nothing.
    response.headers["Content-Security-Policy"] = ALONE
    response.add_etag()
    return response.make_conditional(request.environ)


def _with_charset(media_type: str) -> str:
    is_text = media_type.startswith("text/") or media_type == SVG
    return f"{media_type}; charset=utf-8" if is_text else media_type


def caching_of(award: Badge) -> str:
    """How long others may keep what belongs to an award."""
    return EACH_TIME if award.shared_at else ONLY_THE_EARNER


def json_type() -> str:
    """`application/ld+json`, unless only plain JSON is asked for (Open Badges 2.0, section 5)."""
    kinds = ["application/ld+json", "application/json"]
    return request.accept_mimetypes.best_match(kinds, "application/ld+json")
