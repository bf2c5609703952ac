"""A person with a plain HTTP client: keeps cookies, reads forms, sends them back filled in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urljoin

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar, get_cookie_header

TIMEOUT = 20.0


@dataclass
class Choice:
    """One radio button, check box or option."""

    value: str
    is_chosen: bool
    words: str = ""
    """What an option of a select says; other choices are told by their value."""


@dataclass
class PageForm:
    """One form of a page, with the values it would send as it stands."""

    action: str
    method: str
    values: dict[str, str | list[str]] = field(default_factory=dict)
    choices: dict[str, list[Choice]] = field(default_factory=dict)
    """Radio groups, check boxes and selects by name."""
    texts: list[str] = field(default_factory=list)
    """Names of the fields a person would type into."""
    files: list[str] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    """Name and value of each submit button."""

    @property
    def is_new(self) -> bool:
        """Whether an artifact's form is for a new one: it has not seen a saved state."""
        return not self.values.get("seen")

    def option(self, name: str, words: str) -> str:
        """The value of the option of a select that begins with these words.

        Raises:
            Lost: there is none.
        """
        for choice in self.choices.get(name, []):
            if choice.words.strip().startswith(words):
                return choice.value
        offered = ", ".join(choice.words for choice in self.choices.get(name, []))
        raise Lost(f"“{name}” offers no “{words}” but: {offered or 'nothing'}")

    def is_answered(self, name: str) -> bool:
        """Whether something is chosen in a group of choices."""
        return any(choice.is_chosen for choice in self.choices[name])


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.links: list[tuple[str, str]] = []
        self.metas: dict[str, str] = {}
        self.words: list[str] = []
        self._form: PageForm | None = None
        self._area: str | None = None
        self._select: str | None = None
        self._option: Choice | None = None
        self._href: str | None = None
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("script", "style"):
            self._silent += 1
        elif tag == "form":
            self._form = PageForm(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._form)
        elif tag == "a" and "href" in given:
            self._href = given["href"]
            self.links.append((given["href"], ""))
        elif tag == "meta" and "name" in given:
            self.metas[given["name"]] = given.get("content", "")
        elif self._form is not None:
            self._in_form(tag, given, self._form)

    def _in_form(self, tag: str, given: dict[str, str], form: PageForm) -> None:
        name = given.get("name", "")
        if tag == "button":
            if given.get("type", "submit") == "submit":
                form.buttons.append((name, given.get("value", "")))
        elif tag == "textarea" and name:
            form.texts.append(name)
            form.values[name] = ""
            self._area = name
        elif tag == "select" and name:
            form.choices[name] = []
            self._select = name
        elif tag == "option" and self._select:
            chosen = "selected" in given
            self._option = Choice(given.get("value", ""), chosen)
            form.choices[self._select].append(self._option)
            if chosen or self._select not in form.values:
                form.values[self._select] = given.get("value", "")
        elif tag == "input" and name:
            self._input(given.get("type", "text"), name, given, form)

    def _input(self, kind: str, name: str, given: dict[str, str], form: PageForm) -> None:
        if kind in ("radio", "checkbox"):
            value = given.get("value", "on")
            form.choices.setdefault(name, []).append(Choice(value, "checked" in given))
            if "checked" in given and kind == "radio":
                form.values[name] = value
            elif "checked" in given:
                chosen = form.values.setdefault(name, [])
                assert isinstance(chosen, list)
                chosen.append(value)
        elif kind == "file":
            form.files.append(name)
        elif kind == "submit":
            form.buttons.append((name, given.get("value", "")))
        else:
            form.values[name] = given.get("value", "")
            if kind != "hidden":
                form.texts.append(name)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._silent -= 1
        elif tag == "form":
            self._form = None
        elif tag == "textarea":
            self._area = None
        elif tag == "select":
            self._select = self._option = None
        elif tag == "option":
            self._option = None
        elif tag == "a":
            self._href = None

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if self._area is not None and self._form is not None:
            form, area = self._form, self._area
            form.values[area] = f"{form.values[area]}{data}".removeprefix("\n")
        self.words.append(data)
        if self._option is not None:
            self._option.words += data
        if self._href is not None:
            href, words = self.links[-1]
            self.links[-1] = (href, (words + data).strip())


class Lost(Exception):
    """A page was not what the walk expected; the message says what was."""


