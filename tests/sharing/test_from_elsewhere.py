"""My badges: what I earned here, what I bring from elsewhere, and all of it in one file to keep."""

import io
import zipfile
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from lti_tool.badges import awards
from lti_tool.badges.models import Rendering
from lti_tool.database import sessions
from lti_tool.holdings import archives
from lti_tool.holdings.models import HeldBadge, HeldState
from lti_tool.people.models import AuditEvent, Person
from lti_tool.people.roles import Seat
from lti_tool.stacks import proposals
from lti_tool.stacks.models import ProposalState, StackProposal
from lti_tool.verification import checking
from lti_tool.verification.report import Outcome
from lti_tool.web.session import clock
from tests.badges import exhibition
from tests.badges.conftest import workshop
from tests.badges.workshop import Workshop, an_award, results_for
from tests.builders import a_credential_version, an_appointment
from tests.cast import cleo
from tests.counting import Counted
from tests.holdings.cabinet import a_held_badge
from tests.portfolio.studio import Visitor, enter
from tests.stacks.quarry import FOUR, Quarry

__all__ = ["workshop"]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@dataclass
class Scene:
    """Ada with a badge of ours, and a genuine file of an installation elsewhere."""

    shown: exhibition.Shown
    file: bytes
    visitor: Visitor

    def bring(self, content: bytes, name: str = "badge.jwt", **told: str) -> TestResponse:
        """Ada hands in a file on her page."""
        return self.visitor.post(
            "/badges/elsewhere", {"badge": (io.BytesIO(content), name), **told}
        )

    def held(self) -> HeldBadge:
        """The one badge from elsewhere."""
        with sessions(self.shown.engine)() as session:
            found = session.scalars(select(HeldBadge)).one()
            session.expunge(found)
            return found


@pytest.fixture
def scene(app: Flask, engine: Engine, workshop: Workshop) -> Scene:
    shown = exhibition.shown(app, engine)
    award = an_award(a_credential_version(title="Tides and 潮"), shown.ada)
    file = workshop.render(award, Rendering.OB3_JWT)
    return Scene(shown, file, enter(app, shown.ada))


def test_a_badge_from_elsewhere_is_kept_shown_looked_at_again_saved_and_removed(
    scene: Scene,
) -> None:
    answer = scene.bring(scene.file)

    assert answer.status_code == 303
    page = scene.visitor.get(answer.location).text
    # Nobody answers at the other installation's address here, so its issuer stays unproven.
    for words in ("Tides and 潮", "From elsewhere", "we did not award it", "Issuer not checked",
                  "What was checked", "Recipient"):  # fmt: skip
        assert words in page
    mine = scene.visitor.get("/badges/").text
    assert mine.index("From elsewhere") < mine.index("Tides and 潮")
    own = f"/badges/elsewhere/{scene.held().public_id}"
    saved = scene.visitor.get(f"{own}/file")
    assert saved.data == scene.file
    assert "attachment" in saved.headers["Content-Disposition"]
    assert saved.headers["X-Content-Type-Options"] == "nosniff"
    assert scene.visitor.post(f"{own}/look").status_code == 303
    stranger = enter(scene.shown.app, scene.shown.ivan)
    for path in ("", "/file"):
        assert stranger.get(own + path).status_code == 404
    assert stranger.post(f"{own}/remove").status_code == 404

    assert scene.visitor.post(f"{own}/remove").status_code == 303

    assert scene.visitor.get(own).status_code == 404
    with sessions(scene.shown.engine)() as session:
        acts = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
        assert [one for one in acts if one.startswith("holdings")] == [
            "holdings.hold", "holdings.remove",
        ]  # fmt: skip


def test_what_is_not_kept_says_so_with_every_check(scene: Scene) -> None:
    changed = scene.file[:-4] + (b"AAAA" if scene.file[-4:] != b"AAAA" else b"BBBB")

    answer = scene.bring(changed, made_out_to="not an address")
    assert answer.status_code == 422
    assert "not an e-mail address" in answer.text
    ours = scene.visitor.get(f"{scene.shown.path}.json").data
    answer = scene.bring(ours, "badge.json")

    assert answer.status_code == 422
    assert "Not kept: This badge was awarded here" in answer.text
    assert "What was checked" in answer.text
    assert scene.visitor.post("/badges/elsewhere", {}).status_code == 422
    with sessions(scene.shown.engine)() as session:
        assert session.scalars(select(HeldBadge)).all() == []


