"""The background looks at badges from elsewhere when they are due, each by a job of its own."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from lti_tool.database import sessions
from lti_tool.holdings import chores, rechecking
from lti_tool.holdings.models import HeldBadge, HeldState
from lti_tool.jobs import JobContext
from tests.badges.conftest import context, keyring, workshop
from tests.badges.workshop import Workshop, an_award
from tests.builders import NOON, a_credential_version
from tests.cast import ada
from tests.holdings.cabinet import a_held_badge

__all__ = ["context", "keyring", "workshop"]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_what_is_due_is_asked_about_and_what_is_not_is_left_alone(
    context: JobContext, engine: Engine, workshop: Workshop
) -> None:
    """Its issuer's address leads nowhere here, so the file is all there is."""
    learner, now = ada(), context.now()
    file = workshop.token(an_award(a_credential_version(), learner)).encode()
    with sessions(engine).begin() as session:
        session.add(learner)
        session.flush()
        due = a_held_badge(learner.id, content=file, check_at=now)
        later = a_held_badge(learner.id, content=file, check_at=now + timedelta(seconds=1))
        gone = a_held_badge(learner.id, content=b"{}", check_at=now)
        session.add_all([due, later, gone])
        session.flush()
        numbers = due.id, later.id, gone.id
        assert [number for number, _ in rechecking.due(session, now=now)] == [due.id, gone.id]

    chores.look(context)  # puts them in line; whoever works then carries out
    for number in numbers:
        chores.check(context, number)

    with sessions(engine)() as session:
        rows = {row.id: row for row in session.scalars(select(HeldBadge))}
    assert [rows[number].checked_at for number in numbers] == [now, NOON, now]
    assert [rows[number].state for number in numbers] == [
        HeldState.UNCHECKED, HeldState.VALID, HeldState.OVER,
    ]  # fmt: skip
    assert rows[numbers[2]].over_since == now
    assert rows[numbers[0]].check_at > now


def test_a_badge_that_was_removed_meanwhile_is_nobodys_trouble(context: JobContext) -> None:
    chores.check(context, 4711)
