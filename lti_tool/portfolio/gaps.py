"""Gaps: what is still missing before work can be submitted, each with the place to mend it."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from lti_tool.portfolio import artifacts
from lti_tool.portfolio.enrolments import is_focus_open
from lti_tool.portfolio.models import Artifact, Submission
from lti_tool.portfolio.self_assessments import (
    OwnRatings,
    is_baseline_open,
    is_final_open,
)
from lti_tool.programs.models import ArtifactRequirement, Criterion, Task


class GapKind(enum.StrEnum):
    """What sort of thing is missing."""

    FOCUS = "focus"
    BASELINE = "baseline"
    ARTIFACT = "artifact"
    DATE = "date"
    COVERAGE = "coverage"
    FINAL = "final"


@dataclass(frozen=True)
class Gap:
    """One thing that is missing, in words, and where it is mended."""

    kind: GapKind
    words: str
    task: Task | None = None
    """The task whose page mends it; `None` for focus and baseline."""
    requirement: ArtifactRequirement | None = None
    criterion: Criterion | None = None


@dataclass(frozen=True)
class Coverage:
    """Which criteria of a part have evidence (S3-25)."""

    covered: tuple[Criterion, ...]
    uncovered: tuple[Criterion, ...]

    @property
    def words(self) -> str:
        """The sentence learners see everywhere."""
        total = len(self.covered) + len(self.uncovered)
        noun = "criterion has" if total == 1 else "criteria have"
        return f"{len(self.covered)} of {total} {noun} evidence"


def coverage_of(submission: Submission) -> Coverage:
    """Which criteria the draft's artifacts are tagged to."""
    tagged = {
        criterion.id
        for artifact in submission.artifacts
        if artifacts.counts(artifact)
        for criterion in artifact.criteria
    }
    criteria = submission.part.criteria
    return Coverage(
        covered=tuple(criterion for criterion in criteria if criterion.id in tagged),
        uncovered=tuple(criterion for criterion in criteria if criterion.id not in tagged),
    )


def given_for(submission: Submission, requirement: ArtifactRequirement) -> list[Artifact]:
    """The artifacts with something in them that answer one requirement."""
    return [
        artifact
        for artifact in submission.artifacts
        if artifact.requirement_id == requirement.id and artifacts.counts(artifact)
    ]


def gaps_in_task(submission: Submission, task: Task) -> list[Gap]:
    """What one task still asks for: artifacts, and the dates they must carry (S3-26)."""
    gaps = []
    for requirement in task.requirements:
        given = given_for(submission, requirement)
        lacking = requirement.minimum - len(given)
        if lacking > 0:
            words = (
                f"“{requirement.title}” is missing."
                if requirement.minimum == 1
                else f"“{requirement.title}” needs {lacking} more ({len(given)} of "
                f"{requirement.minimum})."
            )
            gaps.append(Gap(GapKind.ARTIFACT, words, task=task, requirement=requirement))
        if requirement.needs_date:
            gaps.extend(
                Gap(
                    GapKind.DATE,
                    f"“{artifact.title}” does not say on which day it was done.",
                    task=task,
                    requirement=requirement,
                )
                for artifact in given
                if artifact.done_on is None
            )
    return gaps


def gaps_of(submission: Submission, ratings: OwnRatings) -> list[Gap]:
    """Everything that keeps a draft from being submitted, in the order it is best mended."""
    enrolment = submission.enrolment
    version = enrolment.credential_version
    gaps: list[Gap] = []
    if is_focus_open(enrolment):
        gaps.append(Gap(GapKind.FOCUS, "You have not chosen a focus yet."))
    if is_baseline_open(version, ratings.baseline):
        gaps.append(Gap(GapKind.BASELINE, "Your baseline is not finished yet."))
    for task in submission.part.tasks:
        gaps.extend(gaps_in_task(submission, task))
    if version.coverage_required:
        gaps.extend(
            Gap(
                GapKind.COVERAGE,
                f"Nothing is tagged as evidence for “{criterion.title}” yet.",
                task=place_for(criterion, submission.part.tasks),
                criterion=criterion,
            )
            for criterion in coverage_of(submission).uncovered
        )
    is_last = submission.part_id == version.parts[-1].id
    if is_last and is_final_open(version, ratings.final):
        gaps.append(Gap(GapKind.FINAL, "You have not looked back on your practice yet."))
    return gaps


def place_for(criterion: Criterion, tasks: Sequence[Task]) -> Task | None:
    """The task whose artifacts are meant for a criterion; the last one where none says so."""
    for task in tasks:
        if any(criterion.slug in requirement.criteria for requirement in task.requirements):
            return task
    return tasks[-1] if tasks else None