def test_everything_is_one_archive_that_reads_by_itself_and_can_be_brought(scene: Scene) -> None:
    scene.bring(scene.file)

    whole = scene.visitor.get("/badges/everything.zip")

    assert whole.headers["Cache-Control"] == "private, no-store"
    with zipfile.ZipFile(io.BytesIO(whole.data)) as opened:
        held = {name: opened.read(name) for name in opened.namelist()}
    (folder,) = {name.split("/")[0] for name in held if name.startswith("001-")}
    for form in ("json", "jwt", "png", "svg"):
        assert (
            held[f"{folder}/badge.{form}"] == scene.visitor.get(f"{scene.shown.path}.{form}").data
        )
    assert held["elsewhere/001-tides-and-demonstration.jwt"] == scene.file
    index = held["index.html"].decode()
    for name in held:
        if name.endswith(("badge.png", "certificate.pdf", "signed.png", ".jwt", ".clr.json")):
            assert f'href="{name}"' in index
    source = exhibition.FromTheClient(scene.shown.stranger())
    record = held["everything.clr.json"]
    later = scene.held().held_at + timedelta(minutes=1)
    report = checking.check_file(record, source, now=later, recipient=scene.shown.ada.email)
    assert report.outcome is Outcome.VALID, report.checks
    assert [part.report.facts.name for part in report.parts] == [
        "Keeping a field journal (demonstration)"
    ]

    # At home ours is told from what came from elsewhere.
    answer = scene.bring(whole.data, "my-badges.zip")

    assert answer.status_code == 200
    assert "1 of 2 kept" in answer.text
    assert "Awarded here" in answer.text
    assert "you had it already" in answer.text
    assert len(archives.badges_in(whole.data)) == 2


def test_an_archive_is_refused_in_words_and_nothing_is_there_without_a_badge(
    app: Flask, engine: Engine, scene: Scene
) -> None:
    answer = scene.bring(b"PK\x03\x04 broken", "all.zip")

    assert answer.status_code == 422
    assert "The archive cannot be read." in answer.text
    stranger = enter(app, scene.shown.ivan)
    assert stranger.get("/badges/everything.zip").status_code == 404
    assert "Save all my badges" not in stranger.get("/badges/").text


def test_an_archive_is_taken_apart_only_while_few_do_so(scene: Scene) -> None:
    turns = scene.shown.app.extensions["cairn.restraint"].turns
    with turns, turns:
        assert scene.bring(b"PK\x03\x04 broken", "all.zip").status_code == 429

    assert scene.bring(b"PK\x03\x04 broken", "all.zip").status_code == 422


def test_my_badges_asks_as_often_for_many_as_for_few(scene: Scene, app: Flask) -> None:
    def asked() -> int:
        with Counted(app.extensions["cairn"].engine) as counted:
            assert scene.visitor.get("/badges/").status_code == 200
        return len(counted)

    scene.bring(scene.file)
    with sessions(scene.shown.engine).begin() as session:
        more_badges(session, scene.shown.ada)
    few = asked()
    with sessions(scene.shown.engine).begin() as session:
        for state in (*HeldState, *HeldState):
            session.add(a_held_badge(scene.shown.ada.id, state=state))
        more_badges(session, scene.shown.ada)

    assert asked() == few
    assert scene.visitor.get("/badges/").text.count("Tides") == 1 + 2 * len(HeldState)


def more_badges(session: Session, whose: Person) -> None:
    """Badges of three more programs, and of a stack."""
    person = session.get_one(Person, whose.id)
    for title in ("Rocks", "Reeds", "Rain"):
        version = a_credential_version(title=title)
        session.add(version)
        session.flush()
        awards.award(
            session,
            person=person,
            credential_version=version,
            results=results_for(version),
            now=clock(),
        )
    quarry, decider = Quarry(session), cleo()
    session.add(an_appointment(decider, quarry.version.program, Seat.APPROVER))
    quarry.earns(person, *FOUR)
    proposal = session.scalars(
        select(StackProposal).where(StackProposal.state == ProposalState.WAITING)
    ).one()
    proposals.approve(session, proposal, by=decider, now=clock())
