"""The canonical form of a credential: RDF Dataset Canonicalization 1.0 as N-Quads text.

pyoxigraph does the work; the contexts are written into the document first, so nothing is ever
fetched. What could make the work endless, or mean different things to different libraries, is
refused before.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pyoxigraph as ox

from lti_tool.sealing import short_contexts

LARGEST = 256 * 1024
"""Bytes of JSON a document may have."""
DEEPEST = 48
"""How deep objects and lists may be nested."""
MOST_QUADS = 6_000
MOST_ALIKE = 5
"""How many entangled blank nodes may look alike at first sight: sorting takes factorial time."""
MOST_TWINS = 600
"""How many blank nodes may look alike and stand apart, as one e-mail address in twenty badges."""
MOST_CONTEXTS = 150
"""Contexts named in a document: each is read anew wherever it is named, whatever its size."""
MOST_TYPES = 16
"""Types of one object: each may bring a context into force."""


class NotCanonical(ValueError):
    """A document has no canonical form here; the message says why."""


def canonical(document: Mapping[str, Any]) -> str:
    """The canonical N-Quads of a JSON-LD document, lines sorted, each ending in a line feed.

    Raises `NotCanonical`, or `contexts.UnknownContext` where a context is not bundled.
    """
    dataset = graph(document)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    written = ox.serialize(dataset, format=ox.RdfFormat.N_QUADS)
    # Not splitlines(): it also cuts at U+0085, U+2028 and U+2029, which texts may hold.
    lines = sorted(set((written or b"").decode("utf-8").split("\n")) - {""})
    return "".join(f"{line}\n" for line in lines)


def graph(document: Mapping[str, Any]) -> ox.Dataset:
    """The statements of a JSON-LD document, its blank nodes named at random.

    Raises what `canonical` raises.
    """
    guard_shape(document)
    text = short_contexts.written(document)
    try:
        dataset = ox.Dataset(ox.parse(text, format=ox.RdfFormat.JSON_LD))
    except (SyntaxError, ValueError, OverflowError) as error:
        raise NotCanonical(f"the JSON-LD cannot be read: {error}") from error
    _guard_graph(dataset)
    return dataset


def digest(document: Mapping[str, Any]) -> bytes:
    """SHA-256 of the canonical form."""
    return hashlib.sha256(canonical(document).encode("utf-8")).digest()


def leaves(
    value: Any, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every value of a JSON document that holds no others, with the path to it."""
    if isinstance(value, dict):
        for name, entry in value.items():
            yield from leaves(entry, (*path, name))
    elif isinstance(value, list):
        for number, entry in enumerate(value):
            yield from leaves(entry, (*path, number))
    else:
        yield path, value


def guard_shape(document: Mapping[str, Any]) -> None:
    """Refuse documents that are too deep, too large, or name blank nodes. Raises `NotCanonical`."""
    guard_depth(document)
    try:
        size = len(json.dumps(document, ensure_ascii=False).encode("utf-8"))
    except UnicodeEncodeError as error:
        raise NotCanonical("a text holds half a character (a lone surrogate)") from error
    if size > LARGEST:
        raise NotCanonical(f"the document is larger than {LARGEST // 1024} KiB")
    for _, value in leaves(dict(document)):
        if isinstance(value, str) and value.startswith("_:"):
            raise NotCanonical("the document names blank nodes")
    named = 0
    for node in _objects(document):
        named += _length(node.get("@context"))
        if max(_length(node.get("type")), _length(node.get("@type"))) > MOST_TYPES:
            raise NotCanonical(f"an object is of more than {MOST_TYPES} types")
    if named > MOST_CONTEXTS:
        raise NotCanonical(f"the document names more than {MOST_CONTEXTS} contexts")


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
        for entry in value.values():
            yield from _objects(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from _objects(entry)


def _length(value: Any) -> int:
    return len(value) if isinstance(value, list) else int(value is not None)


def guard_depth(value: Any, depth: int = 0) -> None:
    """Refuse what is nested too deep to be walked. Raises `NotCanonical`."""
    if depth > DEEPEST:
        raise NotCanonical(f"the document is nested more than {DEEPEST} levels deep")
    if isinstance(value, Mapping):
        for entry in value.values():
            guard_depth(entry, depth + 1)
    elif isinstance(value, list):
        for entry in value:
            guard_depth(entry, depth + 1)


def _guard_graph(dataset: ox.Dataset) -> None:
    """Refuse graphs whose blank nodes cannot be told apart cheaply (poisoned graphs).

    The first-degree hashes of RDFC-1.0 (section 4.6) are computed; blank nodes that share one
    are sorted out by trying orders, which grows like a factorial.
    """
    if len(dataset) > MOST_QUADS:
        raise NotCanonical(f"the document makes more than {MOST_QUADS} statements")
    mentions: dict[str, list[str]] = {}
    for quad in dataset:
        ends = (quad.subject, quad.object, quad.graph_name)
        blank = {term.value for term in ends if isinstance(term, ox.BlankNode)}
        if not blank:
            continue  # most statements name none
        terms = (quad.subject, quad.predicate, quad.object, quad.graph_name)
        for name in blank:
            mentions.setdefault(name, []).append(
                " ".join(
                    ("_:a" if term.value == name else "_:z")
                    if isinstance(term, ox.BlankNode)
                    else str(term)
                    for term in terms
                )
            )
    seen = {name: "\n".join(sorted(lines)) for name, lines in mentions.items()}
    alike = Counter(seen.values())
    twins = {name for name, looks in seen.items() if alike[looks] > 1}
    # Only beside another of its kind is a twin tried in every order: a neighbour that is told
    # apart at first sight is settled before (RDFC-1.0, section 4.4.3, step 4).
    entangled: set[str] = set()
    for quad in dataset if len(twins) > 1 else ():
        ends = (quad.subject, quad.object, quad.graph_name)
        beside = {term.value for term in ends if isinstance(term, ox.BlankNode)} & twins
        if len(beside) > 1:
            entangled |= beside
    knots = Counter(seen[name] for name in entangled)
    if (
        len(twins) > MOST_TWINS
        or any(number > MOST_ALIKE for number in knots.values())
        or len(entangled) > 4 * MOST_ALIKE
    ):
        raise NotCanonical("the document repeats itself too often to be told apart")
