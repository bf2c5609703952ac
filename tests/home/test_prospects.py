"""A learner's home: what next, how far, and what it will give, however much is under way."""

import pytest
from flask import Flask
from sqlalchemy import Engine

from lti_tool.badges.models import Award, AwardState
from lti_tool.database import sessions
from lti_tool.people.models import Person
from lti_tool.people.roles import Role, Seat
from tests.builders import NOON, an_appointment
from tests.cast import ada, cleo
from tests.counting import Counted
from tests.portfolio.studio import begun, enter, rated
from tests.stacks.quarry import FOUR, PONDS, Quarry

LAKES = {"slug": "lakes", "title": "Lakes", "rule": "all-of", "members": ["four", "five"]}
SLUGS = (*FOUR, "five", "six", "seven")


class Shore:
    """Ada with three of four earned, and a program with seven credentials."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with sessions(engine).begin() as session:
            self.quarry = Quarry(session, PONDS, LAKES, slugs=SLUGS)
            self.ada, self.cleo = ada(), cleo()
            self.quarry.earns(self.ada, *FOUR[:3])
            session.add(an_appointment(self.cleo, self.quarry.version.program, Seat.APPROVER))

    def begins(self, *slugs: str) -> None:
        """Ada begins these as well."""
        with sessions(self.engine).begin() as session:
            for slug in slugs:
                version = session.merge(self.quarry.of[slug, 1])
                rated(session, begun(session, session.get_one(Person, self.ada.id), version))


@pytest.fixture
def shore(engine: Engine) -> Shore:
    """The house with its people."""
    return Shore(engine)


@pytest.mark.row("S1-20")
@pytest.mark.row("S4-10")
def test_the_home_tells_what_next_how_far_and_what_it_gives(app: Flask, shore: Shore) -> None:
    shore.begins("four", "six")

    page = " ".join(enter(app, shore.ada).get("/").text.split())

    ahead, rest = page.split("The whole way")
    assert "Begin this task" in ahead
    assert "<strong>0 of 4 steps done</strong>" in ahead
    assert "now: Prepare" in ahead
    assert "about 30 hours" in ahead
    assert '>Ponds</a>: <span class="quiet">3 of 4, this one completes it</span>' in ahead
    assert '>Lakes</a>: <span class="quiet">0 of 2</span>' in ahead
    # What else is under way stands before what is earned, with its own next step
    assert rest.index("Credential six") < rest.index("Credential one")
    assert "0 of 4 steps" in rest


def test_however_many_are_under_way_the_home_asks_as_often(app: Flask, shore: Shore) -> None:
    shore.begins("four")

    def queries() -> int:
        visitor = enter(app, shore.ada)
        with Counted(app.extensions["cairn"].engine) as counted:
            assert visitor.get("/").status_code == 200
        return len(counted)

    once = queries()
    shore.begins("five", "six", "seven")

    assert queries() == once


@pytest.mark.row("S5-13")
def test_everything_met_without_the_hours_is_not_called_earned(app: Flask, engine: Engine) -> None:
    kinds = [{"slug": "class", "title": "In class", "minimum": 30, "recorded_by": "instructor"}]
    with sessions(engine).begin() as session:
        gated = {"gate": True, "min": 30, "categories": kinds}
        quarry, learner = Quarry(session, hours=gated), ada()
        (award,) = quarry.earns(learner, "one")
        award.state = AwardState.SUPERSEDED  # as if it had never been made
        session.flush()

    waits = " ".join(enter(app, learner).get("/").text.split())
    with sessions(engine).begin() as session:
        held = session.get_one(Award, award.id)
        held.state, held.revoked_at = AwardState.REVOKED, NOON
    revoked = enter(app, learner).get("/").text

    assert "The award waits for hours that are missing: 30 of “In class”." in waits
    assert '>0 of 30 hours <span class="quiet">to go: 30 In class</span>' in waits
    assert waits.count('/hours"') == 1
    assert "You have earned" not in waits
    assert "was taken back." in revoked
    assert "You have earned" not in revoked


def test_who_decides_on_stacks_is_told_what_waits(app: Flask, shore: Shore) -> None:
    with sessions(shore.engine).begin() as session:
        shore.quarry.session = session
        shore.quarry.of["four", 1] = session.merge(shore.quarry.of["four", 1])
        shore.quarry.earns(session.get_one(Person, shore.ada.id), "four")

    page = enter(app, shore.cleo, role=Role.INSTRUCTOR).get("/").text

    assert "One stack waits" in page
    assert 'href="/stacks/desk"' in page
    assert "/stacks/desk" not in enter(app, shore.ada).get("/").text
