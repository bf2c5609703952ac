"""The stones badges are drawn of: their outlines, the rock they are of, and piles of them."""

import hashlib
import math
from dataclasses import dataclass

SIDE = 600
"""Units of the drawing's edge, and pixels of the picture."""


@dataclass(frozen=True)
class Pebble:
    """A stone: rounder than a box, squarer than an ellipse, and a little uneven."""

    x: float
    y: float
    wide: float
    """Half the width."""
    high: float
    """Half the height."""
    turn: float = 0.0
    """Degrees."""
    power: float = 2.5

    def half_width(self, y: float) -> float:
        """How far the stone reaches to either side at a height, ignoring its turn."""
        share = min(1.0, abs(y - self.y) / self.high)
        return float(self.wide * (1 - share**self.power) ** (1 / self.power))

    def outline(self, grow: float = 0.0) -> str:
        """The stone's edge as path data, moved out by `grow`."""
        steps = 48
        points = [self._point(2 * math.pi * step / steps, grow) for step in range(steps)]
        data = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
        for step in range(steps):
            before, here, there, after = (points[(step + move) % steps] for move in (-1, 0, 1, 2))
            # A Catmull-Rom spline through the points, written as Bézier curves.
            bends = (
                (here[0] + (there[0] - before[0]) / 6, here[1] + (there[1] - before[1]) / 6),
                (there[0] - (after[0] - here[0]) / 6, there[1] - (after[1] - here[1]) / 6),
                there,
            )
            data.append("C" + " ".join(f"{x:.1f} {y:.1f}" for x, y in bends))
        return "".join(data) + "Z"

    def _point(self, angle: float, grow: float) -> tuple[float, float]:
        cosine, sine = math.cos(angle), math.sin(angle)
        across = math.copysign(abs(cosine) ** (2 / self.power), cosine) * (self.wide + grow)
        down = math.copysign(abs(sine) ** (2 / self.power), sine) * (self.high + grow)
        # Water wears a stone unevenly: flatter below, fuller to the right.
        down *= 0.97 if down > 0 else 1.0
        across *= 1.0 + 0.035 * math.sin(angle + 0.6)
        lean = math.radians(self.turn)
        return (
            self.x + across * math.cos(lean) - down * math.sin(lean),
            self.y + across * math.sin(lean) + down * math.cos(lean),
        )


def pile(count: int, *, top: float, bottom: float) -> list[Pebble]:
    """So many stones above each other, smaller towards the top.

    Each is as round as its height lets it be, so that they can be counted at 64 pixels.
    """
    least, more = (0.72, 0.56) if count < 4 else (0.86, 0.28)
    shares = [least + more * number / max(1, count - 1) for number in range(count)]
    gap = 6
    unit = (bottom - top - gap * (count - 1)) / sum(shares)
    found = []
    for number, share in enumerate(shares):
        high = unit * share
        wide = 26 + high * (1.05 if count < 4 else 1.2)
        lean = (12 if number % 2 == 0 else -10) * (1 if count < 4 else 0.8)
        middle = top + high / 2
        found.append(Pebble(300 + lean, middle, wide, high / 2, turn=2.5 * (-1) ** number))
        top += high + gap
    return found


@dataclass(frozen=True)
class Rock:
    """What a program's stones are of: their shape, and what runs through them.

    Made of the program's slug, so that its badges are a family without anybody choosing, and
    programs are told apart by more than a colour.
    """

    turn: float
    power: float
    seams: tuple[str, ...]
    """Path data of lines through the stone, as wide as the drawing, down from its top."""
    width: float
    """How thick the seams are."""

    @classmethod
    def of(cls, family: str) -> "Rock":
        """The rock of a program, by its slug."""
        drawn = hashlib.sha256(family.encode()).digest()
        lean = -1 if drawn[0] % 2 else 1
        count = (1, 2, 3, 5)[drawn[1] % 4]
        rise = (12, 46, 92)[drawn[2] % 3] * lean
        bend = (-52, 0, 52)[drawn[3] % 3]
        step = {1: 0, 2: 44, 3: 30, 5: 19}[count]
        first = 66 + drawn[4] % 60
        seams = tuple(
            _seam(first + number * step, rise, bend * (1 if number % 2 else 0.7))
            for number in range(count)
        )
        power = 2.25 + 0.2 * (drawn[5] % 4)
        return cls(3.0 * lean, power, seams, {1: 26, 2: 13, 3: 9, 5: 5}[count])


def _seam(height: float, rise: float, bend: float) -> str:
    left, right = height + rise, height - rise
    middle = (left + right) / 2
    return f"M0 {left:g}C200 {middle + bend:g} 400 {middle - bend:g} {SIDE} {right:g}"
