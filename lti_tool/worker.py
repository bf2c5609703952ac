"""The background process: carries out the rooms' jobs until it is asked to stop.

`cairn worker` on PostgreSQL, as many as wanted; on SQLite the one child of `cairn serve`, which
stops by itself when its parent is gone.
"""

import os
import signal
import sys
import threading
from types import FrameType

import structlog

# Imported for the jobs they register.
import lti_tool.accounts.chores
import lti_tool.admin.chores
import lti_tool.badges.chores
import lti_tool.connect.chores
import lti_tool.credit.chores
import lti_tool.grades.chores
import lti_tool.grades.reading_back
import lti_tool.holdings.chores
import lti_tool.launch.chores
import lti_tool.portfolio.chores
import lti_tool.privacy.chores
import lti_tool.review.chores
import lti_tool.roster.chores
import lti_tool.stacks.chores  # noqa: F401
from lti_tool import jobs, logs
from lti_tool.settings import Settings

log = structlog.get_logger(__name__)

GLANCE = 0.5
"""Seconds between two looks at whether the parent still lives."""


def run_worker(settings: Settings, *, parent: int | None = None) -> None:
    """Carry out jobs until SIGTERM or SIGINT, or until the process `parent` is gone.

    Stops politely: what is being done is finished, for at most ten seconds. What is left half
    done is taken over by another process, or by the next one.
    """
    logs.configure()
    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    runner = jobs.run(settings)
    while not ended.wait(GLANCE):
        if parent is not None and os.getppid() != parent:
            log.warning("the parent process is gone, so the background child ends")
            break
    runner.stop()


if __name__ == "__main__":
    run_worker(Settings.load(), parent=int(sys.argv[1]) if len(sys.argv) > 1 else None)
