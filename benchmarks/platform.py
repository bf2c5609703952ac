"""A platform as small as it can be: it signs launches and serves its keys and its roster.

Every launch names the roster's address, so a tool that keeps rosters fetches access tokens too.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
ROSTER = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
ROSTER_READ = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
LEARNER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
MEMBERS = 50
CLIENT = "bench-client"
DEPLOYMENT = "1"
KID = "bench"
FAR = "/far/jwks"
FAR_AWAY = 0.01
"""Seconds until the far address answers: less than most key servers of an LMS are away."""


@dataclass
class Platform:
    """Who launches: an issuer with one key, one client and one deployment."""

    url: str
    fetches: int = 0
    """How often its keys were asked for."""
    tokens: Counter[str] = field(default_factory=Counter)
    """How often an access token was asked for, by the path of the one that is measured."""
    key: rsa.RSAPrivateKey = field(
        default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )

    @property
    def keys(self) -> dict[str, Any]:
        """Its JSON Web Key Set."""
        jwk = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [jwk | {"kid": KID, "alg": "RS256", "use": "sig"}]}

    def described(
        self, *, pinned: bool = False, far: bool = False, token_path: str = "/token"
    ) -> dict[str, Any]:
        """What a tool has to know of it; `far` where its keys are some milliseconds away."""
        known: dict[str, Any] = {
            "issuer": self.url,
            "client_id": CLIENT,
            "deployment_id": DEPLOYMENT,
            "auth_login_url": f"{self.url}/auth",
            "auth_token_url": f"{self.url}{token_path}",
            "jwks_url": f"{self.url}{FAR if far else '/jwks'}",
        }
        return known | ({"keys": self.keys} if pinned else {})

    @property
    def members(self) -> dict[str, Any]:
        """Who is in the course."""
        people = [
            {"user_id": f"person-{number}", "name": f"Person {number}", "roles": [LEARNER]}
            for number in range(MEMBERS)
        ]
        return {"id": f"{self.url}/members", "context": {"id": "course-1"}, "members": people}

    def id_token(self, *, nonce: str, person: int, target: str, program: str) -> str:
        """A launch of one of its people, signed now."""
        now = int(time.time())
        return jwt.encode(
            {
                "iss": self.url,
                "aud": CLIENT,
                "sub": f"person-{person}",
                "name": f"Person {person}",
                "email": f"person{person}@example.org",
                "iat": now,
                "exp": now + 300,
                "nonce": nonce,
                f"{LTI}message_type": "LtiResourceLinkRequest",
                f"{LTI}version": "1.3.0",
                f"{LTI}deployment_id": DEPLOYMENT,
                f"{LTI}target_link_uri": target,
                f"{LTI}resource_link": {"id": "link-1", "title": "Portfolio"},
                f"{LTI}context": {"id": "course-1", "title": "Course", "label": "C1"},
                f"{LTI}roles": [LEARNER],
                ROSTER: {
                    "context_memberships_url": f"{self.url}/members",
                    "service_versions": ["2.0"],
                },
                f"{LTI}custom": {"program": program},
            },
            self.key,
            algorithm="RS256",
            headers={"kid": KID},
        )


@contextmanager
def serving() -> Iterator[Platform]:
    """A platform whose keys can be fetched until the end."""

    class Asked(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path.startswith("/members"):
                kind = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
                self._answer(platform.members, kind)
                return
            platform.fetches += 1
            if self.path == FAR:
                time.sleep(FAR_AWAY)
            self._answer(platform.keys)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            platform.tokens[self.path] += 1
            self._answer(
                {
                    "access_token": f"token-{platform.tokens.total()}",
                    "token_type": "Bearer",
                    "expires_in": 3600,
                    "scope": ROSTER_READ,
                }
            )

        def _answer(self, told: dict[str, Any], kind: str = "application/json") -> None:
            body = json.dumps(told).encode()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  likewise
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Asked)
    platform = Platform(url=f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield platform
    server.shutdown()
    server.server_close()
