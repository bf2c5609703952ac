"""The landing page: what to do next, in each role the person has."""

import pytest
from sqlalchemy.orm import Session

from lti_tool.database import sessions
from lti_tool.launch.models import Deployment, DeploymentState, Registration, ResourceLink
from lti_tool.people.models import Person
from lti_tool.people.roles import Role, Seat
from lti_tool.programs.models import CredentialVersion
from tests.builders import (
    NOON,
    a_course,
    a_credential_version,
    a_membership,
    a_person,
    a_program_version,
    an_appointment,
)
from tests.cast import ada, ben, cleo, dora, ivan
from tests.counting import Counted
from tests.portfolio.studio import begun, decided, enter, handed_in, rated


class Town:
    """A course with two links: one to a credential, one to the whole program."""

    def __init__(self, session: Session) -> None:
        self.ada, self.ben, self.cleo, self.dora, self.ivan = ada(), ben(), cleo(), dora(), ivan()
        self.course = a_course()
        self.program = a_program_version()
        self.first = a_credential_version(program_version=self.program, title="First steps")
        self.second = a_credential_version(program_version=self.program, title="Second steps")
        self.outline = a_credential_version(
            program_version=self.program, title="Later steps", parts=0, items=0
        )
        registration = Registration(
            name="School",
            issuer="https://lms.example.edu",
            client_id="1",
            auth_login_url="https://lms.example.edu/auth",
            auth_token_url="https://lms.example.edu/token",
            jwks_url="https://lms.example.edu/jwks",
            created_at=NOON,
        )
        deployment = Deployment(
            registration=registration,
            deployment_id="1",
            state=DeploymentState.ACTIVE,
            first_seen_at=NOON,
        )
        self.link, self.whole = (
            ResourceLink(
                deployment=deployment,
                resource_link_id=name,
                course=self.course,
                program=self.program.program,
                credential=credential,
                seen_at=NOON,
            )
            for name, credential in (("one", self.first.credential), ("all", None))
        )
        session.add_all([self.program, self.link, self.whole])
        session.add_all([self.cleo, self.dora, self.ivan])
        session.add(an_appointment(self.ben, self.program.program, days=None))
        session.add(a_membership(self.ada, self.course))
        session.flush()
        _ = [part.tasks for part in self.first.parts]


@pytest.fixture
def town(engine):
    with sessions(engine).begin() as session:
        return Town(session)


def with_ada(engine, town, act, version=None):
    """Do something as Ada in a transaction of its own."""
    with sessions(engine).begin() as session:
        person = session.get_one(Person, town.ada.id)
        return act(
            session,
            begun(session, person, session.get_one(CredentialVersion, (version or town.first).id)),
        )


def learner(app, town, link=None):
    return enter(app, town.ada, course=town.course, link=(link or town.link).id)


def test_a_learner_who_has_not_begun_sees_the_credential_and_one_button(app, town):
    page = learner(app, town).get("/").text

    assert "First steps" in page
    assert "Second steps" not in page
    assert page.count("button primary") == 1
    assert "Before you start" in page
    assert "about 30 hours" in page
    assert f"/badges/achievements/{town.first.credential.public_id}/v1.svg" in page


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda session, enrolment: None, "Begin your baseline"),
        (rated, "Begin this task"),
        (lambda s, e: handed_in(s, rated(s, e)), "Look at what you submitted"),
    ],
    ids=["begun", "rated", "submitted"],
)
def test_the_next_step_is_one_sentence_with_one_button(app, engine, town, act, words):
    with_ada(engine, town, act)

    page = learner(app, town).get("/").text

    assert page.count("button primary") == 1
    assert words in page
    assert 'aria-current="step"' in page


def test_what_came_back_stands_in_front(app, engine, town):
    def returned(session, enrolment):
        work = handed_in(session, rated(session, enrolment))
        decided(session, work, session.get_one(Person, town.cleo.id), unmet=1)

    with_ada(engine, town, returned, town.second)
    with_ada(engine, town, rated)

    page = learner(app, town, town.whole).get("/").text

    assert page.index("Second steps") < page.index("First steps")
    assert "One criterion to go" in page


def test_a_link_to_a_program_shows_all_its_credentials_with_where_each_stands(app, engine, town):
    with_ada(engine, town, rated)

    page = learner(app, town, town.whole).get("/").text

    assert "More in Field Studies" in page
    assert page.index("First steps") < page.index("Second steps") < page.index("Later steps")
    assert "Not begun" in page
    assert "In preparation" in page


