"""The pages of the path: outset, coursework, a journal with people in it, taking back, growth."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lti_tool.database import sessions
from lti_tool.programs import packages, publishing
from tests.browser.furnishing import Furnishing
from tests.browser.looks import Looks
from tests.browser.test_every_page import Come, come
from tests.programs.samples import a_document

__all__ = ["come"]

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

ARTIFACT = {
    "kinds": ["text"],
    "dated_entries": True,
    "content": "student-work",
    "scopes": ["classroom", "school"],
    "instruments": ["Reading Inventory"],
    "implements": ["policy", "strategy"],
    "checklist": ["Starts with an explanation", "Shows the steps of a lesson"],
    "names_people": True,
    "small_groups_under": 10,
    "evidence": "practice",
    "needs_date": True,
}


def publish(course: Furnishing) -> str:
    """A program that asks for everything; answers the address of its one credential's pages."""
    document = a_document(
        slug="path-of-everything",
        setting={"ask": ["school", "district", "grade-span", "learners"]},
        goal={"required": True, "prompt": "What do you want to reach, and for whom?"},
        focus={"required": True},
        duration={"count": 3, "unit": "month"},
        resources_required=True,
    )
    credential = document["credentials"][0]
    credential["final_required"] = True
    modules = [{"slug": "one", "title": "Pairs"}, {"slug": "two", "title": "Groups"}]
    credential["courses"] = [{"slug": "talk", "title": "Talk", "modules": modules}]
    part = credential["parts"][0]
    part["modules"] = [{"course": "talk", "module": "one"}]
    part["phases"][0]["tasks"][0]["verb"] = "reflect"
    part["phases"][0]["tasks"][0]["artifacts"][0].update(ARTIFACT)
    with sessions(course.installation.engine).begin() as session:
        package = packages.Package(document=document)
        publishing.import_package(session, package, now=datetime.now(UTC))
    return f"{course.base}/portfolio/credentials/path-of-everything/{credential['slug']}"


def test_pages_of_a_path_that_asks_for_everything(
    course: Furnishing, come: Come, looks: Looks
) -> None:
    # Given a learner who begins it
    path = publish(course)
    page = come(course.enrol("Tova", "Lindqvist"))
    page.goto(f"{path}/begin")
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_load_state()
    looks.at(page, "where you start from")
    page.get_by_role("button", name="Keep it and go on").click()
    page.locator("[role=alert]").first.wait_for()
    looks.at(page, "where you start from, with faults")
    for label in ("Your goal", "Your focus", "Your school", "Your district", "Grades"):
        page.get_by_label(label).fill("What one hears when nobody explains.")
    page.get_by_label("The English learners there").fill("About sixty.")
    page.get_by_role("button", name="Keep it and go on").click()
    page.wait_for_load_state()
    for radio in page.locator("input[type=radio][value='1']").all():
        radio.check()
    page.get_by_role("button", name="Finish the baseline").click()
    page.wait_for_load_state()

    # When the journal is begun, it asks what it has to say
    task = page.url
    page.get_by_label("Your text").fill("A journal of what he asked.")
    page.get_by_label("Yes, and each of them has permission").check()
    looks.at(page, "task that asks for everything")
    page.get_by_role("button", name="Save").first.click()
    page.wait_for_load_state()
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")
    page.get_by_label("Initials or number").fill("Maria")
    page.get_by_label("Day it was given").fill("2026-09-01")
    page.get_by_role("button", name="Note it").click()
    page.locator("[role=alert]").first.wait_for()
    looks.at(page, "permission with a name", most_primaries=3)
    page.get_by_label("Initials or number").fill("M. D.")
    page.get_by_role("button", name="Note it").click()
    page.get_by_text("Add an entry", exact=True).click()
    page.get_by_label("Day", exact=True).last.fill("2026-09-08")
    page.get_by_label("What you saw or did").last.fill("He copied my words.")
    page.get_by_role("button", name="Add this entry").click()
    page.locator("ol.entries li").first.wait_for()
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")
    looks.at(page, "journal with an entry and a permission", most_primaries=3)
    tile = page.locator("article.tile").first
    tile.get_by_label("Assessment the data come from").fill("Reading Inventory")
    tile.get_by_label("a strategy").check()
    tile.get_by_label("my school").check()
    tile.get_by_label("Day it was done").first.fill("2026-09-08")
    for sign in ARTIFACT["checklist"]:  # type: ignore[attr-defined]
        tile.get_by_label(sign).check()
    tile.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_load_state()

    # Then coursework, the look back, growth, and taking it back
    page.goto(f"{path}/coursework")
    looks.at(page, "coursework", most_primaries=0)
    page.get_by_role("button", name="Mark as done").first.click()
    page.goto(f"{path}/growth")
    looks.at(page, "growth before looking back")
    page.goto(f"{path}/closing")
    for radio in page.locator("input[type=radio][value='3']").all():
        radio.check()
    page.get_by_role("button", name="Finish", exact=True).click()
    page.locator("[role=alert]").first.wait_for()
    looks.at(page, "look back without a work")
    page.get_by_label("The work that shows it best").first.select_option(index=1)
    page.get_by_role("button", name="Finish", exact=True).click()
    page.wait_for_load_state()
    page.goto(f"{path}/growth")
    looks.at(page, "growth", most_primaries=0)
    page.goto(task)
    page.get_by_role("link", name="Check and submit").click()
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Submit", exact=True).click()
    page.get_by_role("button", name="Take it back").wait_for()
    looks.at(page, "submitted, to be taken back", most_primaries=0)
    page.get_by_role("button", name="Take it back").click()
    page.get_by_role("heading", name="Ready to submit").wait_for()
