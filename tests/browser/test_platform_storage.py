"""The script that speaks LTI Platform Storage, before LMS pages of every temper (T-098…T-103)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, Request, Route

import lti_tool

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(120)]

SCRIPT = (Path(lti_tool.__file__).parent / "static" / "storage.js").read_text()
LMS = "https://lms.test"
TOOL = "https://tool.test"
EVIL = "https://evil.test"

KEEP = f"""
<div data-storage="keep" data-target="TARGET" data-origin="{LMS}"
     data-onward="{TOOL}/onward" data-otherwise="{TOOL}/otherwise">
  <data data-key="lti_state_1" value="secret-state"></data>
  <data data-key="lti_nonce_1" value="secret-nonce"></data>
</div>
"""
ASK = f"""
<form method="post" action="{TOOL}/launch"
      data-storage="ask" data-target="TARGET" data-origin="{LMS}">
  <input type="hidden" name="id_token" value="signed">
  <input type="hidden" name="stored_state" value="" data-key="lti_state_1">
  <input type="hidden" name="stored_nonce" value="" data-key="lti_nonce_1">
</form>
"""
ANSWERS = """
const heard = [];
const can = (...subjects) => subjects.map((subject) => ({ subject }));
const able = { supported_messages: can("lti.put_data", "lti.get_data") };
function listen(act) {
  window.addEventListener("message", (event) => {
    const told = event.data;
    heard.push(told);
    const say = (answer, to = event.source, asText = false) => {
      const whole = { message_id: told.message_id, ...answer };
      to.postMessage(asText ? JSON.stringify(whole) : whole, "*");
    };
    act(told, say, event);
  });
}
const known = { "lti_state_1": "kept-state", "lti_nonce_1": "kept-nonce" };
"""
USUAL = """
listen((told, say) => {
  if (told.subject === "lti.capabilities") {
    say({ subject: "lti.capabilities.response", ...able });
  } else if (told.subject === "lti.put_data") {
    say({ subject: "lti.put_data.response", key: told.key, value: told.value });
  } else if (told.subject === "lti.get_data") {
    say({ subject: "lti.get_data.response", key: told.key, value: known[told.key] });
  }
});
"""


@dataclass
class Stage:
    """An LMS's page with a tool's frame in it, both made up; nothing leaves the browser."""

    page: Page
    posted: list[dict[str, list[str]]] = field(default_factory=list)
    pages: dict[str, str] = field(default_factory=dict)

    def open(
        self, behaviour: str, *, work: str = KEEP, target: str = "_parent", lms: str = LMS
    ) -> None:
        """Let the LMS's page behave like this, and the tool's page work in its frame."""
        frame = f'<iframe id="tool" src="{TOOL}/work"></iframe>'
        self.pages[f"{lms}/"] = f"<script>{ANSWERS}{behaviour}</script>{frame}"
        self.pages[f"{TOOL}/work"] = (
            f"{work.replace('TARGET', target)}<script src='/storage.js' defer></script>"
        )
        self.page.route("**/*", self._serve)
        self.page.goto(f"{lms}/")

    def _serve(self, route: Route, request: Request) -> None:
        if request.method == "POST":
            self.posted.append(parse_qs(request.post_data or "", keep_blank_values=True))
        if request.url.endswith("/storage.js"):
            route.fulfill(body=SCRIPT, content_type="text/javascript")
        else:
            body = self.pages.get(request.url, "<p>Arrived</p>")
            route.fulfill(body=f"<!doctype html>{body}", content_type="text/html")

    def went_on(self) -> str:
        """Where the tool's frame went: `onward`, `otherwise` or `launch`."""
        tool = next(one for one in self.page.frames if one.url.startswith(TOOL))
        tool.wait_for_url(lambda url: not url.endswith("/work"), timeout=10_000)
        return tool.url.rsplit("/", 1)[1]

    def heard(self) -> str:
        """Everything the LMS's page was told."""
        return str(self.page.evaluate("JSON.stringify(heard)"))


@pytest.fixture
def stage(page: Page) -> Stage:
    """A stage in a fresh tab."""
    return Stage(page)


@pytest.mark.row("T-098")
def test_state_and_nonce_are_kept_before_the_way_goes_on(stage: Stage) -> None:
    stage.open(USUAL)

    assert stage.went_on() == "onward"
    assert "secret-state" in stage.heard()
    assert "secret-nonce" in stage.heard()


@pytest.mark.row("T-099")
def test_what_was_kept_is_asked_for_and_posted(stage: Stage) -> None:
    stage.open(USUAL, work=ASK)

    assert stage.went_on() == "launch"
    assert stage.posted == [
        {"id_token": ["signed"], "stored_state": ["kept-state"], "stored_nonce": ["kept-nonce"]}
    ]


