"""The LMS's answer: transport, state and nonce (SEC 5.1.1.3; T-014…T-026)."""

import threading

from lti_tool.certification.case import Section, Verdict
from lti_tool.certification.platform import LEFT_OUT, a_key
from lti_tool.certification.trial import Answer, Browser, Trial

section = Section()
case = section.case

AT_ONCE = 8


def _good_form(browser: Browser) -> tuple[str, str]:
    """State and id_token of a launch that would be accepted."""
    begun = browser.begin()
    return begun.state, browser.platform.sign(browser.platform.claims(begun.nonce))


@case("T-014", "SEC 5.1.1.3")
def clean_address(trial: Trial) -> None:
    """A good launch."""
    answer = trial.browser().launch()
    trial.accepted("a good launch", answer)
    in_address = "token" in answer.location or "?" in answer.location
    trial.holds("no token in the address", not in_address, answer.location or "a page", answer)
    # Over plain http others leave the rest out; without this one, frames lose any cookie.
    wanted = {"Partitioned"}
    if trial.is_ours:
        wanted |= {"Secure", "HttpOnly", "SameSite=None"}
    kept = [{part.strip() for part in cookie.split(";")} for cookie in answer.cookies]
    missing = wanted - kept[0] if kept else wanted
    trial.holds(
        "a cookie for frames",
        not missing,
        f"without {', '.join(sorted(missing))}" if missing else "there",
        answer,
    )


@case("T-015", "OpenID Connect Core 3.1.2.6; Canvas; Moodle", elsewhere=False)
def error_of_the_lms(trial: Trial) -> None:
    """An error instead of a token."""
    browser = trial.browser()
    for error, status, code in (
        ("login_required", 401, "login-required"),
        ("launch_no_longer_valid", 401, "launch-gone"),
        ("unauthorized_client", 400, "platform-error"),
        ("access_denied", 400, "platform-error"),
    ):
        begun = browser.begin()
        answer = browser.post(begun.state, None, error=error, error_description="<i>No</i>")
        trial.refused(error, answer, status, code)
        is_escaped = "&lt;i&gt;No" in answer.text and "<i>No" not in answer.text
        trial.holds(f"{error}: its words are escaped", is_escaped, answer.seen, answer)


@case("T-016", "SEC 5.1.1.3")
def no_state(trial: Trial) -> None:
    """Without the state."""
    browser = trial.browser()
    _, token = _good_form(browser)
    trial.refused("no state", browser.post(None, token), 400, "parameter-missing")


@case("T-017", "SEC 5.1.1.3")
def strange_state(trial: Trial) -> None:
    """Unknown and altered ones; that one expires takes ten minutes, and is not tried."""
    browser = trial.browser()
    state, token = _good_form(browser)
    altered = state[:-1] + ("A" if state[-1] != "A" else "B")
    trial.refused("unknown", browser.post("state-of-somebody-else", token), 401, "state")
    trial.refused("altered", browser.post(altered, token), 401, "state")


@case("T-018", "SEC 5.1.1.5 (login CSRF)")
def another_browser(trial: Trial) -> None:
    """A login that another browser began."""
    browser = trial.browser()
    state, token = _good_form(browser)
    ivan = trial.browser(browser.platform)
    trial.refused("without cookies", ivan.post(state, token), 401, "cookies-blocked")
    ivan.begin()
    trial.refused("with cookies of its own", ivan.post(state, token), 401, "state")
    trial.accepted("in the browser that began", browser.post(state, token))


@case("T-019", "SEC 5.1.1.3 (mix-up)")
def mixed_up(trial: Trial) -> None:
    """A state of one registration, a token of another."""
    browser = trial.browser()
    other = trial.platform()
    begun = browser.begin()
    told = other.sign(other.claims(begun.nonce))
    trial.refused("another platform's token", browser.post(begun.state, told), 401, "state")


@case("T-020", "SEC 5.1.1.3")
def sent_again(trial: Trial) -> None:
    """The same form again: in the same browser it may only lead back to the same visit."""
    browser = trial.browser()
    state, token = _good_form(browser)
    first = browser.post(state, token)
    trial.accepted("the first time", first)
    again = browser.post(state, token)
    if trial.is_ours:
        is_same = again.location == first.location and not again.cookies
        trial.holds("again at once: back to the visit", is_same, again.seen, again)
    browser.forget("cairn_visit")
    later = browser.post(state, token)
    trial.refused("again, without the visit", later, 401, "replay")


@case("T-021", "SEC 5.1.1.3")
def all_at_once(trial: Trial) -> None:
    """The same form many times at the same moment."""
    browser = trial.browser()
    state, token = _good_form(browser)
    ready = threading.Barrier(AT_ONCE)
    answers: list[Answer] = []

    def post() -> None:
        twin = browser.twin()
        ready.wait()
        answers.append(twin.post(state, token))

    threads = [threading.Thread(target=post) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    accepted = [answer for answer in answers if answer.verdict is Verdict.ACCEPTS]
    broken = [answer for answer in answers if answer.verdict is Verdict.BREAKS]
    seen = f"{len(accepted)} of {len(answers)} accepted, {len(broken)} broken"
    is_met = len(answers) == AT_ONCE and len(accepted) == 1 and not broken
    trial.holds("exactly one wins", is_met, seen, accepted[0] if accepted else None)


@case("T-022", "SEC 5.1.1.3", certified=True)
def no_nonce(trial: Trial) -> None:
    """Without a nonce."""
    trial.refused("no nonce", trial.browser().launch(nonce=LEFT_OUT), 401, "nonce")


@case("T-023", "SEC 5.1.1.3")
def strange_nonce(trial: Trial) -> None:
    """A nonce of nobody's, and one of another login."""
    browser = trial.browser()
    platform = browser.platform
    first, second = browser.begin(), browser.begin()
    crossed = browser.post(first.state, platform.sign(platform.claims(second.nonce)))
    trial.refused("of another login", crossed, 401, "nonce")
    made_up = browser.post(second.state, platform.sign(platform.claims("made up")))
    trial.refused("made up", made_up, 401, "nonce")


@case("T-024", "SEC 5.1.1.3")
def forged_first(trial: Trial) -> None:
    """A forged token, then the honest one of the same login."""
    browser = trial.browser()
    platform = browser.platform
    begun = browser.begin()
    told = platform.claims(begun.nonce)
    forged = browser.post(begun.state, platform.sign(told, key=a_key(2)))
    trial.refused("the forged one", forged, 401, "signature")
    trial.accepted("the honest one", browser.post(begun.state, platform.sign(told)))


@case("T-025", "HTTP")
def by_get(trial: Trial) -> None:
    """By GET."""
    trial.refused("GET", trial.browser().request("GET", "/lti/launch"), 405, "method")


@case("T-026", "HTTP", elsewhere=False)
def unreadable(trial: Trial) -> None:
    """Too large, and no text at all."""
    browser = trial.browser()
    begun = browser.begin()
    large = browser.post(begun.state, "e" * 1_100_000)
    trial.refused("1.1 MB", large, 413, "too-large")
    answer = browser.request(
        "POST",
        "/lti/launch",
        data=f"state={begun.state}&id_token=%ff%fe.%00.%80".encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    trial.refused("bytes that are no text", answer, 400, "malformed")
