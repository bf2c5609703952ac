"""Columns beside the total: which ones a credential asks for, and what they hold.

A program package says it (`gradebook_columns`): one column for the whole credential, one for each
stage, one for each criterion, or several of these together. Without a word it is the total.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lti_tool.programs import rubrics
from lti_tool.programs.models import CredentialVersion
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
    """Every piece that was judged, in the order of the rubric.

    A stage counts once all its criteria have a level. A piece that can bring no points has no
    column, because an LMS takes no score out of zero.
    """
    asked = wanted(version)
    found = []
    for part in version.parts:
        rows = list(part.criteria)
        judged = [row for row in rows if row.id in levels]
        if STAGES in asked and rows and len(judged) == len(rows):
            comment = rubrics.summary(rows, levels, link=link)
            label = f"{version.title}: {part.title}"
            found.append(Piece(part.slug, _short(label), rubrics.points(rows, levels), comment))
        if CRITERIA in asked:
            found.extend(
                Piece(
                    f"{part.slug}/{row.slug}",
                    _short(f"{version.title}: {row.title}"),
                    rubrics.points([row], levels),
                    rubrics.summary([row], levels, link=link),
                )
                for row in judged
            )
    return [piece for piece in found if piece.score.possible > 0]


def _short(label: str) -> str:
    return " ".join(label.split())[:255]
