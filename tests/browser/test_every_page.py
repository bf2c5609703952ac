"""Every page of the tool: axe in light and dark, 320 pixels, the Tab key, one heading."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.badges import awards
from lti_tool.badges.models import Award
from lti_tool.database import sessions
from lti_tool.grades.conflicts import Candidate, written
from lti_tool.grades.models import DeliveryState, LineItem, ScoreDelivery, Trouble
from lti_tool.people import sign_in_links
from lti_tool.walk.installation import Installation, now
from tests.browser.conftest import make_context
from tests.browser.furnishing import Furnishing
from tests.browser.looks import Looks
from tests.verification.nobody import bundled

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

Come = Callable[[str], Page]


@pytest.fixture
def come(browser: Browser, canvas: Installation, course: Furnishing) -> Iterator[Come]:
    """A window in which somebody has come in from the LMS."""
    contexts: list[BrowserContext] = []

    def come(key: str) -> Page:
        contexts.append(make_context(browser))
        page = contexts[-1].new_page()
        page.goto(canvas.launch_url(key, "1", course.link.id))
        page.wait_for_url(f"{course.base}/**")
        return page

    yield come
    for context in contexts:
        context.close()


def credential(course: Furnishing, page: str) -> str:
    """The address of one of the credential's own pages in the portfolio."""
    return f"{course.base}/portfolio/credentials/{course.program}/{course.credential}/{page}"


def test_pages_of_a_learner_who_begins(course: Furnishing, come: Come, looks: Looks) -> None:
    page = come(course.enrol("Noor", "Haddad"))
    looks.at(page, "home before beginning")
    page.goto(f"{course.base}/badges/")
    looks.at(page, "no badges yet")
    page.goto(credential(course, "begin"))
    looks.at(page, "before you start")
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_load_state()
    looks.at(page, "just begun")
    page.goto(f"{course.base}/")
    looks.at(page, "home just begun")
    page.goto(f"{course.base}/badges/")
    looks.at(page, "a badge on the way")
    page.get_by_role("link", name="Change what it shows").first.click()
    looks.at(page, "what a badge will show")
    page.get_by_label("That every criterion was met").check()
    page.get_by_role("button", name="Keep this choice").click()
    page.get_by_text("Kept. You can change it").wait_for()
    page.goto(f"{course.base}/")
    page.goto(credential(course, "baseline"))
    if page.get_by_role("link", name="Choose your focus").count():
        looks.at(page, "baseline before the focus")
        page.goto(credential(course, "focus"))
        looks.at(page, "focus")
        page.get_by_role("button", name="Keep this focus").click()
        looks.at(page, "focus with a fault")
        page.get_by_label("In a sentence or two").fill("How we listen.")
        page.get_by_role("button", name="Keep this focus").click()
        page.goto(credential(course, "baseline"))
    looks.at(page, "baseline")
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Finish the baseline").click()
    page.locator("[role=alert]").first.wait_for()
    looks.at(page, "baseline with faults")


