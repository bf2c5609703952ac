"""A stand-in for the tool: its key, its key set over HTTP, and somebody who keeps its launches."""

from __future__ import annotations

import json
import secrets
import threading
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import urlencode

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask, Response, jsonify, redirect, request
from jwt.algorithms import RSAAlgorithm
from werkzeug.serving import BaseWSGIServer, make_server

from lti_tool.practice_lms import PracticeLms
from lti_tool.practice_lms.mood import LINE_ITEM, LINE_ITEMS, LTI, RESULTS, SCOPES, SCORE
from lti_tool.practice_lms.server import QuietHandler, closing

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"


ARRIVED = """<!doctype html><html lang="en"><title>Arrived</title><h1>Arrived</h1>
<script>parent.postMessage({subject: "lti.frameResize", height: 1234}, "*")</script></html>"""


def an_item(lms: PracticeLms, **more: Any) -> dict[str, Any]:
    """A content item with everything a tool may say."""
    return {
        "type": "ltiResourceLink",
        "title": "Portfolio one",
        "text": "Show what you can do.",
        "url": lms.redirect_uri,
        "custom": {"credential": "one"},
        "lineItem": {
            "label": "Column one",
            "scoreMaximum": 60,
            "resourceId": "one",
            "tag": "cairn",
            "submissionReview": {"url": lms.redirect_uri, "custom": {"review": "1"}},
        },
        **more,
    }


def a_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class StandIn:
    """A minimal honest tool on a port of its own."""

    kid: str = "tool-1"
    key: rsa.RSAPrivateKey = field(default_factory=a_key)
    launches: list[dict[str, str]] = field(default_factory=list)
    key_reads: int = 0
    lms: PracticeLms | None = None
    url: str = ""
    _server: BaseWSGIServer | None = None

    def start(self) -> str:
        app = Flask("stand_in")

        @app.get("/lti/jwks")
        def jwks() -> Response:
            self.key_reads += 1
            public = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
            public.pop("key_ops", None)
            return jsonify(keys=[{**public, "kid": self.kid, "alg": "RS256", "use": "sig"}])

        @app.route("/lti/login", methods=["GET", "POST"])
        def login() -> Any:
            assert self.lms is not None
            asked = request.values
            query = {
                "scope": "openid",
                "response_type": "id_token",
                "response_mode": "form_post",
                "prompt": "none",
                "client_id": asked["client_id"],
                "redirect_uri": self.lms.redirect_uri,
                "login_hint": asked["login_hint"],
                "lti_message_hint": asked["lti_message_hint"],
                "state": secrets.token_hex(8),
                "nonce": secrets.token_hex(8),
            }
            return redirect(f"{self.lms.auth_login_url}?{urlencode(query)}")

        @app.post("/lti/launch")
        def launch() -> str:
            self.launches.append(request.form.to_dict())
            claims = jwt.decode(
                request.form.get("id_token", ""), options={"verify_signature": False}
            )
            if claims[LTI + "message_type"] != "LtiDeepLinkingRequest":
                return ARRIVED
            assert self.lms is not None
            url = claims[DL + "deep_linking_settings"]["deep_link_return_url"]
            token = self.picked(self.lms, claims)
            return (
                f'<form method="post" action="{escape(url)}">'
                f'<input type="hidden" name="JWT" value="{token}"><button>Pick it</button></form>'
            )

        self._server = make_server(
            "127.0.0.1", 0, closing(app), threaded=True, request_handler=QuietHandler
        )
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://localhost:{self._server.server_port}"
        return self.url

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def sign(self, claims: dict[str, Any], **headers: Any) -> str:
        kept = {"kid": self.kid, **headers}
        return jwt.encode(
            {name: value for name, value in claims.items() if value is not None},
            self.key,
            algorithm="RS256",
            headers={name: value for name, value in kept.items() if value is not None},
        )

    def assertion(self, lms: PracticeLms, **changed: Any) -> str:
        """A good client assertion 30 s old, with some claims changed (None leaves one out)."""
        issued = int(lms.clock().timestamp()) - 30
        claims = {
            "iss": lms.client_id,
            "sub": lms.client_id,
            "aud": lms.auth_token_url,
            "iat": issued,
            "exp": issued + 300,
            "jti": secrets.token_hex(16),
        }
        return self.sign({**claims, **changed})

    def picked(self, lms: PracticeLms, request: dict[str, Any], **changed: Any) -> str:
        """A good deep-linking response, with some claims changed (None leaves one out)."""
        issued = int(lms.clock().timestamp()) - 10
        data = request[DL + "deep_linking_settings"].get("data")
        claims = {
            "iss": lms.client_id,
            "aud": [lms.issuer],
            "iat": issued,
            "exp": issued + 300,
            "nonce": secrets.token_hex(16),
            LTI + "deployment_id": request[LTI + "deployment_id"],
            LTI + "message_type": "LtiDeepLinkingResponse",
            LTI + "version": "1.3.0",
            DL + "data": data,
            DL + "content_items": [an_item(lms)],
        }
        return self.sign({**claims, **changed})

    def ask_token(
        self, lms: PracticeLms, assertion: str | None = None, scope: str = " ".join(SCOPES)
    ) -> requests.Response:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION,
            "client_assertion": assertion or self.assertion(lms),
            "scope": scope,
        }
        return requests.post(lms.auth_token_url, data=form, timeout=10)

    def token(self, lms: PracticeLms) -> str:
        value: str = self.ask_token(lms).json()["access_token"]
        return value


@dataclass
class Gradebook:
    """The calls a tool makes, with the right token and media types unless told otherwise."""

    lms: PracticeLms
    token: str

    def call(
        self,
        method: str,
        url: str,
        *,
        media: str | None = None,
        accept: str | None = None,
        **more: Any,
    ) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        if media is not None:
            headers["Content-Type"] = media
        if accept is not None:
            headers["Accept"] = accept
        return requests.request(method, url, headers=headers, timeout=10, **more)

    def score(self, line_item: str, body: dict[str, Any], media: str = SCORE) -> requests.Response:
        path, question, query = line_item.partition("?")
        return self.call(
            "POST", f"{path}/scores{question}{query}", media=media, data=json.dumps(body)
        )

    def results(self, line_item: str, more: str = "") -> requests.Response:
        path, question, query = line_item.partition("?")
        joint = "&" if question else "?"
        address = f"{path}/results{question}{query}{joint if more else ''}{more}"
        return self.call("GET", address, accept=RESULTS)

    def columns(self, course: str = "1", more: str = "") -> requests.Response:
        url = self.lms.mood.columns_url(self.lms, self.lms.school.course(course))
        joint = ("&" if "?" in url else "?") if more else ""
        return self.call("GET", f"{url}{joint}{more}", accept=LINE_ITEMS)

    def make(self, body: dict[str, Any], media: str = LINE_ITEM) -> requests.Response:
        url = self.lms.mood.columns_url(self.lms, self.lms.school.course("1"))
        return self.call("POST", url, media=media, data=json.dumps(body))
