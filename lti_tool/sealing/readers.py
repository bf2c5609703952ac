"""Reading one shape: a function that gives a document's texts if it is of this shape.

`slots.read` walks a document to find out which shape it has. Whether it has one that is known
already is found in a quarter of that time by a function that was written for it: no loops, and a
comparison for each member. What it is written of are names and numbers of our own; whatever stands
in a document comes in as a value.
"""

from collections.abc import Callable, Mapping
from typing import Any

from lti_tool.sealing.slots import SHARED, WORDS, Part

Reader = Callable[[Mapping[str, Any]], list[str] | None]


def reader(document: Mapping[str, Any]) -> Reader:
    """A function that gives the texts of documents of this document's shape, and `None` of others.

    The document is one that `slots.read` can read.
    """
    made = _Written()
    made.value("document", document, member="")
    lines = ["def read(document):", *(f" {line}" for line in made.lines)]
    lines.append(f" return [{', '.join(made.texts)}]")
    known: dict[str, Any] = {"Part": Part, **made.constants}
    exec("\n".join(lines), known)  # noqa: S102  # see above: no text of a document is in it
    read: Reader = known["read"]
    return read


class _Written:
    """The lines of a function, the constants it compares with, and the names of the texts."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.constants: dict[str, Any] = {}
        self.texts: list[str] = []
        self._names = 0

    def value(self, name: str, value: Any, *, member: str) -> None:
        """Look at the value that goes by this name; it is that of a member, or stands in a list."""
        if member in WORDS or member == "@context":
            self._unless(f"{name} == {self._constant(value)}")
        elif type(value) is str:
            self._unless(f"type({name}) is str")
            self.texts.append(name)
        elif type(value) is Part or member in SHARED:
            digest = self._constant(Part.of(value).digest)
            self._unless(f"type({name}) is Part and {name}.digest == {digest}")
        elif type(value) is list:
            self._unless(f"type({name}) is list and len({name}) == {len(value)}")
            for own, entry in zip(self._unpacked(name, len(value)), value, strict=True):
                self.value(own, entry, member="")
        elif isinstance(value, dict):
            self._unless(f"type({name}) is dict and [*{name}] == {self._constant(list(value))}")
            names = self._unpacked(f"{name}.values()", len(value))
            for own, (called, entry) in zip(names, value.items(), strict=True):
                self.value(own, entry, member=called)
        else:
            kind, told = self._constant(type(value)), self._constant(repr(value))
            self._unless(f"type({name}) is {kind} and repr({name}) == {told}")

    def _unless(self, condition: str) -> None:
        self.lines.append(f"if not ({condition}): return None")

    def _unpacked(self, what: str, count: int) -> list[str]:
        names = [self._name("v") for _ in range(count)]
        if names:
            self.lines.append(f"{', '.join(names)}, = {what}")
        return names

    def _constant(self, value: Any) -> str:
        name = self._name("c")
        self.constants[name] = value
        return name

    def _name(self, letter: str) -> str:
        self._names += 1
        return f"{letter}{self._names}"
