"""The page of the self-certification in a real browser: axe, 320 pixels, the Tab key."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from lti_tool.admin import certification
from lti_tool.admin.certification import Run
from lti_tool.database import sessions
from lti_tool.people import sign_in_links
from lti_tool.walk.installation import Installation, now
from tests.browser.looks import Looks
from tests.certification.test_page import MET, UNMET

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]


def test_the_page_before_during_and_after_a_run(canvas: Installation, page: Page) -> None:
    looks = Looks()
    folder = certification.folder_of(canvas.settings)
    with sessions(canvas.engine).begin() as session:
        token = sign_in_links.make(session, now=now())
    page.goto(f"{canvas.settings.base_url}/admin/sign-in/{token}")
    page.get_by_role("button", name="Sign in").click()

    page.get_by_role("link", name="Certification", exact=True).click()
    page.get_by_text("No run was made here yet.").wait_for()
    looks.at(page, "no run yet")

    run = Run(now(), "0.1.0", total=2, results=(MET, UNMET))
    certification.write(certification.file_of(folder), run)
    page.reload()
    page.get_by_text("was broken off").wait_for()
    looks.at(page, "a run that was broken off")

    with certification.one_at_a_time(folder):
        page.reload()
        page.get_by_role("progressbar", name="Cases tried").wait_for()
        page.get_by_role("link", name="Look again").wait_for()

    certification.write(
        certification.file_of(folder),
        Run(run.began_at, "0.1.0", total=2, results=run.results, ended_at=now()),
    )
    page.goto(f"{canvas.settings.base_url}/admin/certification")
    page.get_by_role("heading", name="1 of 2 cases met").wait_for()
    looks.at(page, "a finished run")
    assert looks.faults == [], "\n".join(looks.faults)
