"""The page that runs the cases on a copy of the tool, and what it keeps of a run."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select

from lti_tool.admin import certification
from lti_tool.admin.certification import AlreadyRunning, Result, Run, Tried
from lti_tool.database import sessions
from lti_tool.launch.models import Registration
from lti_tool.people import sign_in_links
from lti_tool.settings import Settings

PATIENCE = 60.0
MET = Result(
    number="T-041",
    words="A token that never expires is refused.",
    source="SEC 5.1.2",
    is_of_certification=True,
    passed=True,
    seen="no exp: 401 claim-missing",
    reference="0123456789abcdef",
    steps=(Tried("no exp", "401 claim-missing", True, "0123456789abcdef"),),
    log=('{"event": "launch.refused", "request": "0123456789abcdef"}',),
)
UNMET = Result(
    number="T-042",
    words="A token that does not say when it was made is refused.",
    source="SEC 5.1.2",
    is_of_certification=True,
    passed=False,
    seen="no iat: 303 accepts",
    reference="fedcba9876543210",
    steps=(Tried("no iat", "303 accepts", False, "fedcba9876543210"),),
)


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def cleo(client: FlaskClient, engine: Engine) -> FlaskClient:
    """A signed-in administrator."""
    with sessions(engine).begin() as session:
        link = "/admin/sign-in/" + sign_in_links.make(session, now=now())
    assert client.post(link).status_code == 303
    return client


@pytest.fixture
def folder(settings: Settings) -> Path:
    return certification.folder_of(settings)


@pytest.fixture
def children() -> Iterator[Callable[[], list[psutil.Process]]]:
    """The processes that this test began; whatever is left of them ends with it."""

    def began() -> list[psutil.Process]:
        return [
            one
            for one in psutil.Process().children(recursive=True)
            if one.status() != psutil.STATUS_ZOMBIE and "certify" in one.cmdline()
        ]

    yield began
    for one in began():
        for inner in [*one.children(recursive=True), one]:
            inner.kill()


def send(client: FlaskClient, **values: str) -> object:
    page = client.get("/admin/certification").text
    token = page.split('name="form_token" value="', 1)[1].split('"', 1)[0]
    return client.post("/admin/certification", data={"form_token": token, **values})


def until_it_ends(folder: Path) -> Run:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        run = certification.read(folder)
        assert run is not None
        if not run.is_running:
            return run
        time.sleep(0.1)
    raise AssertionError("the run did not end")


def test_a_run_is_made_apart_and_leaves_nothing_here(folder: Path, engine: Engine) -> None:
    # When two cases are run in the background
    certification.begin(folder, version="1", now=now(), cases=("T-041", "T-014"))

    # Then nobody begins another one meanwhile
    with pytest.raises(AlreadyRunning):
        certification.begin(folder, version="1", now=now())

    # And in the end both are met, with the references of their launches and the tool's own log
    run = until_it_ends(folder)
    assert (run.total, run.passed, run.fault) == (2, 2, ""), run
    assert [one.number for one in run.results] == ["T-014", "T-041"]
    for one in run.results:
        assert one.reference
        assert any(one.reference in line for line in one.log)

    # And no LMS was registered in the installation itself
    with sessions(engine)() as session:
        assert session.scalar(select(func.count()).select_from(Registration)) == 0


def test_a_run_whose_process_ended_is_said_to_be_broken_off(
    cleo: FlaskClient, folder: Path, children: Callable[[], list[psutil.Process]]
) -> None:
    # Given a run that was begun by the button
    assert "No run was made here yet." in cleo.get("/admin/certification").text
    answer = send(cleo, then="run")
    assert answer.status_code == 303  # type: ignore[attr-defined]
    page = cleo.get("/admin/certification").text
    assert "is being started" in page
    assert 'http-equiv="refresh"' in page
    assert "Run the cases</button>" not in page

    # When its process is killed
    (process,) = children()
    for inner in [*process.children(recursive=True), process]:
        inner.kill()
    until_it_ends(folder)

    # Then the page says so, and offers another one
    page = cleo.get("/admin/certification").text
    assert "was broken off after 0 cases" in page
    assert "Run the cases</button>" in page
    assert 'http-equiv="refresh"' not in page


def test_the_page_shows_what_was_not_met_first(cleo: FlaskClient, folder: Path) -> None:
    run = Run(now(), "0.1.0", total=2, results=(MET, UNMET), ended_at=now())
    certification.write(certification.file_of(folder), run)

    page = cleo.get("/admin/certification").text

    assert "1 of 2 cases met" in page
    assert page.index("T-042") < page.index("T-041")
    assert "no iat: 303 accepts" in page
    assert "<code>fedcba9876543210</code>" in page


def test_the_log_for_certification_is_a_text_file(cleo: FlaskClient, folder: Path) -> None:
    assert cleo.get("/admin/certification.txt").status_code == 404
    run = Run(now(), "0.1.0", total=2, results=(MET, UNMET), ended_at=now())
    certification.write(certification.file_of(folder), run)

    answer = cleo.get("/admin/certification.txt")

    assert answer.mimetype == "text/plain"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "T-041 passed" in answer.text
    assert "T-042 NOT MET" in answer.text
    assert "[0123456789abcdef]" in answer.text
    assert f"  log: {MET.log[0]}" in answer.text


def test_a_form_without_its_button_begins_nothing(cleo: FlaskClient, folder: Path) -> None:
    answer = send(cleo)

    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert certification.read(folder) is None


def test_a_second_press_is_told_that_a_run_is_under_way(cleo: FlaskClient, folder: Path) -> None:
    page = cleo.get("/admin/certification").text
    token = page.split('name="form_token" value="', 1)[1].split('"', 1)[0]
    with ExitStack() as held:
        held.enter_context(certification.one_at_a_time(folder))
        answer = cleo.post("/admin/certification", data={"form_token": token, "then": "run"})
        assert answer.status_code == 303
        assert "A run is under way." in cleo.get("/admin/certification").text
