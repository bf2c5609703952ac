"""The page of a launch that is refused."""

import secrets
from urllib.parse import urlencode, urlsplit, urlunsplit

import structlog
from flask import g, render_template, url_for
from flask import request as http
from sqlalchemy.exc import SQLAlchemyError

from lti_tool.launch import records
from lti_tool.launch.problems import LaunchProblem
from lti_tool.web.observing import launched
from lti_tool.web.session import clock, transaction

log = structlog.get_logger(__name__)


def problem_page(problem: LaunchProblem) -> tuple[str, int]:
    """The page of a refusal, and the same in the log under the page's reference."""
    cause = problem.cause
    log.warning(
        "launch.refused",
        code=cause.code,
        compared={value.name: [value.received, value.expected] for value in problem.values},
        **problem.seen.facts(),
    )
    launched(cause.code)
    _write_down(problem)
    in_frame = http.headers.get("Sec-Fetch-Dest") in {"iframe", "frame"}
    restart = window = handle = None
    if problem.offer is not None:
        again = dict(problem.offer.parameters)
        # A window begins once; its frame asks by the handle what became of it (T-106).
        handle = secrets.token_urlsafe(32)
        restart = url_for(".login", **again)  # type: ignore[arg-type]
        window = url_for(".login", **again, window=handle)  # type: ignore[arg-type]
    page = render_template(
        "launch/problem.html",
        problem=problem,
        cause=cause,
        restart=restart,
        window=window,
        handle=handle,
        in_frame=in_frame,
        way_back=_way_back(problem),
        reference=g.correlation_id,
    )
    return page, cause.status


def _write_down(problem: LaunchProblem) -> None:
    """Keep the refusal for the launch doctor; the page comes also where the database is away."""
    try:
        with transaction(durable=False) as session:
            records.keep_refused(
                session,
                problem.cause.code,
                problem.seen,
                reference=g.correlation_id,
                compared=problem.values,
                now=clock(),
            )
    except SQLAlchemyError:
        log.exception("launch.not-recorded", code=problem.cause.code)


def _way_back(problem: LaunchProblem) -> str | None:
    """The course's address, told what went wrong (LTI Core 1.3, 5.4.4; T-083)."""
    if not problem.return_url:
        return None
    kind = "msg" if problem.cause.is_only_waiting else "errormsg"
    line = "log" if problem.cause.is_only_waiting else "errorlog"
    said = urlencode(
        {
            f"lti_{kind}": problem.cause.happened,
            f"lti_{line}": f"{problem.cause.code} {g.get('correlation_id', '')}".strip(),
        }
    )
    parts = urlsplit(problem.return_url)
    # The address keeps its own query to the letter, and its fragment at the end.
    query = f"{parts.query}&{said}" if parts.query else said
    return urlunsplit(parts._replace(query=query))
