"""Picking and reviewing over real HTTP, with the habits of both products."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import jwt
import pytest
from sqlalchemy import Engine, func, select

from lti_tool.database import sessions
from lti_tool.launch.models import PlatformUser, ResourceLink
from lti_tool.launch.platforms import add_platform
from lti_tool.people.models import Membership, Person
from lti_tool.practice_lms import PracticeLms, RunningLms, serve
from lti_tool.practice_lms.mood import MoodName
from lti_tool.practice_lms.school import Change, Column, Link, Submission
from lti_tool.programs.models import CredentialVersion
from lti_tool.walk.visitor import Page, PageForm, Visitor
from tests.builders import a_credential_version
from tests.conftest import Served
from tests.review.works import submitted

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
WRITTEN = "What I saw and did."


class World:
    """One product with a course, and a program of a journal and a survey in two stages."""

    def __init__(self, lms: RunningLms, engine: Engine) -> None:
        self.lms = lms
        self.engine = engine
        self.school = lms.lms.school
        journal = a_credential_version(title="Field journal", slug="journal")
        survey = a_credential_version(
            program_version=journal.program_version, title="Pond survey", slug="survey", parts=2
        )
        survey.credential.program = journal.credential.program
        with sessions(engine).begin() as session:
            add_platform(session, **lms.lms.registration(), now=datetime.now(UTC))
            session.add_all([journal, survey])
        self.program = journal.credential.program.slug
        self.public_id = journal.credential.public_id
        self.version_id = journal.id
        self.custom = {"program": self.program, "credential": "journal"}

    def picker(
        self, query: Mapping[str, str] | None = None, who: Visitor | None = None
    ) -> tuple[Visitor, Page]:
        """Dora's picker, opened from somewhere in the course."""
        dora = who or Visitor()
        asked = {"as": "dora", "target": "window", **(query or {})}
        words = "&".join(f"{name}={value}" for name, value in asked.items() if value)
        return dora, dora.launch(f"{self.lms.url}/courses/1/deep-link?{words}")

    def pick(
        self,
        *picks: str,
        query: Mapping[str, str] | None = None,
        more: Mapping[str, str] | None = None,
    ) -> Page:
        """Pick, hand it over, and answer the LMS's page."""
        dora, picker = self.picker(query)
        answer = dora.send(picker, form_of(picker), {"pick": list(picks), **(more or {})})
        return dora.send(answer, form_of(answer, "JWT"))

    def new(self, before: set[str]) -> list[Link]:
        """The activities that came since."""
        return [link for key, link in self.school.links.items() if key not in before]

    def enter(self, key: str, link: Link) -> Page:
        """Somebody follows an activity's link."""
        return Visitor().launch(
            f"{self.lms.url}/courses/1/links/{link.id}/launch?as={key}&target=window"
        )

    def bound(self) -> tuple[str, str]:
        """Credential and stage of the newest link that was launched."""
        with sessions(self.engine)() as session:
            row = session.scalars(select(ResourceLink).order_by(ResourceLink.id.desc())).first()
            assert row is not None
            return row.credential.slug if row.credential else "", row.part_slug

    def handed_in(self) -> tuple[Link, Column, str]:
        """Ada has come by a link and handed in: the link, its column, and the work's id."""
        link = self.lms.lms.add_link("1", "Field journal", custom=self.custom)
        self.enter("ada", link)
        column = self.school.columns_for(link)[0]
        with sessions(self.engine).begin() as session:
            ada = session.scalars(
                select(Person)
                .join(PlatformUser)
                .where(PlatformUser.sub == self.school.person("ada").sub)
            ).one()
            version = session.get_one(CredentialVersion, self.version_id)
            work = submitted(session, ada, version).public_id
        column.submission_review = {
            "url": f"{self.lms.lms.tool_url}/lti/review/{self.public_id}",
            "custom": dict(self.custom),
        }
        cell = self.school.cell(column, self.school.person("ada"))
        address = f"{self.lms.lms.tool_url}/lti/review/{work}?seen=a%20b"
        now = datetime.now(UTC)
        cell.submission = Submission("basic_lti_launch", address, now.isoformat())
        cell.changes.append(Change(now, "Cairn", None, None, "submitted"))
        return link, column, work


