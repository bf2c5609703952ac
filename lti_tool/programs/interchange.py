"""YAML in and out: documents that know the file and line of everything in them.

The dialect is YAML 1.2's core schema, so `no` stays a word and `07-01` a day. Text is
kept in one form (NFC, no blanks at its ends) and numbers in one form (30, not 30.0), so
that a document written and read again is equal to itself.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import yaml

Route = tuple[str | int, ...]
"""The way to a value: field names and places in lists, from the top of the document."""

LARGEST_FILE = 2_000_000
"""Bytes of one file; the largest packages we know have a tenth of it."""
MOST_VALUES = 100_000
"""Values in one file, counted after its aliases are followed: no file unfolds without end."""


@dataclass(frozen=True, order=True)
class Fault:
    """What is wrong with a package, and where."""

    file: str
    line: int
    """Counted from 1; 0 where the fault has no line, such as a missing file."""
    rule: str
    """Kebab-case name, as in `docs/program-packages.md`."""
    words: str
    """For a teacher educator, not for a programmer."""

    def __str__(self) -> str:
        """`file:line: words [rule]`, as editors understand it."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.words} [{self.rule}]"


@dataclass
class Source:
    """A document and where each of its values stands."""

    document: Any
    places: dict[Route, tuple[str, int]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, route: Iterable[str | int], rule: str, words: str) -> Fault:
        """A fault at a route, or at the nearest place above it that is written down."""
        way = tuple(route)
        while way and way not in self.places:
            way = way[:-1]
        file, line = self.places.get(way, ("", 0))
        return Fault(file, line, rule, words)


class CoreLoader(yaml.SafeLoader):
    """Resolves plain words by YAML 1.2's core schema instead of YAML 1.1's."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


class SwiftLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """`CoreLoader` on libyaml, twenty times as fast, wherever PyYAML was built with it."""

    yaml_implicit_resolvers = CoreLoader.yaml_implicit_resolvers


DEEPEST_SWIFT = 2_000
"""Levels that libyaml's reader is trusted with. It descends on the machine's own stack, and a
file made to overflow that would end the process; Python's reader refuses such a file instead."""


class CoreDumper(yaml.SafeDumper):
    """Writes so that `CoreLoader` reads the same."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent lists below their field, as people do."""
        super().increase_indent(flow, False)


for _kind in (CoreLoader, CoreDumper):
    for _tag, _pattern, _first in (
        ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
        ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
        ("int", r"^[-+]?[0-9]+$", list("-+0123456789")),
        (
            "float",
            r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$",
            list("-+.0123456789"),
        ),
    ):
        _kind.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first)

_BREAKS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def _text(dumper: CoreDumper, text: str) -> yaml.ScalarNode:
    style = '"' if _BREAKS.search(text) else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


CoreDumper.add_representer(str, _text)


class _Reader:
    """Turns the nodes of one file into values, noting where each stands."""

    def __init__(self, source: Source, file: str) -> None:
        self.source = source
        self.file = file
        self.count = 0
        self.inside: list[yaml.Node] = []

    def value(self, node: yaml.Node, route: Route) -> Any:
        """The value of a node; what cannot be read becomes a fault and `None`."""
        self.source.places.setdefault(route, (self.file, node.start_mark.line + 1))
        self.count += 1
        if self.count > MOST_VALUES or any(node is outer for outer in self.inside):
            self.refuse(
                node,
                "too-large",
                "This file unfolds into more than a package can hold.",
            )
            return None
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node)
        if node.tag.rpartition(":")[2] not in ("map", "seq"):
            self.refuse(node, "yaml", f"“{node.tag}” is not used in packages.")
            return None
        self.inside.append(node)
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self.value(child, (*route, at)) for at, child in enumerate(node.value)]
            return self.mapping(cast(yaml.MappingNode, node), route)
        finally:
            self.inside.pop()

    def mapping(self, node: yaml.MappingNode, route: Route) -> dict[str, Any]:
        """The fields of a mapping; a field's place is that of its name."""
        fields: dict[str, Any] = {}
        for name_node, child in node.value:
            name = name_node.value if isinstance(name_node, yaml.ScalarNode) else ""
            if not isinstance(name, str) or not name:
                self.refuse(name_node, "yaml", "The name of a field must be a plain word.")
                continue
            if name in fields:
                self.refuse(
                    name_node,
                    "field-twice",
                    f"“{name}” stands twice here; keep one of the two.",
                )
                continue
            self.source.places[(*route, name)] = (
                self.file,
                name_node.start_mark.line + 1,
            )
            fields[name] = self.value(child, (*route, name))
        return fields

    def scalar(self, node: yaml.ScalarNode) -> Any:
        """A text, number, truth value or nothing, in its one form."""
        kind = node.tag.rpartition(":")[2]
        if kind == "null":
            return None
        if kind == "bool":
            return node.value.lower() == "true"
        if kind in ("int", "float"):
            try:
                number = int(node.value) if kind == "int" else float(node.value)
            except ValueError:
                number = float("inf")
            if abs(number) < 1e15:
                return int(number) if number == int(number) else number
            self.refuse(node, "number", "This number is too large.")
            return None
        if kind != "str":
            self.refuse(node, "yaml", f"“{node.tag}” is not used in packages; write plain text.")
            return None
        return one_form(node.value)

    def refuse(self, node: yaml.Node, rule: str, words: str) -> None:
        """Note a fault at a node; the same place and rule once."""
        fault = Fault(self.file, node.start_mark.line + 1, rule, words)
        if fault not in self.source.faults:
            self.source.faults.append(fault)


