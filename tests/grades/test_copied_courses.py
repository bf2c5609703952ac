"""A course is copied in the LMS: its links, its columns and its scores go on by themselves."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
import requests
from sqlalchemy import Engine, select

from lti_tool.database import opaque_id, sessions
from lti_tool.grades.chores import drain
from lti_tool.grades.models import DeliveryState, ScoreEvent
from lti_tool.grades.outbox import queue_score
from lti_tool.jobs import JobContext, carry_out
from lti_tool.keyring import Keyring
from lti_tool.launch import chores  # noqa: F401  its jobs are carried out below
from lti_tool.launch.models import Notice, PlatformUser, Registration, ResourceLink
from lti_tool.people.models import AuditEvent, Person
from lti_tool.practice_lms import RunningLms
from lti_tool.practice_lms.school import Link
from lti_tool.programs.models import Credential
from lti_tool.programs.rubrics import Points
from lti_tool.walk.visitor import Page, Visitor
from tests.builders import a_credential_version
from tests.conftest import Served


class Background:
    """What the worker would do, when the test asks for it."""

    def __init__(self, tool: Served, engine: Engine) -> None:
        now = datetime.now(UTC)
        self.context = JobContext(tool.settings, engine, Keyring.open(tool.settings, engine, now))

    def acts_on_notices(self) -> int:
        """Carry out the job of every notice; how many there are."""
        with self.context.read() as session:
            waiting = session.scalars(select(Notice.id)).all()
        for notice_id in waiting:
            carry_out(self.context, "launch.act-on-notice", notice_id)
        return len(waiting)

    def sends(self, who: str, points: str) -> DeliveryState:
        """Queue a decision about somebody, by their id at the LMS, and carry it there."""
        with self.context.sessions() as session:
            person = session.scalars(
                select(Person).join(PlatformUser).where(PlatformUser.sub == who)
            ).one()
            (delivery,) = queue_score(
                session,
                person=person,
                credential=session.scalars(select(Credential)).one(),
                score=Points(Decimal(points), Decimal(12)),
                event=ScoreEvent.DECIDED,
                comment="",
                review_id=opaque_id(),
                attempt=1,
                started_at=None,
                submitted_at=None,
                now=self.context.now(),
            )
            session.flush()
            platform = session.scalars(select(Registration.id)).one()
        drain(self.context, platform)
        with self.context.read() as session:
            session.add(delivery)
            session.refresh(delivery)
            return delivery.state


def enter(lms: RunningLms, who: str, link: Link) -> Page:
    """Somebody follows a link of a course."""
    address = f"{lms.url}/courses/{link.course_id}/links/{link.id}/launch"
    return Visitor().launch(f"{address}?as={who}&target=window")


@pytest.mark.row("T-121", "T-137")
def test_a_copied_course_opens_and_grades_as_its_origin_did(
    lms: RunningLms, tool: Served, engine: Engine
) -> None:
    # Given a course in which a credential was placed with its column, and where people came
    version = a_credential_version(title="Field journal", slug="journal")
    with sessions(engine).begin() as session:
        session.add(version)
    school, background = lms.lms.school, Background(tool, engine)
    if lms.lms.mood.name == "moodle":  # it sends no notices, but names the origin in each launch
        lms.lms.tool_custom["context_history"] = "$Context.id.history"
    custom = {"program": version.credential.program.slug, "credential": "journal"}
    link = lms.lms.add_link("1", "Field journal", custom=custom)
    (column,) = school.columns_for(link)
    column.resource_id, column.tag = version.credential.public_id, "cairn"
    assert "Field journal" in enter(lms, "ada", link).text
    carry_out(background.context, "launch.hear-all-notices")
    assert background.sends(school.person("ada").sub, "6") is DeliveryState.DELIVERED

    # When its LMS copies it, without the parameters that said what a link opens
    answer = requests.post(f"{lms.url}/api/courses/copy", json={"course": "1"}, timeout=20)
    copy = school.course(answer.json()["id"])
    copied = next(one for one in school.links_of(copy) if one.title == "Field journal")
    assert copied.custom == {}
    before = [one.id for one in school.columns_of(copy)]
    assert background.acts_on_notices() == (1 if lms.lms.mood.name == "canvas" else 0)

    # Then a learner's first click there opens the same, without anybody having chosen
    assert "Field journal" in enter(lms, "fay", copied).text
    with sessions(engine)() as session:
        row = session.scalars(
            select(ResourceLink).where(ResourceLink.resource_link_id == copied.lti_id)
        ).one()
        assert row.credential_id == version.credential.id
        acts = session.scalars(select(AuditEvent.action)).all()
    assert acts.count("launch.open-as-origin") == 1

    # And her score goes to the copied column: none was made, and the origin's is as it was
    assert background.sends(school.person("fay").sub, "9") is DeliveryState.DELIVERED
    assert [one.id for one in school.columns_of(copy)] == before
    (there,) = school.columns_for(copied)
    assert there.resource_id == version.credential.public_id
    assert school.cell(there, school.person("fay")).visible == 75
    assert school.cell(column, school.person("fay")).visible is None
    assert school.cell(column, school.person("ada")).visible == 50
