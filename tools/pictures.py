"""The README's pictures, taken from the running pages: `make pictures`.

A tool and a practice LMS of their own are started, three people work in them over HTTP, and
Chromium looks at the home page, the judges' desk and a badge that a stranger sees.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from lti_tool.walk import participant
from lti_tool.walk.installation import fresh_port, prepare, settings_for
from lti_tool.walk.journey import COURSE
from lti_tool.walk.participant import Manner
from lti_tool.walk.visitor import Lost
from tests.browser.furnishing import Furnishing
from tools import browser as browsers

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
SIZE = {"width": 1280, "height": 800}
LARGEST = 250_000
"""Bytes; a README should open at once."""

HALF_WAY = 4
"""Tasks that are done on the picture of the home page."""

WORK = (
    (
        "In my second year as assistant principal I moved a ninth grader out of honors "
        "biology because his English score was low. I never asked what he had studied before. "
        "His uncle told me in spring: two years of biology, in French. I had read a score as "
        "a ceiling."
    ),
    (
        "Twelve classroom visits in September, forty minutes each, with the same note sheet. "
        "In nine of them the student who spoke least was an English learner. The hallway "
        "signs are in English only; the menu is in three languages."
    ),
    (
        "We sat with nine families in their own languages, with interpreters from the "
        "district. Seven said they were never asked what their child could already do. One "
        "father brought the school report from Bamako, and nobody had wanted to see it."
    ),
    (
        "The strongest finding is one of strength: our students bring schooling that our "
        "forms do not ask for. The focus follows from it: ask first, place afterwards."
    ),
)
COMMENT = (
    "You name the decision and what it cost him. The next step: tell what you decided differently"
    " since then, for one real student."
)


def main() -> None:
    """Take all pictures anew."""
    path = browsers.find()
    if path is None:
        sys.exit("No Chromium: run `python -m tools.prepare`.")
    with tempfile.TemporaryDirectory(prefix="cairn-pictures-") as folder:
        installation = prepare(settings_for(Path(folder), fresh_port()), mood="canvas")
        try:
            installation.start()
            course = Furnishing(installation)
            course.cast()
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=path, args=list(browsers.ARGUMENTS)
                )
                for taken in take(browser, course, PICTURES):
                    print(f"{taken.name:10} {taken.stat().st_size // 1000:4} kB")
                browser.close()
        finally:
            installation.stop()


def take(browser: Browser, course: Furnishing, folder: Path) -> list[Path]:
    """Let three people work, and take a picture of what they see.

    Raises:
        ValueError: a picture is too large for a README.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pictures = [folder / name for name in ("home.png", "desk.png", "share.png")]
    home, desk, share = pictures

    mina = course.enrol("Mina", "Duarte")
    _works(course, mina, tasks=HALF_WAY)
    page = _in_the_course(browser, course, mina)
    _keep(page, home)

    tomas = course.enrol("Tomas", "Weaver")
    _works(course, tomas, tasks=None)
    work = course.submit(tomas)
    course.start_assessing(work, first=1, comment=COMMENT)
    page = _in_the_course(browser, course, "ben")
    room = page.frame_locator("#tool")
    room.get_by_role("link", name="See the whole queue").click()
    room.locator(f'a.button[href$="/review/{work}"]').click()
    expect(room.locator("fieldset.criterion").first).to_be_visible()
    page.wait_for_timeout(300)  # the frame takes its height
    _keep(page, desk)

    lena = course.enrol("Lena", "Brooks")
    course.assess(earned := course.submit(lena))
    course.decide(earned)
    page = _page(browser)
    page.goto(course.share(lena))
    _keep(page, share)

    for picture in pictures:
        if picture.stat().st_size > LARGEST:
            raise ValueError(f"{picture.name} is larger than {LARGEST} bytes")
    return pictures


def _page(browser: Browser) -> Page:
    return browser.new_page(
        viewport=SIZE,  # type: ignore[arg-type]
        device_scale_factor=1,
        color_scheme="light",
        reduced_motion="reduce",
        locale="en-US",
        timezone_id="America/Chicago",
    )


def _keep(page: Page, path: Path) -> None:
    """Wait until every picture in the page is there, then take it."""
    for frame in page.frames:
        frame.wait_for_load_state("networkidle")
    page.screenshot(path=path)
    page.context.close()


def _in_the_course(browser: Browser, course: Furnishing, key: str) -> Page:
    """The activity in the LMS's page, as one person sees it."""
    page = _page(browser)
    page.goto(course.installation.lms.url)
    page.select_option("#person", key)
    page.get_by_role("button", name="Switch").click()
    expect(page.locator("#person")).to_have_value(key)
    page.goto(f"{course.installation.lms.url}/courses/{COURSE}/links/{course.link.id}")
    expect(page.frame_locator("#tool").locator("#main h1").first).to_be_visible()
    return page


def _works(course: Furnishing, key: str, *, tasks: int | None) -> None:
    """Do so many tasks, or all of them, with words that are worth a picture."""
    visitor = course.visitor(key)
    course.begin(key)
    seen: list[str] = []
    for number in range(participant.LONGEST_WAY):
        page = visitor.get(visitor.get(f"{course.base}/").link("/portfolio/"))
        if "/tasks/" not in page.url:
            return
        if page.url not in seen:
            seen.append(page.url)
        if tasks is not None and len(seen) > tasks:
            return
        participant.one_step(visitor, page, number, Manner(works=WORK))
    raise Lost(f"{key} never came to the end of the tasks")


if __name__ == "__main__":
    main()
