"""The blueprint that every view of this room hangs from, and what they share."""

import re

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from lti_tool.errors import NotFound
from lti_tool.portfolio import artifacts, enrolments
from lti_tool.portfolio.artifact_store import ArtifactStore
from lti_tool.portfolio.models import Artifact, Enrolment
from lti_tool.portfolio.progress import load_version
from lti_tool.programs import catalogue
from lti_tool.web.session import here, settings

bp = Blueprint("portfolio", __name__, url_prefix="/portfolio")

Page = str | AnyResponse | tuple[str | AnyResponse, int]
"""What a view of this room answers with."""

CREDENTIAL = "/credentials/<program>/<credential>"
OPAQUE_ID = re.compile(r"[A-Za-z0-9]{22}")
SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"


def own_enrolment(session: Session, program: str, credential: str) -> Enrolment:
    """The enrolment of whoever asks, with its version loaded whole."""
    found = catalogue.find_credential(session, credential, program)
    enrolment = enrolments.enrolment_of(session, here(), found)
    if enrolment is None:
        raise NotFound("You have not begun this credential yet. Open it from your home page.")
    load_version(session, enrolment)
    return enrolment


def store() -> ArtifactStore:
    """Where the bytes of evidence lie."""
    return ArtifactStore(settings().evidence_url)


def is_autosave() -> bool:
    """Whether a script saves quietly while somebody types."""
    return request.headers.get("X-Autosave") == "1"


def send_artifact(artifact: Artifact) -> Response:
    """A stored file as an attachment that no browser runs or frames.

    Whoever calls has made sure that the reader may see it.
    """
    opened = artifacts.open_file(store(), artifact)
    response = Response(opened.chunks, mimetype=opened.media_type)
    response.headers.set("Content-Disposition", "attachment", filename=opened.name)
    response.headers["Content-Length"] = str(opened.size)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = SANDBOX
    return response
