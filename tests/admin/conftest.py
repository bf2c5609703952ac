"""An operator's shell, an administrator, and somebody who is none."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from lti_tool.cli import cairn
from lti_tool.database import sessions
from lti_tool.launch.platforms import add_platform
from lti_tool.people import sign_in_links
from lti_tool.settings import Settings
from tests.conftest import NOON

Cairn = Callable[..., Result]
Send = Callable[..., TestResponse]


@pytest.fixture
def run(settings: Settings) -> Cairn:
    """Run a command on the test's installation; it must succeed unless told otherwise."""

    def command(*words: str, expect: int = 0, typed: str = "", **more: str) -> Result:
        environment = {
            "CAIRN_DATABASE_URL": settings.database_url,
            "CAIRN_DATA_DIR": str(settings.data_dir),
            "CAIRN_KEYS_DIR": str(settings.keys_dir),
            "CAIRN_SECRET_KEY": settings.secret_key.get_secret_value(),
        } | more
        result = CliRunner().invoke(cairn, list(words), env=environment, input=typed)
        assert result.exit_code == expect, result.output
        return result

    return command


@pytest.fixture
def administrator(app: Flask, engine: Engine) -> FlaskClient:
    """Somebody who signed in by a link."""
    client = app.test_client()
    with sessions(engine).begin() as session:
        token = sign_in_links.make(session, now=datetime.now(UTC))
    assert client.post(f"/admin/sign-in/{token}").status_code == 303
    return client


@pytest.fixture
def send(administrator: FlaskClient) -> Send:
    """Post the form of a page as it stands there, with values of one's own."""

    def post(address: str, **values: str) -> TestResponse:
        page = administrator.get(address)
        found = re.search(r'name="form_token" value="([^"]+)"', page.text)
        assert found
        return administrator.post(address, data={"form_token": found[1], **values})

    return post


@pytest.fixture
def lms(engine: Engine) -> int:
    """A registered LMS that nobody launches from."""
    with sessions(engine).begin() as session:
        return add_platform(
            session,
            name="Lakeside",
            issuer="https://lakeside.example.edu",
            client_id="c-7",
            auth_login_url="https://lakeside.example.edu/auth",
            auth_token_url="https://lakeside.example.edu/token",
            jwks_url="https://lakeside.example.edu/jwks",
            deployment_ids=["1"],
            now=NOON,
        ).id
