"""Dynamic registration as the two products do it: the configuration, the application, the entry.

An administrator pastes a tool's address; the LMS opens it with a token in a frame or a window. The
tool reads the configuration, sends its application, and an entry appears that somebody has to
switch on: *Activate* in Moodle, *Install* in Canvas. Until then launches go by what was registered
before.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from lti_tool.practice_lms.mood import SCOPE_LINE_ITEM, SCOPE_SCORE, Answer, Refusal

if TYPE_CHECKING:
    from lti_tool.practice_lms.lms import PracticeLms

TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
CANVAS = "https://canvas.instructure.com/lti/"
GOOD_FOR = timedelta(hours=1)

PLACEMENTS = {
    "canvas": [
        "assignment_selection",
        "course_assignments_menu",
        "link_selection",
        "editor_button",
    ],
    "moodle": ["ContentArea"],
}


PERSONAL = frozenset({"name", "given_name", "family_name", "email"})
TOLD_BY = {
    "public": PERSONAL,
    "name_only": PERSONAL - {"email"},
    "email_only": frozenset({"email"}),
}
"""What each of Canvas's privacy levels tells; *anonymous*, its default, tells nothing."""


class NotThisTool(ValueError):
    """The address pasted is not one of the tool this LMS practises with."""


@dataclass
class Tool:
    """What one application left behind."""

    client_id: str
    name: str
    deployment_id: str | None
    """Moodle's number of the tool; Canvas has its deployments already."""
    scopes: list[str]
    messages: list[str]
    claims: list[str]
    custom: dict[str, str]
    privacy: str
    is_active: bool = False


@dataclass
class _Token:
    made_at: datetime
    scopes: tuple[str, ...]
    is_used: bool = False


