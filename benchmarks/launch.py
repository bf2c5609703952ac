"""Login and launch through the real server, beside a minimal tool on stock PyLTI1p3.

`make bench` (or `python -m benchmarks.launch --launches 300 --rounds 3`). Both tools are served by
granian, one web process with the same number of threads. Cairn runs as `cairn serve` runs it, on
SQLite with its background child, checks more, and writes each launch into its database; the other
one keeps state in a cookie and says hello. The rounds take turns, so that a machine that is busy
for a while is busy for all of them. What is measured is `POST /lti/login` and `POST /lti/launch`,
one after the other on one connection; what the platform does in between (signing) is not counted.
"""

import argparse
import http.client
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
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import psutil

from benchmarks.platform import CLIENT, DEPLOYMENT, Platform, serving

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = "dupage-leadership-hub"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


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


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str], environment: dict[str, str], port: int) -> Iterator[psutil.Process]:
    """A server that answers, until the end."""
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment)
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                connection.request("GET", "/healthz")
                if connection.getresponse().status == 200:
                    break
            except OSError:
                pass
            if time.monotonic() > deadline or process.poll() is not None:
                raise RuntimeError(f"no answer from {command}")
            time.sleep(0.1)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def cairn(platform: Platform, folder: Path, stack: ExitStack) -> Tool:
    """Cairn as an installation runs it, with the platform registered and a program imported."""
    port = free_port()
    environment = {
        "CAIRN_BASE_URL": f"http://localhost:{port}",
        "CAIRN_DATA_DIR": str(folder),
        "CAIRN_KEYS_DIR": str(folder / "keys"),
        "CAIRN_LTI_HTTP_ALLOW": "127.0.0.1",
    }
    command = [sys.executable, "-m", "lti_tool"]
    known = platform.described(pinned=False)
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
    return Tool("cairn", port, process, accepted=303)


def stock(name: str, platform: Platform, stack: ExitStack, *, pinned: bool) -> Tool:
    """The minimal tool, with the platform's keys pinned or fetched."""
    import json

    port = free_port()
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "--host", "127.0.0.1",
        "--port", str(port), "--workers", "1", "--blocking-threads", "4", "--log-level", "error",
        "benchmarks.stock:create_app",
    ]  # fmt: skip
    known = {"BENCH_PLATFORM": json.dumps(platform.described(pinned=pinned))}
    process = stack.enter_context(running(command, known, port))
    return Tool(name, port, process, accepted=200)


def launch(
    tool: Tool, connection: http.client.HTTPConnection, platform: Platform, person: int
) -> float:
    """Log one person in and launch; return the seconds the tool took."""
    target = f"http://localhost:{tool.port}/lti/launch"
    form = {
        "iss": platform.url,
        "login_hint": f"person-{person}",
        "target_link_uri": target,
        "client_id": CLIENT,
        "lti_deployment_id": DEPLOYMENT,
        "lti_message_hint": "1",
    }
    headers = FORM | {"Host": f"localhost:{tool.port}"}
    began = time.perf_counter()
    connection.request("POST", "/lti/login", urlencode(form), headers)
    answer = connection.getresponse()
    answer.read()
    took = time.perf_counter() - began
    assert answer.status == 302, (tool.name, answer.status)
    asked = parse_qs(urlsplit(answer.headers["Location"]).query)
    cookies = SimpleCookie()
    for line in answer.headers.get_all("Set-Cookie") or []:
        cookies.load(line.replace("Partitioned", ""))
    token = platform.id_token(
        nonce=asked["nonce"][0], person=person, target=target, program=PROGRAM
    )
    body = urlencode({"state": asked["state"][0], "id_token": token})
    sent = "; ".join(f"{name}={morsel.coded_value}" for name, morsel in cookies.items())
    began = time.perf_counter()
    connection.request("POST", "/lti/launch", body, headers | {"Cookie": sent})
    answer = connection.getresponse()
    page = answer.read()
    took += time.perf_counter() - began
    assert answer.status == tool.accepted, (tool.name, answer.status, page[:2000])
    return took


def measure(tool: Tool, platform: Platform, launches: int, first: int) -> None:
    """One round."""
    connection = http.client.HTTPConnection("127.0.0.1", tool.port, timeout=30)
    before = tool.cpu_so_far()
    for number in range(launches):
        tool.seconds.append(launch(tool, connection, platform, first + number % 50))
    tool.cpu += tool.cpu_so_far() - before
    connection.close()


def main() -> int:
    """Measure, print a table and the ratio."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--launches", type=int, default=200, help="per round (at most 2,000)")
    parser.add_argument("--rounds", type=int, default=3, help="at most 10")
    given = parser.parse_args()
    launches, rounds = min(given.launches, 2000), min(given.rounds, 10)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cairn-bench-")))
        platform = stack.enter_context(serving())
        tools = [
            cairn(platform, folder, stack),
            stock("stock, keys fetched", platform, stack, pinned=False),
            stock("stock, keys pinned", platform, stack, pinned=True),
        ]
        for tool in tools:
            measure(tool, platform, 20, 0)  # warm up: imports, first keys, first rows
            tool.seconds.clear()
            tool.cpu = 0.0
        fetches = platform.fetches
        for _round in range(rounds):
            for tool in tools:
                measure(tool, platform, launches, 0)
        fetches = platform.fetches - fetches
    print(f"{launches * rounds} logins with launches each, one client, one web process")
    print(f"{'':22}{'per second':>12}{'median ms':>12}{'95 % ms':>10}{'CPU ms':>9}")
    for tool in tools:
        ordered = sorted(tool.seconds)
        print(
            f"{tool.name:22}{tool.rate:12.0f}{statistics.median(ordered) * 1000:12.2f}"
            f"{ordered[int(len(ordered) * 0.95)] * 1000:10.2f}"
            f"{tool.cpu / len(ordered) * 1000:9.2f}"
        )
    ours, fetched, pinned = tools
    print(f"keys fetched during the measurement: {fetches} times in all")
    print(f"ratio cairn / stock with pinned keys: {ours.rate / pinned.rate:.2f}")
    print(f"ratio cairn / stock: {ours.rate / fetched.rate:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
