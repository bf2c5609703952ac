"""My badges with what comes from elsewhere: brought, looked at, saved with all others, removed."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import select

from lti_tool.database import sessions
from lti_tool.people.models import Person
from lti_tool.walk.installation import Installation
from tests.browser.furnishing import Furnishing
from tests.browser.looks import Looks
from tests.browser.test_every_page import Come, come
from tests.browser.test_stack_badge_pages import from_elsewhere, opened
from tests.browser.test_stack_pages import earns, stacks

__all__ = ["come"]

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]


def test_pages_of_badges_from_elsewhere(
    canvas: Installation, course: Furnishing, come: Come, looks: Looks, tmp_path: Path
) -> None:
    # Given Nela, with a badge of ours and a genuine one of another issuer
    key = course.enrol("Nela", "Brandt")
    course.visitor(key)
    *_, stack = stacks(course)
    earns(course, "Nela Brandt", stack["members"][0])
    with sessions(canvas.engine)() as session:
        nela = session.scalars(select(Person).where(Person.name == "Nela Brandt")).one()
        badge = from_elsewhere(nela)
    page = come(key)
    page.goto(f"{course.base}/badges/")

    def bring(content: bytes, name: str = "tides.json") -> None:
        page.get_by_label("The badge's file").set_input_files(
            {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        )
        page.get_by_role("button", name="Check it and keep it").click()

    # When she brings one that was changed, then the genuine one
    page.get_by_role("link", name="Bring a badge from elsewhere").click()
    opened(page)
    looks.at(page, "bringing a badge from elsewhere")
    bring(badge.replace(b"Tides", b"Rides"))
    page.get_by_text("Not kept:").wait_for()
    opened(page)
    looks.at(page, "a badge from elsewhere that is not kept")
    bring(badge)
    page.get_by_text("Only you see it; it is looked at again").wait_for()
    opened(page)
    looks.at(page, "a badge from elsewhere that is kept")
    page.get_by_role("button", name="Look at it again now").click()
    page.get_by_text("It was looked at again just now.").wait_for()

    # Then it stands on My badges, in the one archive of everything, and can be let go
    page.goto(f"{course.base}/badges/")
    page.get_by_role("link", name="Tides").wait_for()
    looks.at(page, "my badges and one from elsewhere", tabs=False)
    with page.expect_download() as download:
        page.get_by_role("link", name="Save all my badges (ZIP)").click()
    archive = download.value.path().read_bytes()
    with zipfile.ZipFile(io.BytesIO(archive)) as opened_archive:
        opened_archive.extractall(tmp_path)
    page.goto((tmp_path / "index.html").as_uri())
    for link in page.get_by_role("link").all():
        address = str(link.get_attribute("href"))
        assert address.startswith("http") or (tmp_path / address).is_file(), address
    looks.at(page, "the page in the archive of all badges")
    page.goto(f"{course.base}/badges/elsewhere")
    bring(archive, "my-badges.zip")
    page.get_by_role("heading", name="1 of 2 kept").wait_for()
    looks.at(page, "what was in an archive")
    page.get_by_role("link", name="Tides").click()
    opened(page)
    page.get_by_role("button", name="Remove it").click()
    page.get_by_text("Removed. The files you saved elsewhere stay as they are.").wait_for()
    assert page.get_by_role("link", name="Tides").count() == 0
