"""`cairn walk` does the main job, and says so when it cannot."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

STEPS = ["launch", "submit", "assess", "approve", "gradebook", "award", "share", "verify"]


def cairn(*words: str) -> subprocess.CompletedProcess[str]:
    """The command as a person would call it."""
    return subprocess.run(
        [sys.executable, "-m", "lti_tool", *words],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.mark.timeout(300)
@pytest.mark.row("S3-17", "S3-27", "S3-28", "S2-03")
def test_the_main_job_is_done_in_both_moods_and_every_rendering_is_kept(tmp_path: Path) -> None:
    walked = cairn("walk", "--json", "--out", str(tmp_path))

    told = json.loads(walked.stdout)
    assert (walked.returncode, told["fault"]) == (0, "")
    for mood in ("canvas", "moodle"):
        assert [step["step"] for step in told["steps"] if step["lms"] == mood] == STEPS
    assert all(step["seconds"] > 0 for step in told["steps"])

    awards = {path.name.split(".")[0] for path in tmp_path.glob("*.jwt")}
    assert len(awards) == 2
    for award in awards:
        kept = {path.name.removeprefix(f"{award}.") for path in tmp_path.glob(f"{award}.*")}
        assert kept == {
            *("ob3.json", "jwt", "ob3.png", "ob3.svg"),
            *("ob2.json", "ob2.png", "ob2.svg", "ob2.badgeclass.json"),
            *("ob2.jws", "ob2.signed.png", "ob2.signed.svg"),
        }
    assert (tmp_path / "did.json").exists()
    assert (tmp_path / "status-1.json").exists()


def test_a_walk_that_cannot_be_done_says_why_and_exits_1() -> None:
    walked = cairn("walk", "--lms", "canvas", "--program", "pottery")

    assert walked.returncode == 1
    assert "has no credential that can be begun" in walked.stderr