def test_what_is_earned_leaves_the_place_to_what_can_be_begun(app, engine, town):
    def earned(session, enrolment):
        work = handed_in(session, rated(session, enrolment))
        decided(session, work, session.get_one(Person, town.cleo.id))

    with_ada(engine, town, earned)

    whole = learner(app, town, town.whole).get("/").text
    alone = learner(app, town).get("/").text

    assert whole.index("Second steps") < whole.index("First steps")
    assert ">Earned<" in whole
    assert "You have earned “First steps”." in alone
    assert 'href="/badges/"' in alone


@pytest.mark.row("S3-05")
def test_who_began_an_older_version_goes_on_with_it(app, engine, town):
    with_ada(engine, town, rated)
    with sessions(engine).begin() as session:
        old = session.get_one(CredentialVersion, town.first.id)
        newer = a_program_version(old.program_version.program, number=2)
        session.add(
            a_credential_version(
                credential=old.credential, program_version=newer, title="First steps, revised"
            )
        )

    page = learner(app, town).get("/").text

    assert "revised" not in page
    assert "First steps" in page


def test_a_judge_sees_how_much_waits_and_opens_the_oldest(app, engine, town):
    with_ada(engine, town, lambda s, e: handed_in(s, rated(s, e)))

    visitor = enter(app, town.ben, role=Role.INSTRUCTOR, course=town.course)
    page = visitor.get("/").text

    assert "One piece of work waits for you" in page
    assert "/review/" in page
    assert "Ada" not in page.split("One piece of work")[1].split("</section>")[0]


def test_a_judge_without_work_is_told_so_calmly(app, town):
    page = enter(app, town.ben, role=Role.VISITOR).get("/").text

    assert "Nothing waits for your judgement" in page


def test_an_instructor_sees_where_everybody_stands(app, engine, town):
    with_ada(engine, town, lambda s, e: handed_in(s, rated(s, e)))
    with sessions(engine).begin() as session:
        course = session.merge(town.course)
        session.add(a_membership(session.merge(town.ivan), course))
        tester = a_person("Test Student", is_test=True)
        session.add_all([tester, a_membership(tester, course)])

    page = enter(app, town.dora, role=Role.INSTRUCTOR, course=town.course).get("/").text

    assert "Waits for an assessor" in page
    assert "Ada Ferris" in page
    assert "Ivan Petrov" in page
    assert "Not begun" in page
    assert "Test Student" not in page
    assert 'href="/grades/"' in page


def test_a_learner_never_sees_the_others(app, engine, town):
    with sessions(engine).begin() as session:
        session.add(a_membership(session.merge(town.ivan), session.merge(town.course)))

    page = learner(app, town).get("/").text

    assert "Ivan" not in page
    assert "gradebook" not in page


@pytest.mark.row("T-079")
def test_a_designer_of_the_course_sees_no_people(app, engine, town):
    page = enter(app, town.dora, role=Role.DESIGNER, course=town.course).get("/").text

    assert "Ada Ferris" not in page
    assert "Nothing for you to do here" in page


def test_one_person_may_learn_and_judge(app, engine, town):
    with sessions(engine).begin() as session:
        session.add(
            an_appointment(
                session.get_one(Person, town.ada.id),
                session.merge(town.program.program),
                Seat.APPROVER,
                days=None,
            )
        )

    page = learner(app, town).get("/").text

    assert "Nothing waits for your judgement" in page
    assert "Your own learning" in page
    assert "First steps" in page


def test_a_tool_administrator_goes_to_the_administration(app, town):
    answer = enter(app, town.dora, role=Role.ADMINISTRATOR).get("/")

    assert (answer.status_code, answer.location) == (303, "/admin/")


def test_without_a_visit_the_page_says_how_to_come_in(client, town):
    answer = client.get("/")

    assert answer.status_code == 401
    assert "link in your course" in answer.text


@pytest.mark.row("T-078")
def test_a_preview_says_that_nothing_is_kept(app, town):
    visitor = enter(app, town.dora, link=town.link.id, is_preview=True)

    assert "nothing is kept" in visitor.get("/").text


def test_ten_more_learners_take_as_many_queries_as_one(app, engine, town):
    visitor = enter(app, town.dora, role=Role.INSTRUCTOR, course=town.course)
    with_ada(engine, town, rated)

    def queries():
        visitor.get("/")
        with Counted(app.extensions["cairn"].engine) as counted:
            assert visitor.get("/").status_code == 200
        return len(counted)

    alone = queries()
    with sessions(engine).begin() as session:
        course = session.merge(town.course)
        version = session.get_one(CredentialVersion, town.first.id)
        for number in range(10):
            person = a_person(f"Learner {number}")
            session.add(a_membership(person, course))
            handed_in(session, rated(session, begun(session, person, version)))

    assert queries() == alone <= 14
