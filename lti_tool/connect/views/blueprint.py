"""The blueprint that every view of this room hangs from; each names its whole address."""

from flask import Blueprint
from werkzeug.wrappers import Response

bp = Blueprint("connect", __name__)

Page = str | Response | tuple[str | Response, int]
"""What a view of this room answers with."""
