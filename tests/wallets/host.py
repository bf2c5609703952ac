"""A service that holds badges, as it runs elsewhere: it speaks HTTP and knows only the standard."""

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from flask import Flask
from requests_oauthlib import OAuth2Session
from sqlalchemy import Engine

from lti_tool.database import sessions
from lti_tool.people.models import Person
from lti_tool.people.roles import Role
from lti_tool.wallets import scopes
from lti_tool.web.session import VISIT_COOKIE, begin_visit, clock

SITE = "https://backpack.example"
BACK = f"{SITE}/connected"


def metadata(**changes: Any) -> dict[str, Any]:
    """What the service says of itself; a change to `None` leaves something out."""
    told = {
        "client_name": "Backpack of badges",
        "client_uri": f"{SITE}/",
        "logo_uri": f"{SITE}/logo.png",
        "tos_uri": f"{SITE}/terms",
        "policy_uri": f"{SITE}/privacy",
        "software_id": "c88b6ed8-269e-448e-99be-7e2ff47167d1",
        "software_version": "4.0",
        "redirect_uris": [BACK],
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "scope": " ".join(scopes.ALL),
        **changes,
    }
    return {name: value for name, value in told.items() if value is not None}


@dataclass
class Host:
    """The service: what it discovered, its credentials, and its OAuth library."""

    base: str
    description: dict[str, Any] = field(default_factory=dict)
    client_id: str = ""
    secret: str = ""
    back: str = BACK
    """Where browsers come back to."""

    def discover(self) -> "Host":
        """Read the service description, whose place the standard fixes."""
        answer = requests.get(f"{self.base}/ims/ob/v3p0/discovery", timeout=20)
        assert answer.status_code == 200, answer.text
        self.description = answer.json()
        return self

    @property
    def _scheme(self) -> dict[str, Any]:
        found: dict[str, Any] = self.description["components"]["securitySchemes"]["OAuth2ACG"]
        return found

    @property
    def _flow(self) -> dict[str, Any]:
        found: dict[str, Any] = self._scheme["flows"]["authorizationCode"]
        return found

    @property
    def api(self) -> str:
        """Where the API's paths begin."""
        return str(self.description["servers"][0]["url"])

    @property
    def token_url(self) -> str:
        """Where codes are exchanged."""
        return str(self._flow["tokenUrl"])

    def ask_to_register(self, told: Any) -> requests.Response:
        """Send a registration."""
        return requests.post(self._scheme["x-imssf-registrationUrl"], json=told, timeout=20)

    def register(self, **changes: Any) -> "Host":
        """Become known."""
        answer = self.ask_to_register(metadata(**changes))
        assert answer.status_code == 201, answer.text
        self.client_id, self.secret = answer.json()["client_id"], answer.json()["client_secret"]
        return self

    def begin(self, *wanted: str, **given: Any) -> tuple[OAuth2Session, str]:
        """An attempt of one user: the library's session, and where their browser is sent."""
        session = OAuth2Session(
            self.client_id, redirect_uri=self.back, scope=list(wanted or scopes.ALL), pkce="S256"
        )
        address, _state = session.authorization_url(self._flow["authorizationUrl"], **given)
        return session, address

    def finish(self, session: OAuth2Session, arrived_at: str) -> dict[str, Any]:
        """Exchange the code in the address to which the browser came back."""
        found: dict[str, Any] = session.fetch_token(
            self.token_url,
            authorization_response=arrived_at,
            auth=(self.client_id, self.secret),
            include_client_id=False,
            timeout=20,
        )
        return found

    def exchange(self, **form: str) -> requests.Response:
        """A request to the token endpoint as somebody might form it by hand."""
        return requests.post(
            self.token_url, data=form, auth=(self.client_id, self.secret), timeout=20
        )

    def revoke(self, token: str, kind: str = "refresh_token") -> requests.Response:
        """End a token."""
        place = requests.get(f"{self.base}/.well-known/oauth-authorization-server", timeout=20)
        return requests.post(
            place.json()["revocation_endpoint"],
            data={"token": token, "token_type_hint": kind},
            auth=(self.client_id, self.secret),
            timeout=20,
        )

    def get(self, path: str, token: str, **query: Any) -> requests.Response:
        """Ask the API."""
        headers = {"Authorization": f"Bearer {token}"}
        return requests.get(self.api + path, headers=headers, params=query, timeout=20)


@dataclass
class Browser:
    """Somebody's browser, as far as HTTP goes; who is in it came from an LMS, or did not."""

    base: str
    cookie: str = ""

    def open(self, address: str) -> requests.Response:
        """Follow a link."""
        return requests.get(address, headers=self._headers(), allow_redirects=False, timeout=20)

    def send(self, page: requests.Response, to: str = "", **fields: Any) -> requests.Response:
        """Send the form on a page, here or elsewhere, with what it holds and these fields."""
        form = re.search(r'<form method="post" action="([^"]+)".*?</form>', page.text, re.DOTALL)
        assert form, page.text
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form[0]))
        return requests.post(
            self.base + (to or unescape(form[1])),
            data={**{name: unescape(value) for name, value in hidden.items()}, **fields},
            headers=self._headers(),
            allow_redirects=False,
            timeout=20,
        )

    def allow(self, address: str, **fields: Any) -> str:
        """Say yes, to everything that is asked and for all badges unless told otherwise."""
        page = self.open(address)
        assert page.status_code == 200, page.text
        asks = re.findall(r'name="scope" value="([^"]+)"', page.text)
        given = {"scope": asks, "reach": "all", "answer": "connect", **fields}
        answer = self.send(page, **given)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["Location"])

    def _headers(self) -> dict[str, str]:
        return {"Cookie": f"{VISIT_COOKIE}={self.cookie}"} if self.cookie else {}


def browser_of(app: Flask, engine: Engine, person: Person) -> Browser:
    """Somebody's browser after a launch, in a window of its own."""
    with app.test_request_context(), sessions(engine).begin() as session:
        who = session.get_one(Person, person.id)
        _, token = begin_visit(session, person=who, role=Role.LEARNER, now=clock())
    return Browser(app.extensions["cairn"].settings.base_url, token)


def told(address: str) -> dict[str, str]:
    """What an address says in its query."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
