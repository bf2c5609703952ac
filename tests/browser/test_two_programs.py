"""Two programs that contradict each other, walked by a person in the LMS's frame and measured.

One goes stage by stage and lets hours decide nothing; she works on a phone. The other counts hours
by kind, takes six works one by one, and asks for a list to be ticked; she sits at a desk.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Locator, expect

from lti_tool.walk import participant
from lti_tool.walk.installation import Installation
from tests.browser.conftest import make_context
from tests.browser.figures import Figures, Watch
from tests.browser.furnishing import COMMENT, Furnishing
from tests.browser.looks import Looks
from tests.browser.people import DAY, FOCUS, WORDS, Participant

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

PHONE = {"width": 375, "height": 667}
DESK = {"width": 1280, "height": 900}
A_SECOND = 1.0
LATER_DAY = "2026-10-21"


@dataclass
class Walker:
    """Somebody in the frame, watched; every press is one a hand makes."""

    person: Participant
    watch: Watch
    furnished: Furnishing

    def arrives(self) -> None:
        """Sign in to the LMS, and follow its link."""
        self.person.comes_to_school()
        self.comes_back()

    def comes_back(self) -> None:
        """Follow the LMS's link once more."""
        self.person.opens(self.furnished.link)

    def see(self, selector: str) -> Locator:
        """A part of the tool's page."""
        return self.person.room.locator(selector)

    @property
    def frame(self) -> Frame:
        """The tool's own document."""
        element = self.person.page.locator("#tool").element_handle()
        assert element is not None
        frame = element.content_frame()
        assert frame is not None
        return frame

    def presses(self, words: str, *, within: str = "main", role: str = "button") -> None:
        """Press a button or link by its words; it leads to another page."""
        place = self.see(within)
        thing = place.get_by_role(role, name=words)  # type: ignore[arg-type]
        self.person.follows(thing.first)

    def goes_on(self) -> None:
        """Press the one button of the home page."""
        self.person.follows(self.see("[data-next] .button"))

    def rates(self) -> int:
        """The second step of every scale; answers how many."""
        scales = self.person.room.get_by_role("radiogroup")
        for scale in scales.all():
            self.person.hits(scale.locator("label").nth(1), scale.locator("input:checked"))
        return scales.count()

    def adds(self, slot: Locator, kind: str, **fields: str) -> None:
        """Fill one offer of a slot in by its labels, and send it."""
        offer = slot.locator(f"details.offer:has(input[name=kind][value={kind}])")
        if offer.get_attribute("open") is None:
            offer.locator("> summary").click()
        if kind == "file":
            offer.locator("input[type=file]").set_input_files(
                {"name": "sources.txt", "mimeType": "text/plain", "buffer": WORDS.encode()}
            )
        if offer.locator("input[name=done_on]").count():
            fields = {"done_on": DAY, **fields}
        for name, words in fields.items():
            offer.locator(f"[name={name}]").fill(words)
        for sign in offer.locator("input[name=ticked]").all():
            sign.click()
        for group in ("shows_people", "scope", "implements"):
            choices = offer.locator(f"input[name={group}]")
            if choices.count():
                choices.first.click()
        self.person.follows(offer.locator("form > .actions button"))

    def writes_an_entry(self, day: str, words: str) -> None:
        """A dated entry beside the first artifact that takes them."""
        diary = self.see("section.diary").filter(has_text="Add an entry").first
        diary.locator("> details.offer > summary").click()
        form = diary.locator("> details.offer form")
        form.get_by_label("Day").fill(day)
        form.get_by_label("What you saw or did").fill(words)
        self.person.follows(form.get_by_role("button", name="Add this entry"))

    def submits(self) -> None:
        """Give one's word and press the button: two presses."""
        self.see("input[name=attested]").click()
        self.presses("Submit")
        self.person.sees("Submitted")


Bring = Callable[[str, str, dict[str, int]], Walker]


@pytest.fixture
def bring(browser: Browser, canvas: Installation) -> Iterator[Bring]:
    """Somebody new to a program, with a window of a given size."""
    contexts: list[BrowserContext] = []
    courses: dict[str, Furnishing] = {}

    def bring(program: str, key: str, size: dict[str, int]) -> Walker:
        if program not in courses:
            courses[program] = Furnishing(canvas, program)
            courses[program].cast()
        furnished = courses[program]
        contexts.append(make_context(browser))
        page = contexts[-1].new_page()
        page.set_viewport_size(size)  # type: ignore[arg-type]
        watch = Watch(page, furnished.base)
        return Walker(Participant(page, canvas, key), watch, furnished)

    yield bring
    for context in contexts:
        context.close()


