"""What others point at: our public keys, and the addresses of single works."""

from flask import Response, jsonify, redirect, url_for

from lti_tool.launch.views.blueprint import Page, bp
from lti_tool.web.permissions import public, signed_in
from lti_tool.web.session import house


@bp.get("/jwks")
@public
def jwks() -> Response:
    """Our public keys, for platforms that check what we sign."""
    response = jsonify(house().keyring.public_jwks())
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@bp.get("/review/<public_id>")
@signed_in
def review(public_id: str) -> Page:
    """The very work a gradebook points at; the review room decides who may see it (T-134)."""
    return redirect(url_for("review.work", public_id=public_id), 303)
