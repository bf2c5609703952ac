"""The one thing to do next in a credential: one sentence, one button."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lti_tool.credit.hours import Shortfall
from lti_tool.portfolio import outset
from lti_tool.portfolio.enrolments import address_of, is_focus_open
from lti_tool.portfolio.gaps import Around, GapKind, place_for
from lti_tool.portfolio.models import Enrolment, SelfAssessment, Submission, SubmissionState
from lti_tool.portfolio.part_progress import PartProgress
from lti_tool.portfolio.self_assessments import answers_of, is_baseline_open, questions_of
from lti_tool.programs.models import CredentialVersion

UNDECIDED = (SubmissionState.SUBMITTED, SubmissionState.ASSESSED)


@dataclass(frozen=True)
class NextStep:
    """What to do now: one sentence, one button."""

    kind: str
    """One of: focus, baseline, incomplete, returned, task, gaps, submit, waiting, hours, closed,
    earned."""
    words: str
    button: str
    endpoint: str
    values: Mapping[str, Any]
    since: datetime | None = None
    """When the present state began, for *waiting*, *returned* and *earned*."""


MENDED_ELSEWHERE = {
    GapKind.MODULE: ("Go to the coursework", "portfolio.coursework_page"),
    GapKind.FINAL: ("Look back on your practice", "portfolio.closing"),
}
"""Gaps that have a page of their own."""


def next_step(
    enrolment: Enrolment,
    parts: Sequence[PartProgress],
    around: Around,
    *,
    several: bool,
) -> NextStep:
    """What is next in these parts; `several` where the credential has more than one."""
    version = enrolment.credential_version
    drafts = [part for part in parts if part.state is SubmissionState.DRAFT]
    if first := _before_the_tasks(enrolment, around.ratings.baseline, has_drafts=bool(drafts)):
        return first
    # What came back first; then the first that is open; what waits for another part, last.
    for part in sorted(
        drafts, key=lambda part: (part.opens_after is not None, part.before is None)
    ):
        if part.opens_after is None:
            return _next_in_draft(part, several=several)
    waiting = [part for part in parts if part.state in UNDECIDED]
    if waiting:
        return NextStep(
            "waiting",
            "Your work is with the assessors. You need not do anything: the answer appears here.",
            "Look at what you submitted",
            "portfolio.submitted",
            {"public_id": waiting[0].submission.public_id},
            since=waiting[0].submission.submitted_at,
        )
    if drafts:
        return _next_in_draft(drafts[0], several=several)
    return _at_the_end(version, parts, around.hours)


def _at_the_end(
    version: CredentialVersion, parts: Sequence[PartProgress], hours: Sequence[Shortfall]
) -> NextStep:
    """Nothing is open any more: earned, waiting for hours, or closed after the last attempt."""
    for part in parts:
        if part.state is SubmissionState.RETURNED:
            return NextStep(
                "closed",
                "This was the last attempt your program allows. What the judges said stays here.",
                "Read what they said",
                "portfolio.submitted",
                {"public_id": part.submission.public_id},
                since=part.submission.decided_at,
            )
    if hours:
        missing = ", ".join(f"{one.missing.normalize():f} of “{one.title}”" for one in hours)
        return NextStep(
            "hours",
            f"All your work is approved. The award waits for hours that are missing: {missing}.",
            "See your hours",
            "credit.my_hours",
            address_of(version),
        )
    last = max(parts, key=lambda part: part.submission.decided_at or part.submission.begun_at)
    return NextStep(
        "earned",
        f"You have earned “{version.title}”.",
        "See your badge",
        "sharing.mine",
        {},
        since=last.submission.decided_at,
    )


def _before_the_tasks(
    enrolment: Enrolment, baseline: SelfAssessment | None, *, has_drafts: bool
) -> NextStep | None:
    """Focus, goal and setting, and the baseline: what comes before the first task."""
    version = enrolment.credential_version
    slugs = address_of(version)
    if is_focus_open(enrolment):
        return NextStep(
            "focus",
            "Say in a sentence or two what you want to get better at.",
            "Choose your focus",
            "portfolio.focus",
            slugs,
        )
    if has_drafts and outset.owed(enrolment):
        return NextStep(
            "focus",
            "Say in a few words what you want to reach, and where you work.",
            "Say where you start from",
            "portfolio.focus",
            slugs,
        )
    if is_baseline_open(version, baseline):
        done, total = len(answers_of(baseline)), len(questions_of(version))
        return NextStep(
            "baseline",
            f"Rate where you stand today: {total - done} of {total} ratings to go."
            if done
            else f"Rate where you stand today, before anything else: {total} ratings, "
            "a few minutes.",
            "Go on with your baseline" if done else "Begin your baseline",
            "portfolio.baseline",
            slugs,
        )
    return None


def _next_in_draft(part: PartProgress, *, several: bool) -> NextStep:
    where = f"{part.part.title}: " if several else ""
    if part.submission.incomplete_at is not None and part.submission.lacking:
        return NextStep(
            "incomplete",
            f"{where}Your work came back before it was judged: something is missing in it.",
            "See what is missing",
            "portfolio.submit",
            {"part_id": part.part.id},
            since=part.submission.incomplete_at,
        )
    if part.before is not None and part.is_untouched and part.unmet:
        return _returned(part, part.before, where)
    for task in part.tasks:
        if not task.is_done:
            return NextStep(
                "task",
                f"{where}{task.task.phase.title}: {task.task.title}.",
                "Go on with this task" if part.submission.artifacts else "Begin this task",
                "portfolio.task",
                {"task_id": task.task.id},
            )
    if part.gaps and part.gaps[0].kind in MENDED_ELSEWHERE:
        button, endpoint = MENDED_ELSEWHERE[part.gaps[0].kind]
        slugs = address_of(part.part.credential_version)
        return NextStep("gaps", f"{where}{part.gaps[0].words}", button, endpoint, slugs)
    if part.gaps:
        return NextStep(
            "gaps",
            f"{where}Almost there. {part.gaps[0].words}",
            "See what is missing",
            "portfolio.submit",
            {"part_id": part.part.id},
        )
    return NextStep(
        "submit",
        f"{where}Everything is in place. Look it over once more and submit it.",
        "Check and submit",
        "portfolio.submit",
        {"part_id": part.part.id},
    )


def _returned(part: PartProgress, before: Submission, where: str) -> NextStep:
    """To the task where the first unmet criterion is mended: there it is also submitted again."""
    first = part.unmet[0]
    count = (
        "One criterion to go:"
        if len(part.unmet) == 1
        else f"{len(part.unmet)} criteria to go, first"
    )
    words = f"{where}{count} “{first.criterion.title}”. What is met stays met."
    since = before.decided_at
    if task := place_for(first.criterion, part.part.tasks):
        button, at_task = "See what is missing and mend it", {"task_id": task.id}
        return NextStep("returned", words, button, "portfolio.task", at_task, since)
    whole = {"public_id": before.public_id}
    return NextStep("returned", words, "See what is missing", "portfolio.submitted", whole, since)
