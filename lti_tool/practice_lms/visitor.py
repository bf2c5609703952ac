"""A browser without a screen: follows launches over real HTTP, for `cairn walk` and for tests.

It keeps cookies per person and sends the tool's `Secure` cookies over loopback http, as a browser
does for trustworthy origins. It runs no scripts: forms that would send themselves are sent by
`open`, every other form by `submit`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urljoin

import requests

SECONDS = 30
VOID = {"hidden", "text", "number", "email", "url", "search", "date", ""}


@dataclass
class Form:
    """A form on a page, filled in as the page filled it in."""

    method: str
    action: str
    id: str
    fields: dict[str, str] = field(default_factory=dict)
    many: bool = False
    """It is `multipart/form-data`."""


class _Forms(HTMLParser):
    """Collects the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._area: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(
                given.get("method", "get").lower(),
                given.get("action", ""),
                given.get("id", ""),
                many=given.get("enctype") == "multipart/form-data",
            )
            self.forms.append(self._open)
        form, name = self._open, given.get("name", "")
        if form is None:
            return
        if tag == "input" and name:
            checkable = given.get("type", "") in ("checkbox", "radio")
            if given.get("type", "") in VOID or (checkable and "checked" in given):
                form.fields[name] = given.get("value", "on" if checkable else "")
        elif tag == "textarea" and name:
            self._area = name
            form.fields[name] = ""
        elif tag == "select" and name:
            self._select = name
        elif (
            tag == "option"
            and self._select is not None
            and ("selected" in given or self._select not in form.fields)
        ):
            form.fields[self._select] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._open is not None and self._area is not None:
            self._open.fields[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "textarea":
            self._area = None
        elif tag == "select":
            self._select = None


def forms(page: requests.Response) -> list[Form]:
    """The forms of a page; their actions are whole addresses."""
    parser = _Forms()
    parser.feed(page.text)
    for form in parser.forms:
        form.action = urljoin(page.url, form.action) if form.action else page.url
    return parser.forms


class Visitor:
    """Somebody at a browser."""

    def __init__(self, lms_url: str, person: str) -> None:
        """`person` is their key in the LMS, for example `ada`."""
        self.lms_url = lms_url.rstrip("/")
        self.person = person
        self.session = requests.Session()
        policy = DefaultCookiePolicy(secure_protocols=("http", "https"))
        self.session.cookies.set_policy(policy)

    def get(self, url: str, **query: str) -> requests.Response:
        """A page, redirects followed."""
        return self.session.get(url, params=query or None, timeout=SECONDS)

    def launch(self, course: str, link: str, *, target: str = "iframe") -> requests.Response:
        """Open an activity; answers the tool's page after the launch."""
        return self.open(f"/courses/{course}/links/{link}/launch", target=target)

    def open(self, path: str, **query: str) -> requests.Response:
        """An address of the LMS that leads to the tool, followed until the tool has answered."""
        page = self.get(self.lms_url + path, **{"as": self.person, **query})
        for _ in range(4):
            sending = [form for form in forms(page) if form.id == "onward"]
            if not sending:
                return page
            page = self.submit(page, sending[0])
        return page

    def submit(
        self,
        page: requests.Response,
        form: Form,
        fields: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
    ) -> requests.Response:
        """Send a form of a page, with some fields changed; redirects are followed."""
        values = {**form.fields, **(fields or {})}
        if form.method == "get":
            return self.session.get(form.action, params=values, timeout=SECONDS)
        origin = "/".join(page.url.split("/")[:3])
        headers = {"Origin": origin, "Referer": page.url}
        return self.session.post(
            form.action,
            data=values,
            files=dict(files) if files else None,
            headers=headers,
            timeout=SECONDS,
        )
