"""Background work: enqueue, schedule, run, health. The only module that knows the engine (DBOS).

The rows of the rooms are the truth; a job only makes sure that somebody looks at them. So a job is
written so that running it twice, or late, or halfway, does no harm. It is enqueued inside the
transaction that made it necessary: both happen or neither does.

The engine is imported when it is needed and not before: it takes half a second that `cairn --help`
shall not pay.
"""

from __future__ import annotations

import functools
import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import Engine, create_engine, delete
from sqlalchemy.orm import Session

from lti_tool.background import (
    BEAT,
    DEAD_AFTER,
    JOBS,
    SCHEDULES,
    Cron,
    Job,
    JobContext,
    JobHealth,
    WorkerHeartbeat,
    alive,
    clock_now,
    every,
    job,
    schedule,
    seen,
)
from lti_tool.database import connect
from lti_tool.keyring import Keyring
from lti_tool.settings import Settings

if TYPE_CHECKING:
    from dbos import DBOSClient

__all__ = [
    "DEAD_AFTER",
    "JobContext",
    "JobHealth",
    "Runner",
    "WorkerHeartbeat",
    "carry_out",
    "enqueue",
    "every",
    "health",
    "is_engine_table",
    "job",
    "prepare",
    "run",
    "schedule",
    "workers",
]

log = structlog.get_logger(__name__)

APPLICATION = "cairn"
VERSION = "1"
"""Pinned: by default the engine makes a version of the code's digest and would leave the work of
the release before lying. Raise it only when a job's arguments change their meaning."""
QUEUE = "cairn"
SCHEMA = "dbos"
"""Where the engine keeps its tables on PostgreSQL; on SQLite they lie beside ours."""

KEEP_FINISHED = timedelta(days=7)
RETRIES = (10.0, 60.0, 600.0, 3600.0)
"""Seconds before a job that broke is tried again; then its sweep has to notice."""
AT_ONCE = 4
"""Jobs one process carries out at the same time."""

_ENGINE_TABLES = frozenset(
    {
        "application_versions",
        "dbos_migrations",
        "event_dispatch_kv",
        "notifications",
        "operation_outputs",
        "queues",
        "streams",
        "workflow_events",
        "workflow_events_history",
        "workflow_input",
        "workflow_output",
        "workflow_schedules",
        "workflow_status",
    }
)


def enqueue(
    session: Session, name: str, *args: int | str, key: str, delay: timedelta | None = None
) -> None:
    """Ask for a job inside the caller's transaction.

    The same `name` and `key` twice is one job, for as long as its row is kept (seven days after it
    was done). With `delay` it runs no earlier than that; nothing sleeps meanwhile.
    """
    options: dict[str, Any] = {
        "workflow_name": name,
        "queue_name": QUEUE,
        "workflow_id": f"{name}/{key}",
        "app_version": VERSION,
        "serialization_type": _portable(),
    }
    if delay is not None and delay > timedelta(0):
        options["delay_seconds"] = delay.total_seconds()
    dialect = session.get_bind().dialect.name
    _enqueuer(dialect).enqueue_in_transaction(session, options, *args)  # type: ignore[arg-type]


def prepare(url: str) -> None:
    """Make or update the engine's own tables in the database at `url`; safe to repeat."""
    from dbos import DBOS

    _hush()
    DBOS.migrate(url, schema=SCHEMA)


def is_engine_table(name: str | None, schema: str | None = None) -> bool:
    """Whether a table belongs to the engine, so that our migrations leave it alone."""
    return schema == SCHEMA or name in _ENGINE_TABLES


def workers(session: Session, now: datetime) -> tuple[str, ...]:
    """The processes that beat within the last thirty seconds; asks our own table only."""
    return tuple(alive(session, now))


