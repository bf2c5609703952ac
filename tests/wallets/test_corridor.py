"""A service finds Cairn, is connected by Ada, fetches her badges, stays, and leaves."""

import json

import pytest

from lti_tool.wallets import scopes
from tests.badges.exhibition import Shown
from tests.wallets.host import BACK, Browser, Host, told


@pytest.mark.row("B3-101")
def test_a_service_is_connected_and_fetches_badges_by_the_standard_alone(
    host: Host, ada: Browser, badge: Shown
):
    session, address = host.begin()
    arrived_at = ada.allow(address)
    token = host.finish(session, arrived_at)
    answer = session.get(f"{host.api}/credentials", timeout=20)

    assert arrived_at.startswith(f"{BACK}?")
    assert told(arrived_at)["scope"].split() == list(scopes.ALL)
    assert token["token_type"] == "Bearer"
    assert token["expires_in"] == 3600
    assert answer.status_code == 200
    assert answer.headers["X-Total-Count"] == "1"
    (credential,) = answer.json()["credential"]
    assert credential["id"].endswith(badge.path)
    assert credential["proof"][0]["cryptosuite"] == "eddsa-rdfc-2022"
    assert answer.json()["compactJwsString"] == []

    again = session.refresh_token(host.token_url, auth=(host.client_id, host.secret), timeout=20)
    assert again["access_token"] != token["access_token"]
    profile = host.get("/profile", again["access_token"]).json()
    assert profile["name"] == "Ada Ferris"
    assert profile["email"] == "ada@example.org"
    assert profile["id"].startswith("urn:uuid:")

    assert host.revoke(token["refresh_token"]).status_code == 200
    for over in (token, again):
        refused = host.get("/credentials", over["access_token"])
        assert refused.status_code == 401
        assert json.loads(refused.text)["imsx_codeMajor"] == "failure"
