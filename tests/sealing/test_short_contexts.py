"""Contexts that are cut down say the same as whole ones, whatever a document holds."""

import json
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lti_tool.sealing import contexts, short_contexts
from tests.sealing import documents

URLS = max(short_contexts.PLAIN, key=len)
TERMS = sorted(short_contexts.terms_of(URLS))


def meaning(text: str) -> list[bytes] | str:
    """The canonical statements of JSON-LD, or that it has none."""
    try:
        dataset = ox.Dataset(ox.parse(text, format=ox.RdfFormat.JSON_LD))
    except (SyntaxError, ValueError):
        return "refused"
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return sorted((ox.serialize(dataset, format=ox.RdfFormat.N_QUADS) or b"").split(b"\n"))


@pytest.mark.row("B3-036")
@pytest.mark.parametrize("name", sorted(documents.known()))
def test_a_known_document_means_the_same(name: str) -> None:
    document = json.loads((documents.CORPUS / f"{name}.json").read_text("utf-8"))

    short, whole = short_contexts.written(document), json.dumps(contexts.inlined(document))

    assert meaning(short) == meaning(whole)
    if name in ("plain", "sample", "status-list"):
        assert len(short) < len(whole) - 3_000


TERM = st.sampled_from(TERMS)
TEXT = st.one_of(
    TERM,
    st.builds("{}:{}".format, TERM, st.sampled_from(["x", "//x", "Result", ""])),
    st.sampled_from(["https://example.org/a", "urn:x:y", "words", "_:b0", "2026-11-22T10:00:00Z"]),
)
NAMES = st.one_of(TERM, TEXT, st.sampled_from(["@type", "@id", "@value", "@graph", "@nest", "id"]))
VALUES = st.recursive(
    st.one_of(TEXT, st.booleans(), st.integers(0, 9), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=12,
)


@settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(
    urls=st.sampled_from(sorted(short_contexts.PLAIN)),
    kinds=st.lists(TERM, max_size=3),
    members=st.dictionaries(NAMES, VALUES, max_size=5),
)
def test_any_document_means_the_same(
    urls: tuple[str, ...], kinds: list[str], members: dict[str, Any]
) -> None:
    document = {"@context": list(urls), "type": kinds, **members}

    short, whole = short_contexts.written(document), json.dumps(contexts.inlined(document))

    assert meaning(short) == meaning(whole)


def test_contexts_further_inside_are_read_whole() -> None:
    inside = {"@context": list(URLS), "type": ["Profile"], "name": "Ada"}
    document = {"@context": list(URLS), "type": ["Profile"], "parentOrg": inside}

    assert short_contexts.written(document) == json.dumps(contexts.inlined(document))


def test_a_context_that_is_not_known_is_refused() -> None:
    with pytest.raises(contexts.UnknownContext):
        short_contexts.written({"@context": ["https://example.org/mine"], "name": "Ada"})
