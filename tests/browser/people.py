"""The cast at their browsers: each does what a person would, in that person's words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import FrameLocator, Locator, Page, expect
from playwright.sync_api import TimeoutError as Late

from lti_tool.practice_lms.school import Link
from lti_tool.walk.installation import Installation
from lti_tool.walk.journey import COURSE

Room = Page | FrameLocator
"""Where the tool's page is: a window of its own, or the frame in the LMS's page."""

WORDS = (
    "Nine families told us what the front office feels like on the first day. We moved the"
    " interpreter's desk to the door, and in October nobody waited longer than five minutes."
)
FOCUS = "How our team listens to families of multilingual learners before it plans for them."
DAY = "2026-10-14"
AIMS = 3
PATIENCE = 8_000
"""Milliseconds after which a person thinks that a click went beside what it was meant for."""


class Someone:
    """A person of the school at a browser of their own."""

    def __init__(self, page: Page, installation: Installation, key: str) -> None:
        self.page = page
        self.installation = installation
        self.key = key
        self.room: Room = page

    @property
    def name(self) -> str:
        """As the school and the tool write it."""
        return self.installation.school.school.person(self.key).name

    def comes_to_school(self) -> None:
        """Sign in to the LMS by its own page."""
        self.page.goto(self.installation.lms.url)
        self.page.select_option("#person", self.key)
        self.page.get_by_role("button", name="Switch").click()
        expect(self.page.locator("#person")).to_have_value(self.key)
        self.room = self.page

    def opens(self, link: Link) -> None:
        """Open an activity of the course: the tool appears in the LMS's page."""
        self.page.goto(f"{self.installation.lms.url}/courses/{COURSE}")
        self.page.locator(f'a.button[href="/courses/{COURSE}/links/{link.id}"]').click()
        self.enters_the_frame()

    def enters_the_frame(self) -> None:
        """Go on in the frame of the LMS's page."""
        self.room = self.page.frame_locator("#tool")
        expect(self.room.locator("#main h1").first).to_be_visible()

    def comes_by_link(self, link: str) -> None:
        """Follow an activity's link into a window of its own."""
        self.page.goto(self.installation.launch_url(self.key, COURSE, link))
        self.page.wait_for_url(f"{self.installation.settings.base_url}/**")
        self.room = self.page

    def sees(self, heading: str | re.Pattern[str]) -> None:
        """The page's one main heading says this."""
        expect(self.room.locator("main h1")).to_have_text(heading)

    def goes_home(self) -> None:
        """By the tool's own navigation."""
        rooms = self.room.get_by_role("navigation", name="Cairn")
        self.follows(rooms.get_by_role("link", name="Home"))
        expect(self.room.locator("nav.rooms a[aria-current=page]")).to_have_text("Home")

    def clicks(self, name: str | re.Pattern[str]) -> None:
        """The first button or link of this name; it leads to another page."""
        thing = self.room.get_by_role("button", name=name)
        self.follows(thing.or_(self.room.get_by_role("link", name=name)).first)

    def ticks(self, box: Locator) -> None:
        """Tick a box or a radio by its key: a frame that grows moves under a hand."""
        expect(box).to_be_visible()
        box.focus()
        if not box.is_checked():
            box.press("Space")
        expect(box).to_be_checked()

    def follows(self, thing: Locator) -> None:
        """Click it, and wait for the page it leads to."""
        with self.turning():
            self.hits(thing, self.room.locator("html:not([data-before])"))

    def hits(self, thing: Locator, then: Locator) -> None:
        """Click it until `then` is there, as somebody does whose click went beside it.

        The frame of an LMS grows with the page and scrolls to its top; on a busy machine that
        happens between a hand's aim and its click.
        """
        for _ in range(AIMS):
            try:
                thing.click(timeout=PATIENCE)
                expect(then).to_have_count(1, timeout=PATIENCE)
            except (AssertionError, Late):
                if then.count() == 0:
                    continue
            return
        expect(then).to_have_count(1)

    @contextmanager
    def turning(self) -> Iterator[None]:
        """Wait until the page that is shown now has given way to another."""
        self.room.locator("html").evaluate("page => { page.dataset.before = 'yes' }")
        yield
        expect(self.room.locator("html[data-before]")).to_have_count(0)
        expect(self.room.locator("#main h1").first).to_be_visible()


