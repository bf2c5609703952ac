"""Where Chromium is on this machine."""

import os
import shutil
from pathlib import Path

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--disable-site-isolation-trials",
)
"""How Chromium is started for tests and pictures: as root too, and asking nobody outside.

Frames of another site share their page's process. Otherwise a launch hands its frame from process
to process within milliseconds, and on a busy machine Playwright now and then loses sight of it
(two in sixty). What a site may keep or see does not depend on it.
"""

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)


def find() -> Path | None:
    """`CAIRN_CHROMIUM`, else one on the path, else Playwright's own download; else `None`.

    Raises:
        FileNotFoundError: `CAIRN_CHROMIUM` names something that is not there.
    """
    named = os.environ.get("CAIRN_CHROMIUM")
    if named:
        if not Path(named).exists():
            raise FileNotFoundError(f"CAIRN_CHROMIUM names {named}, which does not exist")
        return Path(named)
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    return _downloaded()


def _downloaded() -> Path | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return path if path.exists() else None