@dataclass
class Page:
    """An answer, read as a page."""

    url: str
    status: int
    html: str
    headers: Mapping[str, str]
    forms: list[PageForm]
    links: list[tuple[str, str]]
    metas: dict[str, str]
    text: str

    def form(self, ending: str) -> PageForm:
        """The form whose address ends like this, the query aside.

        Raises:
            Lost: the page has no such form.
        """
        for form in self.forms:
            if form.action.split("?")[0].rstrip("/").endswith(ending.rstrip("/")):
                return form
        raise Lost(f"{self.url} has no form to {ending}: {self.text[:400]}")

    def link(self, part: str) -> str:
        """The first link whose address contains this, absolute.

        Raises:
            Lost: the page has no such link.
        """
        for href, _words in self.links:
            if part in href:
                return urljoin(self.url, href)
        raise Lost(f"{self.url} has no link to {part}: {self.text[:400]}")


class _Trusting(HTTPAdapter):
    """Sends `Secure` cookies over loopback http too, as browsers do for trustworthy origins.

    The session's own policy does not reach its requests: each is prepared from a jar with the
    default one, which keeps such cookies back.
    """

    def __init__(self, jar: RequestsCookieJar) -> None:
        super().__init__()
        jar.set_policy(DefaultCookiePolicy(secure_protocols=("http", "https")))
        self._jar = jar

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        """Send a request with the cookies a browser would."""
        request.headers.pop("Cookie", None)
        cookies = get_cookie_header(self._jar, request)  # type: ignore[no-untyped-call]
        if cookies:
            request.headers["Cookie"] = cookies
        return super().send(request, *args, **more)


class Visitor:
    """One person's browser without scripts. Cookies stay apart from everybody else's."""

    def __init__(self) -> None:
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.mount("http://", _Trusting(self.http.cookies))

    def get(self, url: str, *, expect: int = 200, **more: Any) -> Page:
        """Open an address, following redirects.

        Raises:
            Lost: the answer has another status.
        """
        return self.read(self.http.get(url, timeout=TIMEOUT, **more), expect=expect)

    def post(self, url: str, data: Mapping[str, Any], *, expect: int = 200, **more: Any) -> Page:
        """Send values, following redirects."""
        answer = self.http.post(url, data=data, timeout=TIMEOUT, **more)
        return self.read(answer, expect=expect)

    def send(
        self,
        page: Page,
        form: PageForm,
        values: Mapping[str, Any] | None = None,
        *,
        button: tuple[str, str] | None = None,
        files: Mapping[str, Any] | None = None,
        expect: int = 200,
        **more: Any,
    ) -> Page:
        """Send a form of a page as it stands, with some values changed."""
        data: dict[str, Any] = {**form.values, **(values or {})}
        if button and button[0]:
            data[button[0]] = button[1]
        url = urljoin(page.url, form.action) if form.action else page.url
        if form.method == "get":
            return self.get(url, params=data, expect=expect, **more)
        return self.post(url, data, expect=expect, files=files, **more)

    def read(self, answer: requests.Response, *, expect: int = 200) -> Page:
        """Read an answer as a page.

        Raises:
            Lost: it has another status.
        """
        reader = _Reader()
        if "html" in answer.headers.get("Content-Type", ""):
            reader.feed(answer.text)
        page = Page(
            url=answer.url,
            status=answer.status_code,
            html=answer.text if reader.forms or reader.words else "",
            headers=answer.headers,
            forms=reader.forms,
            links=reader.links,
            metas=reader.metas,
            text=" ".join(" ".join(reader.words).split()),
        )
        if answer.status_code != expect:
            raise Lost(
                f"{answer.request.method} {answer.url} answered {answer.status_code}"
                f" instead of {expect}: {page.text[:600]}"
            )
        return page

    def launch(self, begin: str, *, expect: int = 200) -> Page:
        """Follow a launch link of the LMS until the tool shows a page.

        Each step is a page with a form that would send itself in a browser.
        """
        page = self.get(begin)
        for _hop in range(6):
            handing_over = [
                form
                for form in page.forms
                if "id_token" in form.values or "login_hint" in form.values
            ]
            if len(handing_over) != 1:
                return page
            is_last = "id_token" in handing_over[0].values
            page = self.send(page, handing_over[0], expect=expect if is_last else 200)
        raise Lost(f"The launch went in circles; it ended at {page.url}")
