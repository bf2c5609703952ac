"""The badge of a stack, what it is made of, and a badge from elsewhere that is to count."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from lti_tool.badges import open_badges_3
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import StackBadge
from lti_tool.database import sessions
from lti_tool.keyring import Key, Purpose
from lti_tool.people.models import Person
from lti_tool.sealing import baking, proofs
from lti_tool.stacks import proposals
from lti_tool.stacks.models import StackProposal
from lti_tool.walk.installation import Installation, now
from tests.badges.workshop import NOON, an_award
from tests.browser.furnishing import Furnishing
from tests.browser.looks import Looks
from tests.browser.test_every_page import Come, come
from tests.browser.test_office_pages import signs_in
from tests.browser.test_stack_pages import earns, stacks
from tests.builders import a_credential_version

__all__ = ["come"]

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]


def from_elsewhere(person: Person) -> bytes:
    """A genuine badge of an issuer who is its own key, made out to somebody."""
    key = Key.new(Purpose.BADGE_PROOF)
    did = f"did:key:{key.kid}"
    award = an_award(a_credential_version(title="Tides"), person)
    document = open_badges_3.credential(award, Addresses("https://river.example.org"))
    document["issuer"] = {"id": did, "type": ["Profile"], "name": "River Office"}
    del document["credentialStatus"]
    signed = proofs.sign(document, key, f"{did}#{key.kid}", created=NOON)
    return json.dumps(signed).encode()


def opened(page: Page) -> None:
    """Every part of a page that can be folded away."""
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")


def test_pages_of_a_stacks_badge(
    canvas: Installation, course: Furnishing, come: Come, looks: Looks
) -> None:
    # Given Uma, whose stack was awarded and signed
    key = course.enrol("Uma", "Sol")
    course.visitor(key)
    *_, stack = stacks(course)
    earns(course, "Uma Sol", *stack["members"])
    with sessions(canvas.engine).begin() as session:
        uma = session.scalars(select(Person).where(Person.name == "Uma Sol")).one()
        waiting = session.scalars(select(StackProposal).where(StackProposal.person_id == uma.id))
        cleo = session.scalars(select(Person).where(Person.name.like("Cleo%"))).one()
        proposals.approve(session, waiting.one(), by=cleo, now=now())
        badge = session.scalars(select(StackBadge).where(StackBadge.person_id == uma.id)).one()
        number, public_id = badge.program_version.number, badge.public_id
        parts = [part["badge"] for part in badge.parts]

    # When she looks at it, and at what it is and is made of
    page = come(key)
    page.goto(f"{course.base}/badges/{public_id}")
    while not page.get_by_role("link", name="as PNG").count():  # the worker signs it; limited
        page.wait_for_timeout(200)
        page.reload()
    opened(page)
    looks.at(page, "the badge of a stack", most_primaries=3)
    assert len(parts) == len(stack["members"])
    with page.expect_download() as download:
        page.get_by_role("link", name="as PNG").click()
    record = baking.extract(download.value.path().read_bytes())
    assert (record.format, record.picture) == (baking.CLR_2, "PNG")
    page.goto(f"{course.base}/badges/stacks/{course.program}/{stack['slug']}/v{number}")
    looks.at(page, "a stack that can be earned")
    page.locator("#criteria a").first.click()
    page.get_by_role("heading", name="What it counts towards").wait_for()
    looks.at(page, "a part that can be earned and what it counts towards")
    page.get_by_role("link", name=stack["title"], exact=True).click()
    page.get_by_role("heading", name=stack["title"]).first.wait_for()


def test_pages_of_a_badge_from_elsewhere(
    canvas: Installation, course: Furnishing, come: Come, looks: Looks
) -> None:
    key = course.enrol("Vito", "Marsh")
    course.visitor(key)
    *_, stack = stacks(course)
    earns(course, "Vito Marsh", *stack["members"][1:])
    with sessions(canvas.engine)() as session:
        vito = session.scalars(select(Person).where(Person.name == "Vito Marsh")).one()
        badge = from_elsewhere(vito)
    page = come(key)
    page.goto(f"{course.base}/stacks/of/{course.program}/{stack['slug']}")

    def hand_in(content: bytes) -> None:
        opened(page)
        page.get_by_label("The badge's file").set_input_files(
            {"name": "tides.json", "mimeType": "application/json", "buffer": content}
        )
        page.get_by_role("button", name="Check it and hand it in").click()

    opened(page)
    looks.at(page, "a stack to which a badge from elsewhere is brought")
    hand_in(b"no badge at all")
    page.get_by_role("alert").first.wait_for()
    looks.at(page, "a badge from elsewhere that was refused")
    hand_in(badge)
    page.get_by_text("An approver looks at it").wait_for()
    opened(page)
    looks.at(page, "a badge from elsewhere that waits")

    desk = come("cleo")
    desk.goto(f"{course.base}/stacks/desk")
    brought = desk.get_by_role("region", name="From elsewhere: Vito Marsh")
    opened(desk)
    looks.at(desk, "a badge from elsewhere to consent to")
    brought.get_by_role("button", name="Do not let it count").click()
    brought.get_by_role("alert").wait_for()
    opened(desk)
    looks.at(desk, "a badge from elsewhere declined without a reason")
    brought.get_by_role("button", name=re.compile("^Let it count")).click()
    desk.get_by_role("region", name="Waiting: Vito Marsh").wait_for()
    page.reload()
    page.get_by_text("Counts", exact=True).wait_for()


def test_pages_of_an_issuers_mark(
    canvas: Installation, course: Furnishing, page: Page, looks: Looks
) -> None:
    signs_in(canvas, page, course.base)
    page.goto(f"{course.base}/issuers/demonstration/mark")
    looks.at(page, "an issuer without a mark")

    def hand_in(inside: str) -> None:
        drawing = (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">'
            f'<rect width="10" height="10" fill="#b00020"/>{inside}</svg>'
        )
        page.get_by_label("file").set_input_files(
            {"name": "mark.svg", "mimeType": "image/svg+xml", "buffer": drawing.encode()}
        )
        page.get_by_role("button", name="Use this mark").click()

    hand_in("<script>1</script>")
    page.get_by_role("alert").wait_for()
    looks.at(page, "a mark that was refused")
    hand_in("")
    page.get_by_text("Badges bear it from now on").wait_for()
    looks.at(page, "an issuer's mark")
    page.goto(f"{course.base}/issuers/demonstration")
    page.get_by_role("link", name="Look at it or change it").click()
    page.get_by_role("button", name="Remove the mark").click()
    page.get_by_text("The mark is gone").wait_for()
