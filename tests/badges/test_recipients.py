"""Where an LMS told no address, its earner is asked to whom the badge is made out (T-071)."""

import json
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from lti_tool.badges import awards, chores
from lti_tool.badges.models import Award, Rendering, SignedDocument
from lti_tool.cohorts.views.blueprint import FieldRefused, somebody
from lti_tool.credit import attendance
from lti_tool.database import sessions
from lti_tool.holdings import looking
from lti_tool.holdings.models import HeldState
from lti_tool.jobs import JobContext
from lti_tool.launch.people_known import find_people
from lti_tool.people.models import AuditEvent, Person
from lti_tool.verification import checking
from lti_tool.verification.report import Outcome
from lti_tool.wallets import deposits, profiles
from lti_tool.wallets.status_info import ApiRefused
from lti_tool.web.session import clock
from tests.badges.conftest import workshop
from tests.badges.exhibition import FromTheClient, Shown, shown
from tests.badges.workshop import NOON, Shelf, Workshop, an_award, results_for
from tests.builders import a_credential_version
from tests.cast import ivan
from tests.sharing.test_share_page import _token_of_visit
from tests.verification.test_foreign_makers import signed
from tests.wallets.ties import with_everything

__all__ = ["workshop"]

pytestmark = pytest.mark.row("T-071")

ADDRESS = "ada@home.example"


@pytest.fixture
def nameless(app: Flask, engine: Engine) -> Shown:
    """A signed badge of somebody whose LMS keeps addresses to itself."""
    return shown(app, engine, email=None)


def sign(badge: Shown) -> None:
    house = badge.app.extensions["cairn"]
    with Session(badge.engine) as session:
        award_id = badge.award(session).id
    chores.sign(JobContext(house.settings, badge.engine, house.keyring), award_id)


def give(badge: Shown, client: FlaskClient, address: str) -> tuple[int, str]:
    token = _token_of_visit(badge, client)
    answer = client.post("/badges/address", data={"form_token": token, "address": address})
    return answer.status_code, answer.text


def belongs_to(badge: Shown, client: FlaskClient, recipient: str) -> Outcome:
    """What verifying the badge's own file says, for somebody who claims to be its earner."""
    file = client.get(f"{badge.path}.json").data
    source = FromTheClient(badge.stranger())
    return checking.check_file(file, source, now=clock(), recipient=recipient).outcome


def test_a_badge_is_made_out_to_the_address_its_earner_gives(nameless: Shown) -> None:
    # Given a badge that was earned and signed all the same
    ada = nameless.visitor(nameless.ada)
    before = json.loads(ada.get(f"{nameless.path}.json").data)
    assert ada.get("/badges/").text.count("Your e-mail address") == 1
    nameless.share()

    # When she gives an address
    assert give(nameless, ada, f" {ADDRESS} ")[0] == 303
    sign(nameless)

    # Then the same badge, signed anew, is hers to prove
    after = json.loads(ada.get(f"{nameless.path}.json").data)
    assert after["id"] == before["id"]
    assert belongs_to(nameless, ada, ADDRESS) is Outcome.VALID
    assert belongs_to(nameless, ada, "ivan@home.example") is not Outcome.VALID
    assert ADDRESS not in json.dumps(after)
    hosted = json.loads(ada.get(nameless.assertion).data)
    assert hosted["recipient"]["type"] == "email"

    # And she is asked no more; what she says of herself is not taken for what her LMS says
    assert "Your e-mail address" not in ada.get("/badges/").text
    with Session(nameless.engine) as session:
        assert session.get_one(Person, nameless.ada.id).email is None
        acts = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert acts == ["badges.share", "badges.make-out"]


def test_an_address_is_given_once(nameless: Shown) -> None:
    """So that a badge cannot be handed on."""
    ada = nameless.visitor(nameless.ada)
    give(nameless, ada, ADDRESS)
    sign(nameless)

    assert give(nameless, ada, "fay@home.example")[0] == 303

    with Session(nameless.engine) as session:
        assert nameless.award(session).recipient_identity == ADDRESS


@pytest.mark.parametrize(
    "given", ["", "ada", "ada@home", "a b@home.example", "<b>@x.y", "a" * 251 + "@b.c"]
)
def test_what_is_no_address_is_asked_again(nameless: Shown, given: str) -> None:
    status, page = give(nameless, nameless.visitor(nameless.ada), given)

    assert status == 422
    assert "Give an e-mail address" in page
    with Session(nameless.engine) as session:
        assert nameless.award(session).recipient_type == "identifier"


