"""A link to one stage: the page shows that stage's next step (T-097)."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from lti_tool.database import sessions
from lti_tool.launch.models import ResourceLink
from lti_tool.people.models import Person
from lti_tool.portfolio.models import Enrolment
from lti_tool.programs.models import CredentialVersion
from tests.builders import a_credential_version
from tests.home.test_views import Town
from tests.portfolio.studio import begun, decided, enter, handed_in, rated

pytestmark = pytest.mark.row("T-097")

Act = Callable[[Session, Enrolment], Any]


class Staged(Town):
    """The town with a credential in three stages, and a link to the second."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.steps = a_credential_version(
            program_version=self.program, title="Three steps", parts=3
        )
        session.add(self.steps)
        self.link.credential = self.steps.credential
        self.link.part_slug = "part-2"
        session.flush()


@pytest.fixture
def town(engine: Engine) -> Staged:
    """One link to one stage."""
    with sessions(engine).begin() as session:
        return Staged(session)


def page_after(app: Flask, engine: Engine, town: Staged, *acts: Act, part: str = "part-2") -> str:
    """Ada's home by the link, after she has begun and done these things."""
    with sessions(engine).begin() as session:
        session.get_one(ResourceLink, town.link.id).part_slug = part
        if acts:
            version = session.get_one(CredentialVersion, town.steps.id)
            enrolment = begun(session, session.get_one(Person, town.ada.id), version)
            for act in acts:
                act(session, enrolment)
    return enter(app, town.ada, course=town.course, link=town.link.id).get("/").text


def nothing(session: Session, enrolment: Enrolment) -> None:
    """Only begun."""


def test_before_beginning_the_stage_is_named(app: Flask, engine: Engine, town: Staged) -> None:
    page = page_after(app, engine, town)

    assert "its stage “Part 2”" in page
    assert "Before you start" in page


def test_the_baseline_comes_first_all_the_same(app: Flask, engine: Engine, town: Staged) -> None:
    assert "Begin your baseline" in page_after(app, engine, town, nothing)


def test_the_next_step_is_that_of_the_stage(app: Flask, engine: Engine, town: Staged) -> None:
    page = page_after(app, engine, town, rated)

    assert "Part 2: Prepare" in page
    assert "Part 1" not in page
    assert page.count("button primary") == 1
    assert page.count('aria-current="step"') == 1


def test_a_stage_that_waits_says_so_while_another_is_open(
    app: Flask, engine: Engine, town: Staged
) -> None:
    page = page_after(app, engine, town, rated, handed_in, part="part-1")

    assert "Your work is with the assessors." in page


def test_an_approved_stage_leads_on_to_the_next(app: Flask, engine: Engine, town: Staged) -> None:
    def first_is_approved(session: Session, enrolment: Enrolment) -> None:
        work = handed_in(session, enrolment)
        decided(session, work, session.get_one(Person, town.cleo.id))

    page = page_after(app, engine, town, rated, first_is_approved, part="part-1")

    assert "“Part 1” is approved." in page
    assert "Part 2: Prepare" in page


def test_a_stage_that_is_gone_shows_the_whole(app: Flask, engine: Engine, town: Staged) -> None:
    page = page_after(app, engine, town, rated, part="part-9")

    assert "its stage" not in page
    assert "Part 1: Prepare" in page
