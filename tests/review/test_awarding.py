"""The award that was forgotten: a process died between the last hours and the award."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.badges import awards
from lti_tool.badges.models import Award, AwardState
from lti_tool.credit import journal
from lti_tool.credit.models import HoursEntry, HoursSource
from lti_tool.jobs import JobContext
from lti_tool.keyring import Keyring
from lti_tool.people.models import Person
from lti_tool.people.roles import Seat
from lti_tool.programs.models import CredentialVersion
from lti_tool.review import chores, decisions
from tests.builders import NOON, a_credential_version, a_person
from tests.cast import ada, ben, cleo, ivan
from tests.counting import Counted
from tests.credit.programs import a_program_that_says, somebody
from tests.review.works import appointed, recommended, submitted

GATED = {"hours": {"min": 8, "max": 8, "gate": True}}


@pytest.fixture
def context(settings, engine) -> JobContext:
    """A background whose day is tomorrow."""
    ring = Keyring.open(settings, engine, NOON)
    return JobContext(settings, engine, ring, lambda: NOON + timedelta(days=1))


def approved(
    session: Session, learner: Person, version: CredentialVersion, judges: tuple[Person, Person]
) -> None:
    """Everything approved; where hours gate the award, it waits."""
    work = submitted(session, learner, version)
    assessor = appointed(session, work, judges[0], Seat.ASSESSOR)
    approver = appointed(session, work, judges[1], Seat.APPROVER)
    assessment = recommended(session, work, assessor)
    decisions.approve(
        session, assessment, approver=approver, base_url="https://cairn.example.org", now=NOON
    )


def eight_hours(session: Session, learner: Person, version: CredentialVersion) -> None:
    """The hours as they lie there when nobody was left to ask for the award."""
    session.add(
        HoursEntry(
            person_id=learner.id,
            credential_id=version.credential_id,
            category="",
            hours=Decimal(8),
            done_on=date(2026, 11, 3),
            words="All day",
            source=HoursSource.ATTENDANCE,
            recorded_by_id=None,
            recorded_at=NOON + timedelta(hours=1),
        )
    )


@pytest.mark.row("S5-16")
def test_an_award_whose_job_was_lost_is_made_at_the_next_sweep_and_a_revoked_one_is_not(
    session, context
):
    # Given work that is approved: Ada has her hours and no award, Ivan no hours, and Olga's award
    # was taken back
    judges = somebody(session, ben()), somebody(session, cleo())
    version = a_credential_version(program_version=a_program_that_says(GATED))
    learner, waiting = somebody(session, ada()), somebody(session, ivan())
    revoked = somebody(session, a_person("Olga Otherwhere"))
    for person in (learner, waiting, revoked):
        approved(session, person, version, judges)
    for person in (learner, revoked):
        eight_hours(session, person, version)
    session.commit()
    chores.award_if_complete(context, revoked.id, version.credential_id)
    (award,) = session.scalars(select(Award)).all()
    awards.revoke(session, award, reason="Not hers.", actor=None, now=NOON + timedelta(days=2))
    session.commit()

    # When the background sweeps, twice
    chores.sweep(context)
    with Counted(context.engine) as counted:
        chores.sweep(context)

    # Then Ada's is there, once; nobody gets back by itself what people took away
    session.expire_all()
    found = session.scalars(select(Award).order_by(Award.id)).all()
    assert [(one.person_id, one.state) for one in found] == [
        (revoked.id, AwardState.REVOKED),
        (learner.id, AwardState.CURRENT),
    ]
    assert found[1].issued_at == NOON + timedelta(days=1)
    completion = journal.completion_of(session, found[1].public_id)
    assert completion is not None
    assert completion.completed_at == NOON + timedelta(hours=1)  # a late job moves no credit year
    assert len(counted) <= 20
