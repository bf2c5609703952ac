"""A canonical form prepared for a shape: statements with slots, to be filled for each document.

pyoxigraph reads a document of the shape once, with a mark in each slot. What comes out is cut
into what is the same for all and what is filled. Filling follows RDF Dataset Canonicalization 1.0
(sections 4.4 to 4.6) for the case that every blank node has a first-degree hash of its own; where
two have the same, or statements melt into one, there is no answer and the general way is taken.
"""

import hashlib
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from operator import itemgetter
from typing import Any, TypeVar

import pyoxigraph as ox

from lti_tool.sealing import canonical

Piece = bytes | int
"""Text, or the place of a value."""
Line = tuple[Piece, ...]
Statement = tuple[Line, Line]
"""A subject, and the rest up to the line feed."""
Value = TypeVar("Value")
Filler = Callable[[Sequence[bytes]], bytes]

_CUT = b"\0"
"""Stands between what is filled together; no text that is signed holds it."""


class Unplannable(ValueError):
    """A shape no form is prepared for; the message says why."""


class Unsigned(ValueError):
    """Texts of the document would not be covered by a signature."""

    def __init__(self, marks: Sequence[str]) -> None:
        """Name the marks in their slots."""
        super().__init__(", ".join(marks))
        self.marks = frozenset(marks)


def filler(pieces: Iterable[Piece]) -> Filler:
    """A function that writes the pieces, each place filled with its value."""
    text = bytearray()
    places: list[int] = []
    for piece in pieces:
        if isinstance(piece, int):
            text += b"%b"
            places.append(piece)
        else:
            text += piece.replace(b"%", b"%%")
    pattern = bytes(text)
    pick = picker(places)
    return lambda values: pattern % pick(values)


def picker(places: Iterable[int]) -> Callable[[Sequence[Value]], tuple[Value, ...]]:
    """A function that picks the values of these places, in their order."""
    wanted = list(places)
    if len(wanted) > 1:
        return itemgetter(*wanted)
    return lambda values: tuple(values[place] for place in wanted)


