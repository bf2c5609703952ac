"""A second person decides, and everything follows in one transaction."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.badges.models import Award
from lti_tool.cohorts import organisations
from lti_tool.cohorts.models import OrganisationKind
from lti_tool.grades.models import ScoreDelivery
from lti_tool.launch.models import Product
from lti_tool.people.models import Person
from lti_tool.people.roles import Seat
from lti_tool.portfolio.models import Feedback, Submission, SubmissionState
from lti_tool.review import assessments, decisions
from lti_tool.review.judges import NotAppointed, OwnWork
from lti_tool.review.models import AssessmentState, Decision
from tests.builders import a_credential_version, an_appointment
from tests.cast import ada, ben, cleo, ivan
from tests.portfolio.studio import handed_in, rated
from tests.portfolio.test_announcing import enrolled_from
from tests.review.works import appointed, recommended, submitted

BASE = "http://localhost:8000"


def judged(
    session: Session, *, level: int = 3, parts: int = 1
) -> tuple[Submission, Person, Person]:
    """Work with a recommendation, its assessor and an approver."""
    work = submitted(session, ada(), a_credential_version(parts=parts))
    assessor = appointed(session, work, ben(), Seat.ASSESSOR)
    approver = appointed(session, work, cleo(), Seat.APPROVER)
    recommended(session, work, assessor, level=level)
    return work, assessor, approver


@pytest.mark.row("S3-28")
def test_whoever_assessed_the_work_may_not_also_decide(session: Session, noon: datetime) -> None:
    work, assessor, _approver = judged(session)
    appointed(session, work, assessor, Seat.APPROVER)
    assessment = assessments.live_assessment(session, work)
    assert assessment is not None

    with pytest.raises(decisions.SecondPersonNeeded):
        decisions.approve(session, assessment, approver=assessor, base_url=BASE, now=noon)

    assert session.scalars(select(Decision)).all() == []
    assert work.state is SubmissionState.ASSESSED


def test_the_badge_names_the_organisation_that_assessed(session: Session, noon: datetime) -> None:
    work, assessor, approver = judged(session)
    office = organisations.make(
        session, "Office of the Prairie", OrganisationKind.REGIONAL_OFFICE, actor=None, now=noon
    )
    school = organisations.make(session, "A school", OrganisationKind.SCHOOL, actor=None, now=noon)
    organisations.affiliate(session, assessor, office, now=noon)
    organisations.affiliate(session, approver, school, now=noon)
    assessment = assessments.live_assessment(session, work)
    assert assessment is not None

    decisions.approve(session, assessment, approver=approver, base_url=BASE, now=noon)

    (award,) = session.scalars(select(Award))
    assert award.assessed_by == "Office of the Prairie"


@pytest.mark.row("S3-28")
def test_an_approver_needs_an_appointment_that_still_holds(
    session: Session, noon: datetime
) -> None:
    work, _assessor, _approver = judged(session)
    assessment = assessments.live_assessment(session, work)
    assert assessment is not None
    program = work.enrolment.credential_version.program_version.program
    stranger, expired = ivan(), Person(name="Expired", created_at=noon)
    session.add_all([stranger, an_appointment(expired, program, Seat.APPROVER, until=noon)])
    session.flush()

    for judge in (stranger, expired):
        with pytest.raises(NotAppointed):
            decisions.approve(session, assessment, approver=judge, base_url=BASE, now=noon)


def test_nobody_decides_on_their_own_work(session: Session, noon: datetime) -> None:
    work, _assessor, _approver = judged(session)
    assessment = assessments.live_assessment(session, work)
    assert assessment is not None
    learner = work.enrolment.person
    appointed(session, work, learner, Seat.APPROVER)

    with pytest.raises(OwnWork):
        decisions.approve(session, assessment, approver=learner, base_url=BASE, now=noon)


def test_the_approval_of_the_last_open_part_awards_the_credential(
    session: Session, noon: datetime
) -> None:
    first, assessor, approver = judged(session, parts=2)
    assessment = assessments.live_assessment(session, first)
    assert assessment is not None
    decisions.approve(session, assessment, approver=approver, base_url=BASE, now=noon)
    assert session.scalars(select(Award)).all() == []

    second = submitted(
        session,
        first.enrolment.person,
        first.enrolment.credential_version,
        part=1,
        enrolment=first.enrolment,
    )
    last = recommended(session, second, assessor, level=4)
    decisions.approve(session, last, approver=approver, base_url=BASE, now=noon)

    (award,) = session.scalars(select(Award))
    assert award.person is first.enrolment.person
    assert award.credential_version is first.enrolment.credential_version
    assert [result["level"] for result in award.results] == [3, 3, 3, 4, 4, 4]


@pytest.mark.row("S6-05")
def test_work_with_an_unmet_criterion_cannot_be_approved(session: Session, noon: datetime) -> None:
    work, _assessor, approver = judged(session, level=2)
    assessment = assessments.live_assessment(session, work)
    assert assessment is not None

    with pytest.raises(decisions.NotAllMet):
        decisions.approve(session, assessment, approver=approver, base_url=BASE, now=noon)


@pytest.mark.row("S2-03")
def test_nothing_but_an_approved_assessment_makes_an_award(
    session: Session, noon: datetime
) -> None:
    work, _assessor, approver = judged(session, level=2)
    assessment = assessments.live_assessment(session, work)
    assert assessment is not None

    decisions.return_to_learner(session, assessment, approver=approver, reason="", now=noon)

    assert session.scalars(select(Award)).all() == []


def test_returned_work_opens_the_next_attempt_with_the_reason_and_the_feedback(
    session: Session, noon: datetime
) -> None:
    work, _assessor, approver = judged(session, level=2)
    assessment = assessments.live_assessment(session, work)
    assert assessment is not None

    following = decisions.return_to_learner(
        session, assessment, approver=approver, reason="One step to go.", now=noon
    )

    assert following is not None
    assert (following.attempt, following.state) == (2, SubmissionState.DRAFT)
    assert work.state is SubmissionState.RETURNED
    assert (work.decision_words, work.decided_by) == ("One step to go.", approver)
    feedback = session.scalars(select(Feedback)).all()
    assert [(row.level.number, row.is_met, row.comment) for row in feedback] == [
        (2, False, "Say more.")
    ] * 3


def test_work_whose_criteria_are_all_met_cannot_be_returned(
    session: Session, noon: datetime
) -> None:
    work, _assessor, approver = judged(session)
    assessment = assessments.live_assessment(session, work)
    assert assessment is not None

    with pytest.raises(decisions.NothingToReturn):
        decisions.return_to_learner(session, assessment, approver=approver, reason="", now=noon)


def test_work_sent_back_waits_for_an_assessor_again_with_its_ratings(
    session: Session, noon: datetime
) -> None:
    work, assessor, approver = judged(session)
    assessment = assessments.live_assessment(session, work)
    assert assessment is not None
    with pytest.raises(decisions.ReasonMissing):
        decisions.send_back_to_assessor(
            session, assessment, approver=approver, reason="  ", now=noon
        )

    decisions.send_back_to_assessor(
        session, assessment, approver=approver, reason="Look at the second criterion.", now=noon
    )

    assert work.state is SubmissionState.SUBMITTED
    assert assessment.state is AssessmentState.SENT_BACK
    again = assessments.begin(session, work, assessor=assessor, now=noon + timedelta(hours=1))
    assert again is not assessment
    assert [rating.level.number for rating in again.ratings if rating.level] == [3, 3, 3]
    assert not any(rating.is_carried for rating in again.ratings)


def test_a_decision_is_made_once(session: Session, noon: datetime) -> None:
    work, _assessor, approver = judged(session)
    assessment = assessments.live_assessment(session, work)
    assert assessment is not None
    decisions.approve(session, assessment, approver=approver, base_url=BASE, now=noon)

    with pytest.raises(decisions.NotRecommended):
        decisions.approve(session, assessment, approver=approver, base_url=BASE, now=noon)

    assert len(session.scalars(select(Decision)).all()) == 1
    assert len(session.scalars(select(Award)).all()) == 1


def test_a_test_user_is_judged_but_never_awarded(session: Session, noon: datetime) -> None:
    work, _assessor, approver = judged(session)
    work.enrolment.person.is_test = True
    assessment = assessments.live_assessment(session, work)
    assert assessment is not None

    decisions.approve(session, assessment, approver=approver, base_url=BASE, now=noon)

    assert session.scalars(select(Award)).all() == []


def test_the_award_carries_points_as_the_rubric_gives_them(
    session: Session, noon: datetime
) -> None:
    work, _assessor, approver = judged(session, level=4)
    assessment = assessments.live_assessment(session, work)
    assert assessment is not None

    decisions.approve(session, assessment, approver=approver, base_url=BASE, now=noon)

    (award,) = session.scalars(select(Award))
    assert {Decimal(result["points"]) for result in award.results} == {Decimal(4)}


@pytest.mark.row("T-120")
def test_a_program_that_asks_for_a_column_per_stage_gets_one_for_each_approved_stage(
    session: Session, noon: datetime
) -> None:
    version = a_credential_version(parts=2)
    version.details = {**version.details, "gradebook_columns": ["total", "stages"]}
    enrolment = enrolled_from(session, Product.CANVAS, ada(), version)
    work = handed_in(session, rated(session, enrolment))
    assessor = appointed(session, work, ben(), Seat.ASSESSOR)
    approver = appointed(session, work, cleo(), Seat.APPROVER)
    recommended(session, work, assessor)
    assessment = assessments.live_assessment(session, work)
    assert assessment is not None

    decisions.approve(session, assessment, approver=approver, base_url=BASE, now=noon)

    queued = {
        row.line_item.measure: (row.points, row.points_possible)
        for row in session.scalars(select(ScoreDelivery))
        if row.points is not None
    }
    assert set(queued) == {"", version.parts[0].slug}
    total, stage = queued[""], queued[version.parts[0].slug]
    assert total[0] == stage[0]
    assert total[1] > stage[1]
