"""The administrator's page of keys, and the command line beside it."""

import json
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr
from sqlalchemy import Engine, select

from lti_tool.badges import awards, chores
from lti_tool.checkup import examine
from lti_tool.credit import licence
from lti_tool.database import sessions
from lti_tool.jobs import JobContext
from lti_tool.keyring import Keyring, KeyState, Purpose, SigningKey, rotation
from lti_tool.launch import seals
from lti_tool.launch.models import Registration
from lti_tool.people.models import AuditEvent, Person
from lti_tool.settings import Settings
from tests.admin.conftest import Cairn, Send
from tests.badges import exhibition
from tests.badges.workshop import results_for
from tests.builders import NOON, a_credential_version
from tests.cast import ada, ben
from tests.counting import Counted

ROTATE = "/admin/keys/lti/rotate"


def states(engine: Engine, purpose: str = "lti") -> list[str]:
    """Where the keys of a purpose are in their lives, the oldest first."""
    with sessions(engine)() as session:
        rows = session.scalars(
            select(SigningKey).where(SigningKey.purpose == purpose).order_by(SigningKey.id)
        )
        return [row.state.value for row in rows]


@pytest.mark.row("T-138")
def test_an_administrator_rotates_a_key_after_saying_yes(
    administrator: FlaskClient, send: Send, engine: Engine
) -> None:
    page = administrator.get("/admin/keys").text
    assert page.count("Rotate<span") == len(Purpose)
    assert "sealed with the secret" in page

    asked = administrator.get(ROTATE).text
    assert "stays published for 30 days" in asked
    assert states(engine) == ["active"]
    answer = send(ROTATE)

    assert (answer.status_code, answer.location) == (303, "/admin/keys")
    assert states(engine) == ["active", "staged"]
    page = administrator.get("/admin/keys").text
    assert "Published, signs later" in page
    assert len(administrator.get("/lti/jwks").get_json()["keys"]) == 2
    with sessions(engine)() as session:
        note = session.scalars(select(AuditEvent).where(AuditEvent.action == "keys.rotate")).one()
    assert note.actor_id is not None
    assert note.detail == {"purpose": "lti", "at_once": False}


def test_a_second_rotation_waits_for_the_first_unless_it_is_urgent(
    administrator: FlaskClient, send: Send, engine: Engine, app: Flask
) -> None:
    send(ROTATE)

    assert "waits for its turn" in administrator.get(ROTATE).text
    assert send(ROTATE).status_code == 409
    assert send(ROTATE, at_once="yes").status_code == 303

    assert states(engine) == ["retired", "active"]
    assert "published until" in administrator.get("/admin/keys").text
    # This very process signs with it at once, without waiting for its next look.
    keyring = app.extensions["cairn"].keyring
    assert [key.kid for key in keyring.all() if key.purpose is Purpose.LTI][1] == (
        keyring.lti_key().kid
    )


def test_rotation_is_for_administrators_and_their_own_forms(
    client: FlaskClient, administrator: FlaskClient, engine: Engine
) -> None:
    for address in ("/admin/keys", ROTATE):
        assert client.get(address).status_code == 401
    assert administrator.post(ROTATE).status_code == 403
    assert administrator.get("/admin/keys/coffee/rotate").status_code == 404
    assert states(engine) == ["active"]


def test_the_page_costs_the_same_whatever_the_number_of_keys(
    administrator: FlaskClient, engine: Engine, app: Flask
) -> None:
    def cost() -> int:
        with Counted(app.extensions["cairn"].engine) as counted:
            assert administrator.get("/admin/keys").status_code == 200
        return counted.reads

    before = cost()
    with sessions(engine).begin() as session:
        mine = session.scalars(select(SigningKey).where(SigningKey.purpose == "lti")).one()
        for number in range(30):
            session.add(
                SigningKey(
                    kid=f"old-{number}", purpose=Purpose.LTI, algorithm="RS256",
                    public_jwk=mine.public_jwk, made_at=mine.made_at, state=KeyState.WITHDRAWN,
                )
            )  # fmt: skip

    assert cost() == before


