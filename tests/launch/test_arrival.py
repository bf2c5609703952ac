"""What a launch leaves behind (T-065…T-073, T-078, T-097, T-123)."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event, func, select

from lti_tool.certification.platform import INSTRUCTOR, LEARNER, LEFT_OUT
from lti_tool.database import Base, sessions
from lti_tool.launch.models import PlatformContext, PlatformUser, Product, ResourceLink
from lti_tool.people.models import Course, Membership, Person, Visit
from lti_tool.people.roles import Role
from tests.builders import a_credential_version
from tests.launch.kit import BASE, Browser, problem, visits

TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"
PRESENTED: tuple[tuple[dict[str, Any], str | None], ...] = (
    ({"name": LEFT_OUT}, None),
    ({"email": LEFT_OUT}, "Ada Bloom"),
    ({"name": LEFT_OUT, "email": LEFT_OUT}, None),
    ({"name": LEFT_OUT, "given_name": "Ada", "family_name": "Bloom"}, "Ada Bloom"),
    ({"name": LEFT_OUT, "family_name": "Bloom", "email": LEFT_OUT}, "Bloom"),
)


@pytest.fixture
def credential(engine: Engine) -> tuple[str, str]:
    """A published program with one credential: the slugs of both."""
    version = a_credential_version()
    with sessions(engine).begin() as session:
        session.add(version)
    return version.credential.program.slug, version.credential.slug


def the(engine: Engine, kind: type[Base]) -> Any:
    """The one row of a kind."""
    with sessions(engine)() as session:
        return session.scalars(select(kind)).one()


def count(engine: Engine, kind: type[Base]) -> int:
    """How many rows there are."""
    with sessions(engine)() as session:
        return session.scalar(select(func.count()).select_from(kind)) or 0


@pytest.mark.row("T-065")
@pytest.mark.row("T-067")
@pytest.mark.row("T-068")
@pytest.mark.row("T-069")
@pytest.mark.row("T-070")
@pytest.mark.parametrize(
    ("roles", "ours"),
    [
        ([], Role.VISITOR),
        ([LEARNER], Role.LEARNER),
        (["Learner"], Role.LEARNER),
        ([INSTRUCTOR], Role.INSTRUCTOR),
        (["Instructor"], Role.INSTRUCTOR),
        (
            ["http://purl.imsglobal.org/vocab/lis/v2/system/person#User", INSTRUCTOR],
            Role.INSTRUCTOR,
        ),
        (["http://vendor.example/role"], Role.VISITOR),
    ],
)
def test_everybody_is_let_in_as_what_they_are(
    browser: Browser, engine: Engine, roles: list[str], ours: Role
) -> None:
    """T-065, T-067…T-070: the nine payloads of the certification, by their roles."""
    assert browser.launch(roles=roles).status_code == 303

    (visit,) = visits(engine)
    assert visit.role is ours
    assert the(engine, Membership).role is ours


@pytest.mark.row("T-071")
@pytest.mark.parametrize("roles", [[LEARNER], [INSTRUCTOR]])
@pytest.mark.parametrize(("changes", "name"), PRESENTED)
def test_whatever_the_lms_keeps_to_itself_people_are_let_in(
    browser: Browser, engine: Engine, roles: list[str], changes: dict[str, Any], name: str | None
) -> None:
    """T-071: without name, without address, without either; nobody is nameless on our pages."""
    assert browser.launch(roles=roles, **changes).status_code == 303

    person = the(engine, Person)
    assert person.name == name or (name is None and person.name.startswith("Learner "))
    assert person.email == (None if "email" in changes else "ada@example.edu")


@pytest.mark.row("T-071")
def test_a_name_once_told_is_kept(browser: Browser, engine: Engine) -> None:
    """T-071: a later launch without a name takes nothing away, one with another changes it."""
    browser.launch()
    browser.launch(name=LEFT_OUT, email=LEFT_OUT)
    assert the(engine, Person).name == "Ada Bloom"

    browser.launch(name="Ada Marsh")
    assert the(engine, Person).name == "Ada Marsh"
    assert count(engine, PlatformUser) == 1


@pytest.mark.row("T-072")
@pytest.mark.row("T-073")
@pytest.mark.parametrize("roles", [[LEARNER], [INSTRUCTOR]])
def test_a_link_without_a_course_is_a_space_of_its_own(
    browser: Browser, engine: Engine, roles: list[str]
) -> None:
    """T-072, T-073: keyed by deployment and link; the same space next time."""
    bare: dict[str, Any] = {"roles": roles, "context": LEFT_OUT, "name": LEFT_OUT}
    for _ in range(2):
        assert browser.launch(**bare, resource_link={"id": "only-this"}).status_code == 303

    assert the(engine, PlatformContext).context_id == "link:only-this"
    assert the(engine, Course).title == "Your course"
    assert browser.launch(**bare, resource_link={"id": "z" * 255}).status_code == 303
    assert count(engine, Course) == 2


def test_the_same_ids_in_two_deployments_are_two_courses(browser: Browser, engine: Engine) -> None:
    """Moodle numbers everything from one: nothing is keyed without its deployment."""
    platform = browser.platform
    platform.register(engine, deployment_ids=["1", "2"])
    browser.launch()
    begun = browser.begin(lti_deployment_id="2")
    token = platform.sign(platform.claims(begun.nonce, deployment_id="2"))
    assert browser.post(begun.state, token).status_code == 303

    assert (count(engine, Course), count(engine, ResourceLink)) == (2, 2)
    assert count(engine, Person) == 1


def test_ids_differ_by_case(browser: Browser, engine: Engine) -> None:
    """LTI identifiers are case-sensitive, on both databases."""
    for sub, course in (("ada", "c"), ("ADA", "C")):
        browser.launch(sub=sub, context={"id": course})

    assert (count(engine, Person), count(engine, Course)) == (2, 2)


@pytest.mark.row("T-123")
def test_the_newest_launch_tells_where_the_gradebook_is(browser: Browser, engine: Engine) -> None:
    """T-123: addresses of columns change, and a second column takes the first one's away."""
    items = "https://lms.example.edu/items"
    browser.launch(gradebook={"lineitems": items, "lineitem": items + "/1", "scope": ["a", "b"]})
    link = the(engine, ResourceLink)
    assert (link.line_items_url, link.line_item_url) == (items, items + "/1")

    browser.launch(
        gradebook={"lineitems": items + "?t=2", "scope": ["a"]},
        roster={"context_memberships_url": "https://lms.example.edu/people"},
    )
    link = the(engine, ResourceLink)
    assert (link.line_items_url, link.line_item_url) == (items + "?t=2", None)
    assert link.scopes == ["a"]
    assert link.memberships_url == "https://lms.example.edu/people"


