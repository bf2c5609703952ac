"""Logs: one JSON object a line, whoever speaks, and no secret in it."""

import json
import logging
from typing import Any

import pytest
import structlog

from lti_tool import logs

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.c2lnbmF0dXJlLXNpZ25hdHVyZQ"


@pytest.fixture
def lines(capsys):
    kept = logging.getLogger().handlers[:], logging.getLogger().level
    logs.configure()

    def read() -> list[dict[str, Any]]:
        return [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    yield read
    logging.getLogger().handlers[:], level = kept
    logging.getLogger().setLevel(level)
    structlog.reset_defaults()


def test_our_lines_and_those_of_libraries_have_one_shape(lines):
    structlog.get_logger("lti_tool.grades").warning("score refused", status=422)
    logging.getLogger("some.library").warning("%s is odd", "that")

    ours, theirs = lines()
    assert (ours["event"], ours["status"], ours["level"]) == ("score refused", 422, "warning")
    assert (theirs["event"], theirs["logger"]) == ("that is odd", "some.library")
    assert ours["at"].endswith("Z")


@pytest.mark.parametrize(
    "text",
    [
        f"the platform sent {JWT} and went away",
        "Authorization: Bearer abc.def-123",
        "GET /lti/launch?state=abcdef&nonce=123456",
        "postgresql://cairn:correct-horse@db/cairn refused",
        "-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----",
    ],
)
def test_what_looks_like_a_secret_is_taken_out_of_any_text(lines, text):
    logging.getLogger("some.library").warning(text)

    (line,) = lines()
    assert logs.HIDDEN in line["event"]
    for secret in (JWT, "abc.def-123", "abcdef", "123456", "correct-horse", "MIIEvQ"):
        assert secret not in line["event"]


@pytest.mark.parametrize("name", ["token", "id_token", "client_secret", "Authorization", "nonce"])
def test_a_secret_is_hidden_by_its_name_at_any_depth(lines, name):
    structlog.get_logger("lti_tool.launch").info(
        "asked", inside={"deeper": [{name: "hush hush"}]}, **{name: "hush"}
    )

    (line,) = lines()
    assert "hush" not in json.dumps(line)
    assert line[name] == logs.HIDDEN


def test_a_traceback_is_one_line_without_secrets(lines):
    try:
        raise ValueError(f"cannot read {JWT}")
    except ValueError:
        logging.getLogger("lti_tool").exception("it broke")

    (line,) = lines()
    assert "ValueError: cannot read [hidden]" in line["exception"]
