"""A link of a copied course opens what its origin opened (T-121, T-137)."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from lti_tool.certification.platform import INSTRUCTOR
from lti_tool.database import sessions
from lti_tool.launch.models import ContextOrigin, Registration, ResourceLink
from lti_tool.people.models import AuditEvent
from lti_tool.programs.models import Credential
from tests.builders import a_credential_version
from tests.launch.kit import Browser, Platform

pytestmark = [pytest.mark.row("T-137"), pytest.mark.row("T-121")]

Copied = Callable[..., None]


@pytest.fixture
def slugs(engine: Engine) -> tuple[str, str]:
    """Two credentials of two programs."""
    with sessions(engine).begin() as session:
        versions = a_credential_version(slug="journal"), a_credential_version(slug="listening")
        session.add_all(versions)
        return versions[0].credential.slug, versions[1].credential.slug


@pytest.fixture
def copied(engine: Engine, platform: Platform) -> Copied:
    """Note a copy, as a notice would."""

    def note(copy: str, origin: str) -> None:
        with sessions(engine).begin() as session:
            session.add(
                ContextOrigin(
                    registration_id=session.scalars(
                        select(Registration.id).where(Registration.client_id == platform.client_id)
                    ).one(),
                    context_id=copy,
                    origin_id=origin,
                    copied_at=datetime.now(UTC),
                )
            )

    return note


def come(browser: Browser, course: str, link: str, title: str = "Journal", **more: Any) -> str:
    """An instructor's launch; where it leads."""
    answer = browser.launch(
        roles=[INSTRUCTOR],
        context={"id": course, "title": course},
        resource_link={"id": link, "title": title},
        **more,
    )
    assert answer.status_code == 303, answer.text
    return answer.location


def opened(engine: Engine, link: str) -> str | None:
    """The slug of what a link opens."""
    with sessions(engine)() as session:
        return session.scalar(
            select(Credential.slug)
            .join(ResourceLink, ResourceLink.credential_id == Credential.id)
            .where(ResourceLink.resource_link_id == link)
        )


def test_a_copied_link_opens_what_its_origin_opens(
    browser: Browser, engine: Engine, slugs: tuple[str, str], copied: Copied
) -> None:
    come(browser, "fall", "f-1", custom={"credential": slugs[0]})
    come(browser, "fall", "f-2", "Listening", custom={"credential": slugs[1]})
    copied("spring", "fall")

    assert come(browser, "spring", "s-1", " journal ") == "/"
    assert come(browser, "spring", "s-2", "Listening") == "/"

    assert (opened(engine, "s-1"), opened(engine, "s-2")) == slugs
    with sessions(engine)() as session:
        written = session.scalars(
            select(AuditEvent).where(AuditEvent.action == "launch.open-as-origin")
        ).all()
    assert [event.actor_id for event in written] == [None, None]


def test_without_a_known_origin_somebody_has_to_choose(
    browser: Browser, engine: Engine, slugs: tuple[str, str]
) -> None:
    come(browser, "fall", "f-1", custom={"credential": slugs[0]})

    assert come(browser, "spring", "s-1") != "/"
    assert opened(engine, "s-1") is None


def test_a_notice_that_came_after_the_first_launch_still_helps(
    browser: Browser, engine: Engine, slugs: tuple[str, str], copied: Copied
) -> None:
    come(browser, "fall", "f-1", custom={"credential": slugs[0]})
    come(browser, "spring", "s-1")
    copied("spring", "fall")

    assert come(browser, "spring", "s-1") == "/"
    assert opened(engine, "s-1") == slugs[0]


@pytest.mark.parametrize("name", ["context_history", "context_id_history"])
def test_the_launch_itself_may_say_where_the_course_came_from(
    browser: Browser, engine: Engine, slugs: tuple[str, str], name: str
) -> None:
    """`$Context.id.history`: comma-separated, URL-encoded, the newest copy first."""
    come(browser, "fall,2025", "f-1", custom={"credential": slugs[0]})
    come(browser, "long-ago", "l-1", custom={"credential": slugs[1]})

    come(browser, "spring", "s-1", custom={name: "never-seen, fall%2C2025,long-ago"})

    assert opened(engine, "s-1") == slugs[0]