def health(session: Session, now: datetime) -> JobHealth:
    """How many processes live and how much waits, for `/metrics`."""
    # On SQLite a second connection of ours would wait for the lock its caller may hold.
    client = _client(session.get_bind().engine.execution_options(read_only=True))

    def count(status: str, since: datetime | None = None) -> int:
        return len(
            client.list_workflows(
                status=status,
                limit=1000,
                start_time=since.isoformat() if since else None,
                load_input=False,
                load_output=False,
            )
        )

    return JobHealth(
        workers=workers(session, now),
        waiting=count("ENQUEUED"),
        delayed=count("DELAYED"),
        broken=count("ERROR", now - KEEP_FINISHED),
    )


class Runner:
    """A process's background work, from `run` until `stop`."""

    def __init__(self, context: JobContext, executor: str, engine: Engine) -> None:
        """Hold what `run` has started; `engine` is for the few calls beside the jobs."""
        self.context = context
        self.executor = executor
        self._engine = engine
        self._client = _client(engine)
        self._ended = threading.Event()
        self._heart = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def bring(self, schedules: Mapping[str, Cron]) -> None:
        """Make the engine's schedules these; another process may do the same at the same time."""
        settings = self.context.settings
        self._client.apply_schedules(
            [
                {
                    "schedule_name": name,
                    "workflow_name": f"{name}:tick",
                    "schedule": cron if isinstance(cron, str) else cron(settings),
                    "queue_name": QUEUE,
                }
                for name, cron in sorted(schedules.items())
            ]
        )

    def begin(self) -> None:
        """Start the heartbeat."""
        self._heart.start()

    def stop(self, patience: float = 10.0) -> None:
        """Take no more jobs, wait for those at work (at most `patience` seconds), let go."""
        from dbos import DBOS

        self._ended.set()
        self.context.ending.set()
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=max(1, int(patience)))
        self._heart.join(timeout=5)
        with self.context.sessions() as session:
            session.execute(
                delete(WorkerHeartbeat).where(WorkerHeartbeat.executor == self.executor)
            )
        self._client.destroy()
        self._engine.dispose()
        self.context.engine.dispose()

    def _beat(self) -> None:
        while not self._ended.wait(BEAT.total_seconds()):
            try:
                self.beat()
            except Exception:  # the database may be away for a while; the next beat tries again
                log.exception("heartbeat failed")

    def beat(self) -> None:
        """Say that this process lives, and take over what dead ones left half done."""
        now = self.context.now()
        with self.context.sessions() as session:
            seen(session, self.executor, now)
            session.execute(
                delete(WorkerHeartbeat).where(WorkerHeartbeat.seen_at < now - timedelta(days=1))
            )
            living = set(alive(session, now))
        orphans = [
            found.workflow_id
            for found in self._client.list_workflows(
                status="PENDING", limit=1000, load_input=False, load_output=False
            )
            if found.executor_id not in living
        ]
        if orphans:
            log.warning("taking over from a process that died", jobs=len(orphans))
            self._client.resume_workflows(orphans, queue_name=QUEUE)


def run(settings: Settings) -> Runner:
    """Carry out jobs in this process, in threads, until `stop` is called on what is returned.

    Only one `run` at a time in one process: the engine is a singleton. The database must have been
    migrated and prepared.
    """
    from dbos import DBOS

    _hush()
    engine = connect(settings.database_url)
    context = JobContext(settings, engine, Keyring.open(settings, engine, clock_now()))
    executor = _executor(settings)
    with context.sessions() as session:
        seen(session, executor, context.now())

    DBOS(
        config={
            "name": APPLICATION,
            # The engine opens its own connections: on SQLite ours take the write lock for every
            # transaction, and its polling mostly reads.
            "system_database_url": settings.database_url,
            "dbos_system_schema": SCHEMA,
            "application_version": VERSION,
            "executor_id": executor,
            "run_migrations": False,
            "sys_db_pool_size": 5,
            "enable_otlp": False,
            "log_level": "WARNING",
        }
    )
    for name, function in JOBS.items():
        _register(context, name, function)
    DBOS.launch()
    DBOS.register_queue(QUEUE, worker_concurrency=AT_ONCE, polling_interval_sec=0.25)

    runner = Runner(context, executor, _engine_beside(settings))
    runner.bring(SCHEDULES)
    runner.begin()
    log.info("background work begins", executor=executor, jobs=sorted(JOBS))
    return runner


