"""Every refusal is a page with steps, and the same in the log (issue section 3.3)."""

import json
from pathlib import Path

import pytest

from lti_tool.certification.platform import a_key
from lti_tool.launch import problems
from lti_tool.launch.problems import CAUSES, Cause, refuse
from tests.launch.kit import Browser, problem

ROOT = Path(__file__).resolve().parents[2]


def test_the_document_lists_every_cause() -> None:
    """`docs/launch-problems.md` is what the causes say, to the letter."""
    written = (ROOT / "docs" / "launch-problems.md").read_text()

    assert written == problems.document(), "run: python -m lti_tool.launch.problems"


def test_every_cause_of_the_module_is_listed() -> None:
    """None is forgotten, none stands twice."""
    defined = [value for value in vars(problems).values() if isinstance(value, Cause)]

    assert set(map(id, defined)) == set(map(id, CAUSES))
    codes = [cause.code for cause in CAUSES]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.code)
def test_every_cause_says_what_happened_and_what_to_do(cause: Cause) -> None:
    """One sentence, steps for whoever reads it, a status that HTTP means that way."""
    assert cause.code == cause.code.lower()
    assert cause.happened.endswith(".")
    assert "." not in cause.happened[:-1]
    assert cause.you.endswith((".", "?"))
    assert cause.status in {400, 401, 403, 404, 405, 413, 429, 503}
    assert "!" not in cause.happened + cause.you + cause.lms + cause.us
    for token in ("JWT", "OIDC", "nonce"):
        assert token not in cause.happened + cause.you


def test_names_that_checks_rely_on_are_there() -> None:
    """Codes that administrators and outside checks know."""
    promised = {
        "unknown-platform", "unknown-deployment", "deployment-pending", "expired", "too-old",
        "replay", "state", "nonce", "signature", "claim-missing", "audience", "cookies-blocked",
        "anonymous", "unsupported-message", "keys-unreachable",
    }  # fmt: skip

    assert promised <= {cause.code for cause in CAUSES}


def test_values_are_shown_short_and_harmless() -> None:
    """Whatever came in."""
    shown = refuse(problems.STATE, ("a", "x" * 5000), ("b", "line\nbreak\x00", ""), ("c", None))

    assert [len(value.received) for value in shown.values] == [300, 11, 7]
    assert shown.values[1].received == "line?break?"


def test_page_and_log_agree_under_one_reference(
    browser: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    """The code, the values and the reference of the page stand in the log; a token never does."""
    begun = browser.begin()
    token = browser.platform.sign(browser.platform.claims(begun.nonce), key=a_key(2))

    answer = browser.post(begun.state, token)

    assert problem(answer) == (401, "signature")
    lines = "".join(capsys.readouterr()).splitlines()
    entries = [json.loads(line) for line in lines if line.startswith("{")]
    (refused,) = [entry for entry in entries if entry["event"] == "launch.refused"]
    assert refused["code"] == "signature"
    assert refused["issuer"] == "https://lms.example.edu"
    assert refused["client_id"] == "tool-1"
    assert refused["compared"]["kid"][0] == "key-1"
    assert f"<code>{refused['request']}</code>" in answer.text
    assert browser.platform.server.url in answer.text
    written = "\n".join(lines)
    for secret in (token, token.split(".")[2], begun.state, begun.nonce):
        assert secret not in written
        assert secret not in answer.text


def test_a_page_tells_three_readers_what_to_do(browser: Browser) -> None:
    """You, your LMS administrator, and us."""
    page = browser.login(client_id="nobody").text

    for reader in ("You", "Your LMS administrator", "Us, who run this tool"):
        assert f"<dt>{reader}</dt>" in page
    assert "<code>nobody</code>" in page
