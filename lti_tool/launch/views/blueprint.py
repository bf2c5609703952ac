"""The blueprint that every view of this room hangs from."""

from flask import Blueprint
from werkzeug.wrappers import Response

bp = Blueprint("launch", __name__, url_prefix="/lti")

Page = str | Response | tuple[str, int]
"""What a view of this room answers with."""