def carry_out(context: JobContext, name: str, *args: int | str) -> None:
    """Run one job here and now, without the engine: for commands and tests."""
    JOBS[name](context, *args)


def _engine_beside(settings: Settings) -> Engine:
    """An engine for a client's few calls, beside the jobs' own so that neither waits."""
    if settings.is_sqlite:
        return create_engine(
            settings.database_url, connect_args={"timeout": 30, "isolation_level": "IMMEDIATE"}
        )
    return create_engine(settings.database_url, pool_size=1, max_overflow=2, pool_pre_ping=True)


def _register(context: JobContext, name: str, function: Job) -> None:
    from dbos import DBOS

    def once(*args: int | str) -> None:
        _work(context, name, function, args, DBOS.workflow_id or name)

    def tick(_at: datetime, _given: Any) -> None:
        _work(context, name, function, (), None)

    # The engine's registry wants a qualified name of each function's own.
    once.__qualname__ = name
    tick.__qualname__ = f"{name}:tick"
    DBOS.workflow(name=name)(once)
    if name in SCHEDULES:
        DBOS.workflow(name=f"{name}:tick")(tick)


def _work(
    context: JobContext, name: str, function: Job, args: tuple[int | str, ...], key: str | None
) -> None:
    """Run a job; one that breaks is logged and tried again later, a scheduled one at its tick."""
    began = time.monotonic()
    with structlog.contextvars.bound_contextvars(job=name, job_args=list(args)):
        try:
            function(context, *args)
        except Exception:
            base, _, count = (key or "").removeprefix(f"{name}/").partition("~")
            tries = int(count or 0)
            if key is None or tries >= len(RETRIES):
                log.exception("job broke and gave up", tries=tries)
                raise
            log.exception("job broke and is tried again", wait_seconds=RETRIES[tries])
            with context.sessions() as session:
                enqueue(
                    session,
                    name,
                    *args,
                    key=f"{base}~{tries + 1}",
                    delay=timedelta(seconds=RETRIES[tries]),
                )
        else:
            log.debug("job done", milliseconds=round(1000 * (time.monotonic() - began)))


@job("jobs.purge")
def purge(context: JobContext) -> None:
    """Forget jobs that ended more than seven days ago; the engine would keep them for ever."""
    engine = _engine_beside(context.settings)
    client = _client(engine)
    before = (context.now() - KEEP_FINISHED).isoformat()
    try:
        while True:
            ended = client.list_workflows(
                status=["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"],
                completed_before=before,
                limit=500,
                load_input=False,
                load_output=False,
            )
            if not ended:
                return
            client.delete_workflows([found.workflow_id for found in ended])
            log.info("old jobs forgotten", count=len(ended))
    finally:
        client.destroy()
        engine.dispose()


schedule("jobs.purge", "23 3 * * *")


def _executor(settings: Settings) -> str:
    """The name of this process.

    The embedded one is always the same, so that a restart takes its predecessor's work over at
    once; elsewhere a name is never used twice.
    """
    if settings.is_sqlite:
        return "embedded"
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def _portable() -> Any:
    from dbos import WorkflowSerializationFormat

    # JSON: rows that a person can read, and nothing that is executed when it is loaded.
    return WorkflowSerializationFormat.PORTABLE


def _client(engine: Engine) -> DBOSClient:
    from dbos import DBOSClient

    _hush()
    return DBOSClient(
        system_database_engine=engine,
        dbos_system_schema=SCHEMA,
        application_name=APPLICATION,
        lazy=True,
        retry_connection_errors=False,
    )


@functools.cache
def _enqueuer(dialect: str) -> DBOSClient:
    """A client that only writes through callers' sessions; its own engine never connects."""
    return _client(create_engine("sqlite://" if dialect == "sqlite" else "postgresql+psycopg://"))


def _hush() -> None:
    """Keep the engine's own log handler out: its records go where ours go, warnings and worse."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
        logger.setLevel(logging.WARNING)
