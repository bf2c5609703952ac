"""A district connects its LMS: from the pasted address to a health check, in both moods."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from lti_tool.database import sessions
from lti_tool.launch.models import Deployment, DeploymentState, Registration
from lti_tool.people import sign_in_links
from lti_tool.people.models import Course
from lti_tool.practice_lms import PracticeLms, RunningLms, serve
from lti_tool.practice_lms.mood import SCOPE_SCORE
from lti_tool.roster.models import Roster
from lti_tool.walk.installation import Installation, now
from tests.browser.conftest import make_context
from tests.browser.looks import Looks
from tests.browser.people import Room

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]


@pytest.fixture(params=["canvas", "moodle"])
def newcomer(request: pytest.FixtureRequest, canvas: Installation) -> Iterator[RunningLms]:
    """An LMS that the running tool has never heard of."""
    school = PracticeLms(mood=request.param, base_url="", tool_url=canvas.settings.base_url)
    running = serve(school)
    yield running
    running.stop()


@pytest.fixture
def office(browser: Browser, canvas: Installation) -> Iterator[Page]:
    """Whoever runs the tool, signed in to its administration."""
    context = make_context(browser)
    yield signed_in(context.new_page(), canvas)
    context.close()


def signed_in(page: Page, canvas: Installation) -> Page:
    with sessions(canvas.engine).begin() as session:
        token = sign_in_links.make(session, now=now())
    page.goto(f"{canvas.settings.base_url}/admin/sign-in/{token}")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Is everything connected?").wait_for()
    return page


def an_address(office: Page, canvas: Installation, lms: str) -> str:
    """Make a registration address on the page, and read it there."""
    office.goto(f"{canvas.settings.base_url}/admin/connect")
    office.get_by_role("link", name=lms, exact=True).click()
    office.get_by_role("button", name="Make a registration address").click()
    return office.locator("[data-copy='the registration address']").inner_text().strip()


def closes(room: Room) -> None:
    """Press the button that takes its page away, perhaps before the press has answered."""
    with suppress(Error):
        room.get_by_role("button", name="Close this page").click()


@pytest.mark.row("T-130")
@pytest.mark.row("T-132")
@pytest.mark.row("T-133")
def test_from_the_pasted_address_to_the_health_check(
    newcomer: RunningLms, canvas: Installation, office: Page, page: Page, looks: Looks
) -> None:
    is_moodle = newcomer.lms.mood.name == "moodle"

    # Given an address made in the office, which now watches
    address = an_address(office, canvas, "Moodle" if is_moodle else "Canvas")
    expect(office.get_by_text("Waiting for the LMS to register")).to_be_visible()
    looks.at(office, f"invitation for {newcomer.lms.mood.name}", most_primaries=0)

    # When the LMS's administrator pastes it, reads, and presses the button in the LMS's frame
    page.goto(f"{newcomer.url}/tools")
    page.get_by_label("Registration address").fill(address)
    page.get_by_role("button", name="Add LTI Advantage" if is_moodle else "Continue").click()
    frame = page.frame_locator("#tool")
    expect(frame.get_by_role("heading", name=re.compile("Register Cairn with"))).to_be_visible()
    expect(frame.get_by_text("write scores into its own columns")).to_be_visible()
    frame.get_by_role("button", name="Register Cairn").click()
    expect(frame.get_by_role("heading", name="Cairn is registered")).to_be_visible()
    if is_moodle:
        expect(frame.get_by_text("Activate", exact=True)).to_be_visible()
    closes(frame)

    # Then the LMS closes the dialogue, and somebody switches the entry on
    page.wait_for_url(f"{newcomer.url}/tools")
    expect(page.get_by_text("pending")).to_be_visible()
    page.get_by_role("button", name="Activate" if is_moodle else "Install").click()
    expect(page.get_by_text("active")).to_be_visible()

    # And the office has seen it without being asked
    office.get_by_role("link", name="Go on to the first launch").click()
    heading = office.get_by_role("heading", name=re.compile("^Is .* connected"))
    expect(heading).to_be_visible()

    # When somebody opens the tool
    link = newcomer.lms.add_link("1", "Field journal")
    launch = f"{newcomer.url}/courses/1/links/{link.id}/launch?as=dora&target=window"
    page.goto(launch)
    if not is_moodle:
        # Canvas's deployment is only known from its first launch, and waits
        page.locator("meta[name=lti-problem][content=deployment-pending]").wait_for(
            state="attached"
        )
        office.get_by_role("button", name="Approve").click()
        page.goto(launch)
    page.wait_for_url(f"{canvas.settings.base_url}/**")
    expect(page.locator(".who")).to_contain_text("Dora Lindqvist")

    # Then the page says so by itself, and the health check finds nothing amiss
    expect(office.get_by_text("Somebody came in")).to_be_visible()
    office.get_by_role("button", name="Look now").click()
    expect(office.get_by_text("Nothing needs anybody")).to_be_visible()
    expect(office.get_by_text("A column was made in")).to_be_visible()
    looks.at(office, f"health of {newcomer.lms.mood.name}")


@pytest.mark.row("T-130")
def test_a_window_of_its_own_is_closed_too(
    newcomer: RunningLms, canvas: Installation, office: Page, page: Page
) -> None:
    address = an_address(office, canvas, "Another LMS")
    page.goto(f"{newcomer.url}/tools")
    page.get_by_label("Registration address").fill(address)
    page.get_by_label(SCOPE_SCORE.rsplit("/", 1)[-1], exact=True).uncheck()
    page.locator("main form.fields button").click()

    with page.expect_popup() as opened:
        page.get_by_role("link", name="Open it in a window instead").click()
    window = opened.value
    window.get_by_role("button", name="Register Cairn").click()
    expect(window.get_by_text("no score reaches the gradebook")).to_be_visible()
    with window.expect_event("close"):
        closes(window)

    page.wait_for_url(f"{newcomer.url}/tools")
    expect(page.get_by_text("pending")).to_be_visible()


def test_without_scripts_the_way_is_the_same(
    browser: Browser, newcomer: RunningLms, canvas: Installation
) -> None:
    context = make_context(browser, java_script_enabled=False)
    page = signed_in(context.new_page(), canvas)
    address = an_address(page, canvas, "Canvas")
    watching = page.url
    page.goto(newcomer.lms.registrations.begin(address))
    page.get_by_role("button", name="Register Cairn").click()
    expect(page.get_by_text("Close this window")).to_be_visible()
    expect(page.get_by_role("button", name="Close this page")).to_have_count(0)

    page.goto(watching)
    page.get_by_role("link", name="Go on to the first launch").click()
    expect(page.get_by_role("link", name="Check again")).to_be_visible()
    context.close()


def test_values_are_copied_by_a_button(browser: Browser, canvas: Installation) -> None:
    context = make_context(browser, permissions=["clipboard-read", "clipboard-write"])
    page = signed_in(context.new_page(), canvas)
    page.goto(f"{canvas.settings.base_url}/admin/connect/canvas")

    page.get_by_role("button", name="Copy JSON URL").click()

    expect(page.get_by_role("button", name="Copied JSON URL")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{canvas.settings.base_url}/lti/canvas.json"
    context.close()


def test_pages_of_connecting(
    newcomer: RunningLms, canvas: Installation, office: Page, page: Page, looks: Looks
) -> None:
    base = canvas.settings.base_url
    office.goto(f"{base}/admin/connect")
    looks.at(office, "which LMS", most_primaries=0)
    for lms in ("canvas", "moodle", "other"):
        office.goto(f"{base}/admin/connect/{lms}")
        office.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")
        looks.at(office, f"guide for {lms}")
    office.get_by_label("What you call it").fill("The college")
    office.get_by_role("button", name="Register by hand").click()
    office.locator("[aria-invalid=true]").first.wait_for()
    looks.at(office, "by hand with faults")
    address = an_address(office, canvas, "Canvas")
    page.goto(newcomer.lms.registrations.begin(address))
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")
    looks.at(page, "register")
    page.get_by_role("button", name="Register Cairn").click()
    page.get_by_role("heading", name="Cairn is registered").wait_for()
    looks.at(page, "registered")
    page.goto(f"{base}/lti/register?invitation=made-up")
    looks.at(page, "not registered")
    office.get_by_role("link", name="Go on to the first launch").click()
    office.get_by_role("heading", name=re.compile("^Is .* connected")).wait_for()
    looks.at(office, "platform waiting", most_primaries=1)
    office.get_by_role("button", name="Look now").click()
    office.get_by_role("button", name="Look again").wait_for()
    looks.at(office, "platform looked at", most_primaries=1)
    office.get_by_role("link", name=re.compile("^Change what")).click()
    office.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")
    looks.at(office, "settings of a platform")
    office.get_by_label("What you call it").fill("")
    office.get_by_role("button", name="Save").click()
    office.locator("[aria-invalid=true]").first.wait_for()
    looks.at(office, "settings with a fault")

    # And where the background could not read a roster
    number = int(office.url.split("/platforms/")[1].split("/")[0])
    with sessions(canvas.engine).begin() as session:
        deployment = Deployment(
            registration=session.get_one(Registration, number),
            deployment_id="77",
            state=DeploymentState.BLOCKED,
            first_seen_at=now(),
        )
        course = Course(title="Spring, third period", created_at=now())
        words = "The LMS answered with status 403: " + "no such scope, " * 20
        session.add(
            Roster(deployment=deployment, course=course, next_at=now(), failures=3, words=words)
        )
    office.goto(f"{base}/admin/connect/platforms/{number}")
    office.get_by_role("heading", name="Rosters that could not be read").wait_for()
    looks.at(office, "platform with a roster that cannot be read", most_primaries=1)