class Participant(Someone):
    """Begins, makes, submits, mends, earns, shares."""

    def does_what_is_next(self) -> str:
        """Press the one button of the home page; answers what kind of step it is."""
        self.goes_home()
        step = self.room.locator("[data-next]")
        kind = step.get_attribute("data-next") or ""
        self.follows(step.locator(".button"))
        return kind

    def begins(self) -> None:
        """Read what it asks, and start."""
        assert self.does_what_is_next() == "begin"
        for words in ("What you will make", "What it asks of you", "How it is judged"):
            expect(self.room.get_by_text(words).first).to_be_visible()
        expect(self.room.locator(".rubric .criterion").first).to_be_visible()
        self.follows(self.room.get_by_role("button", name="Start", exact=True))

    def rates_own_practice(self) -> None:
        """The baseline: the second step of every scale; the focus before it where one is asked."""
        kind = self.does_what_is_next()
        if kind == "focus":
            self.room.get_by_label("In a sentence or two").fill(FOCUS)
            self.clicks("Keep this focus")
            kind = self.does_what_is_next()
        assert kind == "baseline"
        scales = self.room.get_by_role("radiogroup")
        expect(scales.first).to_be_visible()
        for scale in scales.all():
            self.ticks(scale.get_by_role("radio").nth(1))
        self.clicks("Finish the baseline")
        expect(self.room.get_by_role("button", name="Finish the baseline")).to_have_count(0)

    def makes_everything(self, kinds: tuple[str, ...] = ("text", "file", "link")) -> None:
        """Task after task until nothing is missing; which kind is tried first goes round."""
        for number in range(30):
            if self.does_what_is_next() != "task":
                return
            turn = number % len(kinds)
            self.makes_what_the_task_asks(kinds[turn:] + kinds[:turn])
        raise AssertionError("After thirty tasks there was still another one.")

    def makes_what_the_task_asks(self, wanted: tuple[str, ...]) -> None:
        """One artifact for each requirement that still misses one."""
        expect(self.room.locator(".slot").first).to_be_visible()
        ids = self.room.locator(".slot").evaluate_all("slots => slots.map(slot => slot.id)")
        for slot_id in ids:
            slot = self.room.locator(f"#{slot_id}")
            if slot.locator(".state.attention").count():
                self._gives(slot, wanted)

    def _gives(self, slot: Locator, wanted: tuple[str, ...]) -> None:
        offered = {
            kind: slot.locator(f"details.offer:has(input[name=kind][value={kind}])")
            for kind in wanted
        }
        kind = next(kind for kind in wanted if offered[kind].count())
        self.gives(offered[kind], kind)
        expect(slot.locator("article.tile")).to_have_count(1)

    def gives(self, offer: Locator, kind: str) -> None:
        """Fill one offer's form in and send it."""
        self._unfolds(offer)
        form = offer.locator("form")
        if kind == "text":
            form.get_by_label("Your text").fill(WORDS)
        elif kind == "link":
            form.get_by_label("Address of the page or recording").fill("https://example.org/night")
        else:
            form.get_by_label("Choose a file").set_input_files(
                {"name": "notes.txt", "mimeType": "text/plain", "buffer": WORDS.encode()}
            )
        for group in ("implements", "scope", "shows_people"):
            choices = form.locator(f"input[name={group}]")
            if choices.count():
                self.ticks(choices.first)
        for name in ("instrument", "goal"):
            field = form.locator(f"input[name={name}]")
            if field.count():
                field.fill("What families hear from us")
        for sign in form.locator("input[name=ticked]").all():
            self.ticks(sign)
        day = form.get_by_label("Day it was done")
        if day.count():
            day.fill(DAY)
        self.follows(form.locator("button:not([type=button])").last)

    def _unfolds(self, details: Locator) -> None:
        if details.get_attribute("open") is None:
            details.locator("> summary").click()

    def submits(self) -> None:
        """Check, give one's word, submit."""
        word = self.room.locator("input[name=attested]")
        if not word.count():
            self.does_what_is_next()
        self.ticks(word)
        self.follows(self.room.get_by_role("button", name="Submit", exact=True))
        self.sees("Submitted")

    def mends(self, words: str) -> None:
        """After a return: open what is missing, change it, and leave it saved."""
        assert self.does_what_is_next() == "returned"
        expect(self.room.locator(".hint-card").first).to_be_visible()
        field = self.room.locator("article.tile textarea[name=text]").first
        if not field.is_visible():
            self.room.locator("article.tile details > summary").first.click()
        field.fill(words)
        self.follows(field.locator("xpath=ancestor::form").locator("button").last)
        expect(self.room.locator("article.tile textarea[name=text]").first).to_have_value(words)

    def shares_the_badge(self) -> str:
        """Make it public; answers its address."""
        self.clicks("My badges")
        self.sees("What you have earned")
        self.follows(self.room.locator(".badge-link").first)
        self.clicks("Share this badge")
        address = self.room.locator(".owner a[href*='/badges/']").first
        expect(address).to_be_visible()
        return address.inner_text()


