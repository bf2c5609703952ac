"""Calls to an LMS's services, with shared tokens and guarded requests.

    service = Service.of(engine, settings, keyring, deployment_pk=link.deployment_id, clock=now)
    answer = service.call("GET", url, scopes=[RESULTS_READ], accept="application/vnd.ims…")

A call either gives the LMS's `Answer`, whatever its status, or raises: `Unreachable` (its
`maybe_arrived` says whether the LMS may have acted on it), `TokenRefused`, or `ScopeMissing`.
"""

import json as json_module
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from pylti1p3.service_connector import ServiceConnector, TServiceConnectorResponse
from sqlalchemy import Engine

from lti_tool import outward
from lti_tool.database import read_session
from lti_tool.keyring import Keyring
from lti_tool.launch.models import Deployment
from lti_tool.launch.service_tokens import (
    Line,
    ScopeMissing,
    ServiceTokens,
    Token,
    TokenRefused,
    sign,
)
from lti_tool.launch.tool_conf import KnownRegistration
from lti_tool.outward import AddressRefused, Answer, Unreachable
from lti_tool.settings import Settings

__all__ = [
    "AddressRefused",
    "Answer",
    "ScopeMissing",
    "Service",
    "ServiceRefused",
    "TokenRefused",
    "Unreachable",
    "link_to",
    "next_page",
]

AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
LINE_ITEMS = AGS + "lineitem"
LINE_ITEMS_READ = AGS + "lineitem.readonly"
RESULTS_READ = AGS + "result.readonly"
SCORES = AGS + "score"
MEMBERSHIPS_READ = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"


class ServiceRefused(Exception):
    """A service answered with a status that is not 2xx."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"The LMS answered with status {answer.status}: {answer.text[:200]}")
        self.answer = answer


class Service(ServiceConnector):
    """PyLTI1p3's connector for one deployment (see decision 0011)."""

    def __init__(self, line: Line) -> None:
        allow = line.settings.lti_http_allow
        super().__init__(KnownRegistration(line.registration), outward.GuardedSession(allow))
        self.line = line
        self.tokens = ServiceTokens(line)

    @classmethod
    def of(
        cls,
        engine: Engine,
        settings: Settings,
        keyring: Keyring,
        *,
        deployment_pk: int,
        clock: Callable[[], datetime],
    ) -> "Service":
        """The service of a deployment (`Deployment.id`). Raises `LookupError` where it is gone."""
        with read_session(engine) as session:
            deployment = session.get(Deployment, deployment_pk)
            if deployment is None:
                raise LookupError(f"there is no deployment {deployment_pk}")
            registration = deployment.registration
            session.expunge_all()  # rows that leave their session keep what was read
            key = keyring.lti_key()
            return cls(Line(engine, settings, key, registration, deployment, clock))

    def call(
        self,
        method: str,
        url: str,
        *,
        scopes: Sequence[str],
        accept: str = "application/json",
        media_type: str = "application/json",
        json: Any = None,
        params: Mapping[str, str] | None = None,
    ) -> Answer:
        """Call a service. `scopes` is the least it needs; `media_type` is the body's.

        A 401 drops the token, fetches one and tries once more (T-109); a second 401 is given
        back like any other answer.
        """
        headers = {"Accept": accept}
        body = None
        if json is not None:
            # Moodle compares the content type to the letter: no charset may follow it.
            headers["Content-Type"] = media_type
            body = json_module.dumps(json, ensure_ascii=False, separators=(",", ":")).encode()

        def send(token: Token) -> Answer:
            return outward.request(
                method,
                url,
                allow=self.line.settings.lti_http_allow,
                headers={**headers, "Authorization": f"Bearer {token.text}"},
                params=params,
                data=body,
                time_out=self.line.settings.http_timeout,
            )

        token = self.token(scopes)
        answer = send(token)
        if answer.status == 401:
            self.tokens.drop(scopes, token)
            answer = send(self.token(scopes))
        return answer

    def token(self, scopes: Sequence[str]) -> Token:
        """A token that allows all of these scopes.

        Raises `ScopeMissing`, `TokenRefused`, or `Unreachable` (never `maybe_arrived`).
        """
        token = self.tokens.token(scopes)
        if missing := set(scopes) - token.granted:
            raise ScopeMissing(missing)
        return token

    def granted(self, scopes: Sequence[str]) -> frozenset[str]:
        """What the LMS grants of these scopes (T-110). May fetch a token."""
        return self.tokens.token(scopes).granted

    # -- what PyLTI1p3's own services call -------------------------------------------------------

    def get_access_token(self, scopes: Sequence[str]) -> str:
        """The shared token, as text."""
        return self.token(scopes).text

    def encode_jwt(
        self,
        message: dict[str, str | int],
        private_key: str,
        headers: dict[str, str],
    ) -> str:
        """Sign with our key, loaded once."""
        return sign(message, self.line.key)

    def make_service_request(  # noqa: PLR0917  the library's signature
        self,
        scopes: Sequence[str],
        url: str,
        is_post: bool = False,
        data: str | None = None,
        content_type: str = "application/json",
        accept: str = "application/json",
        case_insensitive_headers: bool = False,
    ) -> TServiceConnectorResponse:
        """The library's own form of a call. Raises `ServiceRefused` for any status but 2xx."""
        answer = self.call(
            "POST" if is_post else "GET",
            url,
            scopes=scopes,
            accept=accept,
            media_type=content_type,
            json=json_module.loads(data) if data else None,
        )
        if not answer.ok:
            raise ServiceRefused(answer)
        return {
            "headers": dict(answer.headers),
            "body": answer.json() if answer.body else None,
            "next_page_url": next_page(answer, url),
        }


def next_page(answer: Answer, url: str) -> str | None:
    """The address of the next page, as the LMS gave it, if it is on the same site (T-119)."""
    return link_to(answer, url, "next")


def link_to(answer: Answer, url: str, rel: str) -> str | None:
    """The address of a relation in the `Link` header, as the LMS gave it, on the same site only.

    Moodle writes `rel=“next”` with typographic quotes and `&amp;` for `&`; the case of the address
    matters to Canvas. An address on another site is not followed: the token would go with it.
    """
    for address, parameters in re.findall(r"<([^<>]*)>([^<]*)", answer.headers.get("Link", "")):
        given = re.search(r"\brel\s*=[^a-z;,]*([a-z -]+)", parameters.lower())
        if given is None or rel not in given[1].split():
            continue
        try:
            found: str = urljoin(url, address.replace("&amp;", "&").strip())
            here, there = urlsplit(url), urlsplit(found)
        except ValueError:
            continue  # no address at all, such as one with half a bracket
        if (here.scheme, here.netloc) == (there.scheme, there.netloc) and found != url:
            return found
    return None
