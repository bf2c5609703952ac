"""The shipped packages as the tests of this room read them."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from lti_tool.programs.packages import read
from lti_tool.programs.shipped import shipped_packages

ACADEMIES = "el-administrator-academies"
LEAD_HUBS = "lead-hubs"
DUPAGE = "dupage-leadership-hub"
EXCEL = "excel-leadership-academy"
LOS_ANGELES = "lausd-english-learners"
PROGRAMS = {ACADEMIES, LEAD_HUBS, DUPAGE, EXCEL, LOS_ANGELES}

ENGLISH_LEARNERS = ["el-mindset-and-culture", "el-data-trends", "el-improvement-plan"]
SOCIAL_EMOTIONAL = ["sel-elevating", "sel-assessing-implementation", "sel-culture-for-success"]
EQUITY = ["equity-mindset", "equity-current-culture", "equity-systems-change"]
DUPAGE_CREDENTIALS = [*SOCIAL_EMOTIONAL, *EQUITY, *ENGLISH_LEARNERS]


@lru_cache(maxsize=1)
def catalogue() -> dict[str, dict[str, Any]]:
    """The documents of the shipped packages by slug; tests read them and change nothing."""
    return {package.slug: package.document for package in map(read, shipped_packages())}


def named(entries: list[dict[str, Any]], slug: str) -> dict[str, Any]:
    """The entry with a slug."""
    return next(entry for entry in entries if entry["slug"] == slug)


def titles(program: dict[str, Any], stack: str) -> list[str]:
    """The titles of a stack's members, in order."""
    members = named(program["stacks"], stack)["members"]
    return [named(program["credentials"], slug)["title"] for slug in members]


def credential(slug: str) -> dict[str, Any]:
    """A credential of the DuPage program."""
    return named(catalogue()[DUPAGE]["credentials"], slug)


def tasks_of(part: dict[str, Any]) -> list[dict[str, Any]]:
    """All tasks of a part."""
    return [task for phase in part["phases"] for task in phase["tasks"]]


def texts(value: Any, origin: str = "source", field: str = "") -> Iterator[tuple[str, str, str]]:
    """Every text below a value as (field, text, whose words): `origin` is inherited."""
    if isinstance(value, dict):
        origin = value.get("origin", origin)
        ours = value.get("cairn_wrote", [])
        for name, child in value.items():
            yield from texts(child, "cairn" if name in ours else origin, name)
    elif isinstance(value, list):
        for child in value:
            yield from texts(child, origin, field)
    elif isinstance(value, str):
        yield field, value, origin
