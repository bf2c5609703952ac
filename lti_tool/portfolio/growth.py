"""Growth: from the first look at one's practice to the last, and the work at the turning point.

Of each practice the picture shows what was rated at the beginning and at the end on every scale,
and when the work was made that the learner names as showing the change (S4-27). Only the learner
sees it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from lti_tool.portfolio.models import Artifact, Enrolment
from lti_tool.portfolio.self_assessments import (
    OwnRatings,
    Scale,
    answers_of,
    evidence_of,
    scales_of,
)
from lti_tool.programs.models import SelfAssessmentItem

WIDTH, HEIGHT = 360, 120
"""Of one picture, in its own units."""
LEFT, RIGHT, TOP, BOTTOM = 24, 336, 14, 106
CLOSEST = 36
"""How near the turning point may come to either end, so that it stays told apart from it."""


@dataclass(frozen=True)
class Line:
    """One scale of one practice, in words and as a line from the beginning to the end."""

    scale: Scale
    before: int
    after: int
    points: str
    """Of an SVG polyline: level until the turning point, then to where it stands now."""
    start: tuple[float, float]
    end: tuple[float, float]

    @property
    def gain(self) -> int:
        """Steps further; negative where the learner sees it more soberly now."""
        return self.after - self.before

    @property
    def words(self) -> str:
        """The line in words."""
        then, now = self.scale.steps[self.before - 1], self.scale.steps[self.after - 1]
        if self.gain == 0:
            return f"{self.scale.title}: “{now}”, as at the beginning"
        count = f"{abs(self.gain)} step{'s' if abs(self.gain) != 1 else ''}"
        further = "further" if self.gain > 0 else "lower, seen with more knowledge"
        return f"{self.scale.title}: from “{then}” to “{now}”, {count} {further}"


@dataclass(frozen=True)
class Growth:
    """One practice."""

    item: SelfAssessmentItem
    lines: tuple[Line, ...]
    evidence: Artifact | None
    turned_on: date | None
    """The day of the work at the turning point: when it was done, else when it was added."""
    turn: float
    """Where the turning point lies from left to right."""

    @property
    def words(self) -> str:
        """The whole picture in words, for those who do not see it."""
        told = "; ".join(line.words for line in self.lines)
        return f"{told}. Shown by “{self.evidence.title}”." if self.evidence else f"{told}."

    @property
    def gain(self) -> int:
        """Steps further on all scales together."""
        return sum(line.gain for line in self.lines)


def growth_of(session: Session, enrolment: Enrolment, ratings: OwnRatings) -> list[Growth]:
    """Every practice that was rated at the beginning and at the end; empty until then."""
    first, last = ratings.baseline, ratings.final
    if first is None or last is None or last.completed_at is None:
        return []
    before, after = answers_of(first), answers_of(last)
    shown = {row.item_id: row.artifact for row in evidence_of(session, [last])}
    begun = first.completed_at or first.begun_at
    scales = scales_of(enrolment.credential_version)
    found = []
    for item in enrolment.credential_version.items:
        evidence = shown.get(item.id)
        day = (evidence.done_on or evidence.added_at.date()) if evidence else None
        turn = _place(day, begun, last.completed_at)
        lines = tuple(
            _line(scales[slug], before[item.id, slug], after[item.id, slug], turn)
            for slug in item.scales
            if slug in scales and (item.id, slug) in before and (item.id, slug) in after
        )
        if lines:
            found.append(Growth(item, lines, evidence, day, turn))
    return found


def _place(day: date | None, begun: datetime, ended: datetime) -> float:
    """From left to right where a day lies between beginning and end; the middle for none."""
    whole = (ended.date() - begun.date()).days
    share = (day - begun.date()).days / whole if day is not None and whole > 0 else 0.5
    return round(min(max(LEFT + share * (RIGHT - LEFT), LEFT + CLOSEST), RIGHT - CLOSEST), 1)


def _line(scale: Scale, before: int, after: int, turn: float) -> Line:
    low, high = _height(scale, before), _height(scale, after)
    points = f"{LEFT},{low} {turn},{low} {RIGHT},{high}"
    return Line(scale, before, after, points, (LEFT, low), (RIGHT, high))


def _height(scale: Scale, step: int) -> float:
    share = (step - 1) / max(len(scale.steps) - 1, 1)
    return round(BOTTOM - share * (BOTTOM - TOP), 1)


def summary(rows: Sequence[Growth]) -> str:
    """All practices in one sentence."""
    grown = sum(row.gain > 0 for row in rows)
    if not grown:
        return "You see every practice as you did at the beginning."
    if len(rows) == 1:
        return "You have come further."
    return f"You have come further in {grown} of {len(rows)} practices."
