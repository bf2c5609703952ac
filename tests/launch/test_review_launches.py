"""From a gradebook to the very work, for those who may see it and nobody else (T-134)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from lti_tool.certification.platform import INSTRUCTOR, LEARNER, LEFT_OUT
from lti_tool.database import sessions
from lti_tool.launch.models import Deployment, PlatformContext, PlatformUser, ResourceLink
from lti_tool.people.models import Course, Membership, Person
from lti_tool.people.roles import Role, Seat
from lti_tool.portfolio.models import Submission, SubmissionState
from lti_tool.programs.models import CredentialVersion
from lti_tool.review.work import find_work
from tests.builders import NOON, a_credential_version
from tests.launch.kit import BASE, Browser, problem
from tests.review.works import appointed, submitted

pytestmark = pytest.mark.row("T-134")

WRITTEN = "What I saw and did."
ASSISTANT = "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant"
MENTOR = "http://purl.imsglobal.org/vocab/lis/v2/membership#Mentor"
ITEMS = "https://lms.example.edu/items"
KINDS = (Person, PlatformUser, Course, PlatformContext, Membership, ResourceLink)


class Scene:
    """Ada has handed in the first stage of two; nobody else has ever been here."""

    def __init__(self, engine: Engine, another_browser: Callable[[], Browser]) -> None:
        self.engine = engine
        self.another_browser = another_browser
        version = a_credential_version(slug="survey", parts=2)
        with sessions(engine).begin() as session:
            session.add(version)
        self.program = version.credential.program.slug
        self.credential = version.credential.public_id
        self.custom = {"program": self.program, "credential": "survey"}
        another_browser().launch(custom=self.custom)
        with sessions(engine).begin() as session:
            ada = session.scalars(select(Person)).one()
            self.ada = ada.id
            work = submitted(session, ada, session.get_one(CredentialVersion, version.id))
            self.work = work.public_id
            later = work.enrolment.credential_version.parts[1]
            session.add(
                Submission(
                    enrolment=work.enrolment,
                    part=later,
                    state=SubmissionState.DRAFT,
                    begun_at=NOON,
                )
            )

    def retrieved(self, *, address: str = "", **changes: Any) -> Any:
        """SpeedGrader opens an address: a plain launch with a link that is none."""
        target = address or f"/lti/review/{self.work}"
        asked: dict[str, Any] = {
            "sub": "dora",
            "roles": [INSTRUCTOR],
            "target_link_uri": BASE + target,
            "resource_link": {"id": "course-1", "title": "Cairn"},
        }
        return self.followed(**(asked | changes))

    def reviewed(self, **changes: Any) -> Any:
        """Moodle's gradebook asks for somebody's work."""
        asked: dict[str, Any] = {
            "sub": "dora",
            "roles": [INSTRUCTOR],
            "message_type": "LtiSubmissionReviewRequest",
            "for_user": {"user_id": "ada-1"},
            "target_link_uri": f"{BASE}/lti/review/{self.credential}",
            "custom": self.custom,
            "gradebook": {"lineitems": ITEMS, "lineitem": ITEMS + "/1", "scope": []},
        }
        return self.followed(**(asked | changes))

    def followed(self, **claims: Any) -> Any:
        """A launch in a browser of its own, and what it leads to."""
        browser = self.another_browser()
        answer = browser.launch(**claims)
        for _ in range(4):
            if answer.status_code != 303:
                break
            answer = browser.client.get(answer.location)
        return answer

    def rows(self) -> list[int]:
        """How many of everything that a launch may leave behind."""
        with sessions(self.engine)() as session:
            return [session.scalar(select(func.count()).select_from(kind)) or 0 for kind in KINDS]


@pytest.fixture
def scene(engine: Engine, another_browser: Callable[[], Browser]) -> Scene:
    """Ada's work, and the ways to it."""
    return Scene(engine, another_browser)


def test_the_teacher_of_her_course_reads_it_from_speedgrader(scene: Scene) -> None:
    """Although they have never opened the tool before."""
    before = scene.rows()

    page = scene.retrieved()

    assert page.status_code == 200
    assert WRITTEN in page.text
    # Nothing is learnt but who looked: no course, no link, not even that they are in the course
    assert [now - then for now, then in zip(scene.rows(), before, strict=True)] == [
        1, 1, 0, 0, 0, 0,
    ]  # fmt: skip


def test_the_teacher_of_her_course_reads_it_from_moodles_gradebook(scene: Scene) -> None:
    before = scene.rows()

    page = scene.reviewed(resource_link={"id": "another", "title": "Not known"})

    assert page.status_code == 200
    assert WRITTEN in page.text
    assert [now - then for now, then in zip(scene.rows(), before, strict=True)] == [
        1, 1, 0, 0, 0, 0,
    ]  # fmt: skip


