"""What keeps two accounts apart is said before anything changes."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.accounts import joining, obstacles
from lti_tool.cohorts.models import TeamMember
from lti_tool.launch.models import Deployment, DeploymentState
from lti_tool.launch.newcomers import guest_of
from lti_tool.people.models import Person, Visit
from lti_tool.people.roles import Role, Seat
from lti_tool.portfolio.models import Enrolment, Submission
from lti_tool.programs.models import Appointment
from lti_tool.review import decisions
from lti_tool.review.judges import OwnWork, may_judge, require_judge
from lti_tool.review.models import Assessment, AssessmentState, Decision, Outcome
from tests.accounts.conftest import Pair, an_account
from tests.builders import NOON, a_credential_version, an_appointment
from tests.cohorts.gathering import FREE_TEAMS, a_program_with, a_team, an_admin
from tests.portfolio.studio import begun, filled, rated
from tests.privacy import ledger
from tests.review.works import appointed, submitted

pytestmark = [
    pytest.mark.row("S2-09"),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


def refused(session: Session, pair: Pair, *words: str) -> None:
    """The two are kept apart for these reasons and no others, and nothing changes."""
    session.flush()
    before = ledger.read(session)
    found = obstacles.between(session, pair.ada, pair.again)
    assert [part for part, told in zip(words, found, strict=True) if part not in told] == []
    with pytest.raises(joining.CannotBeJoined):
        joining.join(session, keep=pair.ada, leave=pair.again, now=NOON)
    assert ledger.read(session) == before


def joined(session: Session, pair: Pair) -> Person:
    """The two as one."""
    session.flush()
    joining.join(session, keep=pair.ada, leave=pair.again, now=NOON)
    return pair.ada


def a_deployment(pair: Pair) -> Deployment:
    """One of the second LMS."""
    return Deployment(
        registration=pair.hills,
        deployment_id="d",
        state=DeploymentState.ACTIVE,
        first_seen_at=NOON,
    )


@pytest.mark.parametrize("which", ["test user", "guest", "erased", "administrator", "no account"])
def test_only_peoples_own_accounts_are_joined(session: Session, pair: Pair, which: str) -> None:
    other = pair.again
    if which == "test user":
        other.is_test = True
    elif which == "erased":
        other.erased_at = NOON
    elif which == "administrator":
        visit: dict[str, Any] = {"began_at": NOON, "expires_at": NOON}
        session.add(Visit(token_digest="x", person=other, role=Role.ADMINISTRATOR, **visit))
    elif which == "guest":
        deployment = a_deployment(pair)
        session.add(deployment)
        other = guest_of(session, deployment, now=NOON)
    else:
        other = Person(name="Nobody", created_at=NOON)
        session.add(other)
    session.flush()

    assert obstacles.between(session, pair.ada, other) == [obstacles.NOBODY]
    assert not obstacles.may_join_at_all(session, other)


def test_two_accounts_of_one_lms_stay_two(session: Session, pair: Pair) -> None:
    """Its gradebook has a cell for each, and nobody could tell which score belongs where."""
    an_account(session, pair.ada, pair.hills, "another")

    refused(session, pair, "Both accounts are in Hills University")


@pytest.mark.parametrize("bare", ["ada", "again"])
def test_what_was_begun_and_not_touched_gives_way(session: Session, pair: Pair, bare: str) -> None:
    version = a_credential_version()
    for name in ("ada", "again"):
        enrolment = begun(session, getattr(pair, name), version)
        if name != bare:
            kept = filled(session, rated(session, enrolment)).enrolment_id

    ada = joined(session, pair)

    rows = session.scalars(select(Enrolment)).all()
    assert [(row.id, row.person_id) for row in rows] == [(kept, ada.id)]
    assert {work.enrolment_id for work in session.scalars(select(Submission))} == {kept}


def test_two_places_in_one_team_are_given_up_by_hand(session: Session, pair: Pair) -> None:
    (version,) = a_program_with(session, team=FREE_TEAMS)
    team = a_team(session, version, an_admin(session, version), [pair.ada, pair.again])
    refused(session, pair, "Both accounts are in the team")

    member = session.scalars(select(TeamMember).where(TeamMember.person == pair.ada)).one()
    member.left_at = NOON
    ada = joined(session, pair)

    (left,) = session.scalars(select(TeamMember).where(TeamMember.team == team))
    assert (left.person_id, left.left_at) == (ada.id, None)


def test_who_judged_the_other_is_not_the_other_unseen(session: Session, pair: Pair) -> None:
    work = submitted(session, pair.ada)
    session.add(Assessment(submission=work, assessor=pair.again, begun_at=NOON))

    refused(session, pair, "has judged, approved, coached or granted")


def test_the_two_people_of_one_decision_stay_two(session: Session, pair: Pair) -> None:
    work = submitted(session, pair.ivan)
    assessment = Assessment(
        submission=work, assessor=pair.ada, state=AssessmentState.DECIDED, begun_at=NOON
    )
    session.add(
        Decision(
            assessment=assessment,
            approver=pair.again,
            outcome=Outcome.RETURNED,
            reason="Say more.",
            decided_at=NOON,
        )
    )

    refused(session, pair, "where two different people are needed")


@pytest.mark.row("S3-28")
def test_a_judge_who_turns_out_to_be_the_learner_judges_it_no_more(
    session: Session, pair: Pair
) -> None:
    work = submitted(session, pair.ada)
    appointed(session, work, pair.again, Seat.ASSESSOR)
    assert may_judge(session, pair.again, work, Seat.ASSESSOR, now=NOON)

    ada = joined(session, pair)

    assert not may_judge(session, ada, work, Seat.ASSESSOR, now=NOON)
    with pytest.raises(OwnWork):
        require_judge(session, ada, work, Seat.ASSESSOR, now=NOON)


@pytest.mark.row("S3-28")
def test_an_assessor_who_turns_out_to_be_the_approver_does_not_decide(
    session: Session, pair: Pair
) -> None:
    work = submitted(session, pair.ivan)
    appointed(session, work, pair.ada, Seat.ASSESSOR)
    appointed(session, work, pair.again, Seat.APPROVER)
    assessment = Assessment(
        submission=work, assessor=pair.ada, state=AssessmentState.RECOMMENDED, begun_at=NOON
    )
    session.add(assessment)

    ada = joined(session, pair)

    with pytest.raises(decisions.SecondPersonNeeded):
        decisions.approve(session, assessment, approver=ada, base_url="", now=NOON)


def test_the_same_seat_in_both_is_one_seat_that_can_be_ended(session: Session, pair: Pair) -> None:
    version = a_credential_version()
    program = version.program_version.program
    session.add_all(
        [version, *(an_appointment(one, program, Seat.COACH) for one in (pair.ada, pair.again))]
    )

    ada = joined(session, pair)

    assert [seat.person_id for seat in session.scalars(select(Appointment))] == [ada.id]
