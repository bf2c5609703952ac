"""Pages about one person's data: axe in light and dark, 320 pixels, the Tab key, one heading."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from lti_tool.walk.installation import Installation
from tests.browser.furnishing import Furnishing
from tests.browser.looks import Looks

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]


@pytest.fixture
def looks() -> Iterator[Looks]:
    """Collects faults, and fails once with all of them."""
    looks = Looks()
    yield looks
    assert looks.seen
    assert not looks.faults, "\n".join(looks.faults)


@pytest.mark.row("T-135")
def test_pages_about_one_person(
    canvas: Installation, course: Furnishing, page: Page, looks: Looks
) -> None:
    # Given somebody who has begun, and an administrator of the LMS who asks about them
    key = course.enrol("Paloma", "Vance")
    course.begin(key)

    def ask(about: str) -> str:
        return (
            f"{canvas.lms.url}/administration/launch?message=privacy&person={about}&target=window"
        )

    page.goto(canvas.lms.url + "/administration")
    looks.at(page, "LMS: administration", tabs=False)
    page.goto(ask(key))
    page.get_by_role("heading", name="What is kept about Paloma Vance").wait_for()
    looks.at(page, "what is kept about a person")
    with page.expect_download() as saving:
        page.get_by_role("button", name="Download everything").press("Enter")
    assert saving.value.suggested_filename.startswith("cairn-person-")
    page.get_by_role("link", name="See what would be erased").press("Enter")
    page.get_by_role("heading", name="Erase what is kept about Paloma Vance?").wait_for()
    looks.at(page, "what would be erased", most_primaries=0)
    words = page.locator("label[for=confirm] strong").inner_text()
    page.get_by_role("textbox").fill("erase somebody")
    page.get_by_role("button", name="Erase for good").press("Enter")
    page.locator("#confirm-fault").wait_for()
    looks.at(page, "what would be erased, with a fault", most_primaries=0)
    page.get_by_role("textbox").fill(words)
    page.get_by_role("button", name="Erase for good").press("Enter")
    page.get_by_role("heading", name="Nothing is kept about this person").wait_for()
    looks.at(page, "nothing is kept", most_primaries=0)
    # And what this tool knows of and does not offer
    page.goto(f"{canvas.lms.url}/administration/launch?message=eula&target=window")
    page.locator("meta[name=lti-problem][content=not-offered]").wait_for(state="attached")
    looks.at(page, "a message that is not offered", most_primaries=0)
