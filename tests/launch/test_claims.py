"""What a launch must say, and what it may (LTI Core 1.3, 5.3; T-054…T-066, T-080, T-081)."""

import html
import json
from typing import Any

import pytest
from sqlalchemy import Engine, select

from lti_tool.certification.platform import INSTRUCTOR, LEFT_OUT
from lti_tool.database import sessions
from lti_tool.launch import claims
from lti_tool.launch.models import Deployment, DeploymentState, ResourceLink
from lti_tool.launch.problems import LaunchProblem
from lti_tool.people.models import Course, Person, Visit
from tests.launch.kit import BASE, Browser, Platform, problem, visits


def read(**changes: Any) -> claims.Launch:
    """Read a learner's claims with some changed, without a platform around them."""
    platform = Platform(server=None)  # type: ignore[arg-type]
    return claims.read(platform.claims("n", **changes))


@pytest.mark.row("T-054")
@pytest.mark.parametrize(
    ("version", "code"),
    [("1.3", "claim-invalid"), ("1.1.0", "claim-invalid"), (LEFT_OUT, "claim-missing")],
)
def test_only_lti_1_3_is_spoken(
    browser: Browser, engine: Engine, version: object, code: str
) -> None:
    """T-054."""
    assert problem(browser.launch(version=version)) == (401, code)
    assert visits(engine) == []


@pytest.mark.row("T-055")
@pytest.mark.row("T-057")
@pytest.mark.row("T-060")
@pytest.mark.row("T-064")
@pytest.mark.parametrize("name", ["message_type", "deployment_id", "target_link_uri", "roles"])
def test_a_required_claim_that_is_missing_is_named(
    browser: Browser, engine: Engine, name: str
) -> None:
    """T-055, T-057, T-060, T-064."""
    answer = browser.launch(**{name: LEFT_OUT})

    assert problem(answer) == (401, "claim-missing")
    assert f'<th scope="row">{name}</th>' in answer.text
    assert visits(engine) == []


@pytest.mark.row("T-056")
@pytest.mark.parametrize("kind", ["LtiNoSuchRequest", "LtiStartProctoring", "x"])
def test_a_message_we_do_not_answer_is_named_with_a_way_back(browser: Browser, kind: str) -> None:
    """T-056: what was asked, what there is, and the way back to the course."""
    answer = browser.launch(
        message_type=kind, launch_presentation={"return_url": "https://lms.example.edu/c/1?a=b"}
    )

    assert problem(answer) == (400, "unsupported-message")
    assert kind in answer.text
    assert "LtiResourceLinkRequest" in answer.text
    assert "https://lms.example.edu/c/1?a=b&amp;lti_errormsg=" in answer.text


@pytest.mark.row("T-058")
def test_an_unknown_deployment_waits_until_somebody_approves_it(
    browser: Browser, engine: Engine
) -> None:
    """T-058: kept as pending once, and the page says who approves it and how."""
    for _ in range(2):
        begun = browser.begin(lti_deployment_id=None)
        platform = browser.platform
        token = platform.sign(platform.claims(begun.nonce, deployment_id="new-school"))
        answer = browser.post(begun.state, token)
        assert problem(answer) == (403, "deployment-pending")

    with sessions(engine)() as session:
        (row,) = session.scalars(select(Deployment).where(Deployment.deployment_id == "new-school"))
        assert row.state is DeploymentState.PENDING
        assert session.scalars(select(Person)).all() == []
    assert f"cairn deployment approve {row.id}" in answer.text
    assert "/admin" in answer.text
    assert visits(engine) == []


@pytest.mark.row("T-058")
def test_a_blocked_deployment_stays_out(browser: Browser, engine: Engine) -> None:
    """T-058."""
    with sessions(engine).begin() as session:
        session.scalars(select(Deployment)).one().state = DeploymentState.BLOCKED

    assert problem(browser.launch()) == (403, "deployment-blocked")


@pytest.mark.row("T-059")
def test_login_and_launch_must_name_the_same_deployment(browser: Browser) -> None:
    """T-059."""
    begun = browser.begin(lti_deployment_id="2")
    platform = browser.platform

    answer = browser.post(begun.state, platform.sign(platform.claims(begun.nonce)))

    assert problem(answer) == (401, "unknown-deployment")


