"""A rotation while four processes sign and an LMS verifies: nobody notices (T-138)."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from lti_tool.database import sessions
from lti_tool.keyring import KeyFolder, KeyState, Purpose, rotation
from lti_tool.practice_lms import PracticeLms, RunningLms, serve
from lti_tool.practice_lms.tokens import Claims, SigningKeys, TokenRefused, ToolKeys
from tests.conftest import Served

PACE = rotation.Pace(stage=timedelta(seconds=3), keep=timedelta(seconds=5), every=None)
ROTATIONS = 2
PROCESSES = 4
ROOT = Path(__file__).resolve().parents[2]


class StaleKeys(ToolKeys):
    """Keeps the tool's key set for a second and looks no sooner, whatever it is shown."""

    KEPT = 1.0

    def __init__(self, address: str) -> None:
        super().__init__(lambda: address)
        self._fetched_at = 0.0
        self._turn = threading.Lock()

    def verify(self, token: str) -> Claims:
        """As the practice LMS does, but with the copy of our key set that it has."""
        with self._turn:
            if time.monotonic() - self._fetched_at >= self.KEPT:
                # From before it asked: an answer that took long is old when it comes.
                self._fetched_at = time.monotonic()
                super()._fetch()
            return super().verify(token)

    def _fetch(self) -> dict[str, object]:  # type: ignore[override]
        raise TokenRefused("invalid_client", "This key is not in the copy of the key set.")


@pytest.fixture
def lms(tool: Served) -> Iterator[RunningLms]:
    """An LMS that keeps a copy of our key set and does not look again when a key is unknown."""
    pem = SigningKeys(lambda: "practice").pem()
    school = PracticeLms(mood="moodle", base_url="", tool_url=tool.url, signing_key=pem)
    running = serve(school)
    school.tool_keys = StaleKeys(f"{tool.url}/lti/jwks")
    yield running
    running.stop()


def rotate_under_way(engine: Engine, folder: KeyFolder) -> None:
    """Rotations, each begun when the one before is through, and the background's ticks."""

    def tick() -> None:
        with sessions(engine).begin() as session:
            rotation.keep(session, folder, pace=PACE, now=datetime.now(UTC))

    for _ in range(ROTATIONS):
        with sessions(engine).begin() as session:
            row = rotation.rotate(session, folder, Purpose.LTI, pace=PACE, now=datetime.now(UTC))
        assert row.signs_from is not None
        while datetime.now(UTC) < row.signs_from + timedelta(seconds=1):
            time.sleep(0.2)
            tick()
    time.sleep(PACE.keep.total_seconds())
    tick()


@pytest.mark.row("T-138")
@pytest.mark.timeout(300)
def test_keys_rotate_while_four_processes_sign_and_an_lms_verifies(
    tool: Served, lms: RunningLms, engine: Engine, tmp_path: Path
) -> None:
    stop = tmp_path / "stop"
    told = {
        "database_url": tool.settings.database_url,
        "data_dir": str(tool.settings.data_dir),
        "lms": lms.lms.auth_token_url,
        "client_id": lms.lms.client_id,
        "stop": str(stop),
    }
    command = [sys.executable, "-m", "tests.admin.signer", json.dumps(told)]
    at_work = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(PROCESSES)
    ]
    try:
        patience = time.monotonic() + 60
        while len(list(tmp_path.glob("stop.begun.*"))) < PROCESSES:
            assert time.monotonic() < patience
            time.sleep(0.1)
        rotate_under_way(engine, KeyFolder.of(tool.settings))
    finally:
        stop.touch()
        said = [json.loads(process.communicate(timeout=60)[0]) for process in at_work]

    keys = tool.app.extensions["cairn"].keyring.all()
    lti = [key for key in keys if key.purpose is Purpose.LTI]
    assert [one["refused"] for one in said] == [[]] * PROCESSES
    assert len(lti) == 1 + ROTATIONS
    assert [list(one["kids"]) for one in said] == [[key.kid for key in lti]] * PROCESSES
    assert [key.state for key in lti] == [KeyState.WITHDRAWN] * ROTATIONS + [KeyState.ACTIVE]
