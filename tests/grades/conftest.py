"""A gradebook to write into: a practice LMS on a real port, the tool's rows, and one clock.

The LMS and the tool share a clock that passes only when the test says so; the network between
them is real.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from lti_tool.database import opaque_id, read_session, sessions
from lti_tool.grades import couriers
from lti_tool.grades.chores import drain
from lti_tool.grades.corrections import withdraw
from lti_tool.grades.models import DeliveryState, LineItem, ScoreDelivery, ScoreEvent
from lti_tool.grades.outbox import queue_score
from lti_tool.grades.pieces import Piece
from lti_tool.jobs import JobContext
from lti_tool.keyring import Keyring
from lti_tool.launch.models import (
    Deployment,
    DeploymentState,
    PlatformUser,
    Product,
    Registration,
    ResourceLink,
)
from lti_tool.people.models import Course, Membership, Person
from lti_tool.people.roles import Role
from lti_tool.practice_lms import PracticeLms, serve
from lti_tool.practice_lms.journal import Received
from lti_tool.practice_lms.mood import MoodName
from lti_tool.practice_lms.school import Cell, Column, Link
from lti_tool.practice_lms.server import closing
from lti_tool.programs.models import Credential
from lti_tool.programs.rubrics import Points
from lti_tool.settings import Settings
from tests.builders import a_credential_version
from tests.conftest import NOON, some_settings

PLAN = (10.0, 20.0, 40.0, 80.0)
"""The back-off plan of these tests, in seconds."""

EVERYTHING = (
    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem",
    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly",
    "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly",
    "https://purl.imsglobal.org/spec/lti-ags/scope/score",
)


@dataclass
class Clock:
    """The time of the tool and of the LMS."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        """The moment; each look takes a millisecond, as in life."""
        self.now += timedelta(milliseconds=1)
        return self.now

    def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)


@dataclass
class ToolKeys:
    """Serves the tool's public keys, which is all that an LMS asks of it here."""

    url: str
    keyring: Keyring | None = None


@pytest.fixture(scope="session")
def tool_keys() -> Iterator[ToolKeys]:
    """The tool's JWKS address."""
    app = Flask("tool-keys")
    server = make_server("127.0.0.1", 0, closing(app), threaded=True)
    served = ToolKeys(f"http://127.0.0.1:{server.server_port}")

    @app.get("/lti/jwks")
    def jwks() -> dict[str, Any]:
        assert served.keyring is not None
        return served.keyring.public_jwks()

    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield served
    server.shutdown()
    thread.join()


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tool's private keys, made once a run."""
    return tmp_path_factory.mktemp("keys")


@pytest.fixture
def settings(database_url: str, tmp_path: Path, keys_dir: Path) -> Settings:
    """Settings with a short plan."""
    return some_settings(database_url, tmp_path, keys_dir=keys_dir, backoff=PLAN, http_timeout=1.5)