@pytest.fixture
def figures(
    request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> Iterator[Figures]:
    """Told with the report (`pytest -rP` shows it), and held against the bars at the end."""
    figures = Figures(record_property)
    yield figures
    request.node.add_report_section("teardown", "figures", str(figures))
    assert not figures.missed(), "\n".join(figures.missed())


def someone(canvas: Installation, given: str, family: str) -> str:
    return canvas.school.enrol(given, family).key


def begins(walker: Walker, looks: Looks, figures: Figures, name: str) -> None:
    """From the LMS's link to the first task for somebody who has never been here."""
    page = walker.person.page
    walker.arrives()
    looks.inside(page, walker.frame, f"{name}: home of a newcomer")
    with walker.watch.counting() as pressed:
        walker.goes_on()
        page.wait_for_timeout(0)
    looks.inside(page, walker.frame, f"{name}: before you start")
    with walker.watch.counting() as more:
        walker.presses("Start")
        if walker.see("form[data-autosave] textarea[name=focus], textarea[name=goal]").count():
            for field in walker.see("main form[data-autosave] .field").all():
                field.locator("textarea, input").fill(FOCUS)
    looks.inside(page, walker.frame, f"{name}: where you start from")
    with walker.watch.counting() as further:
        if walker.see("textarea[name=focus], textarea[name=goal]").count():
            walker.person.follows(walker.see("main .primary"))
    looks.inside(page, walker.frame, f"{name}: baseline")
    with walker.watch.counting() as rated:
        ratings = walker.rates()
        walker.presses("Finish the baseline")
    expect(walker.see(".slot").first).to_be_visible()
    expect(walker.see("main h1")).to_be_in_viewport()  # not where the long page before ended
    clicks = len(pressed) + len(more) + len(further) + len(rated) - ratings
    figures.keep(f"{name}: newcomer, link to first task, beside the ratings", clicks, 4)
    figures.keep(f"{name}: taps of the baseline", ratings, 16, "taps")


def comes_back_to_the_task(walker: Walker, figures: Figures, name: str) -> str:
    """From the LMS's link to the task for somebody who has begun; answers the task's address."""
    before = walker.watch.server_seconds
    walker.comes_back()
    with walker.watch.counting() as pressed:
        walker.goes_on()
    expect(walker.see(".slot").first).to_be_visible()
    figures.keep(f"{name}: link to the task, once begun", len(pressed), 1)
    seconds = walker.watch.server_seconds - before
    figures.keep(f"{name}: what the tool took for it", round(seconds, 3), 2.0, "s")
    return walker.frame.url


def writes_on_one_device_and_reads_on_another(
    phone: Walker, laptop: Walker, figures: Figures, name: str
) -> None:
    """A text is kept a second after typing stops, and the other window has it."""
    laptop.arrives()
    laptop.goes_on()
    assert laptop.frame.url == phone.frame.url
    text = phone.see("textarea[name=text]").first
    text.press_sequentially("Three students, and what I wonder about each.", delay=15)
    stopped = time.monotonic()
    phone.person.page.wait_for_timeout(A_SECOND * 1000 - (time.monotonic() - stopped) * 1000)
    laptop.frame.goto(laptop.frame.url)
    expect(laptop.see("article.tile textarea[name=text]").first).to_have_value(
        "Three students, and what I wonder about each."
    )
    kept = phone.frame.evaluate("window.savedAfter") / 1000
    figures.keep(f"{name}: from the last letter to “Saved”", round(kept, 3), A_SECOND, "s")


def mends_what_came_back(walker: Walker, looks: Looks, figures: Figures, name: str) -> str:
    """The judges return it; from the LMS's link to submitted again. Answers the new attempt."""
    page = walker.person.page
    course = walker.furnished
    work = walker.frame.url.rsplit("/", 1)[1]
    course.assess(work, is_met=False)
    course.decide(work, is_met=False)
    walker.comes_back()
    looks.inside(page, walker.frame, f"{name}: home when returned")
    with walker.watch.counting() as to_it:
        walker.goes_on()
    expect(walker.see(".hint-card").first).to_contain_text(COMMENT)
    looks.inside(page, walker.frame, f"{name}: at the criterion that is not met")
    field = walker.see("article.tile textarea[name=text]").first
    if not field.is_visible():
        for summary in ("article.tile details > summary", "article.tile details.more > summary"):
            walker.see(summary).first.click()
    field.press_sequentially(" One mother said: you are the first who asked.")
    with walker.watch.counting() as again:
        walker.submits()
    figures.keep(f"{name}: returned to submitted again, beside editing", len(to_it + again), 3)
    expect(walker.see("main")).to_contain_text("you are the first who asked")
    assert walker.frame.url.rsplit("/", 1)[1] != work
    return walker.frame.url.rsplit("/", 1)[1]


def goes_to_the_log(walker: Walker) -> Locator:
    """The stage between is prepared for her; answers the log's place on its task's page."""
    course = walker.furnished
    participant.work_until_submitted(course.visitor(walker.person.key), f"{course.base}/")
    walker.comes_back()
    walker.goes_on()
    log = walker.see(".slot").first
    expect(log).to_contain_text("Log")
    return log


def finishes(walker: Walker, figures: Figures, name: str) -> None:
    figures.keep(f"{name}: sign-ins", walker.watch.sign_ins, 0, "times")


@pytest.mark.row("S4-20")
@pytest.mark.row("S4-30")
@pytest.mark.row("S4-37")
def test_stage_by_stage_on_a_phone(
    canvas: Installation, bring: Bring, looks: Looks, figures: Figures
) -> None:
    # Given a program that goes stage by stage, and a teacher with a phone
    name = "phone"
    key = someone(canvas, "Imani", "Okafor")
    ada = bring("excel-leadership-academy", key, PHONE)
    page = ada.person.page

    # When she comes in for the first time, says what she wants to reach, and rates her practice
    begins(ada, looks, figures, name)
    first_task = ada.frame.url
    looks.inside(page, ada.frame, f"{name}: the first task")

    # Then the link leads her back to it by one press, and a laptop shows what she types
    assert comes_back_to_the_task(ada, figures, name) == first_task
    laptop = bring("excel-leadership-academy", key, DESK)
    writes_on_one_device_and_reads_on_another(ada, laptop, figures, name)

    # When she says what is asked of it, and adds a file to the other task of the stage
    for no in ada.see("article.tile input[name=shows_people][value=no]").all():
        no.click()
    ada.presses("Save")
    ada.presses("Next:", role="link")
    ada.adds(ada.see(".slot").first, "file")
    looks.inside(page, ada.frame, f"{name}: a task with its evidence")

    # And submits the stage
    ada.presses("Check and submit", role="link")
    looks.inside(page, ada.frame, f"{name}: ready to submit")
    ada.submits()
    looks.inside(page, ada.frame, f"{name}: submitted")

    # Then what comes back is submitted again in three presses
    work = mends_what_came_back(ada, looks, figures, name)
    ada.furnished.assess(work)
    ada.furnished.decide(work)

    # And in a later stage a log grows by dated entries
    at_the_log = goes_to_the_log(ada)
    ada.adds(at_the_log, "text", text=WORDS)
    ada.writes_an_entry(DAY, "Nine families came.")
    ada.writes_an_entry(LATER_DAY, "Eleven came, and two stayed to talk.")
    expect(ada.see("ol.entries > li")).to_have_count(2)
    looks.inside(page, ada.frame, f"{name}: a log with entries")
    finishes(ada, figures, name)


@pytest.mark.row("S5-02")
@pytest.mark.row("S5-10")
@pytest.mark.row("S5-11")
@pytest.mark.row("S5-12")
def test_hours_and_items_with_a_checklist_at_a_desk(
    canvas: Installation, bring: Bring, looks: Looks, figures: Figures
) -> None:
    # Given a program that counts hours by kind and takes its works one by one
    name = "desk"
    key = someone(canvas, "Esperanza", "Villalobos")
    ada = bring("lausd-english-learners", key, DESK)
    page = ada.person.page

    # When she begins, the link leads her back to where she was by one press
    begins(ada, looks, figures, name)
    first_task = ada.frame.url
    looks.inside(page, ada.frame, f"{name}: the first task")
    assert comes_back_to_the_task(ada, figures, name) == first_task

    # And she makes the first of the six works, ticking what its list asks for
    slot = ada.see(".slot").first
    expect(slot.locator("details.offer input[name=ticked]").first).to_be_attached()
    ada.adds(slot, "text", text=WORDS, instrument="Summative ELPAC", goal=FOCUS)
    expect(slot.locator("article.tile input[name=ticked]:checked")).to_have_count(3)
    looks.inside(page, ada.frame, f"{name}: a task whose list is ticked")
    for _following in range(2):
        ada.presses("Next:", role="link")
        ada.adds(ada.see(".slot").first, "text", text=WORDS)

    # And marks the modules it rests on, and writes hours of homework down
    ada.person.goes_home()
    looks.inside(page, ada.frame, f"{name}: home under way")
    ada.goes_on()
    looks.inside(page, ada.frame, f"{name}: coursework")
    expect(ada.see("main section.slot")).to_have_count(3)
    expect(ada.see("main .modules > li")).to_have_count(6)
    for _module in range(2):
        ada.presses("Mark as done")
    ada.person.goes_home()
    ada.presses("of 105 hours", role="link")
    ada.see("#category").select_option("fieldwork")
    ada.see("#hours").fill("2.5")
    ada.see("#words").fill("Three portraits")
    ada.presses("Add these hours")
    kinds = ada.see(".tally > li")
    expect(kinds).to_contain_text(["of 30 hours", "of 45 hours", "of 30 hours"])
    expect(kinds.first).to_contain_text("Your instructor records these.")
    expect(kinds.last).to_contain_text("2.5 wait for approval")
    looks.inside(page, ada.frame, f"{name}: hours")

    # Then that one work is submitted, while the others are still to make
    ada.person.goes_home()
    ada.goes_on()
    looks.inside(page, ada.frame, f"{name}: ready to submit")
    ada.submits()

    # And what comes back is submitted again in three presses
    mends_what_came_back(ada, looks, figures, name)
    finishes(ada, figures, name)
