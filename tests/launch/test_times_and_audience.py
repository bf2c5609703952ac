"""When a launch was made, by whom, and for whom (SEC 5.1.3; T-039…T-053)."""

import time

import pytest
from sqlalchemy import Engine, select

from lti_tool.certification.platform import LEFT_OUT
from lti_tool.database import sessions
from lti_tool.launch.models import PlatformUser
from lti_tool.people.models import Person
from tests.launch.kit import Browser, problem, visits


def in_seconds(seconds: int) -> int:
    """A moment as tokens write it."""
    return int(time.time()) + seconds


@pytest.mark.row("T-039")
def test_an_expired_launch_is_refused(browser: Browser, engine: Engine) -> None:
    """T-039: beyond the leeway of a minute."""
    answer = browser.launch(iat=in_seconds(-200), exp=in_seconds(-75))

    assert problem(answer) == (401, "expired")
    assert visits(engine) == []


@pytest.mark.row("T-040")
@pytest.mark.parametrize(("iat", "exp"), [(-90, -30), (30, 330), (-50, -1), (55, 60)])
def test_clocks_may_differ_by_a_minute(browser: Browser, iat: int, exp: int) -> None:
    """T-040: Moodle's tokens live a minute, and school servers run fast and slow."""
    assert browser.launch(iat=in_seconds(iat), exp=in_seconds(exp)).status_code == 303


@pytest.mark.row("T-041")
@pytest.mark.row("T-042")
@pytest.mark.parametrize("name", ["exp", "iat"])
def test_both_times_are_required(browser: Browser, name: str) -> None:
    """T-041, T-042."""
    answer = browser.launch(**{name: LEFT_OUT})

    assert problem(answer) == (401, "claim-missing")
    assert f'<th scope="row">{name}</th>' in answer.text


@pytest.mark.row("T-041")
@pytest.mark.parametrize("value", ["tomorrow", True, [], 1e300, float("nan")])
def test_a_time_that_is_none_is_refused(browser: Browser, value: object) -> None:
    """T-041: never 500."""
    assert problem(browser.launch(exp=value)) == (401, "claim-invalid")


@pytest.mark.row("T-043")
def test_a_launch_of_yesterday_is_too_old(browser: Browser) -> None:
    """T-043: although it says that it is still good."""
    answer = browser.launch(iat=in_seconds(-86_400), exp=in_seconds(3_600))

    assert problem(answer) == (401, "too-old")


@pytest.mark.row("T-044")
@pytest.mark.parametrize("name", ["nbf", "iat"])
def test_a_launch_from_the_future_is_refused(browser: Browser, name: str) -> None:
    """T-044: beyond the leeway."""
    changed = {name: in_seconds(90), "exp": in_seconds(400)}

    assert problem(browser.launch(**changed)) == (401, "not-yet")


@pytest.mark.row("T-045")
@pytest.mark.parametrize(
    "issuer",
    ["https://lms.example.edu/", "https://LMS.example.edu", "http://lms.example.edu", "x"],
)
def test_an_issuer_must_match_to_the_letter(browser: Browser, issuer: str) -> None:
    """T-045: at the login and in the token."""
    assert problem(browser.launch(iss=issuer)) == (401, "unknown-platform")
    at_login = browser.login(iss=issuer)
    assert problem(at_login) == (401, "unknown-platform")
    assert ("did you mean https://lms.example.edu" in at_login.text) is (issuer != "x")


@pytest.mark.row("T-046")
@pytest.mark.row("T-048")
@pytest.mark.row("T-049")
@pytest.mark.parametrize(
    ("aud", "azp"),
    [
        ("other", LEFT_OUT),
        (["other"], LEFT_OUT),
        (["other", "tool-1"], "tool-1"),
        (["tool-1", "other"], "tool-1"),
        (["tool-1", "other"], LEFT_OUT),
        (["tool-1", "tool-1"], LEFT_OUT),
        (["tool-1", 5], "tool-1"),
    ],
)
def test_a_launch_for_anybody_else_is_refused(
    browser: Browser, engine: Engine, aud: object, azp: object
) -> None:
    """T-046, T-048, T-049: whatever the order, with and without azp."""
    assert problem(browser.launch(aud=aud, azp=azp)) == (401, "audience")
    assert visits(engine) == []


@pytest.mark.row("T-046")
@pytest.mark.parametrize("aud", [LEFT_OUT, None, 7, {"tool-1": 1}])
def test_an_audience_that_is_none_is_refused(browser: Browser, aud: object) -> None:
    """T-046: never 500."""
    assert problem(browser.launch(aud=aud)) == (401, "claim-missing")


@pytest.mark.row("T-047")
def test_an_audience_may_be_a_list_of_one(browser: Browser) -> None:
    """T-047."""
    assert browser.launch(aud=["tool-1"], azp="tool-1").status_code == 303


@pytest.mark.row("T-050")
@pytest.mark.parametrize("azp", ["other", "", None, 1])
def test_an_authorised_party_must_be_this_tool(browser: Browser, azp: object) -> None:
    """T-050."""
    assert problem(browser.launch(azp=azp)) == (401, "audience")


@pytest.mark.row("T-051")
def test_nobody_cannot_launch(browser: Browser, engine: Engine) -> None:
    """T-051: work cannot be kept for somebody without an identity."""
    assert problem(browser.launch(sub=LEFT_OUT)) == (401, "anonymous")
    assert visits(engine) == []


@pytest.mark.row("T-052")
@pytest.mark.parametrize("sub", ["", "x" * 256, 7, ["ada"], "a\x00b"])
def test_a_user_id_must_be_text_of_255_characters_at_most(browser: Browser, sub: object) -> None:
    """T-052: never 500, on either database."""
    assert problem(browser.launch(sub=sub)) == (401, "claim-invalid")


@pytest.mark.row("T-052")
def test_the_longest_user_id_is_kept_to_the_letter(browser: Browser, engine: Engine) -> None:
    """T-052: case and all."""
    longest = "Ab" * 127 + "c"
    assert browser.launch(sub=longest).status_code == 303

    with sessions(engine)() as session:
        assert session.scalars(select(PlatformUser.sub)).all() == [longest]


@pytest.mark.row("T-053")
def test_claims_we_do_not_know_are_ignored(browser: Browser, engine: Engine) -> None:
    """T-053: vendor claims, nested and long."""
    answer = browser.launch(
        **{"https://vendor.example/claim": {"deep": [1, {"x": "y" * 5000}]}, "locale": "de"}
    )

    assert answer.status_code == 303
    with sessions(engine)() as session:
        assert session.scalars(select(Person.name)).all() == ["Ada Bloom"]
