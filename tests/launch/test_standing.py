"""What a launch's roles let somebody see and do, through real launches (T-067…T-079)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from lti_tool.badges.models import Award
from lti_tool.certification.platform import INSTRUCTOR, LEARNER
from lti_tool.database import sessions
from lti_tool.grades.models import ScoreDelivery
from lti_tool.launch.models import PlatformUser, Product
from lti_tool.people.models import Membership, Person, Visit
from lti_tool.people.roles import Role
from lti_tool.portfolio.models import Enrolment, Submission
from lti_tool.programs.models import CredentialVersion
from tests.builders import a_credential_version
from tests.launch.kit import Browser, problem, visits
from tests.launch.test_arrival import TEST_USER, _form_token_of
from tests.portfolio.studio import begun, decided, handed_in, rated

MEMBERSHIP = INSTRUCTOR.removesuffix("Instructor")
INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
SYSTEM = "http://purl.imsglobal.org/vocab/lis/v2/system/person#"
MENTOR = MEMBERSHIP + "Mentor"


class Class:
    """A course that offers one credential, and everybody's browsers."""

    def __init__(self, engine: Engine, another_browser: Callable[[], Browser]) -> None:
        self.engine = engine
        self.another_browser = another_browser
        self.version = a_credential_version(title="First steps")
        with sessions(engine).begin() as session:
            session.add(self.version)
        slugs = (self.version.credential.program.slug, self.version.credential.slug)
        self.custom = dict(zip(("program", "credential"), slugs, strict=True))
        self.begin = "/portfolio/credentials/{program}/{credential}/begin".format(**self.custom)

    def enters(
        self, sub: str, *roles: str, custom: dict[str, Any] | None = None, **told: Any
    ) -> Browser:
        """Somebody's browser after a launch."""
        browser = self.another_browser()
        told = {"name": sub.title(), **told}
        whole = self.custom | (custom or {})
        answer = browser.launch(sub=sub, roles=list(roles), custom=whole, **told)
        assert answer.status_code == 303, problem(answer)
        return browser

    def page(self, browser: Browser, path: str = "/") -> str:
        """A page that this browser may see."""
        answer = browser.client.get(path)
        assert answer.status_code == 200
        return answer.text

    def posts(self, browser: Browser, path: str) -> int:
        """The status of an empty form with the visit's own token."""
        return browser.client.post(path, data={"form_token": _form_token_of(browser)}).status_code

    def works(self, sub: str, *, unmet: int | None = None) -> None:
        """Somebody who came before hands in; with `unmet` it is decided as well."""
        with sessions(self.engine).begin() as session:
            user = session.scalars(select(PlatformUser).where(PlatformUser.sub == sub)).one()
            version = session.get_one(CredentialVersion, self.version.id)
            work = handed_in(session, rated(session, begun(session, user.person, version)))
            if unmet is not None:
                judge = Person(name="Cleo Judge", created_at=work.begun_at)
                session.add(judge)
                decided(session, work, judge, unmet=unmet, comment="Between us two.")

    def count(self, kind: Any) -> int:
        """How many rows there are."""
        with sessions(self.engine)() as session:
            return session.scalar(select(func.count()).select_from(kind)) or 0


@pytest.fixture
def room(engine: Engine, another_browser: Callable[[], Browser]) -> Class:
    """The course of these tests."""
    return Class(engine, another_browser)


@pytest.mark.row("T-067")
@pytest.mark.row("T-068")
@pytest.mark.row("T-069")
@pytest.mark.parametrize(
    "roles",
    [
        [INSTRUCTOR],
        ["Instructor"],
        [INSTITUTION + "Student", SYSTEM + "User", INSTRUCTOR, INSTITUTION + "Observer"],
    ],
)
def test_who_teaches_here_sees_the_course(room: Class, roles: list[str]) -> None:
    """T-067…T-069: by full or short role, whatever else somebody is elsewhere."""
    room.enters("ada", LEARNER)

    page = room.page(room.enters("dora", *roles))

    assert "Ada" in page
    assert "Check the gradebook" in page


