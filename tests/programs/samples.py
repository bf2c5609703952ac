"""A small package that has no faults, to be spoilt by tests: the example of the manual."""

import copy
from functools import lru_cache
from pathlib import Path
from typing import Any

from lti_tool.programs.interchange import Source, read_text, write
from lti_tool.programs.packages import Package, PackageFaulty, parse

MANUAL = Path(__file__).resolve().parents[2] / "docs" / "program-packages.md"


@lru_cache(maxsize=1)
def manual_example() -> str:
    """The smallest complete package, as `docs/program-packages.md` prints it."""
    page = MANUAL.read_text(encoding="utf-8")
    return (
        page.partition("## The smallest complete package")[2].split("```")[1].removeprefix("yaml\n")
    )


def a_document(**changes: Any) -> dict[str, Any]:
    """The example's document with fields changed; `None` takes a field away."""
    source = Source(document=None)
    document: dict[str, Any] = copy.deepcopy(
        read_text(manual_example().encode(), name="program.yaml", source=source)
    )
    for name, value in changes.items():
        if value is None:
            document.pop(name, None)
        else:
            document[name] = value
    return document


def a_package(**changes: Any) -> Package:
    """The example's package with fields changed."""
    return parse(write(a_document(**changes)))


def rules_broken(document: dict[str, Any]) -> set[str]:
    """The names of the rules a document breaks."""
    try:
        parse(write(document))
    except PackageFaulty as refusal:
        return {fault.rule for fault in refusal.faults}
    return set()
