"""From a framework's section to the credentials and criteria that answer to it (S2-10, S5-04)."""

import re
from dataclasses import dataclass, field
from typing import Any

Document = dict[str, Any]


@dataclass
class Answer:
    """One credential that answers to a place of a framework."""

    slug: str
    title: str
    criteria: list[str] = field(default_factory=list)
    """Titles of its criteria that answer to the place themselves."""


@dataclass
class Section:
    """One place of a framework."""

    title: str
    answers: dict[str, Answer] = field(default_factory=dict)


@dataclass
class Trace:
    """One framework, and what of it is answered where."""

    title: str
    publisher: str
    url: str
    sections: dict[str, Section] = field(default_factory=dict)


def traces(document: Document) -> list[Trace]:
    """Every framework of a program in its order, those nothing answers to among them."""
    found = {
        entry["slug"]: Trace(entry["title"], entry.get("publisher", ""), entry.get("url", ""))
        for entry in document.get("frameworks", [])
    }
    for credential in document["credentials"]:
        for alignment in credential.get("alignments", []):
            _answer(found, alignment, credential)
        for part in credential.get("parts", []):
            for criterion in part["rubric"]["criteria"]:
                for alignment in criterion.get("alignments", []):
                    _answer(found, alignment, credential).criteria.append(criterion["title"])
                for level in criterion["levels"]:
                    for alignment in level.get("alignments", []):
                        words = f"{criterion['title']} ({level['name']})"
                        _answer(found, alignment, credential).criteria.append(words)
    for trace in found.values():
        trace.sections = dict(sorted(trace.sections.items(), key=lambda one: _order(one[0])))
    return list(found.values())


def _order(title: str) -> list[tuple[int, str]]:
    """So that Standard 2 stands before Standard 10."""
    return [
        (int(piece), "") if piece.isdigit() else (-1, piece) for piece in re.split(r"(\d+)", title)
    ]


def _answer(found: dict[str, Trace], alignment: Document, credential: Document) -> Answer:
    trace = found[alignment["framework"]]
    title = place_of(alignment)
    if title == trace.title:
        title = "As a whole"
    section = trace.sections.setdefault(title, Section(title))
    return section.answers.setdefault(
        credential["slug"], Answer(credential["slug"], credential["title"])
    )


def place_of(alignment: Document) -> str:
    """`Standard 3: Equity`, or the title alone."""
    code = f"{alignment['code']}: " if "code" in alignment else ""
    return f"{code}{alignment['title']}"