@pytest.mark.row("T-061")
def test_the_signed_target_is_followed_not_the_login_s(
    browser: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    """T-061: and the difference is in the log."""
    begun = browser.begin(target_link_uri=f"{BASE}/lti/review/abc")
    platform = browser.platform

    answer = browser.post(begun.state, platform.sign(platform.claims(begun.nonce)))

    assert answer.status_code == 303
    assert "/review/" not in answer.location
    assert "launch.target-differs" in "".join(capsys.readouterr())


@pytest.mark.row("T-062")
@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/lti/review/abc",
        "javascript:alert(1)",
        f"{BASE}/nowhere/at/all",
        f"{BASE}.evil.example/lti/review/abc",
        "//evil.example/lti/review/abc",
        "https://evil.example\\@localhost:8000/lti/review/abc",
        "http://[broken",
    ],
)
def test_nobody_is_sent_off_site(browser: Browser, target: str) -> None:
    """T-062: an address that is not ours leads to the ordinary page."""
    answer = browser.launch(target_link_uri=target)

    assert answer.status_code == 303
    assert answer.location.startswith("/")
    assert not answer.location.startswith("//")
    assert "review" not in answer.location


@pytest.mark.row("T-063")
@pytest.mark.parametrize(
    ("link", "code"),
    [
        (LEFT_OUT, "claim-missing"),
        ({}, "claim-missing"),
        (None, "claim-missing"),
        ({"id": None}, "claim-missing"),
        ({"id": ""}, "claim-invalid"),
        ("link-1", "claim-invalid"),
        ([], "claim-invalid"),
        ({"id": 5}, "claim-invalid"),
    ],
)
def test_a_launch_must_name_its_link(browser: Browser, link: object, code: str) -> None:
    """T-063: never 500."""
    assert problem(browser.launch(resource_link=link)) == (401, code)


@pytest.mark.row("T-066")
def test_roles_must_be_a_list(browser: Browser) -> None:
    """T-066: a text is refused; nulls are dropped; hundreds do no harm."""
    assert problem(browser.launch(roles=INSTRUCTOR)) == (401, "claim-invalid")
    assert browser.launch(roles=[None, 3, INSTRUCTOR]).status_code == 303
    assert browser.launch(roles=[f"urn:x:{number}" for number in range(500)]).status_code == 303


@pytest.mark.row("T-057")
@pytest.mark.parametrize("deployment_id", ["", "x" * 256, 4])
def test_a_deployment_id_must_be_text_of_255_characters_at_most(
    browser: Browser, deployment_id: object
) -> None:
    """T-057."""
    assert problem(browser.launch(deployment_id=deployment_id)) == (401, "claim-invalid")


@pytest.mark.row("T-080")
def test_unexpanded_variables_count_as_absent() -> None:
    """T-080: Moodle and Canvas send what they do not know as it was written."""
    launch = read(
        custom={"a": "$Canvas.assignment.id", "b": "", "c": 12, "d": "text", "e": None, "f": [1]}
    )

    assert launch.custom == {"b": "", "c": "12", "d": "text"}


@pytest.mark.row("T-080")
def test_odd_custom_values_let_everybody_in(browser: Browser, engine: Engine) -> None:
    """T-080: what the LMS left as it was written neither chooses a program nor breaks a page."""
    answer = browser.launch(
        custom={
            "program": "$Canvas.program",
            "credential": "",
            "due": "$ResourceLink.submission.endDateTime",
            "canvas_assignment_id": 77,
            "points": 1.5,
            "yes": True,
            "nothing": None,
            "deep": {"a": [1]},
            "long": "x" * 20_000,
        }
    )

    assert answer.status_code == 303
    assert browser.client.get(answer.location).status_code == 200
    with sessions(engine)() as session:
        assert session.scalars(select(ResourceLink)).one().program_id is None


TURNING = ["\u202e", "\u202d", "\u202a", "\u2067", "\u2066"]


@pytest.mark.row("T-081")
@pytest.mark.parametrize("mark", TURNING)
def test_a_name_turns_nothing_but_itself(browser: Browser, engine: Engine, mark: str) -> None:
    """T-081: marks that turn what follows are left out, and pages set names apart."""
    roles = [INSTRUCTOR]
    title = f"{mark}Kurs"
    answer = browser.launch(name=f"Ada{mark}moolB", context={"id": "c", "title": title})
    assert answer.status_code == 303
    browser.launch(sub="dora", name="دورا", roles=roles, context={"id": "c", "title": title})

    page = browser.client.get("/").text

    assert mark not in page
    assert "<bdi>AdamoolB</bdi>" in page
    assert "<bdi>دورا</bdi>" in page
    assert "<bdi>Kurs</bdi>" in page


@pytest.mark.row("T-081")
def test_names_and_titles_are_cut_and_escaped(browser: Browser, engine: Engine) -> None:
    """T-081: markup, control characters, text that runs right to left, 10 kB titles."""
    answer = browser.launch(
        name="<script>alert(1)</script> عَلِي 🪨\x00\n",
        context={"id": "c", "title": "T" * 10_000},
        resource_link={"id": "l", "title": "\ud800 half a character"},
    )

    assert answer.status_code == 303
    with sessions(engine)() as session:
        assert session.scalars(select(Person)).one().name == "<script>alert(1)</script> عَلِي 🪨"
        assert len(session.scalars(select(Course)).one().title) == 255
        assert session.scalars(select(ResourceLink)).one().title == "half a character"
    page = browser.client.get(browser.launch(name="<b>x</b>").location)
    assert "<b>x</b>" not in page.text


