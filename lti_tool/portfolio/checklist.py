"""The checklist before submitting: each demand of the program, and what is missing for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lti_tool.portfolio.enrolments import address_of
from lti_tool.portfolio.gaps import Gap, GapKind
from lti_tool.portfolio.part_progress import PartProgress
from lti_tool.portfolio.progress import Progress


@dataclass(frozen=True)
class MendableGap:
    """A gap with the page that mends it."""

    words: str
    button: str
    endpoint: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Check:
    """One line of the checklist."""

    title: str
    gaps: tuple[MendableGap, ...]

    @property
    def is_done(self) -> bool:
        """Whether nothing is missing here."""
        return not self.gaps


def checklist(progress: Progress, part: PartProgress) -> list[Check]:
    """Everything that is asked before this part can be submitted, in the order of the path."""
    version = progress.version
    checks: list[Check] = []

    def add(title: str, *kinds: GapKind, task_id: int | None = None) -> None:
        found = [
            mendable(gap, progress)
            for gap in part.gaps
            if gap.kind in kinds
            and (task_id is None or (gap.task is not None and gap.task.id == task_id))
        ]
        checks.append(Check(title, tuple(found)))

    if version.items and version.baseline_required:
        add("Your baseline is finished", GapKind.FOCUS, GapKind.BASELINE)
    elif any(gap.kind is GapKind.FOCUS for gap in part.gaps):
        add("You have a focus", GapKind.FOCUS)
    for row in part.tasks:
        if row.task.requirements:
            add(row.task.title, GapKind.ARTIFACT, GapKind.DATE, task_id=row.task.id)
    if version.coverage_required:
        add(part.coverage.words, GapKind.COVERAGE)
    if part is progress.parts[-1] and version.items and version.details.get("final_required"):
        add("You looked back on your practice", GapKind.FINAL)
    return checks


def mendable(gap: Gap, progress: Progress) -> MendableGap:
    """Where a gap is mended, as a link that says what one does there."""
    slugs = address_of(progress.version)
    if gap.kind is GapKind.FOCUS:
        return MendableGap(gap.words, "Choose your focus", "portfolio.focus", slugs)
    if gap.kind is GapKind.BASELINE:
        return MendableGap(gap.words, "Finish your baseline", "portfolio.baseline", slugs)
    if gap.kind is GapKind.FINAL or gap.task is None:
        return MendableGap(gap.words, "Look back", "portfolio.closing", slugs)
    values: dict[str, Any] = {"task_id": gap.task.id}
    if gap.requirement is not None:
        values["_anchor"] = f"artifact-{gap.requirement.slug}"
    button = {
        GapKind.ARTIFACT: "Add it",
        GapKind.DATE: "Add the day",
        GapKind.COVERAGE: f"Add or tag evidence in “{gap.task.title}”",
    }[gap.kind]
    return MendableGap(gap.words, button, "portfolio.task", values)


def turnaround(progress: Progress) -> str:
    """How long an answer takes, as far as the program says."""
    deciders = progress.version.program_version.document.get("deciders", {})
    days = deciders.get("turnaround_days")
    if not days:
        return "Your program does not say how long that takes."
    return f"Your program aims to answer within {days} working day{'s' if days != 1 else ''}."
