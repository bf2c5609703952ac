"""A joined account leaves again for thirty days, with what came along if nobody built on it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from lti_tool.accounts import built_on, joining, journal, moving, separating
from lti_tool.accounts.models import JoinedAccount, Moved
from lti_tool.badges.models import AwardState
from lti_tool.cohorts import conflicts
from lti_tool.cohorts.models import DeclaredConflict
from lti_tool.credit import recording
from lti_tool.credit.models import CreditPosting, HoursApproval, HoursEntry, HoursSource
from lti_tool.database import sessions
from lti_tool.launch.models import Deployment, DeploymentState, PlatformContext, PlatformUser
from lti_tool.people.models import AuditEvent, Course, Membership, Person, Visit
from lti_tool.people.roles import Role, Seat
from lti_tool.portfolio import set_aside
from lti_tool.portfolio.models import Enrolment, Submission
from lti_tool.programs.models import Appointment
from lti_tool.review import decisions
from lti_tool.review.judges import may_judge
from lti_tool.review.models import Assessment, AssessmentState
from tests.accounts.conftest import Pair, a_pair
from tests.accounts.test_works import earn, open_it, twice
from tests.builders import NOON, a_course, a_credential_version, a_membership, an_appointment
from tests.portfolio.studio import begun, enter, filled, rated
from tests.privacy import ledger
from tests.privacy.estate import Settled
from tests.review.works import appointed, submitted

pytestmark = pytest.mark.row("S2-09")
only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LATER = NOON + timedelta(days=1)


def apart(session: Session, pair: Pair) -> Person:
    """The one account that was joined, separated a day later."""
    (joined,) = separating.joined_of(session, pair.ada).values()
    return separating.separate(session, joined, by=pair.ada, now=LATER)


def join(session: Session, pair: Pair, **given: Any) -> JoinedAccount:
    """Both as one."""
    joining.join(session, keep=pair.ada, leave=pair.again, now=NOON, **given)
    (joined,) = separating.joined_of(session, pair.ada).values()
    return joined


def test_every_column_that_names_a_person_has_a_way_back() -> None:
    assert set(separating.WAYS) == set(moving.RULES)


@pytest.mark.row("S3-39")
def test_there_and_back_everything_is_as_it_was_but_seats_and_judgements(
    session: Session, ada: Settled, again: Settled
) -> None:
    """On both databases: rows that gave way are written down and read back by each."""
    session.execute(delete(JoinedAccount))
    keep, leave = ada.person, again.person
    leave_id = leave.id
    before = ledger.read(session)

    joining.join(session, keep=keep, leave=leave, now=NOON)
    (joined,) = separating.joined_of(session, keep).values()
    fresh = separating.separate(session, joined, by=keep, now=LATER)

    after = ledger.read(session)
    stayed = {
        tuple(name.split("."))
        for name, way in separating.WAYS.items()
        if way is separating.Way.STAYS
    }
    missing, changed = set(), set()
    for table, rows in before.items():
        for key, row in rows.items():
            if key not in after[table]:
                missing.add(table)
                continue
            for column, value in row.items():
                now = after[table][key][column]
                if (leave_id if now == fresh.id else now) != value and (
                    table,
                    column,
                ) not in stayed:
                    changed.add((table, column))
    # Requests are settled; observers follow whom their LMS names next.
    assert missing == {"person", "account_request"}
    assert changed == {("visit", "watched"), ("audit_event", "subject")}
    assert session.scalars(select(Moved).where(Moved.joining == joined.joining)).all() == []


def in_a_course(session: Session, pair: Pair) -> Course:
    """The second account's course, with a place in it and a visit from it."""
    course = a_course("Ponds at the university")
    deployment = Deployment(
        registration=pair.hills,
        deployment_id="d",
        state=DeploymentState.ACTIVE,
        first_seen_at=NOON,
    )
    session.add_all(
        [
            PlatformContext(deployment=deployment, context_id="c", course=course),
            a_membership(pair.again, course),
            Visit(
                token_digest="there",
                person=pair.again,
                course=course,
                role=Role.LEARNER,
                began_at=NOON,
                expires_at=NOON + timedelta(days=2),
            ),
        ]
    )
    session.flush()
    return course


