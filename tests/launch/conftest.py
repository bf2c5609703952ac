"""A registered LMS and a browser for every test of this room."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from lti_tool.certification.platform import a_key, public_jwk
from tests.launch.kit import Browser, KeyServer, Platform, key_server


@pytest.fixture
def key_set() -> Iterator[KeyServer]:
    """Where the LMS publishes its key."""
    with key_server(public_jwk(a_key(), "key-1")) as served:
        yield served


@pytest.fixture
def platform(engine: Engine, key_set: KeyServer) -> Platform:
    """A registered LMS with one approved deployment."""
    known = Platform(key_set)
    known.register(engine)
    return known


@pytest.fixture
def browser(client: FlaskClient, platform: Platform) -> Browser:
    """Ada's browser."""
    return Browser(client, platform)


@pytest.fixture
def another_browser(app: Flask, platform: Platform) -> Callable[[], Browser]:
    """More browsers."""
    return lambda: Browser(app.test_client(), platform)
