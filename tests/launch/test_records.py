"""What is written down of every launch, good or bad (issue: launch doctor)."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select

from lti_tool.certification.platform import a_key
from lti_tool.database import sessions
from lti_tool.launch import records
from lti_tool.launch.models import LaunchRecord
from lti_tool.launch.problems import EXPIRED, Seen, refuse
from lti_tool.people.models import Person
from tests.launch.kit import Browser, problem


def written(engine: Engine) -> list[LaunchRecord]:
    """All records, in the order of their writing."""
    with sessions(engine)() as session:
        return list(session.scalars(select(LaunchRecord).order_by(LaunchRecord.id)))


def test_a_launch_that_is_let_in_is_written_down_with_who_came(
    browser: Browser, engine: Engine
) -> None:
    answer = browser.launch()

    assert answer.status_code == 303
    (record,) = written(engine)
    with sessions(engine)() as session:
        ada = session.scalars(select(Person)).one()
    assert (record.code, record.person_id) == ("accepted", ada.id)
    assert record.reference == answer.headers["X-Request-Id"]
    assert (record.issuer, record.client_id) == (browser.platform.issuer, "tool-1")
    assert (record.deployment_id, record.message) == ("1", "LtiResourceLinkRequest")
    assert record.skew is not None
    assert -2 <= record.skew <= 0


def test_a_refused_launch_is_written_down_under_the_reference_on_its_page(
    browser: Browser, engine: Engine
) -> None:
    answer = browser.launch(exp=1, iat=1)

    assert problem(answer)[0] == 401
    (record,) = written(engine)
    assert record.code == problem(answer)[1]
    assert record.reference in answer.text
    assert [name for name, _received, _expected in record.compared] == ["exp"]
    assert record.registration_id is not None


def test_somebody_who_is_known_is_found_also_by_the_launch_that_was_refused(
    browser: Browser, engine: Engine
) -> None:
    browser.launch()

    browser.launch(version="1.1")

    came, refused = written(engine)
    assert refused.code == "claim-invalid"
    assert refused.person_id == came.person_id


def test_an_unsigned_message_names_nobody(browser: Browser, engine: Engine) -> None:
    browser.launch()
    begun = browser.begin()
    told = browser.platform.claims(begun.nonce)
    forged = browser.platform.sign(told, key=a_key(2))

    browser.post(begun.state, forged)

    refused = written(engine)[-1]
    assert (refused.code, refused.person_id, refused.skew) == ("signature", None, None)


def test_a_login_of_an_unknown_lms_is_written_down_too(browser: Browser, engine: Engine) -> None:
    browser.login(iss="https://other.example.org", client_id="c-9")

    (record,) = written(engine)
    assert (record.code, record.issuer) == ("unknown-platform", "https://other.example.org")
    assert (record.client_id, record.registration_id) == ("c-9", None)


def test_no_secret_and_no_address_of_a_person_is_kept(engine: Engine) -> None:
    token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0abc.c2lnbmF0dXJl"
    refusal = refuse(EXPIRED, ("state", f"state={'s' * 30}", token), ("who", "ada@example.edu"))

    with sessions(engine).begin() as session:
        records.keep_refused(
            session,
            "expired",
            Seen(),
            reference="r" * 100,
            now=datetime.now(UTC),
            compared=refusal.values,
        )

    (record,) = written(engine)
    kept = str(record.compared)
    for secret in ("eyJ", "sssss", "ada@"):
        assert secret not in kept
    assert record.reference == "r" * 64


@pytest.mark.row("T-011")
def test_a_flood_of_refusals_fills_a_minute_and_no_more(engine: Engine, noon: datetime) -> None:
    def refused(times: int, now: datetime) -> int:
        with sessions(engine).begin() as session:
            for _ in range(times):
                records.keep_refused(session, "state", Seen(), reference="r", now=now)
        return len(written(engine))

    assert refused(records.MOST_REFUSED_A_MINUTE + 20, noon) == records.MOST_REFUSED_A_MINUTE
    assert refused(1, noon.replace(minute=noon.minute + 2)) == records.MOST_REFUSED_A_MINUTE + 1


def test_a_launch_that_is_not_kept_leaves_no_record_of_having_been_let_in(
    browser: Browser, engine: Engine, another_browser: Callable[[], Browser]
) -> None:
    begun = browser.begin()
    form = browser.platform.sign(browser.platform.claims(begun.nonce))
    assert browser.post(begun.state, form).status_code == 303

    assert problem(another_browser().post(begun.state, form))[0] == 401

    assert [record.code for record in written(engine)].count("accepted") == 1