@pytest.mark.row("T-097")
def test_custom_parameters_choose_what_a_link_opens(
    browser: Browser, engine: Engine, credential: tuple[str, str]
) -> None:
    """T-097: bound on the first launch, and again whenever they name something else."""
    program, slug = credential
    answer = browser.launch(custom={"program": program, "credential": slug})
    assert answer.location == "/"
    link = the(engine, ResourceLink)
    assert link.program_id is not None
    assert link.credential_id is not None

    assert browser.launch(custom={"program": program, "credential": "$X"}).location == "/"
    assert the(engine, ResourceLink).credential_id is None
    assert browser.launch().location == "/"
    assert the(engine, ResourceLink).program_id is not None


@pytest.mark.parametrize("which", ["program", "credential"])
def test_a_link_to_what_does_not_exist_says_so(
    browser: Browser, engine: Engine, credential: tuple[str, str], which: str
) -> None:
    """And lets nobody in half-way."""
    named = dict(zip(("program", "credential"), credential, strict=True)) | {which: "no-such"}

    answer = browser.launch(roles=[INSTRUCTOR], custom=named)

    assert problem(answer) == (404, "unknown-content")
    assert "no-such" in answer.text
    assert (visits(engine), count(engine, Person), count(engine, ResourceLink)) == ([], 0, 0)


def test_an_unbound_link_asks_the_instructor_and_tells_the_learner(
    browser: Browser,
    another_browser: Callable[[], Browser],
    engine: Engine,
    credential: tuple[str, str],
) -> None:
    """Dora chooses once; Ada lands there from then on."""
    ada, dora = browser, another_browser()
    told = ada.client.get(ada.launch().location)
    assert told.status_code == 200
    assert "not set up yet" in told.text
    assert "<form" not in told.text.split("<main", 1)[1]

    page = dora.launch(sub="dora", name="Dora", roles=[INSTRUCTOR])
    asked = dora.client.get(page.location)
    token = asked.text.split('name="form_token" value="', 1)[1].split('"', 1)[0]
    nothing = dora.client.post(page.location, data={"form_token": token})
    assert nothing.status_code == 422
    chosen = f"credential:{credential[0]}/{credential[1]}"
    bound = dora.client.post(page.location, data={"form_token": token, "pick": chosen})
    assert (bound.status_code, bound.location) == (303, "/")

    assert ada.launch().location == "/"
    assert the(engine, ResourceLink).credential_id is not None


def test_a_learner_may_not_choose_what_a_link_opens(
    browser: Browser, credential: tuple[str, str]
) -> None:
    """Whatever is posted."""
    page = browser.launch().location
    token = _form_token_of(browser)

    answer = browser.client.post(
        page, data={"form_token": token, "pick": f"program:{credential[0]}"}
    )

    assert answer.status_code == 403


def _form_token_of(browser: Browser) -> str:
    """The token that forms of this visit carry."""
    from lti_tool.web.permissions import form_token

    cookie = browser.client.get_cookie("cairn_visit")
    assert cookie is not None
    app = browser.client.application
    with app.test_request_context("/", headers={"Cookie": f"cairn_visit={cookie.value}"}):
        return form_token()


