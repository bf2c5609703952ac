"""The whole work with nothing but the keyboard, and the whole work without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from lti_tool.walk.installation import Installation
from tests.browser.conftest import make_context
from tests.browser.furnishing import COMMENT, Furnishing
from tests.browser.people import FOCUS, WORDS, Participant

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

MOST_TABS = 300


class Hands:
    """Hands that never touch a mouse."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reaches(self, wanted: Locator) -> None:
        """Press Tab until the focus is on it, and see that it is."""
        for _press in range(MOST_TABS):
            if wanted.evaluate("one => one === document.activeElement"):
                width = wanted.evaluate("one => parseFloat(getComputedStyle(one).outlineWidth)")
                assert width >= 1
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the Tab key does not reach {wanted}")

    def presses(self, wanted: Locator) -> None:
        """Reach a button or link, and press Enter; another page follows."""
        self.reaches(wanted)
        self.page.evaluate("() => { document.documentElement.dataset.before = 'yes' }")
        self.page.keyboard.press("Enter")
        expect(self.page.locator("html[data-before]")).to_have_count(0)
        expect(self.page.locator("main h1").first).to_be_visible()

    def types(self, wanted: Locator, words: str) -> None:
        """Reach a field and type."""
        self.reaches(wanted)
        self.page.keyboard.insert_text(words)

    def next_step(self) -> str:
        """Go home and press its one button; answers the kind of step."""
        home = self.page.get_by_role("navigation", name="Cairn").get_by_role("link", name="Home")
        self.presses(home)
        step = self.page.locator("[data-next]")
        kind = step.get_attribute("data-next") or ""
        self.presses(step.locator(".button"))
        return kind


def comes(page: Page, canvas: Installation, course: Furnishing, key: str) -> Hands:
    page.goto(canvas.launch_url(key, "1", course.link.id))
    page.wait_for_url(f"{course.base}/**")
    return Hands(page)


def chooses(hands: Hands, group: Locator, downs: int) -> None:
    """Tab into a group of radio buttons, and go down by the arrow key."""
    hands.reaches(group.get_by_role("radio").first)
    hands.page.keyboard.press("Space")
    for _press in range(downs):
        hands.page.keyboard.press("ArrowDown")
    expect(group.get_by_role("radio").nth(downs)).to_be_checked()


def test_a_portfolio_is_made_and_submitted_by_keyboard(
    page: Page, canvas: Installation, course: Furnishing
) -> None:
    hands = comes(page, canvas, course, course.enrol("Kira", "Olsen"))

    # Begin, name a focus, rate oneself
    hands.presses(page.locator("[data-next] .button"))
    hands.presses(page.get_by_role("button", name="Start", exact=True))
    kind = hands.next_step()
    if kind == "focus":
        hands.types(page.get_by_label("In a sentence or two"), FOCUS)
        hands.presses(page.get_by_role("button", name="Keep this focus"))
        kind = hands.next_step()
    assert kind == "baseline"
    for scale in page.get_by_role("radiogroup").all():
        chooses(hands, scale, 1)
    hands.presses(page.get_by_role("button", name="Finish the baseline"))

    # Task after task: a text where one is taken, else a link
    for _task in range(30):
        if hands.next_step() != "task":
            break
        slots = page.locator(".slot:has(.state.attention)")
        while slots.count():
            slot_id = slots.first.get_attribute("id")
            makes(hands, page.locator(f"#{slot_id}"))

    # Give one's word and submit
    hands.reaches(page.get_by_role("checkbox"))
    page.keyboard.press("Space")
    hands.presses(page.get_by_role("button", name="Submit", exact=True))
    expect(page.locator("main h1")).to_have_text("Submitted")


def makes(hands: Hands, slot: Locator) -> None:
    text = slot.locator("details.offer:has(input[name=kind][value=text])")
    link = slot.locator("details.offer:has(input[name=kind][value=link])")
    offer = text if text.count() else link
    if offer.get_attribute("open") is None:
        hands.reaches(offer.locator("> summary"))
        hands.page.keyboard.press("Enter")
    if text.count():
        hands.types(offer.get_by_label("Your text"), WORDS)
    else:
        hands.types(offer.get_by_label("Address of the page"), "https://example.org/night")
    for name in ("implements", "scope", "shows_people"):  # in the page's order
        group = offer.locator(f"fieldset:has(input[name={name}])")
        if group.count():
            chooses(hands, group, 0)
        if group.count() and name == "scope":
            hands.types(offer.get_by_label("The goal it serves"), FOCUS)
    day = offer.get_by_label("Day it was done")
    if day.count():
        hands.reaches(day)
        hands.page.keyboard.type("10142026")
    hands.presses(offer.locator("form button").last)


def test_a_work_is_assessed_by_keyboard(
    page: Page, canvas: Installation, course: Furnishing
) -> None:
    # Given a work that waits
    work = course.submit(course.enrol("Lars", "Adeyemi"))
    hands = comes(page, canvas, course, "ben")
    page.goto(f"{course.base}/review/{work}")

    # When Ben starts, rates every criterion, and says what is missing in the first
    hands.presses(page.get_by_role("button", name="Start assessing"))
    for number, criterion in enumerate(page.locator("fieldset.criterion").all()):
        chooses(hands, criterion, 0 if number == 0 else 3)
        if number == 0:
            hands.types(criterion.get_by_role("textbox"), COMMENT)
    hands.presses(page.get_by_role("button", name="Recommend"))

    # Then it is recommended, and Cleo sees what he wrote
    course.visitor("cleo")
    shown = course.visitor("cleo").get(f"{course.base}/review/{work}")
    assert COMMENT in shown.text
    assert "1 of 6 criteria not met yet" in shown.text


def test_a_portfolio_is_made_and_submitted_without_scripts(
    browser: Browser, canvas: Installation, course: Furnishing
) -> None:
    # Given a browser that runs no scripts, and Nils in a window of his own
    context = make_context(browser, java_script_enabled=False)
    page = context.new_page()
    nils = Participant(page, canvas, course.enrol("Nils", "Varga"))
    page.goto(canvas.launch_url(nils.key, "1", course.link.id))
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url(f"{course.base}/**")

    # When he does what is next
    nils.begins()
    nils.rates_own_practice()
    nils.makes_everything()
    nils.submits()

    # Then his work is submitted, and waits
    nils.goes_home()
    expect(page.locator("[data-next=waiting]")).to_be_visible()
    context.close()
