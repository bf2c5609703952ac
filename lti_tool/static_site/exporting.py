"""The whole export: badges in portions, by several processes at once, and lists at the end."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread

from sqlalchemy import Engine

from lti_tool.badges.addresses import Addresses
from lti_tool.database import connect, read_session
from lti_tool.keyring import Keyring
from lti_tool.settings import Settings
from lti_tool.static_site import writing
from lti_tool.static_site.contents import Contents, Remembering, Tally
from lti_tool.static_site.furniture import furniture
from lti_tool.static_site.writing import Workspace, Written

PORTION = 25
"""Badges of one part of the site: one process writes them, and their rows are held together."""

WORTH_A_PROCESS = 250
"""Badges below which another process takes longer to begin than it saves."""

Telling = Callable[[int, int], None]
"""Told how many badges are written, and of how many."""


@dataclass(frozen=True)
class Exported:
    """What became of an export."""

    files: Written
    tally: Tally


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def export(
    place: Path, settings: Settings, *, now: datetime, processes: int, tell: Telling
) -> Exported:
    """Write the site of an installation at `place`, whole or not at all.

    Badges come first and status lists last, so that no list is older than a page. Who stopped
    sharing meanwhile is taken out again before anybody sees it. Raises `writing.PlaceTaken`.
    """
    tally = Tally()
    with opened(settings, now) as source, writing.workspace(place) as workspace:
        with source.contents() as contents:
            ids = contents.shared()
        portions = [ids[start : start + PORTION] for start in range(0, len(ids), PORTION)]
        written = workspace.put(0, furniture(settings))
        done = 0
        tell(0, len(ids))
        for number, part, its_tally in badges(
            source, workspace, portions, min(processes, len(ids) // WORTH_A_PROCESS)
        ):
            written += part
            tally.add(its_tally)
            done += len(portions[number])
            tell(done, len(ids))
        with source.contents() as contents:
            written += workspace.put(len(portions) + 1, contents.everything_else())
            withdrawn = contents.withdrawn_of(ids)
        gone = workspace.close(withdrawn)
    written += Written(count=1 - gone)
    tally.badges -= len(withdrawn)
    tally.unsigned.sort()
    tally.doubtful.sort()
    return Exported(written, tally)


@dataclass(frozen=True)
class Source:
    """An installation that is read; every process opens its own."""

    settings: Settings
    engine: Engine
    keyring: Keyring
    now: datetime

    @contextmanager
    def contents(self) -> Iterator[Contents]:
        """What is public, in a session of its own."""
        with read_session(self.engine) as session:
            addresses = Addresses(self.settings.base_url)
            published = Remembering(session, self.keyring, addresses)
            yield Contents(published, self.settings, now=self.now)

    def write(self, workspace: Workspace, number: int, ids: Sequence[int]) -> tuple[Written, Tally]:
        """Write one portion of badges as one part of the site."""
        with self.contents() as contents:
            return workspace.put(number + 1, contents.badges(ids)), contents.tally


@contextmanager
def opened(settings: Settings, now: datetime) -> Iterator[Source]:
    """An installation to read from."""
    engine = connect(settings.database_url)
    try:
        yield Source(settings, engine, Keyring.open(settings, engine, now), now)
    finally:
        engine.dispose()


Part = tuple[int, Written, Tally]


def badges(
    source: Source, workspace: Workspace, portions: Sequence[Sequence[int]], processes: int
) -> Iterator[Part]:
    """Write all portions; tell of each, in the order they are done."""
    if processes < 2:
        for number, ids in enumerate(portions):
            yield number, *source.write(workspace, number, ids)
        return
    begun = source.settings, source.now, workspace
    # Not forked: libraries with threads of their own would not survive it.
    with ProcessPoolExecutor(processes, get_context("spawn"), _begin, begun) as pool:
        waiting = {pool.submit(_part, number, ids) for number, ids in enumerate(portions)}
        try:
            for future in as_completed(waiting):
                yield future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


_here: tuple[Source, Workspace] | None = None
"""What a process of the pool reads, and where it writes."""


def _begin(settings: Settings, now: datetime, workspace: Workspace) -> None:
    global _here  # noqa: PLW0603  set once, when the process begins
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the first process's to see.
    Thread(target=_end_with_the_first, daemon=True).start()
    engine = connect(settings.database_url)
    _here = Source(settings, engine, Keyring.open(settings, engine, now), now), workspace


def _end_with_the_first() -> None:
    """A pool does not notice that whoever waits for it was killed."""
    first = parent_process()
    if first is not None:
        first.join()
        os._exit(1)


def _part(number: int, ids: Sequence[int]) -> Part:
    assert _here is not None
    source, workspace = _here
    return number, *source.write(workspace, number, ids)
