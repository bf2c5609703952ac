"""What two documents of one shape have in common, and the texts in which they differ.

A document to be signed is read as a *shape* (its members, the lengths of its lists, its types,
and everything many awards share) and the texts that fill the shape's slots, in document order.
Two documents of one shape differ in nothing but these texts, so what is worked out once for the
shape holds for both.
"""

import hashlib
import marshal
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

from lti_tool.sealing import contexts

Shape = tuple[Any, ...]

SHARED = frozenset({"achievement", "issuer"})
"""Members many awards have in common; they belong to the shape with all they hold."""

WORDS = frozenset({"type", "@type"})
"""Members whose words the contexts define, so that another word is another shape."""

MARK = "https://slot.invalid/"
"""What stands in a slot while a plan is prepared. It has to read as an address and as a text."""
DIGITS = 5
"""Of the slot's number, which follow the mark."""


class Odd(ValueError):
    """A document that is not read as a shape; the general way decides what becomes of it."""


class Part:
    """A part of a document that many share, taken once for all of them.

    It holds the content as bytes of its own, which nobody can change after the digest was taken.
    """

    __slots__ = ("content", "digest")

    def __init__(self, value: Any) -> None:
        """Take a JSON value. Raises `Odd` for anything else."""
        try:
            # Not JSON: this tells 1 from true, keeps the order, and takes a third of the time.
            self.content = marshal.dumps(value, 2)
        except ValueError as error:
            raise Odd("not a JSON value") from error
        self.digest = hashlib.sha256(self.content).digest()

    @classmethod
    def of(cls, value: Any) -> Self:
        """The value as a part, unless it is one already."""
        return value if isinstance(value, cls) else cls(value)

    @property
    def value(self) -> Any:
        """The content, a copy each time."""
        return marshal.loads(self.content)  # noqa: S302  # our own bytes, a few lines above


def whole(value: Any) -> Any:
    """A document with its parts written out in place."""
    if isinstance(value, Part):
        return value.value
    if isinstance(value, Mapping):
        return {name: whole(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [whole(entry) for entry in value]
    return value


def read(document: Mapping[str, Any]) -> tuple[Shape, list[str]]:
    """The shape of a document and its texts. Raises `Odd` or `contexts.UnknownContext`."""
    shape: list[Any] = []
    texts: list[str] = []
    _read_members(document, shape, texts)
    return tuple(shape), texts


# A shape is written so that no two shapes are written alike: an object as -1 less its number of
# members, then their names, then what each holds; a list as its length, then each entry; a slot as
# None; types as a text or a tuple of texts; all else as bytes, or as a tuple where no types stand.


def _read_members(node: Mapping[str, Any], shape: list[Any], texts: list[str]) -> None:
    shape.append(-1 - len(node))
    shape += node
    for name, value in node.items():
        kind = type(value)
        if name in WORDS:
            # What no words are is no known shape, and a new shape is looked at member by member.
            shape.append(tuple(value) if kind is list else value)
        elif kind is str:
            shape.append(None)
            texts.append(value)
        elif name in SHARED or kind is Part:
            shape.append(Part.of(value).digest)
        elif kind is dict:
            _read_members(value, shape, texts)
        elif kind is list and name != "@context":
            shape.append(len(value))
            for entry in value:
                if type(entry) is dict:
                    _read_members(entry, shape, texts)
                else:
                    _read(entry, shape, texts)
        elif name == "@context":
            shape.append(_contexts(value))
        else:
            _read(value, shape, texts)


def _read(value: Any, shape: list[Any], texts: list[str]) -> None:
    kind = type(value)
    if kind is str:
        shape.append(None)
        texts.append(value)
    elif kind is dict:
        _read_members(value, shape, texts)
    elif kind is list:
        shape.append(len(value))
        for entry in value:
            _read(entry, shape, texts)
    elif kind is bool:
        shape.append(b"true" if value else b"false")
    elif kind is int or kind is float:
        # Each number makes a shape of its own: libraries write numbers in their own ways.
        shape.append((kind.__name__, repr(value)))
    else:
        raise Odd(f"{kind.__name__} is no JSON value that is signed")


def _contexts(value: Any) -> tuple[Any, ...]:
    if type(value) is not list:
        raise Odd("the contexts are not a list")
    return tuple(map(contexts.fingerprint, value))


def marked(document: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The document with a mark in each slot, and the marks in the order of its texts.

    Raises `Odd` where a text of the document looks like a mark.
    """
    if any(MARK in text for text in _texts(whole(document))):
        raise Odd("a text looks like a mark")
    marks: list[str] = []
    return _marked_members(document, marks), marks


def _marked_members(node: Mapping[str, Any], marks: list[str]) -> dict[str, Any]:
    """What `_read_members` reads, in the same order."""
    result: dict[str, Any] = {}
    for name, value in node.items():
        if name in WORDS or name == "@context":
            result[name] = value
        elif not isinstance(value, str) and (name in SHARED or isinstance(value, Part)):
            result[name] = whole(value)
        else:
            result[name] = _marked(value, marks)
    return result


def _marked(value: Any, marks: list[str]) -> Any:
    if isinstance(value, str):
        marks.append(f"{MARK}{len(marks):0{DIGITS}}")
        return marks[-1]
    if isinstance(value, Mapping):
        return _marked_members(value, marks)
    if isinstance(value, list):
        return [_marked(entry, marks) for entry in value]
    return value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for entry in value.values():
            yield from _texts(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from _texts(entry)


def _run(also: str = "") -> str:
    """A run of characters that need no encoding, or are encoded."""
    plain = rf"[A-Za-z0-9\-._~!$&'()*+,;=:@{also}]*+"
    return rf"{plain}(?:%[0-9A-Fa-f]{{2}}{plain})*+"


_ADDRESS = (
    r"(?:https?://[A-Za-z0-9.-]++(?::[0-9]{1,5}+)?+"
    rf"(?:/(?!\.\.?(?:[/?#\0]|\Z)){_run()})*+"
    rf"(?:\?{_run('/?')})?+(?:#{_run('/?')})?+"
    r"|urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|did:(?:web|key):[A-Za-z0-9._:%-]+)"
)
_USUAL_ADDRESS = (
    r"https?://[A-Za-z0-9.-]++(?::[0-9]{1,5}+)?+(?:/[A-Za-z0-9_~/-]*+)?+(?:#[A-Za-z0-9._-]*+)?+"
)
"""Without a dot in its path, and so looked at in a third of the time."""
_ADDRESSES = re.compile(rf"(?:{_USUAL_ADDRESS}\0|{_ADDRESS}\0)*+")


def are_plain_addresses(texts: Iterable[str]) -> bool:
    """Whether every library reads these addresses alike and leaves them as they stand.

    Absolute, ASCII, without dots to resolve, and of a scheme that no context takes for a prefix.
    No text may hold U+0000.
    """
    return _ADDRESSES.fullmatch("\0".join([*texts, ""])) is not None
