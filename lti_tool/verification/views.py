"""Is this badge genuine? For anybody."""

from flask import Blueprint, render_template, request

from lti_tool.badges.views.answering import HTML, Page, answer, own_documents
from lti_tool.verification import checking
from lti_tool.verification.report import Report
from lti_tool.verification.sources import World
from lti_tool.web.permissions import public
from lti_tool.web.restraint import MOST_A_MINUTE, one_turn, restrain_tries
from lti_tool.web.session import clock, reading, settings

LONGEST_ADDRESS = 2000
"""Characters of an address that are shown again."""

bp = Blueprint("verification", __name__)


@bp.get("/verify")
@public
def verify() -> Page:
    """Is this badge genuine? The form."""
    return _page(address=request.args.get("address", "")[:LONGEST_ADDRESS])


@bp.post("/verify")
@public
def verified() -> Page:
    """Is this badge genuine? The answer."""
    restrain_tries("verify", most=MOST_A_MINUTE)  # before an upload is read
    # Both fields take whatever is pasted: an address, JSON, a JWT.
    words = {name: request.form.get(name, "").strip() for name in ("pasted", "address")}
    recipient = request.form.get("recipient", "").strip()[:320] or None
    upload = request.files.get("badge")
    data = upload.read(checking.LARGEST + 1) if upload else b""
    given = words["pasted"] or words["address"]
    if not data and not given:
        fault = "Choose a file, or give the address of a badge, or paste it."
        return _page(address="", fault=fault), 422
    with one_turn(), reading() as session:
        world = World(own=own_documents(session), allow=tuple(settings().lti_http_allow))
        if data:
            report = checking.check_file(
                data, world, now=clock(), recipient=recipient, asks_around=True
            )
        else:
            report = checking.check_words(
                given, world, now=clock(), recipient=recipient, asks_around=True
            )
    if request.accept_mimetypes.best_match([HTML, "application/json"], HTML) != HTML:
        return answer(report.as_json(), "application/json")
    return _page(address=words["address"][:LONGEST_ADDRESS], report=report)


def _page(*, address: str, report: Report | None = None, fault: str = "") -> str:
    return render_template("verification/verify.html", address=address, report=report, fault=fault)
