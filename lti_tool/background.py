"""What background work is, whatever engine carries it out: its context, its names, its heartbeats.

Rooms import all of this from `jobs`, which adds the engine.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from lti_tool.database import Base, read_session, sessions
from lti_tool.keyring import Keyring
from lti_tool.settings import Settings

BEAT = timedelta(seconds=5)
DEAD_AFTER = timedelta(seconds=30)
"""A process that has not beaten for so long is taken for dead."""


class WorkerHeartbeat(Base):
    """A process that carries out jobs, and when it last said that it lives."""

    __tablename__ = "worker_heartbeat"

    executor: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)


def clock_now() -> datetime:
    """The present moment: the only place where the background asks for it."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class JobContext:
    """What a job may use. It opens its own transactions, as short as it can."""

    settings: Settings
    engine: Engine
    keyring: Keyring
    clock: Callable[[], datetime] = field(default=clock_now, repr=False)
    ending: threading.Event = field(default_factory=threading.Event, repr=False)
    """Set when the process was asked to stop: a job that does one thing after the other looks."""

    @contextmanager
    def sessions(self) -> Iterator[Session]:
        """A session that writes; commits at the end, rolls back when something is raised."""
        with sessions(self.engine).begin() as session:
            yield session

    def read(self) -> AbstractContextManager[Session]:
        """A session that only reads."""
        return read_session(self.engine)

    def now(self) -> datetime:
        """The moment, aware and in UTC."""
        return self.clock()


Job = Callable[..., None]
Cron = str | Callable[[Settings], str]


@dataclass(frozen=True)
class JobHealth:
    """How the background is doing."""

    workers: tuple[str, ...]
    """Executors that beat within the last thirty seconds."""
    waiting: int
    """Jobs that could run now; counted up to 1,000."""
    delayed: int
    """Jobs whose time has not come."""
    broken: int
    """Jobs that gave up within the last seven days."""

    @property
    def is_alive(self) -> bool:
        """Whether anybody is there to work."""
        return bool(self.workers)


JOBS: dict[str, Job] = {}
SCHEDULES: dict[str, Cron] = {}


def job(name: str) -> Callable[[Job], Job]:
    """Register a function `(context, *args)` under `<room>.<verb>`.

    The room's module with its jobs has to be imported by `worker.py`. Raises `ValueError` when
    the name is taken by another function.
    """

    def register(function: Job) -> Job:
        known = JOBS.setdefault(name, function)
        if known is not function:
            raise ValueError(f"two jobs are called {name}")
        return function

    return register


def schedule(name: str, cron: Cron) -> None:
    """Let a registered job that takes no arguments run again and again.

    `cron` has five fields, or six with seconds first, in UTC; or it is a function of the settings.
    However many processes there are, each tick runs once.
    """
    SCHEDULES[name] = cron


def every(seconds: int) -> str:
    """The cron line for about every so many seconds (1 to 3600)."""
    if seconds < 60:
        return f"*/{seconds} * * * * *"
    return f"0 */{min(59, seconds // 60)} * * * *"


def seen(session: Session, executor: str, now: datetime) -> None:
    """Write one heartbeat."""
    row = session.get(WorkerHeartbeat, executor)
    if row is None:
        session.add(WorkerHeartbeat(executor=executor, started_at=now, seen_at=now))
    else:
        row.seen_at = now


def alive(session: Session, now: datetime) -> list[str]:
    """The executors that beat lately, by name."""
    return list(
        session.scalars(
            select(WorkerHeartbeat.executor)
            .where(WorkerHeartbeat.seen_at > now - DEAD_AFTER)
            .order_by(WorkerHeartbeat.executor)
        )
    )
