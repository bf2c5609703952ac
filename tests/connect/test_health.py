"""The health check, against practice LMSs on good days and bad ones."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from lti_tool.connect import evidence, health
from lti_tool.connect.gradebook_trial import LABEL, READ, SCORE_LINE, WRITE
from lti_tool.connect.models import HealthReport
from lti_tool.connect.results import Line, Outcome
from lti_tool.database import sessions
from lti_tool.launch.models import (
    Deployment,
    DeploymentState,
    LaunchRecord,
    Registration,
)
from lti_tool.launch.platforms import add_platform
from lti_tool.people import sign_in_links
from lti_tool.practice_lms import RunningLms
from lti_tool.practice_lms.mood import SCOPE_LINE_ITEM, SCOPE_MEMBERS, SCOPE_SCORE, SCOPES
from lti_tool.walk.visitor import Visitor
from tests.conftest import Served

Look = Callable[..., dict[str, Line]]


@pytest.fixture
def registration(lms: RunningLms, engine: Engine) -> int:
    """The practice LMS, registered by hand, every deployment approved."""
    with sessions(engine).begin() as session:
        row = add_platform(session, **lms.lms.registration(), now=datetime.now(UTC))
        return row.id


@pytest.fixture
def arrived(lms: RunningLms, registration: int) -> int:
    """Dora has opened a link with a gradebook column."""
    link = lms.lms.add_link("1", "Field journal")
    launch(lms, "dora", link.id)
    return registration


def launch(lms: RunningLms, key: str, link: str, *, expect: int = 200) -> None:
    """Somebody opens a link of the first course."""
    Visitor().launch(
        f"{lms.url}/courses/1/links/{link}/launch?as={key}&target=window", expect=expect
    )


@pytest.fixture
def administrator(tool: Served, engine: Engine) -> Visitor:
    """Signed in to the administration."""
    with sessions(engine).begin() as session:
        token = sign_in_links.make(session, now=datetime.now(UTC))
    visitor = Visitor()
    page = visitor.get(f"{tool.url}/admin/sign-in/{token}")
    visitor.send(page, page.form(f"/admin/sign-in/{token}"))
    return visitor


@pytest.fixture
def look(tool: Served, engine: Engine, administrator: Visitor) -> Look:
    """Press *Look now*; the lines by name."""

    def press(registration: int, *, own_column: bool = True) -> dict[str, Line]:
        page = administrator.get(f"{tool.url}/admin/connect/platforms/{registration}")
        values = {} if own_column else {"own_column": ""}
        form = page.form("/check")
        if not own_column:
            form.choices.pop("own_column", None)
            form.values.pop("own_column", None)
            values = {}
        administrator.send(page, form, values)
        with sessions(engine)() as session:
            report = session.scalars(select(HealthReport)).one()
            return {line.name: line for line in health.lines_of(report)}

    return press


def outcomes(lines: dict[str, Line]) -> dict[str, str]:
    return {name: line.outcome.value for name, line in lines.items()}


@pytest.mark.row("T-110")
@pytest.mark.row("T-133")
def test_on_a_good_day_everything_is_well(lms: RunningLms, arrived: int, look: Look) -> None:
    columns = dict(lms.lms.school.columns)

    lines = look(arrived)

    assert {name for name, line in lines.items() if line.outcome is Outcome.ATTENTION} == set()
    well = {name for name, line in lines.items() if line.outcome is Outcome.OK}
    assert {
        health.DEPLOYMENTS,
        health.LAUNCHES,
        health.THEIR_KEYS,
        health.OUR_KEYS,
        health.CLOCKS,
        health.GRANT,
        health.PERMISSIONS,
        health.ROSTER,
        health.COOKIES,
        READ,
        WRITE,
    } <= well
    assert lms.lms.school.columns == columns, "what was made is removed again"
    assert lms.lms.journal.all("scores") == [], "nobody was given a score"


def test_before_the_first_launch_it_says_what_to_do(
    lms: RunningLms, registration: int, look: Look
) -> None:
    lines = look(registration)

    assert lines[health.THEIR_KEYS].outcome is Outcome.OK
    assert lines[health.GRANT].outcome is Outcome.OK
    for name in (health.LAUNCHES, health.ROSTER, health.GRADEBOOK, health.COOKIES):
        assert lines[name].outcome is Outcome.NOT_TRIED, name
    assert "course" in lines[health.LAUNCHES].how


def test_without_an_approved_deployment_no_service_is_asked(
    lms: RunningLms, registration: int, engine: Engine, look: Look
) -> None:
    with sessions(engine).begin() as session:
        for one in session.scalars(select(Deployment)):
            one.state = DeploymentState.PENDING

    lines = look(registration)

    assert lines[health.DEPLOYMENTS].outcome is Outcome.ATTENTION
    assert lines[health.GRANT].outcome is Outcome.NOT_TRIED
    assert lms.lms.journal.all("token") == []


@pytest.mark.row("T-110")
@pytest.mark.row("T-133")
def test_each_missing_permission_has_its_words(lms: RunningLms, arrived: int, look: Look) -> None:
    missing = {SCOPE_SCORE, SCOPE_MEMBERS, SCOPE_LINE_ITEM}
    lms.lms.scopes = tuple(one for one in SCOPES if one not in missing)

    lines = look(arrived)

    said = lines[health.PERMISSIONS]
    assert said.outcome is Outcome.ATTENTION
    assert "no score reaches the gradebook" in said.seen
    assert "learners are known only after" in said.seen
    assert lines[health.ROSTER].outcome is Outcome.NOT_TRIED
    assert lines[READ].outcome is Outcome.OK
    assert lines[WRITE].outcome is Outcome.NOT_TRIED


def test_a_test_learner_is_scored_and_nobody_else(
    lms: RunningLms, arrived: int, look: Look
) -> None:
    """Only Canvas has one: Student View."""
    has_one = lms.lms.mood.name == "canvas"
    if has_one:
        launch(lms, "student-view", lms.lms.school.links_of(lms.lms.school.course("1"))[-1].id)

    lines = look(arrived)

    scores = lms.lms.journal.all("scores")
    if has_one:
        sub = lms.lms.school.person("student-view").sub
        assert lines[SCORE_LINE].outcome is Outcome.OK, lines[SCORE_LINE]
        assert len(scores) == 1
        assert sub in scores[0].body
    else:
        assert lines[SCORE_LINE].outcome is Outcome.NOT_TRIED
        assert scores == []
    assert LABEL not in {column.label for column in lms.lms.school.columns.values()}


def test_nothing_is_written_where_only_reading_was_asked_for(
    lms: RunningLms, arrived: int, look: Look
) -> None:
    lines = look(arrived, own_column=False)

    assert lines[READ].outcome is Outcome.OK
    assert lines[WRITE].outcome is Outcome.NOT_TRIED
    assert {one.method for one in lms.lms.journal.all("lineitems")} == {"GET"}


@pytest.mark.parametrize(
    ("group", "kind", "name"),
    [
        ("jwks", "500", health.THEIR_KEYS),
        ("jwks", "down", health.THEIR_KEYS),
        ("token", "503", health.GRANT),
        ("token", "down", health.GRANT),
        ("memberships", "500", health.ROSTER),
        ("lineitems", "403", READ),
    ],
)
def test_on_a_bad_day_it_says_who_has_to_act(
    lms: RunningLms, arrived: int, look: Look, group: str, kind: str, name: str
) -> None:
    lms.lms.faults.switch_on(group, kind)

    line = look(arrived)[name]

    assert line.outcome is Outcome.ATTENTION
    assert line.who == "Your LMS administrator"
    assert line.how


def only_the_fourth() -> int:
    """A seed by which a fault of an even chance meets the fourth request and none before."""

    def spares_three(seed: int) -> bool:
        chances = random.Random(seed)
        rolled = [chances.random() < 0.5 for _ in range(4)]
        return rolled == [False, False, False, True]

    return next(seed for seed in range(1000) if spares_three(seed))


def test_a_column_that_cannot_be_removed_is_named(
    lms: RunningLms, arrived: int, engine: Engine, look: Look
) -> None:
    """The last of the gradebook's four requests, the removal, is answered with 500."""
    lms.lms.faults.switch_on("lineitems", "500", probability=0.5, seed=only_the_fourth())

    line = look(arrived)[WRITE]

    assert line.outcome is Outcome.ATTENTION
    assert LABEL in line.how


