"""Placing what can be earned in a course (DL 2.0; T-086…T-097)."""

import time
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import urljoin

import jwt

from lti_tool.certification.case import Section
from lti_tool.certification.platform import DEEP_LINKING, INSTRUCTOR, LEARNER, LEFT_OUT, LTI
from lti_tool.certification.trial import SECONDS, Answer, Browser, Trial
from lti_tool.walk.visitor import Lost, Page

section = Section()
case = section.case

RETURN = "https://lms.example.edu/deep_link?course=7"
DATA = "csrf=1&x=<>"


def _settings(**changes: Any) -> dict[str, Any]:
    """The settings of a platform that accepts everything."""
    whole = {
        "deep_link_return_url": RETURN,
        "accept_types": ["ltiResourceLink", "link"],
        "accept_presentation_document_targets": ["iframe", "window"],
        "accept_multiple": True,
        "data": DATA,
    } | changes
    return {name: value for name, value in whole.items() if value is not LEFT_OUT}


def _ask(browser: Browser, *roles: str, **changes: Any) -> Answer:
    return browser.launch(
        roles=list(roles or [INSTRUCTOR]),
        sub="dora",
        message_type="LtiDeepLinkingRequest",
        resource_link=LEFT_OUT,
        deep_linking_settings=_settings(**changes),
    )


@dataclass
class Picker:
    """An instructor in front of the picker."""

    trial: Trial
    browser: Browser
    answer: Answer
    page: Page

    @classmethod
    def open(cls, trial: Trial, **changes: Any) -> "Picker":
        """Be asked to place something, with some settings changed."""
        browser = trial.browser()
        answer = _ask(browser, **changes)
        if not trial.accepted("the request", answer):
            raise Lost(f"the picker did not open: {answer.seen}")
        where = urljoin(f"{trial.tool.url}/lti/launch", answer.location)
        return cls(trial, browser, answer, browser.visitor.get(where))

    def choices(self, kind: str) -> list[str]:
        """What can be picked of a kind: `program` or `credential`."""
        options = [one.value for form in self.page.forms for one in form.choices.get("pick", ())]
        return [one for one in dict.fromkeys(options) if one.startswith(f"{kind}:")]

    def send(self, *picks: str, expect: int = 200, cancel: bool = False) -> Page:
        """Press a button with these picked, each with its column."""
        form = next(form for form in self.page.forms if form.method == "post")
        values = {**form.values, "pick": list(picks)}
        values |= {f"column-{pick}": "1" for pick in picks} | ({"cancel": "1"} if cancel else {})
        return self.browser.visitor.post(self.page.url, values, expect=expect)

    def handed_over(self, page: Page) -> dict[str, Any]:
        """The claims that the answer carries to the LMS, checked with the tool's own key set."""
        form = next((form for form in page.forms if "JWT" in form.values), None)
        if form is None:
            raise Lost(f"{page.url} hands nothing over: {page.text[:300]}")
        token = str(form.values["JWT"])
        keys = self.browser.visitor.http.get(f"{self.trial.tool.url}/lti/jwks", timeout=SECONDS)
        header = jwt.get_unverified_header(token)
        known = {key["kid"]: key for key in keys.json()["keys"]}
        if header.get("kid") not in known:
            raise Lost(f"the answer names a key that is not published: {header.get('kid')}")
        claims: dict[str, Any] = jwt.decode(
            token,
            jwt.PyJWK.from_dict(known[header["kid"]]).key,
            algorithms=["RS256"],
            audience=self.browser.platform.issuer,
        )
        return claims


def _items(claims: dict[str, Any]) -> list[dict[str, Any]]:
    return list(claims[f"{DEEP_LINKING}content_items"])


def _has_null(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_null(one) for one in value.values())
    return any(_has_null(one) for one in value) if isinstance(value, list) else value is None


@case("T-086", "DL 4.4, 4.5; CERT 6.2", certified=True, elsewhere=False)
def several(trial: Trial) -> None:
    """Two things at once."""
    picker = Picker.open(trial)
    picks = [*picker.choices("credential")[:1], *picker.choices("program")[:1]]
    page = picker.send(*picks)
    to_the_lms = any(form.action == RETURN for form in page.forms)
    trial.holds("the form leads to the LMS", to_the_lms, page.url, picker.answer)
    items = _items(picker.handed_over(page))
    kinds = {item["type"] for item in items}
    is_met = len(items) == len(picks) == 2 and kinds == {"ltiResourceLink"}
    trial.holds("one item for each", is_met, f"{len(items)} items", picker.answer)


@case("T-087", "DL 4.5; SEC 5.2; CERT 6.2", certified=True, elsewhere=False)
def signed(trial: Trial) -> None:
    """What platforms check of the answer."""
    picker = Picker.open(trial)
    platform, now = picker.browser.platform, time.time()
    claims = picker.handed_over(picker.send(*picker.choices("program")[:1]))
    wanted = {
        "iss": platform.client_id,
        "aud": platform.issuer,
        f"{LTI}deployment_id": platform.deployment_id,
        f"{LTI}message_type": "LtiDeepLinkingResponse",
        f"{LTI}version": "1.3.0",
    }
    odd = [name for name, value in wanted.items() if claims.get(name) != value]
    trial.holds("who, for whom, what", not odd, f"odd: {odd}", picker.answer)
    in_time = claims["iat"] <= now + 60 and now < claims["exp"] <= claims["iat"] + 600
    trial.holds("good for ten minutes at most", in_time, "in time" if in_time else "not")
    trial.holds("a nonce", bool(claims.get("nonce")), "there" if claims.get("nonce") else "none")


