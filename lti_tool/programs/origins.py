"""Whose words a part of a package is: the program's own, or those of the package's authors.

An object says `origin`, or lists in `cairn_wrote` the fields that differ from it; what is
inside inherits.
"""

from typing import Any

from lti_tool.programs.interchange import Route

CAIRN = "cairn"


def is_ours(document: dict[str, Any], *route: str | int) -> bool:
    """Whether what stands at a route was written by the package's authors.

    A field that is not there is nobody's: the answer is that of the place it would be in.
    """
    origin = str(document.get("origin", "source"))
    value: Any = document
    for step in route:
        if isinstance(value, dict):
            if step in value.get("cairn_wrote", ()):
                origin = CAIRN
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            break
        if isinstance(value, dict):
            origin = str(value.get("origin", origin))
    return origin == CAIRN


def ours_among(document: dict[str, Any], names: tuple[str, ...], *route: str | int) -> set[str]:
    """Which of these fields at a route are the authors' own wording."""
    place: Route = tuple(route)
    return {name for name in names if is_ours(document, *place, name)}
