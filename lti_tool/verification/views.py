"""Is this badge genuine? For anybody."""

from flask import Blueprint, render_template, request

from lti_tool.badges.views.answering import HTML, Page, answer, own_documents
from lti_tool.verification import checking
from lti_tool.verification.report import Report
from lti_tool.verification.sources import World
from lti_tool.web.permissions import public
from lti_tool.web.restraint import restrained
from lti_tool.web.session import clock, reading, settings

bp = Blueprint("verification", __name__)


@bp.get("/verify")
@public
def verify() -> Page:
    """Is this badge genuine? The form."""
    return render_template(
        "verification/verify.html",
        address=request.args.get("address", "")[:2000],
        report=None,
        fault="",
    )


@bp.post("/verify")
@public
def verified() -> Page:
    """Is this badge genuine? The answer."""
    address = request.form.get("address", "").strip()[:2000]
    recipient = request.form.get("recipient", "").strip()[:320] or None
    upload = request.files.get("badge")
    data = upload.read(checking.LARGEST + 1) if upload else b""
    if not data and not address:
        fault = "Choose a file, or give the address of a badge."
        page = render_template("verification/verify.html", address="", report=None, fault=fault)
        return page, 422
    with restrained(), reading() as session:
        world = World(own=own_documents(session), allow=tuple(settings().lti_http_allow))
        report: Report
        if data:
            report = checking.check_file(data, world, now=clock(), recipient=recipient)
        else:
            report = checking.check_address(address, world, now=clock(), recipient=recipient)
    if request.accept_mimetypes.best_match([HTML, "application/json"], HTML) != HTML:
        return answer(report.as_json(), "application/json")
    return render_template("verification/verify.html", address=address, report=report, fault="")
