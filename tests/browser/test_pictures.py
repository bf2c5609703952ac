"""The README's pictures can be taken again at any time."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser

from tests.browser.furnishing import Furnishing
from tools import pictures

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]


def test_three_pictures_are_taken_from_the_running_pages(
    browser: Browser, course: Furnishing, tmp_path: Path
) -> None:
    taken = pictures.take(browser, course, tmp_path)

    assert [path.name for path in taken] == ["home.png", "desk.png", "share.png"]
    for path in taken:
        with Image.open(path) as picture:
            assert picture.size == (1280, 800)
        kept = pictures.PICTURES / path.name
        assert kept.stat().st_size <= pictures.LARGEST, f"{kept} is missing or too large"
