"""Feedback: what the judges tell the learner, criterion by criterion."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lti_tool.errors import Refused
from lti_tool.portfolio.models import Feedback, Submission
from lti_tool.programs.models import Criterion, Level


class VerdictsIncomplete(Refused):
    """Feedback is released whole: one verdict for every criterion of the part."""


@dataclass(frozen=True)
class Verdict:
    """The level one criterion reached, and what the learner is told about it."""

    criterion: Criterion
    level: Level
    comment: str = ""


def release(
    session: Session,
    submission: Submission,
    verdicts: Sequence[Verdict],
    *,
    now: datetime,
) -> list[Feedback]:
    """Write down the feedback on one attempt, once.

    Raises:
        VerdictsIncomplete: a criterion of the part has no verdict, or a foreign one has.
    """
    wanted = {criterion.id for criterion in submission.part.criteria}
    given = {verdict.criterion.id for verdict in verdicts}
    if given != wanted or len(verdicts) != len(wanted):
        raise VerdictsIncomplete("Every criterion needs a level before the learner hears of it.")
    rows = [
        Feedback(
            submission=submission,
            criterion=verdict.criterion,
            level=verdict.level,
            comment=verdict.comment.strip(),
            is_met=verdict.level.is_met,
            released_at=now,
        )
        for verdict in verdicts
    ]
    session.add_all(rows)
    return rows


def feedback_of(session: Session, submission: Submission) -> list[Feedback]:
    """The feedback on one attempt in the order of the rubric; empty until it is released."""
    return list(
        session.scalars(
            select(Feedback)
            .join(Feedback.criterion)
            .where(Feedback.submission_id == submission.id)
            .options(joinedload(Feedback.level), joinedload(Feedback.criterion))
            .order_by(Criterion.position)
        )
    )


def attempt_before(session: Session, submission: Submission) -> Submission | None:
    """The attempt this one was copied from, or `None` for the first."""
    return session.scalars(
        select(Submission).where(
            Submission.enrolment_id == submission.enrolment_id,
            Submission.part_id == submission.part_id,
            Submission.attempt == submission.attempt - 1,
        )
    ).first()


def met_before(session: Session, submission: Submission) -> dict[int, Feedback]:
    """By criterion id: what was met in the attempt before, and therefore stays met."""
    before = attempt_before(session, submission)
    if before is None:
        return {}
    return {row.criterion_id: row for row in feedback_of(session, before) if row.is_met}
