"""The pages of issuers and of badges that were made wrong, for those whose affair they are."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from lti_tool.background import clock_now
from lti_tool.badges import chores
from lti_tool.badges.models import Award, AwardState, Endorsement, Issuer, Issuing
from lti_tool.database import sessions
from lti_tool.jobs import JobContext
from lti_tool.keyring import Purpose
from lti_tool.people.models import Person
from lti_tool.people.roles import Role, Seat
from lti_tool.web.session import VISIT_COOKIE, begin_visit, clock
from tests.badges.exhibition import Shown
from tests.badges.test_issuers import PARTNERS
from tests.builders import a_person, an_appointment

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Office:
    """A client with the form token of its visit."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def token(self, path: str = "/issuers/") -> str:
        """The token every form of this visit carries."""
        page = self.client.get(path).text
        found = re.search(r'name="form_token" value="([0-9a-f]+)"', page)
        return found.group(1) if found else ""

    def post(self, path: str, **form: str) -> tuple[int, str]:
        """Send a form."""
        answer = self.client.post(path, data={"form_token": self.token(), **form})
        return answer.status_code, answer.text


def comes(app: Flask, engine: Engine, name: str, role: Role, *, runs: bool = False) -> Office:
    """Somebody with a visit, who may run the program of the badge that is there."""
    client = app.test_client()
    with app.test_request_context(), sessions(engine).begin() as session:
        person = a_person(name)
        session.add(person)
        if runs:
            award = session.scalars(select(Award).limit(1)).one()
            program = award.credential_version.credential.program
            session.add(an_appointment(person, program, Seat.ADMIN))
        session.flush()
        _, token = begin_visit(session, person=person, role=role, now=clock())
    client.set_cookie(VISIT_COOKIE, token)
    return Office(client)


def test_an_administrator_makes_an_issuer_lets_it_issue_and_follow_its_keys(
    shown: Shown, app: Flask, engine: Engine
) -> None:
    office = comes(app, engine, "Olga Root", Role.ADMINISTRATOR)
    with sessions(engine).begin() as session:
        version = shown.award(session).credential_version.program_version
        version.document = {**version.document, "demonstration": False, "partners": PARTNERS}
        program = version.program.slug

    status, page = office.post("/issuers/", slug="North", name="North", email="n@example.org")
    assert status == 422
    assert "Use small letters" in page
    given = {"name": "North Office", "email": "n@example.org", "parent_name": "The State"}
    assert office.post("/issuers/", slug="north", **given)[0] == 303
    assert office.post("/issuers/north/stand-for", place=f"{program} north")[0] == 303
    assert office.post("/issuers/north/stand-for", place=f"{program} nobody")[0] == 422
    assert office.post("/issuers/north/keys", purpose="badge-proof", at_once="yes")[0] == 303
    assert office.post("/issuers/north/keys", purpose="lti")[0] == 404
    assert office.post("/issuers/north/keys", purpose="badge-jwt")[0] == 303
    status, page = office.post("/issuers/north/keys", purpose="badge-jwt")
    assert status == 409
    assert "begins by itself. Tick the box" in page
    assert office.post("/issuers/north", **{**given, "url": "ftp://x"})[0] == 422
    assert office.post("/issuers/north", **{**given, "name": "The North"})[0] == 303

    page = office.client.get("/issuers/north").text
    assert "Retired, its badges stay valid" in page
    assert "The North" in page
    assert "Part of" in page
    assert "Signs" in page
    listed = shown.stranger().get("/issuers/north/did.json").get_json()
    assert len(listed["assertionMethod"]) == 4
    (row_id,) = re.findall(r"/stand-for/(\d+)/end", page)
    assert office.post(f"/issuers/main/stand-for/{row_id}/end")[0] == 404
    assert office.post(f"/issuers/north/stand-for/{row_id}/end")[0] == 303
    with sessions(engine)() as session:
        assert session.scalars(select(Issuing)).all() == []


def test_a_stolen_key_is_given_up_on_the_page_and_the_earner_is_told(
    shown: Shown, app: Flask, engine: Engine
) -> None:
    office = comes(app, engine, "Olga Root", Role.ADMINISTRATOR)
    house = app.extensions["cairn"]
    page = office.client.get("/issuers/demonstration").text
    kid = house.keyring.key(Purpose.BADGE_PROOF).kid
    assert f'<option value="{kid}">' in page
    listed = shown.stranger().get("/.well-known/did.json").text
    assert kid in listed

    path = "/issuers/demonstration/stolen-key"
    assert office.post(path)[0] == 422
    assert office.post(path, kid=house.keyring.lti_key().kid)[0] == 422
    assert office.post(path, kid=kid)[0] == 303

    assert house.keyring.key(Purpose.BADGE_PROOF).kid != kid
    page = office.client.get("/issuers/demonstration").text
    assert "Compromised: nothing it signed is valid" in page
    assert f'<option value="{kid}">' not in page
    assert kid not in shown.stranger().get("/.well-known/did.json").text
    assert office.post(path, kid=kid)[0] == 409
    mine = shown.visitor(shown.ada)
    assert "Save your files again" not in mine.get(shown.path).text
    chores.sign_again(JobContext(house.settings, engine, house.keyring, clock=clock_now), kid)
    told = mine.get(shown.path).text
    assert "Save your files again" in told
    assert "Checked just now: genuine and in force" in told
    assert "Save it again" in mine.get("/badges/").text


