"""One part of a credential: its newest attempt, and what its judges said of the attempt before."""

from dataclasses import dataclass

from lti_tool.portfolio.gaps import Coverage, Gap
from lti_tool.portfolio.models import Feedback, Submission, SubmissionState
from lti_tool.programs.models import Part, Task


@dataclass(frozen=True)
class TaskProgress:
    """One task of a draft."""

    task: Task
    gaps: tuple[Gap, ...]

    @property
    def is_done(self) -> bool:
        """Whether everything the task asks for is there."""
        return not self.gaps


@dataclass(frozen=True)
class PartProgress:
    """One part: its newest attempt, and what its judges said of the attempt before."""

    part: Part
    submission: Submission
    before: Submission | None
    """The returned attempt that this draft was copied from."""
    feedback: tuple[Feedback, ...]
    """On `submission` once it is decided, else on `before`; in the order of the rubric."""
    coverage: Coverage
    gaps: tuple[Gap, ...]
    tasks: tuple[TaskProgress, ...]
    opens_after: Part | None = None
    """The earlier part that has to move on first; `None` where this one is open."""

    @property
    def state(self) -> SubmissionState:
        """Where the newest attempt stands."""
        return self.submission.state

    @property
    def unmet(self) -> tuple[Feedback, ...]:
        """What was not met yet in the last decision."""
        return tuple(row for row in self.feedback if not row.is_met)

    @property
    def is_untouched(self) -> bool:
        """Whether nothing was changed since the work came back."""
        begun = self.submission.begun_at
        return self.before is not None and all(
            artifact.changed_at <= begun and artifact.removed_at is None
            for artifact in self.submission.artifacts
        )