def form_of(page: Page, field: str = "pick") -> PageForm:
    """The form with this field."""
    return next(form for form in page.forms if field in {**form.choices, **form.values})


@pytest.fixture(params=["canvas", "moodle"])
def mood(request: pytest.FixtureRequest) -> MoodName:
    """Both products, unless a test names one."""
    found: MoodName = request.param
    return found


@pytest.fixture
def world(mood: MoodName, tool: Served, engine: Engine, signing_key: str) -> Iterator[World]:
    """A registered practice LMS on another site than the tool."""
    school = PracticeLms(mood=mood, base_url="", tool_url=tool.url, signing_key=signing_key)
    running = serve(school)
    yield World(running, engine)
    running.stop()


only_canvas = pytest.mark.parametrize("mood", ["canvas"], indirect=True)
only_moodle = pytest.mark.parametrize("mood", ["moodle"], indirect=True)


@pytest.mark.row("T-086")
@pytest.mark.row("T-094")
@pytest.mark.row("T-097")
def test_a_whole_program_comes_into_the_course(world: World) -> None:
    """T-086, T-094, T-097: Moodle shows a list to confirm first; each link opens its own thing."""
    before = set(world.school.links)

    page = world.pick(f"all:{world.program}")
    if world.lms.lms.mood.name == "moodle":
        assert not world.new(before)
        assert "Pond survey: Part 2" in page.text
        page = Visitor().send(page, page.forms[0], button=("confirmed", "1"))

    placed = world.new(before)
    columns = [world.school.columns_for(link)[0] for link in placed]
    assert [link.title for link in placed] == [
        "Field journal",
        "Pond survey: Part 1",
        "Pond survey: Part 2",
    ]
    assert [column.label for column in columns] == [link.title for link in placed]
    assert [column.maximum for column in columns] == [12, 12, 12]
    assert columns[0].resource_id == world.public_id
    assert columns[2].resource_id.endswith("/part-2")
    assert "its stage “Part 2”" in world.enter("ada", placed[2]).text
    assert world.bound() == ("survey", "part-2")
    assert "Field journal" in world.enter("ada", placed[0]).text
    assert world.bound() == ("journal", "")


@only_canvas
@pytest.mark.row("T-094")
def test_canvas_keeps_points_dates_and_window(world: World) -> None:
    """T-094: and its dates come back with every launch."""
    before = set(world.school.links)
    key = f"credential:{world.program}/journal"

    given = {f"points-{key}": "50", "due": "2027-02-01T16:00", "opens": "2026-12-01T08:00"}
    world.pick(key, more=given)

    (link,) = world.new(before)
    assert world.school.columns_for(link)[0].maximum == Decimal(50)
    assert link.hints["submission"] == {"endDateTime": "2027-02-01T22:00:00Z"}
    assert link.hints["available"] == {"startDateTime": "2026-12-01T14:00:00Z"}
    assert link.hints["iframe"]["width"] == 1000
    world.lms.lms.tool_custom["submission_until"] = "$ResourceLink.submission.endDateTime"
    assert "1 February 2027" in world.enter("ada", link).text


@pytest.mark.row("T-093")
def test_cancelling_leaves_the_course_as_it_was(world: World) -> None:
    """T-093."""
    before = set(world.school.links)
    dora, picker = world.picker()

    answer = dora.send(picker, form_of(picker), button=("cancel", "1"))
    page = dora.send(answer, form_of(answer, "JWT"))

    assert not world.new(before)
    assert "Nothing was placed in the course." in page.text


