"""The files of a site that no badge changes: styles, scripts, contexts, and how to serve it."""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from string import Template
from typing import Any

from lti_tool.sealing import contexts, strict_json
from lti_tool.settings import Settings
from lti_tool.static_site.writing import File

POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'"
"""What the site's pages may load; each of them says so too."""

CONFIGURATIONS = ("nginx.conf", "apache.conf", "Caddyfile")

PROGRAMS = ("look.py", "keys.py")
"""What the inheritor of a site may run, with Python and nothing else."""

CONTEXTS = "contexts.json"

STYLES = ("cairn.css", "programs.css", "badges.css", "embed.css", "cairn.svg")


def furniture(settings: Settings) -> Iterator[File]:
    """What no badge changes: styles, the verifying scripts, the contexts, and how to serve it."""
    package = resources.files("lti_tool")
    for name in STYLES:
        yield File(f"static/{name}", package.joinpath("static", name).read_bytes())
    yield from _scripts(package.joinpath("static_site", "browser"), "static/verify")
    yield File(f"static/verify/{CONTEXTS}", known_contexts())
    yield File("static/verify/site.json", json.dumps({"host": settings.host}).encode())
    yield from hosting(package.joinpath("static_site"), settings)


@cache
def known_contexts() -> bytes:
    """The very documents this installation signs with, so that both mean the same."""
    return strict_json.write({url: contexts.load(url) for url in contexts.known()})


@cache
def sums() -> Mapping[str, Any]:
    """What pages that check have to know: their `modules`, and the `sums` browsers compare.

    A browser runs none of these files that was changed since the page was written (W3C,
    *Subresource Integrity*); modules another one imports are named, since each is looked at when it
    is loaded ahead.
    """
    folder = resources.files("lti_tool").joinpath("static_site", "browser")
    scripts = {
        file.path.removeprefix("static/verify/"): file.content
        for file in _scripts(folder, "static/verify")
        if file.path.endswith(".js")
    }
    found = {path: _sum(content) for path, content in scripts.items()}
    modules = sorted(path for path in scripts if path != "page.js")
    return {"modules": modules, "sums": found | {CONTEXTS: _sum(known_contexts())}}


def _sum(content: bytes) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()


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
    for name in PROGRAMS:
        yield File(f"hosting/{name}", folder.joinpath(name).read_bytes())


def _scripts(folder: Traversable, path: str) -> Iterator[File]:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.is_dir():
            yield from _scripts(entry, f"{path}/{entry.name}")
        else:
            yield File(f"{path}/{entry.name}", entry.read_bytes())