# -- badges -----------------------------------------------------------------------------------


def test_badges_of_before_and_after_a_rotation_are_both_good(app: Flask, engine: Engine) -> None:
    shown = exhibition.shown(app, engine)
    house = app.extensions["cairn"]
    folder = house.keyring.folder
    pace = rotation.Pace.of(house.settings)
    now = datetime.now(UTC)
    old = {ending: shown.visitor(shown.ada).get(shown.path + ending).data
           for ending in (".json", ".jwt", ".png")}  # fmt: skip

    for purpose in (Purpose.BADGE_PROOF, Purpose.BADGE_JWT):
        with sessions(engine).begin() as session:
            rotation.rotate(session, folder, purpose, pace=pace, now=now, at_once=True)
    with sessions(engine).begin() as session:
        rotation.keep(session, folder, pace=pace, now=now + timedelta(days=5000))
    house.keyring.look()

    with sessions(engine).begin() as session:
        version = a_credential_version()
        session.add(version)
        session.flush()
        award = awards.award(
            session,
            person=session.get_one(Person, shown.ada.id),
            credential_version=version,
            results=results_for(version),
            now=now,
        )
    chores.sign(JobContext(house.settings, engine, house.keyring), award.id)
    new = {ending: shown.visitor(shown.ada).get(f"/badges/{award.public_id}{ending}").data
           for ending in old}  # fmt: skip
    for files in (old, new):
        for ending, data in files.items():
            form = {"badge": (BytesIO(data), f"badge{ending}")}
            page = shown.stranger().post("/verify", data=form).text
            assert "This badge is genuine and still holds." in page, ending
    methods = shown.stranger().get("/.well-known/did.json").get_json()["verificationMethod"]
    assert len(methods) == 4


# -- the command line -------------------------------------------------------------------------


@pytest.mark.row("T-138")
def test_keys_are_listed_without_their_private_parts(run: Cairn) -> None:
    listed = run("keys", "list").output
    rows = json.loads(run("keys", "list", "--json").stdout)

    assert [row["purpose"] for row in rows] == ["lti", "badge-proof", "badge-jwt", "badge-jws"]
    assert {row["state"] for row in rows} == {"active"}
    for row in rows:
        assert row["kid"] in listed
        assert set(row) == {
            "kid", "issuer", "purpose", "algorithm", "state", "made_at", "signs_from",
            "retired_at", "withdrawn_at",
        }  # fmt: skip
    assert "sealed with CAIRN_SECRET_KEY" in listed
    assert "PRIVATE" not in listed


def test_a_key_is_rotated_from_the_command_line(run: Cairn, engine: Engine) -> None:
    run("keys", "list")

    assert "is published and signs from" in run("keys", "rotate").output
    assert "waits for its turn" in run("keys", "rotate", expect=1).output
    assert "signs now" in run("keys", "rotate", "--now").output
    both = run("keys", "rotate", "--purpose", "badge-proof", "--purpose", "badge-jwt").output

    assert both.count("is published") == 2
    assert states(engine) == ["retired", "active"]
    assert states(engine, "badge-jwt") == ["active", "staged"]
    assert "retired 20" in run("keys", "list").output


def test_a_stolen_key_is_revoked_from_the_command_line(run: Cairn, engine: Engine) -> None:
    (row, *_) = json.loads(run("keys", "list", "--json").stdout)
    assert "cairn keys rotate" in run("keys", "revoke", row["kid"], expect=1).output
    run("keys", "rotate", "--now")

    assert "published no longer" in run("keys", "revoke", row["kid"]).output
    assert "There is no key" in run("keys", "revoke", "no-such", expect=1).output

    assert states(engine) == ["revoked", "active"]