@case("T-088", "DL 4.5.5; CERT 6.2", certified=True, elsewhere=False)
def data(trial: Trial) -> None:
    """The platform's own data."""
    name = f"{DEEP_LINKING}data"
    for words, sent in (("some", DATA), ("none", LEFT_OUT)):
        picker = Picker.open(trial, data=sent)
        claims = picker.handed_over(picker.send(*picker.choices("program")[:1]))
        seen = claims.get(name, LEFT_OUT)
        shown = "left out" if seen is LEFT_OUT else seen
        trial.holds(f"{words}", seen == sent, shown, picker.answer)


@case("T-089", "DL 4.4.1", elsewhere=False)
def only_one(trial: Trial) -> None:
    """Where one is accepted."""
    for words, accepted in (("false", False), ("not said", LEFT_OUT)):
        picker = Picker.open(trial, accept_multiple=accepted)
        both = [*picker.choices("credential")[:1], *picker.choices("program")[:1]]
        page = picker.send(*both, expect=422)
        trial.holds(f"accept_multiple {words}: two are refused", True, page.status, picker.answer)


@case("T-090", "DL 4.4.1", elsewhere=False)
def no_links(trial: Trial) -> None:
    """A place that takes no links to tools."""
    picker = Picker.open(trial, accept_types=["link", "html"])
    is_told = "does not take assignments" in picker.page.text
    trial.holds("the page says so", is_told, picker.page.text[:80], picker.answer)
    claims = picker.handed_over(picker.send("program:x", cancel=True))
    is_empty = _items(claims) == [] and bool(claims.get(f"{DEEP_LINKING}errormsg"))
    trial.holds("an empty answer with words", is_empty, f"{len(_items(claims))} items")


@case("T-091", "DL 4.4.1", elsewhere=False)
def no_columns(trial: Trial) -> None:
    """A place that takes no grade columns."""
    picker = Picker.open(trial, accept_lineitem=False)
    is_told = "will not reach the gradebook" in picker.page.text
    trial.holds("the author is told", is_told, "told" if is_told else "not told", picker.answer)
    (item,) = _items(picker.handed_over(picker.send(*picker.choices("credential")[:1])))
    trial.holds("an item without one", "lineItem" not in item, sorted(item))


@case("T-092", "DL 4.4.1", elsewhere=False)
def at_once(trial: Trial) -> None:
    """A platform that places at once."""
    picker = Picker.open(trial, auto_create=True)
    page = picker.send(*picker.choices("program")[:1])
    is_asked = not any("JWT" in form.values for form in page.forms)
    trial.holds("asked before anything is sent", is_asked, page.text[:80], picker.answer)


@case("T-093", "DL 4.5.6", elsewhere=False)
def cancelled(trial: Trial) -> None:
    """Leaving the choice."""
    picker = Picker.open(trial)
    claims = picker.handed_over(picker.send(*picker.choices("program")[:1], cancel=True))
    is_met = _items(claims) == [] and claims.get(f"{DEEP_LINKING}data") == DATA
    trial.holds("an empty answer, with the data", is_met, _items(claims), picker.answer)


@case("T-094", "DL 3.2", elsewhere=False)
def column(trial: Trial) -> None:
    """The column that comes with a credential."""
    picker = Picker.open(trial)
    pick = picker.choices("credential")[0]
    claims = picker.handed_over(picker.send(pick))
    (item,) = _items(claims)
    made = item.get("lineItem", {})
    is_met = (
        made.get("scoreMaximum", 0) > 0
        and bool(made.get("label"))
        and bool(made.get("resourceId"))
        and bool(made.get("tag"))
    )
    trial.holds("label, maximum, our id and tag", is_met, sorted(made), picker.answer)
    all_text = all(isinstance(value, str) for value in item.get("custom", {}).values())
    trial.holds("custom values are texts", all_text, item.get("custom"))
    trial.holds("nothing is null", not _has_null(claims), "a null" if _has_null(claims) else "none")


@case("T-095", "DL 4.4; HTML", elsewhere=False)
def hostile(trial: Trial) -> None:
    """A return address with quotation marks, and a learner who asks."""
    learner = _ask(trial.browser(), LEARNER)
    trial.refused("a learner", learner, 403, "not-yours-to-choose")
    nasty = 'https://lms.example.edu/x?a="><script>alert(1)</script>'
    picker = Picker.open(trial, deep_link_return_url=nasty)
    page = picker.send(*picker.choices("program")[:1])
    is_met = "<script>alert" not in page.html and any(f.action == nasty for f in page.forms)
    trial.holds("the return address is escaped", is_met, page.url, picker.answer)


@case("T-097", "DL 3.2; CERT 6.1.2 (optional)", certified=True, elsewhere=False)
def launched(trial: Trial) -> None:
    """What was placed, launched."""
    picker = Picker.open(trial)
    (item,) = _items(picker.handed_over(picker.send(*picker.choices("credential")[:1])))
    ada = trial.browser(picker.browser.platform)
    answer = ada.launch(
        target_link_uri=item["url"],
        custom=item["custom"],
        resource_link={"id": "placed-1", "title": item["title"]},
    )
    trial.accepted("the placed link", answer)
    page = ada.follow(answer)
    is_shown = item["title"] in unescape(page.text)
    trial.holds("it opens what was chosen", is_shown, item["title"], answer)