class Form:
    """The canonical form of one shape.

    Values are the N-Quads writing of the texts, in document order, without quotation marks.
    """

    def __init__(self, document: Mapping[str, Any], marks: Sequence[str]) -> None:
        """Prepare the form of a document that has these marks in its slots.

        Raises `Unplannable`, and what `canonical.graph` raises.
        """
        self._places = {mark: place for place, mark in enumerate(marks)}
        self.addresses: set[int] = set()
        """Places of values that stand as an IRI somewhere."""
        quads = list(canonical.graph(document))
        self._blanks = {
            name: len(marks) + number for number, name in enumerate(sorted(_blank_names(quads)))
        }
        statements = [self._statement(quad) for quad in quads]
        seen = {place for subject, rest in statements for place in _places((*subject, *rest))}
        if missing := sorted(set(self._places.values()) - seen):
            raise Unsigned([marks[place] for place in missing])
        self._labels = [b"_:c14n%d" % number for number in range(len(self._blanks))]
        self._prepare_hashes(statements, len(marks))
        self._prepare_blocks(statements)
        self._beginnings: dict[int, Any] = {}

    def _statement(self, quad: ox.Quad) -> Statement:
        if not isinstance(quad.graph_name, ox.DefaultGraph):
            raise Unplannable("the document holds graphs of their own")
        predicate, thing = self._term(quad.predicate), self._term(quad.object)
        if _places(predicate):
            raise Unplannable("a slot names a property")
        return self._term(quad.subject), _joined((b" ", *predicate, b" ", *thing, b" .\n"))

    def _term(self, term: Any) -> Line:
        if isinstance(term, ox.BlankNode):
            return (self._blanks[term.value],)
        place = self._places.get(term.value)
        written = str(term)
        if place is None:
            if any(mark in written for mark in self._places):
                raise Unplannable("a slot is a part of something else")
            return (written.encode(),)
        if isinstance(term, ox.NamedNode):
            self.addresses.add(place)
            return (b"<", place, b">")
        return (b'"', place, written[1 + len(term.value) :].encode())

    def _prepare_hashes(self, statements: Sequence[Statement], first: int) -> None:
        """What RDFC-1.0 hashes for each blank node: the statements that name it."""
        mentions: defaultdict[int, list[Line]] = defaultdict(list)
        for statement in statements:
            line = (*statement[0], *statement[1])
            for blank in {place for place in _places(line) if place >= first}:
                mentions[blank].append(_seen_from(line, blank, first))
        self._filled_nodes: list[int] = []
        self._other_nodes: list[int] = []
        self._other_hashes: list[bytes] = []
        self._unsettled_hashes: list[int] = []
        texts: list[Line] = []
        for blank in sorted(mentions):
            lines, is_settled = _in_order(mentions[blank])
            text = _joined(piece for line in lines for piece in line)
            if not _places(text):
                self._other_nodes.append(blank - first)
                self._other_hashes.append(hashlib.sha256(_plain(text)).digest())
                continue
            if not is_settled:
                self._unsettled_hashes.append(len(texts))
            self._filled_nodes.append(blank - first)
            texts.append(text)
        self._fill_hashes = filler(_with_cuts(texts))
        self._nodes = self._filled_nodes + self._other_nodes

    def _prepare_blocks(self, statements: Sequence[Statement]) -> None:
        """The statements, grouped by subject: groups are sorted by it and never mix."""
        groups: defaultdict[Line, list[Line]] = defaultdict(list)
        for subject, rest in statements:
            groups[subject].append(rest)
        self._static: list[bytes] = []
        self._unsettled: list[int] = []
        self._subjects = picker(
            place for subject in groups if len(subject) > 1 for place in _places(subject)
        )
        blocks: list[Line] = []
        for subject, rests in groups.items():
            lines, is_settled = _in_order(rests)
            block = _joined(piece for line in lines for piece in (*subject, *line))
            if not _places(block):
                self._static.append(_plain(block))
                continue
            if not is_settled:
                self._unsettled.append(len(blocks))
            blocks.append(block)
        if not blocks:
            raise Unplannable("the document has no slots")
        self._static.sort()
        self._fixed_subjects = frozenset(
            _plain(subject)[1:-1] for subject in groups if not _places(subject)
        )
        self._fill_blocks = filler(_with_cuts(blocks))

    def are_apart(self, values: list[bytes]) -> bool:
        """Whether every object that has an address has another one."""
        subjects = self._subjects(values)
        return len(set(subjects)) == len(subjects) and self._fixed_subjects.isdisjoint(subjects)

    def digest(self, values: list[bytes]) -> bytes | None:
        """SHA-256 of the canonical form of values that `are_apart`.

        `None` where the general way has to find it.
        """
        labels = self._labelled(values)
        if labels is None:
            return None
        blocks = self._fill_blocks(values + labels).split(_CUT)
        for number in self._unsettled:
            lines = sorted(blocks[number].split(b"\n"))
            if len(set(lines)) < len(lines):
                return None
            # The empty text behind the last line feed was sorted to the front.
            blocks[number] = b"\n".join(lines[1:]) + b"\n"
        blocks.sort()
        cut = bisect_left(self._static, blocks[0])
        state = self._beginning(cut).copy()
        later = self._static[cut:]
        state.update(b"".join(sorted(later + blocks) if later else blocks))
        return bytes(state.digest())

    def _labelled(self, values: list[bytes]) -> list[bytes] | None:
        """The label of each blank node, in the order of the places; `None` on a collision."""
        hashes: list[bytes] = []
        if self._filled_nodes:
            texts = self._fill_hashes(values).split(_CUT)
            for number in self._unsettled_hashes:
                lines = sorted(texts[number].split(b"\n"))
                texts[number] = b"\n".join(lines[1:]) + b"\n"
            hashes = [hashlib.sha256(text).digest() for text in texts]
        hashes += self._other_hashes
        nodes = [node for _, node in sorted(zip(hashes, self._nodes, strict=True))]
        if len(set(hashes)) < len(nodes):
            return None
        labels = [b""] * len(nodes)
        for node, label in zip(nodes, self._labels, strict=True):
            labels[node] = label
        return labels

    def _beginning(self, cut: int) -> Any:
        """The hash of the statements that come before all that are filled, ready to go on."""
        if (state := self._beginnings.get(cut)) is None:
            state = self._beginnings[cut] = hashlib.sha256(b"".join(self._static[:cut]))
        return state


def _blank_names(quads: Iterable[ox.Quad]) -> set[str]:
    terms = (term for quad in quads for term in (quad.subject, quad.object))
    return {term.value for term in terms if isinstance(term, ox.BlankNode)}


def _places(line: Iterable[Piece]) -> list[int]:
    return [piece for piece in line if isinstance(piece, int)]


def _plain(line: Iterable[Piece]) -> bytes:
    """The text of a line without places."""
    return b"".join(piece for piece in line if isinstance(piece, bytes))


def _joined(pieces: Iterable[Piece]) -> Line:
    """The same pieces, texts that stand side by side made one."""
    result: list[Piece] = []
    for piece in pieces:
        if result and isinstance(piece, bytes) and isinstance(result[-1], bytes):
            result[-1] += piece
        else:
            result.append(piece)
    return tuple(result)


def _with_cuts(lines: Iterable[Line]) -> Line:
    pieces = [piece for line in lines for piece in (_CUT, *line)]
    return _joined(pieces[1:])


def _seen_from(line: Line, blank: int, first: int) -> Line:
    """RDFC-1.0, 4.6.3: the node itself is written `_:a`, every other blank node `_:z`."""
    return _joined(
        piece
        if isinstance(piece, bytes) or piece < first
        else (b"_:a" if piece == blank else b"_:z")
        for piece in line
    )


def _in_order(lines: Iterable[Line]) -> tuple[list[Line], bool]:
    """Lines sorted by what they begin with, and whether no values can change that order."""

    def lead(line: Line) -> bytes:
        return line[0] if isinstance(line[0], bytes) else b""

    ordered = sorted(lines, key=lead)
    is_settled = not any(
        lead(later).startswith(lead(earlier)) and (_places(earlier) or _places(later))
        for earlier, later in pairwise(ordered)
    )
    return ordered, is_settled