@only_canvas
@pytest.mark.row("T-089")
def test_an_assignment_takes_exactly_one(world: World) -> None:
    """T-089: assignment_selection, from a new assignment and from one that exists."""
    before = set(world.school.links)
    _, picker = world.picker({"placement": "assignment_selection"})
    assert {one.value.split(":")[0] for one in form_of(picker).choices["pick"]} == {
        "program",
        "credential",
        "part",
    }
    assert 'type="radio"' in picker.html

    world.pick(f"part:{world.program}/survey/part-1", query={"placement": "assignment_selection"})

    (link,) = world.new(before)
    assert link.custom["part"] == "part-1"


@only_canvas
@pytest.mark.row("T-090")
def test_a_place_for_other_things_gets_words_instead(world: World) -> None:
    """T-090: conference_selection takes links and HTML only."""
    before = set(world.school.links)
    dora, picker = world.picker({"placement": "conference_selection"})
    assert "does not take assignments" in picker.text

    answer = dora.send(picker, picker.forms[-1], button=("cancel", "1"))
    token = form_of(answer, "JWT").values["JWT"]
    claims = jwt.decode(str(token), options={"verify_signature": False})

    assert claims[DL + "content_items"] == []
    assert claims[DL + "errormsg"]
    dora.send(answer, form_of(answer, "JWT"))
    assert not world.new(before)


@only_canvas
@pytest.mark.row("T-091")
def test_the_editor_makes_no_column(world: World) -> None:
    """T-091."""
    before = set(world.school.links)
    editor = {"placement": "editor_button"}
    assert "will not reach the gradebook" in world.picker(editor)[1].text

    world.pick(f"credential:{world.program}/journal", query=editor)

    (link,) = world.new(before)
    assert world.school.columns_for(link) == []


@only_canvas
@pytest.mark.row("T-092")
@pytest.mark.parametrize("placement", ["module_index_menu_modal", "module_menu_modal"])
def test_a_module_s_menu_creates_at_once_so_we_ask(world: World, placement: str) -> None:
    """T-092."""
    before = set(world.school.links)
    dora, picker = world.picker({"placement": placement})

    asked = dora.send(picker, form_of(picker), {"pick": [f"all:{world.program}"]})
    assert "Place these 3 links now?" in asked.text
    confirmed = dora.send(asked, asked.forms[-1], button=("confirmed", "1"))
    dora.send(confirmed, form_of(confirmed, "JWT"))

    assert len(world.new(before)) == 3


@only_moodle
@pytest.mark.row("T-096")
def test_moodle_posts_the_answer_again_when_its_session_stayed_behind(world: World) -> None:
    """T-096: a full-page form, good as often as Moodle itself wants to see it before it counts."""
    before = set(world.school.links)
    dora = Visitor()
    dora.post(f"{world.lms.url}/be/dora", {})
    _, picker = world.picker({"as": ""}, dora)
    answer = dora.send(picker, form_of(picker), {"pick": [f"credential:{world.program}/journal"]})
    handing_over = form_of(answer, "JWT")

    # A form from the tool's frame brings no cookie that is SameSite
    reposting = Visitor().send(answer, handing_over)
    again = form_of(reposting, "repost")
    assert again.values["JWT"] == handing_over.values["JWT"]
    assert not world.new(before)
    dora.send(reposting, again)

    assert [link.custom for link in world.new(before)] == [world.custom]


@pytest.mark.row("T-097")
def test_picking_anew_for_an_activity_changes_what_it_opens(world: World) -> None:
    """T-097: under the same link id, noticed at the next launch."""
    link = world.lms.lms.add_link("1", "Field journal", custom=world.custom)
    world.enter("ada", link)
    assert world.bound() == ("journal", "")
    before = set(world.school.links)

    world.pick(f"part:{world.program}/survey/part-2", query={"link": link.id})

    assert not world.new(before)
    assert "its stage “Part 2”" in world.enter("ada", link).text
    assert world.bound() == ("survey", "part-2")
    with sessions(world.engine)() as session:
        assert session.scalar(select(func.count()).select_from(ResourceLink)) == 1


