"""Login initiation (SEC 5.1.1.1; T-001…T-013)."""

import json

from lti_tool.certification.case import Section
from lti_tool.certification.trial import Trial

section = Section()
case = section.case


def _authorisation(trial: Trial, method: str) -> None:
    browser = trial.browser()
    begun = browser.begin(method=method)
    sent = dict(begun.query)
    is_fresh = len(sent.pop("state", "")) >= 16 and len(sent.pop("nonce", "")) >= 16
    expected = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": browser.platform.client_id,
        "redirect_uri": f"{trial.tool.url}/lti/launch",
        "login_hint": "user-7",
        "lti_message_hint": "hint-1",
    }
    odd = {name for name in expected.keys() | sent if sent.get(name) != expected.get(name)}
    trial.holds(
        f"{method}: every parameter of the request, state and nonce among them",
        is_fresh and not odd,
        f"other than expected: {sorted(odd)}" if odd else "as expected",
        begun.answer,
    )
    is_lms = begun.answer.location.startswith(f"{browser.platform.url}/auth?")
    trial.holds(f"{method}: leads to the LMS", is_lms, begun.answer.status, begun.answer)
    kept = begun.answer.response.headers.get("Cache-Control", "no word on caching")
    trial.holds(f"{method}: is not cached", "no-store" in kept, kept, begun.answer)


@case("T-001", "SEC 5.1.1.1; CORE 4.1.1")
def by_query(trial: Trial) -> None:
    """By GET."""
    _authorisation(trial, "GET")


@case("T-002", "SEC 5.1.1.1")
def by_form(trial: Trial) -> None:
    """By POST."""
    _authorisation(trial, "POST")


@case("T-003", "SEC 5.1.1.1")
def parameter_missing(trial: Trial) -> None:
    """Without what every login needs."""
    browser = trial.browser()
    for name in ("iss", "login_hint"):
        answer = browser.login(**{name: None})  # type: ignore[arg-type]
        trial.refused(f"without {name}", answer, 400, "parameter-missing")
        if trial.is_ours:
            trial.holds(f"{name} is named", f">{name}<" in answer.text, answer.seen, answer)


@case("T-004", "LTI registration; DIAG")
def unknown_issuer(trial: Trial) -> None:
    """From nowhere."""
    answer = trial.browser().login(iss="https://other.example/<b>", client_id="9")
    trial.refused("unknown issuer", answer, 401, "unknown-platform")
    if trial.is_ours:
        shown = "https://other.example/&lt;b&gt;" in answer.text
        trial.holds("the page shows what to compare", shown, answer.seen, answer)


@case("T-005", "CORE 4.1.3")
def unknown_client(trial: Trial) -> None:
    """From a known issuer's unknown client."""
    answer = trial.browser().login(client_id="nobody-registered-this")
    trial.refused("unknown client", answer, 401, "unknown-platform")


@case("T-006", "CORE 4.1.2, 4.1.3", elsewhere=False)
def several_clients(trial: Trial) -> None:
    """An issuer with two clients."""
    first = trial.platform()
    trial.platform(issuer=first.issuer, client_id=f"{first.client_id}-b", deployment_id="2")
    browser = trial.browser(first)
    chosen = browser.begin(client_id=None, lti_deployment_id="2")
    seen = chosen.query["client_id"]
    trial.holds("the deployment decides", seen.endswith("-b"), seen, chosen.answer)
    unclear = browser.login(client_id=None, lti_deployment_id=None)
    trial.refused("nothing decides", unclear, 400, "ambiguous-client")


@case("T-007", "SEC 5.1.1.1; CORE 5.3.4", elsewhere=False)
def foreign_target(trial: Trial) -> None:
    """A target that is not the tool's."""
    begun = trial.browser().begin(target_link_uri="https://evil.example/take")
    seen = begun.query["redirect_uri"]
    trial.holds("the redirect address", seen == f"{trial.tool.url}/lti/launch", seen, begun.answer)


@case("T-008", "OpenID Connect Core 3.1.2.1")
def address_with_query(trial: Trial) -> None:
    """An LMS whose address has a query of its own."""
    platform = trial.platform(registered=False)
    trial.tool.register(platform, auth_login_url=f"{platform.url}/auth?tenant=7")
    begun = trial.browser(platform).begin()
    whole = f"{platform.url}/auth?tenant=7"
    joint = begun.answer.location.removeprefix(whole)[:1]
    trial.holds("joined with an ampersand", joint == "&", f"joined with {joint}", begun.answer)


@case("T-009", "CORE 4.1.1; Moodle")
def odd_hints(trial: Trial) -> None:
    """Hints of any characters."""
    browser = trial.browser()
    moodle = json.dumps({"cmid": 12, "launchid": "ltilaunch12_1 1"})
    for name, hint in (("signs", "a+b&c=d%20e"), ("Unicode", "Zürich 東京 🪨"), ("JSON", moodle)):
        begun = browser.begin(method="POST", lti_message_hint=hint, login_hint=hint)
        came_back = {begun.query.get("lti_message_hint"), begun.query.get("login_hint")}
        trial.holds(name, came_back == {hint}, came_back, begun.answer)


@case("T-010", "SEC 5.1.1.3")
def two_tabs(trial: Trial) -> None:
    """Two logins at once, finished in the other order."""
    browser = trial.browser()
    first, second = browser.begin(), browser.begin()
    for words, begun in (("the second", second), ("the first", first)):
        token = browser.platform.sign(browser.platform.claims(begun.nonce))
        trial.accepted(words, browser.post(begun.state, token))


@case("T-013", "Canvas")
def extras(trial: Trial) -> None:
    """What Canvas adds."""
    begun = trial.browser().begin(
        canvas_region="us-east-1", canvas_environment="prod", deployment_id="1:abc"
    )
    trial.holds("ignored", "canvas_region" not in begun.query, begun.answer.seen, begun.answer)
