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
        while one.key in small and not _is_safe(one, figures, gone):
            further = _companion(one, figures, gone)
            if further is None:
                break  # nothing is told at all
            gone.add(further)
    return gone


def _companion(lonely: Figure, figures: Sequence[Figure], gone: set[Key]) -> Key | None:
    """The figure that costs least to hide: the smallest in the sum with the fewest hidden ones."""
    sums: dict[Key, list[Figure]] = defaultdict(list)
    for one in figures:
        sums[one.tail].append(one)
        sums[one.head].append(one)
    lines = sorted(
        (sums[lonely.tail], sums[lonely.head]),
        key=lambda line: sum(one.key in gone for one in line),
    )
    for line in lines:
        told = [one for one in line if one.key not in gone]
        if told:
            return min(told, key=lambda one: one.value).key
    told = [one for one in figures if one.key not in gone]
    return min(told, key=lambda one: one.value).key if told else None


def _is_safe(figure: Figure, figures: Sequence[Figure], gone: set[Key]) -> bool:
    """Whether readers cannot tell at least `SMALL` values of a hidden figure apart."""
    room = _capacities([one for one in figures if one.key in gone and one is not figure])
    ceiling = SMALL if figure.most is None else min(SMALL, figure.most - figure.value)
    # More of it leaves `tail` for `head`, so as much has to come back from `head` to `tail`.
    up = _flow(dict(room), figure.head, figure.tail, ceiling)
    down = _flow(dict(room), figure.tail, figure.head, min(SMALL, figure.value))
    return up + down >= SMALL


def _capacities(figures: Sequence[Figure]) -> Mapping[tuple[Key, Key], int]:
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
