"""The blueprint that every view of this room hangs from."""

from datetime import date

from flask import Blueprint, Response
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from lti_tool.credit import wishes
from lti_tool.credit.calendar import Calendar
from lti_tool.programs import catalogue
from lti_tool.programs.models import CredentialVersion
from lti_tool.web.session import clock

bp = Blueprint("credit", __name__, url_prefix="/credit")

Page = str | AnyResponse | tuple[str | AnyResponse, int]

CREDENTIAL = "/credentials/<program>/<credential>"
ID = "<string(length=22):public_id>"


def version_for(
    session: Session, person_id: int, program: str, credential: str
) -> CredentialVersion:
    """The version a person began, or the current one for who has not.

    Raises `NotFound` where there is no such credential.
    """
    found = catalogue.find_credential(session, credential, program)
    begun = wishes.version_for(session, person_id, found)
    return begun or catalogue.current_credential_version(session, found)


def today_of(version: CredentialVersion) -> date:
    """The day it is where a program is."""
    return Calendar.of(version.program_version.document).day_of(clock())


def download(content: bytes | str, media_type: str, name: str) -> Response:
    """A file to keep, for the person who asked and nobody's cache."""
    response = Response(content, content_type=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "private, no-store"
    return response
