"""A course is copied in Canvas: told once, followed by every link, and no column doubled."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import Engine, select

from lti_tool.database import sessions
from lti_tool.grades import chores as carrying  # noqa: F401  its job is carried out below
from lti_tool.grades.models import LineItem, ScoreEvent
from lti_tool.grades.outbox import DRAIN, queue_score
from lti_tool.jobs import JobContext, carry_out
from lti_tool.launch import chores  # noqa: F401  its jobs are carried out below
from lti_tool.launch.models import Deployment, Notice, PlatformUser, ResourceLink
from lti_tool.launch.platforms import add_platform
from lti_tool.outward import Unreachable
from lti_tool.people.models import Person
from lti_tool.people.roles import Role
from lti_tool.practice_lms import PracticeLms, RunningLms, serve
from lti_tool.practice_lms.administration import copy_course
from lti_tool.practice_lms.mood import SCOPE_NOTICES
from lti_tool.practice_lms.notices import CONTEXT_COPY, HELLO
from lti_tool.practice_lms.school import Link
from lti_tool.programs.models import Credential
from lti_tool.programs.rubrics import Points
from lti_tool.walk.visitor import Visitor
from tests.builders import a_credential_version, a_person
from tests.conftest import Served
from tests.portfolio.studio import enter

pytestmark = pytest.mark.row("T-137")

KINDS = [CONTEXT_COPY, HELLO]


@pytest.fixture
def lms(tool: Served, engine: Engine, signing_key: str) -> Iterator[RunningLms]:
    """A registered practice LMS in the mood of Canvas."""
    school = PracticeLms(mood="canvas", base_url="", tool_url=tool.url, signing_key=signing_key)
    running = serve(school)
    with sessions(engine).begin() as session:
        add_platform(session, **school.registration(), now=datetime.now(UTC))
    yield running
    running.stop()


@pytest.fixture
def context(tool: Served) -> JobContext:
    """The background, as the tool's own worker has it."""
    house = tool.app.extensions["cairn"]
    return JobContext(tool.settings, house.engine, house.keyring)


@pytest.fixture
def link(lms: RunningLms, engine: Engine) -> Link:
    """A link in the first course that opens a credential, with a column of ours."""
    with sessions(engine).begin() as session:
        version = a_credential_version(title="Field journal")
        session.add(version)
        session.flush()
        credential = version.credential
        made = lms.lms.add_link("1", "Field journal", custom={"credential": credential.slug})
        lms.lms.school.columns_for(made)[0].resource_id = credential.public_id
    return made


def launch(lms: RunningLms, key: str, link: Link) -> None:
    """Somebody clicks a link."""
    begin = f"{lms.url}/courses/{link.course_id}/links/{link.id}/launch?as={key}&target=window"
    assert "lti-problem" not in Visitor().launch(begin).metas


def deployment(engine: Engine) -> Deployment:
    """The deployment of the first course."""
    with sessions(engine)() as session:
        return session.scalars(select(Deployment).order_by(Deployment.id)).first()  # type: ignore[return-value]


def test_the_platform_is_asked_once_to_tell_us(
    lms: RunningLms, engine: Engine, context: JobContext, tool: Served, link: Link
) -> None:
    launch(lms, "dora", link)
    asked = deployment(engine)
    assert (asked.notices_heard, HELLO in asked.notices_offered) == ([], True)

    for _ in range(2):
        carry_out(context, "launch.hear-notices", asked.id)
    launch(lms, "ada", link)

    listening = lms.lms.notices.of(lms.lms.school.course("1").deployment_id)
    assert {kind: listening[kind] for kind in KINDS} == dict.fromkeys(
        KINDS, f"{tool.url}/lti/notices"
    )
    assert deployment(engine).notices_heard == KINDS
    puts = [one for one in lms.lms.journal.all("notices") if one.method == "PUT"]
    assert len(puts) == len(KINDS)


def test_a_greeting_arrives(
    lms: RunningLms, engine: Engine, context: JobContext, link: Link
) -> None:
    launch(lms, "dora", link)
    carry_out(context, "launch.hear-notices", deployment(engine).id)

    assert lms.lms.notices.tell(HELLO, lms.lms.school.course("1")) == 200
    with sessions(engine)() as session:
        assert session.scalars(select(Notice.kind)).all() == [HELLO]


