"""A link to the badge of a stack: the stack for one reader, its parts as far as they are public."""

import io
import json
import zipfile
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from lti_tool.badges import awards, chores, stack_badges
from lti_tool.badges.models import Badge
from lti_tool.database import sessions
from lti_tool.jobs import JobContext
from lti_tool.people.models import Person
from lti_tool.people.roles import Seat
from lti_tool.sharing import links
from lti_tool.sharing.models import ShareLink
from lti_tool.stacks import proposals
from lti_tool.stacks.models import StackProposal
from lti_tool.web.session import clock
from tests.builders import an_appointment
from tests.cast import ada, cleo
from tests.portfolio.studio import enter
from tests.stacks.quarry import FOUR, Quarry

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@dataclass
class Stacked:
    """Ada's stack of four, of which she shares one part; the stack itself is private."""

    app: Flask
    engine: Engine
    ada: Person
    public_id: str
    parts: list[str]
    token: str

    @property
    def path(self) -> str:
        """The page behind the link."""
        return f"/badges/for/{self.token}"

    def stranger(self) -> FlaskClient:
        """Whoever has the link."""
        return self.app.test_client()

    def inside(self, archive: bytes) -> list[str]:
        """Ids of the badges in the record of a ZIP."""
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            record = json.loads(opened.read("record.clr.json"))
        held = record["credentialSubject"]["verifiableCredential"]
        return [one["id"].rsplit("/", 1)[-1] for one in held]


@pytest.fixture
def stacked(app: Flask, engine: Engine) -> Stacked:
    house = app.extensions["cairn"]
    with sessions(engine).begin() as session:
        quarry, learner, approver = Quarry(session), ada(), cleo()
        session.add(an_appointment(approver, quarry.version.program, Seat.APPROVER))
        quarry.earns(learner, *FOUR, at=clock())
        proposal = session.scalars(select(StackProposal)).one()
        decision = proposals.approve(session, proposal, by=approver, now=clock())
        badge = stack_badges.find_badge(session, decision.public_id)
        assert badge is not None
        numbers = session.scalars(select(Badge.id)).all()
    for number in numbers:
        chores.sign(JobContext(house.settings, engine, house.keyring), number)
    with sessions(engine).begin() as session:
        badge = stack_badges.find_badge(session, decision.public_id)
        assert badge is not None
        parts = stack_badges.parts_of(session, badge)
        awards.share(session, parts[0], now=clock())
        link = links.make(
            session, badge, face="full", for_whom="Principal Okafor", days="30", now=clock()
        )
        return Stacked(
            app, engine, learner, badge.public_id, [one.public_id for one in parts], link.token
        )


def test_a_link_shows_the_stack_and_leads_to_those_parts_that_are_public(
    stacked: Stacked,
) -> None:
    stranger = stacked.stranger()

    page = stranger.get(stacked.path)

    assert page.status_code == 200
    assert "Checked just now: genuine and in force" in page.text
    for slug in FOUR:
        assert f"Credential {slug}" in page.text
    shared, *private = stacked.parts
    assert f"/badges/{shared}" in page.text
    assert [one for one in private if one in page.text] == []
    assert stranger.get(f"/badges/{stacked.public_id}").status_code == 404
    for form in ("json", "jwt", "png", "svg", "pdf"):
        assert stranger.get(f"{stacked.path}/badge.{form}").status_code == 200
    assert stacked.inside(stranger.get(f"{stacked.path}/badge.zip").data) == [
        stacked.public_id, shared,
    ]  # fmt: skip


def test_its_earners_own_archive_holds_every_part(stacked: Stacked) -> None:
    archive = enter(stacked.app, stacked.ada).get(f"/badges/{stacked.public_id}.zip")

    assert stacked.inside(archive.data) == [stacked.public_id, *stacked.parts]


def test_taking_the_link_back_ends_all_of_it(stacked: Stacked) -> None:
    with sessions(stacked.engine)() as session:
        number = session.scalars(select(ShareLink.id)).one()
    visitor = enter(stacked.app, stacked.ada)
    assert "Principal Okafor" in visitor.get(f"/badges/{stacked.public_id}/sharing").text

    answer = visitor.post(f"/badges/{stacked.public_id}/links/{number}/withdraw")

    assert answer.status_code == 303
    ends = ("", "/badge.json", "/badge.zip", "/picture.svg")
    assert {stacked.stranger().get(stacked.path + end).status_code for end in ends} == {410}
