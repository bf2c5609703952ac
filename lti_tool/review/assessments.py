"""An assessor reads one attempt, rates every criterion and recommends."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from lti_tool.errors import Refused
from lti_tool.people.models import Person
from lti_tool.people.roles import Seat
from lti_tool.portfolio import submissions
from lti_tool.portfolio.locks import hold
from lti_tool.portfolio.models import Submission, SubmissionState
from lti_tool.programs.models import Criterion, Level
from lti_tool.review.judges import require_judge
from lti_tool.review.models import Assessment, AssessmentState, Rating

COMMENT_LIMIT = 5_000


class TakenBySomebodyElse(Refused):
    """Another assessor has opened this work."""


class NotWaiting(Refused):
    """The work is not waiting for an assessor: a draft, or decided already."""


class AlreadyRecommended(Refused):
    """A recommendation is fixed once it was made."""


class RatingsIncomplete(Refused):
    """Some criteria are not rated, or not met without a comment (S3-29)."""

    status = 422

    def __init__(self, unrated: list[Criterion], uncommented: list[Criterion]) -> None:
        """Keep both lists, so that the page can lead to each."""
        self.unrated = unrated
        self.uncommented = uncommented
        words = []
        if unrated:
            words.append("Choose a level for: " + "; ".join(c.title for c in unrated) + ".")
        if uncommented:
            words.append(
                "Say what is missing, so that it can be mended: "
                + "; ".join(c.title for c in uncommented)
                + "."
            )
        super().__init__(" ".join(words))


@dataclass(frozen=True)
class Given:
    """What an assessor gave one criterion; either may still be absent."""

    level_number: int | None
    comment: str


def live_assessment(session: Session, work: Submission) -> Assessment | None:
    """The assessment that stands for this attempt: open, recommended or decided."""
    return session.scalars(
        select(Assessment).where(
            Assessment.submission_id == work.id,
            Assessment.state != AssessmentState.SENT_BACK,
        )
    ).one_or_none()


def last_sent_back(session: Session, work: Submission) -> Assessment | None:
    """The newest assessment of this attempt that an approver asked to look at again."""
    return session.scalars(
        select(Assessment)
        .where(
            Assessment.submission_id == work.id,
            Assessment.state == AssessmentState.SENT_BACK,
        )
        .order_by(Assessment.id.desc())
        .limit(1)
    ).one_or_none()


def begin(session: Session, work: Submission, *, assessor: Person, now: datetime) -> Assessment:
    """Open the work for this assessor; opening it again gives the same assessment.

    Ratings begin with what stands already: the assessor's own when the approver sent it back,
    and the criteria met in an earlier attempt, which stay met (marked as carried).

    Raises:
        NotAppointed, OwnWork: this person may not assess this work.
        NotWaiting: it is not waiting for an assessor.
        TakenBySomebodyElse: another assessor opened it first.
    """
    require_judge(session, assessor, work, Seat.ASSESSOR, now=now)
    standing = live_assessment(session, work)
    if standing is not None:
        if standing.assessor_id != assessor.id:
            raise TakenBySomebodyElse("A colleague is already assessing this work.")
        if standing.state is not AssessmentState.OPEN:
            raise AlreadyRecommended("You have recommended on this work already.")
        return standing
    # The lock: of two assessors who open the same work at once, one waits here and is refused;
    # so does a learner who takes it back just now.
    hold(session, work)
    if work.state is not SubmissionState.SUBMITTED or live_assessment(session, work):
        raise NotWaiting("This work is not waiting for an assessor any more.")
    submissions.mark_opened(session, work, now=now)
    assessment = Assessment(submission=work, assessor=assessor, begun_at=now)
    session.add(assessment)
    for rating in _standing_ratings(session, work):
        assessment.ratings.append(rating)
    session.flush()  # the page needs its id, and the database its say on a second opener
    return assessment


def _standing_ratings(session: Session, work: Submission) -> list[Rating]:
    sent_back = last_sent_back(session, work)
    if sent_back is not None:
        return [_copy(rating, is_carried=rating.is_carried) for rating in sent_back.ratings]
    previous = session.scalars(
        select(Assessment)
        .join(Assessment.submission)
        .where(
            Submission.enrolment_id == work.enrolment_id,
            Submission.part_id == work.part_id,
            Submission.attempt == work.attempt - 1,
            Assessment.state == AssessmentState.DECIDED,
        )
    ).one_or_none()
    if previous is None:
        return []
    return [
        _copy(rating, is_carried=True)
        for rating in previous.ratings
        if rating.level is not None and rating.level.is_met
    ]


def given_before(session: Session, work: Submission, assessor: Person) -> dict[int, Rating]:
    """By criterion: what this assessor last gave in an earlier attempt; nobody else's.

    It is for the eye alone: what was not met is judged anew. One query; none for a first attempt.
    """
    if work.attempt == 1:
        return {}
    rows = session.scalars(
        select(Rating)
        .join(Rating.assessment)
        .join(Assessment.submission)
        .where(
            Submission.enrolment_id == work.enrolment_id,
            Submission.part_id == work.part_id,
            Submission.attempt < work.attempt,
            Assessment.assessor_id == assessor.id,
            Assessment.state == AssessmentState.DECIDED,
            Rating.level_id.is_not(None),
        )
        .options(joinedload(Rating.level))
        .order_by(Submission.attempt)
    )
    return {rating.criterion_id: rating for rating in rows}


def _copy(rating: Rating, *, is_carried: bool) -> Rating:
    return Rating(
        criterion=rating.criterion,
        level=rating.level,
        comment=rating.comment,
        is_carried=is_carried,
    )


def rate(
    assessment: Assessment,
    given: Mapping[int, Given],
    *,
    note: str | None = None,
) -> None:
    """Keep levels and comments as far as they are given, by criterion id. Nothing need be complete.

    Criteria of another rubric and levels a criterion does not have are refused; carried
    criteria stay as they are.

    Raises:
        AlreadyRecommended: the assessment is fixed.
    """
    _require_open(assessment)
    criteria = {criterion.id: criterion for criterion in assessment.submission.part.criteria}
    standing = {rating.criterion.id: rating for rating in assessment.ratings}
    for criterion_id, gift in given.items():
        criterion = criteria.get(criterion_id)
        if criterion is None:
            raise Refused("That criterion does not belong to this rubric. Open the page again.")
        rating = standing.get(criterion_id)
        if rating is not None and rating.is_carried:
            continue
        if rating is None:
            rating = Rating(criterion=criterion)
            assessment.ratings.append(rating)
            standing[criterion_id] = rating
        rating.level = _level(criterion, gift.level_number)
        rating.comment = gift.comment.strip()[:COMMENT_LIMIT]
    if note is not None:
        assessment.note = note.strip()[:COMMENT_LIMIT]


def _level(criterion: Criterion, number: int | None) -> Level | None:
    if number is None:
        return None
    for level in criterion.levels:
        if level.number == number:
            return level
    raise Refused("That level does not belong to this criterion. Open the page again.")


def _require_open(assessment: Assessment) -> None:
    if assessment.state is not AssessmentState.OPEN:
        raise AlreadyRecommended("You have recommended on this work already.")


def recommend(session: Session, assessment: Assessment, *, now: datetime) -> None:
    """Fix the ratings and hand the work to an approver.

    Raises:
        RatingsIncomplete: a criterion has no level, or is not met and says nothing why.
        AlreadyRecommended: it was recommended before.
    """
    _require_open(assessment)
    ratings = {rating.criterion.id: rating for rating in assessment.ratings}
    unrated, uncommented = [], []
    for criterion in assessment.submission.part.criteria:
        rating = ratings.get(criterion.id)
        if rating is None or rating.level is None:
            unrated.append(criterion)
        elif not rating.level.is_met and not rating.comment:
            uncommented.append(criterion)
    if unrated or uncommented:
        raise RatingsIncomplete(unrated, uncommented)
    changed = session.execute(
        update(Assessment)
        .where(Assessment.id == assessment.id, Assessment.state == AssessmentState.OPEN)
        .values(state=AssessmentState.RECOMMENDED, recommended_at=now)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise AlreadyRecommended("You have recommended on this work already.")
    submissions.mark_assessed(session, assessment.submission)
