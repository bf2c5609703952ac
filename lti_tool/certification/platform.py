"""An LMS small enough to lie: it signs whatever a case wants, and serves its keys on loopback."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/"
GRADES = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
GROUPS = "https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice"
ROSTER = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"

MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
INSTRUCTOR = f"{MEMBERSHIP}#Instructor"
LEARNER = f"{MEMBERSHIP}#Learner"

LEFT_OUT = object()
"""As the value of a claim: it is not there at all."""

KEY_ID = "key-1"

Claims = dict[str, Any]

_JWT_NAMES = frozenset(
    {
        "aud", "azp", "email", "exp", "family_name", "given_name", "iat", "iss", "locale", "name",
        "nbf", "nonce", "sub",
    }
)  # fmt: skip
_SHORT = {
    "deep_linking_settings": f"{DEEP_LINKING}deep_linking_settings",
    "gradebook": GRADES,
    "groups": GROUPS,
    "roster": ROSTER,
}


@cache
def a_key(_number: int = 1) -> rsa.RSAPrivateKey:
    """One of a few RSA keys, made once a process."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_jwk(key: rsa.RSAPrivateKey, kid: str = KEY_ID, **changes: Any) -> dict[str, Any]:
    """The public half as an LMS publishes it; a change to None leaves a member out."""
    jwk = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    whole = {**jwk, "kid": kid, "alg": "RS256", "use": "sig", **changes}
    return {name: value for name, value in whole.items() if value is not None}


@dataclass(kw_only=True)
class Speaker:
    """Whose words a launch carries: what an LMS says of itself in every message, and its key."""

    tool_url: str
    issuer: str
    client_id: str
    deployment_id: str = "1"
    kid: str = KEY_ID

    def claims(self, told_nonce: str, /, **changes: Any) -> Claims:
        """The claims of a learner's launch; changes are by short or full name."""
        now = int(time.time())
        told: Claims = {
            "iss": self.issuer,
            "aud": self.client_id,
            "sub": "ada-1",
            "nonce": told_nonce,
            "iat": now,
            "exp": now + 300,
            "name": "Ada Bloom",
            "email": "ada@example.edu",
            f"{LTI}version": "1.3.0",
            f"{LTI}message_type": "LtiResourceLinkRequest",
            f"{LTI}deployment_id": self.deployment_id,
            f"{LTI}target_link_uri": f"{self.tool_url}/lti/launch",
            f"{LTI}resource_link": {"id": "link-1", "title": "Field journal"},
            f"{LTI}context": {"id": "course-1", "title": "Teaching English learners"},
            f"{LTI}roles": [LEARNER],
        }
        for name, value in changes.items():
            is_whole = name in _JWT_NAMES or "://" in name
            full = _SHORT.get(name, name if is_whole else LTI + name)
            told[full] = value
        return {name: value for name, value in told.items() if value is not LEFT_OUT}

    def sign(self, told: Any, *, key: Any = None, alg: str = "RS256", **headers: Any) -> str:
        """The claims as a signed token; a header of None is left out."""
        whole = {"kid": self.kid, **headers}
        kept = {name: value for name, value in whole.items() if value is not None}
        return jwt.encode(told, a_key() if key is None else key, algorithm=alg, headers=kept)


@dataclass(kw_only=True)
class Platform(Speaker):
    """One LMS. What it serves at its key address may be changed while a case runs."""

    url: str
    """Its own corner of the server: nobody else answers below it."""
    keys: list[dict[str, Any]] = field(default_factory=lambda: [public_jwk(a_key())])
    status: int = 200
    body: bytes | None = None
    """What is served instead of the keys."""
    delay: float = 0.0
    asked: list[dict[str, str]] = field(default_factory=list)
    """The headers of every request for the keys, by lower-case name."""

    @property
    def jwks_url(self) -> str:
        """Where its keys are."""
        return f"{self.url}/jwks"

    def described(self) -> dict[str, Any]:
        """What a tool has to know of it, as `add_platform` takes it."""
        return {
            "name": f"Certification {self.client_id}",
            "issuer": self.issuer,
            "client_id": self.client_id,
            "auth_login_url": f"{self.url}/auth",
            "auth_token_url": f"{self.url}/token",
            "jwks_url": self.jwks_url,
            "deployment_ids": [self.deployment_id],
        }


@dataclass
class Platforms:
    """The server that all platforms of a run share, each in a corner of its own."""

    url: str
    known: dict[str, Platform] = field(default_factory=dict)

    def another(self, tool_url: str, **facts: Any) -> Platform:
        """A platform nobody has heard of yet."""
        number = str(len(self.known) + 1)
        url = f"{self.url}/{number}"
        known = {"issuer": url, "client_id": f"client-{number}"} | facts
        self.known[number] = Platform(url=url, tool_url=tool_url, **known)
        return self.known[number]


@contextmanager
def serving() -> Iterator[Platforms]:
    """Platforms whose keys can be fetched until the end, on a free loopback port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _, number, *rest = self.path.split("?")[0].split("/")
            platform = platforms.known.get(number)
            if platform is None or rest != ["jwks"]:
                self.send_error(404)
                return
            platform.asked.append({name.lower(): value for name, value in self.headers.items()})
            time.sleep(platform.delay)
            body = platform.body
            if body is None:
                body = json.dumps({"keys": platform.keys}).encode()
            self.send_response(platform.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's name
            pass

        def handle(self) -> None:
            with contextlib.suppress(ConnectionError):  # who does not wait for slow keys goes away
                super().handle()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    platforms = Platforms(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield platforms
    finally:
        server.shutdown()
        server.server_close()