@pytest.mark.row("T-065")
@pytest.mark.row("T-070")
@pytest.mark.parametrize("roles", [[], ["http://vendor.example/role"]])
def test_who_is_nothing_we_know_sees_no_people_and_begins_nothing(
    room: Class, roles: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """T-065, T-070: the least privilege is to read what can be earned; the log has the role."""
    room.enters("ada", LEARNER)

    vera = room.enters("vera", *roles)

    written = "".join(capsys.readouterr())
    assert ("launch.roles-unknown" in written) is bool(roles)
    assert all(role in written for role in roles)
    assert "Ada" not in room.page(vera)
    assert room.posts(vera, room.begin) == 403
    assert vera.client.get("/grades/").status_code == 403


@pytest.mark.row("T-074")
@pytest.mark.parametrize(
    "role", [INSTITUTION + "Administrator", SYSTEM + "Administrator", SYSTEM + "SysAdmin"]
)
def test_an_administrator_of_the_lms_sees_figures_and_no_people(room: Class, role: str) -> None:
    """T-074: reads how the course does, teaches nobody, and changes nothing."""
    # Given one learner who waits for judges, one who only looked, and a test user
    room.enters("ada", LEARNER)
    room.works("ada")
    room.enters("bela", LEARNER)
    room.enters("test", LEARNER, TEST_USER)

    # When somebody who only administers the LMS comes
    olga = room.enters("olga", role)
    page = room.page(olga)

    # Then there are numbers, and none of them is the test user
    assert "Waiting for judges: 1" in page
    assert "Not begun: 1" in page
    assert "Ada" not in page
    assert olga.client.get("/grades/").status_code == 403
    assert room.posts(olga, room.begin) == 403
    with sessions(room.engine)() as session:
        assert {row.role for row in session.scalars(select(Membership))} == {
            Role.LEARNER,
            Role.OFFICER,
        }


@pytest.mark.row("T-075")
def test_a_student_here_who_teaches_elsewhere_learns_here(room: Class) -> None:
    """T-075: Canvas sends both, and only the course's role counts."""
    room.enters("ada", LEARNER)

    tara = room.enters("tara", INSTITUTION + "Instructor", LEARNER)

    page = room.page(tara)
    assert "Ada" not in page
    assert "Before you start" in page
    assert tara.client.get("/grades/").status_code == 403
    assert room.posts(tara, room.begin) == 303


@pytest.mark.row("T-077")
def test_an_observer_sees_exactly_the_people_of_the_list(room: Class) -> None:
    """T-077: progress, decisions and awards of those who are named; nobody else's, no work."""
    # Given three learners, one of them with a decision
    for sub in ("ada", "bela", "carl"):
        room.enters(sub, LEARNER)
    room.works("ada", unmet=1)
    room.works("carl")

    # When a parent comes who observes two of them, and one who was never here
    told = ["ada", "bela", "nobody", 7, None, "", "x" * 300]
    parent = room.enters("pat", MENTOR, role_scope_mentor=told)
    page = room.page(parent)

    # Then those two stand on the page, and nothing of the third
    assert "Ada" in page
    assert "Bela" in page
    assert "Carl" not in page
    assert "Returned" in page
    assert "criteria met" in page

    # And neither what was handed in nor what judges wrote
    assert "What I saw." not in page
    assert "Between us two." not in page
    with sessions(room.engine)() as session:
        work = session.scalars(select(Enrolment)).first()
        assert work is not None
        (visit,) = (row for row in session.scalars(select(Visit)) if row.role is Role.OBSERVER)
        assert len(visit.watched) == 2
    assert room.posts(parent, room.begin) == 403


@pytest.mark.row("T-077")
def test_an_observer_opens_no_work(room: Class) -> None:
    """T-077: not by its address either."""
    room.enters("ada", LEARNER)
    room.works("ada")
    parent = room.enters("pat", MENTOR, role_scope_mentor=["ada"])
    with sessions(room.engine)() as session:
        public_id = session.scalars(select(Submission.public_id)).one()

    assert parent.client.get(f"/review/{public_id}").status_code == 403


@pytest.mark.row("T-077")
@pytest.mark.parametrize("told", [{}, {"role_scope_mentor": []}, {"role_scope_mentor": "ada"}])
def test_an_observer_of_nobody_sees_nothing(room: Class, told: dict[str, Any]) -> None:
    """T-077: Canvas sends no list where privacy forbids it."""
    room.enters("ada", LEARNER)

    page = room.page(room.enters("pat", MENTOR, **told))

    assert "Nothing to show" in page
    assert "Ada" not in page


@pytest.mark.row("T-077")
def test_a_list_of_people_is_only_an_observer_s(room: Class) -> None:
    """T-077: in anybody else's launch it opens nothing."""
    room.enters("ada", LEARNER)

    page = room.page(room.enters("carl", LEARNER, role_scope_mentor=["ada"]))

    assert "Ada" not in page
    assert [visit.watched for visit in visits(room.engine)] == [[], []]


@pytest.mark.row("T-079")
def test_a_designer_chooses_and_grades_nothing(room: Class) -> None:
    """T-079: sees no people, no gradebook and no work, but may bind a link."""
    room.enters("ada", LEARNER)
    carol = room.enters("carol", MEMBERSHIP + "ContentDeveloper")

    assert "Ada" not in room.page(carol)
    assert carol.client.get("/grades/").status_code == 403
    assert room.posts(carol, room.begin) == 403

    unbound = carol.launch(
        sub="carol", roles=[MEMBERSHIP + "ContentDeveloper"], resource_link={"id": "new"}
    )
    chosen = "credential:{program}/{credential}".format(**room.custom)
    form = {"form_token": _form_token_of(carol), "pick": chosen}
    assert carol.client.post(unbound.location, data=form).status_code == 303


PREVIEWS: dict[str, tuple[Product, dict[str, Any]]] = {
    "test user": (Product.CANVAS, {"roles": (LEARNER, TEST_USER)}),
    "acting as": (Product.CANVAS, {"custom": {"canvas_masquerading_user_id": "77"}}),
    "switched role": (Product.MOODLE, {}),
}


@pytest.mark.row("T-078")
@pytest.mark.parametrize("how", PREVIEWS)
def test_nobody_in_disguise_is_in_a_grade_a_badge_a_roster_or_a_figure(
    room: Class, how: str
) -> None:
    """T-078: Student View, an administrator acting as somebody, and a role that was switched."""
    # Given a real learner, and whoever looks through a learner's eyes
    product, told = PREVIEWS[how]
    room.another_browser().platform.register(room.engine, product=product)
    room.enters("ada", LEARNER)
    if how == "switched role":
        room.enters("peer", INSTRUCTOR)
    roles = told.get("roles", (LEARNER,))
    peer = room.enters("peer", *roles, custom=told.get("custom"))

    # When they see the learner's page and try to work
    assert "This is a preview" in room.page(peer)
    assert "Before you start" in room.page(peer)
    assert room.posts(peer, room.begin) == 403

    # Then nothing came of it, and neither list nor figure knows of them
    assert [room.count(kind) for kind in (Enrolment, ScoreDelivery, Award)] == [0, 0, 0]
    roster = room.page(room.enters("dora", INSTRUCTOR))
    assert "<bdi>Ada</bdi>" in roster
    assert "Peer" not in roster
    figures = room.page(room.enters("olga", INSTITUTION + "Administrator"))
    assert "Not begun: 1" in figures


@pytest.mark.row("T-078")
def test_a_variable_that_was_not_expanded_is_no_disguise(room: Class) -> None:
    """T-078: Canvas sends it literally while nobody acts as the learner."""
    room.another_browser().platform.register(room.engine, product=Product.CANVAS)

    ada = room.enters(
        "ada", LEARNER, custom={"canvas_masquerading_user_id": "$Canvas.masqueradingUser.id"}
    )

    assert room.posts(ada, room.begin) == 303


@pytest.mark.row("T-078")
def test_who_no_longer_teaches_may_learn_after_half_a_year(room: Class) -> None:
    """T-078: Moodle cannot tell a switched role from a changed one, so time does."""
    room.another_browser().platform.register(room.engine, product=Product.MOODLE)
    room.enters("dora", INSTRUCTOR)
    with sessions(room.engine).begin() as session:
        membership = session.scalars(select(Membership)).one()
        membership.seen_at = datetime.now(UTC) - timedelta(days=181)

    room.enters("dora", LEARNER)

    assert [visit.is_preview for visit in visits(room.engine)] == [False, False]
    with sessions(room.engine)() as session:
        assert session.scalars(select(Membership.role)).one() is Role.LEARNER
