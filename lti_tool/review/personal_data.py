"""What judges said of a person's work, and the person's own judging, given out and erased (T-135).

Judges appear by their part, never by name. What somebody wrote about other people's work belongs
to those people's records: it is not given out with the judge's data, and outlasts them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload, selectinload

from lti_tool.people.models import Person
from lti_tool.people.personal_data import Holding, Plan, count, when
from lti_tool.portfolio.models import Enrolment, Submission
from lti_tool.portfolio.personal_data import DECIDED
from lti_tool.review.models import Assessment, AssessmentState, Decision, Rating


def export_of(session: Session, person: Person) -> Mapping[str, Any]:
    """Assessments and decisions of their work; of their own judging, when and how it ended."""
    judged = session.scalars(
        select(Assessment)
        .join(Assessment.submission)
        .join(Submission.enrolment)
        .where(Enrolment.person_id == person.id)
        .options(
            joinedload(Assessment.submission).joinedload(Submission.part),
            selectinload(Assessment.ratings).joinedload(Rating.criterion),
            selectinload(Assessment.ratings).joinedload(Rating.level),
        )
        .order_by(Assessment.id)
    ).all()
    own = session.scalars(
        select(Assessment).where(Assessment.assessor_id == person.id).order_by(Assessment.id)
    )
    decided = session.scalars(
        select(Decision).where(Decision.approver_id == person.id).order_by(Decision.id)
    )
    return {
        "assessments of their work": [_assessment(session, one) for one in judged],
        "their own judging": {
            "as assessor": [
                {
                    "begun": when(one.begun_at),
                    "recommended": when(one.recommended_at),
                    "state": one.state.value,
                }
                for one in own
            ],
            "as approver": [
                {"decided": when(one.decided_at), "outcome": one.outcome.value} for one in decided
            ],
        },
    }


def _assessment(session: Session, assessment: Assessment) -> dict[str, Any]:
    decision = session.scalars(
        select(Decision).where(Decision.assessment_id == assessment.id)
    ).one_or_none()
    told: dict[str, Any] = {
        "part": assessment.submission.part.title,
        "attempt": assessment.submission.attempt,
        "by": "an assessor",
        "state": assessment.state.value,
        "begun": when(assessment.begun_at),
        "recommended": when(assessment.recommended_at),
        "note to the approver": assessment.note,
        "ratings": [
            {
                "criterion": rating.criterion.title,
                "level": rating.level.name if rating.level else None,
                "comment": rating.comment,
                "carried over from an earlier attempt": rating.is_carried,
            }
            for rating in assessment.ratings
        ],
    }
    if decision is not None:
        told["decision"] = {
            "by": "an approver",
            "outcome": decision.outcome.value,
            "reason": decision.reason,
            "decided": when(decision.decided_at),
        }
    return told


def holdings(session: Session, person: Person, _plan: Plan) -> list[Holding]:
    """What `erase` takes and what it leaves."""
    undecided = count(
        session, Assessment.id, Assessment.submission_id.in_(_attempts(person, decided=False))
    )
    decided = count(
        session, Assessment.id, Assessment.submission_id.in_(_attempts(person, decided=True))
    )
    own = count(session, Assessment.id, Assessment.assessor_id == person.id)
    given = count(session, Decision.id, Decision.approver_id == person.id)
    return [
        Holding("assessments of work nobody has decided on", undecided),
        Holding(
            "assessments of their work",
            decided,
            "Levels and outcomes stay for the program's figures; every word goes.",
        ),
        Holding(
            "work of others they judged",
            own + given,
            "It belongs to those people's records. It stays, by somebody without a name; what they"
            " had begun and not handed on goes.",
        ),
    ]


def erase(session: Session, person: Person, _plan: Plan) -> None:
    """Take words about their work, and what they began as a judge; leave levels and outcomes."""
    gone = session.scalars(
        select(Assessment.id)
        .where(Assessment.submission_id.in_(_attempts(person, decided=False)))
        .with_for_update()
    ).all()
    # Work of others that they had opened is free for another assessor.
    begun = session.scalars(
        select(Assessment.id).where(
            Assessment.assessor_id == person.id, Assessment.state == AssessmentState.OPEN
        )
    ).all()
    _take(session, [*gone, *begun])
    kept = session.scalars(
        select(Assessment)
        .where(Assessment.submission_id.in_(_attempts(person, decided=True)))
        .options(selectinload(Assessment.ratings))
    ).all()
    for assessment in kept:
        assessment.note = ""
        for rating in assessment.ratings:
            rating.comment = ""
    decisions = select(Decision).where(Decision.assessment_id.in_([one.id for one in kept]))
    for decision in session.scalars(decisions):
        decision.reason = ""
    session.flush()


def _attempts(person: Person, *, decided: bool) -> Any:
    """Ids of a person's attempts, decided on or not."""
    state = Submission.state.in_(DECIDED)
    return (
        select(Submission.id)
        .join(Submission.enrolment)
        .where(Enrolment.person_id == person.id, state if decided else ~state)
    )


def _take(session: Session, assessments: Sequence[int]) -> None:
    session.execute(delete(Decision).where(Decision.assessment_id.in_(assessments)))
    session.execute(delete(Rating).where(Rating.assessment_id.in_(assessments)))
    session.execute(delete(Assessment).where(Assessment.id.in_(assessments)))
