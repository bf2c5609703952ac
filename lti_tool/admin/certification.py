"""Runs of the self-certification: what is written of them, and how one is begun.

`cairn certify` does the work, in a process of its own on a throwaway database. What it finds goes
into one file of the data folder as it is found; the page reads that file. Whoever runs holds the
lock beside it, so that one run at a time is all there is, and a run that died is known as dead.
"""

import contextlib
import fcntl
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lti_tool.errors import Refused
from lti_tool.settings import Settings

ATTEMPTS = 4
"""How often the lock is tried before somebody else counts as holding it."""


class AlreadyRunning(Refused):
    """A run is under way on this machine."""

    status = 409


@dataclass(frozen=True)
class Tried:
    """One step of a case, as it is kept."""

    words: str
    seen: str
    is_met: bool
    reference: str = ""


@dataclass(frozen=True)
class Result:
    """What came of one case."""

    number: str
    words: str
    source: str
    is_of_certification: bool
    passed: bool
    seen: str
    reference: str
    steps: Sequence[Tried] = ()
    log: Sequence[str] = ()
    seconds: float = 0.0


@dataclass(frozen=True)
class Run:
    """One run, finished or not."""

    began_at: datetime
    version: str
    total: int = 0
    """How many cases it is about; 0 as long as the tool is being started."""
    results: Sequence[Result] = ()
    ended_at: datetime | None = None
    fault: str = ""
    """What ended it before its time."""
    is_running: bool = field(default=False, compare=False)
    """Somebody is at it now. Not kept: the lock says so."""

    @property
    def passed(self) -> int:
        """How many cases are met."""
        return sum(result.passed for result in self.results)

    @property
    def is_broken_off(self) -> bool:
        """It ended without having come to its end."""
        return not self.is_running and (bool(self.fault) or self.ended_at is None)

    def with_result(self, result: Result) -> "Run":
        """One case further."""
        return replace(self, results=(*self.results, result))


def folder_of(settings: Settings) -> Path:
    """Where runs of this installation are kept."""
    return settings.data_dir / "certification"


def file_of(folder: Path) -> Path:
    """The file of the newest run."""
    return folder / "run.json"


def write(path: Path, run: Run) -> None:
    """Put a run into its file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = asdict(run)
    del kept["is_running"]
    kept["began_at"] = run.began_at.isoformat()
    kept["ended_at"] = run.ended_at and run.ended_at.isoformat()
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
    fresh.replace(path)


def read(folder: Path) -> Run | None:
    """The newest run, or `None` where there was none."""
    with contextlib.suppress(FileNotFoundError):
        # The lock first: what is found free now was written to its end before.
        is_running = not _is_free(folder)
        kept = json.loads(file_of(folder).read_text(encoding="utf-8"))
        return replace(_run(kept), is_running=is_running)
    return None


def _run(kept: Mapping[str, Any]) -> Run:
    ended = kept["ended_at"]
    return Run(
        began_at=datetime.fromisoformat(kept["began_at"]),
        version=kept["version"],
        total=kept["total"],
        results=tuple(
            Result(**{**one, "steps": tuple(Tried(**step) for step in one["steps"])})
            for one in kept["results"]
        ),
        ended_at=datetime.fromisoformat(ended) if ended else None,
        fault=kept["fault"],
    )


def begin(folder: Path, *, version: str, now: datetime, cases: Sequence[str] = ()) -> None:
    """Begin a run in a process of its own, which goes on when this one ends.

    Of all cases, unless some are named.

    Raises:
        AlreadyRunning: one is under way.
    """
    with one_at_a_time(folder) as lock:
        write(file_of(folder), Run(began_at=now, version=version))
        command = [sys.executable, "-m", "lti_tool", "certify", "--out", str(file_of(folder))]
        command += [word for number in cases for word in ("--case", number)]
        with (folder / "output.txt").open("wb") as said:
            process = subprocess.Popen(  # noqa: S603  our own command, no shell
                command,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                # The lock is the child's from now on: it is free again when the child has ended.
                pass_fds=(lock,),
                start_new_session=True,
            )
    threading.Thread(target=process.wait, daemon=True).start()


@contextlib.contextmanager
def one_at_a_time(folder: Path) -> Iterator[int]:
    """Hold the lock of a folder until the end; whoever inherits the descriptor holds it on.

    Raises:
        AlreadyRunning: somebody else holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        for attempt in range(ATTEMPTS):
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            time.sleep(0.02 * attempt)  # a page that only looks lets go at once
        else:
            raise AlreadyRunning("A run is under way. Wait until it has ended.")
        yield lock
    finally:
        os.close(lock)


def _is_free(folder: Path) -> bool:
    try:
        with one_at_a_time(folder):
            return True
    except AlreadyRunning:
        return False


def proof(run: Run) -> str:
    """The run as plain text: each case with its steps, references and the tool's own log."""
    total = run.total or len(run.results)
    lines = [
        f"Cairn {run.version}: {run.passed} of {total} cases met",
        f"Run of {run.began_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC, on a throwaway database",
        "A reference is the X-Request-Id of the answer; log lines carry it as `request`.",
    ]
    if run.fault:
        lines.append(f"Broken off: {run.fault}")
    for one in run.results:
        lines += ["", f"{one.number} {'passed' if one.passed else 'NOT MET'}: {one.words}"]
        lines.append(f"  asked for by: {one.source}")
        for step in one.steps:
            mark = "+" if step.is_met else "-"
            where = f" [{step.reference}]" if step.reference else ""
            lines.append(f"  {mark} {step.words}: {step.seen}{where}")
        lines += [f"  log: {line}" for line in one.log]
    return "\n".join(lines) + "\n"
