"""The files of a site that no badge changes: styles, scripts, contexts, and how to serve it."""

import json
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from string import Template

from lti_tool.sealing import contexts, strict_json
from lti_tool.settings import Settings
from lti_tool.static_site.writing import File

POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'"
"""What the site's pages may load; each of them says so too."""

CONFIGURATIONS = ("nginx.conf", "apache.conf", "Caddyfile")

STYLES = ("cairn.css", "programs.css", "badges.css", "embed.css", "cairn.svg")


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
