"""My accounts, from a code in one LMS to one person in both: axe, 320 pixels, the Tab key."""

from __future__ import annotations

import pytest

from lti_tool.walk.installation import Installation
from lti_tool.walk.journey import COURSE
from tests.browser.conftest import Seat
from tests.browser.furnishing import Furnishing
from tests.browser.looks import Looks

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]


@pytest.mark.row("S2-09")
def test_pages_on_which_accounts_are_joined(
    course: Furnishing, canvas: Installation, moodle: Installation, seat: Seat, looks: Looks
) -> None:
    # Given somebody with an account in each of two LMSs, who has begun in the one
    key = course.enrol("Marisol", "Vega-Thornbury")
    course.begin(key)
    other_key = moodle.school.enrol("M.", "Vega-Thornbury").key
    other_link = moodle.school.add_link(
        COURSE, course.title, custom={"program": course.program, "credential": course.credential}
    )
    there = seat(canvas, key)
    here = seat(moodle, other_key)
    there.comes_by_link(course.link.id)
    here.comes_by_link(other_link.id)

    # When a code is asked for in the one
    there.follows(there.page.get_by_role("link", name="My accounts"))
    looks.at(there.page, "my accounts")
    there.clicks("Get a code")
    code = there.page.locator(".account-code").inner_text()
    looks.at(there.page, "my accounts, with a code", most_primaries=0)

    # And entered in the other, wrongly first
    here.follows(here.page.get_by_role("link", name="My accounts"))
    here.page.get_by_label("Code from your other account").fill("ABCD-EFGH")
    here.clicks("Show both accounts")
    here.page.locator("#code-fault").wait_for()
    looks.at(here.page, "my accounts, with a code that does not fit")
    here.page.get_by_label("Code from your other account").fill(code)
    here.clicks("Show both accounts")
    here.sees("Are both of these you?")
    looks.at(here.page, "both accounts")
    here.clicks("Both are me")
    looks.at(here.page, "both accounts, confirmed from one", most_primaries=0)

    # And confirmed in both
    there.follows(there.page.get_by_role("link", name="My accounts"))
    looks.at(there.page, "my accounts, with a request that waits")
    there.clicks("Look at both accounts")
    there.sees("Are both of these you?")
    looks.at(there.page, "both accounts, confirmed from the other")
    there.clicks("Both are me: join them")

    # Then they are one person, who may separate again
    there.sees("My accounts")
    there.page.get_by_text("You are one person here").wait_for()
    looks.at(there.page, "my accounts, joined")
    there.follows(there.page.get_by_role("link", name="Separate"))
    looks.at(there.page, "separate an account")
