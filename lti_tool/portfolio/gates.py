"""Gates: which part and which phase of a credential is open, as its package has it (S4-30)."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.portfolio.demands import part_demand, parts_open
from lti_tool.portfolio.models import Submission, SubmissionState
from lti_tool.programs.models import Part, Phase

HANDED_IN = (SubmissionState.SUBMITTED, SubmissionState.ASSESSED, SubmissionState.APPROVED)


def part_before(part: Part, newest: Mapping[int, Submission]) -> Part | None:
    """The earlier part that has to move on before this one opens; `None` where it is open.

    Args:
        part: the part in question.
        newest: by part id, the newest attempt at each part of the enrolment.
    """
    rule = parts_open(part.credential_version)
    if rule == "at-once":
        return None
    for earlier in part.credential_version.parts:
        if earlier.position >= part.position:
            return None
        work = newest[earlier.id]
        if rule == "when-met":
            is_open = work.state is SubmissionState.APPROVED
        else:
            # Work that was handed in and came back does not close what it had opened.
            is_open = work.state in HANDED_IN or work.attempt > 1
        if not is_open:
            return earlier
    return None


def opens_after(first: Part) -> str:
    """What is said where an earlier part comes first."""
    ends = "is met" if parts_open(first.credential_version) == "when-met" else "is submitted"
    return f"This opens as soon as “{first.title}” {ends}."


def phase_before(submission: Submission, phase: Phase) -> Phase | None:
    """The earlier phase that must have what it asks for first; `None` where this one is open."""
    if not part_demand(submission.part).phases_in_order:
        return None
    for earlier in submission.part.phases:
        if earlier.position >= phase.position:
            return None
        for task in earlier.tasks:
            for requirement in task.requirements:
                if len(submission.given_for(requirement)) < requirement.minimum:
                    return earlier
    return None


def closed_words(session: Session, submission: Submission, phase: Phase) -> str:
    """Why nothing can be added in a phase yet; empty where it is open."""
    version = submission.part.credential_version
    if parts_open(version) != "at-once":
        rows = session.scalars(
            select(Submission)
            .where(Submission.enrolment_id == submission.enrolment_id)
            .order_by(Submission.attempt)
        )
        first = part_before(submission.part, {row.part_id: row for row in rows})
        if first is not None:
            return opens_after(first)
    earlier = phase_before(submission, phase)
    return phase_opens_after(earlier) if earlier else ""


def phase_opens_after(earlier: Phase) -> str:
    """What is said where an earlier phase comes first."""
    return f"First make what “{earlier.title}” asks for; then this opens."
