"""Reminders before the end of a credit year and of a licence's cycle: once, and not too late."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.badges import awards
from lti_tool.credit import chores, elections, reminders, statements
from lti_tool.credit.calendar import Calendar
from lti_tool.credit.duties import Said
from lti_tool.credit.models import CreditReminder, Deadline
from lti_tool.credit.wishes import open_for
from lti_tool.database import sessions
from lti_tool.errors import NotFound
from lti_tool.jobs import JobContext
from lti_tool.keyring import Keyring
from lti_tool.people.models import Person
from lti_tool.portfolio import enrolments
from lti_tool.programs.models import CredentialVersion
from tests.badges.workshop import results_for
from tests.builders import NOON, a_person
from tests.cast import ada, ivan
from tests.counting import Counted
from tests.credit.conftest import MakeTown
from tests.credit.programs import some_credentials, somebody
from tests.credit.test_duties import SAYS

IN_TIME = datetime(2027, 5, 1, 6, 37, tzinfo=UTC)
"""Sixty days before 30 June."""
REMINDING: dict[str, Any] = {
    **SAYS,
    "licence": {**SAYS["licence"], "cycles": [{"hours": 100, "years": 5}]},
}


def begun(session: Session, person: Person, version: CredentialVersion, option: str) -> None:
    election = open_for(session, person.id, version, now=NOON)
    elections.elect(session, election, option, now=NOON)


def awarded(session: Session, person: Person, version: CredentialVersion, at: datetime) -> None:
    results = results_for(version)
    awards.award(session, person=person, credential_version=version, results=results, now=at)


def said(session: Session) -> list[CreditReminder]:
    session.expire_all()
    return list(session.scalars(select(CreditReminder).order_by(CreditReminder.id)))


@pytest.mark.row("S7-03", "S7-04")
def test_somebody_is_reminded_once_sixty_days_before_a_year_and_a_cycle_end(
    session, settings, engine
):
    # Given Ada, who owes last year's academy, Ivan, who has this year's, and a test user
    ring = Keyring.open(settings, engine, NOON)
    learner, other = somebody(session, ada()), somebody(session, ivan())
    nobody = somebody(session, a_person("Test", is_test=True))
    (version,) = some_credentials(session, REMINDING)
    for person in (learner, other, nobody):
        begun(session, person, version, "academy")
    awarded(session, other, version, NOON)
    kind = "administrator-academy"
    statements.tell_years(session, learner, "State register", kind, Said(2026), now=NOON)
    statements.tell_term(session, learner, "State register", date(2027, 6, 20), now=NOON)
    session.commit()

    def look(at: datetime) -> None:
        session.commit()  # the background waits for nobody
        chores.remind(JobContext(settings, engine, ring, lambda: at))

    # When the background looks a day early, in time, and again every day
    look(IN_TIME - timedelta(days=12))
    assert said(session) == []
    for days in (0, 0, 1, 30):
        look(IN_TIME + timedelta(days=days))

    # Then she is told once of the year and once of the cycle, and nobody else of anything
    year, cycle = said(session)
    assert {one.person_id for one in (year, cycle)} == {learner.id}
    assert (year.deadline, year.due_on, year.told_at) == (
        Deadline.YEAR,
        date(2027, 6, 30),
        IN_TIME,
    )
    assert "asks for 1 credit of Administrators' Academy in FY27" in year.words
    assert "1 credit of Administrators' Academy is still to be made up for FY26" in year.words
    assert (cycle.deadline, cycle.due_on) == (Deadline.CYCLE, date(2027, 6, 20))
    assert "0 hours of 100 are recorded here" in cycle.words

    # And it is done when the credit is there and nothing is owed, whatever is put away
    with pytest.raises(NotFound):
        reminders.put_away(session, cycle.public_id, for_=other, now=IN_TIME)
    reminders.put_away(session, cycle.public_id, for_=learner, now=IN_TIME)
    statements.tell_years(session, learner, "State register", kind, Said(2027), now=IN_TIME)
    awarded(session, learner, version, IN_TIME + timedelta(days=31))
    session.commit()
    assert [one.done_at is not None for one in said(session)] == [True, False]
    assert reminders.shown(session, learner.id, [version], now=IN_TIME) == []


@pytest.mark.row("S7-03")
def test_a_reminder_lies_on_the_home_and_the_credit_page_until_it_is_put_away(
    make_town: MakeTown,
):
    # Given a program whose year always ends within its days of warning
    says = {**SAYS, "licence": {**SAYS["licence"], "remind_days_ahead": 365}}
    town = make_town(says)
    visitor, engine = town.comes("ada"), town.app.extensions["cairn"].engine
    with Counted(engine) as before:
        assert "reminder" not in visitor.get("/credit/").text
    learner = town.people["ada"]
    with sessions(town.engine).begin() as session:
        version = session.get_one(CredentialVersion, town.versions[0].id)
        enrolments.begin(session, session.get_one(Person, learner.id), version, now=NOON)
    visitor.get("/")
    with Counted(engine) as home:
        assert "Two people read your work" not in visitor.get("/").text

    # When the background has looked
    with Counted(engine) as alone:
        visitor.get("/credit/")
    now = datetime.now(UTC)
    with sessions(town.engine).begin() as session:
        (person_id,) = reminders.candidates(session, now=now)
        assert reminders.look(session, person_id, now=now) == 1
        assert reminders.look(session, person_id, now=now) == 0
        (public_id,) = session.scalars(select(CreditReminder.public_id))
    with Counted(engine) as reminded:
        page = visitor.get("/credit/").text
    with Counted(engine) as home_reminded:
        assert "Two people read your work" in visitor.get("/").text

    # Then it is there, at no further query, and gone when Ada puts it away; not when Ivan does
    assert len(home_reminded) == len(home) <= 30
    assert len(reminded) == len(alone) <= len(before) + 6
    assert "Two people read your work" in page
    assert Calendar.of(SAYS).year_of(now).label in page
    path = f"/credit/reminders/{public_id}/put-away"
    assert town.comes("ivan").post(path).status_code == 404
    assert visitor.post(path, {"from": "home"}).location.endswith("/")
    assert "Two people read your work" not in visitor.get("/credit/").text
