"""The job engine: what is enqueued happens once, later, and also after a death."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text
from sqlalchemy.orm import Session

from lti_tool import jobs, processes, schema
from lti_tool.background import SCHEDULES
from lti_tool.database import connect, read_session, sessions
from lti_tool.jobs import JobContext, WorkerHeartbeat
from lti_tool.keyring import Keyring
from lti_tool.settings import Settings
from tests.journeys.siege import environment, now

WORDS: list[str] = []
"""What the jobs of these tests have done."""


@jobs.job("tests.say")
def say(_context: JobContext, word: str, number: int) -> None:
    WORDS.append(f"{word} {number}")


@jobs.job("tests.break")
def break_down(_context: JobContext) -> None:
    WORDS.append("broke")
    raise RuntimeError("a fault in the job")


@jobs.job("tests.tick")
def tick(_context: JobContext) -> None:
    WORDS.append("tick")


@pytest.fixture(autouse=True)
def nothing_said() -> None:
    WORDS.clear()


@pytest.fixture
def runner(settings: Settings) -> Iterator[jobs.Runner]:
    """Background work in this process."""
    running = jobs.run(settings)
    yield running
    running.stop(patience=1)


def eventually(holds: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} s; done so far: {WORDS}"
        time.sleep(0.05)


def test_a_job_happens_after_the_commit_and_once_for_one_key(
    engine: Engine, runner: jobs.Runner
) -> None:
    with sessions(engine).begin() as session:
        jobs.enqueue(session, "tests.say", "hello", 1, key="one")
        jobs.enqueue(session, "tests.say", "hello", 1, key="one")
        jobs.enqueue(session, "tests.say", "hello", 2, key="two")

    eventually(lambda: len(WORDS) == 2)
    time.sleep(0.5)

    assert sorted(WORDS) == ["hello 1", "hello 2"]
    assert runner.executor


def test_a_job_of_a_transaction_that_failed_never_happens(
    engine: Engine, runner: jobs.Runner
) -> None:
    with Session(engine) as session:
        jobs.enqueue(session, "tests.say", "never", 1, key="never")
        session.rollback()
    with sessions(engine).begin() as session:
        jobs.enqueue(session, "tests.say", "after", 1, key="after")

    eventually(lambda: WORDS)
    time.sleep(0.5)

    assert WORDS == ["after 1"]
    assert runner.executor


def test_a_delayed_job_waits_for_its_time(engine: Engine, runner: jobs.Runner) -> None:
    began = time.monotonic()
    with sessions(engine).begin() as session:
        jobs.enqueue(session, "tests.say", "late", 1, key="late", delay=timedelta(seconds=1.5))

    eventually(lambda: WORDS)

    assert time.monotonic() - began >= 1.5
    assert runner.executor


def test_a_job_that_broke_is_tried_again_later(engine: Engine, runner: jobs.Runner) -> None:
    with sessions(engine).begin() as session:
        jobs.enqueue(session, "tests.break", key="b")

    eventually(lambda: WORDS)

    def delayed() -> int:
        with read_session(engine) as session:
            return jobs.health(session, now()).delayed

    eventually(lambda: delayed() == 1)
    assert WORDS == ["broke"]
    assert runner.executor


def test_health_tells_who_works_and_what_waits(engine: Engine, settings: Settings) -> None:
    with sessions(engine).begin() as session:
        jobs.enqueue(session, "tests.say", "hello", 1, key="one")
    with read_session(engine) as session:
        before = jobs.health(session, now())
    assert (before.is_alive, before.waiting) == (False, 1)

    running = jobs.run(settings)
    eventually(lambda: WORDS)
    with read_session(engine) as session:
        during = jobs.health(session, now())
    running.stop(patience=1)
    with read_session(engine) as session:
        after = jobs.health(session, now())

    assert during.is_alive
    assert after.workers == ()


def test_the_work_of_a_process_that_died_is_taken_over(engine: Engine, runner: jobs.Runner) -> None:
    # Given a job that another process had begun before it fell silent
    long_ago = now() - 2 * jobs.DEAD_AFTER
    with sessions(engine).begin() as session:
        session.add(WorkerHeartbeat(executor="dead", started_at=long_ago, seen_at=long_ago))
        jobs.enqueue(session, "tests.say", "orphan", 1, key="orphan", delay=timedelta(minutes=5))
        status = "workflow_status" if engine.dialect.name == "sqlite" else "dbos.workflow_status"
        session.execute(
            text(
                f"UPDATE {status} SET status = 'PENDING', executor_id = 'dead'"
                " WHERE workflow_uuid = 'tests.say/orphan'"
            )
        )

    runner.beat()
    eventually(lambda: WORDS)

    assert WORDS == ["orphan 1"]


def test_two_processes_may_bring_the_same_schedule(settings: Settings) -> None:
    jobs.schedule("tests.tick", jobs.every(1))
    try:
        for _ in range(2):
            running = jobs.run(settings)
            eventually(lambda: WORDS)
            running.stop(patience=1)
    finally:
        SCHEDULES.pop("tests.tick")

    assert "tick" in WORDS


def test_old_jobs_are_forgotten(engine: Engine, settings: Settings) -> None:
    running = jobs.run(settings)
    with sessions(engine).begin() as session:
        jobs.enqueue(session, "tests.say", "old", 1, key="old")
    eventually(lambda: WORDS)
    time.sleep(0.5)
    running.stop(patience=1)
    later = now() + jobs.KEEP_FINISHED + timedelta(days=1)
    context = JobContext(
        settings, engine, Keyring.open(settings, engine, now()), clock=lambda: later
    )

    jobs.carry_out(context, "jobs.purge")

    with sessions(engine).begin() as session:  # its key is free again
        jobs.enqueue(session, "tests.say", "old", 1, key="old")
    with read_session(engine) as session:
        assert jobs.health(session, now()).waiting == 1


@pytest.mark.parametrize(
    ("seconds", "cron"),
    [(1, "*/1 * * * * *"), (20, "*/20 * * * * *"), (60, "0 */1 * * * *"), (900, "0 */15 * * * *")],
)
def test_every_so_many_seconds_as_a_cron_line(seconds: int, cron: str) -> None:
    assert jobs.every(seconds) == cron


def test_two_jobs_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match=r"two jobs are called tests\.tick"):
        jobs.job("tests.tick")(lambda _context: None)


def test_preparing_again_changes_nothing_and_migrations_leave_the_engine_alone(
    empty_database_url: str,
) -> None:
    engine = connect(empty_database_url)
    schema.upgrade(engine)
    ours = set(inspect(engine).get_table_names())

    jobs.prepare(empty_database_url)
    jobs.prepare(empty_database_url)

    place = None if engine.dialect.name == "sqlite" else jobs.SCHEMA
    theirs = set(inspect(engine).get_table_names(schema=place)) - (ours if place is None else set())
    assert theirs
    assert all(jobs.is_engine_table(name, place) for name in theirs)
    assert not any(jobs.is_engine_table(name) for name in ours)
    engine.dispose()


def a_worker(settings: Settings, log: Path, parent: int | None = None) -> subprocess.Popen[bytes]:
    arguments = [] if parent is None else [str(parent)]
    with log.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "-m", "lti_tool.worker", *arguments],
            env=environment(settings),
            stdout=file,
            stderr=subprocess.STDOUT,
        )


def begins(engine: Engine) -> bool:
    with read_session(engine) as session:
        return jobs.health(session, now()).is_alive


def test_a_worker_stops_politely_when_asked(
    settings: Settings, engine: Engine, tmp_path: Path
) -> None:
    worker = a_worker(settings, tmp_path / "worker.log")
    eventually(lambda: begins(engine), 60)

    worker.send_signal(signal.SIGTERM)

    assert worker.wait(30) == 0, (tmp_path / "worker.log").read_text()[-2000:]
    assert not begins(engine)


def test_the_background_child_ends_when_its_parent_was_killed(
    settings: Settings, engine: Engine, tmp_path: Path
) -> None:
    # Given a child whose parent is a process that will be killed
    code = (
        "import subprocess, sys, os, time\n"
        "subprocess.Popen([sys.executable, '-m', 'lti_tool.worker', str(os.getpid())])\n"
        "time.sleep(300)\n"
    )
    with (tmp_path / "child.log").open("wb") as file:
        parent = subprocess.Popen(
            [sys.executable, "-c", code],
            env=environment(settings),
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    eventually(lambda: begins(engine), 60)

    parent.kill()
    parent.wait()

    eventually(lambda: not begins(engine), 30)


def test_a_background_child_that_died_is_started_again(
    settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)
    background = processes.Background()
    background.start()
    eventually(lambda: begins(engine), 60)
    first = background.pid
    assert first is not None

    os.kill(first, signal.SIGKILL)

    eventually(lambda: background.pid not in (None, first), 30)
    background.stop()
