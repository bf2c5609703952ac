"""Strangers may not make all threads wait (`lti_tool/web/restraint.py`)."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient

from lti_tool.web.restraint import MOST_A_MINUTE, MOST_AT_ONCE, visitor_address
from tests.conftest import Served

FORM = {"address": "http://10.0.0.1/badge.json"}


def ask_until_refused(client: FlaskClient, forwarded: str) -> int:
    """How many of many questions were answered before one was not."""
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    for number in range(2 * MOST_A_MINUTE + 2):
        answer = client.post("/verify", data=FORM, headers=headers)
        if answer.status_code == 429:
            assert "Too much at once" in answer.text
            return number
    return 2 * MOST_A_MINUTE + 2


def test_one_address_asks_so_often_a_minute_and_others_go_on(client: FlaskClient) -> None:
    # Given somebody who asks without end, and puts another address in front each time
    answered = ask_until_refused(client, "198.51.100.7, 203.0.113.9")

    # Then there is an end, a minute later at the latest
    assert MOST_A_MINUTE <= answered <= 2 * MOST_A_MINUTE
    # And others behind the same proxy are answered
    headers = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7"}
    assert client.post("/verify", data=FORM, headers=headers).status_code == 200
    assert client.get("/verify", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 200


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("8.8.8.8", "9.9.9.9", "8.8.8.8"),
        ("127.0.0.1", "9.9.9.9", "9.9.9.9"),
        ("10.1.2.3", "9.9.9.9, 8.8.8.8", "8.8.8.8"),
        ("10.1.2.3", "9.9.9.9, nonsense", "10.1.2.3"),
        ("10.1.2.3", "", "10.1.2.3"),
        ("2001:4860:1:2::7", "", "2001:4860:1:2::/64"),
        ("::ffff:8.8.8.8", "", "8.8.8.8"),
        ("", "", ""),
    ],
)
def test_an_address_is_what_a_proxy_says_and_no_stranger(
    app: Flask, peer: str, forwarded: str, address: str
) -> None:
    """A stranger who could choose theirs would have as many minutes as there are addresses."""
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}

    with app.test_request_context("/verify", environ_base={"REMOTE_ADDR": peer}, headers=headers):
        assert visitor_address() == address


@pytest.fixture
def silent() -> Iterator[str]:
    """An address that takes up and says nothing."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(16)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/badge.json"


def test_a_silent_address_never_holds_all_threads(tool: Served, silent: str) -> None:
    # Given as many questions about a silent address as may wait at once
    def ask() -> None:
        requests.post(f"{tool.url}/verify", data={"address": silent}, timeout=20)

    waiting = [threading.Thread(target=ask) for _ in range(MOST_AT_ONCE)]
    for one in waiting:
        one.start()
    restraint = tool.app.extensions["cairn.restraint"]
    until = time.monotonic() + 10
    while restraint.turns._value and time.monotonic() < until:
        time.sleep(0.02)

    # When one more comes
    refused = requests.post(f"{tool.url}/verify", data={"address": silent}, timeout=20)

    # Then it is told so at once, and can ask again once the others have their answers
    assert refused.status_code == 429
    for one in waiting:
        one.join()
    again = requests.post(f"{tool.url}/verify", data=FORM, timeout=20)
    assert again.status_code == 200
