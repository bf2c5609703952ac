"""OpenID Connect: the way to the tool's login address, and the answer with the id_token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from flask import Response, current_app, jsonify, make_response, render_template, request
from werkzeug.exceptions import BadRequest

from lti_tool.practice_lms.tokens import (
    ASSERTION_TYPE,
    AccessTokens,
    TokenRefused,
    check_assertion,
)

if TYPE_CHECKING:
    from lti_tool.practice_lms.launches import Launch
    from lti_tool.practice_lms.lms import PracticeLms


def this_lms() -> PracticeLms:
    """The LMS that answers this request."""
    lms: PracticeLms = current_app.extensions["practice_lms"]
    return lms


def wants_json() -> bool:
    """Whether a script asks: `?format=json`, or JSON preferred to a page."""
    if request.args.get("format") == "json":
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"


def onward(method: str, url: str, fields: Mapping[str, str], words: str) -> Response:
    """A page that sends its form by itself, or by its button where scripts are off.

    A script gets `{"method", "url", "fields"}` instead.
    """
    if wants_json():
        return jsonify(method=method, url=url, fields=dict(fields))
    page = render_template("onward.html", method=method, url=url, fields=fields, words=words)
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


def start(lms: PracticeLms, launch: Launch) -> Response:
    """Send the browser to the tool's login address (CORE 5.1.1; SEC step 1)."""
    return onward(
        lms.mood.login_method,
        f"{lms.tool_url}/lti/login",
        lms.login_request(launch),
        f"Opening {lms.tool_name} …",
    )


def authorise() -> Response:
    """Answer the tool's authentication request with an id_token, or with an error, by form post.

    A wrong redirect address gets a page of ours: nothing is ever sent to an address that is not
    registered.
    """
    lms = this_lms()
    asked = request.values
    if asked.get("redirect_uri") != lms.redirect_uri:
        raise BadRequest(
            f"Invalid redirect_uri: this LMS knows {lms.redirect_uri!r} and was asked for"
            f" {asked.get('redirect_uri')!r}."
        )
    problem = _problem(lms, asked)
    if problem is not None:
        return _error(lms, *problem)
    now = lms.clock()
    named = lms.mood.launch_named(asked.get("lti_message_hint", ""))
    if lms.mood.launch_used_once:
        launch = lms.launches.take(named, now)
        if launch is None:
            return _error(lms, "launch_no_longer_valid", "The launch has expired or was used.")
    else:
        launch = lms.launches.find(named, now)
        if launch is None:
            return _error(lms, "invalid_request", "The launch is not known in this session.")
    if asked["login_hint"] != lms.mood.hints(lms, launch)["login_hint"]:
        refused = "login_required" if lms.mood.name == "canvas" else "access_denied"
        return _error(lms, refused, "The login_hint is not the person who is signed in.")
    if launch.session is not None and lms.sessions.get(launch.session) != launch.person.key:
        return _error(lms, "login_required", "Nobody is signed in to the LMS.")
    fields = {"id_token": lms.id_token(launch, nonce=asked["nonce"], now=now)}
    if "state" in asked:
        fields["state"] = asked["state"]
    return onward("post", lms.redirect_uri, fields, f"Opening {lms.tool_name} …")


def _problem(lms: PracticeLms, asked: Mapping[str, str]) -> tuple[str, str] | None:
    """What is wrong with an authentication request: the product's error code and words."""
    canvas = lms.mood.name == "canvas"
    unfit = "invalid_request_object" if canvas else "invalid_request"
    needed = ["scope", "response_type", "client_id", "login_hint", "nonce", "lti_message_hint"]
    missing = [name for name in needed if not asked.get(name)]
    if missing:
        return unfit, f"{missing[0]} is missing."
    wrong_scope = unfit if canvas else "invalid_scope"
    wrong_type = unfit if canvas else "unsupported_response_type"
    rules = (
        ("client_id", lms.client_id, "unauthorized_client"),
        ("scope", "openid", wrong_scope),
        ("response_type", "id_token", wrong_type),
        ("response_mode", "form_post", unfit),
        ("prompt", "none", unfit),
    )
    for name, wanted, code in rules:
        if asked.get(name) != wanted:
            return code, f"The {name} must be {wanted!r}."
    return None


def login_required() -> Response:
    """The answer when the person is no longer signed in (a fault that can be switched on)."""
    return _error(this_lms(), "login_required", "Nobody is signed in to the LMS.")


def _error(lms: PracticeLms, code: str, words: str) -> Response:
    fields = {"error": code, "error_description": words}
    if "state" in request.values:
        fields["state"] = request.values["state"]
    return onward("post", lms.redirect_uri, fields, f"Going back to {lms.tool_name} …")


def jwks() -> Response:
    """The LMS's public keys."""
    return jsonify(this_lms().keys.jwks())


def token() -> Response:
    """An access token for a signed client assertion (SEC 4.1)."""
    lms = this_lms()
    now = lms.clock()
    try:
        if request.mimetype != "application/x-www-form-urlencoded":
            raise TokenRefused("invalid_request", "The request must be a form.")
        if request.form.get("grant_type") != "client_credentials":
            raise TokenRefused("unsupported_grant_type", "Only client_credentials is known.")
        if request.form.get("client_assertion_type") != ASSERTION_TYPE:
            raise TokenRefused("invalid_request", "client_assertion_type is not jwt-bearer.")
        asked = request.form.get("scope", "").split()
        claims = lms.tool_keys.verify(request.form.get("client_assertion", ""))
        check_assertion(
            claims,
            client_id=lms.client_id,
            audience=lms.auth_token_url,
            rules=lms.mood.assertion_rules,
            seen=lms.seen_jti,
            now=now,
        )
        granted = [scope for scope in dict.fromkeys(asked) if scope in lms.scopes]
        if not granted or (lms.mood.name == "canvas" and len(granted) < len(set(asked))):
            # Canvas names the wrong scope, Moodle drops it silently and gives what is left.
            raise TokenRefused("invalid_scope", "A scope asked for is not granted to this tool.")
    except TokenRefused as refused:
        return _refused(lms, refused)
    issued = lms.access_tokens.issue(granted, now)
    response = jsonify(
        access_token=issued.value,
        token_type="Bearer",
        expires_in=AccessTokens.SECONDS,
        scope=" ".join(granted),
    )
    if lms.mood.name == "moodle":
        response.content_type = "text/html; charset=utf-8"  # JSON all the same (as Moodle)
    response.headers["Cache-Control"] = "no-store"
    return response


def _refused(lms: PracticeLms, refused: TokenRefused) -> Response:
    if lms.mood.name == "moodle":
        response = jsonify(error=refused.error)
        response.content_type = "text/html; charset=utf-8"
        response.status_code = 400
    else:
        response = jsonify(error=refused.error, error_description=refused.reason)
        response.status_code = 401 if refused.error == "invalid_client" else 400
    response.headers["X-Practice-Reason"] = refused.reason.replace("\n", " ")[:200]
    return response
