"""What every page shares: safe prose, dates, faults in plain words, headers."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import Engine

from lti_tool.database import sessions
from lti_tool.errors import Refused
from lti_tool.people.models import Visit
from lti_tool.web.pages import day, number, origin_of, prose, when
from lti_tool.web.permissions import public
from tests.cast import ada
from tests.portfolio.studio import enter


@pytest.mark.parametrize(
    ("written", "never"),
    [
        ("<script>alert(1)</script>", "<script"),
        ("[a](javascript:alert(1))", 'javascript:alert(1)"'),
        ('<img src=x onerror="alert(1)">', "<img"),
        ("<b onclick='x()'>bold</b>", "<b "),
    ],
)
@pytest.mark.row("T-081")
def test_prose_never_becomes_a_script(written: str, never: str) -> None:
    assert never not in prose(written)


def test_prose_keeps_what_writers_need() -> None:
    html = prose("**Plan**\n\n- one\n- [two](https://example.org)")

    assert "<strong>Plan</strong>" in html
    assert '<a href="https://example.org" rel="noopener noreferrer">two</a>' in html


def test_dates_carry_their_zone_and_a_form_for_machines(app: Flask) -> None:
    with app.test_request_context():
        shown = when(datetime(2026, 7, 1, 4, 59, tzinfo=UTC))

    assert 'datetime="2026-07-01T04:59:00+00:00"' in shown
    assert "30 June 2026, 23:59 CDT" in shown


def test_a_day_is_the_day_in_the_installations_zone(app: Flask) -> None:
    with app.test_request_context():
        assert "30 June 2026" in day(datetime(2026, 7, 1, 4, 59, tzinfo=UTC))
        assert "1 July 2026" in day(date(2026, 7, 1))
        assert when(None) == day(None) == ""


def test_numbers_are_written_as_people_write_them() -> None:
    values = [Decimal("30.00"), Decimal("7.50"), Decimal(100), Decimal("0.125"), None]

    assert [number(value) for value in values] == ["30", "7.5", "100", "0.12", ""]


def test_the_origin_of_an_address_is_scheme_and_host() -> None:
    assert origin_of("https://lms.example.edu:8443/a?b") == "https://lms.example.edu:8443"
    assert origin_of("not an address") == ""


def test_a_refusal_is_a_page_with_its_words_and_a_reference(app: Flask) -> None:
    @app.get("/refused")
    @public
    def refused() -> str:
        raise Refused("Ask a colleague <b>first</b>.")

    answer = app.test_client().get("/refused")

    assert answer.status_code == 409
    assert "Ask a colleague &lt;b&gt;first&lt;/b&gt;." in answer.text
    assert answer.headers["X-Request-Id"] in answer.text


def test_a_fault_of_ours_is_a_page_with_a_reference_and_no_details(app: Flask) -> None:
    @app.get("/broken")
    @public
    def broken() -> str:
        raise RuntimeError("the secret is 12345")

    answer = app.test_client().get("/broken")

    assert answer.status_code == 500
    assert "12345" not in answer.text
    assert answer.headers["X-Request-Id"] in answer.text


def test_a_view_without_a_guard_has_no_visitors(app: Flask) -> None:
    @app.get("/forgotten")
    def forgotten() -> str:
        return "never seen"

    assert app.test_client().get("/forgotten").status_code == 403


def test_pages_run_no_foreign_code_and_are_framed_by_the_visits_lms_only(
    app: Flask, engine: Engine
) -> None:
    person = ada()
    with sessions(engine).begin() as session:
        session.add(person)
    visitor = enter(app, person)
    with sessions(engine).begin() as session:
        visit = session.query(Visit).one()
        visit.frame_origins = ["https://lms.example.edu"]

    policy = visitor.get("/").headers["Content-Security-Policy"]

    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert policy.endswith("frame-ancestors 'self' https://lms.example.edu")
    assert visitor.get("/").headers["Cache-Control"] == "private, no-store"


def test_an_unknown_address_and_a_wrong_method_are_explained(app: Flask) -> None:
    client = app.test_client()

    assert client.get("/nowhere").status_code == 404
    assert "nothing at this address" in client.get("/nowhere").text
    assert client.post("/programs/").status_code == 405