@pytest.mark.row("T-083")
@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//x", 7])
def test_a_return_address_is_only_offered_if_it_is_one(browser: Browser, address: object) -> None:
    """T-083."""
    answer = browser.launch(message_type="x", launch_presentation={"return_url": address})

    assert problem(answer) == (400, "unsupported-message")
    assert "Back to the course" not in answer.text


@pytest.mark.row("T-083")
@pytest.mark.parametrize(
    ("address", "begins", "ends"),
    [
        ("https://lms.example.edu/c/1", "https://lms.example.edu/c/1?lti_", ""),
        ("https://lms.example.edu/c?a=b&c=%20", "https://lms.example.edu/c?a=b&c=%20&lti_", ""),
        ("https://lms.example.edu/c?", "https://lms.example.edu/c?lti_", ""),
        ("https://lms.example.edu/c?a=1#part", "https://lms.example.edu/c?a=1&lti_", "#part"),
        ("https://lms.example.edu", "https://lms.example.edu?lti_", ""),
    ],
)
def test_the_way_back_keeps_the_address_it_was_given(
    browser: Browser, address: str, begins: str, ends: str
) -> None:
    """T-083: the query to the letter, the fragment at the end, the reference for the LMS's log."""
    answer = browser.launch(message_type="x", launch_presentation={"return_url": address})

    (link,) = [part for part in _links(answer.text) if "lti_errormsg=" in part]
    assert link.startswith(begins + "errormsg=")
    assert link.endswith(ends)
    assert "lti_errorlog=unsupported-message+" in link


@pytest.mark.row("T-083")
def test_who_only_has_to_wait_brings_a_message_and_no_error(browser: Browser) -> None:
    """T-083: a deployment that waits to be approved is nobody's mistake."""
    begun = browser.begin(lti_deployment_id=None)
    told = browser.platform.claims(
        begun.nonce,
        deployment_id="new",
        launch_presentation={"return_url": "https://lms.example.edu/c"},
    )

    answer = browser.post(begun.state, browser.platform.sign(told))

    assert problem(answer) == (403, "deployment-pending")
    (link,) = [part for part in _links(answer.text) if "lti_msg=" in part]
    assert "lti_log=deployment-pending+" in link
    assert "lti_error" not in link


def _links(page: str) -> list[str]:
    """Every address a page leads to, unescaped."""
    return [html.unescape(part.split('"', 1)[0]) for part in page.split('href="')[1:]]


@pytest.mark.row("T-083")
def test_a_way_back_of_an_unsigned_message_is_not_offered(browser: Browser) -> None:
    """T-083: anybody could have written it."""
    begun = browser.begin()
    told = browser.platform.claims(
        begun.nonce, launch_presentation={"return_url": "https://evil.example/"}
    )

    answer = browser.post(begun.state, browser.platform.sign(told, kid="unknown"))

    assert "evil.example" not in answer.text


def test_the_way_back_is_kept_for_the_visit(browser: Browser, engine: Engine) -> None:
    """And the LMS's own pages may show ours in a frame, nobody else's."""
    answer = browser.launch(
        launch_presentation={"return_url": "https://school.example.edu/course/9"},
        gradebook={"lineitems": "https://api.example.edu/items", "scope": []},
    )

    with sessions(engine)() as session:
        visit = session.scalars(select(Visit)).one()
    assert visit.return_url == "https://school.example.edu/course/9"
    assert visit.frame_origins == [
        "https://api.example.edu",
        "https://lms.example.edu",
        "https://school.example.edu",
    ]
    assert answer.status_code == 303


@pytest.mark.parametrize("name", ["context", "custom", "for_user", "resource_link"])
@pytest.mark.parametrize("value", ["text", [1], 5, True])
def test_claims_of_another_type_are_refused_by_name(name: str, value: object) -> None:
    """Whatever a platform sends, the answer names the claim."""
    with pytest.raises(LaunchProblem) as refused:
        read(**{name: value})

    assert refused.value.cause.code == "claim-invalid"
    assert name in str(refused.value)


def test_services_are_only_believed_as_web_addresses() -> None:
    """A claim that is nonsense means that there is no such service."""
    launch = read(
        gradebook={"lineitems": "ftp://x", "lineitem": 5, "scope": "all"},
        roster={"context_memberships_url": "javascript:1"},
    )

    assert launch.gradebook == claims.Gradebook(None, None, ())
    assert launch.memberships_url is None
    assert read(gradebook="x").gradebook is None
    assert json.dumps(launch.custom) == "{}"
