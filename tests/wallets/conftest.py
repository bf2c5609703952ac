"""The tool behind a port, Ada's badge in it, and a service that would like to have it."""

import pytest
from sqlalchemy import Engine

from tests.badges.exhibition import Shown, shown
from tests.conftest import Served
from tests.wallets.host import Browser, Host, browser_of


@pytest.fixture(autouse=True)
def plain_http_is_fine_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client's library asks for https, rightly; here both ends are on this machine."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("OAUTHLIB_RELAX_TOKEN_SCOPE", "1")  # fewer are consented to than asked


@pytest.fixture
def badge(tool: Served, engine: Engine) -> Shown:
    """Ada's, signed and private."""
    return shown(tool.app, engine)


@pytest.fixture
def ada(tool: Served, engine: Engine, badge: Shown) -> Browser:
    """Ada's browser."""
    return browser_of(tool.app, engine, badge.ada)


@pytest.fixture
def host(tool: Served, badge: Shown) -> Host:
    """A service that has registered."""
    return Host(tool.url).discover().register()
