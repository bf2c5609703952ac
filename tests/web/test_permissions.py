"""Deny by default, and a form only from the visit it was made for."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from lti_tool.database import sessions
from lti_tool.people.models import Person, Visit
from lti_tool.people.roles import Role
from lti_tool.portfolio.models import Enrolment
from lti_tool.programs.models import CredentialVersion
from lti_tool.web.session import VISIT_COOKIE, begin_visit, digest, set_visit_cookie, transaction
from tests.builders import a_course, a_credential_version
from tests.cast import ada, ben
from tests.portfolio.studio import enter


def stored(engine: Engine, *rows: object) -> None:
    """Keep rows for good."""
    with sessions(engine).begin() as session:
        session.add_all(rows)


def test_a_page_without_a_visit_says_how_to_come_in(app: Flask) -> None:
    answer = app.test_client().get("/")

    assert answer.status_code == 401
    assert "Open Cairn from the link in your course" in answer.text


def test_a_visit_ends_after_its_hours(app: Flask, engine: Engine) -> None:
    person = ada()
    stored(engine, person)
    visitor = enter(app, person)
    assert visitor.get("/").status_code == 200

    with sessions(engine).begin() as session:
        session.execute(update(Visit).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))

    assert visitor.get("/").status_code == 401


def test_only_a_digest_of_the_visits_token_is_kept(app: Flask, engine: Engine) -> None:
    person = ada()
    stored(engine, person)
    visitor = enter(app, person)
    cookie = visitor.client.get_cookie(VISIT_COOKIE)
    assert cookie is not None

    with Session(engine) as session:
        (kept,) = session.scalars(select(Visit.token_digest))

    assert kept == digest(cookie.value) != cookie.value


@pytest.mark.row("T-014", "T-105")
def test_the_visits_cookie_survives_in_a_frame_and_never_travels_in_the_clear(
    app: Flask, engine: Engine, noon: datetime
) -> None:
    person = ada()
    stored(engine, person)
    with app.test_request_context(), transaction() as session:
        response = app.make_response("")
        _visit, token = begin_visit(
            session, person=session.get_one(Person, person.id), role=Role.LEARNER, now=noon
        )
        set_visit_cookie(response, token)

    (header,) = response.headers.getlist("Set-Cookie")
    parts = {part.strip().lower() for part in header.split(";")}
    assert {"secure", "httponly", "samesite=none", "partitioned", "path=/"} <= parts


def begin_path(version: CredentialVersion) -> str:
    """The address that begins a credential."""
    program = version.program_version.program.slug
    return f"/portfolio/credentials/{program}/{version.credential.slug}/begin"


def test_a_form_made_for_another_visit_changes_nothing(app: Flask, engine: Engine) -> None:
    one, other, version, course = ada(), ben(), a_credential_version(), a_course()
    stored(engine, one, other, version, course)
    first = enter(app, one, course=course)
    second = enter(app, other, course=course)

    answer = second.client.post(begin_path(version), data={"form_token": first.token})

    assert answer.status_code == 403
    assert "perhaps as somebody else in another tab" in answer.text
    with Session(engine) as session:
        assert session.scalars(select(Enrolment)).all() == []
    assert second.post(begin_path(version)).status_code == 303


def test_a_form_without_a_token_changes_nothing(app: Flask, engine: Engine) -> None:
    person, version = ada(), a_credential_version()
    stored(engine, person, version)
    visitor = enter(app, person, course=None)

    assert visitor.client.post(begin_path(version)).status_code == 403


def test_only_administrators_see_the_administration(app: Flask, engine: Engine) -> None:
    person = ada()
    stored(engine, person)

    assert app.test_client().get("/admin/").status_code == 401
    assert enter(app, person, role=Role.INSTRUCTOR).get("/admin/").status_code == 403
    assert enter(app, person, role=Role.ADMINISTRATOR).get("/admin/").status_code == 200
