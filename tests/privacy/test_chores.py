"""What is forgotten by itself (T-135)."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from lti_tool.database import sessions
from lti_tool.jobs import JobContext, carry_out
from lti_tool.keyring import Keyring
from lti_tool.people.models import Visit
from lti_tool.people.roles import Role
from lti_tool.portfolio.artifact_store import ArtifactStore
from lti_tool.privacy import chores  # noqa: F401  its job is carried out below
from lti_tool.settings import Settings
from tests.builders import NOON
from tests.privacy import ledger
from tests.privacy.estate import a_school, settled

pytestmark = pytest.mark.row("T-135")


def test_visits_that_ended_a_month_ago_are_forgotten_but_not_administrators(
    engine: Engine, settings: Settings
) -> None:
    # Given two people with visits and what hangs on them, one of them an administrator's
    with sessions(engine).begin() as session:
        school = a_school(session, ArtifactStore(settings.evidence_url))
        ada, fay = settled(session, school, "Adaline Q"), settled(session, school, "Fayette U")
        for visit in session.scalars(select(Visit).where(Visit.person_id == fay.person.id)):
            visit.role = Role.ADMINISTRATOR
        last = max(visit.expires_at for visit in session.scalars(select(Visit)))
        ids = ada.person.id, fay.person.id
    keyring = Keyring.open(settings, engine, NOON)

    def left(days: int) -> set[int]:
        later = last + timedelta(days=days, minutes=1)
        context = JobContext(settings, engine, keyring, clock=lambda: later)
        carry_out(context, "privacy.forget-visits")
        with sessions(engine)() as session:
            return set(session.scalars(select(Visit.person_id)))

    # Then they stay for a month, and go after it with what hung on them
    assert left(29) >= set(ids)
    assert left(30) == {ids[1]}
    with sessions(engine)() as session:
        told = ledger.read(session)
    visits = set(told["visit"])
    for table in ("deep_link_request", "privacy_request"):
        assert all((row["visit_id"],) in visits for row in told[table].values())
    assert all(
        row["visit_id"] is None or (row["visit_id"],) in visits
        for row in told["login_attempt"].values()
    )