SILENT = "listen(() => {});"
MUTE_LATER = """
listen((told, say) => {
  if (told.subject === "lti.capabilities") say(able);
});
"""
INCAPABLE = """listen((told, say) => say({ supported_messages: can("lti.frameResize") }));"""
REFUSING = """
listen((told, say) => {
  if (told.subject === "lti.capabilities") say(able);
  else say({ error: { code: "storage_exhaustion", message: "Full" } });
});
"""
ANSWERING_SOMEBODY_ELSE = """
listen((told, say) => {
  if (told.subject === "lti.capabilities") say(able);
  else say({ message_id: "another", key: told.key, value: known[told.key] });
});
"""
RELAYED = (
    """
const relay = document.createElement("iframe");
relay.src = "EVIL/relay";
addEventListener("DOMContentLoaded", () => document.body.append(relay));
listen((told, say, event) => {
  if (told.subject === "lti.capabilities") {
    const answer = () => say(able);
    if (relay.dataset.ready) answer(); else relay.onload = answer;
  } else if (event.source !== relay.contentWindow) {
    relay.contentWindow.postMessage({ ...told, value: known[told.key] }, "*");
  }
});
relay.addEventListener("load", () => { relay.dataset.ready = "yes"; });
"""
).replace("EVIL", EVIL)
ECHO = """
<script>
addEventListener("message", (event) => {
  const { message_id, subject, key, value } = event.data;
  parent.frames[0].postMessage({ message_id, subject: `${subject}.response`, key, value }, "*");
});
</script>
"""


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(SILENT, marks=pytest.mark.row("T-100"), id="silent"),
        pytest.param(MUTE_LATER, marks=pytest.mark.row("T-100"), id="silent after the first"),
        pytest.param(INCAPABLE, marks=pytest.mark.row("T-100"), id="without storage"),
        pytest.param(REFUSING, marks=pytest.mark.row("T-101"), id="an error"),
        pytest.param(ANSWERING_SOMEBODY_ELSE, marks=pytest.mark.row("T-101"), id="another message"),
        pytest.param(RELAYED, marks=pytest.mark.row("T-101"), id="another origin"),
    ],
)
def test_without_an_answer_to_believe_another_way_is_taken(stage: Stage, behaviour: str) -> None:
    stage.pages[f"{EVIL}/relay"] = ECHO
    stage.open(behaviour)
    assert stage.went_on() == "otherwise"

    stage.page.unroute_all()
    stage.open(behaviour, work=ASK)
    assert stage.went_on() == "launch"
    assert stage.posted[0]["stored_state"] == [""]


@pytest.mark.row("T-098", "T-101")
def test_a_page_of_another_site_is_told_no_secret(stage: Stage) -> None:
    """Whoever frames the tool may claim to store; what proves the login goes to the LMS only."""
    stage.open(USUAL, lms=EVIL)

    assert stage.went_on() == "otherwise"
    assert "lti.capabilities" in stage.heard()
    assert "secret" not in stage.heard()


NAMES_A_FRAME = """
listen((told, say) => {
  if (told.subject === "lti.capabilities") {
    const frame = "keeper";
    say({ supported_messages: able.supported_messages.map((one) => ({ ...one, frame })) });
  }
});
for (const name of ["keeper", "decoy"]) {
  document.write(`<iframe name="${name}" src="/${name}"></iframe>`);
}
"""


@pytest.mark.row("T-102")
@pytest.mark.parametrize("target", ["_parent", "decoy", "gone"])
def test_the_frame_that_the_page_names_comes_first(stage: Stage, target: str) -> None:
    stage.pages[f"{LMS}/keeper"] = f"<script>{ANSWERS}{USUAL}</script>"
    stage.pages[f"{LMS}/decoy"] = f"<script>{ANSWERS}{SILENT}</script>"

    stage.open(NAMES_A_FRAME, target=target)

    assert stage.went_on() == "onward"
    assert "secret" not in stage.heard()


LEGACY = """
listen((told, say, event) => {
  if (told.subject === "lti.capabilities") {
    say({ subject: "org.imsglobal.lti.capabilities",
          supported_messages: can("org.imsglobal.lti.put_data", "org.imsglobal.lti.get_data") },
        event.source, TEXT);
  } else if (told.subject === "org.imsglobal.lti.put_data") {
    say({ subject: "org.imsglobal.lti.put_data.response" }, event.source, TEXT);
  } else if (told.subject === "org.imsglobal.lti.get_data") {
    say({ subject: "lti.get_data", value: known[told.key] }, event.source, TEXT);
  }
});
"""


@pytest.mark.row("T-103")
@pytest.mark.parametrize("text", ["false", "true"])
def test_old_names_of_the_messages_are_understood(stage: Stage, text: str) -> None:
    stage.open(LEGACY.replace("TEXT", text))
    assert stage.went_on() == "onward"

    stage.page.unroute_all()
    stage.open(LEGACY.replace("TEXT", text), work=ASK)
    assert stage.went_on() == "launch"
    assert stage.posted[0]["stored_nonce"] == ["kept-nonce"]