@dataclass
class World:
    """One course with one column, in the LMS and in the tool."""

    lms: PracticeLms
    clock: Clock
    context: JobContext
    registration_id: int
    course_id: int
    credential_id: int
    link_id: int
    link: Link
    people: dict[str, int]
    attempts: dict[str, int] = field(default_factory=dict)

    @property
    def engine(self) -> Engine:
        """The tool's database."""
        return self.context.engine

    @property
    def column(self) -> Column:
        """The link's column at the LMS."""
        return self.lms.school.columns_for(self.lms.school.link(self.link.id))[0]

    def queue(
        self,
        who: str = "ada",
        points: str | None = "6",
        *,
        possible: str = "12",
        comment: str = "Criterion 1: Proficient (3)",
        event: ScoreEvent = ScoreEvent.DECIDED,
        review_id: str = "",
        submitted_at: datetime | None = None,
        pieces: Sequence[Piece] = (),
        stages: Sequence[Piece] = (),
        part_slug: str = "",
    ) -> list[int]:
        """Put a score in the outbox and commit; the ids of its deliveries."""
        now = self.clock()
        with sessions(self.engine).begin() as session:
            score = Points(Decimal(points), Decimal(possible)) if points is not None else None
            deliveries = queue_score(
                session,
                person=session.get_one(Person, self.people[who]),
                credential=session.get_one(Credential, self.credential_id),
                score=score,
                event=event,
                comment=comment,
                review_id=review_id or opaque_id(),
                attempt=self.attempts.get(who, 1),
                started_at=now - timedelta(days=3),
                submitted_at=submitted_at or now - timedelta(minutes=5),
                now=now,
                pieces=pieces,
                stages=stages,
                part_slug=part_slug,
            )
            return [delivery.id for delivery in deliveries]

    def decide(self, who: str = "ada", points: str = "6", **more: Any) -> int:
        """Queue a decided score for the one column; its id."""
        (delivery_id,) = self.queue(who, points, **more)
        return delivery_id

    def submit(self, who: str = "ada", **more: Any) -> list[int]:
        """Queue that work was handed in."""
        return self.queue(who, None, comment="", event=ScoreEvent.SUBMITTED, **more)

    def withdraw(self, who: str = "ada") -> list[int]:
        """Take back what was decided; the ids of the deliveries that say so."""
        with sessions(self.engine).begin() as session:
            rows = withdraw(
                session,
                session.get_one(Person, self.people[who]),
                session.get_one(Credential, self.credential_id),
                now=self.clock(),
            )
            return [row.id for row in rows]

    def drain(self) -> None:
        """What the background does when its job runs."""
        drain(self.context, self.registration_id)

    def pass_by(self, seconds: float) -> None:
        """Let time pass, then let the background work."""
        self.clock.pass_by(seconds)
        self.drain()

    def until_settled(self, most: int = 40, *, really_wait: float = 0) -> None:
        """Let plan after plan pass until nothing is open any more.

        The clock jumps, but an LMS that is slow really takes its time: `really_wait` seconds.
        """
        for _ in range(most):
            time.sleep(really_wait)
            self.drain()
            with read_session(self.engine) as session:
                if couriers.next_due(session, self.registration_id) is None:
                    return
            self.clock.pass_by(30)
        raise AssertionError("something is still open")

    def delivery(self, delivery_id: int) -> ScoreDelivery:
        """A delivery as it stands now, detached."""
        with read_session(self.engine) as session:
            found = session.get_one(ScoreDelivery, delivery_id)
            session.expunge_all()
            return found

    def state(self, delivery_id: int) -> DeliveryState:
        """Where a delivery stands."""
        return self.delivery(delivery_id).state

    def states(self) -> list[DeliveryState]:
        """The states of all deliveries, oldest first."""
        with read_session(self.engine) as session:
            return list(session.scalars(select(ScoreDelivery.state).order_by(ScoreDelivery.id)))

    def cell(self, who: str = "ada", column: Column | None = None) -> Cell:
        """What the LMS keeps for a person."""
        return self.lms.school.cell(column or self.column, self.lms.school.person(who))

    def comments(self, who: str = "ada") -> list[str]:
        """The remarks in a person's cell."""
        return [comment.text for comment in self.cell(who).comments]

    def received(self, group: str = "scores") -> list[Received]:
        """What the LMS was asked, of one service."""
        return self.lms.journal.all(group)

    def change_link(self, **values: Any) -> None:
        """What a newer launch would change about the link."""
        with sessions(self.engine).begin() as session:
            link = session.get_one(ResourceLink, self.link_id)
            for name, value in values.items():
                setattr(link, name, value)

    def forget_column(self) -> None:
        """As if no column had been found yet."""
        with sessions(self.engine).begin() as session:
            for item in session.scalars(select(LineItem)):
                item.url = None


MakeWorld = Callable[..., World]


