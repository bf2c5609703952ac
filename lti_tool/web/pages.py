"""What every page shares: error pages, dates, prose, and the headers that keep a page to itself."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import nh3
import structlog
from babel.dates import format_date, format_datetime
from flask import Flask, Response, g, render_template, request
from markdown_it import MarkdownIt
from markupsafe import Markup, escape
from sqlalchemy import select
from werkzeug.exceptions import HTTPException, InternalServerError

from lti_tool.database import read_session
from lti_tool.errors import Refused
from lti_tool.people.models import Person
from lti_tool.web.permissions import ThreadLost
from lti_tool.web.session import clock, house, recall_visit, settings

log = structlog.get_logger(__name__)

PROSE_TAGS = {
    "p", "br", "em", "strong", "ul", "ol", "li", "a", "code", "pre", "blockquote",
    "h3", "h4", "h5", "h6", "hr", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip


_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]*:[0-9a-f:.]*")


def origin_of(url: str) -> str:
    """Scheme, host and port of an address as a header carries them; empty where it has none.

    Hosts in other scripts are written in ASCII. What no host can hold would end a policy and begin
    another, so such an address has no origin.
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = "" if parts.port is None else f":{parts.port}"
    except (ValueError, UnicodeError):
        return ""
    if not parts.scheme or not _HOST.fullmatch(host):
        return ""
    return f"{parts.scheme}://[{host}]{port}" if ":" in host else f"{parts.scheme}://{host}{port}"


@lru_cache(maxsize=512)
def prose(text: str) -> Markup:
    """Markdown as safe HTML: raw HTML is dropped, links open apart and tell nobody where from."""
    html = MarkdownIt("js-default").render(text)
    return Markup(  # noqa: S704  sanitised on this very line
        nh3.clean(
            html,
            tags=PROSE_TAGS,
            attributes={"a": {"href", "target"}},
            link_rel="noopener noreferrer",
        )
    )


def when(moment: datetime | None, zone: ZoneInfo | None = None) -> Markup:
    """A date and time with its zone; near ones with their weekday. Scripts may localise it.

    With `zone` it is told there, and stays so: the zone of a program whose midnight decides.
    """
    if moment is None:
        return Markup("")
    place = zone or settings().zone
    near = abs((clock() - moment).days) < 6
    shape = "EEEE d MMMM, HH:mm z" if near else "d MMMM y, HH:mm z"
    words = format_datetime(moment.astimezone(place), shape, tzinfo=place, locale="en_US")
    if zone:
        return escape(words)
    return Markup('<time datetime="{}">{}</time>').format(moment.isoformat(), words)


def day(moment: datetime | date | None, zone: ZoneInfo | None = None) -> Markup:
    """A date without a time: of `zone` where one is given, else of the installation."""
    if moment is None:
        return Markup("")
    if isinstance(moment, datetime):
        moment = moment.astimezone(zone or settings().zone).date()
    words = format_date(moment, "d MMMM y", locale="en_US")
    return Markup('<time datetime="{}">{}</time>').format(moment.isoformat(), words)


def number(value: Decimal | float | None) -> str:
    """A number as people write it: `30`, `7.5`, never `30.00`."""
    if value is None:
        return ""
    shown = f"{Decimal(value).quantize(Decimal('0.01')):f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def _refused(refusal: Refused) -> tuple[str, int]:
    if isinstance(refusal, ThreadLost):
        return render_template("reloaded.html", words=str(refusal)), refusal.status
    return (
        render_template("error.html", title=_title(refusal.status), words=str(refusal)),
        refusal.status,
    )


def _title(status: int) -> str:
    return {
        400: "That could not be read",
        401: "You are not signed in",
        403: "This is not yours to see",
        404: "Nothing here",
        405: "That address works another way",
        409: "That cannot be done now",
        413: "That is too large",
        429: "Too much at once",
    }.get(status, "Something went wrong on our side")


def _http_error(error: HTTPException) -> tuple[str, int] | Response:
    if error.response is not None:
        return error.response  # type: ignore[return-value]
    status = error.code or 500
    words = {
        404: "There is nothing at this address. If a link led you here, say so where you found it.",
        405: "This address is not a page. Go back to your course and click the link again.",
        413: f"At most {settings().upload_limit // (1024 * 1024)} MB fit in one upload.",
    }.get(status, error.description or "")
    return render_template("error.html", title=_title(status), words=words), status


def _broken(error: Exception) -> tuple[str | dict[str, Any], int]:
    log.error("request.broken", exc_info=error, route=str(request.url_rule))
    if "broken_body" in g:  # a program asked, which reads no page
        return g.broken_body, InternalServerError.code or 500
    return (
        render_template(
            "error.html",
            title=_title(500),
            words="Nothing you wrote was half-saved. Try again in a minute; if it happens again,"
            " send the reference below to whoever runs this tool.",
        ),
        InternalServerError.code or 500,
    )


def _headers(response: Response) -> Response:
    found = recall_visit() if "visit" in g else None
    ancestors = "*"
    if found is not None:
        ancestors = " ".join(["'self'", *found.frame_origins])
    if g.get("stands_alone"):  # a page on which one click gives something away
        ancestors = "'none'"
    extra = " ".join(["'self'", *g.get("form_targets", ())])
    response.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        " font-src 'self'; connect-src 'self'; media-src 'self'; base-uri 'none';"
        f" form-action {extra}; frame-ancestors {ancestors}",
    )
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if settings().is_https:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if found is not None:
        response.headers.setdefault("Cache-Control", "private, no-store")
    return response


def _shared() -> dict[str, Any]:
    return {"the_visit": recall_visit(), "reference": g.get("correlation_id", "")}


def visitor_name() -> str:
    """The name of the person who is here, so that nobody acts as somebody else unawares."""
    found = recall_visit()
    if found is None:
        return ""
    with read_session(house().engine) as session:
        return session.scalars(select(Person.name).where(Person.id == found.person_id)).one()


def _room_styles(folder: Path) -> Callable[[str | None], list[str]]:
    """The rubric's sheet, which any room may show, and the room's own if it has one."""
    present = {path.name for path in folder.glob("*.css")}

    def styles(room: str | None) -> list[str]:
        wanted = dict.fromkeys(("programs.css", f"{room}.css"))
        return [sheet for sheet in wanted if sheet in present]

    return styles


def install(app: Flask) -> None:
    """Register filters, error pages and headers."""
    app.jinja_env.filters["when"] = when
    app.jinja_env.filters["day"] = day
    app.jinja_env.filters["number"] = number
    app.jinja_env.filters["prose"] = prose
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["visitor_name"] = visitor_name
    app.jinja_env.globals["room_styles"] = _room_styles(Path(str(app.static_folder)))
    app.context_processor(_shared)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _broken)
    app.after_request(_headers)
