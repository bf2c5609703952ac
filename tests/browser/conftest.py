"""A real browser and a real tool: one Chromium and one installation for a process's tests."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from lti_tool.practice_lms.mood import Storage
from lti_tool.walk.installation import (
    Installation,
    beside,
    fresh_port,
    prepare,
    settings_for,
)
from tests.browser.furnishing import Furnishing
from tests.browser.looks import Looks
from tests.browser.people import Approver, Assessor, Instructor, Participant, Someone, Stranger
from tools import browser as browsers

WAIT = 30_000
"""Milliseconds a page may take on a busy machine before a test counts it as broken."""

SOMEBODY: dict[str, type[Someone]] = {
    "ben": Assessor,
    "cleo": Approver,
    "dora": Instructor,
}
"""Everybody else is a participant."""


_running: list[Browser] = []
"""The one Chromium of this process, once it was asked for."""


@contextmanager
def _chromium() -> Iterator[Browser]:
    """The process's Chromium.

    Rooms that take the fixture from here get the same one: Playwright runs once at a time.
    """
    if _running:
        yield _running[0]
        return
    path = browsers.find()
    assert path is not None, "no Chromium: run `make test`, or `python -m tools.prepare`"
    expect.set_options(timeout=WAIT)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(browsers.ARGUMENTS))
        _running.append(browser)
        yield browser
        _running.clear()
        browser.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, as `tools.browser` finds it; a test without one fails and says how to get one."""
    with _chromium() as found:
        yield found


@pytest.fixture(scope="session")
def canvas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The tool as `cairn serve` runs it, with a Canvas-like LMS on another site."""
    folder = tmp_path_factory.mktemp("tool")
    installation = prepare(settings_for(folder, fresh_port()), mood="canvas")
    try:
        installation.start()
        yield installation
    finally:
        installation.stop()


@pytest.fixture(scope="session")
def moodle(canvas: Installation) -> Installation:
    """The same tool seen from a Moodle-like LMS."""
    return beside(canvas, "moodle")


@pytest.fixture(scope="session")
def course(canvas: Installation) -> Furnishing:
    """The Canvas-like LMS's course with one credential in it, and judges who are appointed."""
    furnished = Furnishing(canvas)
    furnished.cast()
    return furnished


def make_context(browser: Browser, **more: object) -> BrowserContext:
    """A profile that nobody has used: no cookies, no storage."""
    context = browser.new_context(
        locale="en-US",
        timezone_id="America/Chicago",
        viewport={"width": 1280, "height": 900},
        **more,  # type: ignore[arg-type]
    )
    context.set_default_timeout(WAIT)
    return context


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh profile."""
    context = make_context(browser)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A tab in a fresh profile."""
    return context.new_page()


Seat = Callable[[Installation, str], Someone]


@pytest.fixture
def seat(browser: Browser) -> Iterator[Seat]:
    """Put somebody of a school at a browser of their own."""
    contexts: list[BrowserContext] = []

    def sit(installation: Installation, key: str) -> Someone:
        contexts.append(make_context(browser))
        kind = SOMEBODY.get(key, Participant)
        return kind(contexts[-1].new_page(), installation, key)

    yield sit
    for context in contexts:
        context.close()


@pytest.fixture
def stranger(page: Page) -> Stranger:
    """Somebody who has never been here."""
    return Stranger(page)


Storing = Callable[[Storage], None]


@pytest.fixture
def storing(canvas: Installation) -> Iterator[Storing]:
    """Switch the Canvas-like LMS's storage for tools (LTI Platform Storage), for one test."""
    before = canvas.school.storage

    def switch(to: Storage) -> None:
        canvas.school.storage = to

    yield switch
    canvas.school.storage = before


@pytest.fixture
def looks() -> Iterator[Looks]:
    """Collects faults, and fails once with all of them."""
    looks = Looks()
    yield looks
    assert looks.seen
    assert not looks.faults, "\n".join(looks.faults)
