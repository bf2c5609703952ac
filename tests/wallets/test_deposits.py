"""A service puts badges of others into *My badges*: verified, and only what is the person's."""

import json
from typing import Any

import pytest
import requests
from openbadgeslib.ob3 import ldp
from openbadgeslib.ob3.credential import IdentityObject
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from lti_tool.database import sessions
from lti_tool.holdings import keeping
from lti_tool.holdings.models import CameBy, HeldBadge
from lti_tool.people.models import Person
from lti_tool.wallets import deposits, scopes
from tests.badges.exhibition import Shown
from tests.badges.workshop import LATER, NOON
from tests.verification.test_foreign_makers import PEM, credential, signed
from tests.wallets.host import Browser, Host, browser_of
from tests.wallets.test_api import a_token

pytestmark = [
    pytest.mark.row("B3-105"),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


def send(host: Host, token: str, body: bytes, kind: str = "application/json") -> requests.Response:
    """Deposit something."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
    return requests.post(f"{host.api}/credentials", data=body, headers=headers, timeout=30)


def another(**changes: Any) -> bytes:
    """Another house's badge for Ada, with these members of its builder changed."""
    made = credential()
    for name, value in changes.items():
        setattr(made, name, value)
    return json.dumps(ldp.OB3LdpSigner(PEM).sign(made, created=NOON)).encode()


def test_a_badge_is_kept_once_replaced_by_a_newer_one_and_given_out_again(
    host: Host, ada: Browser, engine: Engine
):
    token = a_token(host, ada)
    body = json.dumps(signed()).encode()
    newer = another(id=json.loads(body)["id"], issuance_date=LATER)

    first = send(host, token, body)
    same = send(host, token, body)
    replaced = send(host, token, newer)

    assert (first.status_code, same.status_code, replaced.status_code) == (201, 304, 200)
    assert first.content == body
    assert replaced.content == newer
    assert same.content == b""
    with Session(engine) as session:
        held = session.scalars(select(HeldBadge)).one()
        assert (held.came_by, held.came_from) == (CameBy.PROGRAM, "backpack.example")
    listed = host.get("/credentials", token)
    assert listed.headers["X-Total-Count"] == "2"
    assert listed.json()["credential"][1] == json.loads(newer)
    assert "Señala bien" in ada.open(f"{host.base}/badges/").text


def test_a_chosen_badge_from_elsewhere_goes_to_another_service(
    host: Host, ada: Browser, engine: Engine
):
    token = a_token(host, ada)
    send(host, token, another())
    with Session(engine) as session:
        held = session.scalars(select(HeldBadge)).one()
    other = Host(host.base).discover().register()

    reading = a_token(other, ada, reach="chosen", badge=[held.public_id])
    fetched = other.get("/credentials", reading)

    assert [one["name"] for one in fetched.json()["credential"]] == [held.title]
    with sessions(engine).begin() as session:
        keeping.remove(session, session.get_one(HeldBadge, held.id), now=NOON)
    assert other.get("/credentials", reading).json()["credential"] == []


def test_what_is_not_the_persons_or_does_not_hold_is_refused(
    host: Host, ada: Browser, badge: Shown, engine: Engine
):
    token = a_token(host, ada)
    whole = signed()
    tampered = json.dumps({**whole, "name": "Another name"}).encode()
    evil = another(identifiers=[IdentityObject.create("eve@evil.example", "salt")])
    nobody = another(identifiers=[], recipient_id="did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2Qt")
    presentation = {"type": ["VerifiablePresentation"], "verifiableCredential": [whole]}
    refusals = [
        (send(host, token, tampered), 400),
        (send(host, token, evil), 400),
        (send(host, token, nobody), 403),
        (send(host, token, json.dumps(presentation).encode()), 400),
        (send(host, token, b"{}"), 400),
        (send(host, token, b""), 400),
        (send(host, token, b"[" * 50_000), 400),
        (send(host, token, json.dumps(whole).encode(), "text/plain"), 400),
        (send(host, token, b"eyJhbGciOiJub25lIn0.e30."), 400),
        (send(host, token, json.dumps(whole).encode(), "image/png"), 400),
        (send(host, token, b" " * (deposits.LARGEST + 1)), 413),
        (send(host, a_token(host, ada, scope=scopes.READ), json.dumps(whole).encode()), 403),
    ]

    assert [answer.status_code for answer, _ in refusals] == [status for _, status in refusals]
    for answer, _ in refusals:
        assert answer.json()["imsx_codeMajor"] == "failure"
    with Session(engine) as session:
        assert session.scalars(select(HeldBadge)).all() == []


def test_ones_own_badge_is_here_already_and_anothers_is_refused(
    host: Host, ada: Browser, badge: Shown, engine: Engine
):
    token = a_token(host, ada)
    (mine,) = host.get("/credentials", token).json()["credential"]
    ivan = browser_of(badge.app, engine, badge.ivan)

    assert send(host, token, json.dumps(mine).encode()).status_code == 304
    assert send(host, a_token(host, ivan), json.dumps(mine).encode()).status_code == 403
    with sessions(engine).begin() as session:  # two accounts that one LMS tells one address of
        session.get_one(Person, badge.ivan.id).email = "ada@example.org"
    assert send(host, a_token(host, ivan), json.dumps(mine).encode()).status_code == 403


def test_nothing_is_deposited_for_somebody_whose_address_nobody_knows(
    host: Host, ada: Browser, badge: Shown, engine: Engine
):
    token = a_token(host, ada)
    with sessions(engine).begin() as session:
        session.get_one(Person, badge.ada.id).email = None

    answer = send(host, token, json.dumps(signed()).encode())

    assert answer.status_code == 403
    assert "no e-mail address" in answer.json()["imsx_description"]
