"""The LMS administrator's page for tools: paste an address, allow, activate."""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)

from lti_tool.practice_lms.oidc import this_lms
from lti_tool.practice_lms.registration import NotThisTool

bp = Blueprint("tools", __name__)


@bp.get("/tools")
def tools() -> str:
    """What is registered, and the form for a tool's registration address."""
    return _page()


def _page(problem: str | None = None) -> str:
    return render_template(
        "tools.html",
        problem=problem,
        given=request.form,
        scopes=this_lms().registrations.offers,
        newest=this_lms().registrations.newest,
    )


@bp.post("/tools")
def register() -> Response:
    """Open the tool's registration address with a token: in a frame, or in a window of its own."""
    allowed = tuple(
        scope for scope in this_lms().registrations.offers if scope in request.form.getlist("scope")
    )
    try:
        address = this_lms().registrations.begin(request.form.get("address", ""), scopes=allowed)
    except NotThisTool as problem:
        return make_response(_page(str(problem)), 422)
    page = make_response(render_template("register_tool.html", address=address))
    page.headers["Cache-Control"] = "no-store"
    return page


@bp.post("/tools/<any(activate, remove):act>")
def decide(act: str) -> Response:
    """Switch the entry on, or take it away."""
    registrations = this_lms().registrations
    if act == "activate":
        registrations.activate()
    else:
        registrations.remove()
    return make_response(redirect(url_for(".tools"), code=303))


def configuration() -> Response:
    """The OpenID configuration."""
    bearer = request.headers.get("Authorization", "")
    return this_lms().registrations.configuration(bearer).response()


def application() -> Response:
    """A tool's application."""
    bearer = request.headers.get("Authorization", "")
    body = request.get_json(silent=True)
    return this_lms().registrations.apply(bearer, body).response()


@bp.post("/api/registrations")
def begin() -> tuple[Response, int]:
    """For scripts: `{"address": …}` gives `{"url": …}`, the address with a token."""
    body = request.get_json(silent=True) or {}
    try:
        url = this_lms().registrations.begin(str(body.get("address", "")))
    except NotThisTool as problem:
        return jsonify(error=str(problem)), 422
    return jsonify(url=url), 201