def test_pages_of_a_learner_at_work(course: Furnishing, come: Come, looks: Looks) -> None:
    key = course.enrol("Mina", "Duarte")
    task = course.begin(key).url
    page = come(key)
    page.goto(credential(course, "baseline"))
    looks.at(page, "baseline finished")
    page.goto(task)
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")
    looks.at(page, "task with every form open", most_primaries=9)
    page.goto(task)
    submit = page.get_by_role("link", name="Check and submit").get_attribute("href")
    page.goto(f"{course.base}{submit}")
    looks.at(page, "submit with gaps")
    page.goto(task)
    page.get_by_label("Your text").first.fill("What one decision of mine assumed.")
    page.get_by_role("button", name="Save").first.click()
    page.locator("article.tile").first.wait_for()
    looks.at(page, "task with a text", most_primaries=9)

    # The same text changed in two windows, and a file that is not what it says
    other = page.context.new_page()
    other.goto(task)
    for window, words in ((page, "As I see it now."), (other, "As I saw it before.")):
        tile = window.locator("article.tile").first
        tile.get_by_label("Text", exact=True).fill(words)
        tile.get_by_role("button", name="Save").click()
    other.get_by_label("As it was saved in the other window").wait_for()
    looks.at(other, "task changed in two windows", most_primaries=9)
    other.close()
    page.goto(task)
    while not page.locator("input[type=file]").count():
        page.get_by_role("link", name=re.compile("^Next:")).click()
        page.wait_for_load_state()
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")
    form = page.locator("form:has(input[type=file])").first
    form.locator("input[type=file]").set_input_files(
        {"name": "notes.pdf", "mimeType": "application/pdf", "buffer": b"MZ not a document"}
    )
    form.get_by_role("button", name=re.compile("Add|Save")).click()
    page.locator("[role=alert]").first.wait_for()
    looks.at(page, "task with a file refused", most_primaries=9)
    page.goto(task)
    page.get_by_role("button", name="Remove").first.click()
    page.get_by_role("button", name="Bring it back").wait_for()
    looks.at(page, "task with something removed", most_primaries=9)
    page.goto(f"{course.base}/")
    looks.at(page, "home under way")


def test_pages_of_a_learner_who_submits(course: Furnishing, come: Come, looks: Looks) -> None:
    # Given everything made over HTTP, with files, links and texts; nothing submitted
    key = course.enrol("Lena", "Brooks")
    submit = course.make_everything(key)
    page = come(key)
    looks.at(page, "home when all is in place")
    page.goto(submit)
    looks.at(page, "submit without gaps")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Submit", exact=True).click()
    page.get_by_role("heading", name="Submitted", exact=True).wait_for()
    looks.at(page, "submitted")
    work = page.url.rsplit("/", 1)[1]
    page.goto(f"{course.base}/")
    looks.at(page, "home while waiting")
    # When it comes back
    course.assess(work, is_met=False)
    course.decide(work, is_met=False)
    page.goto(f"{course.base}/")
    looks.at(page, "home when returned")
    page.goto(f"{course.base}/portfolio/submissions/{work}")
    looks.at(page, "returned")
    page.locator(".hint-card .button").first.click()
    page.locator("article.tile").first.wait_for()
    looks.at(page, "task to be mended", most_primaries=9)


def test_pages_of_judges(course: Furnishing, come: Come, looks: Looks) -> None:
    open_work = course.submit(course.enrol("Tomas", "Weaver"))
    unmet = course.submit(course.enrol("Omar", "Quist"))
    course.assess(unmet, is_met=False)
    ben = come("ben")
    looks.at(ben, "home of a judge")
    ben.goto(f"{course.base}/review/")
    looks.at(ben, "queue")
    ben.goto(f"{course.base}/review/{open_work}")
    looks.at(ben, "desk before")
    ben.get_by_role("button", name="Start assessing").click()
    ben.locator("fieldset.criterion").first.wait_for()
    looks.at(ben, "desk")
    ben.locator("fieldset.criterion").first.get_by_role("radio").first.check()
    ben.get_by_role("button", name="Recommend").click()
    ben.locator("#fault").wait_for()
    looks.at(ben, "desk with faults")
    ben.goto(f"{course.base}/review/{unmet}")
    looks.at(ben, "work read only")
    cleo = come("cleo")
    cleo.goto(f"{course.base}/review/{unmet}")
    looks.at(cleo, "decide to return")
    cleo.get_by_role("button", name="Send back to Ben").click()
    cleo.locator("[role=alert]").wait_for()
    looks.at(cleo, "decide with a fault")
    course.assess(open_work_met := course.submit(course.enrol("Rosa", "Imai")))
    cleo.goto(f"{course.base}/review/{open_work_met}")
    looks.at(cleo, "decide to approve")
    cleo.get_by_role("button", name="Approve").click()
    cleo.wait_for_load_state()
    looks.at(cleo, "after deciding")


