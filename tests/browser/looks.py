"""What every page owes everybody: read by machine in both colour schemes, narrow, by keyboard."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Frame, Page

MOST_TABS = 150
"""Presses of the Tab key after which the primary action counts as out of reach."""

CONTRAST_ONLY = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}

# Everything that is wider inside than outside, and neither may be scrolled nor says what it is.
CUT_OFF = """() => [...document.querySelectorAll('body *')].filter(one => {
  const style = getComputedStyle(one);
  if (!['auto', 'scroll'].includes(style.overflowX) || one.matches('textarea, pre')) return false;
  if (one.scrollWidth <= one.clientWidth + 1) return false;
  return one.tabIndex < 0 || !(one.ariaLabel || one.getAttribute('aria-labelledby'));
}).map(one => one.outerHTML.slice(0, 80))"""

FOCUSED = """() => {
  const here = document.activeElement;
  if (!here || here === document.body) return {at: '', shown: true, primary: false};
  const style = getComputedStyle(here);
  const box = here.getBoundingClientRect();
  return {
    at: here.outerHTML.slice(0, 80),
    shown: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1
      && box.width > 0 && box.height > 0,
    primary: here.matches('#main .primary'),
  };
}"""


class Looks:
    """Collects what is wrong with the pages it is shown, so that one run names everything."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.seen: list[str] = []
        self._axe = Axe()

    def at(self, page: Page, name: str, *, most_primaries: int = 1, tabs: bool = True) -> None:
        """Look at the page as it stands now."""
        self.seen.append(name)
        page.set_viewport_size({"width": 1280, "height": 900})
        self._by_machine(page, name)
        self._headings(page, name, most_primaries)
        if tabs:
            self._by_keyboard(page, name)
        self._narrow(page, name)
        page.set_viewport_size({"width": 1280, "height": 900})

    def inside(self, page: Page, frame: Frame, name: str) -> None:
        """Look at the tool in the LMS's frame as it stands now, at the width it has now."""
        self.seen.append(name)
        self._by_machine(page, name, frame)
        self._headings(frame, name, 1)
        self._fits(frame, name)

    def _say(self, name: str, words: str) -> None:
        self.faults.append(f"{name}: {words}")

    def _by_machine(self, page: Page, name: str, frame: Frame | None = None) -> None:
        room = frame or page
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        self._keep(name, "light", self._axe.run(room).response)
        page.emulate_media(color_scheme="dark")
        again = room.evaluate("options => axe.run(options)", CONTRAST_ONLY)
        self._keep(name, "dark", again)
        page.emulate_media(color_scheme="light")

    def _keep(self, name: str, scheme: str, response: dict[str, Any]) -> None:
        for one in response["violations"]:
            where = ", ".join(str(node["target"]) for node in one["nodes"][:3])
            self._say(name, f"axe ({scheme}) {one['id']}: {one['help']} at {where}")

    def _headings(self, page: Page | Frame, name: str, most_primaries: int) -> None:
        headings = page.locator("main h1").count()
        if headings != 1:
            self._say(name, f"{headings} main headings")
        primaries = page.locator("main .primary").filter(visible=True).count()
        if primaries > most_primaries:
            self._say(name, f"{primaries} primary actions")

    def _by_keyboard(self, page: Page, name: str) -> None:
        """Tab from the top to the primary action; every stop on the way shows where it is."""
        if not page.locator("main .primary").filter(visible=True).count():
            return
        page.evaluate(
            "() => { document.activeElement?.blur(); getSelection()?.removeAllRanges(); }"
        )
        for _press in range(MOST_TABS):
            page.keyboard.press("Tab")
            focused = page.evaluate(FOCUSED)
            if not focused["shown"]:
                self._say(name, f"no focus to be seen at {focused['at']}")
                return
            if focused["primary"]:
                return
        self._say(name, "the Tab key does not reach the primary action")

    def _narrow(self, page: Page, name: str) -> None:
        page.set_viewport_size({"width": 320, "height": 700})
        self._fits(page, name)

    def _fits(self, page: Page | Frame, name: str) -> None:
        width = page.evaluate("document.documentElement.scrollWidth")
        there = page.evaluate("document.documentElement.clientWidth")
        if width > there:
            self._say(name, f"{width} pixels wide at {there}")
        for one in page.evaluate(CUT_OFF):
            self._say(name, f"scrolls sideways at {there} without a name: {one}")
