"""The blueprint that every view of this room hangs from, and what they share."""

from flask import Blueprint
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool.badges import awards
from lti_tool.badges.models import Badge
from lti_tool.errors import NotFound
from lti_tool.web.session import here

bp = Blueprint("sharing", __name__)

UNLISTED = "noindex"


def own_award(session: Session, public_id: str) -> Badge:
    """My own award. Raises `NotFound`, whether or not somebody else has it."""
    award = awards.find_award(session, public_id, for_=here())
    if award.person_id != here().id:
        raise NotFound("This badge is not yours, so its sharing is not yours to decide.")
    return award


def unlisted(response: Response, award: Badge) -> Response:
    """Ask search engines to leave it out, unless its earner wants to be found."""
    if not (award.shared_at and award.is_findable):
        response.headers["X-Robots-Tag"] = UNLISTED
    return response
