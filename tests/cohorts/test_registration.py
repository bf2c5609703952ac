"""A provider's registration: kept on the organisations' page, warned of on a cohort's (S7-09)."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from lti_tool.cohorts import gauges, organisations
from lti_tool.cohorts.models import CohortState, Organisation
from lti_tool.cohorts.organisations import RegistrationRefused
from lti_tool.database import sessions
from lti_tool.people.roles import Role
from tests.builders import NOON, a_course
from tests.cohorts.gathering import (
    CALENDAR,
    a_cohort,
    a_district,
    a_program_with,
    an_admin,
    program_of,
)
from tests.portfolio.studio import enter

ASKS = {
    "register": "The register",
    "providers_register": {"register": "Approved providers", "renewed_every_years": 1},
}
DOES_NOT = {"register": "The register"}


@pytest.mark.row("S7-09")
@pytest.mark.parametrize(
    ("licence", "register", "until", "words"),
    [
        (ASKS, "approved Providers", date(2027, 6, 30), ""),
        (ASKS, "Approved providers", date(2027, 5, 31), ""),
        (ASKS, "Approved providers", date(2027, 5, 30), "ends on May 30, 2027, before the cohort"),
        (ASKS, "Approved providers", date(2026, 11, 1), "ended on November 1, 2026"),
        (ASKS, "Approved providers", None, "It is not known until when Lakeside 9"),
        (ASKS, "Another list", date(2027, 6, 30), "It is not known until when Lakeside 9"),
        (DOES_NOT, "", None, ""),
    ],
)
def test_a_cohort_is_warned_where_the_registration_does_not_last_as_long(
    session: Session, licence: dict[str, object], register: str, until: date | None, words: str
) -> None:
    # Given a cohort from January to May, offered by a district
    (version,) = a_program_with(session, calendar=CALENDAR, licence=licence)
    admin, document = an_admin(session, version), version.program_version.document
    provider = a_district(session, "Lakeside 9")
    cohort = a_cohort(
        session, version, admin, provider=provider,
        begins_on=date(2027, 1, 11), ends_on=date(2027, 5, 31),
    )  # fmt: skip
    organisations.register(
        session, provider, name=register, number="", until=until if register else None,
        actor=admin, now=NOON,
    )  # fmt: skip
    now = datetime(2026, 12, 1, 12, tzinfo=UTC)

    # When
    warning = gauges.provider_warning(cohort, document, now=now)

    # Then
    assert words in warning
    assert bool(warning) == bool(words)
    if "before" in words:
        assert warning.endswith("It is renewed every year.")
    cohort.provider = None
    assert ("Say who offers it" in gauges.provider_warning(cohort, document, now=now)) is (
        licence is ASKS
    )
    cohort.state = CohortState.CLOSED
    assert gauges.provider_warning(cohort, document, now=now) == ""


@pytest.mark.row("S7-09")
def test_an_administrator_enters_a_registration_and_the_warning_goes(
    app: Flask, engine: Engine
) -> None:
    # Given
    with sessions(engine).begin() as session:
        (version,) = a_program_with(session, calendar=CALENDAR, licence=ASKS)
        admin, course, slug = an_admin(session, version), a_course(), program_of(version).slug
        session.add(course)
        provider = a_district(session, "Lakeside 9")
        cohort = a_cohort(session, version, admin, provider=provider, ends_on=date(2027, 5, 31))
        session.flush()
        public_id, path = provider.public_id, f"/cohorts/{cohort.public_id}"
    page = enter(app, admin, role=Role.INSTRUCTOR, course=course)
    address = f"/cohorts/run/{slug}/organisations"
    form = {
        "do": "register", "organisation": public_id, "register": "Approved providers",
        "register_number": "P-17", "registered_until": "2099-06-30",
    }  # fmt: skip
    assert "It is not known until when Lakeside 9" in page.get(path).text

    # When a form without the register's name is refused, and the whole one kept
    refused = page.post(address, {**form, "register": ""})
    answer = page.post(address, form)

    # Then
    assert refused.status_code == 422
    assert 'value="P-17"' in refused.text
    assert answer.status_code == 303
    assert "P-17" in page.get(address).text
    assert "It is not known" not in page.get(path).text
    with Session(engine) as session:
        kept = session.scalars(select(Organisation)).one()
        assert kept.registered_until == date(2099, 6, 30)
    page.post(address, {"do": "register", "organisation": public_id})
    assert "It is not known until when Lakeside 9" in page.get(path).text


def test_a_registration_says_where_it_stands_and_is_not_too_long(session: Session) -> None:
    provider = a_district(session, "Lakeside 9")
    for name, number in (("", "P-17"), ("x" * 201, ""), ("List", "9" * 61)):
        with pytest.raises(RegistrationRefused):
            organisations.register(
                session, provider, name=name, number=number, until=None, actor=None, now=NOON
            )
    assert provider.register_name is None
