"""Writing a site whole: beside its place, with a list of sums, and put there when all is well."""

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template

from lti_tool.sealing import contexts, strict_json
from lti_tool.settings import Settings
from lti_tool.static_site.contents import File

SUMS = "SHA256SUMS"
"""Names every other file of a site; where it lies, there is a site that may be replaced."""

POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'"
"""What the site's pages may load; each of them says so too."""

CONFIGURATIONS = ("nginx.conf", "apache.conf", "Caddyfile")

STYLES = ("cairn.css", "programs.css", "badges.css", "cairn.svg")


class PlaceTaken(Exception):
    """Something that is no exported site lies where one is wanted; the message says what to do."""


def write(place: Path, files: Iterable[File]) -> int:
    """Write these files as the site at `place`; return how many there are, the list included.

    Until the last one is written the place keeps what it had. Raises `PlaceTaken`; where anything
    else is raised on the way, nothing has changed either.
    """
    require_free(place)
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh, old = (place.with_name(f".{place.name}.{word}") for word in ("new", "old"))
    for rest in (fresh, old):
        # Of an export that was broken off.
        shutil.rmtree(rest, ignore_errors=True)
    try:
        count = _fill(fresh, files)
        if place.exists():
            place.rename(old)
        try:
            fresh.rename(place)
        except OSError:
            if old.exists():
                old.rename(place)
            raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)
    return count


def require_free(place: Path) -> None:
    """Let pass a place that is empty or holds an earlier export. Raises `PlaceTaken`."""
    if place.is_symlink() or (place.exists() and not place.is_dir()):
        raise PlaceTaken(f"{place} is no folder. Name one that may be made.")
    if place.is_dir() and any(place.iterdir()) and not (place / SUMS).is_file():
        raise PlaceTaken(
            f"{place} holds files and no exported site. Name a new folder, so that none is lost."
        )


def _fill(folder: Path, files: Iterable[File]) -> int:
    folder.mkdir()
    sums = {}
    for file in files:
        target = folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.content)
        sums[file.path] = hashlib.sha256(file.content).hexdigest()
    lines = (f"{found}  {path}\n" for path, found in sorted(sums.items()))
    (folder / SUMS).write_text("".join(lines), "utf-8")
    return len(sums) + 1


def furniture(settings: Settings) -> Iterator[File]:
    """What no badge changes: styles, the verifying scripts, the contexts, and how to serve it."""
    package = resources.files("lti_tool")
    for name in STYLES:
        yield File(f"static/{name}", package.joinpath("static", name).read_bytes())
    yield from _scripts(package.joinpath("static_site", "browser"), "static/verify")
    # The very documents this installation signs with, so that both mean the same.
    known = {url: contexts.load(url) for url in contexts.known()}
    yield File("static/verify/contexts.json", strict_json.write(known))
    yield File("static/verify/site.json", json.dumps({"host": settings.host}).encode())
    yield from hosting(package.joinpath("static_site"), settings)


def hosting(package: Traversable, settings: Settings) -> Iterator[File]:
    """How a web server has to serve the site: in words, as configurations, and to look at it."""
    told = {
        "address": settings.base_url,
        "host": settings.host,
        "name": settings.host.partition(":")[0],
        "policy": POLICY,
    }
    folder = package.joinpath("hosting")
    for source, path in (
        (package.joinpath("README.txt"), "README.txt"),
        (folder.joinpath("htaccess"), ".htaccess"),
        *((folder.joinpath(name), f"hosting/{name}") for name in CONFIGURATIONS),
    ):
        words = Template(source.read_text("utf-8")).substitute(told)
        yield File(path, words.encode("utf-8"))
    yield File("hosting/look.py", folder.joinpath("look.py").read_bytes())


def _scripts(folder: Traversable, path: str) -> Iterator[File]:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.is_dir():
            yield from _scripts(entry, f"{path}/{entry.name}")
        else:
            yield File(f"{path}/{entry.name}", entry.read_bytes())
