"""What a service may say of itself, and what it is refused for."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from lti_tool.wallets import registering, scopes, tokens
from lti_tool.wallets.models import BadgeHost
from lti_tool.wallets.registering import RegistrationRefused
from tests.builders import NOON
from tests.wallets.host import SITE, metadata
from tests.wallets.ties import a_host

pytestmark = [
    pytest.mark.row("B3-102"),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


def register(session: Session, told: Any, *, allows_loopback: bool = False) -> BadgeHost:
    """Register at noon."""
    return registering.register(session, told, now=NOON, allows_loopback=allows_loopback).host


def test_a_service_is_kept_with_its_host_and_only_the_digest_of_its_secret(session: Session):
    made = registering.register(session, metadata(), now=NOON, allows_loopback=False)

    told = registering.told_back(made)
    assert told.items() >= metadata().items()
    assert made.host.host == "backpack.example"
    assert told["client_secret_expires_at"] == 0
    assert len(made.secret) >= 43
    assert made.host.secret_digest == tokens.digest(made.secret)
    assert made.secret not in str(session.execute(select(BadgeHost.__table__)).all())


def everywhere(prefix: str) -> dict[str, Any]:
    """Every address with another beginning."""
    names = ("client_uri", "logo_uri", "tos_uri", "policy_uri")
    return {**dict.fromkeys(names, f"{prefix}/x"), "redirect_uris": [f"{prefix}/back"]}


@pytest.mark.parametrize(
    "changes",
    [
        *({name: None} for name in metadata() if name not in {
            "token_endpoint_auth_method", "grant_types", "response_types"}),
        everywhere("http://backpack.example"),
        everywhere("http://localhost:9"),
        everywhere("https://localhost"),
        everywhere("https://127.0.0.1"),
        everywhere("https://[::1]"),
        everywhere("https://10.0.0.7"),
        everywhere("https://0x7f.1"),
        everywhere("https://intranet"),
        everywhere("https://ada@backpack.example"),
        everywhere("https://bäckpack.example"),
        everywhere("https://backpack.example\\.evil.example"),
        everywhere("https://backpack.example:notaport"),
        everywhere("javascript://backpack.example"),
        {"redirect_uris": [f"{SITE}/back", "https://other.example/back"]},
        {"redirect_uris": ["https://backpack.example.evil.example/back"]},
        {"redirect_uris": [f"{SITE}/back#part"]},
        {"redirect_uris": f"{SITE}/back"},
        {"redirect_uris": []},
        {"redirect_uris": [f"{SITE}/{number}" for number in range(11)]},
        {"redirect_uris": [f"{SITE}/{'x' * 600}"]},
        {"policy_uri": "https://other.example/privacy"},
        {"client_uri": 7},
        {"token_endpoint_auth_method": "none"},
        {"token_endpoint_auth_method": "client_secret_post"},
        {"grant_types": ["authorization_code", "client_credentials"]},
        {"grant_types": ["refresh_token"]},
        {"grant_types": "authorization_code"},
        {"response_types": ["token"]},
        {"response_types": ["code", "token"]},
        {"scope": "https://purl.imsglobal.org/spec/ob/v3p0/scope/everything"},
        {"scope": scopes.STAY},
        {"scope": [scopes.READ]},
        {"client_name": "Your \u202elloohcs"},
        {"client_name": "x" * 101},
        {"client_name": "two\nlines"},
        {"client_name": "\0"},
        {"contacts": "ada@example.org"},
        {"contacts": ["x" * 501]},
    ],
    ids=str,
)  # fmt: skip
def test_what_breaks_a_rule_is_refused_in_plain_ascii(session: Session, changes: dict[str, Any]):
    with pytest.raises(RegistrationRefused) as refused:
        register(session, metadata(**changes))

    assert str(refused.value).isascii()
    assert refused.value.error in ("invalid_client_metadata", "invalid_redirect_uri")
    assert session.scalar(select(func.count(BadgeHost.id))) == 0


@pytest.mark.parametrize("told", [None, [], "x", 7, {}])
def test_what_is_no_registration_is_refused(session: Session, told: Any):
    with pytest.raises(RegistrationRefused):
        register(session, told)


def test_only_a_demonstration_takes_addresses_on_this_machine(session: Session):
    told = metadata(**everywhere("http://localhost:9"))

    assert register(session, told, allows_loopback=True).host == "localhost"
    with pytest.raises(RegistrationRefused):
        register(session, metadata(**everywhere("http://backpack.example")), allows_loopback=True)


def test_what_may_be_left_out_has_a_meaning(session: Session):
    bare = metadata(grant_types=None, response_types=None, token_endpoint_auth_method=None)

    assert register(session, bare).grant_types == ["authorization_code"]


def test_unknown_scopes_are_left_out_and_the_answer_says_so(session: Session):
    made = register(session, metadata(scope=f"{scopes.READ} {scopes.READ} openid"))

    assert made.scopes == [scopes.READ]


def test_a_service_nobody_connects_is_forgotten_and_one_that_was_connected_stays(session: Session):
    register(session, metadata(client_name="Forgotten"))
    a_host(session).name = "Connected once"

    later = NOON + timedelta(days=1, seconds=1)
    registering.register(session, metadata(), now=later, allows_loopback=False)

    assert set(session.scalars(select(BadgeHost.name))) == {"Connected once", "Backpack of badges"}


def test_whoever_fills_the_table_makes_the_oldest_go_and_keeps_nobody_out(session: Session):
    connected = a_host(session)
    columns = [column.name for column in BadgeHost.__table__.c if column.name != "id"]
    row = {name: getattr(connected, name) for name in columns} | {"connected_at": None}
    session.execute(
        insert(BadgeHost),
        [{**row, "client_id": str(at)} for at in range(registering.MOST_AN_HOUR)],
    )

    made = register(session, metadata())

    kept = set(session.scalars(select(BadgeHost.client_id)))
    assert kept >= {connected.client_id, made.client_id, "1"}
    assert "0" not in kept
    assert len(kept) == registering.MOST_AN_HOUR + 1
