"""The pages of those who look on: officers, assistants, observers, guests and previews."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from lti_tool.database import sessions
from lti_tool.launch.models import ResourceLink
from lti_tool.people.models import Person, Visit
from lti_tool.people.roles import Role
from tests.browser.furnishing import Furnishing
from tests.browser.looks import Looks
from tests.browser.test_every_page import Come, come

__all__ = ["come"]

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]


def test_pages_of_those_who_look_on(course: Furnishing, come: Come, looks: Looks) -> None:
    # Given two of one name: a learner with a decision, and one who has just come
    come(course.enrol("Ines", "Roth"))
    key = course.enrol("Ines", "Roth")
    work = course.submit(key)
    course.assess(work, is_met=False)
    course.decide(work, is_met=False)
    come(key)
    dora = come("dora")

    def looks_on(name: str, **changed: Any) -> None:
        with sessions(course.installation.engine).begin() as session:
            newest = session.scalars(select(Visit).order_by(Visit.id.desc()).limit(1)).one()
            for column, value in changed.items():
                setattr(newest, column, value)
        dora.goto(f"{course.base}/")
        looks.at(dora, name)

    with sessions(course.installation.engine)() as session:
        everybody = list(session.scalars(select(Person.id)))
        link_id = session.scalars(select(ResourceLink.id).limit(1)).one()
    looks_on("home of an officer", role=Role.OFFICER)
    looks_on("home of an assistant", role=Role.ASSISTANT)
    looks_on("home of an observer of nobody", role=Role.OBSERVER)
    looks_on("home of an observer", role=Role.OBSERVER, watched=everybody)
    due = {"opens": "2026-11-01T06:00:00+00:00", "due": "2026-12-05T18:00:00+00:00"}
    looks_on("home of a preview", role=Role.LEARNER, is_preview=True, dates=due)
    dora.get_by_text("as your course says").first.wait_for()
    # An LMS that promised groups and does not tell them

    def promises_groups(address: str | None) -> None:
        with sessions(course.installation.engine).begin() as session:
            session.get_one(ResourceLink, link_id).groups_url = address

    promises_groups("http://127.0.0.1:9/groups")
    looks_on(
        "home where there are groups",
        role=Role.INSTRUCTOR,
        is_preview=False,
        resource_link_id=link_id,
    )
    dora.get_by_role("link", name="Groups of the course").click()
    dora.get_by_role("heading", name="Groups of this course").wait_for()
    looks.at(dora, "groups", most_primaries=0)
    promises_groups(None)
