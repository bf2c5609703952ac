"""Launches over real HTTP from the practice LMS, in both its moods."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select

from lti_tool.database import sessions
from lti_tool.launch.connector import LINE_ITEMS, RESULTS_READ, SCORES, ScopeMissing, Service
from lti_tool.launch.models import Deployment, DeploymentState, ResourceLink
from lti_tool.people.models import Visit
from lti_tool.people.roles import Role
from lti_tool.practice_lms import RunningLms
from lti_tool.walk.visitor import Visitor
from tests.builders import a_credential_version
from tests.conftest import Served

COLUMNS = "application/vnd.ims.lis.v2.lineitemcontainer+json"


@pytest.fixture
def begin(lms: RunningLms) -> Callable[[str, str], str]:
    """The address at which somebody begins the launch of a link."""
    course = next(iter(lms.lms.school.courses))
    return lambda key, link: (
        f"{lms.url}/courses/{course}/links/{link}/launch?as={key}&target=window"
    )


def a_link(lms: RunningLms, engine: Engine) -> tuple[str, str]:
    """A link in the first course that opens a credential: its id there, and the slug."""
    version = a_credential_version()
    with sessions(engine).begin() as session:
        session.add(version)
    credential = version.credential
    link = lms.lms.add_link(
        next(iter(lms.lms.school.courses)),
        "Field journal",
        custom={"program": credential.program.slug, "credential": credential.slug},
    )
    return link.id, credential.slug


@pytest.mark.row("T-014")
@pytest.mark.row("T-097")
def test_people_come_in_from_both_products(
    lms: RunningLms, engine: Engine, begin: Callable[[str, str], str]
) -> None:
    """T-014, T-097: learner and instructor, over real HTTP, to what the link names."""
    link, slug = a_link(lms, engine)

    for key in ("ada", "dora"):
        page = Visitor().launch(begin(key, link))
        assert page.status == 200
        assert "lti-problem" not in page.metas

    with sessions(engine)() as session:
        roles = [visit.role for visit in session.scalars(select(Visit).order_by(Visit.id))]
        row = session.scalars(select(ResourceLink)).one()
        assert row.credential is not None
        assert row.credential.slug == slug
        assert row.line_items_url
        assert row.line_item_url
    assert roles == [Role.LEARNER, Role.INSTRUCTOR]


@pytest.mark.row("T-036")
def test_a_platform_s_new_key_is_learnt(
    lms: RunningLms, engine: Engine, begin: Callable[[str, str], str]
) -> None:
    """T-036."""
    link, _ = a_link(lms, engine)
    Visitor().launch(begin("ada", link))

    lms.lms.rotate_keys()

    assert "lti-problem" not in Visitor().launch(begin("ada", link)).metas


@pytest.mark.row("T-058")
def test_a_pending_deployment_lets_people_in_once_approved(
    lms: RunningLms, engine: Engine, begin: Callable[[str, str], str]
) -> None:
    """T-058: the same link, after somebody approved it."""
    link, _ = a_link(lms, engine)
    with sessions(engine).begin() as session:
        session.query(Deployment).delete()

    refused = Visitor().launch(begin("ada", link), expect=403)
    assert refused.metas["lti-problem"] == "deployment-pending"

    with sessions(engine).begin() as session:
        session.scalars(select(Deployment)).one().state = DeploymentState.ACTIVE
    assert "lti-problem" not in Visitor().launch(begin("ada", link)).metas


@pytest.mark.row("T-086")
@pytest.mark.row("T-097")
def test_what_an_instructor_picks_appears_in_the_course(lms: RunningLms, engine: Engine) -> None:
    """T-086, T-097: picked, handed to the LMS, clicked by a learner, bound to what was picked."""
    version = a_credential_version(title="Pond survey")
    version.details = {"status": "complete"}
    with sessions(engine).begin() as session:
        session.add(version)
    slug = version.credential.slug
    school = lms.lms.school
    course = next(iter(school.courses))
    before = set(school.links)
    dora = Visitor()
    picker = dora.launch(f"{lms.url}/courses/{course}/deep-link?as=dora&target=window")
    form = next(form for form in picker.forms if "pick" in form.choices)
    choice = next(one.value for one in form.choices["pick"] if one.value.endswith(f"/{slug}"))

    answer = dora.send(picker, form, {"pick": choice})
    handing_over = next(form for form in answer.forms if "JWT" in form.values)
    placed = dora.send(answer, handing_over)
    for confirming in [form for form in placed.forms if form.method == "post"][:1]:
        if not set(school.links) - before:
            dora.send(placed, confirming)

    (new,) = set(school.links) - before
    assert school.columns_for(school.link(new))[0].resource_id == version.credential.public_id
    page = Visitor().launch(f"{lms.url}/courses/{course}/links/{new}/launch?as=ada&target=window")
    assert "lti-problem" not in page.metas
    with sessions(engine)() as session:
        row = session.scalars(select(ResourceLink)).one()
        assert row.credential is not None
        assert row.credential.slug == slug


@pytest.mark.row("T-107")
@pytest.mark.row("T-110")
def test_services_answer_the_connector(
    lms: RunningLms, tool: Served, engine: Engine, begin: Callable[[str, str], str]
) -> None:
    """T-107, T-110: the LMS checks our assertion strictly, and may grant less than asked."""
    link, _ = a_link(lms, engine)
    Visitor().launch(begin("ada", link))
    house = tool.app.extensions["cairn"]
    with sessions(engine)() as session:
        row = session.scalars(select(ResourceLink)).one()
    service = Service.of(
        engine,
        tool.settings,
        house.keyring,
        deployment_pk=row.deployment_id,
        clock=lambda: datetime.now(UTC),
    )

    answer = service.call("GET", row.line_items_url or "", scopes=[LINE_ITEMS], accept=COLUMNS)
    assert answer.status == 200, answer.text
    assert len(answer.json()) >= 1

    lms.lms.scopes = (RESULTS_READ,)
    with pytest.raises(ScopeMissing):
        service.token([RESULTS_READ, SCORES])
