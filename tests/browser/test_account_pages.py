"""My accounts, from a code in one LMS to one person in both: axe, 320 pixels, the Tab key."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from lti_tool.cohorts.models import TeamMember
from lti_tool.database import sessions
from lti_tool.walk.installation import Installation
from tests.browser.conftest import Seat
from tests.browser.furnishing import Furnishing
from tests.browser.looks import Looks

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]


@pytest.mark.row("S2-09")
def test_pages_on_which_accounts_are_joined(
    course: Furnishing, canvas: Installation, moodle: Installation, seat: Seat, looks: Looks
) -> None:
    # Given somebody with an account in each of two LMSs, who has worked in both, more in the one
    key = course.enrol("Marisol", "Vega-Thornbury")
    course.make_everything(key)
    other = Furnishing(moodle, course.program)
    other_key = other.enrol("M.", "Vega-Thornbury")
    other.begin(other_key)
    with sessions(canvas.engine).begin() as session:  # one place in the practice team is enough
        query = select(TeamMember).order_by(TeamMember.id.desc()).limit(1)
        session.scalars(query).one().left_at = datetime.now(UTC)
    there = seat(canvas, key)
    here = seat(moodle, other_key)
    there.comes_by_link(course.link.id)
    here.comes_by_link(other.link.id)

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
    there.goes_home()
    looks.at(there.page, "home with a request that waits")
    there.follows(there.page.get_by_role("link", name="My accounts"))
    looks.at(there.page, "my accounts, with a request that waits")
    there.clicks("Look at both accounts")
    there.sees("Are both of these you?")
    looks.at(there.page, "both accounts, confirmed from the other")
    there.clicks("Both are me")

    # And the work that goes on is chosen
    there.sees("You have worked on this twice")
    looks.at(there.page, "two works on one credential, side by side")
    there.ticks(there.page.get_by_label("Go on with this one").first)
    there.clicks("Join the two accounts")

    # Then they are one person, who can read the other work, and may separate again
    there.sees("My accounts")
    there.page.get_by_text("You are one person here").wait_for()
    looks.at(there.page, "my accounts, joined")
    there.follows(there.page.get_by_role("link", name=course.title))
    there.page.get_by_text("It is kept as it was").wait_for()
    looks.at(there.page, "work that was set aside", most_primaries=0)
    there.follows(there.page.get_by_role("link", name="My accounts").first)
    there.follows(there.page.get_by_role("link", name="Separate"))
    looks.at(there.page, "separate an account")
