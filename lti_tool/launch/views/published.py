"""What others point at: our public keys, and the addresses of single works."""

from flask import Response, jsonify, redirect, url_for
from flask import request as http

from lti_tool.launch.problems import LEFT_OVER, refuse
from lti_tool.launch.views.blueprint import Page, bp
from lti_tool.launch.views.problem_page import problem_page
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


@bp.post("/review/<public_id>")
@public
def review_by_form(public_id: str) -> Page:
    """An LTI 1.1 launch of the same address, which lets nobody in (canvas-lms #2192)."""
    version = http.form.get("lti_version", "")
    return problem_page(
        refuse(LEFT_OVER, ("work", public_id), ("lti_version", version, "1.3.0, by a login"))
    )
