"""How far an LMS's clock is from ours, told before launches fail for it (O-10)."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from lti_tool.admin import clocks
from lti_tool.database import sessions
from lti_tool.launch.models import LaunchRecord
from tests.conftest import NOON

Measure = Callable[..., None]


@pytest.fixture
def measure(engine: Engine, lms: int) -> Measure:
    """Launches with these differences, one a second, the last one at a moment."""

    def make(skews: Sequence[float | None], at: datetime | None = None) -> None:
        last = at or datetime.now(UTC)
        with sessions(engine).begin() as session:
            for number, skew in enumerate(reversed(skews)):
                session.add(
                    LaunchRecord(
                        reference="r", at=last - timedelta(seconds=number), code="accepted",
                        registration_id=lms, skew=skew,
                    )
                )  # fmt: skip

    return make


@pytest.mark.row("T-040")
@pytest.mark.parametrize(
    ("skews", "is_off", "words"),
    [
        ([0.4, -1.2], False, "right"),
        ([29.0], False, "29 s ahead"),
        ([31.0], True, "31 s ahead"),
        ([45.0, 46.0, 44.0], True, "45 s ahead"),
        ([-45.0], False, "45 s behind"),  # one slow way
        ([-45.0, -44.0, -46.0], True, "45 s behind"),
        ([-1.0, -900.0, -2.0, -1.0], False, "right"),  # somebody went for coffee
        ([None, None], None, ""),
    ],
)
def test_a_clock_is_told_off_at_half_of_what_is_forgiven(
    measure: Measure, engine: Engine, lms: int, skews: list[float | None],
    is_off: bool | None, words: str,
) -> None:  # fmt: skip
    """T-040: a minute is forgiven; from half a minute on somebody is told."""
    measure(skews)

    with sessions(engine)() as session:
        found = clocks.present(session, datetime.now(UTC)).get(lms)

    if is_off is None:
        assert found is None
        return
    assert found is not None
    assert (found.is_off, found.words) == (is_off, words)


def test_a_clock_that_was_set_is_right_as_soon_as_launches_say_so(
    measure: Measure, engine: Engine, lms: int
) -> None:
    measure([50.0] * 200, datetime.now(UTC) - timedelta(hours=1))
    measure([0.0] * clocks.NEWEST)

    with sessions(engine)() as session:
        assert not clocks.present(session, datetime.now(UTC))[lms].is_off


def test_days_have_a_middle_and_their_furthest_launch(
    measure: Measure, engine: Engine, lms: int
) -> None:
    midnight = NOON.replace(hour=0)
    measure([1.0, 5.0, -40.0, 3.0, 2.0], NOON)
    measure([10.0, 20.0], midnight - timedelta(seconds=1))
    measure([None, 7.0], NOON - timedelta(days=10))
    measure([99.0], NOON - timedelta(days=40))

    with sessions(engine)() as session:
        found = clocks.days(session, lms, NOON)

    assert [(one.day, one.launches, one.middle, one.furthest) for one in found] == [
        (date(2026, 11, 20), 5, 2.0, -40.0),
        (date(2026, 11, 19), 2, 15.0, 20.0),
        (date(2026, 11, 10), 1, 7.0, 7.0),
    ]


def test_the_page_warns_and_says_what_to_do(
    administrator: FlaskClient, measure: Measure, lms: int
) -> None:
    address = f"/admin/platforms/{lms}/clock"
    assert "nothing is known" in administrator.get(address).text
    assert "The clock of" not in administrator.get("/admin").text

    measure([48.0, 50.0, 47.0])

    page = administrator.get(address).text
    assert "Its clock is 48 s ahead of ours." in page
    assert "NTP" in page
    assert '<svg viewBox="0 0 600 180" role="img" aria-labelledby="clock-title clock-words"' in page
    assert page.count("<rect") == 1
    assert "48 s ahead</td>" in page
    overview = administrator.get("/admin").text
    assert "The clock of <bdi>Lakeside</bdi> is 48 s ahead of ours." in overview
    assert address in overview


def test_a_clock_that_is_right_is_not_made_much_of(
    administrator: FlaskClient, measure: Measure, lms: int
) -> None:
    measure([0.0, -1.0, -12.0])

    assert "Its clock is right." in administrator.get(f"/admin/platforms/{lms}/clock").text
    assert "The clock of" not in administrator.get("/admin").text
    assert administrator.get("/admin/platforms/99/clock").status_code == 404


@given(
    st.lists(st.tuples(st.integers(0, 60), st.floats(-1e9, 1e9), st.floats(-1e9, 1e9)), max_size=40)
)
def test_the_picture_holds_whatever_a_clock_says(told: list[tuple[int, float, float]]) -> None:
    today = date(2026, 11, 20)
    days = [
        clocks.Day(today - timedelta(days=back), 1, middle, furthest)
        for back, middle, furthest in told
    ]

    for bar in clocks.bars(days, today):
        assert 0 <= bar.x <= bar.x + bar.width <= clocks.WIDE
        assert 0 <= bar.y <= bar.y + bar.height <= clocks.HIGH + 1.5
        assert 0 <= bar.far_y <= clocks.HIGH


def test_the_lines_of_the_picture_lie_where_launches_fail(
    administrator: FlaskClient, measure: Measure, lms: int
) -> None:
    measure([0.0])

    page = administrator.get(f"/admin/platforms/{lms}/clock").text

    heights = [float(found) for found in re.findall(r'class="fails"[^>]* y1="([\d.]+)"', page)]
    assert heights == [clocks.height_of(60), clocks.height_of(-60)] == [30.0, 150.0]


def test_whoever_watches_the_figures_sees_the_clocks_too(
    administrator: FlaskClient, measure: Measure, lms: int
) -> None:
    measure([48.0, 50.0, 47.0])

    figures = administrator.get("/metrics").text

    assert f'cairn_platform_clock_seconds{{platform="{lms}"}} 48.0' in figures