def test_a_changed_secret_is_named_and_mended(run: Cairn, settings: Settings) -> None:
    run("keys", "list")
    fresh = {"CAIRN_SECRET_KEY": "another secret of more than 32 characters"}

    assert "another CAIRN_SECRET_KEY" in run("keys", "list", expect=1, **fresh).output
    assert "AMISS  private keys" in run("doctor", expect=1, **fresh).output
    assert "another CAIRN_SECRET_KEY" in run("keys", "rotate", expect=1, **fresh).output
    assert "another CAIRN_SECRET_KEY" in run("serve", "--port", "1", expect=1, **fresh).output
    wrong = run("keys", "reseal", expect=1, typed="not the one\n", **fresh)
    assert "not the secret" in wrong.output
    former = settings.secret_key.get_secret_value()
    mended = run("keys", "reseal", typed=f"{former}\n", **fresh)

    assert "Sealed anew: 4." in mended.output
    assert former not in mended.output
    run("keys", "list", **fresh)


@pytest.mark.row("S2-05")
def test_licence_numbers_and_shared_secrets_survive_a_change_of_the_secret(
    run: Cairn, settings: Settings, engine: Engine, lms: int
) -> None:
    # Given a number of Ada's, one that was sealed under a secret before, and a shared secret
    former = settings.secret_key.get_secret_value()
    before, after = (
        settings.model_copy(update={"secret_key": SecretStr(secret)})
        for secret in (
            "the secret before that one, long ago",
            "another secret of more than 32 characters",
        )
    )
    fresh = {"CAIRN_SECRET_KEY": after.secret_key.get_secret_value()}
    with sessions(engine).begin() as session:
        people = [ada(), ben()]
        session.add_all(people)
        session.flush()
        for person, told_with in zip(people, (settings, before), strict=True):
            licence.tell_number(session, told_with, person, "State", "IEIN 12", now=NOON)
        platform = session.get_one(Registration, lms)
        platform.legacy_secret = seals.seal(settings, "shared")
        ids = [person.id for person in people]

    def told(with_: Settings) -> list[str]:
        with sessions(engine)() as session:
            found = licence.numbers_of(session, with_, ids)
        return [found[one]["State"] for one in ids if one in found]

    # When the secret changes, a wrong former one is refused, and then the right one is given
    assert "AMISS  sealed secrets: 3 of 3" in run("doctor", expect=1, **fresh).output
    run("keys", "reseal", expect=1, typed="not the one\n", **fresh)
    assert (told(settings), told(after)) == (["IEIN 12"], [])
    output = run("keys", "reseal", typed=f"{former}\n", **fresh).output

    # Then what it sealed opens with the new one, and what neither opens waits for its own secret
    assert "shared secrets sealed anew: 2." in output
    assert "left as they are: 1." in output
    assert told(after) == ["IEIN 12"]
    run("keys", "reseal", typed=f"{before.secret_key.get_secret_value()}\n", **fresh)
    assert told(after) == ["IEIN 12", "IEIN 12"]
    with sessions(engine)() as session:
        (sealed,) = session.scalars(select(Registration.legacy_secret))
    assert seals.unseal(after, sealed) == "shared"
    assert "ok    sealed secrets: 3, all open" in run("doctor", expect=1, **fresh).output


def test_a_checkup_says_whether_private_files_are_sealed(
    settings: Settings, engine: Engine, noon: datetime
) -> None:
    Keyring.open(settings, engine, noon)

    (found,) = [one for one in examine(settings) if one.name == "private keys"]

    assert (found.is_well, found.words) == (True, "4, sealed")


def test_a_checkup_notices_that_this_host_does_not_see_the_folder_of_the_others(
    settings: Settings, engine: Engine, run: Cairn, noon: datetime
) -> None:
    Keyring.open(settings, engine, noon)
    assert "ok    signing keys: at hand" in run("doctor", expect=1).output
    run("keys", "rotate")
    assert "the next wait for their turn: lti" in run("doctor", expect=1).output

    (settings.keys_dir / "lti-1.pem").unlink()

    assert "AMISS  signing keys: lti-1.pem is not in" in run("doctor", expect=1).output