@only_sqlite
def test_a_separated_account_leaves_with_what_came_along(session: Session, pair: Pair) -> None:
    # Given work that came along with the account, more done on it since, and work begun since
    course = in_a_course(session, pair)
    came = rated(session, begun(session, pair.again, a_credential_version()))
    seat = an_appointment(pair.again, came.credential_version.credential.program, Seat.ASSESSOR)
    session.add(seat)
    session.flush()
    joined = join(session, pair)
    filled(session, came)
    own = begun(session, pair.ada, a_credential_version())
    told = separating.outlook(session, joined)
    assert (list(told.goes), list(told.stays)) == ([came.credential_version.title], [])
    assert told.has_judged

    fresh = apart(session, pair)

    account = session.scalars(select(PlatformUser).where(PlatformUser.person == fresh)).one()
    assert (fresh.name, fresh.email, account.sub) == (
        "A. Ferris",
        "a.@example.org",
        "sub of A. Ferris",
    )
    assert (came.person_id, own.person_id) == (fresh.id, pair.ada.id)
    assert session.scalars(select(Appointment.person_id)).all() == [pair.ada.id]
    place = session.scalars(select(Membership).where(Membership.course == course)).one()
    assert place.person == fresh
    assert session.scalars(select(Visit)).one().expires_at == LATER
    assert separating.joined_of(session, pair.ada) == {}
    event = session.scalars(
        select(AuditEvent).where(AuditEvent.action == "accounts.separate")
    ).one()
    assert (event.actor_id, event.detail["became"]) == (pair.ada.id, fresh.id)


def _opened(session: Session, pair: Pair, came: Enrolment) -> None:
    open_it(session, came, pair.ivan)
    work = session.scalars(select(Submission).where(Submission.opened_at.is_not(None))).one()
    work.opened_at = LATER


def _awarded(session: Session, pair: Pair, came: Enrolment) -> None:
    earn(session, pair.ada, came.credential_version, 1)


def _hours(session: Session, pair: Pair, came: Enrolment) -> None:
    entry = session.scalars(select(HoursEntry)).one()
    session.add(HoursApproval(entry_id=entry.id, approver_id=pair.ivan.id, approved_at=LATER))


@only_sqlite
@pytest.mark.parametrize(
    ("build", "words"),
    [
        (_opened, built_on.JUDGED),
        (_awarded, built_on.AWARDED),
        (_hours, built_on.HOURS),
    ],
)
def test_what_others_have_built_on_stays_and_is_said_before(
    session: Session, pair: Pair, build: Callable[[Session, Pair, Enrolment], None], words: str
) -> None:
    came = rated(session, begun(session, pair.again, a_credential_version(title="Pond survey")))
    free = rated(session, begun(session, pair.again, a_credential_version(title="Listening")))
    filled(session, came)
    session.add(
        HoursEntry(
            person_id=pair.again.id,
            credential_id=came.credential_version.credential_id,
            category="",
            hours=recording.CENT,
            done_on=NOON.date(),
            words="Ponds",
            source=HoursSource.SELF,
            recorded_by_id=pair.again.id,
            recorded_at=NOON,
        )
    )
    session.flush()
    joined = join(session, pair)
    build(session, pair, came)
    session.flush()

    told = separating.outlook(session, joined)
    fresh = apart(session, pair)

    assert [(one.title, one.words) for one in told.stays] == [("Pond survey", words)]
    assert list(told.goes) == ["Listening"]
    assert (came.person_id, free.person_id) == (pair.ada.id, fresh.id)
    assert session.scalars(select(HoursEntry.person_id)).all() == [pair.ada.id]


