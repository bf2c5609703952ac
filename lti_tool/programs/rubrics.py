"""Rubrics: points reached and possible, what is met, and a summary for a gradebook."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from lti_tool.programs.models import CredentialVersion, Criterion, Level

LONGEST_SUMMARY = 1_000
"""Characters; a gradebook cell shows few lines, and some LMSs cut long comments (T-117)."""

CriterionId = int
Reached = Mapping[CriterionId, Level]
"""The level each judged criterion reached."""


@dataclass(frozen=True)
class Points:
    """Points reached against points possible."""

    reached: Decimal
    possible: Decimal

    def __add__(self, other: "Points") -> "Points":
        """Points over several parts."""
        return Points(self.reached + other.reached, self.possible + other.possible)


def points(criteria: Iterable[Criterion], levels: Reached) -> Points:
    """Points of the reached levels against those of the highest; what is not judged brings 0."""
    rows = list(criteria)
    return Points(
        reached=sum((levels[row.id].points for row in rows if row.id in levels), Decimal(0)),
        possible=highest(rows),
    )


def highest(criteria: Iterable[Criterion]) -> Decimal:
    """The sum of the points of the highest levels."""
    return sum((max(level.points for level in row.levels) for row in criteria), Decimal(0))


def possible(version: CredentialVersion) -> Decimal:
    """The points all parts of a credential can bring together."""
    return sum((highest(part.criteria) for part in version.parts), Decimal(0))


def is_met(criteria: Iterable[Criterion], levels: Reached) -> bool:
    """Whether every criterion reached at least its required level."""
    return not missing(criteria, levels)


def missing(criteria: Iterable[Criterion], levels: Reached) -> list[Criterion]:
    """The criteria that are not met yet, in the order of the rubric."""
    return [row for row in criteria if row.id not in levels or not levels[row.id].is_met]


def summary(criteria: Sequence[Criterion], levels: Reached, *, link: str = "") -> str:
    """A rubric's outcome as plain text, one line a criterion, for a gradebook comment.

    `Title: Level (points)`; a criterion without a level is "not judged yet". At most 1,000
    characters: where not all lines fit, the last says how many more there are, with `link`.
    A `link` is given only then, because the LMS shows the work itself.
    """
    lines = [_line(row, levels.get(row.id)) for row in criteria]
    text = "\n".join(lines)
    if len(text) <= LONGEST_SUMMARY:
        return text
    kept: list[str] = []
    for line in lines:
        ending = _ending(len(lines) - len(kept) - 1, link)
        if len("\n".join([*kept, line, ending])) > LONGEST_SUMMARY:
            break
        kept.append(line)
    return "\n".join([*kept, _ending(len(lines) - len(kept), link)])


def _line(criterion: Criterion, level: Level | None) -> str:
    title = " ".join(criterion.title.split())
    if level is None:
        return f"{title}: not judged yet"
    return f"{title}: {' '.join(level.name.split())} ({shown(level.points)})"


def _ending(count: int, link: str) -> str:
    words = f"and {count} more" if count > 0 else "More"
    return f"… {words}: {link}" if link else f"… {words}"


def shown(value: Decimal) -> str:
    """Points as people write them: `4`, `2.5`."""
    text = f"{value.quantize(Decimal('0.01')):f}"
    return text.rstrip("0").rstrip(".")