def test_a_partner_endorses_a_shared_badge_and_withdraws_it(
    shown: Shown, app: Flask, engine: Engine
) -> None:
    office = comes(app, engine, "Olga Root", Role.ADMINISTRATOR)
    office.post("/issuers/", slug="uni", name="The University", email="u@example.org")
    given = {"address": f"http://localhost{shown.path}", "comment": "Well done."}

    assert office.post("/issuers/uni/endorse", **given)[0] == 422
    with sessions(engine).begin() as session:
        shown.award(session).shared_at = clock()
    assert office.post("/issuers/uni/endorse", **{**given, "comment": ""})[0] == 422
    assert office.post("/issuers/uni/endorse", **given)[0] == 303
    with sessions(engine)() as session:
        said = session.scalars(select(Endorsement)).one().public_id
    assert office.post(f"/issuers/main/endorsements/{said}/withdraw")[0] == 404
    assert office.post(f"/issuers/uni/endorsements/{said}/withdraw", reason="Moved on.")[0] == 303
    assert "Moved on." in office.client.get("/issuers/uni").text


def test_issuers_and_corrections_are_nobodys_affair_without_a_seat_for_it(
    shown: Shown, app: Flask, engine: Engine
) -> None:
    stranger, learner = shown.stranger(), shown.visitor(shown.ivan)
    theirs = comes(app, engine, "Cleo Program", Role.INSTRUCTOR, runs=True)
    with sessions(engine).begin() as session:
        other = Issuer(slug="other", name="Other", email="o@example.org", created_at=clock())
        session.add(other)

    for path in ("/issuers/", "/badges/corrections/", f"/badges/corrections/{shown.public_id}"):
        assert stranger.get(path).status_code == 401, path
        assert learner.get(path).status_code == 403, path
        assert theirs.client.get(path).status_code == 200, path
    # A program's administrator sees the issuers of that program, and changes none.
    assert theirs.client.get("/issuers/other").status_code == 404
    assert "Other" not in theirs.client.get("/issuers/").text
    changing = ("keys", "endorse", "stand-for", "stolen-key")
    for path in ("", "other", *(f"other/{one}" for one in changing)):
        token = theirs.token("/badges/corrections/?ids=" + shown.public_id)
        assert token
        sent = theirs.client.post(f"/issuers/{path}", data={"form_token": token})
        assert sent.status_code == 403, path


def test_a_program_takes_back_after_a_look_and_never_a_badge_of_another(
    shown: Shown, app: Flask, engine: Engine
) -> None:
    theirs = comes(app, engine, "Cleo Program", Role.INSTRUCTOR, runs=True)
    page = f"/badges/corrections/?ids={shown.path}"
    seen = theirs.client.get(page).text
    assert "Ada Ferris" in seen
    (stamp,) = re.findall(r'name="stamp" value="([0-9a-f]+)"', seen)
    token = theirs.token(page)

    def confirm(**form: str) -> int:
        given = {"form_token": token, "ids": shown.path, "stamp": stamp, **form}
        return theirs.client.post("/badges/corrections/", data=given).status_code

    assert confirm() == 422
    assert confirm(reason="A wrong list.", stamp="0") == 409
    assert confirm(reason="A wrong list.") == 303
    with sessions(engine)() as session:
        assert shown.award(session).state is AwardState.REVOKED
    assert "No badge in force fits" in theirs.client.get(page).text
    assert theirs.client.get(f"/badges/corrections/{shown.public_id}").status_code == 404


def test_a_badge_is_made_anew_and_the_old_page_says_so(
    shown: Shown, app: Flask, engine: Engine
) -> None:
    theirs = comes(app, engine, "Cleo Program", Role.INSTRUCTOR, runs=True)
    page = f"/badges/corrections/{shown.public_id}"
    token = theirs.token(page)

    def send(**form: str) -> int:
        return theirs.client.post(page, data={"form_token": token, **form}).status_code

    assert send(name="Ada Ferris", reason="Nothing is wrong.") == 422
    assert send(name="Ada Ferris-Lund") == 422
    assert send(name="Ada Ferris-Lund", reason="Her name was written wrong.") == 303

    with sessions(engine)() as session:
        old = shown.award(session)
        fresh = session.get_one(Award, old.replaced_by_id)
        assert (old.state, fresh.recipient_name) == (AwardState.SUPERSEDED, "Ada Ferris-Lund")
        address = f"/badges/{fresh.public_id}"
    mine = shown.visitor(shown.ada).get(shown.path).text
    assert "Her name was written wrong." in mine
    assert "Replaced" in mine
    assert address in mine


def test_nobody_corrects_or_takes_back_their_own_badge(
    shown: Shown, app: Flask, engine: Engine
) -> None:
    with sessions(engine).begin() as session:
        award = shown.award(session)
        person = session.get_one(Person, award.person_id)
        program = award.credential_version.credential.program
        session.add(an_appointment(person, program, Seat.ADMIN))
    ada = Office(shown.visitor(shown.ada))
    seen = ada.client.get(f"/badges/corrections/?ids={shown.path}").text
    (stamp,) = re.findall(r'name="stamp" value="([0-9a-f]+)"', seen)
    token = ada.token(f"/badges/corrections/?ids={shown.path}")

    assert ada.client.get(f"/badges/corrections/{shown.public_id}").status_code == 403
    given = {"form_token": token, "ids": shown.path, "stamp": stamp, "reason": "Mine."}
    assert ada.client.post("/badges/corrections/", data=given).status_code == 403