def test_nobody_else_is_asked_and_nobody_else_changes_it(nameless: Shown) -> None:
    ivan = nameless.visitor(nameless.ivan)
    assert "Your e-mail address" not in ivan.get("/badges/").text
    token = _token_of_visit(nameless, ivan)

    ivan.post("/badges/address", data={"form_token": token, "address": "ivan@home.example"})
    nameless.stranger().post("/badges/address", data={"address": "ivan@home.example"})

    with Session(nameless.engine) as session:
        assert nameless.award(session).recipient_type == "identifier"
        assert session.get_one(Person, nameless.ivan.id).email != "ivan@home.example"


def test_a_badge_that_is_being_signed_waits(nameless: Shown) -> None:
    with sessions(nameless.engine).begin() as session:
        award = nameless.award(session)
        for document in session.scalars(
            select(SignedDocument).where(SignedDocument.award_id == award.id)
        ):
            session.delete(document)

    ada = nameless.visitor(nameless.ada)

    assert "Your e-mail address" not in ada.get("/badges/").text
    assert give(nameless, ada, ADDRESS)[0] == 303
    with Session(nameless.engine) as session:
        assert session.scalars(select(Award.recipient_type)).one() == "identifier"


def test_what_she_earns_next_is_made_out_to_the_same_address_until_the_lms_tells_one(
    nameless: Shown,
) -> None:
    give(nameless, nameless.visitor(nameless.ada), ADDRESS)

    def earned_next() -> tuple[str, str]:
        version = a_credential_version()
        session.add(version)
        session.flush()
        award = awards.award(
            session,
            person=session.get_one(Person, nameless.ada.id),
            credential_version=version,
            results=results_for(version),
            now=clock(),
        )
        return award.recipient_type, award.recipient_identity

    with Session(nameless.engine) as session:
        assert earned_next() == ("emailAddress", ADDRESS)
        session.get_one(Person, nameless.ada.id).email = "ada@school.example"
        assert earned_next() == ("emailAddress", "ada@school.example")


def test_nobody_is_found_by_an_address_they_gave_themselves(nameless: Shown) -> None:
    """Seats and hours are given to whoever an address stands for."""
    give(nameless, nameless.visitor(nameless.ada), ADDRESS)

    with Session(nameless.engine) as session, nameless.app.test_request_context():
        assert find_people(session, ADDRESS, now=clock()) == []
        with pytest.raises(FieldRefused):
            somebody(session, ADDRESS)
        sheet = f"email,date,hours,category,session\n{ADDRESS},2026-11-01,1,,\n"
        with pytest.raises(attendance.SheetRefused, match="1 faults") as refused:
            attendance.read(
                session,
                sheet,
                people=[session.get_one(Person, nameless.ada.id)],
                version=nameless.award(session).credential_version,
                today=date(2026, 11, 20),
            )
    assert "is not a learner" in refused.value.faults[0].words


def test_a_badge_of_another_is_not_hers_by_an_address_she_gave(
    nameless: Shown, workshop: Workshop
) -> None:
    """It is kept as one of which nobody can tell, or on her own word, and an approver reads so."""
    give(nameless, nameless.visitor(nameless.ada), ivan().email or "")
    file = workshop.render(an_award(a_credential_version(), ivan()), Rendering.OB3_JWT)

    def look(made_out_to: str = "") -> looking.Seen:
        with Session(nameless.engine) as session:
            return looking.look_at(
                file,
                "",
                workshop.shelf(),
                person=session.get_one(Person, nameless.ada.id),
                own="http://localhost:8000",
                now=NOON,
                made_out_to=made_out_to,
            )

    untold = look()
    assert untold.state is HeldState.UNCHECKED
    assert "whose it is cannot be told" in untold.report.sentence
    named = look(made_out_to=ivan().email or "")
    assert (named.state, named.made_out_to) == (HeldState.VALID, ivan().email)


def test_a_service_is_told_no_address_she_gave_and_deposits_nothing_by_it(
    nameless: Shown,
) -> None:
    give(nameless, nameless.visitor(nameless.ada), ADDRESS)

    with Session(nameless.engine) as session:
        me = session.get_one(Person, nameless.ada.id)
        connection = with_everything(session, me, nameless.award(session))
        assert "email" not in profiles.profile(connection)
        body = json.dumps(signed()).encode()
        with pytest.raises(ApiRefused, match="no e-mail address"):
            deposits.look_at(
                session, connection, body, "application/json", Shelf(), own="http://x", now=NOON
            )
