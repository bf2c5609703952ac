"""Login and launch through the real server, beside minimal tools on stock PyLTI1p3 and ltijs.

`make bench` (or `python -m benchmarks.launch --launches 300 --rounds 3`). Cairn runs as `cairn
serve` runs it, once on SQLite with its background child and once on PostgreSQL; it checks more, and
writes each launch into its database. The PyLTI1p3 tool is served by the same server with as many
threads, keeps state in a cookie and says hello; its platform's keys are pinned, fetched for each
launch (its way), or fetched from ten milliseconds away. The ltijs tool keeps its state in
PostgreSQL and fetches keys for each launch. The rounds take turns, so that a machine that is busy
for a while is busy for all of them. What is measured is `POST /lti/login` and `POST /lti/launch`,
one after the other on one connection; what the platform does in between (signing) is not counted.
Every launch names the course's roster: the background process of Cairn on SQLite reads it, and the
access tokens it needs are counted for as long as everything lasts; the others use no service.
"""

import argparse
import http.client
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from benchmarks.platform import CLIENT, DEPLOYMENT, Platform, serving
from benchmarks.tools import PROGRAM, Tool, cairn, ltijs, read_rosters, stock
from tests.databases import postgresql_database, postgresql_server

WARM_UP = 20
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


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
    before, fetched = tool.cpu_so_far(), platform.fetches
    for number in range(launches):
        tool.seconds.append(launch(tool, connection, platform, first + number % 50))
    tool.cpu += tool.cpu_so_far() - before
    tool.fetches += platform.fetches - fetched
    connection.close()


def main() -> int:
    """Measure, print a table and the ratio."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--launches", type=int, default=350, help="per round (at most 2,000)")
    parser.add_argument("--rounds", type=int, default=3, help="at most 10")
    given = parser.parse_args()
    launches, rounds = min(given.launches, 2000), min(given.rounds, 10)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cairn-bench-")))
        platform = stack.enter_context(serving())
        server = stack.enter_context(postgresql_server(durable=True))
        database_url = stack.enter_context(postgresql_database(server))
        on_postgresql = folder / "postgresql"
        fitting = [
            cairn("cairn, SQLite", platform, folder, stack),
            cairn("cairn, PostgreSQL", platform, on_postgresql, stack, database_url=database_url),
            stock("PyLTI1p3, pinned keys", platform.described(pinned=True), stack),
            stock("PyLTI1p3", platform.described(), stack),
            stock("PyLTI1p3, keys 10 ms off", platform.described(far=True), stack),
            ltijs("ltijs, PostgreSQL", platform.described(), server, stack),
        ]
        tools = [one for one in fitting if isinstance(one, Tool)]
        for tool in tools:
            measure(tool, platform, WARM_UP, 0)  # warm up: imports, first keys, first rows
            tool.seconds.clear()
            tool.cpu = 0.0
        read_rosters(folder)
        for _round in range(rounds):
            for tool in tools:
                measure(tool, platform, launches, 0)
    print(
        f"{launches * rounds} logins with launches each (and {WARM_UP} before, of which only what"
        " was fetched is counted), one client, one web process"
    )
    print(
        f"{'':26}{'per second':>12}{'per core':>10}{'median ms':>11}{'95 % ms':>9}"
        f"{'CPU ms':>8}{'keys, tokens fetched':>22}"
    )
    for tool in tools:
        ordered = sorted(tool.seconds)
        print(
            f"{tool.name:26}{tool.rate:12.0f}{tool.rate_per_core:10.0f}"
            f"{statistics.median(ordered) * 1000:11.2f}"
            f"{ordered[int(len(ordered) * 0.95)] * 1000:9.2f}{tool.cpu / len(ordered) * 1000:8.2f}"
            f"{f'{tool.fetches}, {platform.tokens[tool.token_path]}':>22}"
        )
    for reason in fitting:
        if isinstance(reason, str):
            print(reason)
    for tool in tools:
        launched = len(tool.seconds) + WARM_UP
        each = (tool.fetches + platform.tokens[tool.token_path]) / launched * 1000
        print(f"{tool.name}: {each:.1f} fetches of keys and tokens per 1,000 launches")
    ours, on_postgresql_too = tools[:2]
    for other in tools[2:]:
        fair = on_postgresql_too if "PostgreSQL" in other.name else ours
        print(
            f"ratio {fair.name} / {other.name}: {fair.rate / other.rate:.2f} per second,"
            f" {fair.rate_per_core / other.rate_per_core:.2f} per core"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
