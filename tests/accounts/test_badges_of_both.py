"""My badges after two LMSs turned out to know one person: everything, whichever it came from."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from lti_tool.accounts import separating
from lti_tool.database import sessions
from lti_tool.holdings.models import HeldBadge
from lti_tool.people.models import Person
from lti_tool.people.roles import Seat
from lti_tool.portfolio import enrolments
from lti_tool.privacy import erasure
from lti_tool.stacks import elsewhere, proposals
from lti_tool.stacks.models import BroughtBadge, StackProposal
from tests.accounts.conftest import a_pair
from tests.accounts.test_works import earn, join
from tests.builders import NOON, a_credential_version, an_appointment
from tests.cast import cleo
from tests.holdings.cabinet import a_held_badge
from tests.portfolio.studio import enter
from tests.stacks.quarry import FOUR, PONDS, Quarry

pytestmark = [
    pytest.mark.row("S2-09"),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


def test_my_badges_shows_what_was_earned_in_either_lms_and_brought_to_either(
    app: Flask, engine: Engine
) -> None:
    # Given Ada with a badge from each LMS, and a stack and a badge from elsewhere from the second
    with sessions(engine).begin() as session:
        pair = a_pair(session)
        river, hills = (a_credential_version(title=title) for title in ("Rivers", "Hills"))
        session.add_all([river, hills])
        session.flush()
        for whose, version in ((pair.ada, river), (pair.again, hills)):
            enrolments.begin(session, whose, version, now=NOON)
            earn(session, whose, version, -1)
        quarry, decider = Quarry(session, PONDS), cleo()
        session.add(an_appointment(decider, quarry.version.program, Seat.APPROVER))
        quarry.earns(pair.again, *FOUR)
        proposal = session.scalars(select(StackProposal)).one()
        proposals.approve(session, proposal, by=decider, now=NOON)
        for whose, title in ((pair.ada, "Tides"), (pair.again, "Dunes")):
            session.add(a_held_badge(whose.id, title=title))
    everything = ("Rivers", "Hills", "Ponds", "Tides", "Dunes")

    def seen() -> set[str]:
        page = enter(app, pair.ada).get("/badges/").text
        return {title for title in everything if f">{title}" in page}

    assert seen() == {"Rivers", "Tides"}

    # When both are one, all of it is there; separated, each has its own again
    with sessions(engine).begin() as session:
        ada, again = (session.get_one(Person, one.id) for one in (pair.ada, pair.again))
        join(session, replace(pair, ada=ada, again=again))
    assert seen() == set(everything)
    with sessions(engine).begin() as session:
        ada = session.get_one(Person, pair.ada.id)
        (joined,) = separating.joined_of(session, ada).values()
        separating.separate(session, joined, by=ada, now=NOON + timedelta(days=1))
    assert seen() == {"Rivers", "Tides"}


def test_a_badge_that_went_back_may_be_let_go_though_a_stack_of_the_other_rests_on_it(
    engine: Engine,
) -> None:
    """Handed in while both were one, for a stack that stays with the first account."""
    with sessions(engine).begin() as session:
        pair = a_pair(session)
        held = a_held_badge(pair.again.id)
        session.add(held)
        quarry = Quarry(session, PONDS)
        quarry.earns(pair.ada, *FOUR[:3])
        join(session, pair)
        session.refresh(held)
        elsewhere.hand_in(session, held, quarry.reading(pair.ada), stands_for="four", now=NOON)
        (joined,) = separating.joined_of(session, pair.ada).values()
        fresh = separating.separate(session, joined, by=pair.ada, now=NOON + timedelta(days=1))
        session.refresh(held)
        assert held.person_id == fresh.id != pair.ada.id
        number = fresh.id

    with sessions(engine).begin() as session:
        person = session.get_one(Person, number)
        erasure.erase(session, person, keep_badges=False, actor=None, now=NOON)

    with sessions(engine)() as session:
        assert session.scalars(select(HeldBadge)).all() == []
        assert session.scalars(select(BroughtBadge)).all() == []
