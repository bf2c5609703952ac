"""Which members of a JSON-LD document its contexts define.

A member that no context defines is silently left out of the canonical form, so a proof does not
cover it. Neither JSON-LD library available here (PyLD, pyoxigraph) has a mode that refuses such
members, so this module finds them: it follows the scoping rules of
JSON-LD 1.1 (sections 4.1.8 and 4.1.9) as far as deciding *defined or not* needs.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from lti_tool.sealing import contexts

_Active = dict[str, Any]


def undefined_members(document: Mapping[str, Any]) -> list[str]:
    """The paths of all members and types that no context in force defines, in document order.

    Raises `contexts.UnknownContext` where a context is not bundled.
    """
    return list(_walk(document, {}, ""))


def _apply(active: _Active, local: Any) -> _Active:
    for entry in local if isinstance(local, list) else [local]:
        if entry is None:
            active = {}
        elif isinstance(entry, str):
            active = _apply(active, contexts.load(entry))
        else:
            active = {**active, **entry}
    return active


def _means(active: _Active, term: str) -> Any:
    """What a term stands for: an IRI, a keyword, or `None` where it is undefined."""
    definition = active.get(term)
    if isinstance(definition, dict):
        # Without @id a term that looks like an IRI, or that @vocab completes, is still defined.
        return definition.get("@id", term if ":" in term or active.get("@vocab") else None)
    return definition


def _is_defined(active: _Active, term: str) -> bool:
    if term in active:
        return _means(active, term) is not None
    return ":" in term or active.get("@vocab") is not None


def _types(node: Mapping[str, Any], active: _Active) -> Iterator[str]:
    for name, value in node.items():
        if name == "@type" or _means(active, name) == "@type":
            yield from (
                entry
                for entry in (value if isinstance(value, list) else [value])
                if isinstance(entry, str)
            )


def _scoped(active: _Active, term: str) -> Any:
    definition = active.get(term)
    return definition.get("@context", ...) if isinstance(definition, dict) else ...


def _walk(node: Mapping[str, Any], active: _Active, path: str) -> Iterator[str]:
    if "@context" in node:
        active = _apply(active, node["@context"])
    here = active
    for kind in sorted(set(_types(node, active))):
        if not _is_defined(active, kind):
            yield f"{path}/type={kind}"
        if (scoped := _scoped(active, kind)) is not ...:
            here = _apply(here, scoped)
    for name, value in node.items():
        if name.startswith("@") or _means(here, name) in ("@id", "@type"):
            continue
        if not _is_defined(here, name):
            yield f"{path}/{name}"
            continue
        definition = here.get(name)
        if isinstance(definition, dict) and definition.get("@type") == "@json":
            continue
        # A type's context holds for its own node only; a property's for what is below it.
        below = active
        if (scoped := _scoped(here, name)) is not ...:
            below = _apply(below, scoped)
        for entry in value if isinstance(value, list) else [value]:
            if isinstance(entry, dict):
                yield from _walk(entry, below, f"{path}/{name}")
