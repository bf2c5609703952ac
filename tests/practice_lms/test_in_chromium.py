"""The LMS in a real browser: frames, cookies, pages that read well and fit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from lti_tool.practice_lms import PracticeLms
from tests.browser.conftest import browser
from tests.practice_lms.conftest import Desk
from tests.practice_lms.stand_in import StandIn

__all__ = ["browser"]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def be(page: Page, lms: PracticeLms, person: str) -> None:
    page.goto(lms.base_url)
    page.select_option("#person", person)
    with page.expect_navigation():
        page.get_by_role("button", name="Switch").click()
    expect(page.locator("#person")).to_have_value(person)


def test_an_activity_opens_in_a_frame_of_another_site(
    page: Page, lms: PracticeLms, tool: StandIn
) -> None:
    link = lms.add_link("1", "Portfolio")
    be(page, lms, "ada")

    page.get_by_role("link", name="Open here: Portfolio").click()

    expect(page.frame_locator("#tool").get_by_role("heading")).to_have_text("Arrived")
    assert "id_token" in tool.launches[-1]
    assert page.url.endswith(f"/links/{link.id}")


def test_an_activity_opens_in_a_new_window(page: Page, lms: PracticeLms, tool: StandIn) -> None:
    lms.add_link("1", "Portfolio")
    be(page, lms, "ada")

    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open in a new window: Portfolio").click()

    expect(opened.value.get_by_role("heading")).to_have_text("Arrived")


def test_a_launch_works_by_its_buttons_where_scripts_are_off(
    browser: Browser, lms: PracticeLms, tool: StandIn
) -> None:
    link = lms.add_link("1", "Portfolio")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    be(page, lms, "ada")

    page.goto(f"{lms.base_url}/courses/1/links/{link.id}/launch?target=window")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Continue").click()

    expect(page.get_by_role("heading")).to_have_text("Arrived")
    context.close()


def test_what_is_picked_in_the_frame_leads_the_window_back_to_the_course(
    page: Page, lms: PracticeLms, tool: StandIn
) -> None:
    be(page, lms, "dora")
    page.get_by_role("link", name="Add from Cairn").click()

    page.frame_locator("#tool").get_by_role("button", name="Pick it").click()

    page.wait_for_url(f"{lms.base_url}/courses/1")
    title = "Portfolio one" if lms.mood.name == "moodle" else "Column one"
    expect(page.get_by_role("heading", name=title)).to_be_visible()


def test_only_canvas_gives_a_frame_the_height_it_asks_for(
    page: Page, lms: PracticeLms, tool: StandIn
) -> None:
    link = lms.add_link("1", "Portfolio")
    be(page, lms, "ada")

    page.goto(f"{lms.base_url}/courses/1/links/{link.id}")
    expect(page.frame_locator("#tool").get_by_role("heading")).to_have_text("Arrived")

    if lms.mood.name == "canvas":
        expect(page.locator("#tool")).to_have_css("height", "1234px")
    else:
        page.wait_for_timeout(200)
        expect(page.locator("#tool")).not_to_have_css("height", "1234px")


def test_every_page_is_accessible_and_fits_a_narrow_screen(page: Page, desk: Desk) -> None:
    desk.post("ada")
    desk.lms.override(desk.column, "fay", 70, comment="By hand.")
    desk.lms.faults.switch_on("token", "slow:2", count=3)
    cell = f"/courses/1/columns/{desk.column.id}/people"
    addresses = [
        "/",
        "/courses/1",
        "/courses/1/gradebook",
        f"{cell}/ada",
        f"{cell}/fay",
        f"/courses/1/gradebook/speed_grader?assignment_id={desk.column.id}&student_id=fay",
        "/courses/1/add-by-hand",
        "/faults",
        "/requests",
        "/nowhere",
    ]
    page.goto(desk.lms.base_url)
    faults = Axe().run(page).response["violations"]
    be(page, desk.lms, "dora")

    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for address in addresses:
        page.set_viewport_size({"width": 1100, "height": 800})
        page.goto(desk.lms.base_url + address)
        for scheme in schemes:
            page.emulate_media(color_scheme=scheme)
            found = Axe().run(page).response["violations"]
            faults += [{"at": f"{address} {scheme}", **one} for one in found]
        page.set_viewport_size({"width": 320, "height": 700})
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 320, f"{address} is {width} pixels wide"

    assert [(one.get("at"), one["id"]) for one in faults] == []