@pytest.mark.parametrize("way", ["retrieved", "reviewed"])
def test_she_is_led_to_her_own_page(scene: Scene, way: str) -> None:
    page = getattr(scene, way)(sub="ada-1", roles=[LEARNER])

    assert page.status_code == 200
    assert page.request.path == f"/portfolio/submissions/{scene.work}"


@pytest.mark.parametrize("way", ["retrieved", "reviewed"])
@pytest.mark.parametrize(
    "who",
    [
        {"sub": "fay", "roles": [LEARNER]},
        {"sub": "olga", "roles": [MENTOR]},
        {"sub": "vera", "roles": []},
        {"sub": "ivan", "context": {"id": "course-2", "title": "Elsewhere"}},
        {"sub": "ivan", "context": {"id": "course-3", "title": "Nowhere yet"}},
        {"sub": "ivan", "context": LEFT_OUT},
    ],
    ids=["learner", "observer", "visitor", "teacher elsewhere", "teacher nowhere", "no course"],
)
def test_nobody_else_does(scene: Scene, way: str, who: dict[str, Any]) -> None:
    scene.followed(
        sub="otto",
        context={"id": "course-2", "title": "Elsewhere"},
        resource_link={"id": "link-2"},
        custom=scene.custom,
    )
    before = scene.rows()

    page = getattr(scene, way)(**who)

    assert page.status_code == 403
    assert WRITTEN not in page.text
    assert "Ada" not in page.text.split("<main", 1)[1]
    # No course and no membership of whoever tried
    assert scene.rows()[2:] == before[2:]


@pytest.mark.parametrize("way", ["retrieved", "reviewed"])
def test_an_assistant_reads_it_where_the_deployment_lets_them(scene: Scene, way: str) -> None:
    """T-076: reading what was handed in is a matter of grading."""
    roles = [INSTRUCTOR, ASSISTANT]
    assert getattr(scene, way)(sub="tom", roles=roles).status_code == 200

    with sessions(scene.engine).begin() as session:
        session.scalars(select(Deployment)).one().assistants_grade = False

    assert getattr(scene, way)(sub="tom", roles=roles).status_code == 403


@pytest.mark.parametrize("way", ["retrieved", "reviewed"])
def test_an_assessor_opens_the_desk_whatever_the_lms_calls_them(scene: Scene, way: str) -> None:
    """Who is appointed decides, not the course."""
    scene.followed(sub="ben", roles=[LEARNER])
    with sessions(scene.engine).begin() as session:
        ben = session.scalars(select(Person).where(Person.id != scene.ada)).one()
        work = find_work(session, scene.work)
        appointed(session, work, ben, Seat.ASSESSOR)

    page = getattr(scene, way)(sub="ben", roles=[LEARNER])

    assert page.status_code == 200
    assert "Start assessing" in page.text
    assert WRITTEN in page.text


@pytest.mark.parametrize("way", ["retrieved", "reviewed"])
def test_a_teacher_who_is_none_any_more_reads_nothing(scene: Scene, way: str) -> None:
    """What the roster says by now counts more than an older visit."""
    scene.followed(sub="dora", roles=[INSTRUCTOR])
    with sessions(scene.engine).begin() as session:
        membership = session.scalars(
            select(Membership).where(Membership.person_id != scene.ada)
        ).one()
        membership.role = Role.LEARNER

    assert getattr(scene, way)().status_code == 403


@pytest.mark.parametrize(
    "ending",
    [
        "?x=a%2520b",
        "?display=borderless&amp;assignment_id=7",
        "%3Fx%3D1",
        "%253Fx%253D1",
        "&amp;action=gradeReport",
        ";jsessionid=1",
    ],
)
def test_what_an_lms_adds_to_the_address_does_not_matter(scene: Scene, ending: str) -> None:
    """Canvas encodes queries twice (#1486), and some of it comes back as part of the path."""
    page = scene.retrieved(address=f"/lti/review/{scene.work}{ending}")

    assert page.status_code == 200
    assert WRITTEN in page.text


@pytest.mark.parametrize("ending", ["/more", "x", "/../../admin"])
def test_what_is_no_address_of_a_work_is_none(scene: Scene, ending: str) -> None:
    page = scene.retrieved(address=f"/lti/review/{scene.work}{ending}")

    assert WRITTEN not in page.text
    assert page.status_code in (200, 404)
    assert scene.rows()[4:] == [1, 1]


def test_leftovers_of_lti_1_1_are_ignored(scene: Scene) -> None:
    """A launch that brings both is a launch."""
    browser = scene.another_browser()
    begun = browser.begin()
    told = browser.platform.claims(
        begun.nonce,
        sub="dora",
        roles=[INSTRUCTOR],
        target_link_uri=f"{BASE}/lti/review/{scene.work}",
        resource_link={"id": "course-1"},
    )
    leftovers = {
        "lti_message_type": "basic-lti-launch-request",
        "lti_version": "LTI-1p0",
        "oauth_consumer_key": "key",
        "user_id": "ada-1",
        "resource_link_id": "link-1",
    }

    answer = browser.post(begun.state, browser.platform.sign(told), **leftovers)

    assert answer.status_code == 303
    assert answer.location == f"/lti/review/{scene.work}"


