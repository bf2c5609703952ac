"""Small cells: which figures of a table may be told without giving away the ones that may not.

A figure below the limit is hidden. Hiding it alone is useless where its row or column has a total:
the reader subtracts. So others are hidden with it, until nobody who knows every figure that is
told, and that none is below zero, can narrow a hidden small one down to fewer possibilities than
the limit itself leaves open. Whether that is so is not guessed by a rule of thumb but computed:
the table is a network, each figure flows from one sum into another, and how far a hidden figure
can move is how much can be sent around the hidden ones.
"""

from collections import defaultdict, deque
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count

SMALL = 10
"""Figures below this are hidden, nought included."""

Key = Hashable


@dataclass(frozen=True)
class Figure:
    """One figure of a table whose sums form a network.

    It adds to the sum `tail` and is taken from the sum `head`; all that adds to a sum equals all
    that is taken from it.
    """

    key: Key
    value: int
    tail: Key
    head: Key
    most: int | None = None
    """What it cannot exceed, as far as readers know; `None` where they know nothing."""


def hidden(figures: Sequence[Figure], already: Collection[Key] = ()) -> set[Key]:
    """Keys of the figures that must not be told.

    Args:
        figures: the whole table with its sums.
        already: keys that are hidden whatever their value, for another reason.
    """
    small = {one.key for one in figures if one.value < SMALL}
    gone = small | set(already)
    for one in figures:
        # Each one more that is hidden gives all the others room, so nobody has to be asked twice.
        while one.key in small and (company := _company(one, figures, gone)):
            gone |= company
    return gone


def _company(figure: Figure, figures: Sequence[Figure], gone: set[Key]) -> set[Key]:
    """What has to be hidden with a small figure; empty where readers cannot narrow it down.

    They cannot where it might be at least `SMALL` different numbers.
    """
    others = [one for one in figures if one is not figure]
    told = [one for one in others if one.key not in gone]
    ceiling = SMALL if figure.most is None else min(SMALL, figure.most - figure.value)
    moves = 0
    ways = []
    # More of it leaves `tail` for `head`, so as much has to come back from `head` to `tail`.
    for start, end, enough in (
        (figure.head, figure.tail, ceiling),
        (figure.tail, figure.head, min(SMALL, figure.value)),
    ):
        room = _capacities([one for one in others if one.key in gone])
        sent = _flow(room, start, end, enough)
        moves += sent
        if sent < enough:
            ways.append((room, start, end))
    if moves >= SMALL:
        return set()
    for room, start, end in ways:
        if company := _cheapest(room, told, start, end):
            return company
    return set()


def _cheapest(
    room: Mapping[tuple[Key, Key], int], told: Sequence[Figure], start: Key, end: Key
) -> set[Key]:
    """The figures on the way back that loses least: hidden ones are free, others cost their value.

    Empty where there is no way.
    """
    arcs: dict[Key, list[tuple[Key, int, Key | None]]] = defaultdict(list)
    for (here, there), left in room.items():
        if left > 0:
            arcs[here].append((there, 0, None))
    for one in told:
        if one.most is None or one.most > one.value:
            arcs[one.tail].append((one.head, one.value, one.key))
        arcs[one.head].append((one.tail, one.value, one.key))
    cost: dict[Key, int] = {start: 0}
    came: dict[Key, tuple[Key, Key | None]] = {}
    turn = count()
    ahead: list[tuple[int, int, Key]] = [(0, next(turn), start)]
    while ahead:
        paid, _, here = heappop(ahead)
        if here == end or paid > cost[here]:
            continue
        for there, price, key in arcs[here]:
            if paid + price < cost.get(there, paid + price + 1):
                cost[there] = paid + price
                came[there] = (here, key)
                heappush(ahead, (paid + price, next(turn), there))
    company: set[Key] = set()
    at = end
    while at in came and at != start:
        at, key = came[at]
        if key is not None:
            company.add(key)
    return company


def _capacities(figures: Sequence[Figure]) -> dict[tuple[Key, Key], int]:
    """How much more can flow from one sum to another through what is hidden."""
    room: dict[tuple[Key, Key], int] = defaultdict(int)
    for one in figures:
        room[one.tail, one.head] += 10**9 if one.most is None else max(0, one.most - one.value)
        room[one.head, one.tail] += one.value
    return room


def _flow(room: dict[tuple[Key, Key], int], start: Key, end: Key, enough: int) -> int:
    """The greatest flow from one sum to another, counted no further than `enough`."""
    beside: dict[Key, set[Key]] = defaultdict(set)
    for here, there in room:
        beside[here].add(there)
        beside[there].add(here)
    sent = 0
    while sent < enough:
        way = _way(room, beside, start, end)
        if not way:
            break
        step = min([enough - sent, *(room[arc] for arc in way)])
        for here, there in way:
            room[here, there] -= step
            room[there, here] = room.get((there, here), 0) + step
        sent += step
    return sent


def _way(
    room: Mapping[tuple[Key, Key], int],
    beside: Mapping[Key, Collection[Key]],
    start: Key,
    end: Key,
) -> list[tuple[Key, Key]]:
    """A shortest way with room left; empty where there is none."""
    came: dict[Key, Key] = {start: start}
    ahead = deque([start])
    while ahead:
        here = ahead.popleft()
        if here == end:
            break
        for there in beside.get(here, ()):
            if there not in came and room.get((here, there), 0) > 0:
                came[there] = here
                ahead.append(there)
    if end not in came:
        return []
    way = []
    at = end
    while at != start:
        way.append((came[at], at))
        at = came[at]
    return way[::-1]