def test_our_keys_out_of_reach_are_told_apart_from_a_token_service_that_is_down(
    lms: RunningLms, arrived: int, look: Look
) -> None:
    lms.lms.tool_url = "http://127.0.0.1:9"

    lines = look(arrived)

    assert lines[health.OUR_KEYS].outcome is Outcome.ATTENTION
    assert "/lti/jwks" in lines[health.OUR_KEYS].how
    assert lines[health.GRADEBOOK].outcome is Outcome.NOT_TRIED


@pytest.mark.row("T-040")
def test_a_clock_that_is_off_is_told_before_launches_fail(
    lms: RunningLms, arrived: int, engine: Engine, look: Look
) -> None:
    with sessions(engine).begin() as session:
        for record in session.scalars(select(LaunchRecord)):
            record.skew = -41.0

    line = look(arrived)[health.CLOCKS]

    assert line.outcome is Outcome.ATTENTION
    assert "41 s behind us" in line.seen
    assert "NTP" in line.how


def test_ways_of_recent_launches_are_counted(arrived: int, engine: Engine, look: Look) -> None:
    with sessions(engine).begin() as session:
        for number in range(6):
            session.add(
                LaunchRecord(
                    reference=f"r{number}",
                    at=datetime.now(UTC) - timedelta(minutes=number),
                    code="accepted",
                    registration_id=arrived,
                    way="new-window" if number < 5 else "partitioned-cookie",
                )
            )

    line = look(arrived)[health.COOKIES]

    assert line.outcome is Outcome.ATTENTION
    assert "5 in a window of its own" in line.seen


def test_a_slow_lms_makes_no_endless_page(arrived: int, engine: Engine, tool: Served) -> None:
    """What is not begun within the budget is said to be untried."""
    with sessions(engine)() as session:
        known = evidence.gather(
            session, session.get_one(Registration, arrived), now=datetime.now(UTC)
        )
        session.expunge_all()
    house = tool.app.extensions["cairn"]
    from lti_tool.launch.connector import Service

    service = Service.of(
        engine,
        tool.settings,
        house.keyring,
        deployment_pk=known.approved[0].id,
        clock=lambda: datetime.now(UTC),
    )

    lines = health.examine(
        tool.settings,
        known,
        service,
        may_write=True,
        watch=health.Stopwatch(began=-1000.0),
        now=lambda: datetime.now(UTC),
    )

    by_name = {line.name: line for line in lines}
    assert by_name[health.ROSTER].outcome is Outcome.NOT_TRIED
    assert by_name[health.GRADEBOOK].outcome is Outcome.NOT_TRIED


def test_the_page_shows_what_was_seen_last(
    tool: Served, arrived: int, look: Look, administrator: Visitor, engine: Engine
) -> None:
    look(arrived)
    look(arrived)

    page = administrator.get(f"{tool.url}/admin/connect/platforms/{arrived}").text

    assert "Nothing needs anybody" in page
    assert "Look again" in page
    assert "Somebody came in" in page
    with sessions(engine)() as session:
        assert len(session.scalars(select(HealthReport)).all()) == 1
