"""What a case is given: a tool that is served, platforms to launch from, browsers, and a judge."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.cookiejar import Cookie
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests

from lti_tool.certification.case import Outcome, Step, Verdict
from lti_tool.certification.platform import Platform, Platforms
from lti_tool.walk.visitor import Visitor

if TYPE_CHECKING:
    from lti_tool.certification.school import School
    from lti_tool.practice_lms.mood import MoodName

SECONDS = 20.0
"""How long a tool may take to answer."""

_PROBLEM = re.compile(r'<meta name="lti-problem" content="([^"]*)">')


class Unbegun(Exception):
    """A login that should have been begun was not; the message says what came instead."""


class Tool(Protocol):
    """A tool that is served, whichever it is."""

    @property
    def url(self) -> str:
        """Its address, without a trailing slash."""

    @property
    def is_ours(self) -> bool:
        """Whether problem codes and pages can be looked at as well."""

    @property
    def program(self) -> str:
        """The slug of a program that it offers; empty for a tool without programs."""

    def school(self, mood: "MoodName", trouble: str) -> "School":
        """A practice LMS beside the tool; the same one each time."""

    def register(self, platform: Platform, **changes: Any) -> None:
        """Tell the tool of a platform, before anybody comes from there."""

    def verdict(self, answer: requests.Response) -> Verdict:
        """What the tool did with a login or a launch."""

    def log_of(self, references: Iterable[str]) -> tuple[str, ...]:
        """What the tool wrote in its log under these references."""


@dataclass(frozen=True)
class Answer:
    """An answer of the tool to a login or a launch."""

    response: requests.Response
    verdict: Verdict

    @property
    def status(self) -> int:
        """Its HTTP status."""
        return self.response.status_code

    @property
    def location(self) -> str:
        """Where it leads; empty where it does not."""
        return self.response.headers.get("Location", "")

    @property
    def text(self) -> str:
        """Its page."""
        return self.response.text

    @property
    def code(self) -> str:
        """The problem that its page names; empty where it names none."""
        found = _PROBLEM.search(self.text)
        return found[1] if found else ""

    @property
    def reference(self) -> str:
        """Under which the tool wrote it down."""
        return self.response.headers.get("X-Request-Id", "")

    @property
    def seen(self) -> str:
        """In a few words."""
        return f"{self.status} {self.code or self.verdict}"

    @property
    def cookies(self) -> list[str]:
        """The cookies it sets, as they were sent."""
        raw = self.response.raw.headers
        return list(raw.getlist("Set-Cookie"))


@dataclass(frozen=True)
class Begun:
    """A login that the tool began."""

    answer: Answer
    query: Mapping[str, str]
    """The parameters of the authorisation request."""

    @property
    def state(self) -> str:
        """What the launch has to bring back."""
        return self.query.get("state", "")

    @property
    def nonce(self) -> str:
        """What the token has to repeat."""
        return self.query.get("nonce", "")


class Browser:
    """One person's browser, with its own cookies, in front of one platform."""

    def __init__(self, tool: Tool, platform: Platform) -> None:
        """A fresh one."""
        self.tool = tool
        self.platform = platform
        self.visitor = Visitor()

    @property
    def _http(self) -> requests.Session:
        return self.visitor.http

    def twin(self) -> "Browser":
        """The same browser a second time, with the cookies it has now: another tab."""
        other = Browser(self.tool, self.platform)
        for cookie in self._http.cookies:
            other._http.cookies.set_cookie(cookie)
        return other

    def forget(self, prefix: str) -> None:
        """Throw away the cookies whose names begin so."""
        gone: list[Cookie] = [one for one in self._http.cookies if one.name.startswith(prefix)]
        for cookie in gone:
            self._http.cookies.clear(cookie.domain, cookie.path, cookie.name)

    def request(self, method: str, path: str, **more: Any) -> Answer:
        """Ask the tool for something, following nothing."""
        answer = self._http.request(
            method, self.tool.url + path, allow_redirects=False, timeout=SECONDS, **more
        )
        return Answer(answer, self.tool.verdict(answer))

    def login(self, *, method: str = "GET", headers: Any = None, **changes: Any) -> Answer:
        """Begin a login; a change to None leaves the parameter out."""
        platform = self.platform
        sent: dict[str, Any] = {
            "iss": platform.issuer,
            "login_hint": "user-7",
            "target_link_uri": f"{self.tool.url}/lti/launch",
            "client_id": platform.client_id,
            "lti_message_hint": "hint-1",
            "lti_deployment_id": platform.deployment_id,
        } | changes
        sent = {name: value for name, value in sent.items() if value is not None}
        where = {"params" if method == "GET" else "data": sent}
        return self.request(method, "/lti/login", headers=headers, **where)

    def begin(self, **changes: Any) -> Begun:
        """A login that the tool accepts.

        Raises:
            Unbegun: it does not.
        """
        return self.begun_by(self.login(**changes))

    def begun_by(self, answer: Answer) -> Begun:
        """The login that an answer begins.

        Raises:
            Unbegun: it begins none.
        """
        query = dict(parse_qsl(urlsplit(answer.location).query, keep_blank_values=True))
        if not query.get("state"):
            raise Unbegun(f"the login was not begun: {answer.seen}")
        return Begun(answer, query)

    def post(self, state: str | None, id_token: str | None, **more: str) -> Answer:
        """Post what the LMS's page would post."""
        form = {"state": state, "id_token": id_token, **more}
        kept = {name: value for name, value in form.items() if value is not None}
        return self.request("POST", "/lti/launch", data=kept)

    def launch(self, **changes: Any) -> Answer:
        """A whole launch, with some claims changed."""
        return self.launch_signed({}, **changes)

    def launch_signed(self, how: Mapping[str, Any], **changes: Any) -> Answer:
        """A whole launch whose token is signed in some way: `key`, `alg` and headers."""
        begun = self.begin()
        told = self.platform.claims(begun.nonce, **changes)
        return self.post(begun.state, self.platform.sign(told, **how))

    def follow_once(self, answer: Answer, **more: Any) -> Answer:
        """Go where an answer leads, and no further."""
        return self.request("GET", answer.location, **more)

    def follow(self, answer: Answer) -> Answer:
        """Open the page that an answer leads to, however far."""
        where = urljoin(f"{self.tool.url}/lti/launch", answer.location)
        response = self._http.get(where, timeout=SECONDS)
        return Answer(response, self.tool.verdict(response))


