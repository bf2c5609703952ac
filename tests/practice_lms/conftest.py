"""Two LMSs on real ports, a stand-in tool, and a clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lti_tool.practice_lms import PracticeLms, serve
from lti_tool.practice_lms.mood import MoodName
from lti_tool.practice_lms.school import Column, Person
from tests.practice_lms.stand_in import Gradebook, StandIn


@dataclass
class Clock:
    """The LMS's time, which passes only when the test says so."""

    now: datetime = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def tick(self, seconds: float = 1) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now


@pytest.fixture
def time() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def shared_tool() -> Iterator[tuple[StandIn, str]]:
    tool = StandIn()
    url = tool.start()
    yield tool, url
    tool.stop()


@pytest.fixture
def tool(shared_tool: tuple[StandIn, str]) -> StandIn:
    stand_in = shared_tool[0]
    stand_in.launches.clear()
    return stand_in


@pytest.fixture
def own_tool() -> Iterator[StandIn]:
    """A stand-in of this test alone, which it may change."""
    stand_in = StandIn()
    stand_in.start()
    yield stand_in
    stand_in.stop()


@pytest.fixture
def open_lms(
    shared_tool: tuple[StandIn, str], tool: StandIn, time: Clock, signing_key: str
) -> Iterator[Callable[..., PracticeLms]]:
    running = []

    def make(mood: MoodName, **more: Any) -> PracticeLms:
        given = {"clock": time, "signing_key": signing_key, **more}
        lms = PracticeLms(mood=mood, base_url="", tool_url=shared_tool[1], **given)
        running.append(serve(lms))
        tool.lms = lms
        return lms

    yield make
    for one in running:
        one.stop()


@pytest.fixture
def canvas(open_lms: Callable[..., PracticeLms]) -> PracticeLms:
    return open_lms("canvas")


@pytest.fixture
def moodle(open_lms: Callable[..., PracticeLms]) -> PracticeLms:
    return open_lms("moodle")


@pytest.fixture(params=["canvas", "moodle"])
def lms(request: pytest.FixtureRequest, open_lms: Callable[..., PracticeLms]) -> PracticeLms:
    return open_lms(request.param)


@dataclass
class Desk:
    """An LMS with one graded activity and a tool that may write into its column."""

    lms: PracticeLms
    time: Clock
    book: Gradebook
    column: Column
    url: str

    def person(self, key: str) -> Person:
        return self.lms.school.person(key)

    def body(self, key: str = "ada", **changed: Any) -> dict[str, Any]:
        """A score of 8 out of 10 with the present moment; a value of None leaves a field out."""
        body = {
            "userId": self.person(key).sub,
            "scoreGiven": 8,
            "scoreMaximum": 10,
            "timestamp": self.time.now.isoformat().replace("+00:00", "Z"),
            "activityProgress": "Completed",
            "gradingProgress": "FullyGraded",
            "comment": "Well done.",
            **changed,
        }
        return {name: value for name, value in body.items() if value is not None}

    def post(self, key: str = "ada", **changed: Any) -> Any:
        return self.book.score(self.url, self.body(key, **changed))

    def shown(self, key: str = "ada") -> tuple[float | None, str | None]:
        """The grade and the latest comment that people see."""
        cell = self.lms.school.grade(self.column, self.person(key))
        return (None, None) if cell is None else (cell.visible, cell.comment)


def a_desk(lms: PracticeLms, tool: StandIn, time: Clock) -> Desk:
    link = lms.add_link("1", "Portfolio", points=100)
    column = lms.school.columns_for(link)[0]
    book = Gradebook(lms, tool.token(lms))
    return Desk(lms, time, book, column, lms.mood.column_url(lms, column))


@pytest.fixture
def moodle_desk(moodle: PracticeLms, tool: StandIn, time: Clock) -> Desk:
    return a_desk(moodle, tool, time)


@pytest.fixture
def canvas_desk(canvas: PracticeLms, tool: StandIn, time: Clock) -> Desk:
    return a_desk(canvas, tool, time)


@pytest.fixture
def desk(lms: PracticeLms, tool: StandIn, time: Clock) -> Desk:
    return a_desk(lms, tool, time)