@pytest.mark.row("S6-24")
def test_pages_of_a_badge(course: Furnishing, come: Come, page: Page, looks: Looks) -> None:
    key = course.enrol("Hana", "Petit")
    work = course.submit(key)
    course.assess(work)
    course.decide(work)
    address = course.signed_badge(key)
    hana = come(key)
    looks.at(hana, "home when earned")
    hana.goto(f"{course.base}/portfolio/submissions/{work}")
    looks.at(hana, "approved")
    hana.goto(f"{course.base}/badges/")
    looks.at(hana, "my badges, private", most_primaries=0)
    hana.goto(address)
    looks.at(hana, "my badge, private")
    hana.get_by_role("link", name="Show it to one person").click()
    looks.at(hana, "sharing, private")
    hana.get_by_text("Make a link").click()
    hana.get_by_label("For whom").fill("Principal Okafor")
    hana.get_by_role("button", name="Make the link").click()
    hana.get_by_text("not opened yet").wait_for()
    link = hana.get_by_text("/badges/for/").inner_text()
    hana.get_by_role("link", name="For an employer").click()
    looks.at(hana, "preview of a face", most_primaries=0)
    hana.goto(address)
    hana.get_by_role("button", name="Share this badge").click()
    hana.get_by_role("button", name="Stop sharing").wait_for()
    looks.at(hana, "my badge, shared")
    hana.goto(f"{address}/sharing")
    hana.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")
    looks.at(hana, "sharing, public and unfolded")
    page.goto(link)
    looks.at(page, "behind a link", most_primaries=0)
    page.goto(f"{address}/embed")
    looks.at(page, "in other pages", most_primaries=0)
    hana.goto(f"{course.base}/badges/")
    looks.at(hana, "my badges, shared", most_primaries=0)

    page.goto(address)
    page.locator(".seal summary").click()
    looks.at(page, "share page")
    achievement = page.get_by_role("link", name="What it takes to earn this badge")
    file = page.request.get(f"{address}.json").body()
    achievement.click()
    looks.at(page, "achievement")
    page.goto(f"{course.base}/verify")
    looks.at(page, "verify")
    for name, content, verdict in (
        ("genuine", file, "valid"),
        ("changed", file.replace(b"Points in total", b"Points in all"), "not-valid"),
    ):
        page.set_input_files(
            "#badge", {"name": "badge.json", "mimeType": "application/json", "buffer": content}
        )
        page.get_by_role("button", name="Check this badge").click()
        page.locator(f".verdict-{verdict}").wait_for()
        looks.at(page, f"verify, {name}")
    page.get_by_label("or paste it").fill(bundled(file))
    page.get_by_role("button", name="Check this badge").click()
    page.locator(".inside summary").click()
    looks.at(page, "verify, a record by nobody known")
    page.goto(f"{course.base}/verify")
    page.get_by_role("button", name="Check this badge").click()
    page.wait_for_load_state()
    looks.at(page, "verify, nothing given")

    # Where the LMS told no address
    with sessions(course.installation.engine).begin() as session:
        find(session, public_id=address.rsplit("/", 1)[1]).recipient_type = "identifier"
    hana.goto(f"{course.base}/badges/")
    hana.get_by_label("Your e-mail address").wait_for()
    looks.at(hana, "my badges, asked for an address", most_primaries=0)
    hana.locator("form[action$=address]").evaluate("one => { one.noValidate = true }")
    hana.get_by_role("button", name="Make my badges out to it").click()
    hana.locator(".fault").wait_for()
    looks.at(hana, "my badges, asked again", most_primaries=0)

    # And once it is taken back
    with sessions(course.installation.engine).begin() as session:
        award = find(session, public_id=address.rsplit("/", 1)[1])
        awards.revoke(session, award, reason="Awarded by mistake.", actor=None, now=now())
    page.goto(address)
    page.get_by_text("Awarded by mistake.").first.wait_for()
    looks.at(page, "share page, revoked", most_primaries=0)
    hana.goto(address)
    looks.at(hana, "my badge, revoked", most_primaries=0)
    hana.goto(f"{course.base}/badges/")
    looks.at(hana, "my badges, revoked", most_primaries=0)


