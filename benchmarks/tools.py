"""The tools that are measured: Cairn on SQLite and PostgreSQL, and two others beside it."""

import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import make_url

import lti_tool.roster.chores  # noqa: F401  it names the job
from benchmarks.platform import CLIENT, DEPLOYMENT, Platform
from lti_tool.database import connect
from lti_tool.jobs import JobContext, carry_out
from lti_tool.keyring import Keyring
from lti_tool.settings import Settings
from tests.databases import postgresql_database
from tools import node

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = "dupage-leadership-hub"


@dataclass
class Tool:
    """A served tool, and what was measured of it."""

    name: str
    port: int
    process: psutil.Process
    accepted: int
    """The status of a launch that was accepted."""
    seconds: list[float] = field(default_factory=list)
    """Per login and launch."""
    cpu: float = 0.0
    """Seconds of processor time its web processes used while it was measured."""
    fetches: int = 0
    """How often it asked the platform for its keys while it was measured."""
    token_path: str = ""
    """Where it asks for access tokens, and nobody else does."""

    def cpu_so_far(self) -> float:
        """Processor time of the server and its web processes."""
        total = 0.0
        for process in [self.process, *self.process.children(recursive=True)]:
            try:
                if "lti_tool.worker" not in process.cmdline():
                    times = process.cpu_times()
                    total += times.user + times.system
            except psutil.NoSuchProcess:
                continue
        return total

    @property
    def rate(self) -> float:
        """Logins with launches per second: the median's."""
        return 1 / statistics.median(self.seconds)

    @property
    def rate_per_core(self) -> float:
        """Logins with launches in one second of processor time of its web processes."""
        return len(self.seconds) / self.cpu


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str], environment: dict[str, str], port: int) -> Iterator[psutil.Process]:
    """A server that answers, until the end. What it says is shown only where it never answers."""
    said = tempfile.TemporaryFile()  # noqa: SIM115  closed below, after the server
    process = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | environment, stdout=said, stderr=said
    )
    try:
        deadline = time.monotonic() + 30
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            try:
                connection.request("GET", "/healthz")
                if connection.getresponse().status == 200:
                    break
            except OSError:
                pass
            finally:
                connection.close()
            if time.monotonic() > deadline or process.poll() is not None:
                said.seek(0)
                words = said.read().decode(errors="replace")[-2000:]
                raise RuntimeError(f"no answer from {command}: {words}")
            time.sleep(0.1)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
        said.close()


def cairn(
    name: str, platform: Platform, folder: Path, stack: ExitStack, *, database_url: str = ""
) -> Tool:
    """Cairn as an installation runs it, with the platform registered and a program imported.

    On SQLite in `folder`, unless a database is given.
    """
    port = free_port()
    environment = {
        "CAIRN_BASE_URL": f"http://localhost:{port}",
        "CAIRN_DATA_DIR": str(folder),
        "CAIRN_KEYS_DIR": str(folder / "keys"),
        "CAIRN_LTI_HTTP_ALLOW": "127.0.0.1",
    }
    if database_url:
        environment["CAIRN_DATABASE_URL"] = database_url
    command = [sys.executable, "-m", "lti_tool"]
    token_path = f"/token/{port}"
    known = platform.described(token_path=token_path)
    for arguments in (
        ["db", "upgrade"],
        ["program", "import", str(ROOT / "catalogue" / PROGRAM)],
        [
            "platform", "add", "--name", "Bench", "--issuer", known["issuer"],
            "--client-id", CLIENT, "--auth-login-url", known["auth_login_url"],
            "--auth-token-url", known["auth_token_url"], "--jwks-url", known["jwks_url"],
            "--deployment-id", DEPLOYMENT,
        ],
    ):  # fmt: skip
        subprocess.run(
            [*command, *arguments],
            cwd=ROOT,
            env=os.environ | environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    quiet = environment | {"PYTHONUNBUFFERED": "1"}
    process = stack.enter_context(running([*command, "serve", "--port", str(port)], quiet, port))
    return Tool(name, port, process, accepted=303, token_path=token_path)


def read_rosters(folder: Path) -> None:
    """Ask for what Cairn's schedule asks for every ten minutes: that rosters are looked at.

    Its background process reads them, at the address of its own token.
    """
    settings = Settings(base_url="http://localhost", data_dir=folder, keys_dir=folder / "keys")
    engine = connect(settings.database_url)
    context = JobContext(settings, engine, Keyring.open(settings, engine, datetime.now(UTC)))
    carry_out(context, "roster.look")
    engine.dispose()


def stock(name: str, known: dict[str, Any], stack: ExitStack) -> Tool:
    """The minimal tool on stock PyLTI1p3, which is told of the platform what is `known`."""
    port = free_port()
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "--host", "127.0.0.1",
        "--port", str(port), "--workers", "1", "--blocking-threads", "4", "--log-level", "error",
        "benchmarks.stock:create_app",
    ]  # fmt: skip
    told = {"BENCH_PLATFORM": json.dumps(known)}
    process = stack.enter_context(running(command, told, port))
    return Tool(name, port, process, accepted=200)


def ltijs(name: str, known: dict[str, Any], server: str, stack: ExitStack) -> Tool | str:
    """The minimal tool on ltijs with its relational store; or why it cannot be measured here."""
    try:
        node.install(everything=True)
    except node.NotInstalled as error:
        return f"ltijs is not measured: {error}"
    url = make_url(stack.enter_context(postgresql_database(server)))
    port = free_port()
    told = {
        "port": port,
        "platform": known,
        "database": {
            "name": url.database,
            "user": url.username or "postgres",
            "host": url.query.get("host", url.host),
            "port": url.port or 5432,
        },
    }
    command = [str(node.program()), str(ROOT / "benchmarks" / "ltijs" / "tool.js")]
    environment = {"BENCH_LTIJS": json.dumps(told), "NODE_ENV": "production"}
    process = stack.enter_context(running(command, environment, port))
    return Tool(name, port, process, accepted=302)
