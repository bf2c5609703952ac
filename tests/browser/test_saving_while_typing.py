"""What somebody types is kept: quietly, in two windows, and without scripts."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from sqlalchemy import Engine, select

from lti_tool.database import sessions
from lti_tool.portfolio.models import Artifact
from lti_tool.web.session import VISIT_COOKIE
from tests.builders import a_credential_version
from tests.cast import ada
from tests.conftest import Served
from tests.portfolio.studio import begun, enter, rated

TEXT = "textarea[name=text]"


class Desk:
    """Ada's first task in as many windows as she likes."""

    def __init__(self, browser: Browser, tool: Served, engine: Engine) -> None:
        self.browser = browser
        self.engine = engine
        self.contexts: list[BrowserContext] = []
        with sessions(engine).begin() as session:
            person, version = ada(), a_credential_version()
            rated(session, begun(session, person, version))
            self.address = f"{tool.url}/portfolio/tasks/{version.parts[0].tasks[0].id}"
            for requirement in version.parts[0].requirements:
                requirement.kinds = ["text"]
        visitor = enter(tool.app, person)
        cookie = visitor.client.get_cookie(VISIT_COOKIE)
        assert cookie is not None
        self.cookie = {"name": VISIT_COOKIE, "value": cookie.value, "url": tool.url}

    def window(self, *, scripts: bool = True) -> Page:
        """The task's page in a fresh window."""
        context = self.browser.new_context(java_script_enabled=scripts)
        self.contexts.append(context)
        context.add_cookies([self.cookie])  # type: ignore[list-item]
        page = context.new_page()
        page.goto(self.address)
        return page

    def kept(self) -> list[str]:
        """What the database holds."""
        with sessions(self.engine).begin() as session:
            return list(session.scalars(select(Artifact.text).order_by(Artifact.id)))


@pytest.fixture
def desk(browser: Browser, tool: Served, engine: Engine) -> Iterator[Desk]:
    desk = Desk(browser, tool, engine)
    yield desk
    for context in desk.contexts:
        context.close()


def test_words_are_saved_a_moment_after_typing_stops_and_are_there_again(desk):
    page = desk.window()

    page.locator(TEXT).first.fill("We listened")
    expect(page.locator(".saved").first).to_have_text(re.compile("^Saved "), timeout=5000)
    page.locator(TEXT).first.press_sequentially(" to families.")
    page.wait_for_function("document.querySelector('.saved').textContent === '…'")
    expect(page.locator(".saved").first).to_have_text(re.compile("^Saved "), timeout=5000)

    assert desk.kept() == ["We listened to families."]
    page.reload()
    expect(page.locator(TEXT).first).to_have_value("We listened to families.")


def test_a_save_by_hand_waits_for_the_quiet_one_that_is_on_its_way(desk):
    page = desk.window()
    held: list[Route] = []

    def hold(route: Route) -> None:
        if "x-autosave" in route.request.headers:
            held.append(route)
        else:
            route.continue_()

    page.route("**/artifacts/**", hold)
    with page.expect_request("**/artifacts/**"):
        page.locator(TEXT).first.fill("We listened")
    while not held:
        page.wait_for_timeout(20)
    answer = held[0].fetch()  # it is kept, and the page has not heard of it yet
    page.locator(TEXT).first.press_sequentially(" to families.")
    page.get_by_role("button", name="Save").first.click(no_wait_after=True)
    held[0].fulfill(response=answer)

    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_label("As it was saved in the other window")).to_have_count(0)
    assert desk.kept() == ["We listened to families."]


def test_two_windows_show_both_texts_and_lose_neither(desk):
    first = desk.window()
    first.locator(TEXT).first.fill("A")
    expect(first.locator(".saved").first).to_have_text(re.compile("^Saved "), timeout=5000)
    second = desk.window()
    second.locator(TEXT).first.fill("A and B")
    expect(second.locator(".saved").first).to_have_text(re.compile("^Saved "), timeout=5000)

    first.locator(TEXT).first.fill("A and C")

    other = first.get_by_label("As it was saved in the other window")
    expect(other).to_have_value("A and B", timeout=5000)
    expect(first.locator(TEXT).first).to_have_value("A and C")
    assert desk.kept() == ["A and B"]
    first.locator(TEXT).first.fill("A, B and C")
    first.get_by_role("button", name="Save").first.click()
    expect(first.get_by_text("Saved.")).to_be_visible()
    assert desk.kept() == ["A, B and C"]


def test_without_scripts_the_button_saves(desk):
    page = desk.window(scripts=False)

    page.locator(TEXT).first.fill("By hand.")
    page.get_by_role("button", name="Save").first.click()

    expect(page.get_by_text("Saved.")).to_be_visible()
    assert desk.kept() == ["By hand."]


def test_a_lost_connection_is_said_and_mended(desk):
    page = desk.window()
    page.context.set_offline(True)

    page.locator(TEXT).first.fill("In the bus.")
    expect(page.locator(".saved").first).to_contain_text("no connection", timeout=5000)
    page.context.set_offline(False)

    expect(page.locator(".saved").first).to_have_text(re.compile("^Saved "), timeout=20_000)
    assert desk.kept() == ["In the bus."]
