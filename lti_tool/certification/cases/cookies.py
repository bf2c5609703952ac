"""Browsers that keep no cookie in a frame (T-012, T-098…T-106), as far as no script is needed."""

import re
from html import unescape
from urllib.parse import parse_qsl, urlsplit

from lti_tool.certification.case import Section
from lti_tool.certification.trial import Answer, Begun, Browser, Trial
from lti_tool.launch.ways import STORED_NONCE, STORED_STATE

TOKEN_FIELD = "visit_token"  # noqa: S105  the name of a form's field

section = Section()
case = section.case

IN_FRAME = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site"}
PARTITIONED = {"Secure", "HttpOnly", "SameSite=None", "Partitioned"}

_DATA = re.compile(r'data-(target|origin|onward|otherwise)="([^"]*)"')
_KEPT = re.compile(r'data-key="([^"]*)" value="([^"]*)"')


def _stored(answer: Answer) -> tuple[dict[str, str], dict[str, str]]:
    """What a page tells its script: where to, and what is to be kept."""
    told = {name: unescape(value) for name, value in _DATA.findall(answer.text)}
    kept = {unescape(name): unescape(value) for name, value in _KEPT.findall(answer.text)}
    return told, kept


def _login_with_storage(browser: Browser) -> tuple[Begun, dict[str, str], dict[str, str]]:
    """A login of a browser that has shown no cookie, by an LMS that offers its storage."""
    answer = browser.login(lti_storage_target="post_message_forwarding")
    told, kept = _stored(answer)
    query = dict(parse_qsl(urlsplit(told.get("onward", "")).query))
    return Begun(answer, query), told, kept


@case("T-012", "LTI Platform Storage; Canvas", elsewhere=False)
def storage_at_login(trial: Trial) -> None:
    """A login that names a frame which keeps things."""
    browser = trial.browser()
    begun, told, kept = _login_with_storage(browser)
    trial.begun("a page that keeps state and nonce", begun.answer)
    target = told.get("target")
    trial.holds("in the frame that was named", target == "post_message_forwarding", target)
    origin = browser.platform.url.rsplit("/", 1)[0]
    trial.holds("at the LMS's own origin", told.get("origin") == origin, told.get("origin"))
    trial.holds("state and nonce", len(kept) == 2 and all(kept.values()), f"{len(kept)} values")
    trial.holds("then on to the LMS", bool(begun.state and begun.nonce), begun.answer.seen)


@case("T-099", "LTI Platform Storage; Canvas", elsewhere=False)
def storage_at_launch(trial: Trial) -> None:
    """A launch without any cookie: let in with what was stored, and with nothing else."""
    for words, change in (("what was stored", ""), ("something else", "x"), ("nothing", None)):
        browser = trial.browser()
        begun, _, kept = _login_with_storage(browser)
        browser.forget("")
        token = browser.platform.sign(browser.platform.claims(begun.nonce))
        asked = browser.post(begun.state, token)
        trial.begun(f"{words}: the LMS's page is asked", asked)
        names = {name.rsplit("_", 1)[0]: value for name, value in kept.items()}
        given = {STORED_STATE: names.get("lti_state", ""), STORED_NONCE: names.get("lti_nonce", "")}
        if change is None:
            given = dict.fromkeys(given, "")
        answer = browser.post(
            begun.state, token, **{name: value + (change or "") for name, value in given.items()}
        )
        if change == "":
            trial.accepted(words, answer)
            is_bare = not any("cairn_visit" in cookie for cookie in answer.cookies)
            trial.holds("no cookie is needed", is_bare, answer.seen, answer)
        else:
            trial.refused(words, answer, 401, "state", "cookies-blocked")


