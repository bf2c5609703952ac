"""Web servers that know nothing of badges, with what an exported site brings for them.

The site's own `look.py` is always there. Of nginx, Apache and Caddy those are tried that the
machine has: nothing is installed for it.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

APACHE_MODULES = ("mpm_event", "authz_core", "rewrite", "headers", "mime", "dir")
MODULES = Path("/usr/lib/apache2/modules")


def found() -> list[str]:
    """The servers that can be tried here, always in the same order."""
    there = {"nginx": "nginx", "apache": "apache2", "caddy": "caddy"}
    if not MODULES.is_dir():
        del there["apache"]  # not as Debian has it
    return ["look", *(name for name, program in there.items() if shutil.which(program))]


@contextmanager
def serving(name: str, site: Path, port: int, place: Path) -> Iterator[str]:
    """Serve a site by one of them; `place` is for what the server writes itself."""
    place.mkdir(parents=True, exist_ok=True)
    base = f"http://localhost:{port}"
    command, environment = _COMMANDS[name](site, port, place)
    with (place / "said.txt").open("wb") as said:
        server = subprocess.Popen(
            command, stdout=said, stderr=said, env=os.environ | environment, cwd=place
        )
        try:
            _await(server, base, place / "said.txt")
            yield base
        finally:
            server.terminate()
            server.wait(20)


def _await(server: subprocess.Popen[bytes], base: str, said: Path) -> None:
    for _ in range(400):
        if _answers(base):
            return
        try:
            server.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
        break
    raise AssertionError(f"it does not serve: {said.read_text()}")


def _answers(base: str) -> bool:
    try:
        return requests.get(base, timeout=5).status_code > 0
    except requests.ConnectionError:
        return False


Command = tuple[list[str], dict[str, str]]


def _look(site: Path, port: int, place: Path) -> Command:
    return [sys.executable, str(site / "hosting" / "look.py"), str(port)], {}


def _nginx(site: Path, port: int, place: Path) -> Command:
    rooms = "".join(
        f"{one}_temp_path {place}/{one};"
        for one in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = (
        f"daemon off; master_process off; pid {place}/pid; error_log {place}/error.txt warn;"
        "events { worker_connections 64; }"
        f"http {{ access_log off; {rooms} server {{ listen 127.0.0.1:{port};"
        f"server_name localhost; root {site}; include {site}/hosting/nginx.conf; }} }}"
    )
    (place / "nginx.conf").write_text(whole)
    return ["nginx", "-c", str(place / "nginx.conf"), "-e", str(place / "error.txt")], {}


def _apache(site: Path, port: int, place: Path) -> Command:
    lines = [
        *(f"LoadModule {one}_module {MODULES}/mod_{one}.so" for one in APACHE_MODULES),
        f"ServerRoot {place}",
        f"PidFile {place}/pid",
        f"DefaultRuntimeDir {place}",
        f"ErrorLog {place}/error.txt",
        "ServerName localhost",
        "TypesConfig /dev/null",
        "AddType text/html .html",
        "AddType text/css .css",
        "AddType image/png .png",
        f"Listen 127.0.0.1:{port}",
        f"DocumentRoot {site}",
        f"<Directory {site}>",
        "Require all granted",
        "AllowOverride All",
        "</Directory>",
    ]
    if os.geteuid() == 0:
        lines += ["User www-data", "Group www-data"]
    (place / "apache.conf").write_text("\n".join(lines) + "\n")
    return ["apache2", "-D", "FOREGROUND", "-f", str(place / "apache.conf")], {}


def _caddy(site: Path, port: int, place: Path) -> Command:
    written = (site / "hosting" / "Caddyfile").read_text()
    first = next(line for line in written.splitlines() if line.endswith(" {"))
    here = written.replace(first, f"http://localhost:{port} {{\n bind 127.0.0.1", 1)
    (place / "Caddyfile").write_text("{\n admin off\n auto_https off\n}\n" + here)
    command = ["caddy", "run", "--config", str(place / "Caddyfile"), "--adapter", "caddyfile"]
    homes = {"XDG_CONFIG_HOME": str(place), "XDG_DATA_HOME": str(place)}
    return command, {"BADGES": str(site)} | homes


_COMMANDS: dict[str, Callable[[Path, int, Path], Command]] = {
    "look": _look,
    "nginx": _nginx,
    "apache": _apache,
    "caddy": _caddy,
}