def test_an_lti_1_1_launch_of_the_address_says_what_to_mend(scene: Scene) -> None:
    """Where an older installation on the same host wins (canvas-lms #2192)."""
    form = {"lti_message_type": "basic-lti-launch-request", "lti_version": "LTI-1p0"}

    answer = scene.another_browser().client.post(f"/lti/review/{scene.work}", data=form)

    assert problem(answer) == (400, "left-over")
    assert "LTI-1p0" in answer.text


@pytest.mark.parametrize("for_user", [LEFT_OUT, {}, {"user_id": ""}, {"user_id": 7}, "ada-1"])
def test_a_review_of_nobody_is_refused(scene: Scene, for_user: Any) -> None:
    page = scene.reviewed(for_user=for_user)

    assert problem(page)[0] == 401


def test_a_review_of_somebody_unknown_says_so_to_who_may_ask(scene: Scene) -> None:
    page = scene.reviewed(for_user={"user_id": "nobody"})
    assert problem(page) == (404, "unknown-work")

    for who in ("nobody", "ada-1", "dora"):
        page = scene.reviewed(sub="fay", roles=[LEARNER], for_user={"user_id": who})
        # A learner cannot tell one from the other
        assert problem(page) == (403, "not-yours-to-see")


def test_a_review_of_somebody_who_has_handed_in_nothing(scene: Scene) -> None:
    """In words, and only to who may know."""
    scene.followed(sub="fay", custom=scene.custom)

    page = scene.reviewed(for_user={"user_id": "fay"})

    assert page.status_code == 404
    assert "Nothing has been handed in here yet." in page.text


def test_a_column_of_a_stage_opens_that_stage(scene: Scene) -> None:
    first = scene.reviewed(custom=scene.custom | {"part": "part-1"})
    second = scene.reviewed(custom=scene.custom | {"part": "part-2"})

    assert WRITTEN in first.text
    assert second.status_code == 404

    # And where only the link says which stage it is
    scene.followed(sub="ada-1", custom=scene.custom | {"part": "part-2"})
    by_link = scene.reviewed(
        custom={}, target_link_uri=f"{BASE}/lti/launch", resource_link={"id": "link-1"}
    )
    assert by_link.status_code == 404
    assert "Nothing has been handed in" in by_link.text


def test_a_pop_up_that_lost_the_person_leads_to_what_waits(scene: Scene) -> None:
    """Moodle's pop-up arrives as a plain launch: the teacher finds everybody's work."""
    page = scene.followed(sub="dora", roles=[INSTRUCTOR], custom=scene.custom)

    assert page.status_code == 200
    address = f"/review/of/{scene.ada}/{scene.credential}"
    assert f'href="{address}"' in page.text


def test_a_review_address_without_a_review_leads_to_what_waits(scene: Scene) -> None:
    """An assessor gets the queue, the credential's work first; a teacher the people."""
    address = f"/lti/review/{scene.credential}"
    teacher = scene.retrieved(address=address)
    assert teacher.request.path == "/"
    scene.followed(sub="ben", roles=[LEARNER])
    with sessions(scene.engine).begin() as session:
        older = submitted(session, session.get_one(Person, scene.ada), at=NOON - timedelta(days=3))
        ben = session.scalars(
            select(Person).join(PlatformUser).where(PlatformUser.sub == "ben")
        ).one()
        appointed(session, older, ben, Seat.ASSESSOR)
        appointed(session, find_work(session, scene.work), ben, Seat.ASSESSOR)
        first, other = scene.work, older.public_id

    page = scene.retrieved(address=address, sub="ben", roles=[LEARNER])

    assert page.status_code == 200
    assert page.text.index(first) < page.text.index(other)
    assert "which you came for" in page.text


def test_the_same_review_twice_is_a_second_click(scene: Scene) -> None:
    """T-020: and it leads to the same work, for the same person."""
    browser = scene.another_browser()
    begun = browser.begin()
    told = browser.platform.claims(
        begun.nonce,
        sub="dora",
        roles=[INSTRUCTOR],
        message_type="LtiSubmissionReviewRequest",
        for_user={"user_id": "ada-1"},
        target_link_uri=f"{BASE}/lti/review/{scene.credential}",
        gradebook={"lineitems": ITEMS, "lineitem": ITEMS + "/1", "scope": []},
    )
    token = browser.platform.sign(told)

    first, second = (browser.post(begun.state, token) for _ in range(2))

    assert first.location == second.location == f"/review/of/{scene.ada}/{scene.credential}"