def find(session: Session, *, public_id: str) -> Award:
    """The award of this address."""
    return session.scalars(select(Award).where(Award.public_id == public_id)).one()


def settle(course: Furnishing, sub: str, state: DeliveryState) -> None:
    """Let one person's newest score end in a state that no worker leaves by itself."""
    with sessions(course.installation.engine).begin() as session:
        delivery = session.scalars(
            select(ScoreDelivery)
            .where(ScoreDelivery.sub == sub)
            .order_by(ScoreDelivery.id.desc())
            .limit(1)
        ).one()
        delivery.state = state
        refused = state is DeliveryState.NEEDS_PERSON
        delivery.trouble = Trouble.REFUSED if refused else Trouble.NONE
        delivery.last_error = "User not found in course" if refused else ""


def look_at_candidates(course: Furnishing, dora: Page, sub: str, looks: Looks) -> None:
    """Let three columns fit, as if the worker had found them, and look at the choice."""
    with sessions(course.installation.engine).begin() as session:
        delivery = session.scalars(
            select(ScoreDelivery)
            .where(ScoreDelivery.sub == sub)
            .order_by(ScoreDelivery.id.desc())
            .limit(1)
        ).one()
        column, column_id = delivery.line_item, delivery.line_item_id
        column.candidates = written(
            Candidate(
                f"https://lms.example/{number}", "Field journal", "12", "cairn", "r-1", number
            )
            for number in range(3)
        )
    dora.goto(f"{course.base}/grades/columns/{column_id}")
    dora.get_by_role("heading", name="Which column is it?").wait_for()
    looks.at(dora, "which column")
    dora.get_by_role("button", name="Use this column").click()
    dora.locator("[role=alert]").wait_for()
    looks.at(dora, "which column, nothing chosen")
    with sessions(course.installation.engine).begin() as session:
        session.get_one(LineItem, column_id).candidates = []
    dora.goto(f"{course.base}/grades/columns/{column_id}")
    looks.at(dora, "which column, nothing to choose")


def test_pages_of_an_instructor(
    canvas: Installation, course: Furnishing, come: Come, looks: Looks
) -> None:
    # Given one score that the LMS takes, and one that it does not
    course.submit(course.enrol("Eli", "Novak"))
    dora = come("dora")
    looks.at(dora, "home of an instructor")
    dora.goto(f"{course.base}/grades/")
    looks.at(dora, "deliveries")
    parked = course.enrol("Noor", "Haddad")
    course.submit(parked)
    sub = canvas.school.school.person(parked).sub
    for state in (DeliveryState.NEEDS_PERSON, DeliveryState.OVERRIDDEN):
        settle(course, sub, state)
        dora.goto(f"{course.base}/grades/")
        dora.get_by_text("Noor Haddad").first.wait_for()
        looks.at(dora, f"deliveries, one {state.value}")
    dora.get_by_role("link", name=re.compile("Replace it")).click()
    dora.get_by_role("heading", name="Replace the grade of Noor Haddad?").wait_for()
    looks.at(dora, "replace a grade")
    look_at_candidates(course, dora, sub, looks)
    noor = come(parked)
    noor.goto(f"{course.base}/grades/mine")
    looks.at(noor, "own grades", most_primaries=0)
    settle(course, sub, DeliveryState.DELIVERED)
    canvas.school.faults.switch_on("all", "down")
    try:
        course.submit(course.enrol("Ines", "Roth"))
        waiting = dora.get_by_text(re.compile("Waiting until|Not known yet|On its way|Being sent"))
        for _look in range(60):
            dora.goto(f"{course.base}/grades/")
            if waiting.count():
                break
            dora.wait_for_timeout(300)
        looks.at(dora, "deliveries while the LMS is down")
    finally:
        canvas.school.faults.switch_off()
        course.sends_again()
    # And a link that opens nothing yet, and the picker
    unbound = canvas.school.add_link("1", "Not bound yet")
    dora.goto(canvas.launch_url("dora", "1", unbound.id))
    dora.get_by_role("heading", name="What shall this link open?").wait_for()
    looks.at(dora, "choose for a link")
    dora.get_by_role("button", name="Open this").click()
    dora.locator("[role=alert]").wait_for()
    looks.at(dora, "choose for a link, nothing chosen")
    dora.goto(f"{canvas.lms.url}/courses/1/deep-link?as=dora&target=window")
    dora.get_by_role("heading", name="What shall this course offer?").wait_for()
    looks.at(dora, "picker")
    learner = come("fay")
    learner.goto(canvas.launch_url("fay", "1", unbound.id))
    learner.get_by_role("heading", name="not set up yet").wait_for()
    looks.at(learner, "not set up yet")


