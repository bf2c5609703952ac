"""What a registration and a deployment may allow beyond the rule (T-048, T-051, T-052, T-058)."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from lti_tool.certification.platform import INSTRUCTOR, LEARNER, LEFT_OUT
from lti_tool.database import sessions
from lti_tool.launch import platforms
from lti_tool.launch.models import Deployment, DeploymentState, PlatformUser, Registration
from lti_tool.people.models import AuditEvent, Membership, Person
from lti_tool.people.roles import Role
from lti_tool.portfolio.models import Enrolment
from lti_tool.settings import Settings
from tests.builders import NOON, a_credential_version
from tests.launch.kit import Browser, problem, visits
from tests.launch.test_arrival import _form_token_of

Allow = Callable[..., None]


@pytest.fixture
def allow(engine: Engine, settings: Settings) -> Allow:
    """Change what the platform's registration allows."""

    def change(**allowed: Any) -> None:
        with sessions(engine).begin() as session:
            row = session.scalars(select(Registration)).one()
            platforms.change(session, row, settings=settings, actor=None, now=NOON, **allowed)

    return change


@pytest.fixture
def let(engine: Engine) -> Allow:
    """Change what the platform's deployment allows."""

    def change(**allowed: Any) -> None:
        with sessions(engine).begin() as session:
            row = session.scalars(select(Deployment)).one()
            platforms.change_deployment(session, row, actor=None, now=NOON, **allowed)

    return change


def count(engine: Engine, kind: Any) -> int:
    """How many rows there are."""
    with sessions(engine)() as session:
        return session.scalar(select(func.count()).select_from(kind)) or 0


@pytest.mark.row("T-048")
@pytest.mark.parametrize("aud", [["tool-1", "district"], ["district", "tool-1"]])
def test_an_extra_audience_is_accepted_where_the_registration_names_it(
    browser: Browser, engine: Engine, allow: Allow, aud: list[str]
) -> None:
    """T-048: in any order, for this tool as the authorised party, and for nobody else."""
    assert problem(browser.launch(aud=aud, azp="tool-1")) == (401, "audience")

    allow(extra_audiences=["district"])

    assert browser.launch(aud=aud, azp="tool-1").status_code == 303
    for azp in (LEFT_OUT, "district", None):
        assert problem(browser.launch(aud=aud, azp=azp)) == (401, "audience")
    assert problem(browser.launch(aud=[*aud, "other"], azp="tool-1")) == (401, "audience")
    assert problem(browser.launch(aud=["district"], azp="tool-1")) == (401, "audience")
    assert problem(browser.launch(aud=["tool-1", ["district"]], azp="tool-1")) == (401, "audience")
    assert len(visits(engine)) == 1

    allow(extra_audiences=[])
    assert problem(browser.launch(aud=aud, azp="tool-1")) == (401, "audience")


@pytest.mark.row("T-052")
def test_a_number_is_a_user_id_only_where_the_registration_says_so(
    browser: Browser, engine: Engine, allow: Allow
) -> None:
    """T-052: as its digits, so that the same person is met again; nothing else is bent."""
    assert problem(browser.launch(sub=4711)) == (401, "claim-invalid")

    allow(sub_may_be_number=True)

    assert browser.launch(sub=4711).status_code == 303
    assert browser.launch(sub="4711").status_code == 303
    with sessions(engine)() as session:
        assert session.scalars(select(PlatformUser.sub)).all() == ["4711"]
    for sub in (4711.5, True, 10**300, [4711], ""):
        assert problem(browser.launch(sub=sub)) == (401, "claim-invalid")


@pytest.mark.row("T-058")
def test_a_registration_may_let_new_deployments_in_at_once(
    browser: Browser, engine: Engine, allow: Allow
) -> None:
    """T-058: those that wait as well, but never one that was blocked; the audit trail says so."""

    def launch(deployment_id: str) -> tuple[int, str]:
        begun = browser.begin(lti_deployment_id=None)
        told = browser.platform.claims(begun.nonce, deployment_id=deployment_id)
        return problem(browser.post(begun.state, browser.platform.sign(told)))

    assert launch("waits") == (403, "deployment-pending")
    allow(approves_deployments=True)
    with sessions(engine).begin() as session:
        row = session.scalars(select(Deployment).where(Deployment.deployment_id == "1")).one()
        platforms.decide(session, row, DeploymentState.BLOCKED, actor=None, now=NOON)

    assert launch("waits") == (303, "")
    assert launch("new") == (303, "")
    assert launch("1") == (403, "deployment-blocked")
    with sessions(engine)() as session:
        states = dict(session.execute(select(Deployment.deployment_id, Deployment.state)).all())
        acts = session.scalars(select(AuditEvent.action)).all()
    assert states == {
        "1": DeploymentState.BLOCKED,
        "waits": DeploymentState.ACTIVE,
        "new": DeploymentState.ACTIVE,
    }
    assert acts.count("launch.approve-deployment") == 3


