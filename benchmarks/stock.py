"""The smallest tool that PyLTI1p3 makes possible: login, launch, a page that says hello.

As its documentation shows it: configuration in a dictionary, state and nonce in Flask's cookie
session, no database. `BENCH_PLATFORM` has the platform as JSON. With `keys` in it the platform's
keys are pinned; without, they are fetched for each launch, which is what it does by default. The
cases name many platforms instead, in the file `BENCH_PLATFORMS`, which is read for each request.

What the library refuses by an exception of its own is answered with 401; any other is an error.
"""

import json
import os
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify
from pylti1p3.contrib.flask.message_launch import FlaskMessageLaunch
from pylti1p3.contrib.flask.oidc_login import FlaskOIDCLogin
from pylti1p3.contrib.flask.request import FlaskRequest
from pylti1p3.exception import LtiException, OIDCException
from pylti1p3.tool_config.dict import ToolConfDict


def _conf(platforms: list[dict[str, Any]]) -> ToolConfDict:
    conf = ToolConfDict(
        {
            platform["issuer"]: {
                "client_id": platform["client_id"],
                "auth_login_url": platform["auth_login_url"],
                "auth_token_url": platform["auth_token_url"],
                "key_set_url": platform["jwks_url"],
                "key_set": platform.get("keys"),
                "deployment_ids": [platform["deployment_id"]],
            }
            for platform in platforms
        }
    )
    for platform in platforms:
        conf.set_private_key(platform["issuer"], "not needed for a launch")
    return conf


def create_app() -> Flask:
    """The tool, from `BENCH_PLATFORM` or `BENCH_PLATFORMS`."""
    app = Flask(__name__)
    app.config.update(SECRET_KEY="a key for nothing but this measurement")
    many = os.environ.get("BENCH_PLATFORMS", "")
    one = _conf([] if many else [json.loads(os.environ["BENCH_PLATFORM"])])

    def known() -> ToolConfDict:
        return _conf(json.loads(Path(many).read_text())) if many else one

    @app.route("/lti/login", methods=["GET", "POST"])
    def login() -> Response:
        asked = FlaskRequest()
        target = asked.get_param("target_link_uri")
        answer: Response = FlaskOIDCLogin(asked, known()).redirect(target)
        return answer

    @app.post("/lti/launch")
    def launch() -> str:
        message = FlaskMessageLaunch(FlaskRequest(), known())
        data = message.get_launch_data()
        return f"<!doctype html><title>Hello</title><p>Hello {data.get('name')}"

    @app.errorhandler(LtiException)
    @app.errorhandler(OIDCException)
    def refused(fault: Exception) -> tuple[str, int]:
        return f"<!doctype html><title>Refused</title><p>{type(fault).__name__}", 401

    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="alive")

    return app
