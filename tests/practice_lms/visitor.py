"""A browser without a screen: follows the practice LMS's launches over real HTTP.

It keeps cookies per person and runs no scripts: forms that would send themselves are sent by
`open`, every other form by `submit`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urljoin

import requests

SECONDS = 30


@dataclass
class Form:
    """A form on a page, filled in as the page filled it in."""

    method: str
    action: str
    id: str
    fields: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    """Collects the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            method = given.get("method", "get").lower()
            self.forms.append(Form(method, given.get("action", ""), given.get("id", "")))
        elif tag == "input" and self.forms and "name" in given:
            self.forms[-1].fields[given["name"]] = given.get("value", "")


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

    def submit(self, page: requests.Response, form: Form) -> requests.Response:
        """Send a form of a page as it stands; redirects are followed."""
        if form.method == "get":
            return self.session.get(form.action, params=form.fields, timeout=SECONDS)
        headers = {"Origin": "/".join(page.url.split("/")[:3]), "Referer": page.url}
        return self.session.post(form.action, form.fields, headers=headers, timeout=SECONDS)