class Registrations:
    """The registration tokens given out, and the newest entry."""

    def __init__(self, lms: PracticeLms) -> None:
        """Take up what the school kept of an earlier run."""
        self.lms = lms
        self.offers: tuple[str, ...] = lms.scopes
        """The scopes the configuration names."""
        self.forgotten: tuple[str, ...] = ()
        """Scopes that are cut from every application without a word."""
        self._tokens: dict[str, _Token] = {}
        self._lock = threading.Lock()
        kept = lms.school.secrets.get("tool")
        self.newest: Tool | None = Tool(**json.loads(kept)) if kept else None
        if self.newest is not None and self.newest.is_active:
            self._take_up(self.newest)

    # -- what the administrator does -----------------------------------------------------------

    def begin(self, address: str, *, scopes: tuple[str, ...] | None = None) -> str:
        """The tool's address with configuration and token; `scopes` are those allowed.

        Raises `NotThisTool`.
        """
        parts = urlsplit(address.strip())
        if f"{parts.scheme}://{parts.netloc}" != self.lms.tool_origin:
            raise NotThisTool(
                f"This LMS practises with {self.lms.tool_origin} only: paste an address from there."
            )
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._tokens[token] = _Token(
                self.lms.clock(), self.offers if scopes is None else scopes
            )
        given = {
            "openid_configuration": self.lms.base_url + self.lms.mood.path("configuration"),
            "registration_token": token,
        }
        return f"{address.strip()}{'&' if parts.query else '?'}{urlencode(given)}"

    def withholds(self) -> frozenset[str]:
        """The claims about people that launches go without: what the tool never asked for."""
        tool = self.newest
        if tool is None or not tool.is_active:
            return frozenset()
        if self.lms.mood.name == "canvas":
            told = TOLD_BY.get(tool.privacy, frozenset())
        else:
            told = frozenset(tool.claims)
        return PERSONAL - told

    def activate(self) -> None:
        """Switch the newest entry on: launches go by it from now on."""
        if self.newest is not None:
            self.newest.is_active = True
            self._take_up(self.newest)
            self._keep()

    def remove(self) -> None:
        """Forget the newest entry; launches go by what was registered before."""
        self.newest = None
        with self.lms.school.change():
            self.lms.school.secrets.pop("tool", None)

    def _take_up(self, tool: Tool) -> None:
        lms = self.lms
        lms.client_id, lms.tool_name = tool.client_id, tool.name
        lms.scopes = tuple(tool.scopes)
        lms.tool_custom = dict(tool.custom)
        if tool.deployment_id is not None:
            with lms.school.change():
                for course in lms.school.courses.values():
                    course.deployment_id = tool.deployment_id

    def _keep(self) -> None:
        assert self.newest is not None
        with self.lms.school.change():
            self.lms.school.secrets["tool"] = json.dumps(asdict(self.newest))

    # -- what the tool asks for ----------------------------------------------------------------

    def configuration(self, bearer: str) -> Answer:
        """What this LMS says of itself. Canvas says it to nobody without a token."""
        lms = self.lms
        if lms.mood.name == "canvas":
            self._token(bearer)
        platform: dict[str, Any] = {
            "product_family_code": lms.mood.product,
            "version": "vCloud" if lms.mood.name == "canvas" else "4.5.5+ (Build: 20250613)",
            "messages_supported": [
                {"type": "LtiResourceLinkRequest"},
                {"type": "LtiDeepLinkingRequest", "placements": PLACEMENTS[lms.mood.name]},
            ],
            "variables": [
                "Context.id",
                "Context.id.history",
                "User.username",
                "Person.email.primary",
            ],
        }
        if lms.mood.name == "canvas":
            platform[CANVAS + "account_name"] = lms.school.name
        return Answer(
            200,
            {
                "issuer": lms.issuer,
                "authorization_endpoint": lms.auth_login_url,
                "token_endpoint": lms.auth_token_url,
                "jwks_uri": lms.jwks_url,
                "registration_endpoint": lms.base_url + lms.mood.path("registration"),
                "scopes_supported": ["openid", *self.offers],
                "response_types_supported": ["id_token"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["private_key_jwt"],
                "claims_supported": ["sub", "iss", "name", "given_name", "family_name", "email"],
                PLATFORM: platform,
            },
        )

    def apply(self, bearer: str, body: object) -> Answer:
        """An application: an entry, or a refusal as the product words it."""
        token = self._token(bearer)
        if not isinstance(body, dict):
            raise self._refusal("invalid_request", "The body must be a JSON object.")
        self._check(body)
        tool = self._entry(body, token.scopes)
        with self._lock:
            if token.is_used:
                raise self._used()
            token.is_used = True
        self.newest = tool
        self._keep()
        return Answer(200, self._told(body, tool))

    def _token(self, bearer: str) -> _Token:
        with self._lock:
            found = self._tokens.get(bearer.removeprefix("Bearer "))
        if found is None or self.lms.clock() - found.made_at > GOOD_FOR:
            raise Refusal(Answer(401, {"error": "invalid_token"}))
        if found.is_used:
            raise self._used()
        return found

    def _used(self) -> Refusal:
        word = "token_already_used" if self.lms.mood.name == "moodle" else "invalid_token"
        return Refusal(Answer(401, {"error": word}))

    def _refusal(self, moodle: str, canvas: str) -> Refusal:
        if self.lms.mood.name == "moodle":
            return Refusal(Answer(400, {"error": moodle}))
        return Refusal(Answer(422, {"errors": [canvas]}))

    def _check(self, body: Mapping[str, Any]) -> None:
        lists = ("redirect_uris", "response_types", "grant_types")
        for name in ("client_name", "initiate_login_uri", "jwks_uri", "scope", *lists):
            if not body.get(name) or isinstance(body[name], list) != (name in lists):
                raise self._refusal(f"missing_{name}", f"{name} is missing")
        if body.get("token_endpoint_auth_method") != "private_key_jwt":
            raise self._refusal("unsupported_auth_method", "token_endpoint_auth_method is wrong")
        tool = body.get(TOOL)
        if not isinstance(tool, dict) or not tool.get("domain") or not tool.get("target_link_uri"):
            raise self._refusal("missing_lti-tool-configuration", "lti-tool-configuration is wrong")
        host = urlsplit(tool["target_link_uri"]).netloc
        if tool["domain"] != host:
            raise self._refusal("domain_targetlinkuri_mismatch", f"domain is not {host}")
        if self.lms.redirect_uri not in body["redirect_uris"]:
            raise self._refusal("invalid_redirect_uris", "redirect_uris lacks the launch address")
        custom = tool.get("custom_parameters", {})
        if not all(isinstance(value, str) for value in custom.values()):
            raise self._refusal("invalid_custom_parameters", "custom_parameters must be texts")

    def _entry(self, body: Mapping[str, Any], allowed: tuple[str, ...]) -> Tool:
        lms, asked = self.lms, body[TOOL]
        is_moodle = lms.mood.name == "moodle"
        scopes = [
            scope
            for scope in body["scope"].split()
            if scope in allowed and scope in self.offers and scope not in self.forgotten
        ]
        messages = [one["type"] for one in asked.get("messages", []) if one.get("type")]
        if is_moodle:
            # Opening a link goes without saying there; only the picker is written down.
            messages = [one for one in messages if one == "LtiDeepLinkingRequest"]
        return Tool(
            client_id=secrets.token_urlsafe(11)[:15]
            if is_moodle
            else f"1{secrets.randbelow(10**13):013}",
            name=body["client_name"],
            deployment_id=lms.school.next_number() if is_moodle else None,
            scopes=scopes,
            messages=messages,
            claims=[name for name in asked.get("claims", []) if isinstance(name, str)],
            custom=dict(asked.get("custom_parameters", {})),
            privacy=asked.get(CANVAS + "privacy_level", "anonymous"),
        )

    def _told(self, body: Mapping[str, Any], tool: Tool) -> dict[str, Any]:
        """The answer. Moodle's says more scopes than it stored."""
        scopes = list(tool.scopes)
        settings = {
            **body[TOOL],
            "messages": [
                one for one in body[TOOL].get("messages", []) if one.get("type") in tool.messages
            ],
            "claims": tool.claims,
        }
        if self.lms.mood.name == "moodle":
            if SCOPE_SCORE in scopes and SCOPE_LINE_ITEM not in scopes:
                scopes.append(SCOPE_LINE_ITEM)
            settings |= {"version": "1.3.0", "deployment_id": tool.deployment_id}
        return {**body, "client_id": tool.client_id, "scope": " ".join(scopes), TOOL: settings}
