"""A reader of one shape takes documents of this shape, all of their texts, and no others."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from benchmarks import badge_sample as sample
from lti_tool.sealing import slots
from lti_tool.sealing.readers import reader

Document = dict[str, Any]


def in_parts(number: int) -> Document:
    """A sample credential, as the rooms hand it over."""
    whole = sample.credential(number)
    subject = {**whole["credentialSubject"], "achievement": slots.Part(sample.achievement())}
    return {**whole, "issuer": slots.Part(sample.issuer()), "credentialSubject": subject}


READ = reader(in_parts(0))


def test_it_gives_the_texts_of_any_document_of_its_shape() -> None:
    for number in range(1, 40):
        document = in_parts(number)

        assert READ(document) == slots.read(document)[1]


def _with(**members: Any) -> Callable[[Document], Document]:
    return lambda document: {**document, **members}


def _turned(document: Document) -> Document:
    return dict(reversed(document.items()))


def _another(part: str) -> Callable[[Document], Document]:
    return lambda document: {**document, part: slots.Part({**sample.issuer(), "name": "Another"})}


class _Odd(dict[str, Any]):
    """Looks like an object and need not be one."""


@pytest.mark.parametrize(
    "change",
    [
        _with(name=7),
        _with(name=None),
        _with(name=["a"]),
        _with(type=["VerifiableCredential"]),
        _with(type="VerifiableCredential"),
        _with(evidence=[]),
        _with(evidence={}),
        _with(evidence=({}, {}, {})),
        _with(credentialStatus=[]),
        _with(credentialStatus="https://example.org"),
        _with(more="than before"),
        _with(issuer=sample.issuer()),
        _with(**{"@context": ["https://www.w3.org/ns/credentials/v2"]}),
        _another("issuer"),
        _turned,
        _Odd,
        lambda document: {name: document[name] for name in document if name != "name"},
    ],
)
def test_it_takes_no_other_document(change: Callable[[Document], Document]) -> None:
    assert READ(in_parts(3)) is not None

    assert READ(change(in_parts(3))) is None


def test_numbers_and_truths_are_told_apart() -> None:
    read = reader({"a": {}, "b": [], "n": 1, "z": 0.0})

    def takes(document: Mapping[str, Any]) -> bool:
        return read(document) is not None

    assert takes({"a": {}, "b": [], "n": 1, "z": 0.0})
    others: list[Document] = [
        {"n": True},
        {"n": 1.0},
        {"n": 2},
        {"z": -0.0},
        {"z": 0},
        {"a": []},
        {"b": {}},
    ]
    for other in others:
        assert not takes({"a": {}, "b": [], "n": 1, "z": 0.0, **other})
