"""`cairn demo` casts every part, and leaves nothing behind when it is told to stop."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from lti_tool.practice_lms import free_port
from lti_tool.walk.visitor import Visitor


@contextmanager
def demo(folder: Path, tool: int, lms: int) -> Iterator[subprocess.Popen[str]]:
    """The command in a process of its own, ended with its whole group in any case."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CAIRN_")} | {
        "CAIRN_DATA_DIR": str(folder / "var"),
        "CAIRN_KEYS_DIR": str(folder / "keys"),
        "PYTHONUNBUFFERED": "1",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "lti_tool", "demo", "--port", str(tool), "--lms-port", str(lms)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(timeout=10)
        if process.stdout is not None:
            process.stdout.close()


def answers(port: int) -> bool:
    """Whether anything listens there."""
    try:
        requests.get(f"http://127.0.0.1:{port}/", timeout=2)
    except requests.ConnectionError:
        return False
    return True


def until_silent(*ports: int) -> bool:
    """Whether the ports fall silent within half a minute."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if not any(answers(port) for port in ports):
            return True
        time.sleep(0.2)
    return False


@pytest.mark.timeout(240)
def test_the_demonstration_is_ready_to_play_and_ends_whole(tmp_path: Path) -> None:
    tool, lms = free_port(), free_port()
    with demo(tmp_path, tool, lms) as process:
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if "Ctrl+C" in line:
                break
        assert f"http://127.0.0.1:{lms}/" in said, said

        course = Visitor().get(f"http://127.0.0.1:{lms}/courses/1?as=ada")
        link = re.findall(r"/courses/1/links/(\d+)", course.html)[0]
        launch = f"http://127.0.0.1:{lms}/courses/1/links/{link}/launch?target=window&as="
        assert "You are Ada Reyes" in Visitor().launch(launch + "ada").text
        assert "Nothing waits for your judgement" in Visitor().launch(launch + "ben").text
        assert "Nothing waits for your judgement" in Visitor().launch(launch + "cleo").text

        process.send_signal(signal.SIGTERM)
        process.wait(timeout=40)
        assert until_silent(tool, lms)


@pytest.mark.timeout(120)
def test_a_demonstration_stopped_while_it_starts_leaves_nothing_behind(tmp_path: Path) -> None:
    tool, lms = free_port(), free_port()
    with demo(tmp_path, tool, lms) as process:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not answers(tool):
            time.sleep(0.05)

        process.send_signal(signal.SIGTERM)
        process.wait(timeout=40)
        assert until_silent(tool, lms)