@pytest.mark.row("T-121")
def test_a_link_of_the_copy_opens_the_same_and_its_score_finds_the_copied_column(
    lms: RunningLms, engine: Engine, context: JobContext, link: Link
) -> None:
    # Given a course in use, and a platform that tells us
    launch(lms, "dora", link)
    carry_out(context, "launch.hear-notices", deployment(engine).id)

    # When it is copied, and an activity of the copy is opened
    copy = copy_course(lms.lms, lms.lms.school.course("1"))
    with sessions(engine)() as session:
        notice_id = session.scalars(select(Notice.id)).one()
    carry_out(context, "launch.act-on-notice", notice_id)
    (copied,) = [one for one in lms.lms.school.links_of(copy) if one.title == link.title]
    assert copied.custom == {}
    columns = len(lms.lms.school.columns_of(copy))
    launch(lms, "ada", copied)

    # Then it opens what the first opens
    with sessions(engine).begin() as session:
        there = session.scalars(
            select(ResourceLink).where(ResourceLink.resource_link_id == copied.lti_id)
        ).one()
        assert there.credential is not None
        there.line_item_url = None  # as where the launch names no column of its own
        ada = session.scalars(
            select(Person)
            .join(PlatformUser, PlatformUser.person_id == Person.id)
            .where(PlatformUser.sub == lms.lms.school.person("ada").sub)
        ).one()
        queue_score(
            session,
            person=ada,
            credential=session.get_one(Credential, there.credential.id),
            event=ScoreEvent.DECIDED,
            score=Points(Decimal(9), Decimal(12)),
            comment="",
            review_id="r" * 22,
            attempt=1,
            started_at=None,
            submitted_at=None,
            now=datetime.now(UTC),
        )
        registration_id = there.deployment.registration_id
    carry_out(context, DRAIN, registration_id)

    # And the score is in the column that was copied along
    (column,) = lms.lms.school.columns_for(copied)
    cell = lms.lms.school.grade(column, lms.lms.school.person("ada"))
    assert cell is not None
    assert cell.visible == 75
    assert len(lms.lms.school.columns_of(copy)) == columns
    with sessions(engine)() as session:
        urls = set(session.scalars(select(LineItem.url)))
        assert lms.lms.mood.column_url(lms.lms, column) in urls


def test_a_refusal_is_kept_in_words_and_asked_again_the_next_day(
    lms: RunningLms, engine: Engine, context: JobContext, link: Link, tool: Served
) -> None:
    launch(lms, "dora", link)
    asked = deployment(engine)
    with sessions(engine).begin() as session:
        person = a_person("Tool administrator")
        session.add(person)
    administrator = enter(tool.app, person, role=Role.ADMINISTRATOR)
    page = f"/admin/connect/platforms/{asked.registration_id}"
    assert "being asked to tell when a course is copied" in administrator.get(page).text
    lms.lms.faults.switch_on("notices", "403", count=2)

    carry_out(context, "launch.hear-notices", asked.id)
    assert deployment(engine).notices_heard == []
    assert "status 403" in deployment(engine).notices_words
    assert "does not tell of copied courses" in administrator.get(page).text

    carry_out(context, "launch.hear-all-notices")
    assert "It tells when a course is copied" in administrator.get(page).text
    assert deployment(engine).notices_heard == KINDS
    assert deployment(engine).notices_words == ""


def test_an_lms_that_is_away_is_tried_again_by_the_job(
    lms: RunningLms, engine: Engine, context: JobContext, link: Link
) -> None:
    launch(lms, "dora", link)
    asked = deployment(engine)
    lms.lms.faults.switch_on("notices", "down", count=2)

    with pytest.raises(Unreachable):
        carry_out(context, "launch.hear-notices", asked.id)
    carry_out(context, "launch.hear-all-notices")  # does not break, whoever is away
    carry_out(context, "launch.hear-notices", asked.id)

    assert deployment(engine).notices_heard == KINDS


def test_without_the_scope_nobody_is_asked(
    lms: RunningLms, engine: Engine, context: JobContext, link: Link
) -> None:
    lms.lms.scopes = tuple(one for one in lms.lms.scopes if one != SCOPE_NOTICES)
    launch(lms, "dora", link)

    carry_out(context, "launch.hear-all-notices")

    assert deployment(engine).notices_url is None
    assert lms.lms.journal.all("notices") == []


def test_a_scope_taken_back_later_is_said(
    lms: RunningLms, engine: Engine, context: JobContext, link: Link
) -> None:
    launch(lms, "dora", link)
    lms.lms.scopes = tuple(one for one in lms.lms.scopes if one != SCOPE_NOTICES)

    carry_out(context, "launch.hear-notices", deployment(engine).id)

    assert deployment(engine).notices_words != ""
    assert deployment(engine).notices_heard == []
