"""How a credential is designed: its research, its program's design elements, its practice.

A program may list design elements that every credential must show (S3-19, S4-18). Nobody
can compute whether coaching is coaching; what can be held to is that an author points at the
thing that is meant to show an element, so that a reader can look there and disagree.
"""

import re
from collections.abc import Iterator
from typing import Any

from lti_tool.programs.interchange import Route, rows, walk
from lti_tool.programs.references import Document, Finding

_YEAR = re.compile(r"\b(?:1[89]|20)\d\d\b|\bn\.d\.")

PEOPLE_AND_TIME = (
    *("coaching", "cohort", "deciders", "help", "peers", "team"),
    *("duration", "hours"),
)
"""What a program says once for all its credentials and may point from to a design element."""


def citations(document: Document) -> Iterator[Finding]:
    """`research-cited`: what a credential rests on can be looked up, so it has author and year."""
    for way, entry in (*rows(document, "research"), *rows(document, "credentials", "research")):
        if not _YEAR.search(entry["citation"]) or len(entry["citation"].split()) < 4:
            words = "Cite it so that it can be found: author, year, title, publisher."
            yield (*way, "citation"), "research-cited", words


def elements_exist(document: Document) -> Iterator[Finding]:
    """`blueprint-exists`: an element that is pointed from is one of the program's list."""
    known = document.get("blueprint", [])
    for route, value in walk(document):
        if not isinstance(value, dict) or not route:
            continue
        for at, element in enumerate(value.get("blueprint", [])):
            if element not in known:
                there = "; ".join(known) or "none"
                words = f"The program's `blueprint` has no “{element}”. It has: {there}."
                yield (*route, "blueprint", at), "blueprint-exists", words


def elements_shown(document: Document) -> Iterator[Finding]:
    """`blueprint-shown`: each design element is pointed at by something in each credential.

    The people and the time that a program has for every credential count for all of them; what
    may be left out, as an optional task or artifact, counts for none.
    """
    around = {name: document[name] for name in PEOPLE_AND_TIME if name in document}
    everywhere = set(_shown(around, ()))
    for way, credential in complete(document):
        shown = everywhere | set(_shown(credential, way))
        absent = [f"“{name}”" for name in document.get("blueprint", []) if name not in shown]
        if absent:
            words = (
                f"Nothing that must be done or is given here shows {', '.join(absent)}. Name it in"
                " the `blueprint` of what shows it: a part, phase, task, artifact, resource,"
                f" criterion or course, or the program's {', '.join(PEOPLE_AND_TIME)}."
            )
            yield way, "blueprint-shown", words


def _shown(value: Any, route: Route) -> Iterator[str]:
    """The elements that something below a value points at, without what may be left out."""
    if isinstance(value, list):
        for at, child in enumerate(value):
            yield from _shown(child, (*route, at))
    elif isinstance(value, dict) and not value.get("optional") and value.get("min", 1) != 0:
        if route:
            yield from value.get("blueprint", [])
        for name, child in value.items():
            if name != "blueprint":
                yield from _shown(child, (*route, name))


def strands_exist(document: Document) -> Iterator[Finding]:
    """`strands-exist`: a course takes up strands of its program or credential."""
    for way, credential in rows(document, "credentials"):
        known = {*document.get("strands", []), *credential.get("strands", [])}
        for at, course in rows(credential, "courses", route=way):
            for strand in course.get("strands", []):
                if strand not in known:
                    there = ", ".join(sorted(known)) or "none"
                    words = f"There is no strand “{strand}”. There are: {there}."
                    yield (*at, "strands"), "strands-exist", words


def practice_is_dated(document: Document) -> Iterator[Finding]:
    """Advice `practice-dated`: something done at work is asked for, with its day (S3-26)."""
    for way, credential in complete(document):
        if not any(
            artifact.get("needs_date") and artifact.get("min", 1)
            for _, artifact in rows(credential, "parts", "phases", "tasks", "artifacts")
        ):
            words = "No artifact asks for the day on which something was done: set `needs_date`."
            yield way, "practice-dated", words


def practices_lead_on(document: Document) -> Iterator[Finding]:
    """Advice `practices-lead-on`: who rates a practice low is recommended something (S3-23)."""
    for way, credential in complete(document):
        led = {rule["item"] for _, rule in rows(credential, "resources", "recommend")}
        for at, item in rows(credential, "self_assessment", route=way):
            if item["slug"] not in led:
                words = "No resource is recommended to somebody who rates this low."
                yield at, "practices-lead-on", words


def complete(document: Document) -> Iterator[tuple[Route, Document]]:
    """The credentials that can be begun; an outline owes no design yet."""
    for way, credential in rows(document, "credentials"):
        if credential["status"] == "complete":
            yield way, credential
