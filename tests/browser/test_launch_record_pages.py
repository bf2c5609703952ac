"""Records of launches, clocks and keys, as an administrator sees them: axe, 320 pixels, Tab."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from lti_tool.admin.clocks import NEWEST
from lti_tool.database import sessions
from lti_tool.launch.models import LaunchRecord, Registration
from lti_tool.people import sign_in_links
from lti_tool.walk.installation import Installation, now
from tests.browser.furnishing import Furnishing
from tests.browser.looks import Looks

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]


def test_pages_of_launches_clocks_and_keys(
    canvas: Installation, course: Furnishing, page: Page, looks: Looks
) -> None:
    # Given a refused launch, and an LMS whose clock is ahead on some days
    link = next(one for one in canvas.school.school.links.values() if one.course_id == "2")
    other = canvas.school.school.courses["2"]
    known, other.deployment_id = other.deployment_id, "another-that-nobody-knows"
    page.goto(canvas.launch_url("ivan", "2", link.id))
    reference = page.locator("main code").last.inner_text()
    other.deployment_id = known
    with sessions(canvas.engine).begin() as session:
        token = sign_in_links.make(session, now=now())
        registration_id = session.scalars(
            select(Registration.id).where(Registration.issuer == canvas.school.issuer)
        ).one()
        session.add_all(
            LaunchRecord(
                reference=f"day-{back}",
                at=now() - timedelta(days=back),
                code="accepted",
                registration_id=registration_id,
                skew=skew,
            )
            for back, skew in [*((0, 44.0) for _ in range(NEWEST)), (2, 2.0), (9, -80.0)]
        )
    page.goto(f"{course.base}/admin/sign-in/{token}")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("Launches fail beyond 60 seconds.").wait_for()
    looks.at(page, "administration with a clock that is off", most_primaries=2)
    page.get_by_role("link", name="Launches", exact=True).click()
    looks.at(page, "launches")
    page.get_by_role("searchbox").fill("nobody at all")
    page.get_by_role("button", name="Find").click()
    page.get_by_text("No launch fits.").wait_for()
    looks.at(page, "no launch found")
    page.get_by_role("searchbox").fill(reference)
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name=reference).click()
    page.get_by_role("heading", name="Who must act").wait_for()
    looks.at(page, "a refused launch")
    page.goto(f"{course.base}/admin/platforms/{registration_id}/clock")
    page.get_by_role("img", name="Difference of the clocks").wait_for()
    looks.at(page, "a clock")
    page.get_by_role("link", name="Keys", exact=True).click()
    looks.at(page, "keys")
    page.goto(f"{course.base}/admin/keys/badge-jws/rotate")
    looks.at(page, "rotate a key")
    page.get_by_role("button", name="Publish the next key").click()
    page.get_by_text("The next key is published.").wait_for()
    page.goto(f"{course.base}/admin/keys/badge-jws/rotate")
    page.get_by_role("heading", name="waits for its turn").wait_for()
    looks.at(page, "the next key waits")