@dataclass
class Trial:
    """One case being tried against one tool. Steps are judged one by one, and all are taken."""

    tool: Tool
    platforms: Platforms
    steps: list[Step] = field(default_factory=list)

    @property
    def is_ours(self) -> bool:
        """Whether codes and pages can be looked at, and not only the kind of an answer."""
        return self.tool.is_ours

    @property
    def program(self) -> str:
        """A program that links may open."""
        return self.tool.program

    # -- furnishing ----------------------------------------------------------------------------

    def platform(self, *, registered: bool = True, **facts: Any) -> Platform:
        """A platform of this case's own, known to the tool unless said otherwise."""
        platform = self.platforms.another(self.tool.url, **facts)
        if registered:
            self.tool.register(platform)
        return platform

    def browser(self, platform: Platform | None = None) -> Browser:
        """A fresh browser, in front of a fresh platform unless one is named."""
        return Browser(self.tool, platform or self.platform())

    def school(self, mood: "MoodName", trouble: str = "") -> "School":
        """A practice LMS that behaves like a product, which all cases of a run share.

        Raises:
            Lost: this tool is none that a practice LMS can be put beside.
        """
        return self.tool.school(mood, trouble)

    # -- judging -------------------------------------------------------------------------------

    def holds(self, words: str, is_met: bool, seen: object, answer: Answer | None = None) -> None:
        """One step that is met or not; `seen` says what there was."""
        reference = answer.reference if answer else ""
        self.steps.append(Step(words, _short(seen), is_met, reference=reference))

    def accepted(self, words: str, answer: Answer) -> bool:
        """The tool must let this launch in."""
        is_met = answer.verdict is Verdict.ACCEPTS
        self._judge(words, answer, is_met)
        return is_met

    def begun(self, words: str, answer: Answer) -> bool:
        """The tool must begin this login."""
        return self.accepted(words, answer)

    def refused(self, words: str, answer: Answer, status: int, *codes: str) -> bool:
        """The tool must refuse this, ours with this status and one of these codes."""
        is_met = answer.verdict is Verdict.REFUSES
        if self.is_ours and is_met:
            is_met = answer.status == status and (not codes or answer.code in codes)
            if any("cairn_visit=" in cookie for cookie in answer.cookies):
                is_met = False
        self._judge(words, answer, is_met)
        return is_met

    def _judge(self, words: str, answer: Answer, is_met: bool) -> None:
        self.steps.append(Step(words, answer.seen, is_met, answer.verdict, answer.reference))

    # -- the end -------------------------------------------------------------------------------

    def outcome(self, fault: str = "") -> Outcome:
        """What came of it, with the tool's own words."""
        references = [step.reference for step in self.steps if step.reference]
        log = self.tool.log_of(references) if self.is_ours else ()
        return Outcome(tuple(self.steps), fault, log)


def _short(seen: object) -> str:
    text = " ".join(str(seen).split())
    return text if len(text) <= 300 else text[:299] + "…"
