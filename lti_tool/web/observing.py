"""What an operator sees: one log line a request, health, readiness and metrics."""

import hmac
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from typing import cast

import structlog
from flask import Blueprint, Flask, Response, current_app, g, jsonify, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from lti_tool import jobs, logs, schema
from lti_tool.database import read_session
from lti_tool.web.permissions import public
from lti_tool.web.session import clock, house, settings

log = structlog.get_logger("lti_tool.request")

bp = Blueprint("observing", __name__)

HEADER = "X-Request-Id"
FOREIGN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
QUIET = frozenset({"observing.healthz", "observing.readyz", "observing.metrics", "static"})
"""Asked every few seconds by machines: counted, but not worth a line."""

LAUNCH = "launch.launch"

Count = Callable[[Session, datetime], Mapping[str, float]]
"""Counts something in the database, by a word such as a state."""


@dataclass(frozen=True)
class Watched:
    """Something that is counted in the database whenever the metrics are read."""

    name: str
    words: str
    label: str
    count: Count


@dataclass(frozen=True)
class Instruments:
    """The metrics of one application."""

    registry: CollectorRegistry
    requests: Counter
    seconds: Histogram
    launches: Counter
    watched: list[Watched] = field(default_factory=list)


class FromDatabase:
    """Collects what is counted in the database, afresh each time."""

    def __init__(self, watched: list[Watched]) -> None:
        """Count these."""
        self.watched = watched

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Ask the database, within a request of the application."""
        with read_session(house().engine) as session:
            for one in self.watched:
                gauge = GaugeMetricFamily(one.name, one.words, labels=[one.label])
                for word, value in one.count(session, clock()).items():
                    gauge.add_metric([word], value)
                yield gauge


def instruments() -> Instruments:
    """The metrics of the running application."""
    return cast(Instruments, current_app.extensions["cairn.instruments"])


def launched(outcome: str) -> None:
    """Count a launch: `accepted`, or the code of the problem that stopped it."""
    instruments().launches.labels(outcome).inc()


def watch(app: Flask, name: str, words: str, *, label: str, count: Count) -> None:
    """Add a gauge that is counted in the database whenever `/metrics` is read."""
    known: Instruments = app.extensions["cairn.instruments"]
    known.watched.append(Watched(name=name, words=words, label=label, count=count))


def include(app: Flask, collector: Collector) -> None:
    """Show a room's own numbers in `/metrics`."""
    known: Instruments = app.extensions["cairn.instruments"]
    known.registry.register(collector)


def count_jobs(session: Session, now: datetime) -> Mapping[str, float]:
    """Background work: jobs by where they stand, and the processes that carry them out."""
    found = jobs.health(session, now)
    return {
        "waiting": found.waiting,
        "delayed": found.delayed,
        "broken": found.broken,
        "workers": len(found.workers),
    }


def _make_instruments() -> Instruments:
    registry = CollectorRegistry()
    return Instruments(
        registry=registry,
        requests=Counter(
            "cairn_requests",
            "Requests answered",
            ["endpoint", "method", "status"],
            registry=registry,
        ),
        seconds=Histogram(
            "cairn_request_seconds",
            "Time from the first to the last byte of an answer's making",
            ["endpoint"],
            registry=registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
        ),
        launches=Counter(
            "cairn_launches",
            "Launches, by what became of them",
            ["outcome"],
            registry=registry,
        ),
    )


def _begin() -> None:
    g.began = time.perf_counter()
    foreign = request.headers.get(HEADER, "")
    g.correlation_id = foreign if FOREIGN_ID.fullmatch(foreign) else secrets.token_hex(8)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=g.correlation_id)


def _end(response: Response) -> Response:
    endpoint = request.endpoint or "none"
    seconds = time.perf_counter() - g.began
    known = instruments()
    known.requests.labels(endpoint, request.method, str(response.status_code)).inc()
    known.seconds.labels(endpoint).observe(seconds)
    response.headers[HEADER] = g.correlation_id
    if endpoint not in QUIET:
        visit = g.get("visit")
        log.info(
            "request",
            method=request.method,
            endpoint=endpoint,
            # Never the query, and of the path only what its rule names: a rule knows which part
            # is a token, an address does not.
            route=request.url_rule.rule if request.url_rule else _without_tokens(request.path),
            arguments={
                name: value[:100] if isinstance(value, str) else value
                for name, value in (request.view_args or {}).items()
            },
            status=response.status_code,
            milliseconds=round(seconds * 1000, 1),
            person=visit.person_id if visit is not None else None,
        )
    return response


def _without_tokens(path: str) -> str:
    """A path no rule knows; what is long enough to be a token, mistyped perhaps, is left out."""
    return re.sub(r"[^/]{20,}", logs.HIDDEN, path)[:200]


@bp.get("/healthz")
@public
def healthz() -> Response:
    """Whether the process answers at all; nothing else is asked."""
    return jsonify(status="alive")


@bp.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """Whether requests may be sent here: the database answers and every migration has run.

    How many processes work in the background is told too, but none is no reason to send nobody:
    what they have to do waits in the database.
    """
    faults = []
    working = 0
    try:
        with read_session(house().engine) as session:
            working = len(jobs.workers(session, clock()))
        if schema.pending(house().engine):
            faults.append("migrations are pending: run `cairn db upgrade`")
    except SQLAlchemyError:
        log.exception("not ready: the database does not answer")
        faults.append("the database does not answer")
    if faults:
        return jsonify(status="not ready", faults=faults, background=working), 503
    return jsonify(status="ready", background=working), 200


@bp.get("/metrics")
@public
def metrics() -> Response:
    """Prometheus metrics, for who has the token; without a token, for this machine only."""
    token = settings().metrics_token.get_secret_value()
    if token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), token.encode()):
            return Response(
                "A bearer token is needed: CAIRN_METRICS_TOKEN.\n",
                status=401,
                headers={"WWW-Authenticate": "Bearer"},
                mimetype="text/plain",
            )
    elif not _from_this_machine():
        return Response(
            "Metrics are read from this machine only, unless CAIRN_METRICS_TOKEN is set.\n",
            status=403,
            mimetype="text/plain",
        )
    known = instruments()
    counted = known.registry
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        # Several web processes: each keeps its numbers in a file, and any of them adds all up.
        counted = CollectorRegistry()
        MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    asked = CollectorRegistry()
    asked.register(FromDatabase(known.watched))
    return Response(
        generate_latest(counted) + generate_latest(asked),
        content_type=CONTENT_TYPE_LATEST,
    )


def _from_this_machine() -> bool:
    # A proxy on this machine speaks for the whole world; it leaves its mark in a header.
    if any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "X-Real-Ip")):
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def install(app: Flask) -> None:
    """Give every request an id, a line and a number. Comes before every other hook."""
    app.before_request(_begin)
    app.after_request(_end)
    app.register_blueprint(bp)


def begin(app: Flask) -> None:
    """Write lines where this process writes them, and set every number to nothing."""
    logs.configure()
    app.extensions["cairn.instruments"] = _make_instruments()
    watch(app, "cairn_jobs", "Background work", label="state", count=count_jobs)
