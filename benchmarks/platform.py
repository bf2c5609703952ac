"""A platform as small as it can be: it signs launches, and one thread serves its public keys."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
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
    key: rsa.RSAPrivateKey = field(
        default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )

    @property
    def keys(self) -> dict[str, Any]:
        """Its JSON Web Key Set."""
        jwk = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [jwk | {"kid": KID, "alg": "RS256", "use": "sig"}]}

    def described(self, *, pinned: bool = False, far: bool = False) -> dict[str, Any]:
        """What a tool has to know of it; `far` where its keys are some milliseconds away."""
        known: dict[str, Any] = {
            "issuer": self.url,
            "client_id": CLIENT,
            "deployment_id": DEPLOYMENT,
            "auth_login_url": f"{self.url}/auth",
            "auth_token_url": f"{self.url}/token",
            "jwks_url": f"{self.url}{FAR if far else '/jwks'}",
        }
        return known | ({"keys": self.keys} if pinned else {})

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
                f"{LTI}roles": [
                    "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner",
                ],
                f"{LTI}custom": {"program": program},
            },
            self.key,
            algorithm="RS256",
            headers={"kid": KID},
        )


@contextmanager
def serving() -> Iterator[Platform]:
    """A platform whose keys can be fetched until the end."""

    class Keys(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            platform.fetches += 1
            if self.path == FAR:
                time.sleep(FAR_AWAY)
            body = json.dumps(platform.keys).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  likewise
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keys)
    platform = Platform(url=f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield platform
    server.shutdown()
    server.server_close()
