"""An assessor rates every criterion and recommends."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from lti_tool.errors import Refused
from lti_tool.people.roles import Seat
from lti_tool.portfolio.models import SubmissionState
from lti_tool.review import assessments, decisions
from lti_tool.review.assessments import Given, RatingsIncomplete, TakenBySomebodyElse
from lti_tool.review.judges import NotAppointed, OwnWork
from lti_tool.review.models import AssessmentState
from tests.builders import an_appointment
from tests.cast import ada, ben, cleo, dora, ivan
from tests.review.works import all_at, appointed, recommended, submitted

BASE = "http://localhost:8000"


def test_an_appointed_assessor_opens_work_and_opening_again_gives_the_same_assessment(
    session: Session, noon: datetime
) -> None:
    work = submitted(session, ada())
    judge = appointed(session, work, ben(), Seat.ASSESSOR)

    first = assessments.begin(session, work, assessor=judge, now=noon)
    again = assessments.begin(session, work, assessor=judge, now=noon)

    assert again is first
    assert first.state is AssessmentState.OPEN


@pytest.mark.row("S3-28")
def test_nobody_assesses_without_an_appointment_that_still_holds(
    session: Session, noon: datetime
) -> None:
    work = submitted(session, ada())
    program = work.enrolment.credential_version.program_version.program
    stranger, expired = ivan(), ben()
    session.add_all([stranger, an_appointment(expired, program, Seat.ASSESSOR, until=noon)])
    session.flush()

    for judge in (stranger, expired):
        with pytest.raises(NotAppointed):
            assessments.begin(session, work, assessor=judge, now=noon)


def test_nobody_assesses_their_own_work(session: Session, noon: datetime) -> None:
    learner = ada()
    work = submitted(session, learner)
    appointed(session, work, learner, Seat.ASSESSOR)

    with pytest.raises(OwnWork):
        assessments.begin(session, work, assessor=learner, now=noon)


def test_a_second_assessor_is_told_that_a_colleague_has_begun(
    session: Session, noon: datetime
) -> None:
    work = submitted(session, ada())
    first = appointed(session, work, ben(), Seat.ASSESSOR)
    second = appointed(session, work, dora(), Seat.ASSESSOR)
    assessments.begin(session, work, assessor=first, now=noon)

    with pytest.raises(TakenBySomebodyElse):
        assessments.begin(session, work, assessor=second, now=noon)


def test_a_recommendation_needs_a_level_for_every_criterion(
    session: Session, noon: datetime
) -> None:
    work = submitted(session, ada())
    judge = appointed(session, work, ben(), Seat.ASSESSOR)
    assessment = assessments.begin(session, work, assessor=judge, now=noon)
    first, *rest = work.part.criteria
    assessments.rate(assessment, {first.id: Given(3, "")})

    with pytest.raises(RatingsIncomplete) as refusal:
        assessments.recommend(session, assessment, now=noon)

    assert refusal.value.unrated == rest
    assert work.state is SubmissionState.SUBMITTED


@pytest.mark.row("S3-29")
def test_a_criterion_that_is_not_met_needs_a_comment(session: Session, noon: datetime) -> None:
    work = submitted(session, ada())
    judge = appointed(session, work, ben(), Seat.ASSESSOR)
    assessment = assessments.begin(session, work, assessor=judge, now=noon)
    first, second, third = work.part.criteria
    assessments.rate(
        assessment,
        {first.id: Given(4, ""), second.id: Given(2, "   "), third.id: Given(1, "Add the dates.")},
    )

    with pytest.raises(RatingsIncomplete) as refusal:
        assessments.recommend(session, assessment, now=noon)
    assert refusal.value.uncommented == [second]

    assessments.rate(assessment, {second.id: Given(2, "Say who was there.")})
    assessments.recommend(session, assessment, now=noon)
    assert work.state is SubmissionState.ASSESSED


def test_ratings_are_fixed_once_recommended(session: Session, noon: datetime) -> None:
    work = submitted(session, ada())
    judge = appointed(session, work, ben(), Seat.ASSESSOR)
    assessment = recommended(session, work, judge)

    with pytest.raises(assessments.AlreadyRecommended):
        assessments.rate(assessment, all_at(work, 4))
    with pytest.raises(assessments.AlreadyRecommended):
        assessments.recommend(session, assessment, now=noon)


def test_levels_and_criteria_of_another_rubric_are_refused(
    session: Session, noon: datetime
) -> None:
    work, other = submitted(session, ada()), submitted(session, cleo())
    judge = appointed(session, work, ben(), Seat.ASSESSOR)
    assessment = assessments.begin(session, work, assessor=judge, now=noon)
    foreign = other.part.criteria[0]

    with pytest.raises(Refused):
        assessments.rate(assessment, {foreign.id: Given(3, "")})
    with pytest.raises(Refused):
        assessments.rate(assessment, {work.part.criteria[0].id: Given(9, "")})


@pytest.mark.row("S6-14")
def test_met_criteria_stay_met_in_the_next_attempt(session: Session, noon: datetime) -> None:
    work = submitted(session, ada())
    judge = appointed(session, work, ben(), Seat.ASSESSOR)
    approver = appointed(session, work, cleo(), Seat.APPROVER)
    first, second, third = work.part.criteria
    assessment = assessments.begin(session, work, assessor=judge, now=noon)
    assessments.rate(
        assessment,
        {first.id: Given(4, ""), second.id: Given(3, ""), third.id: Given(1, "Add the dates.")},
    )
    assessments.recommend(session, assessment, now=noon)
    following = decisions.return_to_learner(
        session, assessment, approver=approver, reason="Nearly there.", now=noon
    )
    assert following is not None
    following.state = SubmissionState.SUBMITTED
    following.submitted_at = noon + timedelta(days=3)
    session.flush()

    again = assessments.begin(session, following, assessor=judge, now=noon)
    assessments.rate(again, {first.id: Given(1, "Lowered by mistake."), third.id: Given(3, "")})

    levels = {r.criterion: (r.level and r.level.number, r.is_carried) for r in again.ratings}
    assert levels == {first: (4, True), second: (3, True), third: (3, False)}
