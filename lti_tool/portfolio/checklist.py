"""The checklist before submitting: each demand of the program, and what is missing for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lti_tool.portfolio import outset
from lti_tool.portfolio.demands import part_demand
from lti_tool.portfolio.enrolments import address_of
from lti_tool.portfolio.gaps import Gap, GapKind
from lti_tool.portfolio.part_progress import PartProgress
from lti_tool.portfolio.progress import Progress


@dataclass(frozen=True)
class MendableGap:
    """A gap with the page that mends it."""

    words: str
    button: str = ""
    endpoint: str = ""
    """Empty where somebody else mends it, such as a coach who notes a meeting."""
    values: Mapping[str, Any] = field(default_factory=dict)


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

    _before_the_tasks(progress, part, add)
    demand = part_demand(part.part)
    for row in part.tasks:
        if row.task.requirements:
            add(row.task.title, *OF_TASKS, task_id=row.task.id)
    if demand.choose:
        add("It takes up your own earlier work", GapKind.TAKES_UP)
    if version.coverage_required:
        add(part.coverage.words, GapKind.COVERAGE)
    if part is progress.parts[-1] and version.items and version.details.get("final_required"):
        add("You looked back on your practice", GapKind.FINAL)
    open_now = {gap.kind for gap in part.gaps}
    for kind, title in WHERE_OPEN.items():
        if kind in open_now:
            add(title, kind)
    return checks


def _before_the_tasks(progress: Progress, part: PartProgress, add: Callable[..., None]) -> None:
    version = progress.version
    asks_outset = any(one.is_required for one in outset.asked_of(version))
    asks_baseline = version.items and version.baseline_required
    if part.opens_after is not None:
        add("It is this part's turn", GapKind.PART)
    if asks_outset:
        add("You said where you start from", GapKind.FOCUS, GapKind.OUTSET)
    if asks_baseline:
        add("Your baseline is finished", GapKind.BASELINE)
    if part_demand(part.part).modules:
        add("Your coursework is done", GapKind.MODULE)


WHERE_OPEN = {
    GapKind.EVIDENCE: "Every kind of evidence is there",
    GapKind.MEETING: "You met a coach",
}
"""Lines that appear only as long as something is missing there."""

OF_TASKS = (GapKind.ARTIFACT, GapKind.DATE, GapKind.SAID, GapKind.CONSENT, GapKind.SIGN)
"""What is mended on the page of a task."""

BUTTONS = {
    GapKind.ARTIFACT: "Add it",
    GapKind.DATE: "Add the day",
    GapKind.SAID: "Say it",
    GapKind.CONSENT: "Note the permission",
    GapKind.SIGN: "Look through the list",
    GapKind.EVIDENCE: "Add it",
}


def mendable(gap: Gap, progress: Progress) -> MendableGap:
    """Where a gap is mended, as a link that says what one does there."""
    slugs = address_of(progress.version)
    of_program = {
        GapKind.FOCUS: ("Choose your focus", "portfolio.focus"),
        GapKind.OUTSET: ("Fill it in", "portfolio.focus"),
        GapKind.BASELINE: ("Finish your baseline", "portfolio.baseline"),
        GapKind.FINAL: ("Look back", "portfolio.closing"),
        GapKind.MODULE: ("Go to the coursework", "portfolio.coursework_page"),
    }
    if gap.kind in of_program:
        button, endpoint = of_program[gap.kind]
        return MendableGap(gap.words, button, endpoint, slugs)
    if gap.part is not None:
        values: dict[str, Any] = {"part_id": gap.part.id}
        if gap.kind is GapKind.PART:
            return MendableGap(gap.words, f"Go to “{gap.part.title}”", "portfolio.submit", values)
        return MendableGap(gap.words, "Choose it", "portfolio.submit", values | {"_anchor": "own"})
    if gap.task is None:
        return MendableGap(gap.words)
    values = {"task_id": gap.task.id}
    if gap.requirement is not None:
        values["_anchor"] = f"artifact-{gap.requirement.slug}"
    in_task = f"Add or tag evidence in “{gap.task.title}”"
    return MendableGap(gap.words, BUTTONS.get(gap.kind, in_task), "portfolio.task", values)


def turnaround(progress: Progress) -> str:
    """How long an answer takes, as far as the program says."""
    deciders = progress.version.program_version.document.get("deciders", {})
    days = deciders.get("turnaround_days")
    if not days:
        return "Your program does not say how long that takes."
    return f"Your program aims to answer within {days} working day{'s' if days != 1 else ''}."
