"""The whole way over HTTP: one person from a Canvas-like and a Moodle-like LMS at once."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import Engine, select

from lti_tool.database import opaque_id, read_session, sessions
from lti_tool.grades.chores import drain
from lti_tool.grades.models import ScoreEvent
from lti_tool.grades.outbox import queue_score
from lti_tool.jobs import JobContext
from lti_tool.launch.models import PlatformUser, Registration
from lti_tool.launch.platforms import add_platform
from lti_tool.people.models import Person
from lti_tool.practice_lms import PracticeLms, RunningLms, serve
from lti_tool.practice_lms.mood import MoodName
from lti_tool.practice_lms.school import Link
from lti_tool.programs.models import Credential
from lti_tool.programs.rubrics import Points
from lti_tool.walk.visitor import Page, Visitor
from tests.builders import a_credential_version
from tests.conftest import Served

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@dataclass
class School:
    """One LMS with a link to the credential, and Ada's browser there."""

    lms: RunningLms
    link: Link
    ada: Visitor

    def launch(self, key: str = "ada", who: Visitor | None = None) -> Page:
        """Somebody follows the link, Ada unless said otherwise."""
        address = f"{self.lms.url}/courses/1/links/{self.link.id}/launch?as={key}&target=window"
        return (who or self.ada).launch(address)

    def shown(self) -> float | None:
        """What Ada's gradebook shows."""
        school = self.lms.lms.school
        (column,) = school.columns_for(school.link(self.link.id))
        return school.cell(column, school.person("ada")).visible


@pytest.fixture
def schools(tool: Served, engine: Engine, signing_key: str) -> Iterator[tuple[School, School]]:
    """Both, with one credential."""
    version = a_credential_version(title="Field journal", slug="journal")
    with sessions(engine).begin() as session:
        session.add(version)
    custom = {"program": version.credential.program.slug, "credential": "journal"}
    moods: tuple[MoodName, MoodName] = ("canvas", "moodle")
    made = []
    for mood in moods:
        running = serve(
            PracticeLms(mood=mood, base_url="", tool_url=tool.url, signing_key=signing_key)
        )
        with sessions(engine).begin() as session:
            add_platform(session, **running.lms.registration(), now=datetime.now(UTC))
        link = running.lms.add_link("1", "Field journal", custom=custom, points=100)
        made.append(School(running, link, Visitor()))
    yield made[0], made[1]
    for school in made:
        school.lms.stop()


def grade(tool: Served, engine: Engine, reached: str) -> None:
    """A decision about Ada's work, carried to every gradebook it belongs in."""
    context = JobContext(tool.settings, engine, tool.app.extensions["cairn"].keyring)
    with sessions(engine).begin() as session:
        person = session.scalars(select(Person).where(Person.name == "Ada Reyes")).one()
        queue_score(
            session,
            person=person,
            credential=session.scalars(select(Credential)).one(),
            score=Points(Decimal(reached), Decimal(100)),
            event=ScoreEvent.DECIDED,
            comment="Criterion 1: Proficient (3)",
            review_id=opaque_id(),
            attempt=1,
            started_at=None,
            submitted_at=datetime.now(UTC),
            now=datetime.now(UTC),
        )
    with read_session(engine) as session:
        platforms = session.scalars(select(Registration.id)).all()
    for registration_id in platforms:
        drain(context, registration_id)


@pytest.mark.row("S2-09", "S3-39")
def test_ada_of_two_districts_is_one_person_with_both_gradebooks(
    tool: Served, engine: Engine, schools: tuple[School, School]
) -> None:
    # Given Ada, who came from both; with one name and one address, and still two people
    canvas, moodle = schools
    canvas.launch()
    moodle.launch()
    with sessions(engine)() as session:
        names = session.scalars(select(Person.name).order_by(Person.id)).all()
    assert names == ["Ada Reyes", "Ada Reyes"]

    # When she gets a code in the one, enters it in the other, and confirms in both
    page = canvas.ada.get(f"{tool.url}/accounts/")
    page = canvas.ada.send(page, page.form("/accounts/code"))
    (code,) = re.findall(r'class="account-code">([A-Z0-9-]+)<', page.html)
    page = moodle.ada.get(moodle.ada.get(f"{tool.url}/").link("/accounts/"))
    page = moodle.ada.send(page, page.form("/accounts/enter"), {"code": code})
    assert "Are both of these you?" in page.text
    page = moodle.ada.send(page, page.form("/confirm"))
    assert "Now confirm in the other account" in page.text
    home = canvas.launch()
    page = canvas.ada.get(home.link("/accounts/"))
    page = canvas.ada.get(page.link("/accounts/requests/"))
    page = canvas.ada.send(page, page.form("/confirm"))
    assert "Joined." in page.text

    # Then she is one person, in visits that were open and in new ones, from either
    assert "You are one person here" in moodle.ada.get(f"{tool.url}/accounts/").text
    moodle.launch()
    canvas.launch()
    with sessions(engine)() as session:
        accounts = session.scalars(select(PlatformUser)).all()
        assert len(accounts) == 2
        assert len({account.person_id for account in accounts}) == 1
        assert len({account.sub for account in accounts}) == 2

    # And a decision reaches both gradebooks, each under the name it knows
    grade(tool, engine, "80")
    assert (canvas.shown(), moodle.shown()) == (80, 80)

    # And when she separates the second again, only the first hears of the next one
    page = canvas.ada.get(canvas.ada.get(f"{tool.url}/accounts/").link("/separate"))
    canvas.ada.send(page, page.form("/separate"))
    assert moodle.ada.http.get(f"{tool.url}/accounts/", timeout=20).status_code == 401
    with sessions(engine).begin() as session:
        left = session.scalars(select(Person).order_by(Person.id.desc()).limit(1)).one()
        left.name = "Ada at the other"
    grade(tool, engine, "90")
    assert (canvas.shown(), moodle.shown()) == (90, 80)


def test_an_address_alone_joins_nobody(engine: Engine, schools: tuple[School, School]) -> None:
    """The same name and e-mail address from two LMSs: two people, as long as nobody proves more."""
    for school in schools:
        school.launch()

    with sessions(engine)() as session:
        people = session.scalars(select(Person)).all()
        assert len(people) == 2
        assert len({person.email for person in people}) == 1