def one_form(text: str) -> str:
    """A text as it is kept: composed characters, no carriage returns, no blanks at its ends."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", lines).strip()


def read_file(path: Path, *, name: str, source: Source, route: Route = ()) -> Any:
    """Read one YAML file into `source` below `route`; returns its value.

    Whatever cannot be read becomes a fault of `source`, under the file's `name`.
    """
    try:
        content = path.read_bytes()
    except OSError:
        source.faults.append(Fault(name, 0, "file-missing", "There is no file of this name."))
        return None
    if len(content) > LARGEST_FILE:
        source.faults.append(
            Fault(
                name,
                0,
                "too-large",
                f"A file of a package has at most {LARGEST_FILE:,} bytes.",
            )
        )
        return None
    return read_text(content, name=name, source=source, route=route)


def read_text(content: bytes, *, name: str, source: Source, route: Route = ()) -> Any:
    """Read YAML bytes into `source`; see `read_file`."""
    source.places.setdefault(route, (name, 1))
    try:
        text = content.decode("utf-8-sig")
        node = yaml.compose(text, Loader=_loader(text))
        return _Reader(source, name).value(node, route) if node is not None else None
    except UnicodeDecodeError:
        source.faults.append(Fault(name, 0, "yaml", "This file is not text in UTF-8."))
    except RecursionError:
        source.faults.append(Fault(name, 0, "too-large", "This file is nested too deeply."))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        words = f"This is not well-formed YAML: {error.problem or error.context}."
        source.faults.append(Fault(name, mark.line + 1 if mark else 0, "yaml", words))
    except yaml.YAMLError as error:
        words = f"This is not well-formed YAML: {str(error).splitlines()[0]}."
        source.faults.append(Fault(name, 0, "yaml", words))
    return None


def _loader(text: str) -> Any:
    """The fastest reader that is safe: each level takes a bracket, or two a column of a line."""
    levels = text.count("[") + text.count("{") + 2 * max(map(len, text.splitlines()), default=0)
    return SwiftLoader if levels <= DEEPEST_SWIFT else CoreLoader


def write(document: dict[str, Any]) -> str:
    """A document as one YAML text that reads back equal."""
    return yaml.dump(
        document,
        Dumper=CoreDumper,
        allow_unicode=True,
        sort_keys=False,
        width=100,
        indent=2,
    )


def walk(value: Any, route: Route = ()) -> Iterator[tuple[Route, Any]]:
    """Every value of a document with its route, from the top down and in its order."""
    waiting = [(route, value)]
    while waiting:
        way, found = waiting.pop()
        yield way, found
        if isinstance(found, dict):
            waiting += [((*way, name), child) for name, child in found.items()][::-1]
        elif isinstance(found, list):
            waiting += [((*way, at), child) for at, child in enumerate(found)][::-1]


def rows(value: dict[str, Any], *names: str, route: Route = ()) -> Iterator[tuple[Route, Any]]:
    """The entries of a list inside lists: `rows(part, "phases", "tasks")` gives all its tasks."""
    for at, child in enumerate(value.get(names[0], [])):
        way = (*route, names[0], at)
        if len(names) == 1:
            yield way, child
        else:
            yield from rows(child, *names[1:], route=way)
