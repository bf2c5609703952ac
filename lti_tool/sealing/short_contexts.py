"""Contexts cut down to the terms a document can use, which halves the time of reading it.

A JSON-LD processor reads every definition of every context before it reads a document. Which
definitions decide what a document means is known before: those of its members and of its values,
of what stands before a colon in them, and of what those definitions name in turn. The others are
left out, unless they are there twice; nothing else is changed. This is done for the few lists of
contexts that current credentials have, which are known to go together whatever a document holds;
wherever another context is named, anywhere in a document, all of them are read whole.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

from lti_tool.sealing import contexts

Named = tuple[str, ...]

PLAIN: frozenset[Named] = frozenset(
    {
        (contexts.CREDENTIALS_V2,),
        (contexts.CREDENTIALS_V2, contexts.OPEN_BADGES_3),
        (contexts.CREDENTIALS_V2, contexts.OPEN_BADGES_3, contexts.OPEN_BADGES_3_EXTENSIONS),
    }
)
"""Lists of contexts that are cut down."""


def written(document: Mapping[str, Any]) -> str:
    """A document as JSON with every context written out in place, as short as can be.

    Raises `contexts.UnknownContext` as `contexts.inlined` does.
    """
    named = document.get("@context")
    if isinstance(named, list) and all(isinstance(url, str) for url in named):
        urls = tuple(named)
        rest = {name: value for name, value in document.items() if name != "@context"}
        if rest and urls in PLAIN and (used := _used(rest, terms_of(urls))) is not None:
            return f'{{"@context":{_cut_down(urls, used)},{json.dumps(rest)[1:]}'
    return json.dumps(contexts.inlined(document))


@cache
def terms_of(urls: Named) -> frozenset[str]:
    """Every term these contexts define, at whatever depth."""
    return frozenset(_terms([contexts.load(url) for url in urls]))


@cache
def repeated(urls: Named) -> frozenset[str]:
    """Terms that are defined more than once, in several contexts or within one.

    These are always kept: whether one may be defined anew decides whether a document is JSON-LD at
    all, also where only the context of a type says it again.
    """
    times = Counter(_terms([contexts.load(url) for url in urls]))
    return frozenset(term for term, number in times.items() if number > 1)


def _terms(context: Any) -> Iterator[str]:
    if isinstance(context, list):
        for entry in context:
            yield from _terms(entry)
    elif isinstance(context, dict):
        for term, definition in context.items():
            yield term
            if isinstance(definition, dict):
                yield from _terms(definition.get("@context"))


def _used(document: Mapping[str, Any], terms: frozenset[str]) -> frozenset[str] | None:
    """The terms that stand in a document; `None` where it names contexts further inside."""
    used: set[str] = set()
    left: list[Any] = [document]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            if "@context" in value:
                return None
            left += value.values()
            used.update(_with_prefixes(value))
        elif isinstance(value, list):
            left += value
        elif isinstance(value, str):
            used.add(value)
            if ":" in value:
                used.add(value.partition(":")[0])
    return terms & used


def _with_prefixes(names: Mapping[str, Any]) -> Iterator[str]:
    for name in names:
        yield name
        if ":" in name:
            yield name.partition(":")[0]


@lru_cache(maxsize=256)
def _cut_down(urls: Named, used: frozenset[str]) -> str:
    """The contexts as JSON, with these terms and all that their definitions name."""
    whole, terms = [contexts.load(url) for url in urls], terms_of(urls)
    known = used | repeated(urls)
    while True:
        short = [_kept(context, known) for context in whole]
        named = frozenset(_named_in(short)) & terms
        if named <= known:
            return json.dumps(short)
        known |= named


def _kept(context: Any, terms: frozenset[str]) -> Any:
    if isinstance(context, list):
        return [_kept(entry, terms) for entry in context]
    if not isinstance(context, dict):
        return context
    return {
        term: _definition(definition, terms)
        for term, definition in context.items()
        if term.startswith("@") or term in terms
    }


def _definition(definition: Any, terms: frozenset[str]) -> Any:
    if isinstance(definition, dict) and "@context" in definition:
        return {**definition, "@context": _kept(definition["@context"], terms)}
    return definition


def _named_in(value: Any) -> Iterator[str]:
    """Every text in definitions, and what stands before its colon."""
    if isinstance(value, dict):
        yield from _with_prefixes(value)
        for entry in value.values():
            yield from _named_in(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from _named_in(entry)
    elif isinstance(value, str):
        yield value
        yield value.partition(":")[0]