@pytest.fixture
def make_world(
    settings: Settings, engine: Engine, tool_keys: ToolKeys, signing_key: str
) -> Iterator[MakeWorld]:
    """Make worlds: `make_world("canvas", points=None)` for a link without a column."""
    running = []

    def make(mood: MoodName, *, points: float | None = 100) -> World:
        clock = Clock()
        keyring = Keyring.open(settings, engine, clock())
        tool_keys.keyring = keyring
        lms = PracticeLms(
            mood=mood,
            base_url="",
            tool_url=tool_keys.url,
            clock=clock,
            signing_key=signing_key,
        )
        running.append(serve(lms))
        link = lms.add_link("1", "Field journal", points=points)
        with sessions(engine).begin() as session:
            rows = _rows(session, lms, link, clock)
        context = JobContext(settings, engine, keyring, clock)
        return World(lms=lms, clock=clock, context=context, link=link, **rows)

    yield make
    for one in running:
        one.stop()


@pytest.fixture(params=["canvas", "moodle"])
def world(request: pytest.FixtureRequest, make_world: MakeWorld) -> World:
    """A course in each mood."""
    return make_world(request.param)


@pytest.fixture
def paired(database_url: str, make_world: MakeWorld) -> World:
    """A course in the Canvas mood on one database and in the Moodle mood on the other.

    For long tables of cases: each still meets both moods and both databases, in half the time.
    """
    return make_world("canvas" if database_url.startswith("sqlite") else "moodle")


@pytest.fixture(params=["canvas", "moodle"])
def bare(request: pytest.FixtureRequest, make_world: MakeWorld) -> World:
    """A link without a column of its own, in each mood."""
    return make_world(request.param, points=None)


@pytest.fixture
def canvas(make_world: MakeWorld) -> World:
    """A course in the Canvas mood."""
    return make_world("canvas")


@pytest.fixture
def moodle(make_world: MakeWorld) -> World:
    """A course in the Moodle mood."""
    return make_world("moodle")


def _rows(session: Session, lms: PracticeLms, link: Link, clock: Clock) -> dict[str, Any]:
    """What launches would have left in the tool."""
    facts = lms.registration()
    deployment_ids = facts.pop("deployment_ids")
    registration = Registration(
        **facts | {"product": Product(facts["product"])}, created_at=clock()
    )
    deployment = Deployment(
        registration=registration,
        deployment_id=deployment_ids[0],
        state=DeploymentState.ACTIVE,
        first_seen_at=clock(),
    )
    course = Course(title="Teaching English learners", created_at=clock())
    version = a_credential_version()
    session.add_all([registration, deployment, course, version])
    people = {}
    home = lms.school.course("1")
    for key in ("ada", "fay", "ben", "dora"):
        there = lms.school.person(key)
        person = Person(name=there.name, email=there.email, created_at=clock())
        session.add_all(
            [
                person,
                PlatformUser(
                    registration=registration, sub=there.sub, person=person, seen_at=clock()
                ),
                Membership(
                    person=person,
                    course=course,
                    role=Role.LEARNER if home.roles[key] == "learner" else Role.INSTRUCTOR,
                    seen_at=clock(),
                ),
            ]
        )
        people[key] = person
    columns = lms.school.columns_for(link)
    placed = ResourceLink(
        deployment=deployment,
        resource_link_id=link.lti_id,
        course=course,
        title=link.title,
        credential=version.credential,
        program=version.credential.program,
        line_items_url=lms.mood.columns_url(lms, home),
        line_item_url=lms.mood.column_url(lms, columns[0]) if columns else None,
        scopes=list(EVERYTHING),
        seen_at=clock(),
    )
    session.add(placed)
    session.flush()  # the ids are what tests use
    return {
        "registration_id": registration.id,
        "course_id": course.id,
        "credential_id": version.credential.id,
        "link_id": placed.id,
        "people": {key: person.id for key, person in people.items()},
    }