@pytest.mark.row("T-095")
def test_the_lms_itself_offers_learners_no_picker(world: World) -> None:
    """T-095."""
    refused = Visitor().http.get(f"{world.lms.url}/courses/1/deep-link?as=ada", timeout=20)

    assert refused.status_code == 403


# -- the very work -------------------------------------------------------------------------------


def looked(world: World, who: str, column: Column, whose: str, *, expect: int) -> Page:
    """Somebody opens somebody's work as the product's gradebook does it."""
    lms = world.lms.lms
    if lms.mood.name == "canvas":
        way = lms.mood.review_launch(lms, column, world.school.person(whose))
        assert way is not None
        query = {
            "as": who,
            "display": "borderless",
            "assignment_id": column.id,
            "url": way.target_link_uri,
            "target": "window",
        }
        path = "/courses/1/external_tools/retrieve"
    else:
        sub = world.school.person(whose).sub
        query = {"as": who, "id": str(column.link_id), "action": "gradeReport", "user": sub}
        path = "/mod/lti/launch.php"
    visitor = Visitor()
    begin = visitor.http.get(world.lms.url + path, params=query, allow_redirects=False, timeout=20)
    return visitor.launch(str(begin.request.url), expect=expect)


@pytest.mark.row("T-134")
@pytest.mark.parametrize("twice", [True, False])
def test_the_teacher_opens_the_work_from_the_gradebook(world: World, twice: bool) -> None:
    """T-134: whatever happens to the address on its way."""
    _, column, _ = world.handed_in()
    world.lms.lms.encodes_twice = twice

    assert WRITTEN in looked(world, "dora", column, "ada", expect=200).text

    with sessions(world.engine)() as session:
        assert session.scalar(select(func.count()).select_from(ResourceLink)) == 1
        assert session.scalar(select(func.count()).select_from(Membership)) == 1


@pytest.mark.row("T-134")
def test_another_learner_gets_nothing_from_the_gradebook(world: World) -> None:
    """T-134: both products let them ask."""
    _, column, _ = world.handed_in()

    page = looked(world, "fay", column, "ada", expect=403)

    assert WRITTEN not in page.text
    assert "not yours to see" in page.text


@only_moodle
@pytest.mark.row("T-134")
def test_moodles_pop_up_loses_the_person_and_leads_to_everybody(world: World) -> None:
    """T-134: it arrives as a plain launch of the link, and is no error."""
    _, column, _ = world.handed_in()
    address = f"{world.lms.url}/courses/1/columns/{column.id}/people/ada/review?as=dora"
    page = Visitor().get(address)
    (broken,) = [href for href, _ in page.links if "launch.php" in href]
    assert "&amp;action=gradeReport" in broken

    visitor = Visitor()
    home = visitor.launch(world.lms.url + broken)
    work = visitor.get(home.link("/review/of/"))

    assert "Ada" in home.text
    assert WRITTEN in work.text


@only_canvas
@pytest.mark.row("T-134")
def test_speedgrader_shows_the_work_in_a_frame(world: World) -> None:
    """T-134: its frame asks for the address with a query that is encoded once too often."""
    _, column, work = world.handed_in()
    page = Visitor().get(
        f"{world.lms.url}/courses/1/gradebook/speed_grader",
        params={"assignment_id": column.id, "student_id": "ada", "as": "dora"},
    )

    (frame,) = re.findall(r'<iframe[^>]* src="([^"]+)"', page.html)
    address = urlsplit(unescape(frame))
    assert address.path == "/courses/1/external_tools/retrieve"
    asked = dict(parse_qsl(address.query))
    assert asked["display"] == "borderless"
    assert asked["url"] == f"{world.lms.lms.tool_url}/lti/review/{work}?seen=a%2520b"