def test_an_unexpanded_variable_says_nothing(
    browser: Browser, engine: Engine, slugs: tuple[str, str]
) -> None:
    come(browser, "$Context.id.history", "f-1", custom={"credential": slugs[0]})

    come(browser, "spring", "s-1", custom={"context_history": "$Context.id.history"})

    assert opened(engine, "s-1") is None


def test_a_copy_of_a_copy_leads_back_to_the_first(
    browser: Browser, engine: Engine, slugs: tuple[str, str], copied: Copied
) -> None:
    come(browser, "year-1", "y-1", custom={"credential": slugs[0]})
    copied("year-2", "year-1")
    copied("year-3", "year-2")
    copied("year-1", "year-3")  # copied back: nobody runs in circles

    come(browser, "year-3", "y-3")

    assert opened(engine, "y-3") == slugs[0]


def test_the_link_the_lms_names_counts_before_any_title(
    browser: Browser, engine: Engine, slugs: tuple[str, str], copied: Copied
) -> None:
    come(browser, "fall", "f-1", "Journal", custom={"credential": slugs[0]})
    come(browser, "fall", "f-2", "Listening", custom={"credential": slugs[1]})
    copied("spring", "fall")

    come(
        browser, "spring", "s-1", "Journal",
        custom={"resource_link_id_history": "unknown,f-2"},
    )  # fmt: skip

    assert opened(engine, "s-1") == slugs[1]


def test_where_two_links_fit_somebody_has_to_choose(
    browser: Browser, engine: Engine, slugs: tuple[str, str], copied: Copied
) -> None:
    come(browser, "fall", "f-1", "Week 1", custom={"credential": slugs[0]})
    come(browser, "fall", "f-2", "Week 1", custom={"credential": slugs[1]})
    copied("spring", "fall")

    come(browser, "spring", "s-1", "Week 1")
    come(browser, "spring", "s-2", "Something new")

    assert (opened(engine, "s-1"), opened(engine, "s-2")) == (None, None)


def test_what_the_link_says_itself_counts_more(
    browser: Browser, engine: Engine, slugs: tuple[str, str], copied: Copied
) -> None:
    come(browser, "fall", "f-1", custom={"credential": slugs[0]})
    copied("spring", "fall")

    come(browser, "spring", "s-1", custom={"credential": slugs[1]})

    assert opened(engine, "s-1") == slugs[1]


def test_courses_of_another_platform_are_nobodys_origin(
    browser: Browser, app: Flask, engine: Engine, slugs: tuple[str, str], platform: Platform
) -> None:
    other = Platform(platform.server, issuer="https://other.example.edu", client_id="tool-7")
    other.register(engine)
    come(Browser(app.test_client(), other), "fall", "f-1", custom={"credential": slugs[0]})

    come(
        browser, "spring", "s-1",
        custom={"context_history": "fall", "link_history": "f-1"},
    )  # fmt: skip

    assert opened(engine, "s-1") is None


def test_a_copied_link_to_a_stage_opens_that_stage(
    browser: Browser, engine: Engine, copied: Copied
) -> None:
    """T-121: the column it brings along is that of the stage."""
    with sessions(engine).begin() as session:
        version = a_credential_version(slug="steps", parts=2)
        session.add(version)
        program = version.credential.program.slug
    stage = {"program": program, "credential": "steps", "part": "part-2"}
    come(browser, "old", "old-1", custom=stage)
    copied("new", "old")

    come(browser, "new", "new-1")

    assert opened(engine, "new-1") == "steps"
    with sessions(engine)() as session:
        link = session.scalars(
            select(ResourceLink).where(ResourceLink.resource_link_id == "new-1")
        ).one()
        assert link.part_slug == "part-2"
