"""Privacy launches and messages not offered, over real HTTP from both practice LMSs."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from lti_tool.database import sessions
from lti_tool.launch.platforms import add_platform
from lti_tool.practice_lms import PracticeLms, RunningLms, serve
from lti_tool.practice_lms.administration import OTHERS
from lti_tool.practice_lms.tokens import SigningKeys
from lti_tool.walk.visitor import Visitor
from tests.conftest import Served


@pytest.fixture(scope="module")
def signing_key() -> str:
    """One key for all LMSs of this file: making one takes longer than everything else."""
    return SigningKeys(lambda: "practice").pem()


@pytest.fixture(params=["canvas", "moodle"])
def lms(
    request: pytest.FixtureRequest, tool: Served, engine: Engine, signing_key: str
) -> Iterator[RunningLms]:
    """A registered practice LMS on another site than the tool."""
    school = PracticeLms(
        mood=request.param, base_url="", tool_url=tool.url, signing_key=signing_key
    )
    running = serve(school)
    with sessions(engine).begin() as session:
        add_platform(session, **school.registration(), now=datetime.now(UTC))
    yield running
    running.stop()


@pytest.mark.row("T-135")
def test_the_principal_asks_about_somebody_who_was_here(lms: RunningLms) -> None:
    link = next(iter(lms.lms.school.links.values()))
    Visitor().launch(f"{lms.url}/courses/1/links/{link.id}/launch?as=ada&target=window")
    about = f"{lms.url}/administration/launch?message=privacy&target=window&person="

    known = Visitor().launch(about + "ada")
    unknown = Visitor().launch(about + "fay")

    assert "What is kept about" in known.text
    assert "Ada Reyes" in known.text
    assert "Nothing is kept about this person" in unknown.text


@pytest.mark.row("T-136")
@pytest.mark.parametrize("message", OTHERS)
def test_document_processing_is_answered_cleanly(lms: RunningLms, message: str) -> None:
    page = Visitor().launch(
        f"{lms.url}/administration/launch?message={message}&target=window", expect=400
    )

    assert page.metas["lti-problem"] == "not-offered"
