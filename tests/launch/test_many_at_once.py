"""Many launches in one moment, and platforms that flood us or let us wait."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import Engine

from lti_tool.certification.platform import a_key, public_jwk
from tests.launch.kit import PATIENCE, Browser, Platform, key_server, problem, refused, told, visits


def test_twenty_identical_launches_at_once_make_one_visit(
    browser: Browser, app: Flask, engine: Engine
) -> None:
    state, claims = told(browser)
    form = {"state": state, "id_token": browser.platform.sign(claims)}
    cookies = [f"{one.key}={one.value}" for one in browser.client._cookies.values()]  # type: ignore[union-attr]
    together = threading.Barrier(20)

    def post(_number: int) -> int:
        client = app.test_client(use_cookies=False)
        together.wait(PATIENCE)
        answer = client.post("/lti/launch", data=form, headers={"Cookie": "; ".join(cookies)})
        return answer.status_code

    with ThreadPoolExecutor(20) as pool:
        statuses = Counter(pool.map(post, range(20)))

    assert statuses == {303: 1, 401: 19}
    assert len(visits(engine)) == 1


def test_a_flood_of_unknown_key_ids_asks_the_platform_once(browser: Browser) -> None:
    assert browser.launch().status_code == 303
    asked = len(browser.platform.server.asked)

    for number in range(60):
        state, claims = told(browser)
        token = browser.platform.sign(claims, kid=f"unknown-{number}")
        assert refused(browser, token, state=state) == "signature"

    assert len(browser.platform.server.asked) - asked == 1
    assert browser.launch().status_code == 303


@pytest.mark.row("T-011")
def test_a_platform_that_is_flooded_leaves_the_others_alone(
    app: Flask, engine: Engine, browser: Browser
) -> None:
    """Unfinished logins are counted per platform; so are the fetches of keys."""
    with key_server(public_jwk(a_key(), "key-1")) as served:
        flooded = Platform(served, issuer="https://flooded.example.edu")
        flooded.register(engine)
        flood = Browser(app.test_client(use_cookies=False), flooded)
        statuses = Counter(flood.login().status_code for _ in range(1_300))

        assert set(statuses) == {302, 429}
        assert statuses[429] >= 100
        assert browser.launch().status_code == 303


@pytest.mark.row("T-037")
def test_a_platform_whose_keys_never_come_leaves_the_others_alone(
    app: Flask, engine: Engine, browser: Browser
) -> None:
    with key_server(public_jwk(a_key(), "key-1")) as served:
        served.delay = 3.0
        slow = Platform(served, issuer="https://slow.example.edu")
        slow.register(engine)

        with ThreadPoolExecutor(6) as pool:
            waiting = [
                pool.submit(lambda: Browser(app.test_client(), slow).launch().status_code)
                for _ in range(6)
            ]
            time.sleep(0.3)
            began = time.monotonic()
            assert browser.launch().status_code == 303
            assert time.monotonic() - began < 2.5
            answered = Counter(one.result(30) for one in waiting)

        # One has waited for the keys; nobody else was kept for long.
        assert set(answered) == {303, 503}
        assert len(served.asked) <= 2


@pytest.mark.row("T-037")
def test_a_platform_that_let_us_wait_for_nothing_is_left_alone_for_a_while(
    browser: Browser,
) -> None:
    browser.platform.server.delay = 7.0
    assert problem(browser.launch()) == (503, "keys-unreachable")

    began = time.monotonic()
    assert problem(browser.launch()) == (503, "keys-unreachable")

    assert time.monotonic() - began < 1.5
    assert len(browser.platform.server.asked) == 1


def test_many_first_launches_at_once_fetch_the_keys_once(app: Flask, browser: Browser) -> None:
    browser.platform.server.delay = 0.2
    together = threading.Barrier(12)

    def come(_number: int) -> int:
        mine = Browser(app.test_client(), browser.platform)
        together.wait(PATIENCE)
        return mine.launch().status_code

    with ThreadPoolExecutor(12) as pool:
        assert set(pool.map(come, range(12))) == {303}

    assert len(browser.platform.server.asked) == 1