@case("T-100", "Canvas on mobile devices", elsewhere=False)
def no_answer(trial: Trial) -> None:
    """An LMS's page that never answers: cookies where there are any, else a window of its own."""
    browser = trial.browser()
    begun, _, _ = _login_with_storage(browser)
    token = browser.platform.sign(browser.platform.claims(begun.nonce))
    trial.accepted("with the login's cookie", browser.post(begun.state, token))
    framed = trial.browser()
    probe = framed.login(headers=IN_FRAME, lti_storage_target="_parent")
    framed.forget("")
    asking = framed.follow_once(probe, headers=IN_FRAME)
    told, _ = _stored(asking)
    trial.begun("without any: the LMS's page is asked first", asking)
    otherwise = told.get("otherwise", "")
    trial.holds("the page knows what is next", otherwise.startswith("/lti/"), asking.seen, asking)
    framed.forget("")
    blocked = framed.request("GET", otherwise, headers=IN_FRAME)
    trial.refused("then a window of its own", blocked, 401, "cookies-blocked")
    is_offered = "window=" in blocked.text
    trial.holds("which is offered", is_offered, blocked.seen, blocked)


@case("T-104", "browsers that block every cookie in a frame", elsewhere=False)
def by_token(trial: Trial) -> None:
    """A visit without any cookie: its token is in the page, and is sent by script."""
    browser = trial.browser()
    begun, _, kept = _login_with_storage(browser)
    browser.forget("")
    token = browser.platform.sign(browser.platform.claims(begun.nonce))
    names = {name.rsplit("_", 1)[0]: value for name, value in kept.items()}
    carried = browser.post(
        begun.state,
        token,
        **{STORED_STATE: names["lti_state"], STORED_NONCE: names["lti_nonce"]},
    )
    trial.accepted("a launch that the LMS's page vouched for", carried)
    found = re.search(rf'name="{TOKEN_FIELD}" value="([^"]+)"', carried.text)
    trial.holds("the page carries the visit", found is not None, carried.seen, carried)
    if found is None:
        return
    browser.forget("")
    bare = browser.request("GET", "/")
    trial.holds("without it: nobody", bare.status == 401, bare.status, bare)
    page = browser.request("GET", "/", headers={"Authorization": f"Bearer {found[1]}"})
    is_met = page.status == 200 and found[1] not in page.text
    trial.holds("with it: the page, and no token in it", is_met, page.status, page)


@case("T-105", "CHIPS; Chromium, WebKit", elsewhere=False)
def partitioned(trial: Trial) -> None:
    """A frame on another site whose browser keeps partitioned cookies."""
    browser = trial.browser()
    probe = browser.login(headers=IN_FRAME)
    looked = browser.follow_once(probe, headers=IN_FRAME)
    begun = browser.begun_by(looked)
    token = browser.platform.sign(browser.platform.claims(begun.nonce))
    answer = browser.post(begun.state, token)
    trial.accepted("a launch in a frame", answer)
    for words, one in (("at login", looked), ("at the launch", answer)):
        kept = [{part.strip() for part in cookie.split(";")} for cookie in one.cookies]
        is_met = bool(kept) and all(cookie >= PARTITIONED for cookie in kept)
        trial.holds(f"{words}: every cookie can stand in a frame", is_met, len(kept), one)


@case("T-106", "browsers that block cookies in frames", elsewhere=False)
def new_window(trial: Trial) -> None:
    """A frame in which nothing is kept, and no storage: a window of its own is offered."""
    browser = trial.browser()
    probe = browser.login(headers=IN_FRAME)
    browser.forget("")
    blocked = browser.follow_once(probe, headers=IN_FRAME)
    trial.refused("in the frame", blocked, 401, "cookies-blocked")
    found = re.search(r'href="(/lti/login\?[^"]*window=[^"]*)"', blocked.text)
    trial.holds("a window is offered", found is not None, blocked.seen, blocked)
    if found is None:
        return
    address = unescape(found[1])
    opened = browser.begun_by(browser.request("GET", address))
    token = browser.platform.sign(browser.platform.claims(opened.nonce))
    trial.accepted("in the window", browser.post(opened.state, token))
    again = browser.request("GET", address)
    trial.refused("the same window again", again, 401)