@pytest.mark.row("T-078")
def test_the_student_view_is_a_preview(browser: Browser, engine: Engine) -> None:
    """T-078: a test user behaves as a learner and leaves nothing behind."""
    browser.launch(roles=[LEARNER, TEST_USER], sub="test-student")

    (visit,) = visits(engine)
    assert (visit.role, visit.is_preview) == (Role.LEARNER, True)
    assert the(engine, Person).is_test


@pytest.mark.row("T-078")
def test_acting_as_somebody_is_a_preview_on_canvas(browser: Browser, engine: Engine) -> None:
    """T-078: the variable is only expanded while an administrator acts as the user."""
    browser.platform.register(engine, product=Product.CANVAS)

    browser.launch(custom={"canvas_masquerading_user_id": "$Canvas.masqueradingUser.id"})
    browser.launch(custom={"canvas_masquerading_user_id": "77"})

    assert [visit.is_preview for visit in visits(engine)] == [False, True]
    assert not the(engine, Person).is_test


@pytest.mark.row("T-078")
def test_switching_the_role_on_moodle_is_a_preview(browser: Browser, engine: Engine) -> None:
    """T-078: a teacher in the student role keeps the teacher's own id, and stays a teacher."""
    browser.platform.register(engine, product=Product.MOODLE)
    browser.launch(sub="dora", roles=[INSTRUCTOR])

    browser.launch(sub="dora", roles=[LEARNER])

    assert [visit.is_preview for visit in visits(engine)] == [False, True]
    assert the(engine, Membership).role is Role.INSTRUCTOR


@pytest.mark.row("T-134")
def test_a_review_address_opens_the_very_work(browser: Browser, engine: Engine) -> None:
    """T-134: SpeedGrader's launch names a wrong link, from which nothing is learnt."""
    answer = browser.launch(
        roles=[INSTRUCTOR],
        target_link_uri=f"{BASE}/lti/review/AbCdEfGhIjKlMnOpQrStUv",
        resource_link={"id": "the-course-id"},
    )

    assert (answer.status_code, answer.location) == (303, "/lti/review/AbCdEfGhIjKlMnOpQrStUv")
    assert (count(engine, ResourceLink), count(engine, Course)) == (0, 0)
    onward = browser.client.get(answer.location)
    assert onward.location == "/review/AbCdEfGhIjKlMnOpQrStUv"


@pytest.mark.row("T-134")
def test_a_column_s_review_names_person_and_credential(
    browser: Browser, engine: Engine, credential: tuple[str, str]
) -> None:
    """T-134: Moodle's gradebook knows whose work it asks for, not which."""
    named = dict(zip(("program", "credential"), credential, strict=True))
    browser.launch(custom=named)
    with sessions(engine)() as session:
        link = session.scalars(select(ResourceLink)).one()
        assert link.credential is not None
        public_id = link.credential.public_id
    ada = the(engine, PlatformUser).person_id
    items = "https://lms.example.edu/items"
    asked: dict[str, Any] = {
        "sub": "dora",
        "roles": [INSTRUCTOR],
        "message_type": "LtiSubmissionReviewRequest",
        "for_user": {"user_id": "ada-1"},
        "gradebook": {"lineitems": items, "lineitem": items + "/1", "scope": []},
    }

    expected = f"/review/of/{ada}/{public_id}"
    by_address = browser.launch(**asked, target_link_uri=f"{BASE}/lti/review/{public_id}")
    assert by_address.location == expected
    assert browser.launch(**asked, custom=named).location == expected
    assert browser.launch(**asked).location == expected

    stranger = browser.launch(**(asked | {"for_user": {"user_id": "nobody"}}))
    assert problem(stranger) == (404, "unknown-work")
    for nobody in (LEFT_OUT, {}, {"user_id": ""}):
        status, _ = problem(browser.launch(**(asked | {"for_user": nobody})))
        assert status == 401


def test_a_visit_is_not_begun_by_a_refused_launch(browser: Browser, engine: Engine) -> None:
    """No cookie but the login's, no visit, no row of anybody."""
    answer = browser.launch(version="1.1")

    assert answer.headers.getlist("Set-Cookie") == []
    assert [count(engine, kind) for kind in (Visit, Person, Course)] == [0, 0, 0]


def test_coming_again_asks_the_database_little_and_rewrites_nothing(
    browser: Browser, app: Flask, credential: tuple[str, str]
) -> None:
    """What a launch costs: a known person, by a known link, with nothing new to say."""
    # Given somebody who came by this link before
    program, _ = credential
    custom = {"program": program}
    assert browser.launch(custom=custom).status_code == 303
    asked: list[str] = []

    def listen(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(" ".join(statement.split()[:3]))

    # When they come again
    event.listen(app.extensions["cairn"].engine, "before_cursor_execute", listen)
    assert browser.launch(custom=custom).status_code == 303

    # Then login, visit and record are all that is written, and four queries all that is read
    changes = [words for words in asked if words.startswith(("INSERT", "UPDATE", "DELETE"))]
    assert changes == [
        "INSERT INTO login_attempt",
        "INSERT INTO visit",
        "UPDATE login_attempt SET",
        "INSERT INTO launch_record",
    ]
    assert len([words for words in asked if words.startswith("SELECT")]) == 4
