"""The processes of `cairn serve`: web workers, and on SQLite one background child beside them."""

import errno
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from wsgiref.types import WSGIApplication

import structlog

from lti_tool import jobs, logs, schema
from lti_tool.database import connect
from lti_tool.errors import Refused
from lti_tool.settings import Settings

log = structlog.get_logger(__name__)

THREADS = 4
"""Requests one web process answers at a time. Few: waiting for an LMS is the jobs' business, but a
launch may have to fetch its platform's keys."""
PATIENCE = 15
"""Seconds a process gets to end by itself."""
GLANCE = 0.5
"""Seconds between two looks at whether the parent still lives."""


def migrate(settings: Settings) -> None:
    """Bring our tables and the job engine's up to date; several processes may do so at once."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    engine = connect(settings.database_url)
    schema.upgrade(engine)
    engine.dispose()
    jobs.prepare(settings.database_url)


class PortTaken(Refused):
    """Somebody listens on the port already.

    The web server would share it with them, and requests would land here and there by chance.
    """


def require_free(host: str, port: int) -> None:
    """Make sure that nobody listens there.

    Raises:
        PortTaken: somebody does.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # A port whose last connections are still closing is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            if fault.errno != errno.EADDRINUSE:
                raise
            raise PortTaken(
                f"Port {port} of {host} is taken: another process listens there. End it, or"
                " choose another port with --port."
            ) from None


def serve(
    settings: Settings,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    workers: int | None = None,
    migrate_first: bool = True,
) -> None:
    """Serve the tool until SIGTERM or SIGINT.

    SQLite: one web process and one background child, which is started again when it ends.
    PostgreSQL: `workers` web processes (one a core when not said) and no background work.
    No process outlives the one that called this, even when that one is killed.

    Raises:
        PortTaken: somebody else listens on the port.
    """
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    logs.configure()
    require_free(host, port)
    if migrate_first:
        migrate(settings)
    background = Background() if settings.is_sqlite else None
    if not settings.is_sqlite:
        _add_metrics_up(settings)
    server = Granian(
        "lti_tool.processes:web",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=1 if settings.is_sqlite else workers or os.cpu_count() or 1,
        blocking_threads=THREADS,
        respawn_failed_workers=True,
        workers_kill_timeout=PATIENCE,
        websockets=False,
        log_level=LogLevels.warning,
    )
    if background:
        background.start()
    try:
        server.serve()
    finally:
        if background:
            background.stop()


def web() -> WSGIApplication:
    """The application of one web process, which ends when the process that began it is gone."""
    from lti_tool.app import wsgi

    logs.configure()
    _end_with(os.getppid())
    return wsgi()


def _add_metrics_up(settings: Settings) -> None:
    """Let whichever web process is asked for metrics answer for all of them.

    Each writes its numbers into files of one folder, which the metrics library finds in the
    environment when it is imported; so this comes before any web process begins.
    """
    folder = settings.data_dir / "metrics" / str(os.getpid())
    shutil.rmtree(folder.parent, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def _end_with(parent: int) -> None:
    def watch() -> None:
        never = threading.Event()
        while not never.wait(GLANCE):
            if os.getppid() != parent:
                os.kill(os.getpid(), signal.SIGKILL)  # nobody is left to end it politely

    threading.Thread(target=watch, name="parent", daemon=True).start()


class Background:
    """The background child of an embedded installation."""

    def __init__(self) -> None:
        """Nothing runs yet."""
        self._ended = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._watch = threading.Thread(target=self._keep, name="background", daemon=True)

    @property
    def pid(self) -> int | None:
        """The process id of the present child."""
        return self._child.pid if self._child is not None else None

    def start(self) -> None:
        """Start the child, and start it again whenever it ends."""
        self._child = self._begin()
        self._watch.start()

    def stop(self) -> None:
        """Ask the child to end; insist after a while."""
        self._ended.set()
        child = self._child
        if child is None:
            return
        child.terminate()
        try:
            child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def _begin(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "lti_tool.worker", str(os.getpid())]
        return subprocess.Popen(command)  # noqa: S603  our own module, no shell

    def _keep(self) -> None:
        pause = 0.5
        while not self._ended.is_set():
            assert self._child is not None
            code = self._child.wait()
            if self._ended.wait(pause):
                return
            log.error("the background child ended and is started again", code=code)
            pause = min(30.0, pause * 2)
            self._child = self._begin()