def test_public_pages(course: Furnishing, page: Page, looks: Looks) -> None:
    addresses = {
        "catalogue": "/programs/",
        "program": f"/programs/{course.program}",
        "credential": f"/programs/{course.program}/{course.credential}",
        "not signed in": "/review/",
        "nothing here": "/nowhere",
        "launch by a link": "/lti/launch",
        "login without an issuer": "/lti/login",
        "login of nobody we know": "/lti/login?iss=https%3A%2F%2Flms.example&login_hint=1",
        "badge that is nobody's": "/badges/AAAAAAAAAAAAAAAAAAAAAA",
    }
    for name, address in addresses.items():
        page.goto(f"{course.base}{address}")
        looks.at(page, name)
    page.goto(f"{course.base}/programs/")
    others = page.locator(".sheet h2 a").evaluate_all("links => links.map(link => link.href)")
    for number, address in enumerate(others[1:]):
        page.goto(address)
        looks.at(page, f"program {number + 2}", tabs=False)
    page.goto(f"{course.base}/programs/lausd-english-learners/tk-12-english-learner")
    looks.at(page, "credential of six works")


def test_pages_of_an_administrator(
    canvas: Installation, course: Furnishing, page: Page, looks: Looks
) -> None:
    # Given a deployment nobody has approved
    other = canvas.school.school.courses["2"]
    known, other.deployment_id = other.deployment_id, "a-deployment-nobody-knows"
    link = next(one for one in canvas.school.school.links.values() if one.course_id == "2")
    page.goto(canvas.launch_url("ivan", "2", link.id))
    page.locator("meta[name=lti-problem]").wait_for(state="attached")
    looks.at(page, "deployment pending")
    other.deployment_id = known
    with sessions(canvas.engine).begin() as session:
        token = sign_in_links.make(session, now=now())
    page.goto(f"{course.base}/admin/sign-in/{token}")
    looks.at(page, "sign in")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Is everything connected?").wait_for()
    looks.at(page, "administration")
    page.get_by_role("link", name="People").click()
    looks.at(page, "people")
    page.get_by_role("searchbox").fill("a")
    page.get_by_role("button", name="Find").click()
    page.locator(".cards").wait_for()
    looks.at(page, "people found")
    page.get_by_role("link", name="Ben Castillo").click()
    page.get_by_role("button", name="Appoint").wait_for()
    looks.at(page, "person")
    page.goto(f"{course.base}/admin/sign-in/{token}")
    looks.at(page, "sign in again by a used link")


def test_the_practice_lms_around_the_tool(
    canvas: Installation, course: Furnishing, come: Come, looks: Looks
) -> None:
    page = come("dora")
    for name, address in {
        "activity": f"/courses/1/links/{course.link.id}",
        "add from the tool": "/courses/1/add",
        "gradebook": "/courses/1/gradebook",
    }.items():
        page.goto(canvas.lms.url)
        page.select_option("#person", "dora")
        page.get_by_role("button", name="Switch").click()
        page.goto(f"{canvas.lms.url}{address}")
        looks.at(page, f"LMS: {name}", tabs=False)