@only_sqlite
def test_a_choice_is_undone_on_both_sides(session: Session, pair: Pair) -> None:
    # Given work and a badge in both: one badge set beside the other, and one work set aside
    found = twice(session, pair)
    first, later = (
        earn(session, one, found.version, -at) for at, one in enumerate((pair.again, pair.ada))
    )
    join(session, pair)
    assert [one.id for one in set_aside.of_person(session, pair.ada)] == [found.theirs.id]

    fresh = apart(session, pair)

    assert (found.mine.person_id, found.theirs.person_id) == (pair.ada.id, fresh.id)
    assert set_aside.of_person(session, pair.ada) == set_aside.of_person(session, fresh) == []
    assert {one.state for one in (first, later)} == {AwardState.CURRENT}
    assert (first.person_id, later.person_id) == (fresh.id, pair.ada.id)
    for person in (fresh, pair.ada):
        lines = select(CreditPosting.amount).where(CreditPosting.person_id == person.id)
        assert sum(session.scalars(lines)) == 5


@only_sqlite
def test_an_empty_beginning_that_gave_way_is_there_again(session: Session, pair: Pair) -> None:
    version = a_credential_version()
    empty = begun(session, pair.ada, version).id
    came = filled(session, rated(session, begun(session, pair.again, version))).enrolment_id
    join(session, pair)

    fresh = apart(session, pair)

    rows = {row.id: row.person_id for row in session.scalars(select(Enrolment))}
    assert rows == {empty: pair.ada.id, came: fresh.id}
    drafts = session.scalars(select(Submission.enrolment_id)).all()
    assert sorted(drafts) == sorted((empty, came))


@only_sqlite
def test_after_thirty_days_it_stays_and_the_journal_is_forgotten(
    session: Session, pair: Pair
) -> None:
    begun(session, pair.again, a_credential_version())
    joined = join(session, pair)
    end = NOON + separating.MAY_LEAVE

    with pytest.raises(separating.TooLateToSeparate):
        separating.separate(session, joined, by=pair.ada, now=end)
    journal.forget_old(session, before=end - separating.MAY_LEAVE)
    assert session.scalars(select(Moved)).all() == []


@only_sqlite
def test_the_page_says_what_goes_and_what_stays(app: Flask, engine: Engine) -> None:
    with sessions(engine).begin() as session:
        pair = a_pair(session)
        for title in ("Pond survey", "Listening"):
            came = rated(session, begun(session, pair.again, a_credential_version(title=title)))
            filled(session, came)
        joined = join(session, pair)
        _opened(session, pair, came)
        number = joined.id

    page = enter(app, pair.ada).get(f"/accounts/joined/{number}/separate").text

    goes, stays = page.split("What stays here")
    assert "Pond survey" in goes
    assert f"<bdi>Listening</bdi>, because {built_on.JUDGED}" in stays


@only_sqlite
@pytest.mark.row("S3-28", "S4-31")
def test_one_human_does_not_become_two_judges_by_separating(session: Session, pair: Pair) -> None:
    """Neither judges the other, nor are they the two people of one decision; they may rejoin."""
    work = submitted(session, pair.ivan)
    join(session, pair)
    fresh = apart(session, pair)
    appointed(session, work, pair.ada, Seat.ASSESSOR)
    appointed(session, work, fresh, Seat.APPROVER)
    own = submitted(session, fresh, work.enrolment.credential_version)
    assert not may_judge(session, pair.ada, own, Seat.ASSESSOR, now=LATER)
    assessment = Assessment(
        submission=work, assessor=pair.ada, state=AssessmentState.RECOMMENDED, begun_at=NOON
    )
    session.add(assessment)
    session.flush()

    with pytest.raises(decisions.SecondPersonNeeded, match="another account of yours"):
        decisions.approve(session, assessment, approver=fresh, base_url="", now=LATER)
    (held, _) = session.scalars(select(DeclaredConflict)).all()
    with pytest.raises(conflicts.OneAndTheSame):
        conflicts.withdraw(session, held, by=pair.ada, now=LATER)

    joining.join(session, keep=pair.ada, leave=fresh, now=LATER)
    assert session.scalars(select(DeclaredConflict)).all() == []
