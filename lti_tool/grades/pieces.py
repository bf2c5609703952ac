"""Columns beside the total: which ones a credential asks for, and what they hold.

A program package says it (`gradebook_columns`): one column for the whole credential, one for each
stage, one for each criterion, or several of these together. Without a word it is the total.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lti_tool.programs import rubrics
from lti_tool.programs.models import CredentialVersion, Part
from lti_tool.programs.rubrics import Points, Reached

TOTAL, STAGES, CRITERIA = "total", "stages", "criteria"


@dataclass(frozen=True)
class Piece:
    """What one column beside the total holds for one person."""

    measure: str
    """`part` for a stage, `part/criterion` for a criterion."""
    label: str
    score: Points
    comment: str


def wanted(version: CredentialVersion) -> frozenset[str]:
    """The kinds of columns a credential asks for."""
    return frozenset(version.details.get("gradebook_columns") or (TOTAL,))


def pieces_of(version: CredentialVersion, levels: Reached, *, link: str = "") -> Sequence[Piece]:
    """Every piece that was judged and has a column of its own, in the order of the rubric."""
    asked = wanted(version)
    found = []
    for part in version.parts:
        if STAGES in asked:
            found.extend(_stage(version, part, levels, link=link))
        if CRITERIA in asked:
            found.extend(
                Piece(
                    f"{part.slug}/{row.slug}",
                    _short(f"{version.title}: {row.title}"),
                    rubrics.points([row], levels),
                    rubrics.summary([row], levels, link=link),
                )
                for row in part.criteria
                if row.id in levels
            )
    return [piece for piece in found if piece.score.possible > 0]


def stages_of(version: CredentialVersion, levels: Reached, *, link: str = "") -> Sequence[Piece]:
    """Every stage that was judged, whether it has a column of its own or not.

    A link to a single stage has a column for it, whatever the credential asks for.
    """
    found = [one for part in version.parts for one in _stage(version, part, levels, link=link)]
    return [piece for piece in found if piece.score.possible > 0]


def _stage(version: CredentialVersion, part: Part, levels: Reached, *, link: str) -> list[Piece]:
    """A stage once all its criteria have a level.

    One that can bring no points has no column, because an LMS takes no score out of zero.
    """
    rows = list(part.criteria)
    if not rows or any(row.id not in levels for row in rows):
        return []
    comment = rubrics.summary(rows, levels, link=link)
    label = _short(f"{version.title}: {part.title}")
    return [Piece(part.slug, label, rubrics.points(rows, levels), comment)]


def _short(label: str) -> str:
    return " ".join(label.split())[:255]
