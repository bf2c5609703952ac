"""The second person decides, and everything follows that follows from it, in one transaction."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from lti_tool.cohorts.conflicts import is_one_human
from lti_tool.errors import Refused
from lti_tool.grades.models import ScoreEvent
from lti_tool.grades.outbox import queue_score
from lti_tool.grades.pieces import pieces_of, stages_of
from lti_tool.people.models import Person
from lti_tool.people.roles import Seat
from lti_tool.portfolio import submissions
from lti_tool.portfolio.feedback import Verdict
from lti_tool.portfolio.locks import hold
from lti_tool.portfolio.models import Submission
from lti_tool.programs import rubrics
from lti_tool.review.awarding import approved_ratings, award_if_complete, look_again
from lti_tool.review.judges import require_judge
from lti_tool.review.models import (
    Assessment,
    AssessmentState,
    Decision,
    Outcome,
    Rating,
)

REASON_LIMIT = 5_000


class SecondPersonNeeded(Refused):
    """Whoever assessed the work may not also decide on it (S3-28)."""


class NotRecommended(Refused):
    """Nothing waits for a decision: not assessed yet, or decided already."""


class NotAllMet(Refused):
    """Approving needs every criterion to be met (S6-05)."""


class NothingToReturn(Refused):
    """Every criterion is met, so there is nothing the learner could mend."""


class ReasonMissing(Refused):
    """Sending work back needs a word on why."""

    status = 422


def approve(
    session: Session,
    assessment: Assessment,
    *,
    approver: Person,
    base_url: str,
    now: datetime,
) -> Decision:
    """Approve assessed work: queue the score and, when no part is open any more, award.

    All of it is written in the caller's transaction, so there is never a badge without a
    decision or a decision without a score.

    Raises:
        NotAppointed, OwnWork, SecondPersonNeeded: this person may not decide on this work.
        NotRecommended: it does not wait for a decision.
        NotAllMet: a criterion is not met.
    """
    _may_decide(session, assessment, approver=approver, now=now)
    # Of two parts approved at the same moment, the later must see the earlier: the score counts
    # both, and the last one brings the badge.
    hold(session, assessment.submission.enrolment)
    if any(not _is_met(rating) for rating in assessment.ratings):
        raise NotAllMet("A criterion is not met yet, so the work can only be returned.")
    decision = _decide(session, assessment, approver, Outcome.APPROVED, reason="", now=now)
    work = assessment.submission
    _close(session, decision, now=now)
    _send_score(session, work, base_url=base_url, now=now)
    if award_if_complete(session, work.enrolment, now=now) is None:
        look_again(session, decision)
    return decision


def return_to_learner(
    session: Session,
    assessment: Assessment,
    *,
    approver: Person,
    reason: str,
    now: datetime,
) -> Submission | None:
    """Return work with at least one criterion not met; the next attempt is open at once.

    Nothing is posted to the gradebook: a returned attempt changes no grade. Answers the next
    attempt, or `None` where the program allows no more (S6-12).

    Raises:
        NotAppointed, OwnWork, SecondPersonNeeded: this person may not decide on this work.
        NotRecommended: it does not wait for a decision.
        NothingToReturn: every criterion is met.
    """
    _may_decide(session, assessment, approver=approver, now=now)
    if all(_is_met(rating) for rating in assessment.ratings):
        raise NothingToReturn(
            "Every criterion is met. If you read it otherwise, send it back to the assessor."
        )
    decision = _decide(session, assessment, approver, Outcome.RETURNED, reason=reason, now=now)
    return _close(session, decision, now=now)


def send_back_to_assessor(
    session: Session,
    assessment: Assessment,
    *,
    approver: Person,
    reason: str,
    now: datetime,
) -> Decision:
    """Ask the assessor to look again; the work waits for an assessor as before, ratings kept.

    Raises:
        NotAppointed, OwnWork, SecondPersonNeeded: this person may not decide on this work.
        NotRecommended: it does not wait for a decision.
        ReasonMissing: there is no word on why.
    """
    _may_decide(session, assessment, approver=approver, now=now)
    if not reason.strip():
        raise ReasonMissing("Tell the assessor what to look at again.")
    decision = _decide(session, assessment, approver, Outcome.SENT_BACK, reason=reason, now=now)
    submissions.mark_reopened(session, assessment.submission)
    return decision


def _is_met(rating: Rating) -> bool:
    return rating.level is not None and rating.level.is_met


def _may_decide(
    session: Session, assessment: Assessment, *, approver: Person, now: datetime
) -> None:
    require_judge(session, approver, assessment.submission, Seat.APPROVER, now=now)
    if approver.id == assessment.assessor_id:
        raise SecondPersonNeeded("Ask a colleague to decide: you assessed this work yourself.")
    if is_one_human(session, approver.id, assessment.assessor_id):
        raise SecondPersonNeeded("Ask a colleague to decide: another account of yours assessed it.")


def _decide(
    session: Session,
    assessment: Assessment,
    approver: Person,
    outcome: Outcome,
    *,
    reason: str,
    now: datetime,
) -> Decision:
    after = AssessmentState.SENT_BACK if outcome is Outcome.SENT_BACK else AssessmentState.DECIDED
    # Of two approvers who decide at the same moment, the row changes for one only.
    changed = session.execute(
        update(Assessment)
        .where(
            Assessment.id == assessment.id,
            Assessment.state == AssessmentState.RECOMMENDED,
        )
        .values(state=after)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise NotRecommended(
            "This work does not wait for a decision: it is not assessed yet, or a colleague"
            " has just decided."
        )
    decision = Decision(
        assessment=assessment,
        approver=approver,
        outcome=outcome,
        reason=reason.strip()[:REASON_LIMIT],
        decided_at=now,
    )
    session.add(decision)
    return decision


def _close(session: Session, decision: Decision, *, now: datetime) -> Submission | None:
    ratings = decision.assessment.ratings
    return submissions.close(
        session,
        decision.assessment.submission,
        approved=decision.outcome is Outcome.APPROVED,
        verdicts=[
            Verdict(rating.criterion, rating.level, rating.comment)
            for rating in ratings
            if rating.level is not None
        ],
        words=decision.reason,
        by=decision.approver,
        now=now,
    )


def _send_score(session: Session, work: Submission, *, base_url: str, now: datetime) -> None:
    if work.enrolment.person.is_test:
        return
    approved = approved_ratings(session, work.enrolment)
    version = work.enrolment.credential_version
    criteria = [criterion for part in version.parts for criterion in part.criteria]
    levels = {rating.criterion_id: rating.level for rating in approved if rating.level}
    link = f"{base_url}/lti/review/{work.public_id}"
    queue_score(
        session,
        person=work.enrolment.person,
        credential=version.credential,
        score=rubrics.points(criteria, levels),
        event=ScoreEvent.DECIDED,
        comment=rubrics.summary(criteria, levels, link=link),
        review_id=work.public_id,
        attempt=work.attempt,
        started_at=work.begun_at,
        submitted_at=work.submitted_at,
        now=now,
        pieces=pieces_of(version, levels, link=link),
        stages=stages_of(version, levels, link=link),
    )
