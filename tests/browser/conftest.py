"""A real browser: one Chromium for a process's tests, a fresh profile for each of them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tools import browser as browsers


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, as `tools.browser` finds it; a test without one fails and says how to get one."""
    path = browsers.find()
    assert path is not None, "no Chromium: run `make test`, or `python -m tools.prepare`"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(browsers.ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A profile that nobody has used: no cookies, no storage."""
    context = browser.new_context(locale="en-US", timezone_id="America/Chicago")
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A tab in a fresh profile."""
    return context.new_page()