@pytest.mark.row("T-051")
def test_somebody_without_a_name_looks_around_where_the_deployment_lets_them(
    browser: Browser, another_browser: Callable[[], Browser], engine: Engine, let: Allow
) -> None:
    """T-051: a preview, with a banner, that keeps nothing and changes nothing."""
    # Given a course with something to earn, whose deployment lets guests in
    version = a_credential_version()
    with sessions(engine).begin() as session:
        session.add(version)
    program, slug = version.credential.program.slug, version.credential.slug
    custom = {"program": program, "credential": slug}
    nobody: dict[str, Any] = {"sub": LEFT_OUT, "custom": custom}
    assert problem(browser.launch(**nobody)) == (401, "anonymous")
    let(allow_anonymous=True)

    # When two guests come, one of them said to teach
    answer = browser.launch(**nobody)
    other = another_browser()
    assert other.launch(**nobody, roles=[INSTRUCTOR]).status_code == 303

    # Then they see what a learner sees, and what it is
    assert answer.status_code == 303
    page = browser.client.get(answer.location).text
    assert "This is a preview" in page
    assert "guest" in page
    assert version.title in page
    assert {(visit.role, visit.is_preview) for visit in visits(engine)} == {(Role.LEARNER, True)}

    # And nothing of a person is kept, whatever else the LMS told and whatever they try
    with sessions(engine)() as session:
        (guest,) = session.scalars(select(Person)).all()
        assert (guest.name, guest.email, guest.is_test) == ("Guest", None, True)
    form = {"form_token": _form_token_of(browser)}
    begun = browser.client.post(f"/portfolio/credentials/{program}/{slug}/begin", data=form)
    assert begun.status_code == 403
    for kind in (PlatformUser, Membership, Enrolment):
        assert count(engine, kind) == 0
    assert browser.client.get("/badges/").status_code == 200


@pytest.mark.row("T-051")
def test_guests_see_no_people_and_leave_when_they_are_no_longer_let_in(
    browser: Browser, another_browser: Callable[[], Browser], let: Allow
) -> None:
    """T-051: no roster whatever the roles say; their visits end with the permission."""
    let(allow_anonymous=True)
    ada = another_browser()
    ada.launch(name="Ada Bloom")

    page = browser.client.get(browser.launch(sub=LEFT_OUT, roles=[INSTRUCTOR]).location)
    assert "Ada Bloom" not in page.text
    assert browser.client.get("/grades/").status_code == 403

    let(allow_anonymous=False)
    assert browser.client.get("/").status_code == 401
    assert ada.client.get("/").status_code == 200


@pytest.mark.row("T-051")
@pytest.mark.parametrize("kind", ["LtiDeepLinkingRequest", "LtiSubmissionReviewRequest"])
def test_only_an_ordinary_launch_may_name_nobody(browser: Browser, let: Allow, kind: str) -> None:
    """T-051: who places something or opens work has to be somebody."""
    let(allow_anonymous=True)

    answer = browser.launch(
        sub=LEFT_OUT,
        roles=[INSTRUCTOR],
        message_type=kind,
        for_user={"user_id": "ada-1"},
        deep_linking_settings={"deep_link_return_url": "https://lms.example.edu/back"},
    )

    assert problem(answer) == (401, "anonymous")


@pytest.mark.row("T-051")
@pytest.mark.parametrize("sub", ["", 7, ["x"]])
def test_a_user_that_is_none_is_not_nobody(browser: Browser, let: Allow, sub: object) -> None:
    """T-051, T-052: a wrong claim is refused, also where a missing one is not."""
    let(allow_anonymous=True)

    assert problem(browser.launch(sub=sub)) == (401, "claim-invalid")


@pytest.mark.row("T-076")
@pytest.mark.parametrize("alone", [True, False])
def test_what_assistants_may_is_the_deployment_s_to_say(
    browser: Browser, another_browser: Callable[[], Browser], let: Allow, alone: bool
) -> None:
    """T-076: all that instructors may, or the course's progress without work and gradebook."""
    assistant = INSTRUCTOR.replace("#Instructor", "/Instructor#TeachingAssistant")
    roles = [assistant] if alone else [INSTRUCTOR, assistant]
    another_browser().launch(sub="ada", name="Ada Bloom", roles=[LEARNER])
    told: dict[str, Any] = {"sub": "tom", "name": "Tom Ash", "roles": roles}

    browser.launch(**told)
    assert browser.client.get("/grades/").status_code == 200

    let(assistants_grade=False)
    browser.launch(**told)
    page = browser.client.get("/").text
    assert "Ada Bloom" in page
    assert "Check the gradebook" not in page
    assert browser.client.get("/grades/").status_code == 403

    browser.launch(**told | {"roles": [*roles, INSTRUCTOR + "x"]})
    assert browser.client.get("/grades/").status_code == 403
    lead = INSTRUCTOR.replace("#Instructor", "/Instructor#PrimaryInstructor")
    browser.launch(**told | {"roles": [*roles, lead]})
    assert browser.client.get("/grades/").status_code == 200
