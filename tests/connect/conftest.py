"""Practice LMSs that know no tool yet, an LMS that lies, and an administrator of the tool."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from lti_tool.practice_lms import PracticeLms, RunningLms, serve
from tests.conftest import Served
from tests.connect.kit import LyingLms, invite, lying_lms


@pytest.fixture(params=["canvas", "moodle"])
def lms(request: pytest.FixtureRequest, tool: Served, signing_key: str) -> Iterator[RunningLms]:
    """A practice LMS that the tool has never heard of."""
    school = PracticeLms(
        mood=request.param, base_url="", tool_url=tool.url, signing_key=signing_key
    )
    running = serve(school)
    yield running
    running.stop()


@pytest.fixture
def liar() -> Iterator[LyingLms]:
    """An LMS of which every word may be another."""
    with lying_lms() as served:
        yield served


@pytest.fixture
def invitation(tool: Served, engine: Engine) -> str:
    """A fresh registration address."""
    return invite(engine, tool.settings)