class Judge(Someone):
    """What assessors and approvers have in common."""

    def opens_the_work_of(self, name: str) -> None:
        """From the queue."""
        self.goes_home()
        self.clicks(re.compile("See the whole queue|Your queue"))
        expect(self.room.locator("main h1")).to_contain_text("wait")
        row = self.room.get_by_role("listitem").filter(has_text=name)
        self.follows(row.locator("button, .button"))
        expect(self.room.locator(".eyebrow").first).to_contain_text(name)


class Assessor(Judge):
    """Rates and recommends."""

    def rates_everything(self, *, first: int = -1, comment: str = "") -> None:
        """The top level for each criterion; `first` is the first criterion's place."""
        criteria = self.room.locator("fieldset.criterion")
        expect(criteria.first).to_be_visible()
        for number in range(criteria.count()):
            levels = criteria.nth(number).get_by_role("radio")
            if levels.count():  # a criterion met before has nothing to rate
                place = (first if number == 0 else -1) % levels.count()
                self.ticks(levels.nth(place))
        if comment:
            criteria.first.get_by_role("textbox").fill(comment)

    def recommends(self) -> None:
        """Hand the ratings over to the approver."""
        self.follows(self.room.get_by_role("button", name="Recommend"))
        expect(self.room.get_by_role("button", name="Recommend")).to_have_count(0)


class Approver(Judge):
    """Decides."""

    def approves(self) -> None:
        """Agree: every criterion is met."""
        self.follows(self.room.get_by_role("button", name="Approve"))
        expect(self.room.get_by_role("button", name="Approve")).to_have_count(0)

    def returns(self, name: str, words: str) -> None:
        """Agree that something is missing."""
        self.room.get_by_label("A word with it").fill(words)
        self.follows(self.room.get_by_role("button", name=f"Return to {name}"))
        expect(self.room.locator("#reason")).to_have_count(0)


class Instructor(Someone):
    """Looks whether the grades are there."""

    def reads_the_gradebook(self, title: str, name: str) -> str:
        """The score one person has in one column."""
        self.opens_the_gradebook()
        cell = self.page.get_by_role("link", name=re.compile(f": {re.escape(f'{name}, {title}')}$"))
        return cell.locator(".score").inner_text()

    def opens_the_gradebook(self) -> None:
        """The LMS's own page."""
        self.page.goto(f"{self.installation.lms.url}/courses/{COURSE}/gradebook")
        self.room = self.page

    def opens_the_grade_of(self, name: str, title: str) -> None:
        """One cell with its history and comments."""
        self.opens_the_gradebook()
        self.page.get_by_role(
            "link", name=re.compile(f": {re.escape(f'{name}, {title}')}$")
        ).click()
        expect(self.page.locator("main h1")).to_contain_text(name)

    def opens_the_work_from_the_grade(self) -> None:
        """SpeedGrader, or the grade analysis: the work in a frame."""
        self.page.locator("main .ways a.button").click()
        self.enters_the_frame()

    def checks_the_deliveries(self) -> str:
        """What the tool says about the gradebook, in one sentence."""
        self.goes_home()
        self.clicks("Check the gradebook")
        self.sees("Are the grades in the gradebook?")
        return self.room.locator("#summary").inner_text()


class Stranger:
    """Anybody with the address, at a browser that has never seen the tool."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.room = page

    def reads(self, address: str) -> None:
        """Open a shared badge."""
        answer = self.page.goto(address)
        assert answer is not None
        assert answer.status == 200

    def saves(self, words: str, folder: Path) -> Path:
        """Download a file of the page."""
        with self.page.expect_download() as saving:
            self.page.get_by_role("link", name=words).click()
        path = folder / saving.value.suggested_filename
        saving.value.save_as(path)
        return path

    def verifies(self, path: Path) -> str:
        """Drop a file on the verify page; answers its verdict."""
        parts = urlsplit(self.page.url)
        self.page.goto(f"{parts.scheme}://{parts.netloc}/verify")
        self.page.get_by_label("The badge's file").set_input_files(path)
        self.page.get_by_role("button", name="Check this badge").click()
        expect(self.page.locator(".verdict h1")).to_be_visible()
        return self.page.locator("meta[name=verdict]").get_attribute("content") or ""
